"""What a collection of GitHub finds, what it leaves alone, and what it costs."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.github.estate import Estate, Repository
from nhi_scan.demo.github.gate import Conduct
from nhi_scan.demo.github.server import serve
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.github import collect, kinds, sessions, settings
from nhi_scan.providers.github.calls_repository import REPOSITORY
from nhi_scan.providers.github.collect import _EVERY
from nhi_scan.snapshot.store import SnapshotWriter
from tests.providers.github.conftest import NOW, SCOPE, Collect
from tests.providers.github.organization import BOT, NEW, OLD, SHOP, SITE, WORKFLOW, small
from tests.providers.steps import Steps

COMPLETE, PARTIAL, DENIED, SKIPPED = (
    CoverageStatus.COMPLETE,
    CoverageStatus.PARTIAL,
    CoverageStatus.DENIED,
    CoverageStatus.SKIPPED,
)
NAMES = ["Northwind/new", "Northwind/old", "Northwind/shop", "Northwind/site"]


def names(found: list[dict[str, Any]], field: str = "name") -> list[Any]:
    return sorted(one[field] for one in found)


# -- what is found ----------------------------------------------------------------------------------------------------


def test_an_app_finds_everything(collecting: Collect) -> None:
    found = collecting()
    assert found.gaps() == {}
    assert {row.record_kind for row in found.snapshot.manifest.coverage} == {row.kind for row in _EVERY}
    assert [one["full_name"] for one in found.records(kinds.REPOSITORIES)] == NAMES
    assert {one["name"]: one["archived"] for one in found.records(kinds.REPOSITORIES)}["old"] is True
    organization = found.records(kinds.ORGANIZATIONS)[0]
    assert (organization["login"], organization["default_repository_permission"]) == ("Northwind", "read")
    assert found.records(kinds.ORG_SELECTED_ACTIONS)[0]["patterns_allowed"] == ["northwind/*"]
    assert names(found.records(kinds.ORG_SECRETS)) == ["EVERYWHERE", "SOME"]
    assert found.beside(kinds.ORG_SECRET_REPOSITORIES) == [{"secret": "SOME"}]
    assert found.records(kinds.ORG_SECRET_REPOSITORIES) == [{"id": SHOP, "full_name": "Northwind/shop"}]
    assert names(found.records(kinds.INSTALLATIONS), "app_slug") == ["bot", "nhi-scan"]
    assert len(found.records(kinds.INSTALLATION_REPOSITORIES)) == 4
    assert found.beside(kinds.TOKEN_GRANT_REPOSITORIES) == [{"grant_id": 41}]
    assert found.beside(kinds.RUNNER_GROUP_REPOSITORIES) == [{"runner_group_id": 2}]
    assert found.records(kinds.REPOSITORY_PROPERTIES)[2]["properties"] == [
        {"property_name": "owner", "value": "commerce"}
    ]


def test_what_belongs_to_a_repository_says_whose_it_is(collecting: Collect) -> None:
    found = collecting()
    of_shop = {"full_name": "Northwind/shop", "repository_id": SHOP}
    for row in REPOSITORY:
        assert all(set(one) == set(kinds.OF[row.kind]) for one in found.beside(row.kind)), row.kind
    assert found.beside(kinds.DEPLOY_KEYS) == [of_shop, of_shop]
    assert [(one["id"], one["read_only"], one["last_used"]) for one in found.records(kinds.DEPLOY_KEYS)] == [
        (81, True, None),
        (82, False, "2025-12-29T00:00:00Z"),
    ]
    assert found.beside(kinds.ENVIRONMENT_SECRETS) == [{**of_shop, "environment": "prod/eu"}]
    assert names(found.records(kinds.ENVIRONMENT_BRANCH_POLICIES)) == ["main"]
    assert found.records(kinds.BRANCHES)[0] == {"name": "main", "protected": False}
    reviews = found.records(kinds.BRANCH_PROTECTION)[0]["required_pull_request_reviews"]
    assert reviews["required_approving_review_count"] == 1
    assert found.records(kinds.BRANCH_RULES)[0]["type"] == "deletion"


def test_only_public_repositories_are_asked_who_approves_forks(collecting: Collect) -> None:
    found = collecting()
    assert [one["repository_id"] for one in found.beside(kinds.REPO_FORK_APPROVAL)] == [SITE]


def test_workflow_files_come_with_their_text(collecting: Collect) -> None:
    found = collecting()
    files = found.records(kinds.WORKFLOW_FILES)
    assert [(one["path"], one["text"]) for one in files] == [
        (".github/workflows/test.yml", WORKFLOW),
        (".github/workflows/zähler.yaml", "on: push # ✓\n"),
        (".github/workflows/test.yml", WORKFLOW),
    ]
    assert [one["repository_id"] for one in found.beside(kinds.WORKFLOW_FILES)] == [SHOP, SHOP, SITE]


def test_a_file_that_is_too_long_is_named_and_not_read(collecting: Collect) -> None:
    estate = replace(
        small(), repositories=[Repository(name="a", id=1, files={".github/workflows/a.yml": "#" * 1_000_001})]
    )
    found = collecting(estate)
    assert found.records(kinds.WORKFLOW_FILES)[0]["text"] is None
    assert "/repos/{owner}/{repo}/git/blobs/{file_sha}" not in found.served.requests


def test_of_a_webhook_no_more_than_the_host_is_kept(collecting: Collect) -> None:
    found = collecting()
    assert found.records(kinds.ORG_WEBHOOKS)[0]["config"] == {
        "host": "hook.example",
        "scheme": "https",
        "insecure_ssl": "0",
        "content_type": "json",
        "has_secret": True,
    }
    assert found.records(kinds.WEBHOOKS)[0]["config"]["has_secret"] is False


def test_no_canary_and_no_token_is_in_a_snapshot(collecting: Collect) -> None:
    for found in (collecting(), collecting(as_person=True, organizations=["northwind"])):
        whole = "".join(
            str(envelope.value())
            for kind in {row.kind for row in _EVERY}
            for envelope in found.snapshot.records("github", "github.com-northwind", kind)
        )
        assert "shop" in whole
        assert "canary" not in whole
        assert "ssh-ed25519" not in whole


# -- what it costs ----------------------------------------------------------------------------------------------------


def test_thirteen_requests_a_repository_and_few_for_an_organization(collecting: Collect) -> None:
    def of(count: int) -> int:
        plain = [Repository(name=f"r{number}", id=number + 1) for number in range(count)]
        return sum(collecting(Estate(login="Northwind", id=1, repositories=plain)).served.requests.values())

    one, three, five = of(1), of(3), of(5)
    assert (three - one, five - three) == (26, 26)
    assert one - 13 == 18


def test_files_that_are_the_same_are_read_once(collecting: Collect) -> None:
    found = collecting()
    assert found.served.requests["/repos/{owner}/{repo}/git/blobs/{file_sha}"] == 2


def test_pages_are_followed(collecting: Collect) -> None:
    whole, paged = collecting(), collecting(conduct=Conduct(page=1))
    for kind in {row.kind for row in _EVERY}:
        assert paged.records(kind) == whole.records(kind), kind
    assert paged.gaps() == {}


def test_the_same_again_is_the_same_to_the_byte(collecting: Collect) -> None:
    first, second = collecting(), collecting()
    assert first.snapshot.manifest.files == second.snapshot.manifest.files
    assert first.snapshot.manifest.coverage == second.snapshot.manifest.coverage
    assert len(first.snapshot.manifest.files) > 20


# -- who asks, and about what -----------------------------------------------------------------------------------------


def test_a_person_sees_all_but_what_only_apps_may_ask(collecting: Collect) -> None:
    found = collecting(as_person=True)
    assert set(found.gaps()) == {kinds.TOKEN_GRANTS, kinds.TOKEN_GRANT_REPOSITORIES}
    row = found.row(kinds.TOKEN_GRANTS)
    assert (row.status, row.permission) == (DENIED, "organization_personal_access_tokens=read")
    assert [one["full_name"] for one in found.records(kinds.REPOSITORIES)] == NAMES


def test_a_token_of_an_installation_sees_its_repositories(collecting: Collect) -> None:
    with serve(replace(small(), installed=["site"]), NOW) as served:
        section = {"base_url": served.endpoint, "ca_file": served.ca_file}
        app = {"app_id": served.app_id, "private_key": served.private_key_file}
        clients = sessions.connect(settings.parse({**section, **app}))
        sessions.find(settings.parse({**section, **app}), clients)
        collecting.monkeypatch.setenv("GITHUB_TOKEN", clients._header("Northwind").removeprefix("Bearer "))
        clients.close()
        found = collecting.from_server(served, app_id="", private_key="")
    assert [one["id"] for one in found.records(kinds.REPOSITORIES)] == [SITE]
    assert found.row(kinds.ORG_SECRETS).status is COMPLETE


def test_the_repositories_of_another_app_are_told_as_unknown(collecting: Collect) -> None:
    whole = small()
    found = collecting(replace(whole, installations=[*whole.installations, BOT]))
    row = found.row(kinds.INSTALLATION_REPOSITORIES)
    assert (row.status, row.permission) == (PARTIAL, "")
    assert "only they can ask: `bot`" in row.detail


def test_named_repositories_are_all_that_is_asked_about(collecting: Collect) -> None:
    found = collecting(repositories=["northwind/shop"])
    assert [one["id"] for one in found.records(kinds.REPOSITORIES)] == [SHOP]
    row = found.row(kinds.REPOSITORIES)
    assert (row.status, row.detail) == (PARTIAL, "only repositories that were named were asked about")
    assert found.row(kinds.ORG_SECRETS).status is COMPLETE
    assert found.row(kinds.DEPLOY_KEYS).status is PARTIAL


def test_an_app_in_selected_repositories_says_that_there_may_be_more(collecting: Collect) -> None:
    own = {**small().installations[0], "repository_selection": "selected"}
    found = collecting(replace(small(), installed=["site"], installations=[own]))
    assert [one["id"] for one in found.records(kinds.REPOSITORIES)] == [SITE]
    assert found.row(kinds.REPOSITORIES).detail == "the app is installed in selected repositories only"


def test_archived_repositories_are_listed_and_may_be_left_alone(collecting: Collect) -> None:
    found = collecting(archived=False)
    assert OLD in [one["id"] for one in found.records(kinds.REPOSITORIES)]
    assert OLD not in [one["repository_id"] for one in found.beside(kinds.REPO_ACTIONS_PERMISSIONS)]
    row = found.row(kinds.REPO_ACTIONS_PERMISSIONS)
    assert (row.status, row.detail) == (PARTIAL, "archived repositories were not looked into (`archived`)")


@pytest.mark.parametrize("as_person", [True, False])
def test_a_person_may_own_repositories(collecting: Collect, as_person: bool) -> None:
    found = collecting(replace(small(), person=True), as_person=as_person, organizations=["northwind"])
    assert found.records(kinds.ORGANIZATIONS)[0]["type"] == "User"
    assert found.row(kinds.ORG_SECRETS).status is SKIPPED
    seen = [one["id"] for one in found.records(kinds.REPOSITORIES)]
    assert seen == ([SITE] if as_person else [NEW, OLD, SHOP, SITE])
    assert ("name the others" in found.row(kinds.REPOSITORIES).detail) is as_person


def test_an_organization_without_repositories_is_complete(collecting: Collect) -> None:
    found = collecting(replace(small(), repositories=[]))
    assert found.gaps() == {}
    assert found.row(kinds.DEPLOY_KEYS).records == 0


def test_a_suspended_installation_is_told_of_everything(collecting: Collect) -> None:
    own = {**small().installations[0], "suspended": 4}
    with pytest.raises(UserError, match=r"nothing of `Northwind` on `github.com` can be seen: .*suspended"):
        collecting(replace(small(), installations=[own]))


def test_an_organization_that_the_app_is_not_in_is_told_beside_the_others(collecting: Collect) -> None:
    found = collecting(organizations=["northwind", "contoso"])
    denied = [row for row in found.snapshot.manifest.coverage if row.scope_id == "github.com/contoso"]
    assert {row.status for row in denied} == {DENIED}
    assert denied[0].detail == "`NotInstalled`: the app is not installed in `contoso`"
    assert found.row(kinds.REPOSITORIES).status is COMPLETE


def test_what_nobody_sees_is_an_error_and_no_empty_snapshot(collecting: Collect) -> None:
    with pytest.raises(UserError, match=r"nothing of `contoso` on `github.com` can be seen: `404`"):
        collecting(as_person=True, organizations=["contoso"])


def test_progress_begins_and_ends_with_the_organization(collecting: Collect) -> None:
    told = collecting().steps.told
    assert told[0] == ("start", SCOPE)
    assert told[-1] == ("done", SCOPE)
    assert len(told) == 2 + 1 + 4


def test_checkouts_take_no_credentials(collecting: Collect, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "test.yml").write_text(WORKFLOW, "utf-8")
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text('[remote "origin"]\n\turl = git@github.com:Northwind/shop.git\n', "utf-8")
    writer = SnapshotWriter.create(tmp_path / "out", NOW, "test")
    with ThreadPoolExecutor(1) as executor:
        collect.collect(settings.parse({"workflows": [str(folder)]}), writer, Steps(), executor)
    snapshot = writer.finish()
    # What was not asked for on purpose is no gap: a gate that wants everything passes.
    assert {(row.scope_id, row.record_kind, row.status) for row in snapshot.manifest.coverage} == {
        (SCOPE, kinds.WORKFLOW_FILES, CoverageStatus.SKIPPED),
        (f"{SCOPE}/shop", kinds.WORKFLOW_FILES, CoverageStatus.COMPLETE),
    }
    found = list(snapshot.records("github", "github.com-northwind", kinds.WORKFLOW_FILES))
    assert [(dict(one.of), one.value()["text"]) for one in found] == [({"full_name": "Northwind/shop"}, WORKFLOW)]
    beside = collecting(workflows=[str(folder)])
    assert len(beside.records(kinds.WORKFLOW_FILES)) == 3
