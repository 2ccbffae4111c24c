"""What identities hold, interned: those to whom bindings give the same share one `Stack`, and all that follows."""

from dataclasses import dataclass, field

from nhi_scan.access.kubernetes.grants import Grants
from nhi_scan.access.kubernetes.roles import Document, Roles
from nhi_scan.access.kubernetes.seen import Seen
from nhi_scan.access.kubernetes.subjects import Names, Subjects, is_superuser

Held = frozenset[tuple[int, bool]]
"""Numbers of documents, and whether each counts everywhere or in a namespace only."""


@dataclass(slots=True, eq=False)
class Stack:
    """What everybody may do who is given just this.

    - `actions`: what any binding gives that means them, or may: one of a group that an authenticator may put them into.
    - `certain`: what is given by a binding that surely means them, on something.
    - `everywhere`: what is given in the whole cluster and on whatever name.
    """

    actions: int
    certain: int
    everywhere: int
    complete: bool
    policies_known: bool
    guardrails_known: bool = True  # nothing on Kubernetes limits what RBAC gives
    memo: dict[object, object] = field(default_factory=dict)


class Stacks:
    """Finds the stack of somebody by their names."""

    def __init__(self, roles: Roles, grants: Grants, subjects: Subjects, seen: Seen) -> None:
        """Begin with none."""
        self._roles = roles
        self._grants = grants
        self._subjects = subjects
        self._seen = seen
        self._documents: dict[int, Document] = {}
        self._held: dict[tuple[str, ...], tuple[Held, bool]] = {}
        self._unions: dict[Held, tuple[int, int, int]] = {}
        self._stacks: dict[tuple[Held, Held, bool, bool], Stack] = {}

    def of(self, names: Names) -> Stack:
        """Return the one stack of all who are given this."""
        if is_superuser(names):
            everything = self._roles.bits.catalogue.everything
            return Stack(everything, everything, everything, complete=True, policies_known=True)
        own, own_known = self._collect(names.sure[:1])
        shared, shared_known = self._collect(names.sure[1:])
        sure = own | shared if own else shared
        maybe, maybe_known = sure, True
        if names.free or names.said:
            more, maybe_known = self._collect(tuple(sorted(self._subjects.open_groups(names))))
            maybe = sure | more
        known = own_known and shared_known
        complete = known and maybe_known and not self._seen.gap(names.cluster_id)
        key = (sure, maybe, complete, known)
        found = self._stacks.get(key)
        if found is None:
            own_actions, certain, everywhere = self._union(sure)
            actions = own_actions if maybe == sure else self._union(maybe)[0]
            found = self._stacks[key] = Stack(actions, certain, everywhere, complete=complete, policies_known=known)
        return found

    def __len__(self) -> int:
        return len(self._stacks)

    def _collect(self, names: tuple[str, ...]) -> tuple[Held, bool]:
        """Return what is bound to names, and whether all of it could be read."""
        found = self._held.get(names)
        if found is None:
            held, known = set(), True
            for name in names:
                for namespace, document in self._grants.of(name):
                    known = known and document is not None and not document.unknown
                    if document is not None:
                        self._documents[document.number] = document
                        held.add((document.number, not namespace))
            found = self._held[names] = frozenset(held), known
        return found

    def _union(self, held: Held) -> tuple[int, int, int]:
        """Return what may be given on something, what surely is, and what is on everything.

        A rule with names that counts in a namespace may name that namespace, or others, of which it gives nothing.
        """
        found = self._unions.get(held)
        if found is None:
            some = sure = whole = 0
            inside = self._roles.bits.in_namespaces
            by_name = inside & ~self._roles.bits.namespaces
            for number, everywhere in held:
                document = self._documents[number]
                given = document.whole | document.named
                some |= given if everywhere else given & inside
                sure |= given if everywhere else document.whole & inside | document.named & by_name
                whole |= document.whole if everywhere else 0
            found = self._unions[held] = some, sure, whole
        return found
