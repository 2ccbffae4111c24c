"""What a graph of escalation says of one identity, edge by edge: slowly, and without the search that is tested."""

from nhi_scan.access.engine import Report
from nhi_scan.graph.graph import Edge


def edges_from(report: Report, source_id: str) -> list[Edge]:
    return [edge for edge in report.graph.edges() if edge.source == source_id]


def reached(report: Report, source_id: str) -> set[tuple[str, bool]]:
    """Who can be become in one step, and whether only conditionally."""
    graph = report.graph
    found: set[tuple[str, bool]] = set()

    def follow(node: int, conditional: bool) -> None:
        for edge in graph.edges():
            if graph.number(edge.source) == node:
                target = graph.number(edge.target)
                assert target is not None
                if graph.virtual[target]:
                    follow(target, conditional or edge.conditional)
                else:
                    found.add((edge.target, conditional or edge.conditional))

    start = graph.number(source_id)
    assert start is not None
    follow(start, False)
    return found
