"""Where one action is given to one identity."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from nhi_scan.access.azure.actions import Planes
from nhi_scan.access.azure.bounding import Names
from nhi_scan.access.azure.grants import Gift, Grants, Reading
from nhi_scan.access.azure.limits import Profile
from nhi_scan.access.azure.permissions import Roles
from nhi_scan.access.azure.places import Places
from nhi_scan.access.combine import Truth
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import StatementRef
from nhi_scan.model.policy import Binding
from nhi_scan.model.record import value


@value
class Holding:
    """A place where an action is given."""

    place_id: str
    # True: on the place and on everything below it that the action is about, nothing takes it away. None: a condition
    # is open, it has to be activated, a deny assignment or the way of a vault may take away a part, or objects of the
    # directory lie below that it does not reach.
    state: Truth
    refs: tuple[StatementRef, ...] = ()  # the statements that give it there, sorted


@dataclass(slots=True)
class _Share:
    """What one principal gives; no place in it is below another one that is wholly held."""

    held: dict[str, Holding]  # by place, sorted
    whole: frozenset[str]  # places that are wholly and surely held
    above: frozenset[str]  # everything above any of the places


_NOTHING = _Share({}, frozenset(), frozenset())


class Holdings:
    """Finds them. What a group gives is worked out once for all from whom the same may be taken."""

    def __init__(self, inventory: Inventory, roles: Roles, grants: Grants, places: Places, planes: Planes) -> None:
        """Take the parts of the engine."""
        self._groups = inventory.groups
        self._catalogue = roles.catalogue
        self._roles = roles
        self._grants = grants
        self._places = places
        self._planes = planes
        self._shares: dict[tuple[str, Reading, Profile, str], _Share] = {}

    def of(self, names: Names, action: str) -> tuple[Holding, ...]:
        """Gather what an identity is given, by places, without those that others make superfluous."""
        shares = [self._share(name, reading, names.profile, action) for name, reading in names.given]
        shares = [share for share in shares if share.held]
        if not shares:
            return ()
        return tuple((shares[0].held if len(shares) == 1 else self._joined(shares)).values())

    def given(self, principal: str, reading: Reading, action: str) -> list[tuple[Binding, Gift]]:
        """Return the assignments that may give an action by one principal and have not lapsed."""
        read, bit = self._grants.read, self._catalogue.bit(action)
        if not bit:
            roles = self._covering(action)
            return [(binding, read(own, reading)) for binding, own in self._grants.of(principal) if own.role in roles]
        return [
            (binding, gift)
            for binding, own in self._grants.of(principal)
            if own.possible & bit and (gift := read(own, reading)).possible & bit
        ]

    def giving(self, action: str) -> Collection[str]:
        """Name the roles that may give an action."""
        return self._roles.having(action) if self._catalogue.bit(action) else self._covering(action)

    def planes_of(self, gift: Gift, action: str) -> set[str]:
        """Return the planes in which a role may give an action."""
        bit = self._catalogue.bit(action)
        indices = () if bit else self._covering(action).get(gift.role, ())
        return {one.plane for one in self._roles.parts(gift.role) if (one.mask & bit if bit else one.index in indices)}

    def refs(self, binding: Binding, gift: Gift, action: str) -> list[StatementRef]:
        """Name the statements of a role that give an action by an assignment."""
        bit = self._catalogue.bit(action)
        indices = () if bit else self._covering(action).get(gift.role, ())
        parts = [one for one, mask in gift.parts if (mask & bit if bit else one.index in indices)]
        return [StatementRef(gift.role, one.index, one.sid, "allow", binding.id) for one in parts]

    def _covering(self, action: str) -> Mapping[str, frozenset[int]]:
        return self._roles.covering(action, self._planes.of(action))

    def _joined(self, shares: list[_Share]) -> dict[str, Holding]:
        shares = sorted(shares, key=lambda share: -len(share.held))
        found: dict[str, Holding] = {}
        for share in shares:
            others = [one.whole for one in shares if one is not share and not share.above.isdisjoint(one.whole)]
            held = self._left(share.held, frozenset().union(*others)) if others else share.held
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

    def _share(self, principal: str, reading: Reading, profile: Profile, action: str) -> _Share:
        if principal not in self._groups:
            given = self.given(principal, reading, action)
            return self._reduced(given, action, profile) if given else _NOTHING
        key = (principal, reading, profile, action)
        found = self._shares.get(key)
        if found is None:
            given = self.given(principal, reading, action)
            found = self._shares[key] = self._reduced(given, action, profile) if given else _NOTHING
        return found

    def _reduced(self, given: Iterable[tuple[Binding, Gift]], action: str, profile: Profile) -> _Share:
        """Put assignments together by place, take away what is surely taken, leave out what is below what is whole."""
        bit = self._catalogue.bit(action)
        states: dict[str, Truth] = {}
        by_place: dict[str, list[StatementRef]] = {}
        for binding, gift in given:
            place = binding.scope_id
            if profile.taken(place, by_role=gift.by_role) & bit:
                continue
            sure = gift.sure & bit and not profile.risky_within(place, by_role=gift.by_role) & bit
            states[place] = True if sure else states.get(place)
            by_place.setdefault(place, []).extend(self.refs(binding, gift, action))
        held = {place: Holding(place, states[place], _sorted(by_place[place])) for place in sorted(states)}
        whole = frozenset([place for place, one in held.items() if one.state])
        if len(held) > 1 and whole:
            held = self._left(held, whole)
        chain = self._places.chain
        return _Share(held, whole, frozenset([above for place in held for above in chain(place)[:-1]]))


def _both(one: Holding, other: Holding) -> Holding:
    return Holding(one.place_id, one.state or other.state, _sorted((*one.refs, *other.refs)))


def _sorted(found: Iterable[StatementRef]) -> tuple[StatementRef, ...]:
    return tuple(sorted(set(found), key=lambda one: (one.binding_id, one.policy_id, one.index)))
