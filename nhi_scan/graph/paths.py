"""Shortest ways to a set of goals, for all nodes at once.

One reverse search finds the ways without an open condition, a second continues it with those that have one. Of ways as
short as each other the one to the goal that matters most is taken: each node remembers how much its own goal does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from nhi_scan.graph.graph import Edge, Flags, Graph, Ints

UNREACHED = -1


@dataclass(frozen=True, slots=True)
class Ways:
    """For each node the shortest way to a goal.

    A way without an open condition is preferred to any other, however long it is.

    Attributes:
        distance: number of steps; 0 for a goal, -1 where no way leads to one.
        next_edge: number of the first edge of the way; -1 for a goal and where there is none.
        conditional: whether every way depends on an open condition.
    """

    graph: Graph
    distance: Ints
    next_edge: Ints
    conditional: Flags

    def path(self, node: int) -> tuple[Edge, ...]:
        """Return the edges of the way from a node, first to last; empty for a goal."""
        edges: list[Edge] = []
        while self.next_edge[node] != UNREACHED:
            index = int(self.next_edge[node])
            edges.append(self.graph.edge(index))
            node = int(self.graph.targets[index])
        return tuple(edges)


def ways_to(
    graph: Graph,
    goals: Iterable[int],
    conditional_goals: Iterable[int] = (),
    ranks: Mapping[int, int] | None = None,
) -> Ways:
    """Find the shortest way from every node to a goal.

    Args:
        graph: where to search.
        goals: numbers of nodes.
        conditional_goals: nodes that are goals only if an open condition holds.
        ranks: of goals: of those as near as each other the one with the lowest is taken. 0 where nothing is said. The
            search takes each of them by itself: there should be few different ones.
    """
    distance = np.full(len(graph), UNREACHED, dtype=np.int64)
    next_edge = np.full(len(graph), UNREACHED, dtype=np.int64)
    rank = np.zeros(len(graph), dtype=np.int64)
    for node, number in (ranks or {}).items():
        rank[node] = number
    state = _State(graph, distance, next_edge, rank)
    start = np.unique(np.fromiter(goals, dtype=np.int64))
    distance[start] = 0
    _search(state, ~graph.conditional)
    certain = distance != UNREACHED
    late = np.unique(np.fromiter(conditional_goals, dtype=np.int64))
    distance[late[~certain[late]]] = 0
    _search(state, np.ones(graph.edge_count, dtype=np.bool_))
    return Ways(graph, distance, next_edge, (distance != UNREACHED) & ~certain)


@dataclass(frozen=True, slots=True)
class _State:
    """What a search has found; the arrays are written to."""

    graph: Graph
    distance: Ints
    next_edge: Ints
    rank: Ints  # of the goal that a node's way leads to


def _search(state: _State, usable: Flags) -> None:
    """Extend distances backwards over usable edges, level by level, leaving what is settled as it is."""
    level = 0
    while True:
        frontier = _through_virtual(state, usable, np.flatnonzero(state.distance == level), level)
        found = _step(state, usable, frontier, level + 1, virtual=False)
        if not len(found) and level >= state.distance.max(initial=0):
            return
        level += 1


def _through_virtual(state: _State, usable: Flags, frontier: Ints, level: int) -> Ints:
    """Add the virtual nodes from which the frontier is reached; an edge that leaves one costs nothing.

    However many sets lie within each other, a set is of the best goal in it: each rank is followed to its end first.
    """
    parts = [frontier]
    for rank in np.unique(state.rank[frontier]):
        reached = frontier[state.rank[frontier] == rank]
        while len(reached):
            reached = _step(state, usable, reached, level, virtual=True)
            parts.append(reached)
    return np.concatenate(parts)


def _step(state: _State, usable: Flags, frontier: Ints, level: int, *, virtual: bool) -> Ints:
    """Settle the nodes one edge before the frontier: by the edge to the best goal, the first of several such edges."""
    graph, rank = state.graph, state.rank
    edges = graph.edges_into(frontier)
    sources = graph.sources[edges]
    fresh = usable[edges] & (state.distance[sources] == UNREACHED) & (graph.virtual[sources] == virtual)
    edges = edges[fresh]
    edges = edges[np.lexsort((edges, rank[graph.targets[edges]]))]
    nodes, first = np.unique(graph.sources[edges], return_index=True)
    state.distance[nodes] = level
    state.next_edge[nodes] = edges[first]
    rank[nodes] = rank[graph.targets[edges[first]]]
    return nodes
