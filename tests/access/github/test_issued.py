"""Which tokens identities get, and what the tokens say."""

from typing import Any

import pytest

from nhi_scan.access.bridges import Bridges
from nhi_scan.access.federation import Entry
from nhi_scan.access.github.subjects import Writer
from nhi_scan.model.assertion import Assertion

GITHUB = frozenset({"token.actions.githubusercontent.com"})


def subjects(make_world: Any, world: dict[str, Any], who: str) -> list[str]:
    _, access, id_of = make_world(world)
    return [subject(one) for one in access.issued(GITHUB) if one.holder_id == id_of(who)]


def subject(one: Assertion) -> str:
    claim = one.claim("sub")
    if claim is None:
        return "nobody knows"
    assert claim.form == ("glob" if "*" in claim.values[0] else "exact")
    return claim.values[0] + (" ?" if one.open else "")


def job(**told: str) -> dict[str, Any]:
    return {"jobs": {"deploy": {"id_token": "true", **told}}}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"triggers": "push", "branches": "main"}, ["repo:Acme/app:ref:refs/heads/main"]),
        ({"triggers": "push", "branches": "release/** !release/old"}, ["repo:Acme/app:ref:refs/heads/release/*"]),
        ({"triggers": "push", "branches": "v[12].x"}, ["repo:Acme/app:ref:refs/heads/v*"]),
        ({"triggers": "push", "tags": "v*"}, ["repo:Acme/app:ref:refs/tags/v*"]),
        ({"triggers": "push"}, ["repo:Acme/app:ref:refs/heads/*", "repo:Acme/app:ref:refs/tags/*"]),
        ({"triggers": "pull_request"}, ["repo:Acme/app:pull_request"]),
        ({"triggers": "pull_request_target"}, ["repo:Acme/app:ref:refs/heads/main"]),
        ({"triggers": "schedule"}, ["repo:Acme/app:ref:refs/heads/main"]),
        ({"triggers": "workflow_run"}, ["repo:Acme/app:ref:refs/heads/main"]),
        ({"triggers": "release"}, ["repo:Acme/app:ref:refs/tags/*"]),
        (
            {"triggers": "workflow_dispatch"},
            ["repo:Acme/app:ref:refs/heads/*", "repo:Acme/app:ref:refs/tags/*"],
        ),
        ({"triggers": "pull_request schedule", "events": "schedule"}, ["repo:Acme/app:ref:refs/heads/main"]),
        ({"triggers": "pull_request", "events": ""}, []),
        ({"triggers": "schedule", "environment": "Prod"}, ["repo:Acme/app:environment:Prod"]),
        ({"triggers": "schedule", "environment": "eu:1"}, ["repo:Acme/app:environment:eu%3A1"]),
        ({"triggers": "schedule", "environment": "?"}, ["repo:Acme/app:environment:*"]),
        ({"triggers": "schedule", "id_token": "false"}, []),
        ({"triggers": "schedule", "id_token": "?"}, ["repo:Acme/app:ref:refs/heads/main ?"]),
    ],
)
def test_a_job_gets_what_its_file_says(make_world: Any, told: dict[str, str], expected: list[str]) -> None:
    assert subjects(make_world, job(**told), "deploy") == expected


def test_claims_beside_the_subject(make_world: Any) -> None:
    told = {"triggers": "push", "branches": "main", "roles": "arn:aws:iam::111122223333:role/deploy"}
    world = {**job(**told), "org": {"organization_id": "7"}}
    _, access, id_of = make_world(world)
    (one,) = [one for one in access.issued(GITHUB) if one.holder_id == id_of("deploy")]
    assert {claim.name: claim.values for claim in one.claims if claim.form != "any"} == {
        "sub": ("repo:Acme/app:ref:refs/heads/main",),
        "repository": ("Acme/app",),
        "repository_owner": ("Acme",),
        "repository_id": ("42",),
        "repository_owner_id": ("7",),
        "repository_visibility": ("private",),
        "ref": ("refs/heads/main",),
        "ref_type": ("branch",),
        "event_name": ("push",),
        "workflow_ref": ("Acme/app/.github/workflows/ci.yml@refs/heads/main",),
        "job_workflow_ref": ("Acme/app/.github/workflows/ci.yml@refs/heads/main",),
    }
    audience = one.claim("aud")
    assert audience is not None
    assert audience.form == "any"
    assert one.asks_for == ("arn:aws:iam::111122223333:role/deploy",)
    assert not one.complete


