"""Sets of targets as nodes of a graph: "the service accounts below this folder" is one, with an edge to each part.

A set of a place has an edge to the set of each place right below it, and the set of a project to each member. So one
who holds something on an organization has one edge, however many accounts there are.
"""

from collections.abc import Callable, Iterator

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.escalation.targets import Member, Targets
from nhi_scan.graph.graph import GraphBuilder
from nhi_scan.model.record import value

MEMBER = "member"
"""Label of the edges within a set and out of it."""


@value
class Family:
    """What is collected into sets."""

    base: str  # a name for whose members they are: `accounts`, `disabled`, ...
    guard: tuple[str, ...] = ()  # what lets a project's members in: constraints, kinds of workloads


Listing = Callable[[str], list[Member]]
Guard = Callable[[str], Truth]


class Sets:
    """Makes the nodes of sets, on demand."""

    def __init__(self, graph: GraphBuilder, targets: Targets) -> None:
        """Begin without any."""
        self._graph = graph
        self._targets = targets
        self._listings: dict[str, tuple[Listing, str]] = {}
        self._guards: dict[tuple[str, ...], Guard] = {}
        self._nodes: dict[tuple[Family, str], int | None] = {}
        self._single: dict[tuple[str, str], int] = {}

    def define(self, base: str, listing: Listing, prefix: str = "") -> str:
        """Say who the members of a base are in each scope; what comes before their ids in the names of nodes."""
        self._listings.setdefault(base, (listing, prefix))
        return base

    def guard(self, name: tuple[str, ...], guard: Guard) -> tuple[str, ...]:
        """Say which projects a guard lets in."""
        self._guards.setdefault(name, guard)
        return name

    def node(self, family: Family, scope_id: str) -> int | None:
        """Return the node of the members of a family in a scope and below it; None where there are none."""
        key = (family, scope_id)
        if key not in self._nodes:
            self._nodes[key] = None  # a crafted import may hold a ring
            self._nodes[key] = self._make(family, scope_id)
        return self._nodes[key]

    def member(self, family: Family, identity_id: str, scope_id: str) -> tuple[int, bool] | None:
        """Return the node of one member, and whether it is one only conditionally; None where it is none."""
        listing, prefix = self._listings[family.base]
        conditional = dict(listing(scope_id)).get(identity_id)
        let_in = self._let_in(family, scope_id)
        if conditional is None or let_in is False:
            return None
        return self._one(prefix, identity_id), conditional or let_in is None

    def below(self, family: Family, scope_id: str) -> Iterator[tuple[str, str, bool]]:
        """Yield the members in a scope and below it, each with its scope and whether conditionally."""
        let_in = self._let_in(family, scope_id)
        if let_in is not False:
            for id_, conditional in self._listings[family.base][0](scope_id):
                yield id_, scope_id, conditional or let_in is None
        for child in self._targets.children.get(scope_id, ()):
            if self.node(family, child) is not None:
                yield from self.below(family, child)

    def name(self, prefix: str, identity_id: str) -> str:
        """Return what an identity's node with a prefix is called."""
        return self._targets.unused(prefix + identity_id)

    def made(self, prefix: str) -> list[str]:
        """Return the identities of which a node with a prefix was made, in the order in which they were."""
        return [id_ for written, id_ in self._single if written == prefix]

    def _one(self, prefix: str, identity_id: str) -> int:
        if not prefix:
            return self._graph.node(identity_id)
        key = (prefix, identity_id)
        if key not in self._single:
            self._single[key] = self._graph.node(self.name(prefix, identity_id), "limited")
        return self._single[key]

    def _let_in(self, family: Family, scope_id: str) -> Truth:
        return self._guards[family.guard](scope_id) if family.guard else True

    def _make(self, family: Family, scope_id: str) -> int | None:
        parts = [*self._own(family, scope_id), *self._deeper(family, scope_id)]
        if not parts:
            return None
        if len(parts) == 1 and not parts[0][1]:
            return parts[0][0]
        name = ",".join((family.base, *family.guard))
        node = self._graph.node(self._targets.unused(f"set/{name}/{scope_id}"), "set", virtual=True)
        for part, conditional in parts:
            self._graph.edge(node, part, MEMBER, conditional=conditional)
        return node

    def _own(self, family: Family, scope_id: str) -> list[tuple[int, bool]]:
        let_in = self._let_in(family, scope_id)
        if let_in is False:
            return []
        if family.guard and not self._targets.children.get(scope_id):  # what a guard lets in is the set without it
            node = self.node(Family(family.base), scope_id)
            return [] if node is None else [(node, let_in is None)]
        listing, prefix = self._listings[family.base]
        open_ = let_in is None
        return [(self._one(prefix, id_), conditional or open_) for id_, conditional in listing(scope_id)]

    def _deeper(self, family: Family, scope_id: str) -> list[tuple[int, bool]]:
        found = [self.node(family, child) for child in self._targets.children.get(scope_id, ())]
        return [(node, False) for node in found if node is not None]
