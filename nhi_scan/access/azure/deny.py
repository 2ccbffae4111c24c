"""Deny assignments: they come before every role assignment.

https://learn.microsoft.com/azure/role-based-access-control/deny-assignments. They are of Resource Manager: nothing in
the directory and no permission of an API is denied by one. What `notActions` names in one of them is left as it is.
"""

from nhi_scan.access.azure.collect import (
    NO,
    YES,
    Match,
    Settled,
    conditions_of,
    matching,
    not_activated,
    settle,
    standing,
    together,
)
from nhi_scan.access.azure.layers import Attached
from nhi_scan.access.azure.places import ARM_PLANES
from nhi_scan.access.azure.request import Request
from nhi_scan.model.access import StatementRef
from nhi_scan.model.policy import Guardrail, PrincipalPattern, Statement


def denying(attached: tuple[Attached, ...], asked: Request, *, strict: bool = False) -> list[Match]:
    """Return the statements of deny assignments that deny a request, or may.

    Args:
        attached: deny assignments; those that do not reach the request's place are left aside.
        asked: the request.
        strict: read a condition that stays open as not met.
    """
    if asked.plane not in ARM_PLANES:
        return []
    found: list[Match] = []
    for guardrail, policy in ((one.guardrail, one.policy) for one in attached):
        reaches = _reaches(guardrail, asked)
        if reaches.holds is False:
            continue
        if not policy.complete:
            whole = StatementRef(policy.id, 0, "", "deny")
            found.append(Match(whole, guardrail.scope_id, unknown=f"deny assignment `{policy.id}` could not be read"))
            continue
        for statement, covered in matching(policy, policy.id, asked):
            parts = [reaches, covered, *_is_about(statement, asked, strict=strict)]
            parts += [settle(one, asked, strict=strict) for one in conditions_of(statement, guardrail.condition)]
            all_ = together(parts)
            if all_.holds is not False:
                name = StatementRef(policy.id, statement.index, statement.sid, "deny")
                found.append(Match(name, guardrail.scope_id, "", all_.open, all_.unknown))
    return found


def _reaches(guardrail: Guardrail, asked: Request) -> Settled:
    """One that does not apply to child scopes counts on its own scope alone."""
    if guardrail.scope_id == asked.place:
        return Settled(holds=True)
    if not guardrail.inherited:
        return Settled(holds=False)
    if guardrail.scope_id in asked.perhaps_above:
        return Settled(None, (), f"whether `{guardrail.scope_id}` is above it is not known")
    return Settled(guardrail.scope_id in asked.chain)


def _is_about(statement: Statement, asked: Request, *, strict: bool) -> tuple[Settled, Settled]:
    """Say whether a deny assignment is about who asks: named, also through a group, and not excluded.

    Whoever is excluded is, however it is named. A membership that waits for its activation makes nobody denied, since
    nobody has to activate it, and excludes who does.
    """
    meant, excluded = _named(statement.principals, asked), _named(statement.not_principals, asked)
    if meant.open:
        meant = NO
    if not excluded.open or excluded.unknown:
        return meant, excluded._replace(holds=None if excluded.holds is None else not excluded.holds)
    if strict:
        return meant, YES
    return meant, Settled(None, tuple(not_activated(one) for one in excluded.open))


def _named(patterns: tuple[PrincipalPattern, ...], asked: Request) -> Settled:
    found = [standing(one.value, asked) for one in patterns]
    if any(one.holds for one in found):
        return YES
    unknown = next((one.unknown for one in found if one.unknown), "")
    open_ = () if unknown else tuple(condition for one in found for condition in one.open)
    return Settled(None if unknown or open_ else False, open_, unknown)
