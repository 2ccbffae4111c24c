"""Organizations, repositories, environments, secrets, apps, keys, tokens, runners and webhooks as model records."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, LastUsed, Nature
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.github import kinds

SHOP = {"id": 7, "full_name": "Acme/Shop", "visibility": "private", "default_branch": "main", "topics": ["web"]}
NAMED = {"id": 7, "full_name": "Acme/Shop"}
REPO = "github.com/acme/shop"

Read = Callable[..., Records]
Of = Callable[..., Any]


def scope(records: Records, id_: str) -> Scope:
    return next(one for one in records.scopes if one.id == id_)


def test_an_organization_and_its_settings(read: Read) -> None:
    found = read(
        {
            kinds.ORGANIZATIONS: [
                {
                    "login": "Acme",
                    "id": 1,
                    "type": "Organization",
                    "default_repository_permission": "write",
                    "two_factor_requirement_enabled": False,
                    "members_can_create_repositories": True,
                }
            ],
            kinds.ORG_ACTIONS_PERMISSIONS: [{"enabled_repositories": "selected", "allowed_actions": "local_only"}],
            kinds.ORG_WORKFLOW_PERMISSIONS: [
                {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
            ],
            kinds.ORG_OIDC: [{"include_claim_keys": ["repo", "job_workflow_ref"]}],
        }
    )
    acme = scope(found, "github.com/acme")
    assert (acme.kind, acme.name, acme.parent_id, acme.collected) == ("organization", "Acme", "", True)
    assert dict(acme.attributes) == {
        "actions_allowed": "local_only",
        "actions_enabled": "selected",
        "can_approve_reviews": "false",
        "default_permission": "write",
        "default_workflow_permissions": "read",
        "members_can_create_repositories": "true",
        "oidc_sub_keys": "repo job_workflow_ref",
        "organization_id": "1",
        "two_factor_required": "false",
        "type": "Organization",
    }


def test_a_repository_has_its_own_settings_else_those_of_its_organization(read: Read, of: Of) -> None:
    found = read(
        {
            kinds.REPOSITORIES: [SHOP, {"id": 8, "full_name": "acme/old", "private": False, "archived": True}],
            kinds.ORG_WORKFLOW_PERMISSIONS: [
                {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": True}
            ],
            kinds.REPO_WORKFLOW_PERMISSIONS: [of({"default_workflow_permissions": "write"})],
            kinds.REPO_OIDC: [of({"use_default": False, "include_claim_keys": [], "use_immutable_subject": True})],
            kinds.REPOSITORY_PROPERTIES: [
                {
                    "repository_full_name": "acme/shop",
                    "properties": [
                        {"property_name": "owner", "value": "ann@acme.example"},
                        {"property_name": "tiers", "value": ["a", "b"]},
                    ],
                }
            ],
            kinds.DEPLOY_KEYS: [of({"id": 1})],
        }
    )
    shop, old = scope(found, REPO), scope(found, "github.com/acme/old")
    told = dict(shop.attributes)
    assert (told["default_workflow_permissions"], told["can_approve_reviews"]) == ("write", "true")
    assert (told["oidc_use_default"], told["oidc_sub_keys"], told["oidc_immutable"]) == ("false", "", "true")
    assert (told["visibility"], told["repository_id"]) == ("private", "7")
    assert shop.tags == (("owner", "ann@acme.example"), ("tiers", "a, b"), ("web", ""))
    assert (old.status, dict(old.attributes)["visibility"]) == ("archived", "public")
    assert dict(old.attributes)["default_workflow_permissions"] == "read"
    key = next(one for one in found.identities if one.kind == "deploy_key")
    assert key.owner is not None
    assert key.owner.name == "ann@acme.example"


def test_a_repository_renamed_meanwhile_is_one(read: Read, of: Of) -> None:
    found = read(
        {
            kinds.REPOSITORIES: [SHOP],
            kinds.REPO_SECRETS: [of({"name": "A"}, "acme/store", repository_id=7)],
        }
    )
    assert [one.id for one in found.resources] == [f"{REPO}/secrets/a"]
    assert [one.id for one in found.scopes if one.kind == "repository"] == [REPO]


REVIEWS = {"required_pull_request_reviews": {"required_approving_review_count": 1}}
NO_REVIEWS = {"required_pull_request_reviews": {"required_approving_review_count": 0}}
RULE = {"type": "pull_request", "parameters": {"required_approving_review_count": 2}}


@pytest.mark.parametrize(
    ("protected", "protection", "rules", "expected"),
    [
        (False, [], [], "false"),
        (True, [REVIEWS], [], "true"),
        (True, [NO_REVIEWS], [], "false"),
        (True, [{"restrictions": {"users": []}}], [], "true"),
        (True, [{"lock_branch": {"enabled": True}}], [], "true"),
        (True, [], [RULE], "true"),
        (True, [], [{"type": "deletion"}], "false"),
        (True, [], [{"type": "update"}], "true"),
        (None, [], [], None),
        (None, [], [RULE], "true"),
    ],
)
def test_whether_a_writer_alone_reaches_the_default_branch(
    read: Read, of: Of, *, protected: bool | None, protection: list[Any], rules: list[Any], expected: str | None
) -> None:
    found = read(
        {
            kinds.REPOSITORIES: [SHOP],
            kinds.BRANCHES: [] if protected is None else [of({"name": "main", "protected": protected})],
            kinds.BRANCH_PROTECTION: [of(one, branch="main") for one in protection],
            kinds.BRANCH_RULES: [of(one) for one in rules],
        }
    )
    assert dict(scope(found, REPO).attributes).get("default_branch_protected") == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], "none"),
        ([("tag", "active"), ("branch", "active")], "branch tag"),
        ([("tag", "evaluate"), ("push", "disabled")], "none"),
        ([("push", "active"), ("repository", "active")], "push"),
    ],
)
def test_what_rulesets_are_about(read: Read, of: Of, rows: list[tuple[str, str]], expected: str) -> None:
    rulesets = [of({"id": 1, "target": target, "enforcement": word}) for target, word in rows]
    found = read({kinds.REPOSITORIES: [SHOP], kinds.RULESETS: rulesets})
    assert dict(scope(found, REPO).attributes)["rulesets"] == expected
    unread = read({kinds.REPOSITORIES: [SHOP]}, missing={kinds.RULESETS: CoverageStatus.DENIED})
    assert "rulesets" not in dict(scope(unread, REPO).attributes)


def test_where_rules_could_not_be_read_nobody_knows(read: Read, of: Of) -> None:
    found = read(
        {kinds.REPOSITORIES: [SHOP], kinds.BRANCHES: [of({"name": "main", "protected": False})]},
        missing={kinds.BRANCH_RULES: CoverageStatus.DENIED},
    )
    assert "default_branch_protected" not in dict(scope(found, REPO).attributes)


def test_environments_and_what_protects_them(read: Read, of: Of) -> None:
    reviewers = [{"type": "User", "reviewer": {"login": "ann"}}, {"type": "Team", "reviewer": {"slug": "ops"}}]
    rules = [
        {"type": "required_reviewers", "reviewers": reviewers, "prevent_self_review": True},
        {"type": "wait_timer", "wait_timer": 30},
        {"type": "branch_policy"},
        {"type": "deployment_gate"},
    ]
    custom = {"protected_branches": False, "custom_branch_policies": True}
    found = read(
        {
            kinds.REPOSITORIES: [SHOP],
            kinds.ENVIRONMENTS: [
                of(
                    {
                        "name": "Prod/EU",
                        "protection_rules": rules,
                        "deployment_branch_policy": custom,
                        "can_admins_bypass": True,
                    }
                ),
                of({"name": "dev", "protection_rules": [], "deployment_branch_policy": None}),
                of({"name": "odd"}),
            ],
            kinds.ENVIRONMENT_BRANCH_POLICIES: [
                of({"name": "release/*", "type": "branch"}, environment="Prod/EU"),
                of({"name": "main"}, environment="Prod/EU"),
                of({"name": "v*", "type": "tag"}, environment="Prod/EU"),
            ],
        }
    )
    told = {one.name: dict(one.attributes) for one in found.resources}
    assert found.resources[0].id == f"{REPO}/environments/prod%2Feu"
    assert told["Prod/EU"] == {
        "admins_bypass": "true",
        "branch_policy": "custom",
        "branches": "main release/*",
        "custom_rules": "1",
        "prevents_self_review": "true",
        "reviewers": "2",
        "tags": "v*",
        "wait_minutes": "30",
    }
    assert told["dev"] == {"branch_policy": "none", "custom_rules": "0", "reviewers": "0", "wait_minutes": "0"}
    assert told["odd"] == {}
    code = next(one for one in found.identities if one.kind == "repository")
    assert dict(code.attributes)["open_environments"] == f"{REPO}/environments/dev"


def test_secrets_by_name_and_place(read: Read, of: Of) -> None:
    secret = {"name": "AWS_KEY", "created_at": "2024-01-01T00:00:00Z", "updated_at": "2025-01-01T00:00:00Z"}
    found = read(
        {
            kinds.REPOSITORIES: [SHOP],
            kinds.ORG_SECRETS: [{**secret, "visibility": "selected"}, {"name": "ALL", "visibility": "all"}],
            kinds.ORG_SECRET_REPOSITORIES: [{"of": {"secret": "AWS_KEY"}, "record": NAMED}],
            kinds.REPO_SECRETS: [of(secret)],
            kinds.DEPENDABOT_SECRETS: [of(secret)],
            kinds.ENVIRONMENT_SECRETS: [of(secret, environment="prod")],
        }
    )
    told = {one.id.removeprefix("github.com/acme/"): one for one in found.resources}
    assert sorted(told) == [
        "secrets/all",
        "secrets/aws_key",
        "shop/dependabot-secrets/aws_key",
        "shop/environments/prod/secrets/aws_key",
        "shop/secrets/aws_key",
    ]
    shared = dict(told["secrets/aws_key"].attributes)
    assert (shared["visibility"], shared["repositories"]) == ("selected", REPO)
    assert "repositories" not in dict(told["secrets/all"].attributes)
    assert told["shop/secrets/aws_key"].created_at == datetime(2024, 1, 1, tzinfo=UTC)
    assert dict(told["shop/secrets/aws_key"].attributes)["updated_at"] == "2025-01-01T00:00:00Z"


def test_an_app_on_selected_repositories_and_one_on_all(read: Read) -> None:
    permissions = {"contents": "write", "metadata": "read", "organization_administration": "read"}
    found = read(
        {
            kinds.REPOSITORIES: [SHOP],
            kinds.INSTALLATIONS: [
                {
                    "id": 9,
                    "app_id": 90,
                    "app_slug": "deployer",
                    "repository_selection": "selected",
                    "permissions": permissions,
                    "events": ["push"],
                },
                {"id": 10, "app_id": 91, "app_slug": "dependabot", "repository_selection": "all", "permissions": {}},
                {"id": 11, "app_slug": "off", "repository_selection": "all", "suspended_at": "2025-01-01T00:00:00Z"},
            ],
            kinds.INSTALLATION_REPOSITORIES: [{"of": {"installation_id": 9}, "record": NAMED}],
        }
    )
    apps = {one.name: one for one in found.identities if one.kind == "app"}
    assert apps["deployer"].id == "github.com/acme/installations/9"
    assert apps["deployer"].unique_id == "90"
    assert [one.managed_by_provider for one in apps.values()] == [False, True, False]
    assert apps["off"].status == "disabled"
    policies = {one.id: one for one in found.policies}
    own = policies["github.com/acme/installations/9#permissions"]
    assert own.statements[0].actions == ("contents=write", "metadata=read", "organization_administration=read")
    assert not policies["github.com/acme/installations/11#permissions"].complete, "nobody said what it may"
    assert [(one.principal_id.rpartition("/")[2], one.scope_id) for one in found.bindings] == [
        ("9", REPO),
        ("10", "github.com/acme"),
        ("11", "github.com/acme"),
    ]


def test_a_token_acts_for_a_person(read: Read) -> None:
    found = read(
        {
            kinds.REPOSITORIES: [SHOP],
            kinds.TOKEN_GRANTS: [
                {
                    "id": 4,
                    "token_id": 44,
                    "token_name": "ci",
                    "owner": {"login": "ann"},
                    "repository_selection": "subset",
                    "permissions": {"repository": {"contents": "write"}, "organization": {"members": "read"}},
                    "token_expired": False,
                    "token_expires_at": "2026-05-01T00:00:00Z",
                    "token_last_used_at": "2026-01-01T00:00:00Z",
                },
                {"id": 5, "token_id": 45, "token_expires_at": None, "token_last_used_at": None},
            ],
            kinds.TOKEN_GRANT_REPOSITORIES: [{"of": {"grant_id": 4}, "record": NAMED}],
        },
        people=frozenset({"bob"}),
    )
    first, second = (one for one in found.identities if one.kind == "access_token")
    assert (first.name, first.nature) == ("ci", Nature.UNKNOWN)
    assert first.owner is not None
    assert (first.owner.name, first.owner.gone) == ("ann", True)
    assert (second.name, second.owner, second.last_authenticated) == ("token 45", None, NEVER_USED)
    one, two = found.credentials
    assert (one.status, one.last_used) == ("expired", LastUsed.on(datetime(2026, 1, 1, tzinfo=UTC)))
    assert (two.status, dict(two.attributes)) == ("active", {"never_expires": "true"})
    assert found.policies[0].statements[0].actions == ("contents=write", "members=read")
    assert (found.bindings[0].principal_id, found.bindings[0].scope_id) == (first.id, REPO)


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        ({"last_used": None}, NEVER_USED),
        ({}, USE_UNKNOWN),
        ({"last_used": "2026-01-01T00:00:00Z"}, LastUsed.on(datetime(2026, 1, 1, tzinfo=UTC))),
    ],
)
def test_a_deploy_key(read: Read, of: Of, used: dict[str, Any], expected: LastUsed) -> None:
    key = {
        "id": 6,
        "title": "ci",
        "read_only": False,
        "verified": True,
        "added_by": "ann",
        "created_at": "2020-01-01T00:00:00Z",
    }
    found = read({kinds.REPOSITORIES: [SHOP], kinds.DEPLOY_KEYS: [of({**key, **used})]})
    identity = next(one for one in found.identities if one.kind == "deploy_key")
    assert (identity.id, identity.scope_id, identity.name) == (f"{REPO}/keys/6", REPO, "ci")
    assert dict(identity.attributes) == {"added_by": "ann", "read_only": "false", "verified": "true"}
    (credential,) = found.credentials
    assert (credential.kind, credential.last_used) == ("ssh_public_key", expected)
    assert credential.created_at == datetime(2020, 1, 1, tzinfo=UTC)


def test_runners_their_groups_and_webhooks(read: Read, of: Of) -> None:
    runner = {
        "id": 3,
        "name": "box",
        "os": "linux",
        "status": "offline",
        "labels": [{"name": "gpu"}],
        "ephemeral": False,
    }
    hook = {
        "id": 5,
        "active": True,
        "events": ["push", "create"],
        "config": {"url": "https://user:pw@hooks.example/T0/SECRET?x=1", "insecure_ssl": "1"},
    }
    group = {"id": 2, "name": "big", "visibility": "selected", "allows_public_repositories": True}
    found = read(
        {
            kinds.REPOSITORIES: [SHOP],
            kinds.RUNNERS: [{**runner, "runner_group_id": 2}],
            kinds.REPO_RUNNERS: [of(runner)],
            kinds.RUNNER_GROUPS: [group],
            kinds.RUNNER_GROUP_REPOSITORIES: [{"of": {"runner_group_id": 2}, "record": NAMED}],
            kinds.WEBHOOKS: [of(hook)],
        }
    )
    assert [(one.id, one.active) for one in found.workloads] == [
        ("github.com/acme/runners/3", False),
        (f"{REPO}/runners/3", False),
    ]
    assert dict(found.workloads[0].attributes)["runner_group"] == "2"
    resources = {one.kind: dict(one.attributes) for one in found.resources}
    assert resources["runner_group"] == {
        "allows_public_repositories": "true",
        "repositories": REPO,
        "visibility": "selected",
    }
    assert resources["repository_webhook"] == {
        "active": "true",
        "events": "create push",
        "has_secret": "false",
        "host": "hooks.example",
        "insecure_ssl": "true",
    }
    assert "SECRET" not in repr(found.resources)


def test_a_server_of_ones_own(read: Read, of: Of) -> None:
    found = read({kinds.REPOSITORIES: [SHOP], kinds.REPO_SECRETS: [of({"name": "A"})]}, scope="ghe.example/acme")
    assert [one.id for one in found.resources] == ["ghe.example/acme/shop/secrets/a"]
