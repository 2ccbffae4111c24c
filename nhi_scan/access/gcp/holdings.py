"""Where one permission is granted to one identity."""

from collections.abc import Iterable

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.grants import ref
from nhi_scan.access.gcp.limits import Profile
from nhi_scan.access.gcp.places import Places
from nhi_scan.model.access import StatementRef
from nhi_scan.model.policy import Binding
from nhi_scan.model.record import value


@value
class Holding:
    """A place where a permission is granted."""

    place_id: str
    # True: on the place and everything below it, nothing takes it away. None: a condition is open, or a deny policy, a
    # boundary or a condition may take away a part.
    state: Truth
    refs: tuple[StatementRef, ...] = ()  # the bindings that give it there, sorted


def holdings_of(
    granted: Iterable[tuple[Binding, Truth]], bit: int, profile: Profile, places: Places
) -> tuple[Holding, ...]:
    """Gather bindings that give a permission by their places, without those that others make superfluous.

    Args:
        granted: bindings whose roles hold the permission, with what is known of their conditions.
        bit: the permission.
        profile: what may be taken from the identity, and where.
        places: the tree.
    """
    found: dict[str, tuple[Truth, list[StatementRef]]] = {}
    for binding, state in granted:
        place = binding.scope_id
        known = found.get(place)
        if known is None:
            found[place] = (state, [ref(binding)])
        else:
            known[1].append(ref(binding))
            if state:
                found[place] = (True, known[1])
    held = []
    for place, (state, refs) in found.items():
        if not profile.taken(place) & bit:
            sure = True if state and not profile.risky_within(place) & bit else None
            held.append(Holding(place, sure, tuple(sorted(refs, key=_order)) if len(refs) > 1 else tuple(refs)))
    if len(held) > 1:
        whole = {one.place_id for one in held if one.state}
        held = [one for one in held if not _below(one.place_id, whole, places)]
        held.sort(key=lambda one: one.place_id)
    return tuple(held)


def _below(place: str, whole: set[str], places: Places) -> bool:
    return bool(whole) and any(above in whole for above in places.chain(place)[:-1])


def _order(one: StatementRef) -> tuple[str, str]:
    return one.binding_id, one.policy_id
