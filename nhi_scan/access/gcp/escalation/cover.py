"""Where an identity holds all permissions of a technique at once."""

from collections.abc import Iterable

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.escalation.technique import Requirement, Technique
from nhi_scan.access.gcp.holdings import Holding
from nhi_scan.access.gcp.places import Places
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.model.access import StatementRef
from nhi_scan.model.record import value

_ABOVE = frozenset({"project", "scope"})


@value
class Ground:
    """A place on which and below which some permissions are held, if what is open holds there."""

    place_id: str
    open: tuple[Requirement, ...] = ()  # those of which nobody can tell before a target is named


@value
class Way:
    """A node that a technique leads to."""

    node: int
    conditional: bool
    refs: tuple[StatementRef, ...] = ()  # what it rests on, where the permissions of the technique alone do not tell


class Subject:
    """What one identity holds, asked once for each permission."""

    def __init__(self, access: Access, identity_id: str) -> None:
        """Begin with nothing asked."""
        self._access = access
        self._places: Places = access.places
        self._scopes = access.inventory.scopes
        self.id = identity_id
        self._held: dict[str, tuple[Holding, ...]] = {}
        self._truths: dict[tuple[str, str], Truth] = {}
        self._covers: dict[int, list[Ground]] = {}
        self._done: set[str] = set()
        self._bound: frozenset[str] | None = None

    def holdings(self, permission: str) -> tuple[Holding, ...]:
        """Return where a permission is held."""
        found = self._held.get(permission)
        if found is None:
            found = self._held[permission] = self._access.holdings(self.id, permission)
        return found

    def truth(self, permission: str, place_id: str) -> Truth:
        """Say whether a permission is held on one place, as far as anybody looked."""
        key = (permission, place_id)
        if key not in self._truths:
            self._truths[key] = self._access.as_found(self.id, permission, place_id)
        return self._truths[key]

    def done(self, place_id: str) -> None:
        """Note that every service account below a place can be become, no condition open."""
        self._done.add(place_id)

    @property
    def settled(self) -> bool:
        """Whether every account that any permission of it could reach can be become already."""
        if not self._done:
            return False
        if self._bound is None:
            of = self._access.inventory.bindings_of
            names = self._access.members.principals(self.id)
            self._bound = frozenset([one.scope_id for name in names for one in of.get(name, ())])
        return all(not self._done.isdisjoint(self._places.chain(place)) for place in self._bound)

    def somewhere(self, requirements: Iterable[Requirement]) -> Truth:
        """Say whether each of some permissions is held on something."""
        result: Truth = True
        for requirement in requirements:
            held = self.holdings(requirement.permission)
            if not held:
                return False
            if not any(one.state for one in held):
                result = None
        return result

    def grounds(self, technique: Technique) -> list[Ground]:
        """Return the widest places on which all permissions of a technique are held, sorted."""
        key = id(technique)  # the catalogue outlives who asks
        if key not in self._covers:
            self._covers[key] = self.cover(technique.requires)
        return self._covers[key]

    def cover(self, requirements: Iterable[Requirement]) -> list[Ground]:
        """Return the widest places on which all of some permissions are held, sorted; `anywhere` is passed over."""
        found: dict[str, tuple[Requirement, ...]] | None = None
        for requirement in requirements:
            if requirement.at == "anywhere":
                continue
            held = self._held_at(requirement)
            if not held:
                return []
            found = held if found is None else self._meet(found, held)
            if not found:
                return []
        return [Ground(place, found[place]) for place in sorted(found)] if found else []

    def _held_at(self, requirement: Requirement) -> dict[str, tuple[Requirement, ...]]:
        above = requirement.at in _ABOVE
        return {
            one.place_id: () if one.state else (requirement,)
            for one in self.holdings(requirement.permission)
            if not above or one.place_id in self._scopes
        }

    def _meet(
        self, one: dict[str, tuple[Requirement, ...]], other: dict[str, tuple[Requirement, ...]]
    ) -> dict[str, tuple[Requirement, ...]]:
        """Return the places that lie on or below a place of both."""
        if one == other and len(one) == 1 and not any(one.values()):
            return one
        found: dict[str, tuple[Requirement, ...]] = {}
        for mine, yours in ((one, other), (other, one)):
            for place, open_ in mine.items():
                for above in self._places.chain(place):
                    if above in yours:
                        _keep(found, place, tuple(dict.fromkeys((*open_, *yours[above]))))
        return found


def _keep(found: dict[str, tuple[Requirement, ...]], place: str, open_: tuple[Requirement, ...]) -> None:
    known = found.get(place)
    if known is None or len(open_) < len(known):
        found[place] = open_