@pytest.mark.parametrize(
    ("repo", "org", "expected"),
    [
        ({"oidc_immutable": "true"}, {"organization_id": "7"}, "repo:Acme@7/app@42:ref:refs/heads/main"),
        (
            {"oidc_immutable": None, "oidc_use_default": "true"},
            {"organization_id": "7", "oidc_immutable": "true"},
            "repo:Acme@7/app@42:ref:refs/heads/main",
        ),
        (
            {"oidc_immutable": None, "oidc_use_default": "true"},
            {"oidc_immutable": "false"},
            "repo:Acme/app:ref:refs/heads/main",
        ),
        ({"oidc_immutable": "true"}, {}, "repo:Acme@*/app@42:ref:refs/heads/main ?"),
        ({"oidc_sub_prefix": "repo:Acme@7/App@42"}, {}, "repo:Acme@7/App@42:ref:refs/heads/main"),
        ({"oidc_sub_keys": "repo"}, {}, "repo:Acme/app:ref:refs/heads/main"),
        ({"oidc_use_default": "true", "oidc_sub_keys": "repo"}, {}, "repo:Acme/app:ref:refs/heads/main"),
        ({"oidc_use_default": "false", "oidc_sub_keys": "repo"}, {}, "repo:Acme/app"),
        ({"oidc_use_default": "false"}, {"oidc_sub_keys": "repository_owner"}, "repository_owner:Acme"),
        (
            {"oidc_use_default": "false", "oidc_sub_keys": "repo context job_workflow_ref"},
            {},
            "repo:Acme/app:ref:refs/heads/main:job_workflow_ref:Acme/app/.github/workflows/ci.yml@refs/heads/main",
        ),
        ({"oidc_use_default": "false", "oidc_sub_keys": "repo actor"}, {}, "repo:Acme/app:actor:*"),
    ],
)
def test_a_subject_that_somebody_chose(
    make_world: Any, repo: dict[str, str], org: dict[str, str], expected: str
) -> None:
    world = {**job(triggers="schedule"), "repos": {"app": repo}, "org": org}
    assert subjects(make_world, world, "deploy") == [expected]


@pytest.mark.parametrize(
    ("told", "org"),
    [
        ({}, {}),
        ({}, {"oidc_immutable": "true"}),
        ({}, {"oidc_immutable": "false"}),
        ({"oidc_use_default": "true"}, {}),
    ],
)
def test_where_nobody_told_the_form_of_subjects_it_may_be_either(
    make_world: Any, told: dict[str, str], org: dict[str, str]
) -> None:
    """https://docs.github.com/actions/reference/security/oidc: repositories made since July 15th 2026 have numbers."""
    world = {
        **job(triggers="schedule"),
        "repos": {"app": {"oidc_immutable": None, **told}},
        "org": {"organization_id": "7", **org},
    }
    assert subjects(make_world, world, "deploy") == [
        "repo:Acme/app:ref:refs/heads/main ?",
        "repo:Acme@7/app@42:ref:refs/heads/main ?",
    ]


def test_where_nobody_saw_whether_a_repository_takes_its_owners_form_it_may_be_either(make_world: Any) -> None:
    """https://docs.github.com/actions/reference/security/oidc#customizing-the-subject-claims-for-a-repository."""
    world = {**job(triggers="schedule"), "org": {"oidc_sub_keys": "repo repository_owner"}}
    assert subjects(make_world, world, "deploy") == [
        "repo:Acme/app:ref:refs/heads/main ?",
        "repo:Acme/app:repository_owner:Acme ?",
    ]
    world["org"] = {"oidc_sub_keys": "repo context"}
    assert subjects(make_world, world, "deploy") == ["repo:Acme/app:ref:refs/heads/main"]


