"""One graph over all clouds: the graphs of the providers, laid beside each other and joined by bridges.

Nothing is judged anew: an identity keeps what its own cloud says of it, unless a way over a bridge leads further.
https://www.rfc-editor.org/rfc/rfc8693 calls what happens on a bridge a token exchange.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nhi_scan.access import levels
from nhi_scan.access.bridges import Bridges
from nhi_scan.access.engine import Report
from nhi_scan.access.federation import FEDERATES, Bridge, Entry
from nhi_scan.access.technique import Sensitive
from nhi_scan.graph.graph import Edge, Graph, Ints
from nhi_scan.graph.paths import Ways, ways_to
from nhi_scan.model.access import Privilege, Step
from nhi_scan.model.scope import Scope

_SHARED = frozenset({"identity", "group"})  # kinds of nodes whose ids are those of the inventory
_SHOWS = "Show its own token where it is trusted"


@dataclass(slots=True)
class Crossed:
    """What the providers' reports say together (see `access.engine.Report`)."""

    privileges: Mapping[str, Privilege]
    graph: Graph
    ways: Ways
    steps: "Steps"
    sensitive: Sequence[Sensitive]
    parts: Sequence[Report]

    def control(self, chain: Sequence[Scope]) -> tuple[str, ...]:
        """Name the nodes whose holder controls the last of these scopes, as each provider knows them."""
        return tuple(
            self.steps.union.renamed(part, node)
            for part, report in enumerate(self.parts)
            for node in report.control(chain)
        )


def cross(reports: Sequence[Report], bridges: Bridges) -> tuple[Report, ...]:
    """Join what the providers know of their identities; the reports as they are where there is no bridge."""
    if not bridges:
        return tuple(reports)
    union = Union(reports, bridges)
    steps = Steps(union, bridges)
    own = {id_: level for report in reports for id_, level in report.privileges.items()}
    ways = union.to_administrators()
    found = _Levels(union, steps, own, ways).judge()
    sensitive = tuple(row for report in reports for row in report.sensitive)
    return (Crossed(found, union.graph, ways, steps, sensitive, reports),)


class Union:
    """The graphs of several reports as one, and where each of its edges comes from.

    Identities and groups are nodes under their ids, and so is everything else but where two reports use the same name
    for something of their own. Holders who land at the same set of identities go through one virtual node.
    """

    def __init__(self, reports: Sequence[Report], bridges: Bridges) -> None:
        self.reports = reports
        self._ids: list[str] = []
        self._kinds: list[str] = []
        self._virtual: list[bool] = []
        self._index: dict[str, int] = {}
        self._renamed: dict[tuple[int, str], str] = {}
        self._numbers: list[Ints] = []  # of each report's nodes, here
        parts = [self._take(part, report.graph) for part, report in enumerate(reports)]
        self._starts = np.cumsum([0, *(len(rows) for rows in parts)]).tolist()
        rows, self.entries = self._bridge_rows(bridges, len(reports))
        self.graph = Graph(
            ids=tuple(self._ids),
            kinds=tuple(self._kinds),
            virtual=np.array(self._virtual, dtype=np.bool_),
            labels=(*(f"of report {part}" for part in range(len(reports))), FEDERATES),
            rows=np.concatenate([*parts, rows]),
            notes=range(self._starts[-1] + len(rows)),
        )

    def origin(self, index: int) -> tuple[int, int]:
        """Return the report that an edge is of, and its number there; for an edge of a bridge (-1, its number)."""
        part = bisect_right(self._starts, index) - 1
        if part >= len(self.reports):
            return -1, index - self._starts[-1]
        return part, index - self._starts[part]

    def to_administrators(self) -> Ways:
        """Find everybody's shortest way to what makes an administrator, in whatever cloud."""
        certain, open_ = [], []
        for report, numbers in zip(self.reports, self._numbers, strict=True):
            goals = np.flatnonzero(report.ways.distance == 0)
            conditional = report.ways.conditional[goals]
            certain.append(numbers[goals[~conditional]])
            open_.append(numbers[goals[conditional]])
        return ways_to(self.graph, np.concatenate(certain), np.concatenate(open_))

    def renamed(self, part: int, node_id: str) -> str:
        """Return the id of a report's node here."""
        return self._renamed.get((part, node_id), node_id)

    def _take(self, part: int, graph: Graph) -> Ints:
        numbers = np.fromiter(
            (self._node(part, *row) for row in zip(graph.ids, graph.kinds, graph.virtual, strict=True)), dtype=np.int64
        )
        self._numbers.append(numbers)
        labels = np.full(graph.edge_count, part, dtype=np.int64)
        return np.stack((numbers[graph.sources], numbers[graph.targets], labels, graph.conditional), axis=1)

    def _node(self, part: int, id_: str, kind: str, virtual: bool) -> int:  # noqa: FBT001 - a column of the graph
        known = self._index.get(id_)
        if known is not None and (kind not in _SHARED or self._kinds[known] not in _SHARED):
            self._renamed[part, id_] = id_ = f"{part}:{id_}"
            known = None
        return self._add(id_, kind, virtual=virtual) if known is None else known

    def _add(self, id_: str, kind: str, *, virtual: bool) -> int:
        known = self._index.get(id_)
        if known is None:
            known = self._index[id_] = len(self._ids)
            self._ids.append(id_)
            self._kinds.append(kind)
            self._virtual.append(virtual)
        return known

    def _bridge_rows(
        self, bridges: Bridges, label: int
    ) -> "tuple[np.typing.NDArray[np.int64], list[tuple[str, Entry | None]]]":
        """Lay the bridges: an edge to each landing, and one from it to each identity of it."""
        rows: list[tuple[int, int, int, bool]] = []
        notes: list[tuple[str, Entry | None]] = []
        for number, landing in enumerate(bridges.landings):
            place = self._add(f"landing {number}", "set", virtual=True)
            for entry in sorted(landing, key=lambda one: one.state is None):
                rows.append(
                    (place, self._add(entry.identity_id, "identity", virtual=False), label, entry.state is None)
                )
                notes.append(("", entry))
        for holder, numbers in bridges.holders.items():
            source = self._add(holder, "identity", virtual=False)
            for number in numbers:
                rows.append((source, self._index[f"landing {number}"], label, False))
                notes.append((holder, None))
        return np.array(rows, dtype=np.int64).reshape(-1, 4), notes


