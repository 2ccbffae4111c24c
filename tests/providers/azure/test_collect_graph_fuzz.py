"""Whatever Microsoft Graph answers, a collection ends with rows of coverage and a snapshot that can be read."""

import random
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.azure.estate import Estate
from nhi_scan.demo.azure.exchange import Answer, Request
from nhi_scan.demo.azure.gate import Conduct, Fault
from nhi_scan.demo.azure.graph.service import Graph
from nhi_scan.demo.azure.server import serve
from nhi_scan.snapshot.store import Snapshot

ODD: tuple[Any, ...] = (None, True, 7, -1.5, "", "x", "\x00\ud83d", [], {}, [None], [[]], {"": None}, "a" * 5000)
NESTED: tuple[Any, ...] = ({"@odata.type": 7, "id": []}, [{"id": {"id": 1}}], {"value": {"value": "x"}})


def _mutated(value: Any, dice: random.Random) -> Any:
    """Put something odd in one of twenty places, at any depth; the rest stays as it is."""
    if dice.random() < 0.05:
        return dice.choice((*ODD, *NESTED))
    if isinstance(value, dict):
        return {name: _mutated(inner, dice) for name, inner in value.items() if dice.random() > 0.02}
    if isinstance(value, list):
        return [_mutated(inner, dice) for inner in value]
    return value


def graph_kinds(snapshot: Snapshot) -> set[str]:
    """What is said of Microsoft Graph at all, be it that it failed."""
    return {row.record_kind for row in snapshot.manifest.coverage if row.record_kind.startswith("graph-")}


@pytest.mark.parametrize("seed", range(16))
def test_odd_answers_everywhere(
    estate: Estate, starting: Any, whole: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    answered = Graph.answer

    def answer(self: Graph, request: Request, *, part: bool = False) -> Answer:
        found = answered(self, request, part=part)
        asked = f"{seed} {request.path} {sorted(request.query.items())} {request.body!r}"
        dice = random.Random(asked)  # noqa: S311 - the same odd answers every time
        found.body = _mutated(found.body, dice)
        return found

    monkeypatch.setattr(Graph, "answer", answer)
    quick = {"max_attempts": 1, "give_up_after": 99, "usage": True}
    with serve(estate, starting.now) as served, starting(served, tmp_path / "s", **quick) as (writer, _):
        snapshot = writer.finish()

    snapshot.verify()
    rows = {row.record_kind: row for row in snapshot.manifest.coverage if row.record_kind.startswith("graph-")}
    assert set(rows) == graph_kinds(whole.snapshot)
    assert all(row.detail for row in rows.values() if row.status.is_gap)
    assert all(len(row.detail) <= 300 for row in rows.values())


@pytest.mark.parametrize("seed", range(6))
def test_faults_everywhere(estate: Estate, starting: Any, whole: Any, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same odd answers every time
    kinds = ("401", "403", "404", "429", "500", "503", "unlicensed", "truncated", "repeated_link", "odd_type", "closed")
    families = ("applications", "servicePrincipals", "groups", "users", "getByIds", "groups.members", "batch")
    faults = tuple(
        Fault(family=f"graph.{family}", kind=dice.choice(kinds), after=dice.randrange(3), times=dice.randrange(1, 9))
        for family in families
    )
    with (
        serve(estate, starting.now, Conduct(faults=faults, retry_after="0.01", page=3)) as served,
        starting(served, tmp_path / "s", max_attempts=2, give_up_after=2) as (writer, _),
    ):
        snapshot = writer.finish()

    snapshot.verify()
    assert graph_kinds(snapshot) == graph_kinds(whole.snapshot)
