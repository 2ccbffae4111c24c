"""A directed graph of integers: nodes are ids, edges lie in numpy arrays, neighbours in compressed sparse rows.

A million nodes and five million edges take 75 MB here and 3 GB in networkx; `view.py` gives networkx graphs of
neighbourhoods.

A *virtual* node stands for a set ("the roles that trust Lambda"): one edge to it, and one from it to each member,
instead of an edge to each member from everyone. A step through it counts once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Edge:
    """One edge, with its names."""

    index: int
    source: str
    target: str
    label: str  # what the edge means: `assumes`, `runs_as`, the id of an escalation technique
    conditional: bool  # there only if an open condition holds
    note: object  # whatever the builder attached


class GraphBuilder:
    """Collects nodes and edges."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._index: dict[str, int] = {}
        self._kinds: list[str] = []
        self._virtual: list[bool] = []
        self._labels: dict[str, int] = {}
        self._rows: dict[tuple[int, int, int, bool], object] = {}

    def node(self, node_id: str, kind: str = "identity", *, virtual: bool = False) -> int:
        """Return the number of a node, adding it where it is new."""
        number = self._index.get(node_id)
        if number is None:
            number = self._index[node_id] = len(self._kinds)
            self._kinds.append(kind)
            self._virtual.append(virtual)
        return number

    def edge(self, source: int, target: int, label: str, *, conditional: bool = False, note: object = None) -> None:
        """Add an edge. The same edge twice is one edge, with the first note."""
        key = (source, target, self._labels.setdefault(label, len(self._labels)), conditional)
        self._rows.setdefault(key, note)

    def build(self) -> "Graph":
        """Return the finished graph."""
        rows = np.array(list(self._rows), dtype=np.int64).reshape(-1, 4)
        return Graph(
            ids=tuple(self._index),
            kinds=tuple(self._kinds),
            virtual=np.array(self._virtual, dtype=np.bool_),
            labels=tuple(self._labels),
            rows=rows,
            notes=list(self._rows.values()),
        )


class Graph:
    """A finished graph. Edge numbers follow the order in which the edges were added.

    Attributes:
        ids: node number to id.
        kinds: node number to kind.
        virtual: whether a node stands for a set.
        sources, targets: edge number to node number.
        conditional: whether an edge depends on an open condition.
    """

    def __init__(
        self,
        *,
        ids: tuple[str, ...],
        kinds: tuple[str, ...],
        virtual: Flags,
        labels: tuple[str, ...],
        rows: Ints,
        notes: Sequence[object],
    ) -> None:
        self.ids = ids
        self.kinds = kinds
        self.virtual = virtual
        self.sources, self.targets, self._label_of = rows[:, 0], rows[:, 1], rows[:, 2]
        self.conditional: Flags = rows[:, 3].astype(np.bool_)
        self._labels = labels
        self._notes = notes
        self._index = {node_id: number for number, node_id in enumerate(ids)}
        self._out, self._out_start = _rows_by(self.sources, len(ids))
        self._in, self._in_start = _rows_by(self.targets, len(ids))

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.ids)

    @property
    def edge_count(self) -> int:
        """The number of edges."""
        return len(self.sources)

    def number(self, node_id: str) -> int | None:
        """Return a node's number; None where there is no such node."""
        return self._index.get(node_id)

    def edge(self, index: int) -> Edge:
        """Return an edge with its names."""
        return Edge(
            index=index,
            source=self.ids[self.sources[index]],
            target=self.ids[self.targets[index]],
            label=self._labels[self._label_of[index]],
            conditional=bool(self.conditional[index]),
            note=self._notes[index],
        )

    def edges_into(self, nodes: Ints) -> Ints:
        """Return the numbers of the edges that enter any of the nodes."""
        return _gather(self._in, self._in_start, nodes)

    def edges_from(self, nodes: Ints) -> Ints:
        """Return the numbers of the edges that leave any of the nodes."""
        return _gather(self._out, self._out_start, nodes)

    def edges(self) -> Iterator[Edge]:
        """Yield every edge."""
        return map(self.edge, range(self.edge_count))


def _rows_by(ends: Ints, nodes: int) -> tuple[Ints, Ints]:
    """Group edge numbers by node: the numbers, and where each node's begin."""
    order = np.argsort(ends, kind="stable")
    starts = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=nodes), out=starts[1:])
    return order, starts


def _gather(numbers: Ints, starts: Ints, nodes: Ints) -> Ints:
    """Concatenate the rows of some nodes without a loop."""
    first, counts = starts[nodes], starts[nodes + 1] - starts[nodes]
    total = int(counts.sum())
    if not total:
        return np.empty(0, dtype=np.int64)
    offsets = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    gathered: Ints = numbers[np.repeat(first, counts) + offsets]
    return gathered
