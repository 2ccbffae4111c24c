"""Facts about organizations, repositories, runners, webhooks and secrets."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Owner, Resource, Workload
from tests.facts.github.estate import APP, ORG, identity, scopes, told

RUNNERS: list[tuple[str, str, dict[str, str] | None, str | None]] = [
    (f"{ORG}/site", "public", None, "acme/site"),
    (f"{ORG}/site", "private", None, ""),
    (ORG, "public", {"allows_public_repositories": "true", "visibility": "all"}, "acme/site"),
    (ORG, "public", {"allows_public_repositories": "false", "visibility": "all"}, ""),
    (ORG, "public", {"allows_public_repositories": "true", "visibility": "private"}, ""),
    (ORG, "public", {"allows_public_repositories": "true", "visibility": "selected"}, None),
    (
        ORG,
        "public",
        {"allows_public_repositories": "true", "visibility": "selected", "repositories": f"{ORG}/site"},
        "acme/site",
    ),
    (ORG, "public", {"allows_public_repositories": "true", "visibility": "selected", "repositories": APP}, ""),
    (ORG, "private", {"allows_public_repositories": "true", "visibility": "all"}, ""),
    (ORG, "public", None, None),
]


@pytest.mark.parametrize(
    ("org", "repo", "of_org", "of_repo"),
    [
        ("write", "write", True, False),
        ("read", "write", False, True),
        (None, "write", None, True),
        ("write", "read", True, False),
        ("read", None, False, None),
    ],
)
def test_a_default_is_told_where_it_was_chosen(
    facts: Any, make: Any, org: str | None, repo: str | None, of_org: Any, of_repo: Any
) -> None:
    name = "default_workflow_permissions"
    tables = facts(scopes=scopes({name: org} if org else {}, app={name: repo} if repo else {}))
    assert make.cell(tables, "scope.token_writes_by_default", 0) is of_org
    assert make.cell(tables, "scope.token_writes_by_default", 1) is of_repo
    assert make.cell(tables, "scope.settings_path", 0) == "orgs/acme/actions/permissions/workflow"
    assert make.cell(tables, "scope.settings_path", 1) == "repos/acme/app/actions/permissions/workflow"


def test_whether_jobs_may_approve(facts: Any, make: Any) -> None:
    tables = facts(scopes=scopes({"can_approve_reviews": "false"}, app={"can_approve_reviews": "true"}))
    assert make.cell(tables, "scope.actions_may_approve", 0) is False
    assert make.cell(tables, "scope.actions_may_approve", 1) is True
    assert make.cell(facts(), "scope.actions_may_approve") is None


@pytest.mark.parametrize(
    ("owner", "job", "covered", "unowned"),
    [(None, True, True, True), (None, True, False, None), ("team", True, True, False), (None, False, True, False)],
)
def test_a_repository_without_owner(facts: Any, make: Any, owner: Any, job: bool, covered: bool, unowned: Any) -> None:
    named = Owner(name=owner, source="tag:owner") if owner else None
    seen = Coverage(
        provider="github",
        scope_id=ORG,
        record_kind="github-repository-properties",
        status=CoverageStatus.COMPLETE if covered else CoverageStatus.DENIED,
    )
    tables = facts(identities=[identity(owner=named)] if job else [], scopes=scopes(), coverage=[seen])
    assert make.cell(tables, "scope.repository_unowned", 1) is unowned
    assert make.cell(tables, "scope.repository_unowned", 0) is None


@pytest.mark.parametrize(("place", "visibility", "group", "found"), RUNNERS)
def test_which_public_repositories_use_a_runner(
    facts: Any, make: Any, place: str, visibility: str, group: dict[str, str] | None, found: str | None
) -> None:
    runner = Workload(
        id=f"{place}/runners/1",
        provider="github",
        kind="self_hosted_runner",
        name="big",
        scope_id=place,
        attributes=told(runner_group="2", ephemeral="true"),
    )
    resources = (
        [
            Resource(
                id=f"{ORG}/runner-groups/2",
                provider="github",
                kind="runner_group",
                name="Default",
                scope_id=ORG,
                attributes=told(**group),
            )
        ]
        if group is not None
        else []
    )
    listed = Coverage(
        provider="github", scope_id=ORG, record_kind="github-repositories", status=CoverageStatus.COMPLETE
    )
    everything = scopes(app={}, site={"visibility": visibility})
    tables = facts(workloads=[runner], resources=resources, scopes=everything, coverage=[listed])
    assert make.cell(tables, "workload.public_repositories") == found
    assert make.cell(tables, "workload.ephemeral") is True
    unlisted = replace(listed, status=CoverageStatus.PARTIAL)
    tables = facts(workloads=[runner], resources=resources, scopes=everything, coverage=[unlisted])
    hidden = place == ORG and visibility == "private"  # others may be public, and nobody saw them
    assert make.cell(tables, "workload.public_repositories") == (None if hidden else found)


def test_what_protects_a_webhook(facts: Any, make: Any) -> None:
    def hook(**values: str) -> Any:
        row = Resource(
            id=f"{APP}/hooks/1",
            provider="github",
            kind="repository_webhook",
            name="h",
            scope_id=APP,
            attributes=told(**values),
        )
        return facts(resources=[row], scopes=scopes())

    tables = hook(active="true", has_secret="false", insecure_ssl="true")
    for name in ("hook_active", "hook_unsigned", "hook_unverified"):
        assert make.cell(tables, f"resource.{name}") is True
        assert make.cell(hook(), f"resource.{name}") is None
    assert make.cell(hook(has_secret="true"), "resource.hook_unsigned") is False
    assert make.cell(tables, "resource.api_path") == "repos/acme/app/hooks/1"


@pytest.mark.parametrize(
    ("name", "cloud"),
    [
        ("AWS_SECRET_ACCESS_KEY", "AWS"),
        ("PROD_AWS_ACCESS_KEY_ID", "AWS"),
        ("AZURE_CREDENTIALS", "Azure"),
        ("ARM_CLIENT_SECRET", "Azure"),
        ("GCP_SA_KEY", "Google Cloud"),
        ("GOOGLE_CREDENTIALS", "Google Cloud"),
        ("KUBECONFIG", "Kubernetes"),
        ("NPM_TOKEN", ""),
        ("AWS_REGION", ""),
        ("LAWSUIT_KEY", ""),
    ],
)
def test_of_which_cloud_a_secret_is(facts: Any, make: Any, name: str, cloud: str) -> None:
    row = Resource(
        id=f"{APP}/secrets/{name.lower()}",
        provider="github",
        kind="actions_secret",
        name=name,
        scope_id=APP,
        attributes=told(updated_at="2026-05-22T00:00:00Z"),
    )
    tables = facts(resources=[row], scopes=scopes())
    assert make.cell(tables, "resource.cloud_key") == cloud
    assert make.cell(tables, "resource.secret_age_days") == 10


@pytest.mark.parametrize("word", ["never", "2026-05-22", "2026-13-99T00:00:00Z"])
def test_a_date_that_is_none_is_not_known(facts: Any, make: Any, word: str) -> None:
    row = Resource(
        id=f"{APP}/secrets/a",
        provider="github",
        kind="actions_secret",
        name="A",
        scope_id=APP,
        attributes=told(updated_at=word),
    )
    assert make.cell(facts(resources=[row], scopes=scopes()), "resource.secret_age_days") is None
