"""What a collection makes of everything that goes wrong: it goes on, and says what it lacks."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.github.estate import Estate, Repository
from nhi_scan.demo.github.gate import FOREVER, Conduct, Fault
from nhi_scan.demo.github.routes import ROUTES
from nhi_scan.demo.github.server import serve
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.collect import _EVERY
from nhi_scan.providers.github.permissions import CALLS, wanted
from tests.providers.github.conftest import NOW, Collect, Collected
from tests.providers.github.organization import OLD, SHOP, SITE, small
from tests.providers.steps import Steps

COMPLETE, PARTIAL, DENIED, FAILED = (
    CoverageStatus.COMPLETE,
    CoverageStatus.PARTIAL,
    CoverageStatus.DENIED,
    CoverageStatus.FAILED,
)
KEYS, HOOKS, SECRETS = "/keys", "/hooks", "/actions/secrets"


def whole(found: Collected) -> dict[str, Any]:
    return {kind: found.records(kind) for kind in sorted({row.kind for row in _EVERY})}


def faulty(*faults: Fault, **more: Any) -> Conduct:
    return Conduct(faults=faults, **more)


# -- permissions ------------------------------------------------------------------------------------------------------


def test_the_permissions_that_are_printed_are_enough(collecting: Collect) -> None:
    found = collecting(conduct=Conduct(permissions=wanted()))
    assert found.gaps() == {}
    assert whole(found) == whole(collecting())


@pytest.mark.parametrize("lacking", sorted(set(wanted()) - {"metadata"}))
def test_without_a_permission_exactly_its_rows_are_denied(collecting: Collect, lacking: str) -> None:
    given = {name: level for name, level in wanted().items() if name != lacking}
    found = collecting(conduct=Conduct(permissions=given))
    rows = {row.kind for row in CALLS if f"{lacking}=read" in row.permissions}
    below = {row.kind for row in CALLS if row.for_each in rows}
    # Whose repositories an installation has is only known where the installations are.
    hangs = {kinds.INSTALLATION_REPOSITORIES} if kinds.INSTALLATIONS in rows else set()
    assert set(found.gaps()) == rows | below | hangs
    assert {found.row(kind).status for kind in rows} == {DENIED}
    assert {found.row(kind).permission for kind in rows} == {f"{lacking}=read"}


def test_what_the_app_lacks_is_not_asked_of_every_repository(collecting: Collect) -> None:
    given = {name: level for name, level in wanted().items() if name != "secrets"}
    plain = [Repository(name=f"r{number:02d}", id=number + 1) for number in range(16)]
    found = collecting(Estate(login="Northwind", id=1, repositories=plain), Conduct(permissions=given))
    assert found.row(kinds.REPO_SECRETS).status is DENIED
    assert found.served.requests["/repos/{owner}/{repo}/actions/secrets"] <= 8  # four threads, until one has heard


def test_a_token_asks_for_nothing_that_it_does_not_need(collecting: Collect) -> None:
    given = {**wanted(), "contents": "write", "administration": "write", "members": "write"}
    found = collecting(conduct=Conduct(permissions=given, record=True))
    made = [one for one in found.served.exchanges if one.method == "POST"]
    assert [one.body["permissions"] for one in made] == [wanted()]


def test_where_a_token_cannot_be_cut_down_it_is_taken_whole(collecting: Collect) -> None:
    found = collecting(conduct=faulty(Fault(path="/access_tokens", kind="422")))
    assert found.gaps() == {}
    assert found.served.requests["/app/installations/{installation_id}/access_tokens"] == 2


def test_a_person_without_rights_on_a_repository_is_told_so(collecting: Collect) -> None:
    given = {name: level for name, level in wanted().items() if name != "administration"}
    row = collecting(conduct=Conduct(permissions=given), as_person=True).row(kinds.DEPLOY_KEYS)
    assert row.status is DENIED
    assert row.permission == "administration=read"
    assert "GitHub answers so to who may not see it" in row.detail


# -- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["primary", "secondary", "429"])
def test_a_limit_is_waited_for(collecting: Collect, kind: str) -> None:
    found = collecting(conduct=faulty(Fault(path=KEYS, kind=kind, times=2)))
    assert found.gaps() == {}
    assert found.served.requests["/repos/{owner}/{repo}/keys"] == 6
    assert len(found.steps.told) > 2 + 1 + 4 or kind != "primary", "a wait of a second is shown"


def test_a_limit_that_is_too_far_ends_the_asking_and_is_told(collecting: Collect) -> None:
    conduct = faulty(Fault(path=KEYS, kind="primary", times=FOREVER), reset_after=3600)
    found = collecting(conduct=conduct, wait_at_most=60)
    row = found.row(kinds.DEPLOY_KEYS)
    assert row.status in (PARTIAL, FAILED)
    assert "no more than 60 are waited in all: raise `wait_at_most`" in row.detail
    assert found.served.requests["/repos/{owner}/{repo}/keys"] <= 4
    assert found.row(kinds.REPOSITORIES).status is COMPLETE


# -- the wire ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["503", "truncated", "closed", "html"])
def test_what_fails_once_is_asked_again(collecting: Collect, kind: str) -> None:
    found = collecting(conduct=faulty(Fault(path="/actions/oidc", kind=kind)))
    assert found.gaps() == {}
    assert whole(found) == whole(collecting())


@pytest.mark.parametrize("kind", ["500", "elsewhere", "422"])
def test_what_fails_for_good_is_told_and_the_rest_goes_on(collecting: Collect, kind: str) -> None:
    found = collecting(conduct=faulty(Fault(path=HOOKS, kind=kind, times=FOREVER)), max_attempts=2)
    assert set(found.gaps()) == {kinds.WEBHOOKS, kinds.ORG_WEBHOOKS}
    assert found.row(kinds.WEBHOOKS).status is FAILED
    assert found.row(kinds.WEBHOOKS).permission == ""


def test_the_token_goes_to_no_other_server(collecting: Collect) -> None:
    moved = collecting(conduct=faulty(Fault(path="/orgs/Northwind/hooks", kind="elsewhere", times=FOREVER)))
    assert moved.row(kinds.ORG_WEBHOOKS).detail == "`302`: it was moved to where the token is not sent"
    linked = collecting(conduct=faulty(Fault(path="/orgs/Northwind/hooks", kind="link_elsewhere", times=FOREVER)))
    assert "the next page is on another server, where the token is not sent" in linked.row(kinds.ORG_WEBHOOKS).detail


def test_a_page_that_leads_to_itself_ends(collecting: Collect) -> None:
    found = collecting(conduct=faulty(Fault(path="/orgs/Northwind/hooks", kind="repeated_link", times=FOREVER)))
    assert found.row(kinds.ORG_WEBHOOKS).detail == "`PagingLoop`: a page came twice"


def test_a_server_that_repeats_the_token_is_not_quoted_with_it(collecting: Collect) -> None:
    with serve(small(), NOW) as quiet:
        token = quiet.token
    echo = Fault(path=HOOKS, kind="422", times=FOREVER, message=f"what is {token} to me")
    row = collecting(conduct=faulty(echo), as_person=True).row(kinds.WEBHOOKS)
    assert "what is *** to me" in row.detail


@pytest.mark.parametrize("part", range(5))
def test_odd_types_break_nothing(collecting: Collect, part: int) -> None:
    paths = [one.template.removeprefix("/repos/{owner}/{repo}") for one in ROUTES if one.app][part::5]
    texts = [path.replace("{org}", "Northwind").partition("{")[0] or "/repos/Northwind/" for path in paths]
    found = collecting(
        conduct=faulty(*(Fault(path=one, kind="odd_type", times=FOREVER) for one in texts)), max_attempts=1
    )
    assert {row.record_kind for row in found.snapshot.manifest.coverage} >= {row.kind for row in _EVERY}


@pytest.mark.parametrize(("kind", "told"), [("500", "`500`"), ("odd_type", "the answer is no file")])
def test_a_file_that_cannot_be_read_is_told(collecting: Collect, kind: str, told: str) -> None:
    found = collecting(conduct=faulty(Fault(path="/git/blobs", kind=kind)), max_attempts=1)
    row = found.row(kinds.WORKFLOW_FILES)
    assert (row.status, told in row.detail, row.records) == (PARTIAL, True, 2)


def test_a_folder_that_github_does_not_list_to_its_end_is_told(collecting: Collect) -> None:
    files = {f".github/workflows/{number:04d}.yml": "on: push\n" for number in range(1001)}
    found = collecting(Estate(login="Northwind", id=1, repositories=[Repository(name="a", id=1, files=files)]))
    row = found.row(kinds.WORKFLOW_FILES)
    assert (row.status, row.records) == (PARTIAL, 1000)
    assert "GitHub lists no more than 1000 files of a folder" in row.detail
    assert found.served.requests["/repos/{owner}/{repo}/git/blobs/{file_sha}"] == 1


# -- refusals ---------------------------------------------------------------------------------------------------------


def test_single_sign_on_says_what_to_do_and_quotes_no_address(collecting: Collect) -> None:
    conduct = faulty(Fault(path=SECRETS, kind="sso", times=FOREVER))
    row = collecting(conduct=conduct, as_person=True).row(kinds.ORG_SECRETS)
    assert row.status is DENIED
    assert "`Configure SSO`" in row.detail
    assert "CANARY" not in row.detail


def test_organizations_that_want_single_sign_on_may_be_missing(collecting: Collect) -> None:
    found = collecting(conduct=faulty(Fault(path="/user/orgs", kind="partial")), as_person=True)
    row = found.row("github-organizations-search")
    assert (row.status, "`Configure SSO`" in row.detail) == (PARTIAL, True)


def test_an_installation_that_is_suspended_meanwhile_is_told(collecting: Collect) -> None:
    conduct = faulty(Fault(path="/repos/", kind="suspended", times=FOREVER))
    row = collecting(conduct=conduct).row(kinds.DEPLOY_KEYS)
    assert (row.status, "an owner of the organization can lift that" in row.detail) == (DENIED, True)


def test_a_token_that_is_refused_before_its_end_is_made_anew(collecting: Collect) -> None:
    found = collecting(conduct=faulty(Fault(path=KEYS, kind="401")))
    assert found.gaps() == {}
    assert found.served.requests["/app/installations/{installation_id}/access_tokens"] == 2


def test_tokens_are_made_anew_before_they_end(collecting: Collect) -> None:
    found = collecting(conduct=Conduct(token_seconds=299))
    assert found.gaps() == {}
    assert found.served.requests["/app/installations/{installation_id}/access_tokens"] > 10


def test_bad_credentials_are_said_in_a_sentence(collecting: Collect, tmp_path: Path) -> None:
    with serve(small(), NOW, faulty(Fault(path="/rate_limit", kind="401", times=FOREVER))) as served:
        with pytest.raises(UserError, match="does not take the token: `401`"):
            collecting.from_server(served, as_person=True)
        collecting.monkeypatch.delenv("GH_ENTERPRISE_TOKEN")
        with pytest.raises(UserError, match="no credentials for GitHub: set one of `GH_ENTERPRISE_TOKEN`"):
            collecting.from_server(served, app_id="", private_key="")
        with pytest.raises(UserError, match=r"`providers\.github\.installation_id`: the app has no installation `7`"):
            collecting.from_server(served, installation_id="7")
        key = tmp_path / "key.pem"
        key.write_text("-----BEGIN canary-----", "utf-8")
        with pytest.raises(UserError, match="holds no private key") as told:
            collecting.from_server(served, private_key=str(key))
        assert "canary" not in str(told.value)
        with pytest.raises(UserError, match=r"cannot be asked: `TLS`: certificate verify failed: .*`ca_file` names"):
            collecting.from_server(served, ca_file="")


def test_an_app_that_is_not_taken_is_told(collecting: Collect) -> None:
    with pytest.raises(UserError, match=r"does not take the app \(`app_id`, `private_key`\): `401`"):
        collecting(app_id="7")


def test_a_server_of_ones_own_need_not_have_limits(collecting: Collect) -> None:
    conduct = faulty(Fault(path="/rate_limit", kind="404", times=FOREVER))
    assert collecting(conduct=conduct, as_person=True).row(kinds.REPOSITORIES).status is COMPLETE


# -- repositories that change meanwhile -------------------------------------------------------------------------------


def test_a_repository_that_is_renamed_meanwhile_is_there_once_under_its_new_name(collecting: Collect) -> None:
    fault = Fault(path="/repos/Northwind/shop/environments", kind="rename", repository=SHOP, name="store")
    found = collecting(conduct=faulty(fault))
    assert found.gaps() == {}
    listed = [one["full_name"] for one in found.records(kinds.REPOSITORIES)]
    assert sorted(listed) == ["Northwind/new", "Northwind/old", "Northwind/site", "Northwind/store"]
    for kind in (kinds.REPO_ACTIONS_PERMISSIONS, kinds.ENVIRONMENTS, kinds.DEPLOY_KEYS, kinds.WORKFLOW_FILES):
        of_it = [one["full_name"] for one in found.beside(kind) if one["repository_id"] == SHOP]
        assert set(of_it) == {"Northwind/store"}, kind
    assert len(found.records(kinds.ENVIRONMENTS)) == 2


def test_a_repository_that_is_deleted_meanwhile_leaves_nothing(collecting: Collect) -> None:
    fault = Fault(path="/repos/Northwind/shop/environments", kind="gone", repository=SHOP)
    found = collecting(conduct=faulty(fault))
    assert found.gaps() == {}
    assert SHOP not in [one["id"] for one in found.records(kinds.REPOSITORIES)]
    assert SHOP not in [one["repository_id"] for one in found.beside(kinds.REPO_ACTIONS_PERMISSIONS)]


def test_a_repository_that_github_has_closed_is_left_after_one_question(collecting: Collect) -> None:
    closed = [replace(one, blocked=True) if one.id == SITE else one for one in small().repositories]
    found = collecting(replace(small(), repositories=closed))
    row = found.row(kinds.DEPLOY_KEYS)
    assert (row.status, "`451`: Repository access blocked" in row.detail) == (PARTIAL, True)
    assert SITE in [one["id"] for one in found.records(kinds.REPOSITORIES)]
    assert found.served.requests["/repos/{owner}/{repo}/keys"] == 3


def test_what_an_organization_is_may_fail_and_its_repositories_be_there(collecting: Collect) -> None:
    found = collecting(conduct=faulty(Fault(path="/orgs/Northwind", kind="500")), max_attempts=1)
    assert found.row(kinds.ORGANIZATIONS).status is FAILED
    assert found.row(kinds.REPOSITORIES).status is COMPLETE


def test_where_the_list_is_not_whole_nothing_about_repositories_is(collecting: Collect) -> None:
    fault = Fault(path="/orgs/Northwind/repos", kind="500", after=1, times=FOREVER)
    found = collecting(conduct=faulty(fault, page=2), max_attempts=1)
    assert len(found.records(kinds.REPOSITORIES)) == 2
    for kind in (kinds.REPOSITORIES, kinds.DEPLOY_KEYS, kinds.WORKFLOW_FILES):
        assert found.row(kind).status is PARTIAL, kind
    assert found.row(kinds.DEPLOY_KEYS).detail.startswith("`github-repositories` is not complete: `500`")


# -- resuming ---------------------------------------------------------------------------------------------------------


class DiedError(Exception):
    """Stands for a kill."""


@pytest.mark.parametrize("steps", [1, 4, 9])
def test_a_run_that_died_is_gone_on_with(collecting: Collect, tmp_path: Path, steps: int) -> None:
    plain = [Repository(name=f"r{number:02d}", id=number + 1) for number in range(12)]
    estate = Estate(login="Northwind", id=1, repositories=plain)
    undisturbed = collecting(estate)
    with serve(estate, NOW) as served:
        with pytest.raises(DiedError):
            collecting.from_server(served, Steps((steps, DiedError)))
        asked = sum(served.requests.values())
        again = collecting.from_server(served, resume=str(tmp_path / f"snapshot-{collecting.number}"))
        cost = sum(served.requests.values()) - asked
    assert again.snapshot.manifest.files == undisturbed.snapshot.manifest.files
    assert again.snapshot.manifest.coverage == undisturbed.snapshot.manifest.coverage
    assert cost < sum(undisturbed.served.requests.values())
    assert OLD not in [one["id"] for one in again.records(kinds.REPOSITORIES)]
