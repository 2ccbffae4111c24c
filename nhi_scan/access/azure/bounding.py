"""What every identity holds, as a stack: what it is given, less what deny assignments and vaults take from it."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from nhi_scan.access.azure.actions import PLANES, planes_of_policy
from nhi_scan.access.azure.grants import SURELY, Gift, Grants, Reading
from nhi_scan.access.azure.limits import Limits, Profile
from nhi_scan.access.azure.members import Members
from nhi_scan.access.azure.permissions import Roles
from nhi_scan.access.azure.stacks import Held, Stack, Stacks
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding

_WHOLE = ("tenant", "management_group", "subscription")
_COLLECTED = "arm-deny-assignments"
_CONTAINERS = "arg-resource-containers"


@dataclass(slots=True)
class Names:
    """The principals under which assignments mean an identity, with how each stands for it."""

    given: tuple[tuple[str, Reading], ...]  # itself, its groups, and those that it may activate a membership of
    unknown: tuple[str, ...]  # groups whose members nobody has seen
    profile: Profile  # what may be taken from the identity


@dataclass(slots=True)
class _Share:
    """What one principal is given, as it reads for everybody from whom the same may be taken."""

    given: frozenset[Held]
    certainly: frozenset[Held]
    whole: frozenset[Held]
    complete: bool  # whether all of the roles are known


class Bounding:
    """Finds the stack of an identity.

    What a group gives is worked out once for each set of limits, so that a thousand members cost what one does.

    Attributes:
        stacks: those found so far, interned.
        catalogue: what the bits stand for.
        unknown: roles of which nobody can tell all that they hold.
    """

    def __init__(self, inventory: Inventory, members: Members, roles: Roles, grants: Grants, limits: Limits) -> None:
        """Take the parts of the engine."""
        self._inventory = inventory
        self._members = members
        self._roles = roles
        self.catalogue = roles.catalogue
        self.unknown = roles.unknown
        self._grants = grants
        self._limits = limits
        self.stacks = Stacks()
        self._named: dict[str, Names] = {}
        self._of: dict[str, Stack] = {}
        self._shares: dict[tuple[str, Reading, Profile], _Share] = {}
        self._unlisted = tuple([one for one in sorted(members.unlisted) if one in inventory.bindings_of])
        self._whole = frozenset(
            scope.id for scope in inventory.scopes.values() if scope.provider == "azure" and scope.kind in _WHOLE
        )
        self._unknown: dict[frozenset[str], frozenset[str]] = {}
        self._guarded = self._guardrails_known()

    def names(self, identity_id: str) -> Names:
        """Return the principals under which assignments mean an identity."""
        found = self._named.get(identity_id)
        if found is None:
            found = self._named[identity_id] = self._find(identity_id)
        return found

    def stack(self, identity: Identity) -> Stack:
        """Return what an identity holds, shared with all who hold the same."""
        found = self._of.get(identity.id)
        if found is None:
            found = self._of[identity.id] = self._stack(identity.id)
        return found

    def perhaps(self, identity_id: str, giving: Container[str], planes: Iterable[str]) -> Iterator[Binding]:
        """Yield the assignments of which nobody can tell whether they give an action to an identity.

        Args:
            identity_id: who is asked about.
            giving: the roles that may give the action.
            planes: of the action.
        """
        names, unknown = self.names(identity_id), self._unknown_in(planes)
        for principal in names.unknown:
            for binding, gift in self._grants.of(principal):
                if gift.role in giving or gift.role in unknown:
                    yield binding
        if unknown:
            for principal, _ in names.given:
                for binding, gift in self._grants.of(principal):
                    if gift.role in unknown:
                        yield binding

    def standing_behind(self, principals: set[str] | None) -> list[str]:
        """Name whom of Azure principals of assignments mean, or may, in the inventory's order; None: everybody."""
        found = []
        for identity in self._inventory.identities.values():
            if identity.provider != "azure":
                continue
            if principals is None:
                found.append(identity.id)
                continue
            names = self.names(identity.id)
            if any(name in principals for name, _ in names.given) or not principals.isdisjoint(names.unknown):
                found.append(identity.id)
        return found

    def _unknown_in(self, planes: Iterable[str]) -> frozenset[str]:
        """Name the roles of which nobody can tell what they hold, and that may hold something of these planes."""
        wanted = frozenset(planes)
        found = self._unknown.get(wanted)
        if found is None:
            roles = [role for role in self._roles.unknown if not wanted.isdisjoint(self._planes_of(role))]
            found = self._unknown[wanted] = frozenset(roles)
        return found

    def _planes_of(self, role: str) -> tuple[str, ...]:
        """Nothing limits a statement that cannot be read, not even the id of its role."""
        policy = self._inventory.policies[role]
        return planes_of_policy(role) if not any(one.malformed for one in policy.statements) else PLANES

    def _find(self, identity_id: str) -> Names:
        bound = self._inventory.bindings_of
        sure, eligible = self._members.sure(identity_id), self._members.eligible(identity_id)
        given = [(name, self._reading(name, identity_id)) for name in sorted(sure) if name in bound]
        given += [(name, self._reading(name, identity_id)) for name in sorted(eligible) if name in bound]
        unknown = self._unlisted if sure else ()
        if unknown and not (sure.isdisjoint(unknown) and eligible.isdisjoint(unknown)):
            unknown = tuple([name for name in unknown if name not in sure and name not in eligible])
        return Names(tuple(given), unknown, self._limits.of(sure, eligible))

    def _reading(self, name: str, identity_id: str) -> Reading:
        if name == identity_id:
            return SURELY
        members = self._members
        return members.stands(name, identity_id), members.stands_directly(name, identity_id)

    def _stack(self, identity_id: str) -> Stack:
        names = self.names(identity_id)
        shares = [self._share(name, reading, names.profile) for name, reading in names.given]
        unknown = any(self._grants.of(name) for name in names.unknown)
        policies_known = all(share.complete for share in shares)
        return self.stacks.of(
            _union([share.given for share in shares]),
            _union([share.certainly for share in shares]),
            _union([share.whole for share in shares]),
            complete=policies_known and not unknown,
            guardrails_known=self._guarded,
            policies_known=policies_known,
        )

    def _share(self, principal: str, reading: Reading, profile: Profile) -> _Share:
        key = (principal, reading, profile)
        found = self._shares.get(key)
        if found is None:
            found = self._work_out(*key)
            if principal in self._inventory.groups:
                self._shares[key] = found
        return found

    def _work_out(self, principal: str, reading: Reading, profile: Profile) -> _Share:
        given: set[Held] = set()
        certainly: set[Held] = set()
        whole: set[Held] = set()
        complete = True
        for binding, own in self._grants.of(principal):
            gift = self._grants.read(own, reading)
            complete = complete and gift.role not in self._roles.unknown
            self._add(binding.scope_id, gift, profile, (given, certainly, whole))
        return _Share(frozenset(given), frozenset(certainly), frozenset(whole), complete)

    def _add(self, place: str, gift: Gift, profile: Profile, sets: tuple[set[Held], set[Held], set[Held]]) -> None:
        by_role = gift.by_role
        if gift.possible:
            sets[0].add((gift, profile.taken(place, by_role=by_role)))
        if gift.sure:
            sets[1].add((gift, profile.risky(place, by_role=by_role)))
            if place in self._whole:
                sets[2].add((gift, profile.least_within(place, by_role=by_role)))

    def _guardrails_known(self) -> bool:
        """Whether the deny assignments of every subscription were read; without one there are none."""
        inventory = self._inventory
        scopes = [one for one in inventory.scopes.values() if one.provider == "azure"]
        subscriptions = [one.id for one in scopes if one.kind == "subscription"]
        if not subscriptions:
            return any(inventory.covered(one.id, _CONTAINERS) is True for one in scopes)
        return all(inventory.covered(one, _COLLECTED) is True for one in subscriptions)


def _union(sets: list[frozenset[Held]]) -> frozenset[Held]:
    return sets[0] if len(sets) == 1 else frozenset[Held]().union(*sets)
