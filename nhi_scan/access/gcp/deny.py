"""Deny policies: they come before every allow policy, and are inherited by everything below.

https://cloud.google.com/iam/docs/deny-overview. Google lets deny policies name some permissions only. The list is
long and changes (https://cloud.google.com/iam/docs/deny-permissions-support). It is not repeated here: whatever a rule
names is taken as denied, and of a group of permissions each, also one that Google does not support yet.
"""

from nhi_scan.access.gcp.collect import Match, conditions_of, denies, is_about, reference, settle
from nhi_scan.access.gcp.layers import Attached
from nhi_scan.access.gcp.request import Request
from nhi_scan.model.access import StatementRef
from nhi_scan.model.policy import Condition


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
            meant = is_about(statement, asked)
            if meant is False:
                continue
            open_: list[Condition] = []
            unknown = "" if meant else "who is meant by a deny policy cannot be told: a group's members were not listed"
            refuted = False
            for condition in conditions_of(statement):
                settled = settle(condition, asked, strict=strict)
                refuted = refuted or settled.holds is False
                open_ += settled.open
                unknown = unknown or settled.unknown
            if not refuted:
                found.append(Match(name, guardrail.scope_id, tuple(open_), unknown))
    return found
