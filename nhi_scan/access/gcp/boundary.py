"""Principal access boundaries: which resources a principal may reach at all.

https://cloud.google.com/iam/docs/principal-access-boundary-policies. A principal that no boundary is bound to is
eligible for everything. One that has several is eligible for what any of them names. Where it is not eligible, a
boundary blocks the permissions of its enforcement version.
"""

from typing import NamedTuple

from nhi_scan.access.combine import Truth, both, either
from nhi_scan.access.gcp.collect import Match, settle
from nhi_scan.access.gcp.enforced import blocks
from nhi_scan.access.gcp.layers import Attached
from nhi_scan.access.gcp.request import Request
from nhi_scan.model.access import Layer, StatementRef
from nhi_scan.model.policy import Condition, Policy

LAYER: Layer = "principal_access_boundary"
_ABOVE_PROJECTS = ("organizations/", "folders/")


class _Bound(NamedTuple):
    """A boundary that is bound to who asks, or may be."""

    applies: Truth
    blocks: Truth
    holds: Truth  # whether what is asked about lies inside
    match: Match


def bounding(attached: tuple[Attached, ...], asked: Request, *, strict: bool = False) -> list[Match]:
    """Return the boundaries that block a request, or may: none where one of them makes who asks eligible."""
    bound = [one for one in (_bound(each, asked, strict=strict) for each in attached) if one.applies is not False]
    if either(*(both(one.applies, one.holds) for one in bound)) is True:
        return []
    saving = [one for one in bound if one.holds is not False]  # nobody can tell whether they make it eligible
    found: list[Match] = []
    for one in bound:
        if both(one.applies, one.blocks, None if one.holds is None else not one.holds) is False:
            continue
        others = any(each is not one for each in saving)
        found.append(one.match._replace(unknown="another boundary may make it eligible") if others else one.match)
    return found


def _bound(one: Attached, asked: Request, *, strict: bool) -> _Bound:
    guardrail, policy = one.guardrail, one.policy
    name = StatementRef(policy.id, _index(policy), "", LAYER)
    stands = asked.stands(guardrail.scope_id)
    settled = settle(guardrail.condition, asked, strict=strict)
    blocked = blocks(policy.version, asked.permission) if policy.complete else None
    holds = _holds(policy, asked)
    unknown = settled.unknown
    if stands is None:
        unknown = f"whether boundary `{policy.id}` is for this principal cannot be told"
    elif not policy.complete:
        unknown = f"boundary `{policy.id}` could not be read"
    elif blocked is None:
        unknown = f"whether enforcement version `{policy.version}` blocks this permission is not known"
    elif holds is None:
        unknown = "what is above the place is not known"
    open_: tuple[Condition, ...] = settled.open
    return _Bound(both(stands, settled.holds), blocked, holds, Match(name, guardrail.scope_id, open_, unknown))


def _index(policy: Policy) -> int:
    return policy.statements[0].index if policy.statements else 0


def _holds(policy: Policy, asked: Request) -> Truth:
    """Whether a boundary names the place or one above it."""
    if not policy.complete or any(statement.malformed for statement in policy.statements):
        return None
    resources = {resource for statement in policy.statements for resource in statement.resources}
    if resources.intersection(asked.chain):
        return True
    return None if not asked.rooted and any(each.startswith(_ABOVE_PROJECTS) for each in resources) else False
