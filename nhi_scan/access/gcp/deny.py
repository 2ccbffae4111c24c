"""Deny policies: they come before every allow policy, and are inherited by everything below.

https://cloud.google.com/iam/docs/deny-overview. Google lets deny policies name some permissions only. The list is
long and changes (https://cloud.google.com/iam/docs/deny-permissions-support). It is not repeated here: whatever a rule
names is taken as denied, and of a group of permissions each, also one that Google does not support yet.
"""

from nhi_scan.access.gcp.collect import Match, conditions_of, denies, is_about, reference, settle
from nhi_scan.access.gcp.layers import Attached
from nhi_scan.access.gcp.request import Request
from nhi_scan.model.access import StatementRef


def denying(attached: tuple[Attached, ...], asked: Request, *, strict: bool = False) -> list[Match]:
    """Return the rules that deny a request, or may.

    Args:
        attached: deny policies; those that are not attached along the request's chain are left aside.
        asked: the request.
        strict: read a condition that stays open as not met.
    """
    places = frozenset(asked.chain)
    found: list[Match] = []
    for guardrail, policy in ((one.guardrail, one.policy) for one in attached):
        if guardrail.scope_id not in places:
            continue
        if not policy.complete:
            whole = StatementRef(policy.id, 0, "", "deny")
            found.append(Match(whole, guardrail.scope_id, (), f"deny policy `{policy.id}` could not be read"))
            continue
        for statement in policy.statements:
            name = reference(policy, statement, "deny")
            if statement.malformed:
                found.append(Match(name, guardrail.scope_id, (), statement.malformed))
                continue
            if not denies(statement, asked.permission):
                continue
            settled = [*is_about(statement, asked, strict=strict)]
            settled += [settle(condition, asked, strict=strict) for condition in conditions_of(statement)]
            if not any(one.holds is False for one in settled):
                open_ = tuple([condition for one in settled for condition in one.open])
                unknown = next((one.unknown for one in settled if one.unknown), "")
                found.append(Match(name, guardrail.scope_id, open_, unknown))
    return found
