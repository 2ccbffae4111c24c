"""The generated permissions are sufficient, and each that is missing costs what needs it and nothing else."""

import json
import re
import subprocess
from typing import Any

import pytest

from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.model.errors import UserError
from nhi_scan.providers.azure.permissions import FORMATS, actions, application_permissions, render
from nhi_scan.providers.azure.provider import PROVIDER

NEEDED = application_permissions(usage=True)
ROOT = "/"

# Permission -> what is not complete without it.
COSTS = {
    "AgentIdentity.Read.All": {"graph-agent-identities", "graph-agent-sponsors"},
    "AgentIdentityBlueprint.Read.All": {"graph-agent-blueprints", "graph-agent-inheritable-permissions"},
    "AgentIdentityBlueprintPrincipal.Read.All": {"graph-agent-blueprint-principals"},
    # The rest comes with `Directory.Read.All`.
    "Application.Read.All": {"graph-federated-credentials", "graph-app-management-targets"},
    "AuditLog.Read.All": {"graph-service-principal-sign-ins", "graph-app-credential-sign-ins"},
    "Directory.Read.All": {
        "graph-administrative-unit-members",
        "graph-administrative-units",
        "graph-agent-users",
        "graph-directory-objects",
        "graph-group-members",
        "graph-group-owners",
        "graph-groups",
        "graph-oauth2-permission-grants",
        "graph-users",
    },
    "IdentityRiskyServicePrincipal.Read.All": {"graph-risky-service-principals"},
    "Policy.Read.All": {
        "graph-admin-consent-request-policy",
        "graph-app-management-default-policy",
        "graph-app-management-policies",
        "graph-app-management-targets",
        "graph-authorization-policy",
    },
    "Policy.Read.PermissionGrant": {"graph-permission-grant-policies"},
    "PrivilegedEligibilitySchedule.Read.AzureADGroup": {"graph-group-eligibility-instances"},
    "RoleManagement.Read.Directory": {
        "graph-directory-role-assignment-instances",
        "graph-directory-role-eligibility-instances",
        "graph-directory-role-policies",
    },
}


def _allowed(*missing: str) -> Conduct:
    return Conduct(graph=frozenset(NEEDED) - set(missing), arm={ROOT: frozenset(actions())})


def test_what_is_printed_is_enough(gather: Any) -> None:
    collected = gather(_allowed(), usage=True)

    assert collected.gaps() == {}
    assert {row.status.value for row in collected.snapshot.manifest.coverage} <= {"complete", "skipped"}


def test_every_permission_is_needed_for_something() -> None:
    assert set(COSTS) == set(NEEDED)


@pytest.mark.parametrize("missing", sorted(COSTS))
def test_what_one_costs_is_said_with_its_name(gather: Any, missing: str) -> None:
    collected = gather(_allowed(missing), usage=True)

    gaps = {kind: row for kind, row in collected.gaps().items() if kind.startswith("graph-")}
    assert set(gaps) == COSTS[missing]
    for kind, row in gaps.items():
        assert missing in row.permission.split(", "), kind  # one takes two
        assert "Authorization_RequestDenied" in row.detail


def test_nothing_at_all_loses_no_other_part(gather: Any) -> None:
    collected = gather(Conduct(graph=frozenset(), arm={ROOT: frozenset(actions())}))

    rows = [row for row in collected.snapshot.manifest.coverage if row.record_kind.startswith("graph-")]
    assert {row.status.value for row in rows} <= {"denied", "skipped", "complete"}
    assert collected.row("graph-service-principals").permission == "Application.Read.All"
    assert collected.row("arg-role-assignments").status.value == "complete"


def test_usage_needs_one_more() -> None:
    assert set(NEEDED) - set(application_permissions(usage=False)) == {"AuditLog.Read.All"}


def test_all_of_them_only_read() -> None:
    assert all(re.fullmatch(r"[A-Za-z.]+\.Read\.[A-Za-z]+", one) for one in NEEDED)
    assert all(re.fullmatch(r"Microsoft\.[A-Za-z]+(/[A-Za-z]+)*/read", one) for one in actions())