def test_on_a_server_of_ones_own_no_subject_has_numbers(make_world: Any) -> None:
    _, access, _ = make_world({"repos": {"app": {"oidc_immutable": None}}})
    writer = Writer(access.places, "git.example.org/acme/app")
    assert list(writer.prefixes.values()) == [""]


def test_a_subject_that_takes_an_environment_is_for_nobody_without_one(make_world: Any) -> None:
    world = {
        **job(triggers="schedule"),
        "repos": {"app": {"oidc_use_default": "false", "oidc_sub_keys": "repo environment"}},
    }
    assert subjects(make_world, world, "deploy") == []


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        ("", "refs/heads/main"),
        ("v1", "refs/*/v1"),
        ("refs/heads/v1", "refs/heads/v1"),
        ("0123456789abcdef0123456789abcdef01234567", "0123456789abcdef0123456789abcdef01234567"),
    ],
)
def test_a_job_of_a_called_workflow_shows_both_files(make_world: Any, ref: str, expected: str) -> None:
    called = {"called_workflow": "Acme/lib/.github/workflows/deploy.yml", "called_ref": ref}
    _, access, id_of = make_world(job(triggers="schedule", **called))
    (one,) = [one for one in access.issued(GITHUB) if one.holder_id == id_of("deploy")]
    assert subject(one) == "repo:Acme/app:ref:refs/heads/main"
    found = {name: one.claim(name) for name in ("workflow_ref", "job_workflow_ref")}
    assert {name: claim.values[0] for name, claim in found.items() if claim is not None} == {
        "workflow_ref": "Acme/app/.github/workflows/ci.yml@refs/heads/main",
        "job_workflow_ref": f"Acme/lib/.github/workflows/deploy.yml@{expected}",
    }


def test_a_job_that_is_only_called_gets_nothing_itself(make_world: Any) -> None:
    assert subjects(make_world, job(triggers="workflow_call"), "deploy") == []


def test_a_job_of_a_matrix_is_in_each_of_its_environments(make_world: Any) -> None:
    found = subjects(make_world, job(triggers="schedule", environment="?", environments="eu us%20east"), "deploy")
    assert found == ["repo:Acme/app:environment:eu", "repo:Acme/app:environment:us east"]


def test_whoever_can_push_gets_a_token_of_every_branch_that_no_rule_protects(make_world: Any) -> None:
    world: dict[str, Any] = {
        "repos": {"app": {"default_branch_protected": "false"}},
        "environments": {
            "prod": {"reviewers": "1", "branch_policy": "none"},
            "test": {"reviewers": "0", "branch_policy": "none"},
        },
    }
    assert sorted(subjects(make_world, world, "app#code")) == [
        "repo:Acme/app:environment:* ?",
        "repo:Acme/app:environment:prod ?",
        "repo:Acme/app:environment:test",
        "repo:Acme/app:pull_request",
        "repo:Acme/app:ref:refs/heads/*",
        "repo:Acme/app:ref:refs/tags/*",
    ]
    assert sorted(subjects(make_world, world, "lib#code")) == [
        "repo:Acme/lib:environment:* ?",
        "repo:Acme/lib:pull_request",
        "repo:Acme/lib:ref:refs/heads/* ?",
        "repo:Acme/lib:ref:refs/heads/*/*",
        "repo:Acme/lib:ref:refs/tags/*",
    ]


@pytest.mark.parametrize(
    ("rulesets", "tags", "pulls"),
    [("none", "", ""), ("branch", "", ""), ("branch tag", " ?", ""), ("push", " ?", " ?"), (None, " ?", "")],
)
def test_rules_about_tags_and_about_pushes_may_keep_them_out(
    make_world: Any, rulesets: str | None, tags: str, pulls: str
) -> None:
    found = subjects(make_world, {"repos": {"app": {"rulesets": rulesets}}}, "app#code")
    assert f"repo:Acme/app:ref:refs/tags/*{tags}" in found
    assert f"repo:Acme/app:pull_request{pulls}" in found


