"""What every identity holds, as a stack: its bindings, less what deny policies and boundaries take from it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.convenience import CONVENIENCE
from nhi_scan.access.gcp.grants import Grants
from nhi_scan.access.gcp.limits import Limits, Profile
from nhi_scan.access.gcp.members import Members
from nhi_scan.access.gcp.places import Places
from nhi_scan.access.gcp.stacks import Held, Roles, Stack, Stacks
from nhi_scan.access.gcp.tokens import condition_of
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding

_CONVENIENCE = tuple(f"{kind}:" for kind in CONVENIENCE)
_COLLECTED = ("iam-deny-policies", "iam-pab-policies", "iam-pab-bindings")


@dataclass(slots=True)
class Names:
    """The names under which bindings mean an identity."""

    sure: tuple[str, ...]
    open: tuple[str, ...]  # `projectEditor:p` of somebody whose role is conditional, or from above
    unknown: tuple[str, ...]  # a group whose members were not listed, a set whose members nothing here knows
    shown: tuple[str, ...]  # a set of its pool in which its token may show it to be: some tokens do, and some do not
    profile: Profile  # what may be taken from the identity

    @property
    def bound(self) -> tuple[tuple[str, ...], ...]:
        """All names, by what is known of them."""
        return self.sure, self.open, self.unknown, self.shown


@dataclass(slots=True)
class _Part:
    """What one principal is given, as it reads for everybody from whom the same may be taken."""

    possible: frozenset[Held]
    sure: frozenset[Held]
    at: dict[str, set[str]]  # place -> roles surely given there
    complete: bool  # whether all of the roles are known


class Bounding:
    """Finds the stack of an identity.

    What a principal gives is worked out once for each set of limits, so that a thousand members of a group cost what
    one does.

    Somebody of a pool holds what each of their tokens gives. What only some give, since they show an attribute too, is
    not in the stack and does not make it less complete: it is held by the set that goes by that attribute.

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
        self._named: dict[str, Names] = {}
        self._of: dict[str, Stack] = {}
        self._parts: dict[tuple[str, Profile], _Part] = {}
        self._roots = sorted(
            {row.id for row in inventory.scopes.values() if row.provider == "gcp" and not row.parent_id}
        )
        self._known: dict[str, bool] = {}

    def held(self, identity_id: str) -> Iterator[tuple[Binding, Truth]]:
        """Yield what an identity is given; None where a condition is open. Bindings to unknown names are not in it."""
        names = self.names(identity_id)
        yield from self._grants.of(names.sure)
        for binding, _ in self._grants.of(names.open):
            yield binding, None

    def perhaps(self, identity_id: str, permission: str) -> Iterator[Binding]:
        """Yield the bindings of which nobody can tell whether they give a permission to an identity."""
        roles, names = self._roles, self.names(identity_id)
        wanted = roles.having(permission) | roles.unknown
        for binding, _ in self._grants.of((*names.unknown, *names.shown)):
            if binding.policy_id in wanted:
                yield binding
        if roles.unknown:
            for binding, _ in self.held(identity_id):
                if binding.policy_id in roles.unknown:
                    yield binding

    def standing_behind(self, principals: set[str] | None) -> list[str]:
        """Name whom of Google Cloud principals of bindings mean, or may, in the inventory's order; None: everybody."""
        return [
            identity.id
            for identity in self._inventory.identities.values()
            if identity.provider == "gcp"
            and (principals is None or not all(map(principals.isdisjoint, self.names(identity.id).bound)))
        ]

    def stack(self, identity: Identity) -> Stack:
        """Return what an identity holds, shared with all who hold the same."""
        found = self._of.get(identity.id)
        if found is None:
            found = self._of[identity.id] = self._stack(identity)
        return found

    def names(self, identity_id: str) -> Names:
        """Return the names under which bindings mean an identity."""
        found = self._named.get(identity_id)
        if found is None:
            bound = self._inventory.bindings_of
            sure, possible = self._members.principals(identity_id), self._members.possible(identity_id)
            doubtful = [name for name in possible if name in bound]
            unclear = [name for name in doubtful if not name.startswith(_CONVENIENCE)]
            found = self._named[identity_id] = Names(
                tuple([name for name in sure if name in bound]),
                tuple([name for name in doubtful if name.startswith(_CONVENIENCE)]),
                tuple([name for name in unclear if condition_of(name) is None]),
                tuple([name for name in unclear if condition_of(name) is not None]),
                self._limits.of(sure, possible),
            )
        return found

    def _stack(self, identity: Identity) -> Stack:
        names = self.names(identity.id)
        profile, home = names.profile, identity.scope_id
        sure = [self._part(name, profile, shared=name != identity.id) for name in names.sure]
        parts = [*sure, *[self._part(name, profile) for name in names.open]] if names.open else sure
        unknown = [self._part(name, profile) for name in names.unknown]
        scope = self._inventory.scopes.get(home)
        at_home = scope is not None and scope.kind == "project"
        policies_known = all(part.complete for part in parts)
        return self.stacks.of(
            _union([part.possible for part in parts]),
            _union([part.sure for part in sure]),
            self._in_home(sure, home, profile) if at_home else self._abroad(sure, profile),
            complete=policies_known and not any(part.possible for part in unknown),
            guardrails_known=self._guardrails_known(home if at_home else ""),
            policies_known=policies_known,
        )

    def _part(self, principal: str, profile: Profile, *, shared: bool = True) -> _Part:
        if not shared:
            return self._work_out(principal, profile)
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
        return _Part(frozenset(possible), frozenset(sure), at, complete)

    def _in_home(self, parts: Iterable[_Part], home: str, profile: Profile) -> frozenset[Held]:
        """What is given on an identity's own project or above it and taken nowhere in it."""
        away = profile.risky_within(home)
        chain = self._places.chain(home)
        return frozenset(
            [
                (role, away)
                for part in parts
                if part.at
                for place in chain
                if place in part.at
                for role in part.at[place]
            ]
        )

    def _abroad(self, parts: Iterable[_Part], profile: Profile) -> frozenset[Held]:
        """What is given on any project or above one and taken nowhere in it."""
        scopes = self._inventory.scopes
        return frozenset(
            [
                (role, profile.risky_within(place))
                for part in parts
                for place, roles in part.at.items()
                if place in scopes
                for role in roles
            ]
        )

    def _guardrails_known(self, home: str) -> bool:
        known = self._known.get(home)
        if known is None:
            places = [home] if home else self._roots
            covered = self._inventory.covered
            known = self._known[home] = bool(places) and all(
                covered(place, kind) is True for place in places for kind in _COLLECTED
            )
        return known


def _union(sets: list[frozenset[Held]]) -> frozenset[Held]:
    return sets[0] if len(sets) == 1 else frozenset[Held]().union(*sets)