def test_the_formats_are_those_that_the_provider_offers() -> None:
    assert tuple(PROVIDER.formats) == FORMATS


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_all_permissions_and_no_other(form: str) -> None:
    text = render(form, usage=True, organization=False)

    assert set(re.findall(r"[A-Za-z.]+\.Read\.[A-Za-z]+", text)) == set(NEEDED)
    assert set(re.findall(r"Microsoft\.[A-Za-z]+/[A-Za-z/]*read\b", text)) == set(actions())
    assert text == PROVIDER.permissions(form, usage=True, organization=True)
    assert text.endswith("\n")


def test_json_has_a_role_as_the_command_line_takes_it() -> None:
    document = json.loads(render("json", usage=False, organization=False))

    role = document["customRole"]
    assert set(document) == {"graphApplicationPermissions", "customRole"}
    assert (role["IsCustom"], role["DataActions"], role["NotActions"]) == (True, [], [])
    assert role["Actions"] == sorted(role["Actions"], key=str.lower)
    assert "AuditLog.Read.All" not in document["graphApplicationPermissions"]


@pytest.mark.parametrize(("known", "verb"), [("", "create"), ("id", "update")])
def test_the_commands_are_a_script_that_grants_both(tmp_path: Any, known: str, verb: str) -> None:
    script = tmp_path / "grant.sh"
    script.write_text(render("az", usage=True, organization=False), encoding="utf-8")
    told = tmp_path / "told"
    az = tmp_path / "az"
    lists = f'case "$*" in "role definition list"*) echo {known}; exit 0;; esac'
    az.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {told}\n{lists}\necho https://graph.example/\n', encoding="utf-8")
    az.chmod(0o755)

    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PRINCIPAL_ID": "p", "ROOT_MANAGEMENT_GROUP": "root"}
    subprocess.run(["bash", "-eu", str(script)], check=True, env=environment, capture_output=True)

    words = told.read_text(encoding="utf-8")
    role = json.loads(words.partition("--role-definition\n")[2].partition("\nrole\nassignment")[0])
    assert re.findall("role\ndefinition\n(create|update)\n", words) == [verb]
    assert role["AssignableScopes"] == ["/providers/Microsoft.Management/managementGroups/root"]
    assert tuple(role["Actions"]) == actions()
    assert all(f"appRoles[?value=='{permission}'].id | [0]" in words for permission in NEEDED)
    assert words.count("https://graph.example/v1.0/servicePrincipals/p/appRoleAssignments") == len(NEEDED)
    bodies = re.findall(r"^\{\"principalId.*$", words, re.MULTILINE)
    assert [json.loads(body)["principalId"] for body in bodies] == ["p"] * len(NEEDED)


def test_a_permission_that_a_cloud_does_not_have_is_told_and_the_rest_granted(tmp_path: Any) -> None:
    script = tmp_path / "grant.sh"
    script.write_text(render("az", usage=False, organization=False), encoding="utf-8")
    told = tmp_path / "told"
    az = tmp_path / "az"
    lacks = 'case "$*" in *AgentIdentity.Read.All*) exit 0;; esac'
    az.write_text(f'#!/bin/sh\necho "$@" >> {told}\n{lacks}\necho id\n', encoding="utf-8")
    az.chmod(0o755)

    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PRINCIPAL_ID": "p"}
    run = subprocess.run(["bash", "-eu", str(script)], check=True, env=environment, capture_output=True, text=True)

    assert run.stderr == "this cloud has no permission AgentIdentity.Read.All\n"
    granted = told.read_text(encoding="utf-8").count("/p/appRoleAssignments")
    assert granted == len(application_permissions(usage=False)) - 1


def test_terraform_is_the_permissions_the_role_and_who_has_them() -> None:
    text = render("terraform", usage=False, organization=False)

    assert 'resource "azuread_app_role_assignment" "nhi_scan"' in text
    assert 'resource "azurerm_role_assignment" "nhi_scan"' in text
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"format": "yaml"}, "unknown format `yaml`: it is one of `json`, `az`, `terraform`"),
        ({"format": "json", "project": True}, "`--project` is for `gcp`"),
    ],
)
def test_what_there_is_not_is_a_sentence(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=re.escape(sentence)):
        render(**asked, usage=False, organization=False)
