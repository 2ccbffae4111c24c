"""Shortest ways to a set of goals, for all nodes at once.

One reverse search finds the ways without an open condition, a second continues it with those that have one.
"""

from collections.abc import Iterable
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


def ways_to(graph: Graph, goals: Iterable[int], conditional_goals: Iterable[int] = ()) -> Ways:
    """Find the shortest way from every node to a goal.

    Args:
        graph: where to search.
        goals: numbers of nodes.
        conditional_goals: nodes that are goals only if an open condition holds.
    """
    distance = np.full(len(graph), UNREACHED, dtype=np.int64)
    next_edge = np.full(len(graph), UNREACHED, dtype=np.int64)
    start = np.unique(np.fromiter(goals, dtype=np.int64))
    distance[start] = 0
    _search(graph, distance, next_edge, ~graph.conditional)
    certain = distance != UNREACHED
    late = np.unique(np.fromiter(conditional_goals, dtype=np.int64))
    distance[late[~certain[late]]] = 0
    _search(graph, distance, next_edge, np.ones(graph.edge_count, dtype=np.bool_))
    return Ways(graph, distance, next_edge, (distance != UNREACHED) & ~certain)


def _search(graph: Graph, distance: Ints, next_edge: Ints, usable: Flags) -> None:
    """Extend distances backwards over usable edges, level by level, leaving what is settled as it is."""
    level = 0
    while True:
        frontier = _through_virtual(graph, distance, next_edge, usable, np.flatnonzero(distance == level))
        found = _step(graph, distance, next_edge, usable, frontier, level + 1, virtual=False)
        if not len(found) and level >= distance.max(initial=0):
            return
        level += 1


def _through_virtual(graph: Graph, distance: Ints, next_edge: Ints, usable: Flags, frontier: Ints) -> Ints:
    """Add the virtual nodes from which the frontier is reached; an edge that leaves one costs nothing."""
    reached = frontier
    while len(reached):
        level = int(distance[frontier[0]])
        reached = _step(graph, distance, next_edge, usable, reached, level, virtual=True)
        frontier = np.concatenate((frontier, reached))
    return frontier


def _step(  # noqa: PLR0913 - the state of one search; an object for it would only rename it
    graph: Graph, distance: Ints, next_edge: Ints, usable: Flags, frontier: Ints, level: int, *, virtual: bool
) -> Ints:
    """Settle the nodes one edge before the frontier; of several edges the one with the lowest number is taken."""
    edges = graph.edges_into(frontier)
    sources = graph.sources[edges]
    fresh = usable[edges] & (distance[sources] == UNREACHED) & (graph.virtual[sources] == virtual)
    edges = np.sort(edges[fresh])
    nodes, first = np.unique(graph.sources[edges], return_index=True)
    distance[nodes] = level
    next_edge[nodes] = edges[first]
    return nodes