SEEN = {"coverage": {"github-environments": "complete"}}
PROTECTED = {"prod": {"reviewers": "1", "branch_policy": "none"}, "test": {"reviewers": "0", "branch_policy": "none"}}


@pytest.mark.parametrize(
    ("repo", "subject_", "excluded"),
    [
        ({}, "repo:Acme/app:environment:*", ("repo:Acme/app:environment:prod",)),
        (
            {"oidc_use_default": "false", "oidc_sub_keys": "environment repo job_workflow_ref"},
            "environment:*:repo:Acme/app:job_workflow_ref:Acme/app/*@*",
            ("environment:prod:repo:Acme/app:job_workflow_ref:Acme/app/*@*",),
        ),
        ({"oidc_use_default": "false", "oidc_sub_keys": "repo"}, "repo:Acme/app", ()),
    ],
)
def test_whoever_can_push_makes_an_environment_of_any_name_but_those_that_are_protected(
    make_world: Any, repo: dict[str, str], subject_: str, excluded: tuple[str, ...]
) -> None:
    """https://docs.github.com/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments."""
    _, access, id_of = make_world({**SEEN, "repos": {"app": repo}, "environments": PROTECTED})
    (one,) = [
        each
        for each in access.issued(GITHUB)
        if each.holder_id == id_of("app#code") and (claim := each.claim("environment")) and claim.form == "glob"
    ]
    assert subject(one) == subject_
    said = {name: one.claim(name) for name in ("sub", "environment")}
    assert said["sub"] is not None
    assert said["environment"] is not None
    assert said["sub"].excluded == excluded
    assert said["environment"].excluded == ("prod",)
    assert one.detail == "in an environment of any name"


@pytest.mark.parametrize("repo", [{"actions_enabled": "false"}, {"status": "archived"}])
def test_nothing_is_issued_where_nothing_runs(make_world: Any, repo: dict[str, str]) -> None:
    world = {**job(triggers="schedule"), "repos": {"app": repo}}
    assert subjects(make_world, world, "deploy") == []
    assert subjects(make_world, world, "app#code") == []


def test_only_what_somebody_trusts_is_issued(make_world: Any) -> None:
    _, access, _ = make_world(job(triggers="schedule"))
    assert list(access.issued(frozenset({"gitlab.com"}))) == []
    assert access.trusted_issuers == frozenset()
    assert all(access.entries(one) == () for one in access.issued(GITHUB))


@pytest.mark.parametrize(
    ("host", "issuer"),
    [
        ("github.com", "https://token.actions.githubusercontent.com"),
        ("acme.ghe.com", "https://token.actions.acme.ghe.com"),
        ("git.example.org", "https://git.example.org/_services/token"),
    ],
)
def test_who_issues(make_world: Any, host: str, issuer: str) -> None:
    _, access, _ = make_world({})
    assert access._issuing.issuer(f"{host}/acme/app#code") == issuer


def test_an_organization_may_have_an_issuer_of_its_own(make_world: Any) -> None:
    issuer = "https://token.actions.githubusercontent.com/acme"
    _, access, _ = make_world({"org": {"oidc_issuer": issuer}})
    assert {one.issuer for one in access.issued(frozenset({issuer.removeprefix("https://")}))} == {issuer}
    assert list(access.issued(GITHUB)) == []


class Taker:
    """Lets in whoever shows anything of GitHub's."""

    trusted_issuers = GITHUB

    def issued(self, issuers: frozenset[str]) -> tuple[Assertion, ...]:
        assert issuers
        return ()

    def entries(self, assertion: Assertion) -> tuple[Entry, ...]:
        assert assertion.provider == "github"
        return (Entry("role", "trust", state=True),)


def test_what_needs_something_else_first_is_never_a_sure_bridge(make_world: Any) -> None:
    inventory, access, id_of = make_world(job(triggers="schedule", id_token="?"))
    bridges = Bridges(inventory, [access, Taker()])  # type: ignore[list-item] # as much of an engine as is asked
    (bridge,) = bridges.of(id_of("deploy"))
    assert bridge.conditional
    assert bridge.residual == ("its workflow may ask for a token of this kind",)
