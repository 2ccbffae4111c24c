"""Secrets planted wherever a directory can have one: not one byte of them is in the snapshot."""

import gzip
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.azure.estate import SECRET, Estate
from nhi_scan.demo.azure.exchange import Request
from nhi_scan.demo.azure.gate import Conduct, Gate
from nhi_scan.demo.azure.graph import odata
from nhi_scan.demo.azure.graph.service import Graph
from nhi_scan.demo.azure.server import serve
from nhi_scan.demo.azure.world import World

CANARY = "c4n4ry"
PASSWORD = {"keyId": "00000000-0000-4000-8000-000000000001", "displayName": "ci", "endDateTime": "in(1)"}
KEY_ID = f'"keyId":"{PASSWORD["keyId"]}"'
KEY = {"keyId": "00000000-0000-4000-8000-000000000002", "type": "AsymmetricX509Cert", "usage": "Sign"}


def _planted(row: Any) -> Any:
    secrets = [{**PASSWORD, "secretText": CANARY, "hint": CANARY[:3]}]
    keys = [{**KEY, "key": CANARY, "customKeyIdentifier": "dGh1bWI="}]
    return {**row, "passwordCredentials": secrets, "keyCredentials": keys}


@pytest.fixture
def planted(estate: Estate) -> Estate:
    return replace(
        estate,
        applications=[_planted(row) for row in estate.applications],
        service_principals=[_planted(row) for row in estate.service_principals],
    )


def _texts(folder: Path) -> dict[str, str]:
    found = {}
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found[path.name] = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return found


def test_no_secret_reaches_the_snapshot(planted: Estate, starting: Any, tmp_path: Path) -> None:
    with serve(planted, starting.now) as served, starting(served, tmp_path / "s", usage=True) as (writer, _):
        writer.finish()

    texts = _texts(tmp_path / "s")
    assert len(texts) > 20
    for name, text in texts.items():
        assert CANARY not in text, name
        assert '"hint"' not in text, name
        assert SECRET not in text, name
        assert "eyJ" not in text, f"{name} has a token"
    applications = texts["graph-applications.jsonl.gz"]
    assert applications.count(KEY_ID) == len(planted.applications)
    assert applications.count("dGh1bWI=") == len(planted.applications)


def test_a_server_that_sends_more_than_ids_of_related_objects_is_not_believed(
    planted: Estate, starting: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nested options of an expansion were once passed over, and so were those of a relation."""
    shaped, expanded = odata.shaped, odata._expanded
    monkeypatch.setattr(odata, "_expanded", lambda row, relation, _, expand: expanded(row, relation, "", expand))
    monkeypatch.setattr(
        odata,
        "shaped",
        lambda row, kind, options, expand, *, beta: shaped(
            row, kind, replace(options, select=() if options.select == ("id",) else options.select), expand, beta=beta
        ),
    )
    with serve(planted, starting.now) as served, starting(served, tmp_path / "s") as (writer, _):
        writer.finish()

    texts = _texts(tmp_path / "s")
    assert "userPrincipalName" in texts["graph-group-members.jsonl.gz"]
    assert "servicePrincipalType" in texts["graph-applications.jsonl.gz"]
    assert {name for name, text in texts.items() if CANARY in text} == set()


def test_the_server_does_answer_with_what_is_dropped(planted: Estate, starting: Any) -> None:
    """Else the test above could not fail."""
    world = World(planted, starting.now)
    answer = Graph(world=world, gate=Gate(world, Conduct())).answer(
        Request(method="GET", path="/v1.0/applications", query={"$select": "id,passwordCredentials,keyCredentials"})
    )

    assert str(answer.body).count(CANARY) == 2 * len(planted.applications)
