"""`decide`: the definition of effective access on Google Cloud.

In this order (https://cloud.google.com/iam/docs/policy-types#evaluation): a principal access boundary that makes the
principal not eligible, then a deny policy, then any binding of an allow policy. Allow and deny policies are inherited
from the organization over folders and projects to the resource. Bindings add up: none takes away what another gives.
"""

from nhi_scan.access.gcp.boundary import LAYER, bounding
from nhi_scan.access.gcp.collect import Match, holds_permission, settle, truth
from nhi_scan.access.gcp.deny import denying
from nhi_scan.access.gcp.explain import allowed, conditional, denied_by_default, denied_explicitly, uncollected, unseen
from nhi_scan.access.gcp.layers import Layers
from nhi_scan.access.gcp.request import Request
from nhi_scan.access.gcp.tokens import condition_of
from nhi_scan.model.access import Decision, StatementRef
from nhi_scan.model.policy import Binding


def decide(asked: Request, layers: Layers, *, strict: bool = False) -> Decision:
    """Answer whether a request is allowed, and why.

    Args:
        asked: who wants to use which permission where.
        layers: the policies that apply.
        strict: read a condition that stays open as not met, in allow and deny policies alike.

    Returns:
        Allowed; conditional, with every condition that stayed open; denied, explicitly or because nothing allows it;
        unknown where something that could change the answer cannot be read or was not collected: a group's members, a
        role's permissions, a policy, whom a boundary is for. What nothing was found to allow is unknown, too, where
        allow policies from the root down to the place are missing; what was found to be allowed stays so.
    """
    bounds = bounding(layers.boundaries, asked, strict=strict)
    denies = denying(layers.denies, asked, strict=strict)
    for against in (bounds, denies):
        certain = [match for match in against if match.certain]
        if certain:
            return denied_explicitly(certain)
    allows = allowing(layers, asked, strict=strict)
    granted = truth(allows)
    if granted is False:
        if asked.gap:
            return unseen(asked)
        return uncollected("allow") if "allow" in layers.missing else denied_by_default(asked.permission)
    against = [*bounds, *denies]
    if granted is None or against:
        return conditional(allows, against)
    for layer in (LAYER, "deny"):
        if layer in layers.missing:
            return uncollected(layer, allows)
    return allowed([match for match in allows if match.certain])


def allowing(layers: Layers, asked: Request, *, strict: bool = False) -> list[Match]:
    """Return the bindings that allow a request, or may."""
    places = frozenset(asked.chain)
    found: list[Match] = []
    for binding in layers.bindings:
        if binding.scope_id in places:
            match = _allows(binding, layers, asked, strict=strict)
            if match is not None:
                found.append(match)
    return found


def _allows(binding: Binding, layers: Layers, asked: Request, *, strict: bool) -> Match | None:
    stands = asked.stands(binding.principal_id)
    if stands is False:
        return None
    role = layers.roles.get(binding.policy_id)
    has = holds_permission(role, asked.permission)
    if has is False:
        return None
    settled = settle(binding.condition, asked, strict=strict)
    # In which sets of its pool somebody is, their token shows.
    token = condition_of(binding.principal_id) if stands is None else None
    shown = settle(token, asked, strict=strict)
    if settled.holds is False or shown.holds is False:
        return None
    unknown = settled.unknown or shown.unknown
    if has is None:
        unknown = f"what role `{binding.policy_id}` allows is not known"
    elif stands is None and token is None:
        unknown = f"whether `{binding.principal_id}` stands for this principal is not known"
    name = StatementRef(binding.policy_id, 0, "", "allow", binding.id)
    return Match(name, binding.scope_id, (*shown.open, *settled.open), unknown)
