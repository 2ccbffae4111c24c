"""What a configuration asks for in another cloud, and does not get."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Identity, Nature, Resource, Workload
from nhi_scan.model.policy import Trust
from nhi_scan.model.scope import Scope
from tests.facts.crossings import (
    ACCOUNT,
    GITHUB,
    SCOPES,
    account,
    arn,
    complete,
    row_of,
    trusting,
)


def asked(make: Any, tables: Any, identity: Identity) -> Any:
    return make.cell(tables, "identity.asks_in_vain", row_of(tables, "identity", identity.id))


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (complete(ACCOUNT, "iam-roles"), arn("gone")),
        (complete(ACCOUNT, "iam-roles", status=CoverageStatus.DENIED), None),
        ([], None),
    ],
)
def test_a_role_is_asked_for_in_vain_only_where_all_roles_were_seen(
    facts: Any, make: Any, listed: list[Coverage], expected: str | None
) -> None:
    mailer = account("mailer", aws_role_arn=arn("gone"))
    tables = facts(identities=[mailer], scopes=SCOPES, coverage=listed)
    assert asked(make, tables, mailer) == expected


def test_who_asks_for_nothing_asks_for_nothing_in_vain(facts: Any, make: Any) -> None:
    web = account("web")
    tables = facts(identities=[web], scopes=SCOPES)
    assert asked(make, tables, web) == ""


def test_a_role_that_trusts_another_account_is_asked_for_in_vain_and_one_that_trusts_it_is_not(
    facts: Any, make: Any
) -> None:
    mailer = account("mailer", aws_role_arn=arn("app"))
    seen = complete(ACCOUNT, "iam-roles", "iam-oidc-providers")
    for subject, expected in (("other", arn("app")), ("mailer", "")):
        lists = trusting(make, "app", f"system:serviceaccount:batch:{subject}")
        lists["identities"].append(mailer)
        tables = facts(**lists, scopes=SCOPES, coverage=seen)
        assert asked(make, tables, mailer) == expected


@pytest.mark.parametrize(
    ("wanted", "listed", "expected"),
    [
        ("app-deploy", complete("/tenants/t", "graph-federated-credentials"), "app-deploy"),
        ("app-deploy", [], None),
        ("app-nobody", complete("/tenants/t", "graph-service-principals"), "app-nobody"),
        ("app-nobody", [], None),
    ],
)
def test_an_application_is_asked_for_in_vain_only_where_its_federation_or_all_of_them_were_seen(
    facts: Any, make: Any, wanted: str, listed: list[Coverage], expected: str | None
) -> None:
    mailer = account("mailer", azure_client_id=wanted, azure_tenant_id="t")
    listed = [replace(row, provider="azure") for row in listed]
    people = [mailer, make.service_principal("deploy")]
    tables = facts(identities=people, scopes=[*SCOPES, *make.azure_scopes()], coverage=listed)
    assert asked(make, tables, mailer) == expected


def test_an_account_of_google_cloud_is_asked_for_in_vain_only_where_its_project_was_seen(facts: Any, make: Any) -> None:
    mailer = account("mailer", gcp_service_account="mail@shop.iam.gserviceaccount.com")
    scopes = [*SCOPES, *make.projects("shop")]
    seen = make.swept("asset-iam-service-account", "asset-iam-policies")
    for coverage, expected in ((seen, "mail@shop.iam.gserviceaccount.com"), (seen[:1], None), ([], None)):
        tables = facts(identities=[mailer], scopes=scopes, coverage=coverage)
        assert asked(make, tables, mailer) == expected


@pytest.mark.parametrize(
    ("place", "role", "expected"),
    [
        ("projects/shop", "roles/iam.workloadIdentityUser", ""),
        ("organizations/1", "roles/iam.workloadIdentityUser", ""),
        ("projects/shop", "roles/viewer", "mail@shop.iam.gserviceaccount.com"),
    ],
)
def test_who_may_be_every_account_of_a_project_asks_for_none_of_it_in_vain(
    facts: Any, make: Any, place: str, role: str, expected: str
) -> None:
    cluster = "projects/shop/locations/europe-west1/clusters/prod"
    home = replace(SCOPES[1], attributes=(("oidc_issuer", f"https://container.googleapis.com/v1/{cluster}"),))
    known = Workload(
        id=f"//container.googleapis.com/{cluster}",
        provider="gcp",
        kind="gke_cluster",
        name="prod",
        scope_id="projects/shop",
        attributes=(("workload_pool", "shop.svc.id.goog"),),
    )
    mailer = account("mailer", gcp_service_account="mail@shop.iam.gserviceaccount.com")
    pod = make.member("serviceAccount:shop.svc.id.goog[batch/mailer]")
    tables = facts(
        identities=[mailer, pod, make.service_account("mail")],
        policies=[
            make.gcp_role("iam.serviceAccounts.getAccessToken", id_="roles/iam.workloadIdentityUser"),
            make.gcp_role("storage.buckets.list", id_="roles/viewer"),
        ],
        bindings=[make.bound(pod.id, role, place)],
        workloads=[known],
        scopes=[SCOPES[0], home, SCOPES[2], *make.projects("shop")],
        coverage=make.swept("asset-iam-service-account", "asset-iam-policies"),
    )
    assert asked(make, tables, mailer) == expected


@pytest.mark.parametrize("project", ["shop", "100"])
def test_a_job_asks_for_a_provider_by_the_id_or_the_number_of_its_project(facts: Any, make: Any, project: str) -> None:
    pools = "locations/global/workloadIdentityPools"
    repository = Scope(
        id="github.com/acme/app", provider="github", kind="repository", name="app", parent_id="github.com/acme"
    )
    told = {"id_token": "true", "triggers": "push", "branches": "main", "permissions": "id-token=write"}
    told["gcp_providers"] = f"projects/{project}/{pools}/ci/providers/github"
    job = Identity(
        id="github.com/acme/app/.github/workflows/ci.yml#ship",
        provider="github",
        kind="workflow_job",
        nature=Nature.NON_HUMAN,
        nature_reason="a job",
        name="ship",
        scope_id=repository.id,
        attributes=tuple(sorted(told.items())),
    )
    said = {"kind": "oidc", "issuer": f"https://{GITHUB}", "mapping": '{"google.subject": "assertion.sub"}'}
    taker = Resource(
        id=f"//iam.googleapis.com/projects/shop/{pools}/ci/providers/github",
        provider="gcp",
        kind="workload_identity_provider",
        name="github",
        scope_id="projects/shop",
        attributes=tuple(sorted(said.items())),
    )
    member = make.member(f"principalSet://iam.googleapis.com/projects/100/{pools}/ci/*")
    owner = Scope(id="github.com/acme", provider="github", kind="organization", name="acme", parent_id="")
    tables = facts(
        identities=[job, member], resources=[taker], scopes=[*SCOPES, owner, repository, *make.projects("shop")]
    )
    bridges = tables.estate.access.bridges
    assert [(bridge.target_id, bridge.declared) for bridge in bridges.of(job.id)] == [(member.id, True)]
    assert job.id not in bridges.asked_in_vain


@pytest.mark.parametrize("written", ["0A1B2C3D-0000-4000-8000-0000000000EF", "0a1b2c3d-0000-4000-8000-0000000000ef"])
def test_a_client_id_is_the_same_in_any_case(facts: Any, make: Any, written: str) -> None:
    issuer = "https://eastus.oic.prod-aks.azure.com/t/c/"
    home = replace(SCOPES[1], attributes=(("oidc_issuer", issuer),))
    mailer = account("mailer", azure_client_id=written, azure_tenant_id="t")
    deploy = make.service_principal("deploy", unique_id="0a1b2c3d-0000-4000-8000-0000000000ef")
    trust = Trust(
        id="/applications/deploy#federated/pods",
        identity_id=deploy.id,
        subject=issuer,
        subject_kind="federated",
        claim_patterns=(("aud", ("api://AzureADTokenExchange",)), ("sub", ("system:serviceaccount:batch:mailer",))),
        mechanism="federate",
    )
    listed = [replace(row, provider="azure") for row in complete("/tenants/t", "graph-federated-credentials")]
    tables = facts(
        identities=[mailer, deploy],
        trusts=[trust],
        scopes=[SCOPES[0], home, SCOPES[2], *make.azure_scopes()],
        coverage=listed,
    )
    assert asked(make, tables, mailer) == ""
    (bridge,) = tables.estate.access.bridges.of(mailer.id)
    assert bridge.declared
