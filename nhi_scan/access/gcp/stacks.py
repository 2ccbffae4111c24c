"""What identities hold, interned: those who hold the same share one `Stack`, and everything computed from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.model.policy import Policy

Held = tuple[str, int]
"""A role, and the permissions that are taken from it where it is held."""


class Roles:
    """The roles of an inventory as sets of permissions, each computed once.

    Attributes:
        catalogue: what the bits stand for.
        unknown: roles of which nobody can tell what they hold.
    """

    def __init__(self, policies: Iterable[Policy], catalogue: Catalogue) -> None:
        """Take the roles; policies of other kinds are passed over, roles that were bound and not found count."""
        self.catalogue = catalogue
        self._masks: dict[str, int] = {}
        unknown = set()
        for policy in policies:
            if policy.provider in ("gcp", "") and policy.kind in ("role", "identity"):
                if not policy.complete or any(one.malformed for one in policy.statements):
                    unknown.add(policy.id)
                self._masks[policy.id] = catalogue.exactly([name for one in policy.statements for name in one.actions])
        self.unknown = frozenset(unknown)
        self._having: dict[str, frozenset[str]] = {}
        self._unions: dict[frozenset[Held], int] = {}

    def mask(self, role: str) -> int:
        """Return what a role holds; nothing for one that nobody knows."""
        return self._masks.get(role, 0)

    def having(self, permission: str) -> frozenset[str]:
        """Name the roles that hold a permission."""
        found = self._having.get(permission)
        if found is None:
            bit = self.catalogue.bit(permission)
            held = [role for role, mask in self._masks.items() if mask & bit] if bit else ()
            found = self._having[permission] = frozenset(held)
        return found

    def union(self, held: frozenset[Held]) -> int:
        """Return what roles hold together, after what is taken from each."""
        found = self._unions.get(held)
        if found is None:
            found = 0
            for role, away in held:
                mask = self.mask(role)
                found |= mask & ~away if away else mask
            self._unions[held] = found
        return found


@dataclass(slots=True, eq=False)
class Stack:
    """What everybody holds who holds just this."""

    roles: Roles
    possible: frozenset[Held]
    sure: frozenset[Held]
    whole: frozenset[Held]
    complete: bool  # False: a role is unknown, or whether somebody is meant by a name in a policy
    guardrails_known: bool
    policies_known: bool = True  # False: a role that is given to them holds what nobody can tell
    memo: dict[object, object] = field(default_factory=dict)

    @property
    def actions(self) -> int:
        """Permissions that may be granted on some resource: a sound upper bound of what is known."""
        return self.roles.union(self.possible)

    @property
    def certain(self) -> int:
        """Permissions granted on some resource, no condition open and nothing taken away."""
        return self.roles.union(self.sure)

    @property
    def everywhere(self) -> int:
        """Permissions granted on the whole of a project or of something above it; see `summarise.Access`."""
        return self.roles.union(self.whole)


class Stacks:
    """Interns stacks, and the sets that they are made of: most are the same one three times."""

    def __init__(self, roles: Roles) -> None:
        """Begin with none."""
        self._roles = roles
        self._sets: dict[frozenset[Held], frozenset[Held]] = {}
        self._stacks: dict[tuple[frozenset[Held], frozenset[Held], frozenset[Held], bool, bool, bool], Stack] = {}

    def of(
        self,
        possible: frozenset[Held],
        sure: frozenset[Held],
        whole: frozenset[Held],
        *,
        complete: bool,
        guardrails_known: bool,
        policies_known: bool,
    ) -> Stack:
        """Return the one stack of this."""
        one = self._sets.setdefault
        key = (one(possible, possible), one(sure, sure), one(whole, whole), complete, guardrails_known, policies_known)
        found = self._stacks.get(key)
        if found is None:
            found = self._stacks[key] = Stack(self._roles, *key)
        return found

    def __len__(self) -> int:
        return len(self._stacks)
