"""Northwind's tenant as one sees it who may not see all of it: less is found, and nothing is claimed that is not so."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan import app
from nhi_scan.config import Settings
from nhi_scan.demo.azure.estate import Estate
from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.load import load
from nhi_scan.demo.azure.server import serve
from nhi_scan.demo.azure.world import World
from nhi_scan.demo.environment import environment
from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.identity import Nature

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NORTHWIND = load("northwind-azure")
EXPECTED = {(one.rule, one.subject) for one in NORTHWIND.expected}
GRAPH, ARM = World(NORTHWIND.estate, NOW).assigned()

Scan = Callable[..., tuple[Assessment, list[Any]]]


class Silent:
    """Is told how the collection goes, and tells nobody."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    def run(conduct: Conduct, estate: Estate = NORTHWIND.estate) -> tuple[Assessment, list[Any]]:
        with serve(estate, NOW, conduct) as served:
            sign_in = {
                "AZURE_TENANT_ID": served.tenant_id,
                "AZURE_CLIENT_ID": served.client_id,
                "AZURE_CLIENT_SECRET": served.client_secret,
            }
            place = dict.fromkeys(("authority", "graph_endpoint", "arm_endpoint"), served.endpoint)
            options = {
                **place,
                "credential": "environment",
                "ca_file": served.ca_file,
                "usage": True,
                "max_attempts": 1,
            }
            settings = Settings(people=NORTHWIND.people).with_provider_options(["azure"], options)
            with environment(sign_in):
                app.collect(settings, ["azure"], str(tmp_path / "snapshot"), captured_at=NOW, progress=Silent())
            assert served.breaches == []
        assessment = app.assess_snapshot(str(tmp_path / "snapshot"), settings)
        coverage = json.loads((tmp_path / "snapshot" / "manifest.json").read_bytes())["coverage"]
        return assessment, coverage

    return run


def pairs(assessment: Assessment) -> set[tuple[str, str]]:
    return {(finding.rule_id, finding.subject_id) for finding in assessment.findings}


def test_who_may_see_everything_finds_everything(scan: Scan) -> None:
    assessment, coverage = scan(Conduct(as_assigned=True))
    assert pairs(assessment) == EXPECTED
    assert {row["status"] for row in coverage} == {"complete"}


def claims(assessment: Assessment) -> set[tuple[str, str]]:
    """What is found and is not so.

    Of a principal of which nobody could tell what it is the rules say what it may do: it may be a machine.
    """
    unknown = {one.id for one in assessment.inventory.identities.values() if one.nature is Nature.UNKNOWN}
    return {(rule, subject) for rule, subject in pairs(assessment) - EXPECTED if subject not in unknown}


@pytest.mark.parametrize("permission", sorted(GRAPH))
def test_without_a_permission_at_graph_nothing_is_claimed_that_is_not_so(scan: Scan, permission: str) -> None:
    assessment, coverage = scan(Conduct(graph=GRAPH - {permission}, arm=ARM))
    assert claims(assessment) == set()
    assert {row["status"] for row in coverage} & {"denied", "partial"}


@pytest.mark.parametrize(
    "conduct",
    [
        Conduct(graph=frozenset(), arm=ARM),
        Conduct(graph=GRAPH, arm={}),
        Conduct(
            graph=GRAPH,
            arm={f"/subscriptions/{NORTHWIND.estate.subscriptions[0]['subscriptionId']}": frozenset({"*/read"})},
        ),
        Conduct(graph=GRAPH, arm=ARM, premium=False),
    ],
    ids=["no Graph", "no Resource Manager", "one subscription", "no licence"],
)
def test_of_a_half_nothing_is_claimed_that_is_not_so(scan: Scan, conduct: Conduct) -> None:
    assessment, coverage = scan(conduct)
    assert claims(assessment) == set()
    assert {row["status"] for row in coverage} != {"complete"}
