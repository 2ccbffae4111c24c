"""Workloads, resources and groups of Google Cloud: what is public, what runs as what, what nobody uses."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.facts.listed import RUN_AS_SERVICE_ACCOUNT
from nhi_scan.model.identity import Group, Resource, Workload
from nhi_scan.model.policy import Condition

POLICIES = ("asset-iam-policies",)
RUN = "//run.googleapis.com/projects/shop/locations/europe-west1/services/web"
BUCKET = "//storage.googleapis.com/www"


@pytest.mark.parametrize(
    ("case", "public"),
    [
        (("storage_bucket", "allUsers", "roles/storage.objectViewer", None, None, False), True),
        (("storage_bucket", "allAuthenticatedUsers", "roles/storage.objectViewer", None, None, True), True),
        (("storage_bucket", "allUsers", "roles/storage.objectViewer", None, True, True), False),
        (("storage_bucket", "allUsers", "roles/storage.objectViewer", "x", None, True), None),
        (("storage_bucket", "domain:shop.example", "roles/storage.objectViewer", None, None, True), False),
        (("storage_bucket", "domain:shop.example", "roles/storage.objectViewer", None, None, False), None),
        (("run_service", "allUsers", "roles/run.invoker", None, None, True), False),
        (("run_service", "allUsers", "roles/run.admin", None, None, True), True),
    ],
)
def test_what_is_public(facts: Any, make: Any, case: Any, public: Any) -> None:
    kind, member, role, condition, blocked, covered = case
    resource = Resource(
        id=BUCKET, provider="gcp", kind=kind, name="www", scope_id="projects/shop", public_access_blocked=blocked
    )
    under = Condition("CEL", "", (condition,)) if condition else None
    tables = facts(
        resources=[resource],
        bindings=[make.bound(member, role, BUCKET, condition=under)],
        scopes=make.projects(),
        coverage=make.swept(*POLICIES) if covered else [],
    )
    assert make.cell(tables, "resource.public") is public


@pytest.mark.parametrize(
    ("kind", "state", "public"),
    [
        ("storage_bucket", "enforced", False),
        ("storage_bucket", "not_enforced", True),
        ("storage_bucket", "custom", True),
        ("run_service", "enforced", True),
    ],
)
def test_an_organization_policy_keeps_buckets_from_being_public(
    facts: Any, make: Any, kind: str, state: str, public: bool
) -> None:
    above, *projects = make.projects()
    tables = facts(
        resources=[Resource(id=BUCKET, provider="gcp", kind=kind, name="www", scope_id="projects/shop")],
        bindings=[make.bound("allUsers", "roles/storage.objectViewer", BUCKET)],
        scopes=[
            replace(above, constraints=(("storage.publicAccessPrevention", state),)),
            *[replace(each, constraints=()) for each in projects],
        ],
    )
    assert make.cell(tables, "resource.public") is public


@pytest.mark.parametrize(
    ("case", "answer"),
    [
        (("cloud_run_service", None, True, False), True),
        (("cloud_run_service", False, True, True), False),
        (("cloud_run_service", None, False, True), False),
        (("cloud_run_service", None, False, False), None),
        (("cloud_function", None, True, True), True),
        (("cloud_function", None, False, True), None),
        (("compute_instance", None, False, True), None),
        (("cloud_scheduler_job", None, False, False), False),
        (("cloud_build_trigger", None, False, True), None),
    ],
)
def test_what_anybody_can_call(facts: Any, make: Any, case: Any, answer: Any) -> None:
    kind, exposed, bound, covered = case
    workload = Workload(id=RUN, provider="gcp", kind=kind, name="web", scope_id="projects/shop", exposed=exposed)
    tables = facts(
        workloads=[workload],
        bindings=[make.bound("allUsers", "roles/run.invoker", RUN)] if bound else [],
        scopes=make.projects(),
        coverage=make.swept(*POLICIES) if covered else [],
    )
    assert make.cell(tables, "workload.exposed") is answer


def test_access_scopes_and_default_accounts_of_workloads(facts: Any, make: Any) -> None:
    def machine(name: str, email: str, scopes: str | None) -> Workload:
        return Workload(
            id=f"//compute.googleapis.com/{name}",
            provider="gcp",
            kind="compute_instance",
            name=name,
            scope_id="projects/shop",
            runs_as=(f"serviceAccount:{email}",),
            attributes=() if scopes is None else (("access_scopes", scopes),),
        )

    tables = facts(
        workloads=[
            machine("a", "100-compute@developer.gserviceaccount.com", "https://www.googleapis.com/auth/cloud-platform"),
            machine("b", "100-compute@developer.gserviceaccount.com", "https://www.googleapis.com/auth/logging.write"),
            machine("c", "app@shop.iam.gserviceaccount.com", None),
        ],
        scopes=make.projects(),
    )
    assert [make.cell(tables, "workload.full_scopes", row) for row in range(3)] == [True, False, None]
    assert [make.cell(tables, "workload.default_account", row) for row in range(3)] == [True, True, False]
    assert make.cell(tables, "workload.project") == "shop"


def test_workloads_of_accounts(facts: Any, make: Any) -> None:
    used, idle = make.service_account("a"), make.service_account("b")
    web = Workload(
        id=RUN, provider="gcp", kind="cloud_run_service", name="web", scope_id="projects/shop", runs_as=(used.id,)
    )
    rows = {"identities": [used, idle], "workloads": [web], "scopes": make.projects()}
    whole = facts(**rows, coverage=make.swept(*RUN_AS_SERVICE_ACCOUNT))
    assert [make.cell(whole, "identity.workload_count", row) for row in (0, 1)] == [1, 0]
    part = facts(**rows, coverage=make.swept(*RUN_AS_SERVICE_ACCOUNT[1:]))
    assert make.cell(part, "identity.workload_count", 1) is None


@pytest.mark.parametrize(
    ("email", "status", "kind", "missing"),
    [
        ("gone@shop.iam.gserviceaccount.com", None, "asset-iam-service-account", True),
        ("gone@shop.iam.gserviceaccount.com", None, "iam-service-accounts", True),
        ("100-compute@developer.gserviceaccount.com", None, "asset-iam-service-account", True),
        ("gone@shop.iam.gserviceaccount.com", None, "", None),
        ("app@vendor.iam.gserviceaccount.com", None, "asset-iam-service-account", None),
        ("gone@shop.iam.gserviceaccount.com", "deleted", "asset-iam-service-account", True),
        ("app@shop.iam.gserviceaccount.com", "active", "asset-iam-service-account", False),
        ("named@shop.iam.gserviceaccount.com", "unknown", None, None),
    ],
)
def test_workloads_that_run_as_what_is_not_there(
    facts: Any, make: Any, email: str, status: Any, kind: str, missing: Any
) -> None:
    web = Workload(
        id=RUN,
        provider="gcp",
        kind="cloud_run_service",
        name="web",
        scope_id="projects/shop",
        runs_as=(f"serviceAccount:{email}",),
    )
    tables = facts(
        identities=[make.service_account(email, status=status)] if status else [],
        workloads=[web],
        scopes=make.projects(),
        coverage=make.swept(kind) if kind else [],
    )
    assert make.cell(tables, "workload.runs_as_missing") is missing


def test_groups_without_members(facts: Any, make: Any) -> None:
    def group(name: str, **fields: Any) -> Group:
        return Group(
            **{
                "id": f"group:{name}",
                "provider": "gcp",
                "kind": "google_group",
                "name": name,
                "scope_id": top,
                **fields,
            }
        )

    top = "organizations/1"
    rows = {
        "groups": [group("a"), group("b", complete=False), group("c", member_ids=("user:ann@shop.example",))],
        "bindings": [make.bound("group:a", "roles/viewer")],
        "scopes": make.projects(),
    }
    listed = facts(**rows, coverage=make.swept("cloudidentity-memberships"))
    assert [make.cell(listed, "resource.used_by", row) for row in range(3)] == [0, None, 1]
    assert [make.cell(listed, "resource.granted", row) for row in range(3)] == [True, None, None]
    bound = facts(**rows, coverage=make.swept("asset-iam-policies"))
    assert [make.cell(bound, "resource.granted", row) for row in range(3)] == [True, False, False]
    assert make.cell(facts(**rows), "resource.used_by", 0) is None