class Steps:
    """Explains edges of the union: each stretch by the report that it is of, bridges by what proves them."""

    def __init__(self, union: Union, bridges: Bridges) -> None:
        self.union = union
        self._bridges = bridges

    def along(self, edges: tuple[Edge, ...]) -> tuple[Step, ...]:
        """Return the steps of a way."""
        made: list[Step] = []
        stretch: list[Edge] = []
        of = -1
        holder = ""
        for edge in edges:
            part, number = self.union.origin(edge.index)
            if part != of and stretch:
                made += self.union.reports[of].steps.along(tuple(stretch))
                stretch = []
            of = part
            if part >= 0:
                stretch.append(self.union.reports[part].graph.edge(number))
                continue
            source, entry = self.union.entries[number]
            holder = source or holder
            if entry is not None:
                made.append(self._over(holder, entry))
        if stretch:
            made += self.union.reports[of].steps.along(tuple(stretch))
        return tuple(made)

    def crosses(self, edges: tuple[Edge, ...]) -> bool:
        """Say whether a way goes over a bridge."""
        return any(self.union.origin(edge.index)[0] < 0 for edge in edges)

    def _over(self, holder: str, entry: Entry) -> Step:
        bridge = self._bridges.bridge(holder, entry)
        return Step(
            technique=FEDERATES,
            source_id=holder,
            target_id=entry.identity_id,
            statements=bridge.statements,
            conditional=bridge.conditional,
            detail=_sentence(bridge),
        )


def _sentence(bridge: Bridge) -> str:
    how = f", {bridge.detail}" if bridge.detail else ""
    open_ = f", if {'; '.join(bridge.residual)}" if bridge.residual else ""
    asked = "" if bridge.declared else "; its own configuration does not ask for it"
    return f"{_SHOWS}{how}{open_}{asked}"


@dataclass(slots=True)
class _Levels:
    """Raises the level of whoever gets further over a bridge."""

    union: Union
    steps: Steps
    own: Mapping[str, Privilege]
    to_power: Ways

    def judge(self) -> dict[str, Privilege]:
        """Return every identity's level, sorted as the reports have them."""
        to_content = self._to_content()
        return {id_: self._raised(level, to_content) for id_, level in self.own.items()}

    def _to_content(self) -> Ways:
        """Find everybody's shortest way to an identity that gets at what is sensitive."""
        goals = [level for level in self.own.values() if level.level == "reaches_sensitive"]
        numbers = [(self.union.graph.number(level.identity_id), level.conditional) for level in goals]
        return ways_to(
            self.union.graph,
            [number for number, conditional in numbers if number is not None and not conditional],
            [number for number, conditional in numbers if number is not None and conditional],
        )

    def _raised(self, level: Privilege, to_content: Ways) -> Privilege:
        high = level.level in ("administrator", "can_become_administrator")
        if not high or level.conditional:
            path = self._path(level.identity_id, self.to_power)
            if path is not None and (not high or not path[1]):
                return levels.can_become(level.identity_id, path[0], conditional=path[1])
        if level.level in ("ordinary", "unknown"):
            path = self._path(level.identity_id, to_content)
            if path is not None:
                return levels.reaches(level.identity_id, path[0], conditional=path[1])
        return level

    def _path(self, identity_id: str, ways: Ways) -> tuple[tuple[Step, ...], bool] | None:
        """Return the steps of a way that goes over a bridge and whether it is open; None where there is none."""
        node = self.union.graph.number(identity_id)
        if node is None or ways.distance[node] <= 0:
            return None
        edges = ways.path(node)
        if not self.steps.crosses(edges):
            return None
        end = self.own.get(edges[-1].target)
        return (*self.steps.along(edges), *(end.path if end is not None else ())), bool(ways.conditional[node])
