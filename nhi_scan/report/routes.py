"""Ways through the estate as text, JSON, or a graph for other tools: GraphML, DOT, Mermaid."""

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence

import networkx as nx

from nhi_scan.access.bridges import Bridges
from nhi_scan.access.federation import FEDERATES
from nhi_scan.access.routes import Route
from nhi_scan.inventory.build import Inventory
from nhi_scan.inventory.naming import named
from nhi_scan.report import projection
from nhi_scan.report.text import encodable, one_line
from nhi_scan.report.wording import statement_text

_MOST = 50  # bridges on a side of a drawing
DRAWN = ("graphml", "dot", "mermaid")


def render(
    inventory: Inventory, routes: Sequence[Route], format_: str, *, left_out: int = 0, managed_left_out: int = 0
) -> bytes:
    """Render ways.

    Args:
        inventory: what the statements of the steps are of.
        routes: those to show.
        format_: `text`, `json`, or one of `DRAWN`.
        left_out: how many more there are; text and JSON say so.
        managed_left_out: how many there are of identities that belong to a cloud provider, besides; as `left_out`.
    """
    if format_ == "json":
        return _json(routes, left_out, managed_left_out)
    if format_ == "text":
        return _text(inventory, routes, left_out, managed_left_out)
    return draw(_graph(inventory, routes), format_)


def add_bridges(graph: "nx.MultiDiGraph[str]", bridges: Bridges, identity_id: str) -> None:
    """Add to what lies around an identity whom it becomes in other clouds, and who of others becomes it.

    Args:
        graph: is added to.
        bridges: of all clouds.
        identity_id: whose; of many bridges on a side those without an open condition come first, and some are left out.
    """
    for bridge in (*bridges.of(identity_id, _MOST), *bridges.into(identity_id, _MOST)):
        graph.add_edge(bridge.source_id, bridge.target_id, label=FEDERATES, conditional=bridge.conditional)


def around(inventory: Inventory, graph: "nx.MultiDiGraph[str]", format_: str) -> bytes:
    """Render what lies around an identity: what is an id by the name that people know it by, roles on edges as well."""
    told = nx.relabel_nodes(graph, {node: named(inventory, node) for node in graph})
    for _, _, edge in told.edges(data=True):
        edge["label"] = named(inventory, edge["label"])
    return draw(told, format_)


def draw(graph: "nx.MultiDiGraph[str]", format_: str) -> bytes:
    """Render a graph whose edges have a `label` and `conditional`, as one of `DRAWN`."""
    clean: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    clean.add_nodes_from(_word(node) for node in graph)
    for source, target, data in graph.edges(data=True):
        clean.add_edge(_word(source), _word(target), label=_word(data["label"]), conditional=data["conditional"])
    return _GRAPHS[format_](clean)


def _json(routes: Sequence[Route], left_out: int, managed_left_out: int) -> bytes:
    rows = [
        {
            "source": route.source_id,
            "conditional": route.conditional,
            "steps": [projection.step(step) for step in route.steps],
        }
        for route in routes
    ]
    counts = {"left_out": left_out, "managed_left_out": managed_left_out}
    return json.dumps({"routes": rows, **counts}, indent=2).encode() + b"\n"


def _text(inventory: Inventory, routes: Sequence[Route], left_out: int, managed_left_out: int) -> bytes:
    lines = [] if routes else ["no way was found"]
    for route in routes:
        conditional = " (under an open condition)" if route.conditional else ""
        lines.append(one_line(named(inventory, route.source_id)) + conditional)
        for number, step in enumerate(route.steps, start=1):
            target = f" -> {named(inventory, step.target_id)}" if step.target_id else ""
            lines.append(f"  {number}. " + one_line(f"{step.technique}{target}: {step.detail}"))
            lines += [f"       by {one_line(statement_text(inventory, ref))}" for ref in step.statements]
    if left_out:
        lines.append(f"{left_out} more: raise --limit")
    if managed_left_out:
        whose = "1 is of an identity" if managed_left_out == 1 else f"{managed_left_out} are of identities"
        lines.append(f"{whose} of the cloud's own and left out: --managed shows them")
    return encodable("\n".join(lines)).encode() + b"\n"


def _graph(inventory: Inventory, routes: Iterable[Route]) -> "nx.MultiDiGraph[str]":
    """Lay the steps of all ways over each other."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for route in routes:
        graph.add_node(named(inventory, route.source_id))
        for step in route.steps:
            if step.target_id and step.target_id != step.source_id:
                graph.add_edge(
                    named(inventory, step.source_id),
                    named(inventory, step.target_id),
                    key=(step.technique, step.conditional),
                    label=step.technique,
                    conditional=step.conditional,
                )
    return graph


def _word(text: str) -> str:
    return encodable(one_line(text))


def _graphml(graph: "nx.MultiDiGraph[str]") -> bytes:
    out = io.BytesIO()
    nx.write_graphml(graph, out, named_key_ids=True)
    return out.getvalue() + b"\n"


def _dot(graph: "nx.MultiDiGraph[str]") -> bytes:
    """Write Graphviz's language; names are quoted strings, in which only quote and backslash mean something."""

    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    lines = ["digraph ways {", "  rankdir=LR;"]
    lines += [f"  {quoted(node)};" for node in graph]
    for source, target, data in graph.edges(data=True):
        style = ", style=dashed" if data["conditional"] else ""
        lines.append(f"  {quoted(source)} -> {quoted(target)} [label={quoted(data['label'])}{style}];")
    return "\n".join([*lines, "}", ""]).encode()


def _mermaid(graph: "nx.MultiDiGraph[str]") -> bytes:
    """Write Mermaid's language; names become entities wherever a character could end a label or open markup."""

    def label(text: str) -> str:
        return "".join(c if c.isalnum() or c in " :/._-" else f"#{ord(c)};" for c in text)

    numbers = {node: f"n{i}" for i, node in enumerate(graph)}
    lines = ["flowchart LR", *(f'  {number}["{label(node)}"]' for node, number in numbers.items())]
    for source, target, data in graph.edges(data=True):
        arrow = "-.->" if data["conditional"] else "-->"
        lines.append(f'  {numbers[source]} {arrow}|"{label(data["label"])}"| {numbers[target]}')
    return "\n".join([*lines, ""]).encode()


_GRAPHS: Mapping[str, Callable[["nx.MultiDiGraph[str]"], bytes]] = {
    "graphml": _graphml,
    "dot": _dot,
    "mermaid": _mermaid,
}
