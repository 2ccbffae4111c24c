"""Facts about GitHub: jobs, keys, apps, tokens, settings, runners, webhooks, secrets."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Credential, Identity, Nature, Owner, Resource, Workload
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.model.scope import Scope

ORG = "github.com/acme"
APP = f"{ORG}/app"
JOB = f"{APP}/.github/workflows/ci.yml#build"
ISSUER = "token.actions.githubusercontent.com"


def told(**values: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(values.items()))


def identity(id_: str = JOB, kind: Any = "workflow_job", scope: str = APP, **fields: Any) -> Identity:
    name = fields.pop("name", "app/ci.yml: build")
    return Identity(
        id=id_,
        provider="github",
        kind=kind,
        nature=Nature.NON_HUMAN,
        nature_reason="a test says so",
        name=name,
        scope_id=scope,
        **fields,
    )


def scopes(org: dict[str, str] | None = None, **repos: dict[str, str]) -> list[Scope]:
    found = [
        Scope(id=ORG, provider="github", kind="organization", name="Acme", parent_id="", attributes=told(**org or {}))
    ]
    for name, values in (repos or {"app": {}}).items():
        found.append(
            Scope(
                id=f"{ORG}/{name}",
                provider="github",
                kind="repository",
                name=name,
                parent_id=ORG,
                attributes=told(**values),
            )
        )
    return found


@pytest.fixture
def of_job(facts: Any, make: Any) -> Any:
    """A cell of a job with some attributes."""

    def cell(name: str, kind: str = "workflow_job", **values: str) -> Any:
        place = {"default_branch": "main"}
        tables = facts(identities=[identity(kind=kind, attributes=told(**values))], scopes=scopes(app=place))
        return make.cell(tables, f"identity.{name}")

    return cell


def test_what_a_token_writes(of_job: Any) -> None:
    permissions = "contents=write id-token=write issues=read packages=write"
    assert of_job("token_writes", permissions=permissions) == "contents, packages"
    assert of_job("token_write_count", permissions=permissions) == 2
    assert of_job("token_write_count", permissions="") == 0
    assert of_job("token_write_count", permissions="?") is None
    assert of_job("token_write_count") is None
    assert of_job("token_writes", kind="deploy_key", permissions=permissions) is None


@pytest.mark.parametrize(
    ("word", "ways", "surely"),
    [
        ("", "", True),
        ("checkout", "code that it checks out", True),
        ("? injection", "text that it runs as a script", False),
        ("checkout injection", "code that it checks out and text that it runs as a script", True),
        ("self_hosted", "", True),
    ],
)
def test_by_what_anybody_makes_it_run_their_code(of_job: Any, word: str, ways: str, surely: bool) -> None:
    assert of_job("open_to_anyone", open_to_anyone=word) == ways
    assert of_job("open_surely", open_to_anyone=word) is surely
    assert of_job("forks_on_own_runner", open_to_anyone=word) is (word == "self_hosted")
    assert of_job("forks_on_own_runner", kind="app", open_to_anyone=word) is None
    assert of_job("open_to_anyone", kind="app", open_to_anyone=word) is None


@pytest.mark.parametrize(
    ("values", "worth", "held"),
    [
        ({"permissions": ""}, False, ""),
        ({"permissions": "contents=read"}, False, ""),
        ({"permissions": "contents=write"}, True, "a token that writes contents"),
        ({"permissions": "?"}, None, ""),
        ({"permissions": "?", "secrets": "A B"}, True, "secrets (A, B)"),
        ({"permissions": "", "secrets": "A ?"}, True, "secrets (A, any)"),
        ({"permissions": "", "id_token": "true"}, True, "a token for other clouds"),
    ],
)
def test_what_a_job_is_worth(of_job: Any, values: dict[str, str], worth: Any, held: str) -> None:
    assert of_job("job_worth_taking", **values) is worth
    assert of_job("job_held", **values) == held


def test_actions_of_the_organization_are_its_own(of_job: Any) -> None:
    actions = "some/action@v1 Acme/tool@main other/thing@v2"
    assert of_job("unpinned_third_party", unpinned_third_party=actions) == "other/thing@v2, some/action@v1"
    assert of_job("unpinned_third_party") == ""


def test_how_commands_name_a_job(of_job: Any) -> None:
    assert of_job("repository") == "acme/app"
    assert of_job("organization") == "acme"
    assert of_job("workflow_name") == "ci.yml"
    assert of_job("source_file", source_file=".github/workflows/ci.yml") == ".github/workflows/ci.yml"
    assert of_job("github_fix") == "gh api repos/acme/app/environments"
    assert of_job("settings_page") == ""


def test_a_static_key_and_what_takes_its_place(of_job: Any) -> None:
    keys = "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY"
    assert of_job("static_keys", static_secrets=keys) == "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY"
    assert of_job("static_clouds", static_secrets=keys) == "AWS"
    fix = of_job("federated_fix", static_secrets=keys)
    assert f'"{ISSUER}:sub": "repo:Acme/app:ref:refs/heads/main"' in fix
    assert f'"{ISSUER}:aud": "sts.amazonaws.com"' in fix
    assert "gh secret delete AWS_ACCESS_KEY_ID --repo acme/app\ngh secret delete AWS_SECRET_ACCESS_KEY" in fix
    assert of_job("federated_fix") == ""
    assert of_job("federated_fix", kind="deploy_key", static_secrets=keys) == ""
    written = of_job("static_keys", static_secrets=keys, literal_keys="AWS_SECRET_ACCESS_KEY")
    assert written == "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (written out in the file)"


def test_what_is_only_called_is_told_of_its_callers(of_job: Any) -> None:
    called = {"triggers": "workflow_call", "static_secrets": "AWS_KEY", "secrets": "AWS_KEY", "permissions": ""}
    assert (of_job("static_keys", **called), of_job("job_worth_taking", **called)) == ("AWS_KEY", True)
    called["called_as"] = "github.com/acme/app/.github/workflows/ci.yml#deploy"
    assert (of_job("static_keys", **called), of_job("job_worth_taking", **called)) == ("", False)
    called["triggers"] = "push workflow_call"
    assert (of_job("static_keys", **called), of_job("job_worth_taking", **called)) == ("AWS_KEY", True)


def test_what_takes_the_place_of_each_clouds_key(of_job: Any) -> None:
    azure = of_job("federated_fix", static_secrets="AZURE_CREDENTIALS", environment="Prod: eu")
    assert '"subject": "repo:Acme/app:environment:Prod%3A eu"' in azure
    assert azure.count("az ad app federated-credential create") == 1
    google = of_job("federated_fix", static_secrets="GCP_SA_KEY", branches="release")
    assert "--attribute-condition='assertion.sub == \"repo:Acme/app:ref:refs/heads/release\"'" in google
    assert "/subject/repo:Acme/app:ref:refs/heads/release" in google
    assert of_job("static_clouds", static_secrets="GCP_SA_KEY ARM_CLIENT_SECRET") == "Azure and Google Cloud"


def test_a_hostile_environment_does_not_leave_its_quotes(of_job: Any) -> None:
    fix = of_job("federated_fix", static_secrets="GCP_SA_KEY", environment="'\" || true; $(id)")
    line = next(one for one in fix.splitlines() if "--attribute-condition" in one)
    assert "'\"'\"'" in line
    assert '\\"' in line


def test_the_subject_is_the_one_that_github_says(facts: Any, make: Any) -> None:
    place = {"default_branch": "main", "oidc_sub_prefix": "repo:Acme@7/app@42"}
    tables = facts(identities=[identity(attributes=told(static_secrets="AWS_KEY"))], scopes=scopes(app=place))
    assert '"repo:Acme@7/app@42:ref:refs/heads/main"' in make.cell(tables, "identity.federated_fix")


@pytest.mark.parametrize(("word", "writes"), [("true", False), ("false", True), (None, None)])
def test_whether_a_deploy_key_writes(facts: Any, make: Any, word: str | None, writes: Any) -> None:
    key = identity(f"{APP}/keys/5", "deploy_key", attributes=told(read_only=word) if word else ())
    tables = facts(identities=[key], scopes=scopes())
    assert make.cell(tables, "identity.key_writes") is writes
    assert make.cell(tables, "identity.number") == "5"
    assert make.cell(tables, "identity.github_fix") == "gh repo deploy-key delete 5 --repo acme/app"


@pytest.mark.parametrize(
    ("place", "actions", "complete", "found"),
    [
        (ORG, ("contents=write", "issues=write", "metadata=read"), True, "contents"),
        (APP, ("contents=write",), True, ""),
        (APP, ("contents=write", "members=write"), True, "members"),
        (APP, ("organization_secrets=write",), True, "organization_secrets"),
        (ORG, ("contents=read",), True, ""),
        (ORG, (), False, None),
        (None, ("contents=write",), True, ""),
    ],
)
def test_what_an_app_writes_everywhere(
    facts: Any,
    make: Any,
    place: str | None,
    actions: tuple[str, ...],
    complete: bool,
    found: str | None,
) -> None:
    id_ = f"{ORG}/installations/9"
    policy = Policy(
        id=f"{id_}#permissions",
        provider="github",
        kind="role",
        name="permissions",
        scope_id=ORG,
        statements=(Statement(effect=Effect.ALLOW, actions=actions),) if actions else (),
        complete=complete,
    )
    bound = [Binding(id="b", principal_id=id_, policy_id=policy.id, scope_id=place)] if place else []
    tables = facts(identities=[identity(id_, "app", ORG)], policies=[policy], bindings=bound, scopes=scopes())
    assert make.cell(tables, "identity.organization_wide_writes") == found
    page = "https://github.com/organizations/acme/settings/installations/9"
    assert make.cell(tables, "identity.settings_page") == page


def test_permissions_of_an_app_that_nobody_saw(facts: Any, make: Any) -> None:
    tables = facts(identities=[identity(f"{ORG}/installations/9", "app", ORG)], scopes=scopes())
    assert make.cell(tables, "identity.organization_wide_writes") is None


@pytest.mark.parametrize(
    ("word", "ends", "never"), [("true", False, True), ("false", False, False), ("", True, False), ("", False, None)]
)
def test_whether_a_token_ends(facts: Any, make: Any, word: str, ends: bool, never: Any) -> None:
    id_ = f"{ORG}/personal-access-tokens/3"
    token = Credential(
        id=f"{id_}#token",
        provider="github",
        identity_id=id_,
        scope_id=ORG,
        kind="api_token",
        expires_at=make.now + timedelta(days=5) if ends else None,
        attributes=told(never_expires=word) if word else (),
    )
    tables = facts(identities=[identity(id_, "access_token", ORG)], credentials=[token], scopes=scopes())
    assert make.cell(tables, "credential.never_expires") is never
    assert make.cell(tables, "identity.github_fix").endswith("personal-access-tokens/3 -f action=revoke")


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


def test_evidence_names_file_and_line(facts: Any) -> None:
    row = identity(
        attributes=told(
            source_file=".github/workflows/ci.yml",
            unpinned_third_party="some/action@v1 other/thing@v2",
            static_secrets="AWS_SECRET_ACCESS_KEY",
            head_checkouts="ref",
            injects="github.head_ref",
            lines="some/action@v1#L9 AWS_SECRET_ACCESS_KEY@tools/action.yml#L3 pinned#L4 github.head_ref#L11 ref#L12",
            triggers="push",
            runs_on="big",
        )
    )
    tables = facts(identities=[row], scopes=scopes())
    found = {
        name: [one.text for one in BUILDERS[name](tables.estate, "identity", JOB)]
        for name in ("action_lines", "key_lines", "outsider_lines")
    }
    assert found == {
        "action_lines": ["action that can be moved: some/action@v1 (.github/workflows/ci.yml, line 9)"],
        "key_lines": ["key of a cloud: AWS_SECRET_ACCESS_KEY (tools/action.yml, line 3)"],
        "outsider_lines": [
            "checks out a pull request: ref (.github/workflows/ci.yml, line 12)",
            "runs as a script: github.head_ref (.github/workflows/ci.yml, line 11)",
        ],
    }
    assert BUILDERS["key_lines"](tables.estate, "workload", "none") == []
    shown = [one.text for one in BUILDERS["attributes"](tables.estate, "identity", JOB)]
    assert shown == ["runs_on: big", "triggers: push"]


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
