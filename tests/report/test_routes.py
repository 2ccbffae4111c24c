"""Ways as graphs: names are attacker-controlled and must stay inside their quotes."""

import xml.etree.ElementTree as ET

import networkx as nx
import pytest

from nhi_scan.access.routes import Route
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Step
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.policy import Policy
from nhi_scan.model.records import Records
from nhi_scan.report.routes import around, render

NOTHING = build([Records()])

HOSTILE = 'a"];evil -> b\\" <script>alert(1)</script>\x1b[2J\n%%{init: 1}%%'


def _route(name: str) -> Route:
    step = Step(technique=name, source_id=name, target_id="arn:b", detail=name)
    return Route(source_id=name, conditional=False, steps=(step,))


def test_dot_keeps_a_name_inside_its_quotes() -> None:
    lines = render(NOTHING, [_route(HOSTILE)], "dot").decode().splitlines()

    assert len(lines) == 6
    assert '\\"];evil' in lines[2]


def test_mermaid_writes_what_is_not_plain_as_entities() -> None:
    text = render(NOTHING, [_route(HOSTILE)], "mermaid").decode()

    assert "<script>" not in text
    assert "%%{" not in text
    assert len(text.splitlines()) == 4


@pytest.mark.parametrize("name", [HOSTILE, "a\ufffe\uffff\x00\ud800b"])
def test_graphml_is_well_formed(name: str) -> None:
    root = ET.fromstring(render(NOTHING, [_route(name)], "graphml"))  # noqa: S314 - what we have just written ourselves

    assert len(root.findall(".//{*}edge")) == 1


@pytest.mark.parametrize("format_", ["text", "dot", "mermaid", "graphml"])
def test_nothing_steers_a_terminal(format_: str) -> None:
    assert b"\x1b" not in render(NOTHING, [_route(HOSTILE)], format_)


def test_what_is_left_out_is_said() -> None:
    assert "3 more" in render(NOTHING, [_route("a")], "text", left_out=3).decode()
    assert b'"left_out": 3' in render(NOTHING, [_route("a")], "json", left_out=3)


def test_what_lies_around_an_identity_is_drawn_by_names() -> None:
    guid = "5f0c1d2e-0000-4000-8000-000000000001"
    role = f"/providers/microsoft.authorization/roledefinitions/{guid}"
    given = Records(
        identities=[
            Identity(
                id=guid,
                provider="azure",
                kind="service_principal",
                name="deploy",
                scope_id="t",
                nature=Nature.NON_HUMAN,
                nature_reason="made up",
            )
        ],
        policies=[Policy(id=role, provider="azure", kind="role", name="Owner", scope_id="t")],
    )
    near: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    near.add_edge("arn:b", guid, label="assumes", conditional=False)
    near.add_edge(guid, "/subscriptions/shop", label=role, conditional=False)

    text = around(build([given]), near, "dot").decode()

    assert f'"arn:b" -> "deploy ({guid})" [label="assumes"];' in text
    assert f'[label="Owner ({role})"];' in text
    assert {label for *_, label in near.edges.data("label")} == {"assumes", role}
