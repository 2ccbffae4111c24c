"""The table of requests is held against GitHub's own description of its API, and against what a collection may do."""

import json

import pytest

from nhi_scan.demo.github.routes import ROUTES
from nhi_scan.model.errors import UserError
from nhi_scan.providers.github import kinds, permissions
from nhi_scan.providers.github.asking import is_absent
from nhi_scan.providers.github.calls import PERSON, PERSONS, Row
from nhi_scan.providers.github.faults import of_answer
from nhi_scan.providers.github.permissions import CALLS
from nhi_scan.providers.github.trim import trimmed
from tests.demo.github.description import description, found

# In GitHub's table of permissions, and not in the description's schema:
# https://docs.github.com/rest/authentication/permissions-required-for-github-apps#organization-permissions-for-organization-dependabot-secrets
UNDESCRIBED = {"organization_dependabot_secrets"}
SECRETIVE = {"value", "secret", "token", "key", "url", "download_url", "temp_clone_token", "contact_email", "email"}


def identify(row: Row) -> str:
    return row.operation


@pytest.mark.parametrize("row", CALLS, ids=identify)
def test_a_row_is_a_get_of_githubs_that_apps_may_ask(row: Row) -> None:
    told = description()
    operation = told.operation("GET", row.operation)
    assert operation["x-github"]["enabledForGitHubApps"] is True
    known = told.parameters("GET", row.operation)
    for name in row.params:
        assert known[name] == ("path" if f"{{{name}}}" in row.operation else "query")
    assert ("per_page" in known) == ("per_page" in row.params), "what has pages is asked for the longest"


@pytest.mark.parametrize("row", CALLS, ids=identify)
def test_a_row_says_which_permission_it_takes(row: Row) -> None:
    levels = description().document["components"]["schemas"]["app-permissions"]["properties"]
    assert len(row.permissions) == 1
    name, _, level = row.permissions[0].partition("=")
    assert level == "read"
    assert name in UNDESCRIBED or level in levels[name]["enum"]


def test_githubs_servers_have_all_but_the_newest() -> None:
    folder = found()
    assert description()
    assert folder
    files = sorted(folder.parent.glob("ghes-*[0-9].json"))
    assert files
    for file in files:
        paths = json.loads(file.read_text("utf-8"))["paths"]
        lacking = {row.kind for row in CALLS if "get" not in paths.get(row.operation, {})}
        assert lacking <= {kinds.ORG_FORK_APPROVAL, kinds.REPO_FORK_APPROVAL}, file.name


@pytest.mark.parametrize(
    ("kind", "status", "message", "absent"),
    [
        (kinds.WORKFLOW_FILES, 404, "Not Found", True),
        (kinds.WORKFLOW_FILES, 404, "This repository is empty.", True),
        (kinds.WORKFLOW_FILES, 409, "Git Repository is empty.", True),
        (kinds.WORKFLOW_FILES, 403, "Resource not accessible by integration", False),
        (kinds.BRANCHES, 404, "Branch not found", True),
        (kinds.BRANCHES, 404, "Not Found", False),
        (kinds.BRANCH_PROTECTION, 404, "Branch not protected", True),
        (kinds.BRANCH_PROTECTION, 404, "Not Found", False),
        (kinds.BRANCH_PROTECTION, 403, "Upgrade to GitHub Pro or make this repository public.", True),
        (kinds.BRANCH_RULES, 403, "Upgrade to GitHub Pro or make this repository public.", True),
        (kinds.RULESETS, 403, "Upgrade to GitHub Pro or make this repository public.", True),
        (kinds.DEPLOY_KEYS, 404, "Not Found", False),
        (kinds.WEBHOOKS, 404, "Not Found", False),
    ],
)
def test_absence_is_told_from_what_is_hidden(kind: str, status: int, message: str, absent: bool) -> None:
    row = next(row for row in CALLS if row.kind == kind)
    error = of_answer(status, {}, json.dumps({"message": message}).encode(), 0.0)
    assert is_absent(row, error) is absent


def test_the_table_and_the_server_agree_on_permissions() -> None:
    """They are written down apart from each other, both from GitHub's page."""
    demanded = {route.template: route.permission for route in ROUTES}
    for row in CALLS:
        assert demanded[row.operation] in ("", *row.permissions), row.operation


@pytest.mark.parametrize("row", [row for row in CALLS if row.kind != kinds.WORKFLOW_FILES], ids=identify)
def test_what_a_row_keeps_is_named_and_none_of_it_is_secret(row: Row) -> None:
    assert row.fields
    assert not {path.rpartition(".")[2] for path in row.fields} & (SECRETIVE - {"value"})
    if "properties.value" not in row.fields:
        assert not any(path.endswith("value") for path in row.fields)


def test_every_kind_has_rows_and_says_what_stands_beside_it() -> None:
    named = {value for name, value in vars(kinds).items() if name.isupper() and isinstance(value, str)}
    assert named == {row.kind for row in CALLS}
    for row in CALLS:
        assert set(row.beside) <= set(kinds.OF.get(row.kind, ())), row.kind
        assert not row.for_each or row.for_each in named
        assert ("{repo}" in row.operation) == (
            "full_name" in kinds.OF.get(row.kind, ())
        ) or row.kind == kinds.REPOSITORIES


def test_trimming_keeps_what_is_named_through_lists() -> None:
    record = {"a": {"b": 1, "c": 2}, "list": [{"x": 1, "y": 2}, 7], "whole": {"z": 3}, "gone": 4}
    assert trimmed(record, ("a.b", "list.x", "whole", "missing.deep")) == {
        "a": {"b": 1},
        "list": [{"x": 1}, 7],
        "whole": {"z": 3},
    }
    assert trimmed({"a": 1}, ()) == {"a": 1}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user:canary@hook.example:8443/canary?canary", "hook.example"),
        ("http://[::1/canary", None),
        (7, None),
        ("canary", None),
    ],
)
def test_of_a_webhooks_address_only_the_host_is_kept(url: object, host: str | None) -> None:
    config = trimmed({"config": {"url": url, "secret": "canary"}}, ("config",))["config"]
    assert config["host"] == host
    assert config["has_secret"] is True
    assert "canary" not in str(config)


# -- permissions ------------------------------------------------------------------------------------------------------


def test_the_manifest_asks_to_read_and_no_more() -> None:
    manifest = json.loads(permissions.render("json", usage=False, organization=False))
    assert manifest["default_permissions"] == permissions.wanted()
    assert set(manifest["default_permissions"].values()) == {"read"}
    assert manifest["public"] is False
    assert manifest["hook_attributes"]["active"] is False
    assert {one.partition("=")[0] for row in CALLS for one in row.permissions} == set(manifest["default_permissions"])


def test_the_table_for_people_says_what_each_permission_is_for() -> None:
    table = permissions.render("markdown", usage=False, organization=False)
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    assert len(lines) == len(permissions.wanted())
    for row in CALLS:
        assert f"`GET {row.operation}`" in table, row.operation


def test_a_format_that_there_is_not_and_projects_are_refused() -> None:
    with pytest.raises(UserError, match="unknown format `yaml`: it is one of `json`, `markdown`"):
        permissions.render("yaml", usage=False, organization=False)
    with pytest.raises(UserError, match="`--project` is for `gcp`"):
        permissions.render("json", usage=False, organization=False, project=True)


def test_who_owns_repositories_is_asked_by_three_ways() -> None:
    assert {PERSON.kind, PERSONS.kind} == {kinds.ORGANIZATIONS, kinds.REPOSITORIES}
