"""What every identity holds, as a stack: its bindings, less what deny policies and boundaries take from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.grants import Grants
from nhi_scan.access.gcp.limits import Limits, Profile
from nhi_scan.access.gcp.members import Members
from nhi_scan.access.gcp.places import Places
from nhi_scan.access.gcp.stacks import Held, Roles, Stack, Stacks
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding

_COLLECTED = ("iam-deny-policies", "iam-pab-policies", "iam-pab-bindings")


@dataclass(slots=True)
class _Names:
    """The names under which policies mean an identity, as far as bindings use them."""

    sure: tuple[str, ...]
    possible: tuple[str, ...]
    profile: Profile


@dataclass(slots=True)
class _Part:
    """What one principal is given, as it reads for everybody from whom the same may be taken."""

    possible: frozenset[Held]
    sure: frozenset[Held]
    at: dict[str, frozenset[str]]  # place -> roles surely given there
    complete: bool  # whether all of the roles are known


class Bounding:
    """Finds the stack of an identity.

    What a principal gives is worked out once for each set of limits, so that a thousand members of a group cost what
    one does.

    Attributes:
        stacks: those found so far, interned.
    """

    def __init__(
        self, inventory: Inventory, places: Places, members: Members, roles: Roles, grants: Grants, limits: Limits
    ) -> None:
        """Take the parts of the engine."""
        self._inventory = inventory
        self._places = places
        self._members = members
        self._roles = roles
        self._grants = grants
        self._limits = limits
        self.stacks = Stacks(roles)
        self._named: dict[str, _Names] = {}
        self._of: dict[str, Stack] = {}
        self._parts: dict[tuple[str, Profile], _Part] = {}
        self._roots = sorted(
            {row.id for row in inventory.scopes.values() if row.provider == "gcp" and not row.parent_id}
        )
        self._known: dict[str, bool] = {}

    def profile(self, identity_id: str) -> Profile:
        """Return what may be taken from an identity, shared with all from whom the same may be."""
        return self._names(identity_id).profile

    def held(self, identity_id: str) -> Iterator[tuple[Binding, Truth]]:
        """Yield what an identity is given; None where a condition is open, or where it may or may not be meant."""
        names = self._names(identity_id)
        yield from self._grants.of(names.sure)
        for binding, _ in self._grants.of(names.possible):
            yield binding, None

    def standing_behind(self, principals: set[str]) -> list[str]:
        """Name the identities that principals of bindings stand for, or may, in the inventory's order."""
        found = []
        for identity_id in self._inventory.identities:
            names = self._names(identity_id)
            if not (principals.isdisjoint(names.sure) and principals.isdisjoint(names.possible)):
                found.append(identity_id)
        return found

    def stack(self, identity: Identity) -> Stack:
        """Return what an identity holds, shared with all who hold the same."""
        found = self._of.get(identity.id)
        if found is None:
            found = self._of[identity.id] = self._stack(identity)
        return found

    def _names(self, identity_id: str) -> _Names:
        found = self._named.get(identity_id)
        if found is None:
            bound = self._inventory.bindings_of
            sure, possible = self._members.principals(identity_id), self._members.possible(identity_id)
            found = self._named[identity_id] = _Names(
                tuple([name for name in sure if name in bound]),
                tuple([name for name in possible if name in bound]),
                self._limits.of(sure, possible),
            )
        return found

    def _stack(self, identity: Identity) -> Stack:
        names = self._names(identity.id)
        profile = names.profile
        parts = [self._part(principal, profile) for principal in names.sure]
        perhaps = [self._part(principal, profile) for principal in names.possible]
        home = identity.scope_id
        at_home = home in self._inventory.scopes and self._inventory.scopes[home].kind == "project"
        whole = self._in_home(parts, home, profile) if at_home else self._abroad(parts, profile)
        return self.stacks.of(
            frozenset[Held]().union(*[part.possible for part in (*parts, *perhaps)]),
            frozenset[Held]().union(*[part.sure for part in parts]),
            frozenset(whole),
            complete=all(part.complete for part in (*parts, *perhaps)),
            guardrails_known=self._guardrails_known(home),
        )

    def _part(self, principal: str, profile: Profile) -> _Part:
        found = self._parts.get((principal, profile))
        if found is None:
            found = self._parts[principal, profile] = self._work_out(principal, profile)
        return found

    def _work_out(self, principal: str, profile: Profile) -> _Part:
        possible: set[Held] = set()
        sure: set[Held] = set()
        at: dict[str, set[str]] = {}
        for binding, state in self._grants.of((principal,)):
            role, place = binding.policy_id, binding.scope_id
            possible.add((role, profile.taken(place)))
            if state:
                sure.add((role, profile.risky(place)))
                at.setdefault(place, set()).add(role)
        complete = self._roles.unknown.isdisjoint(role for role, _ in possible)
        places = {place: frozenset(roles) for place, roles in at.items()}
        return _Part(frozenset(possible), frozenset(sure), places, complete)

    def _in_home(self, parts: Iterable[_Part], home: str, profile: Profile) -> set[Held]:
        """What is given on an identity's own project or above it and taken nowhere in it."""
        away = profile.risky_within(home)
        chain = self._places.chain(home)
        return {(role, away) for part in parts for place in chain if place in part.at for role in part.at[place]}

    def _abroad(self, parts: Iterable[_Part], profile: Profile) -> set[Held]:
        """What is given on any project or above one and taken nowhere in it."""
        scopes = self._inventory.scopes
        return {
            (role, profile.risky_within(place))
            for part in parts
            for place, roles in part.at.items()
            if place in scopes
            for role in roles
        }

    def _guardrails_known(self, home: str) -> bool:
        known = self._known.get(home)
        if known is None:
            places = [home] if home in self._inventory.scopes else self._roots
            covered = self._inventory.covered
            known = self._known[home] = bool(places) and all(
                covered(place, kind) is True for place in places for kind in _COLLECTED
            )
        return known
