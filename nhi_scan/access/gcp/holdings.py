"""Where one permission is granted to one identity."""

from collections.abc import Iterable
from dataclasses import dataclass

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.bounding import Names
from nhi_scan.access.gcp.grants import Grants, ref
from nhi_scan.access.gcp.limits import Profile
from nhi_scan.access.gcp.places import Places
from nhi_scan.access.gcp.stacks import Roles
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


@dataclass(slots=True)
class _Part:
    """What one principal gives; no place in it is below another one that is wholly held."""

    held: dict[str, Holding]  # by place, sorted
    whole: frozenset[str]  # places that are wholly and surely held
    above: frozenset[str]  # everything above any of the places


_NOTHING = _Part({}, frozenset(), frozenset())


class Holdings:
    """Finds them. What a group or a set gives is worked out once for all from whom the same may be taken."""

    def __init__(self, roles: Roles, grants: Grants, places: Places) -> None:
        """Take the parts of the engine."""
        self._roles = roles
        self._grants = grants
        self._places = places
        self._parts: dict[tuple[str, Profile, str], _Part] = {}
        self._given: dict[tuple[str, str], list[tuple[Binding, Truth]]] = {}

    def of(self, identity_id: str, names: Names, permission: str) -> tuple[Holding, ...]:
        """Gather what an identity is given, by places, without those that others make superfluous."""
        parts = [self._part(name, names.profile, permission, own=name == identity_id) for name in names.sure]
        parts += [_opened(self._part(name, names.profile, permission)) for name in names.open]
        parts = [part for part in parts if part.held]
        if not parts:
            return ()
        return tuple((parts[0].held if len(parts) == 1 else self._joined(parts)).values())

    def given(self, principal: str, permission: str, *, own: bool = False) -> list[tuple[Binding, Truth]]:
        """Return the bindings that give a permission to one principal and have not lapsed.

        Args:
            principal: as bindings name it.
            permission: as roles write it.
            own: it stands for nobody else, so that remembering the answer would not pay.
        """
        found = self._given.get((principal, permission))
        if found is None:
            having = self._roles.having(permission)
            found = [one for one in self._grants.of((principal,)) if one[0].policy_id in having]
            if not own:
                self._given[principal, permission] = found
        return found

    def _joined(self, parts: list[_Part]) -> dict[str, Holding]:
        parts = sorted(parts, key=lambda part: -len(part.held))
        found: dict[str, Holding] = {}
        for part in parts:
            others = [other.whole for other in parts if other is not part and not part.above.isdisjoint(other.whole)]
            held = self._left(part.held, frozenset().union(*others)) if others else part.held
            if not found:
                found = dict(held)
                continue
            for place, one in held.items():
                known = found.get(place)
                found[place] = one if known is None else _both(known, one)
        return {place: found[place] for place in sorted(found)}

    def _left(self, held: dict[str, Holding], whole: frozenset[str]) -> dict[str, Holding]:
        """Leave out the places below those that are wholly held."""
        chain = self._places.chain
        return {place: one for place, one in held.items() if whole.isdisjoint(chain(place)[:-1])}

    def _part(self, principal: str, profile: Profile, permission: str, *, own: bool = False) -> _Part:
        key = (principal, profile, permission)
        found = self._parts.get(key)
        if found is None:
            given = self.given(principal, permission, own=own)
            found = self._reduced(given, self._roles.catalogue.bit(permission), profile) if given else _NOTHING
            if not own:
                self._parts[key] = found
        return found

    def _reduced(self, given: Iterable[tuple[Binding, Truth]], bit: int, profile: Profile) -> _Part:
        """Put bindings together by place, take away what is surely taken, leave out what is below what is whole."""
        states: dict[str, Truth] = {}
        refs: dict[str, list[StatementRef]] = {}
        for binding, state in given:
            place = binding.scope_id
            states[place] = states.get(place) or state
            refs.setdefault(place, []).append(ref(binding))
        held = {
            place: Holding(
                place, True if states[place] and not profile.risky_within(place) & bit else None, _sorted(refs[place])
            )
            for place in sorted(states)
            if not profile.taken(place) & bit
        }
        whole = frozenset([place for place, one in held.items() if one.state])
        if len(held) > 1 and whole:
            held = self._left(held, whole)
        chain = self._places.chain
        return _Part(held, whole, frozenset([above for place in held for above in chain(place)[:-1]]))


def _both(one: Holding, other: Holding) -> Holding:
    return Holding(one.place_id, one.state or other.state, _sorted((*one.refs, *other.refs)))


def _opened(part: _Part) -> _Part:
    """Read what somebody may be given by a name that may or may not mean them."""
    return _Part({place: Holding(place, None, one.refs) for place, one in part.held.items()}, frozenset(), part.above)


def _sorted(refs: Iterable[StatementRef]) -> tuple[StatementRef, ...]:
    return tuple(sorted(refs, key=lambda one: (one.binding_id, one.policy_id)))
