"""Northwind's tenant as one sees it who may not see all of it: less is found, and nothing is claimed that is not so."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.demo.azure.gate import FOREVER, Conduct, Fault
from nhi_scan.demo.azure.load import load
from nhi_scan.demo.azure.world import World
from nhi_scan.facts import about
from nhi_scan.findings.baseline import Baseline
from nhi_scan.findings.listing import listing_kinds
from nhi_scan.model.finding import FindingState, SubjectKind
from nhi_scan.model.identity import Nature

NORTHWIND = load("northwind-azure")
# Who becomes an identity from which environment the repositories tell, which are not here.
ELSEWHERE = "reachable-from-production-and-not"
EXPECTED = {(one.rule, one.subject) for one in NORTHWIND.expected if one.rule != ELSEWHERE}
GRAPH, ARM = World(NORTHWIND.estate, datetime(2026, 6, 1, tzinfo=UTC)).assigned()
PRODUCTION = f"/subscriptions/{NORTHWIND.estate.subscriptions[0]['subscriptionId']}"
# Requests that every collection makes one after the other or side by side, each of another kind.
BUSY = (
    "graph.servicePrincipals",
    "graph.applications",
    "graph.batch",
    "graph.groups.members",
    "arm.resourceGraph",
    "arm.batch",
)
# An application stands for its service principal where those could not be listed.
_PRINCIPALS = {row["appId"]: row["id"] for row in NORTHWIND.estate.service_principals}
SAME = {row["id"]: _PRINCIPALS.get(row["appId"], row["id"]) for row in NORTHWIND.estate.applications}

Scan = Callable[..., Any]
_GONE = (FindingState.RESOLVED, FindingState.UNVERIFIED)


@pytest.fixture
def look(scan: Scan) -> Scan:
    def run(conduct: Conduct, **more: Any) -> Any:
        return scan(NORTHWIND.estate, conduct, people=NORTHWIND.people, **more)

    return run


@pytest.fixture(scope="module")
def everything(scan_into: Scan, tmp_path_factory: pytest.TempPathFactory) -> Baseline:
    """What somebody found who may see all of it."""
    folder = tmp_path_factory.mktemp("everything") / "snapshot"
    conduct = Conduct(as_assigned=True)
    return Baseline.of(scan_into(folder, NORTHWIND.estate, conduct, people=NORTHWIND.people).assessment)


def resolved(scanned: Any) -> list[tuple[str, str]]:
    """What is called mended, where nothing in the tenant has changed."""
    findings = scanned.assessment.findings
    return [(row.rule_id, row.subject_id) for row in findings if row.state is FindingState.RESOLVED]


def claims(scanned: Any) -> set[tuple[str, str]]:
    """What is found and is not so.

    Of a principal of which nobody could tell what it is the rules say what it may do: it may be a machine.
    """
    known = scanned.assessment.inventory.identities.values()
    of_now = {(row.rule_id, row.subject_id) for row in scanned.assessment.findings if row.state not in _GONE}
    unknown = {one.id for one in known if one.nature is Nature.UNKNOWN}
    found = {(rule, SAME.get(subject, subject)) for rule, subject in of_now}
    return {(rule, subject) for rule, subject in found - EXPECTED if subject not in unknown}


def test_who_may_see_everything_finds_everything(look: Scan) -> None:
    scanned = look(Conduct(as_assigned=True))
    assert scanned.pairs == EXPECTED
    assert scanned.statuses == {"complete"}


def test_whatever_is_there_would_be_missed(look: Scan) -> None:
    inventory = look(Conduct(as_assigned=True)).assessment.inventory
    subjects: dict[SubjectKind, Any] = {
        "identity": inventory.identities,
        "credential": inventory.credentials,
        "trust": inventory.trusts,
        "policy": inventory.policies,
        "workload": inventory.workloads,
        "resource": [*inventory.resources, *inventory.groups],
        "scope": inventory.scopes,
    }
    assert all(subjects.values())
    unsure = []
    for subject, ids in subjects.items():
        for id_ in ids:
            scope = about._DESCRIBE[subject](inventory, id_).scope_id
            listed = listing_kinds(subject, id_, inventory, scope)
            unsure += [(subject, id_, kind) for kind in listed if inventory.covered(scope, kind) is not True]
    assert unsure == []


def test_a_day_on_which_microsoft_is_busy_is_a_day_like_others(look: Scan) -> None:
    conduct = Conduct(
        as_assigned=True,
        page=5,
        retry_after="0.02",
        quotas=dict.fromkeys(BUSY, 3),
        faults=tuple(Fault(family=family, kind="503", after=1) for family in ("graph.groups", "arm.subscriptions")),
    )
    scanned = look(conduct, attempts=4)
    assert scanned.pairs == EXPECTED
    assert scanned.statuses == {"complete"}


@pytest.mark.parametrize("families", [("arm.resourceGraph",), ("arm.batch",), ("arm.resourceGraph", "arm.batch")])
def test_where_resource_manager_is_asked_one_by_one_the_same_is_found(look: Scan, families: tuple[str, ...]) -> None:
    refused = tuple(Fault(family=family, kind="403", times=FOREVER) for family in families)
    scanned = look(Conduct(as_assigned=True, faults=refused))
    assert scanned.pairs == EXPECTED
    assert ("denied" in scanned.statuses) == ("arm.resourceGraph" in families)


@pytest.mark.parametrize("permission", sorted(GRAPH))
def test_without_a_permission_at_graph_nothing_is_claimed_that_is_not_so(
    look: Scan, everything: Baseline, permission: str
) -> None:
    scanned = look(Conduct(graph=GRAPH - {permission}, arm=ARM), baseline=everything)
    assert claims(scanned) == set()
    assert resolved(scanned) == []
    assert scanned.statuses & {"denied", "partial"}


@pytest.mark.parametrize(
    "conduct",
    [
        Conduct(graph=frozenset(), arm=ARM),
        Conduct(graph=GRAPH, arm={}),
        Conduct(graph=GRAPH, arm={PRODUCTION: frozenset({"*/read"})}),
        Conduct(graph=GRAPH, arm=ARM, premium=False),
    ],
    ids=["no Graph", "no Resource Manager", "one subscription", "no licence"],
)
def test_of_a_half_nothing_is_claimed_that_is_not_so(look: Scan, everything: Baseline, conduct: Conduct) -> None:
    scanned = look(conduct, baseline=everything)
    assert claims(scanned) == set()
    assert resolved(scanned) == []
    assert scanned.statuses != {"complete"}


FAMILIES = (
    "graph.servicePrincipals",
    "graph.applications",
    "graph.groups.members",
    "arm.resourceGraph",
    "arm.denyAssignments",
)


# What goes wrong with an answer as a whole goes wrong with the batch that a question is a part of.
BREAKING = [
    *((family, kind) for family in FAMILIES[:2] for kind in ("truncated", "repeated_link", "closed")),
    *(
        (family, kind)
        for family in ("graph.batch", "arm.resourceGraph", "arm.batch")
        for kind in ("truncated", "closed")
    ),
    *((family, "repeated_link") for family in ("graph.groups.members", "arm.denyAssignments")),
]


@pytest.mark.parametrize(("family", "kind"), BREAKING)
def test_what_breaks_off_claims_nothing_that_is_not_so(look: Scan, family: str, kind: str) -> None:
    scanned = look(Conduct(as_assigned=True, faults=(Fault(family=family, kind=kind, times=FOREVER),)))
    assert claims(scanned) == set()
    assert scanned.statuses & {"failed", "partial"}


@pytest.mark.parametrize("family", FAMILIES)
def test_numbers_in_place_of_texts_stop_nothing(look: Scan, family: str) -> None:
    scanned = look(Conduct(as_assigned=True, faults=(Fault(family=family, kind="odd_type", times=FOREVER),)))
    assert scanned.pairs & EXPECTED
