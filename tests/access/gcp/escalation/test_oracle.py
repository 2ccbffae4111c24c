"""The graph against brute force: who can become whom in one step, asked of each pair and each technique, slowly."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nhi_scan.access.combine import Truth, both, either
from nhi_scan.access.gcp.constraints import Constraints
from nhi_scan.access.gcp.escalation.technique import Technique
from nhi_scan.access.gcp.privilege import Report
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.graph.graph import Graph
from nhi_scan.model.identity import Identity
from nhi_scan.providers.gcp.escalation import techniques

Judge = Callable[[Mapping[str, Any]], tuple[Report, Access, Callable[[str], str]]]
PLACES = ("organizations/1", "folders/10", "projects/app", "projects/other", "projects/prod")
PERMISSIONS = (
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccountKeys.create",
    "iam.serviceAccounts.setIamPolicy",
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.enable",
    "run.services.create",
    "run.jobs.create",
    "run.jobs.run",
    "compute.instances.setMetadata",
    "dataproc.jobs.create",
    "dataproc.clusters.use",
    "orgpolicy.policy.set",
    "resourcemanager.projects.setIamPolicy",
    "resourcemanager.folders.setIamPolicy",
)
CONTROL = {"project": "resourcemanager.projects.setIamPolicy", "folder": "resourcemanager.folders.setIamPolicy"}
DENIED = (
    "iam.googleapis.com/serviceAccounts.getAccessToken",
    "iam.googleapis.com/serviceAccounts.*",
    "iam.googleapis.com/serviceAccountKeys.create",
    "run.googleapis.com/services.create",
    "cloudresourcemanager.googleapis.com/projects.setIamPolicy",
)
CONDITIONS = (
    None,
    None,
    "request.auth.access_levels.size() > 0",
    'request.time < timestamp("2026-01-01T00:00:00Z")',
    'resource.matchTag("1/env", "prod")',
)
NAMES = tuple(f"a{i}" for i in range(8))
FULL = "https://www.googleapis.com/auth/cloud-platform"


def a_world(seed: int) -> dict[str, Any]:
    """Return a world at random, always the same for a seed."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    accounts = {
        name: {
            "project": chance.choice(("app", "other", "prod")),
            "status": chance.choice(("active", "active", "active", "disabled", "unknown")),
        }
        for name in NAMES
    }
    grants: dict[str, Any] = {}
    for i in range(chance.randrange(6, 16)):
        condition = chance.choice(CONDITIONS)
        grants[f"g{i}"] = {
            "who": chance.choice((*NAMES, "group:g@example.com", "allAuthenticatedUsers", "projectEditor:app")),
            "may": chance.sample(PERMISSIONS, chance.randrange(1, 5)),
            "at": chance.choice((*PLACES, *NAMES)),
            **({} if condition is None else {"if": condition}),
        }
    kinds = ("compute_instance", "dataproc_cluster", "cloud_run_service")
    workloads = {
        f"//w/projects/{project}/{kind}": {
            "kind": kind,
            "project": project,
            "runs_as": [chance.choice(NAMES)],
            "attributes": chance.choice(({}, {"access_scopes": FULL}, {"access_scopes": "devstorage"})),
        }
        for kind, project in chance.sample([(k, p) for k in kinds for p in ("app", "other", "prod")], 4)
    }
    names = ("iam.disableServiceAccountKeyCreation", "iam.disableServiceAccountKeyUpload")
    return {
        "accounts": accounts,
        "grants": grants,
        "groups": {"group:g@example.com": chance.sample(NAMES, 2)},
        "workloads": workloads,
        "tags": {"projects/prod": {"1/env": "prod"}},
        "constraints": {
            place: {chance.choice(names): chance.choice(("enforced", "not_enforced", "custom"))}
            for place in chance.sample(PLACES, 2)
        },
        "deny": [
            {"at": chance.choice(PLACES), "permissions": [chance.choice(DENIED)], "except": chance.sample(NAMES, 3)}
            for _ in range(chance.randrange(3))
        ],
    }


def in_one_step(graph: Graph, source_id: str) -> dict[str, bool]:
    """Whom somebody can become in one step: True where no condition is open on one way."""
    found: dict[str, bool] = {}
    start = graph.number(source_id)
    assert start is not None
    waiting = [(start, True)]
    while waiting:
        node, certain = waiting.pop()
        for edge in (edge for edge in graph.edges() if graph.number(edge.source) == node):
            target = graph.number(edge.target)
            assert target is not None
            sure = certain and not edge.conditional
            if graph.virtual[target]:
                waiting.append((target, sure))
            elif graph.kinds[target] == "identity":
                found[edge.target] = found.get(edge.target, False) or sure
    return found


class Oracle:
    """Asks about every pair, technique and workload by itself."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._constraints = Constraints(access.inventory)
        self._rows = [
            row
            for row in techniques().techniques
            if set(row.permissions) <= set(PERMISSIONS) and row.yields == "become"
        ]

    def becomes(self, source: Identity, target: Identity) -> Truth:
        return either(*[self._by(row, source, target) for row in self._rows])

    def _by(self, row: Technique, source: Identity, target: Identity) -> Truth:
        if row.target == "disabled_account":
            usable: Truth = target.status == "disabled"
        else:
            usable = {"active": True, "unknown": None}.get(target.status, False)
        if usable is False or row.exists:
            return False
        allowed = self._constraints.allow(target.scope_id, row.blocked_by)
        if row.target != "workload":
            return both(usable, allowed, self._holds(row, source, target, target.scope_id, ""))
        states = []
        for workload in self._access.inventory.workloads.values():
            if workload.kind in row.workloads and target.id in workload.runs_as:
                scopes = dict(workload.attributes).get("access_scopes")
                full = None if scopes is None else FULL in scopes
                states.append(both(usable, full, self._holds(row, source, target, workload.scope_id, workload.id)))
        return either(*states) if states else False

    def _holds(self, row: Technique, source: Identity, target: Identity, project: str, workload: str) -> Truth:
        places = {"target": target.id, "project": project, "workload": workload}
        return both(*[self._access.truth(source.id, one.permission, places[one.at]) for one in row.requires])


@pytest.mark.parametrize("seed", range(120))
def test_sets_and_edges_say_what_asking_about_everything_says(seed: int, judge_world: Judge) -> None:
    report, access, _ = judge_world(a_world(seed))
    oracle = Oracle(access)
    accounts = [one for one in access.inventory.identities.values() if one.kind == "service_account"]
    for source in accounts:
        found = in_one_step(report.graph, source.id)
        for target in accounts:
            if source is not target:
                said = {True: True, False: None, None: False}[found.get(target.id)]
                wanted = oracle.becomes(source, target)
                assert said == wanted, (source.name, target.name, said, wanted)


@pytest.mark.parametrize("seed", range(200, 280))
def test_administrators_are_those_who_may_set_the_policy_of_some_place(seed: int, judge_world: Judge) -> None:
    report, access, _ = judge_world(a_world(seed))
    for identity_id, privilege in report.privileges.items():
        states = [
            access.truth(identity_id, CONTROL[scope.kind], scope.id)
            for scope in access.inventory.scopes.values()
            if scope.kind in CONTROL
        ]
        wanted = either(*states)
        if wanted is True:
            assert (privilege.level, privilege.conditional) == ("administrator", False)
        elif wanted is None and privilege.level != "can_become_administrator":
            assert (privilege.level, privilege.conditional) == ("administrator", True)
        elif wanted is False:
            assert privilege.level != "administrator"
