"""What rests on several places is mended only where all of them were looked at."""

from typing import Any

import pytest

from nhi_scan.findings.baseline import compare
from nhi_scan.findings.grounds import Grounds
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import Evidence, Finding, FindingState
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.policy import Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

ORG, REPO, JOB = "github.com/northwind", "github.com/northwind/shop", "github.com/northwind/shop#code"
CLUSTER, SHOP = "k8s:prod", "k8s:prod/namespaces/shop"
ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/deploy"
POD = f"{SHOP}/serviceaccounts/ci"
TRUST = f"{ROLE}#trust/0"
RULES = frozenset({"unused-role"})
SCOPES: dict[str, tuple[Any, Any, str]] = {
    ORG: ("github", "organization", ""),
    REPO: ("github", "repository", ORG),
    CLUSTER: ("kubernetes", "cluster", ""),
    SHOP: ("kubernetes", "namespace", CLUSTER),
    ACCOUNT: ("aws", "account", ""),
}
IDENTITIES = {JOB: REPO, POD: SHOP, ROLE: ACCOUNT}
COVERED = {(ORG, "github-repositories"), (CLUSTER, "k8s-serviceaccounts"), (ACCOUNT, "iam-roles")}


def world(without: tuple[str, ...] = (), denied: tuple[str, ...] = (), *, of_cluster: str = "") -> Inventory:
    """Everything but some scopes and what lies in them; some kinds were refused, one more of the cluster was not."""
    scopes = [
        Scope(id=id_, provider=provider, kind=kind, name=id_, parent_id=parent)
        for id_, (provider, kind, parent) in SCOPES.items()
        if id_ not in without
    ]
    identities = [
        Identity(
            id=id_,
            provider=SCOPES[home][0],
            kind="service_account",
            nature=Nature.NON_HUMAN,
            nature_reason="",
            name=id_,
            scope_id=home,
        )
        for id_, home in IDENTITIES.items()
        if home not in without
    ]
    trusts = [Trust(id=TRUST, identity_id=ROLE, subject="x", subject_kind="federated", mechanism="federate")]
    rows = [
        Coverage(
            provider=SCOPES[place][0],
            scope_id=place,
            record_kind=kind,
            status=CoverageStatus.DENIED if kind in denied else CoverageStatus.COMPLETE,
        )
        for place, kind in sorted(COVERED | ({(CLUSTER, of_cluster)} if of_cluster else set()))
        if place not in without
    ]
    return build([Records(scopes=scopes, identities=identities, trusts=trusts, coverage=rows)])


def judged(before: Finding, now: Inventory) -> tuple[FindingState, str]:
    (found,) = compare([], [before], now, {}, RULES, Grounds.of([before], world()))
    return found.state, found.note


@pytest.fixture
def way(make: Any) -> Finding:
    """What a repository becomes in an account, and there in a cluster."""
    proof = (Evidence("path", "step 1", ROLE), Evidence("trust", "lets in", TRUST), Evidence("path", "step 2", POD))
    finding: Finding = make.finding(
        subject_id=JOB, provider="github", scope_id=REPO, question="privilege", evidence=proof
    )
    return finding


def test_a_way_that_is_gone_from_places_that_were_all_looked_at_is_resolved(way: Finding) -> None:
    assert judged(way, world()) == (FindingState.RESOLVED, "")


@pytest.mark.parametrize(
    ("without", "denied", "note"),
    [
        ((ACCOUNT,), (), f"{ACCOUNT} was not collected"),
        ((), ("iam-roles",), f"`iam-roles` of {ACCOUNT} was not collected completely"),
        ((CLUSTER, SHOP), (), f"{SHOP} was not collected"),
        ((), ("k8s-serviceaccounts",), f"`k8s-serviceaccounts` of {SHOP} was not collected completely"),
        ((SHOP,), ("k8s-serviceaccounts",), f"`k8s-serviceaccounts` of {CLUSTER} was not collected completely"),
        ((), ("github-repositories",), f"`github-repositories` of {REPO} was not collected completely"),
    ],
)
def test_a_way_is_not_gone_because_a_place_was_not_looked_at(
    way: Finding, without: tuple[str, ...], denied: tuple[str, ...], note: str
) -> None:
    assert judged(way, world(without, denied)) == (FindingState.UNVERIFIED, note)


def test_a_namespace_that_is_gone_from_a_whole_cluster_takes_its_ways_with_it(way: Finding) -> None:
    assert judged(way, world((SHOP,))) == (FindingState.RESOLVED, "")


def test_what_rests_on_its_own_place_alone_needs_no_other(make: Any) -> None:
    proof = (Evidence("path", "step 1", JOB), Evidence("date", "created", ""), Evidence("fact", "x", "nothing known"))
    before = make.finding(subject_id=JOB, provider="github", scope_id=REPO, question="privilege", evidence=proof)
    assert judged(before, world((ACCOUNT, CLUSTER, SHOP))) == (FindingState.RESOLVED, "")


@pytest.mark.parametrize("scope", [f"{CLUSTER}/namespaces/gone", SHOP])
def test_what_was_in_a_namespace_is_gone_where_the_cluster_was_listed(make: Any, scope: str) -> None:
    before = make.finding(
        subject_kind="workload", subject_id=f"{scope}/cronjobs/nightly", provider="kubernetes", scope_id=scope
    )
    assert judged(before, world())[0] is FindingState.UNVERIFIED
    assert judged(before, world(of_cluster="k8s-cronjobs"))[0] is FindingState.RESOLVED
