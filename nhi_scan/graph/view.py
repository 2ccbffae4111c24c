"""A neighbourhood as a networkx graph, for explanations, exports and notebooks."""

from collections.abc import Iterable

import networkx as nx
import numpy as np

from nhi_scan.graph.graph import Graph, Ints


def view(graph: Graph, around: Iterable[str], hops: int = 2) -> "nx.MultiDiGraph[str]":
    """Return the part of a graph that lies within some hops of some nodes, in either direction.

    Args:
        graph: the whole.
        around: ids; those that the graph lacks are passed over.
        hops: how many edges away. Steps through virtual nodes count as any other.

    Returns:
        Nodes with `kind` and `virtual`, edges with `label` and `conditional`, both in the graph's own order.
    """
    numbers = (graph.number(node_id) for node_id in around)
    inside = np.unique(np.array([number for number in numbers if number is not None], dtype=np.int64))
    for _ in range(hops):
        inside = np.unique(
            np.concatenate(
                (inside, graph.targets[graph.edges_from(inside)], graph.sources[graph.edges_into(inside)]),
            ),
        )
    return _subgraph(graph, inside)


def whole(graph: Graph) -> "nx.MultiDiGraph[str]":
    """Return everything as a networkx graph. Meant for small graphs and for tests."""
    return _subgraph(graph, np.arange(len(graph)))


def _subgraph(graph: Graph, inside: Ints) -> "nx.MultiDiGraph[str]":
    picture: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for number in inside:
        picture.add_node(graph.ids[number], kind=graph.kinds[number], virtual=bool(graph.virtual[number]))
    edges = np.sort(graph.edges_from(inside))
    for index in edges[np.isin(graph.targets[edges], inside)]:
        edge = graph.edge(int(index))
        picture.add_edge(edge.source, edge.target, key=edge.index, label=edge.label, conditional=edge.conditional)
    return picture
