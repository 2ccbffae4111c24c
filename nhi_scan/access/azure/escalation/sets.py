"""Sets of targets as nodes of a graph: "the virtual machines' identities below this subscription" is one.

A set of a place has an edge to the set of each place right below it, and the innermost to each member. So one who holds
something on a management group has one edge, however many identities there are.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from nhi_scan.access.azure.places import Places
from nhi_scan.graph.graph import GraphBuilder

MEMBER = "member"
"""Label of the edges within a set and out of it."""


class Target(NamedTuple):
    """Something that techniques are used on."""

    place: str  # what the permissions must be held on
    node: str  # whom it leads to: the id of an identity, or the name of a group's node
    conditional: bool  # whether it is one only if an open condition holds


Listing = Callable[[], list[Target]]


class _Index:
    """The targets of one family, by place."""

    def __init__(self, places: Places, targets: list[Target]) -> None:
        self.at: dict[str, list[Target]] = {}
        self.children: dict[str, list[str]] = {}
        for target in sorted(set(targets)):
            self.at.setdefault(target.place, []).append(target)
        seen: set[tuple[str, str]] = set()
        for place in self.at:
            chain = places.chain(place)
            # Administrative units do not lie in one another: each holds the object itself.
            pairs = [(above, place) for above in chain[:-1]] if places.in_directory(place) else pairwise(chain)
            for pair in pairs:
                if pair not in seen:
                    seen.add(pair)
                    self.children.setdefault(pair[0], []).append(pair[1])


class Sets:
    """Makes the nodes of sets, on demand."""

    def __init__(self, graph: GraphBuilder, places: Places, taken: Callable[[str], bool]) -> None:
        """Begin without any.

        Args:
            graph: where the nodes go.
            places: what lies in what.
            taken: whether an identity has a name already.
        """
        self._graph = graph
        self._places = places
        self._taken = taken
        self._listings: dict[str, tuple[Listing, str]] = {}
        self._indexes: dict[str, _Index] = {}
        self._nodes: dict[tuple[str, str], int | None] = {}
        self.joined: dict[str, str] = {}  # the groups that nodes stand for, by node

    def define(self, family: str, listing: Listing, kind: str = "identity") -> str:
        """Say who the targets of a family are, and of which kind the nodes are that they lead to."""
        self._listings.setdefault(family, (listing, kind))
        return family

    def part(self, family: str, name: str, belongs: Callable[[Target], bool]) -> str:
        """Return the family of some of a family's targets.

        Args:
            family: whose targets they are.
            name: what the part is called; it always has the same targets.
            belongs: says of each whether it is one.
        """
        listing, kind = self._listings[family]
        return self.define(f"{family}!{name}", lambda: [one for one in listing() if belongs(one)], kind)

    def present(self, family: str, place: str) -> bool:
        """Say whether a family has a target on a place or below it."""
        index = self._index(family)
        return place in index.at or place in index.children

    def any(self, family: str) -> bool:
        """Say whether a family has a target at all."""
        return bool(self._index(family).at)

    def node(self, family: str, place: str) -> int | None:
        """Return the node of what the targets on a place and below it lead to; None where there are none."""
        key = (family, place)
        if key not in self._nodes:
            self._nodes[key] = None  # a crafted import may hold a ring
            self._nodes[key] = self._make(family, place)
        return self._nodes[key]

    def member(self, family: str, target: Target) -> int:
        """Return the node of one target."""
        kind = self._listings[family][1]
        if kind != "group":
            return self._graph.node(target.node, kind)
        name = self.unused(target.node)
        self.joined[name] = target.place
        return self._graph.node(name, kind)

    def joins(self, family: str) -> bool:
        """Say whether a family's targets are groups."""
        return self._listings[family][1] == "group"

    def below(self, family: str, place: str) -> Iterator[Target]:
        """Yield the targets on a place and below it."""
        index = self._index(family)
        waiting, seen = [place], {place}
        while waiting:
            at = waiting.pop()
            yield from index.at.get(at, ())
            children = [child for child in index.children.get(at, ()) if child not in seen]
            seen.update(children)
            waiting.extend(reversed(children))

    def unused(self, name: str) -> str:
        """Return a name for a node that no identity has, whatever identities are called."""
        while self._taken(name):
            name += "'"
        return name

    def _index(self, family: str) -> _Index:
        index = self._indexes.get(family)
        if index is None:
            index = self._indexes[family] = _Index(self._places, self._listings[family][0]())
        return index

    def _make(self, family: str, place: str) -> int | None:
        index = self._index(family)
        parts = [(self.member(family, one), one.conditional) for one in index.at.get(place, ())]
        below = [self.node(family, child) for child in index.children.get(place, ())]
        parts += [(node, False) for node in below if node is not None]
        if not parts:
            return None
        if len(parts) == 1 and not parts[0][1]:
            return parts[0][0]
        node = self._graph.node(self.unused(f"set/{family}/{place}"), "set", virtual=True)
        for part, conditional in parts:
            self._graph.edge(node, part, MEMBER, conditional=conditional)
        return node
