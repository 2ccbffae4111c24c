"""Members: under which names of policies an identity is meant.

https://cloud.google.com/iam/docs/principals-overview, https://cloud.google.com/iam/docs/principal-identifiers
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.belonging import Belonging, Sets
from nhi_scan.access.gcp.convenience import CONVENIENCE, Convenience
from nhi_scan.access.gcp.identifiers import ACCOUNT, DELETED, GROUP, SCOPE_SET, USER, canonical, scope_of_set
from nhi_scan.access.gcp.nesting import Nesting
from nhi_scan.access.gcp.places import Places
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.identity import Identity

_IAM = "iam.googleapis.com/"
_POOLS = f"{_IAM}projects/"
_NOBODY: frozenset[str] = frozenset()


class _Names(NamedTuple):
    """Canonical names of an identity."""

    sure: frozenset[str]
    maybe: frozenset[str]
    open: frozenset[str]  # the groups that may have it among members that were not listed; one set for all identities

    @property
    def possible(self) -> frozenset[str]:
        """All that may stand for it and do not surely."""
        return (self.maybe | self.open) - self.sure


class Members:
    """Finds the names under which policies mean an identity."""

    def __init__(self, inventory: Inventory, places: Places | None = None) -> None:
        """Index the names in an inventory's policies."""
        self._inventory = inventory
        self._places = places or Places(inventory)
        self._written: dict[str, list[str]] = {}
        for name in sorted(_mentioned(inventory)):
            self._written.setdefault(self.canonical(name), []).append(name)
        self._nesting = Nesting(inventory, self._written, self.canonical)
        self._belonging = Belonging(inventory, self._places, self._written)
        self._convenience = Convenience(inventory, self._places, self._written, self.canonical)
        opened = self._nesting.unlisted_groups
        # Thousands of groups may be open to each of a hundred thousand identities.
        self._open = opened | self._convenience.held(set(), opened).maybe
        self._names: dict[str, _Names] = {}
        self._shared: dict[frozenset[str], frozenset[str]] = {}
        self._possible: dict[tuple[frozenset[str], ...], tuple[str, ...]] = {}

    def canonical(self, name: str) -> str:
        """Return the one name of a principal, with project numbers replaced by ids where they are known."""
        one = canonical(name)
        if one.startswith(_POOLS):
            project, _, rest = one.removeprefix(_POOLS).partition("/")
            return f"{_IAM}{self._places.canonical(f'projects/{project}')}/{rest}"
        if not one.startswith(SCOPE_SET):
            return one
        scope, kind = scope_of_set(one)
        return SCOPE_SET + self._places.canonical(scope) + (f"/type/{kind}" if kind else "")

    def principals(self, identity_id: str) -> tuple[str, ...]:
        """Return every name that surely stands for an identity, sorted.

        Itself, the groups it is in, also through others; its domain; `allAuthenticatedUsers` and `allUsers`;
        `projectOwner:p` and its like; the sets of a pool or a scope. Names are as policies of this inventory write
        them, of allow and deny policies alike; itself, `allUsers` and `allAuthenticatedUsers` are there always.

        Nothing stands for a deleted identity, itself neither: its bindings have no effect until it is undeleted
        (https://cloud.google.com/iam/docs/policies#handle-deleted-members).
        """
        names = self._names_of(identity_id)
        if not names.sure:
            return ()
        return tuple(sorted({identity_id, *self._as_written(names.sure)}))

    def possible(self, identity_id: str) -> tuple[str, ...]:
        """Return the names that policies use and that may or may not stand for an identity, sorted.

        A group whose members could not be listed, and those that it is in; sets of a pool that go by attributes which
        nothing here knows; a Workspace customer; `projectOwner:p` where the role is held conditionally or from above.
        """
        names = self._names_of(identity_id)
        key = (names.maybe, names.open, names.sure & names.open)
        found = self._possible.get(key)
        if found is None:
            found = self._possible[key] = tuple(sorted(self._as_written(names.possible)))
        return found

    def stands(self, name: str, identity_id: str) -> Truth:
        """Say whether a principal of a policy, as written, stands for an identity."""
        one, names = self.canonical(name), self._names_of(identity_id)
        if one in names.sure:
            return True
        if not names.sure:
            return False
        if one in names.maybe or one in names.open:
            return None
        own = self.canonical(identity_id)
        unlisted = one.startswith(GROUP) and self._nesting.unlisted(one, own)
        return None if unlisted or self._belonging.may_be(one, own) else False

    def _as_written(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            yield from self._written.get(name) or ((name,) if name.startswith("all") else ())

    def _names_of(self, identity_id: str) -> _Names:
        found = self._names.get(identity_id)
        if found is None:
            found = self._names[identity_id] = self._find(identity_id)
        return found

    def _find(self, identity_id: str) -> _Names:
        own = self.canonical(identity_id)
        identity = self._inventory.identities.get(identity_id)
        if own.startswith(DELETED) or (identity is not None and _is_nobody(identity)):
            return _Names(_NOBODY, _NOBODY, _NOBODY)
        sets: Sets = self._belonging.sets(identity_id, own)
        sure = {own, *sets.sure}
        maybe = set(sets.maybe)
        sure |= self._nesting.groups(sure)
        maybe |= self._nesting.groups(maybe)
        holds = self._convenience.held(sure, maybe)
        sure |= holds.sure
        rest = frozenset((maybe | holds.maybe) - sure)
        open_ = self._open if own.startswith((USER, ACCOUNT)) else _NOBODY
        return _Names(frozenset(sure), self._shared.setdefault(rest, rest), open_)


def _is_nobody(identity: Identity) -> bool:
    """Whether no policy can mean it: it is deleted, or another provider's."""
    return identity.status == "deleted" or identity.provider != "gcp"


def _mentioned(inventory: Inventory) -> set[str]:
    """Every name of a principal that a policy or a group writes."""
    found: set[str] = set(inventory.bindings_of)
    found.update(id_ for id_, group in inventory.groups.items() if group.provider == "gcp")
    found.update(id_ for id_, identity in inventory.identities.items() if identity.provider == "gcp")
    for group in inventory.groups.values():
        found.update(group.member_ids)
    for guardrail in inventory.guardrails:
        if guardrail.kind == "principal_access_boundary":
            found.add(guardrail.scope_id)
        for statement in inventory.policies[guardrail.policy_id].statements:
            found.update(each.value for each in (*statement.principals, *statement.not_principals))
    return found


__all__ = ["CONVENIENCE", "Members"]
