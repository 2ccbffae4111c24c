"""Azure as a user types it: a tenant collected from a local server that speaks Microsoft's protocols, then asked."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.cli.run import run
from nhi_scan.demo.azure.estate import Estate
from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.load import load
from nhi_scan.demo.azure.server import serve
from nhi_scan.demo.azure.world import World
from nhi_scan.demo.environment import environment

Say = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ESTATE = load("northwind-azure").estate
GRAPH, ARM = World(ESTATE, NOW).assigned()
PRODUCTION, DEVELOPMENT, PLATFORM = (f"/subscriptions/{one['subscriptionId']}" for one in ESTATE.subscriptions)
TENANT = f"/tenants/{ESTATE.organization['id']}"
VAULT = f"{PRODUCTION}/resourceGroups/rg-legacy/providers/Microsoft.KeyVault/vaults/kv-legacy"
DEPLOYER, REGISTRAR = "Deploys everything", "Registers applications for teams"
APPLICATION = next(one["id"] for one in ESTATE.applications if one["displayName"] == DEPLOYER)
PRINCIPAL = next(one["id"] for one in ESTATE.service_principals if one["displayName"] == DEPLOYER)
DELETE = "Microsoft.Compute/virtualMachines/delete"


def start(folder: Path, conduct: Conduct, *words: str, estate: Estate = ESTATE) -> int:
    """Run `nhi-scan` against the tenant with the credentials of the environment."""
    with serve(estate, NOW, conduct) as served:
        sign_in = {
            "AZURE_TENANT_ID": served.tenant_id,
            "AZURE_CLIENT_ID": served.client_id,
            "AZURE_CLIENT_SECRET": served.client_secret,
        }
        section: dict[str, Any] = dict.fromkeys(("authority", "graph_endpoint", "arm_endpoint"), served.endpoint)
        section |= {"ca_file": served.ca_file, "max_attempts": 1}
        (folder / "nhi-scan.yaml").write_text(json.dumps({"providers": {"azure": section}}))
        with environment(sign_in):
            return run([*words, "--provider", "azure", "-q", "--config", str(folder / "nhi-scan.yaml")])


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A snapshot of a whole tenant, by `nhi-scan collect --provider azure --usage`."""
    folder = tmp_path_factory.mktemp("azure")
    assert start(folder, Conduct(as_assigned=True), "collect", "--usage", "-o", str(folder / "snapshot")) == 0
    return str(folder / "snapshot")


@pytest.mark.parametrize("name", [DEPLOYER, PRINCIPAL, PRINCIPAL.upper()])
@pytest.mark.parametrize("place", [PRODUCTION, PRODUCTION.upper(), f"{PRODUCTION}/resourceGroups/RG-Legacy"])
def test_a_principal_and_a_place_have_many_names(say: Say, azure: str, name: str, place: str) -> None:
    code, out, err = say("can", name, DELETE.upper(), place, "-s", azure)

    assert (code, err) == (0, "")
    assert out.startswith(f"allowed: {DEPLOYER} ({PRINCIPAL}) may do {DELETE.upper()} on ")
    assert f" on nw-production ({PRODUCTION}) for {DEPLOYER}" in out


def test_what_nobody_gave_is_denied(say: Say, azure: str) -> None:
    out = say("can", DEPLOYER, DELETE, DEVELOPMENT, "-s", azure, "-f", "json")[1]

    assert json.loads(out)["decision"] == "denied"


def test_who_holds_what_is_answered_of_both_halves(say: Say, azure: str) -> None:
    roles = say("who-can", "Microsoft.Graph/RoleManagement.ReadWrite.Directory", "-s", azure)[1]
    owned = say("who-can", "microsoft.directory/applications/credentials/update", APPLICATION, "-s", azure)[1]
    opens = say("who-can", "Microsoft.KeyVault/vaults/secrets/getSecret/action", VAULT, "-s", azure)[1]

    assert [line.split(maxsplit=1)[1].partition(" (")[0] for line in roles.splitlines()[1:]] == [
        "Hands out directory roles"
    ]
    assert "anna.kovac@northwind.example" in owned
    assert "Copies tables to the warehouse" in opens


@pytest.mark.parametrize(
    "target", [PRODUCTION, PRODUCTION.upper(), PRODUCTION.rpartition("/")[2].upper(), "nw-production", "admin"]
)
def test_ways_lead_to_the_control_of_a_subscription(say: Say, azure: str, target: str) -> None:
    found = json.loads(say("paths", "--to", target, "-s", azure, "-f", "json", "--limit", "100")[1])

    ends = {(route["source"], route["steps"][-1]["target"]) for route in found["routes"]}
    assert (PRINCIPAL, PRODUCTION) in ends
    assert any(end == TENANT for _, end in ends)


def test_a_way_leads_from_a_machine_to_what_another_runs_as(say: Say, azure: str) -> None:
    out = say("paths", "--from", "vm-build", "-s", azure)[1]

    assert "1. azure-compute-virtual-machines-run-command -> id-release (" in out
    assert f" -> nw-platform ({PLATFORM}): " in out


def test_a_level_is_explained_step_by_step(say: Say, azure: str) -> None:
    out = say("explain", REGISTRAR, "-s", azure)[1]

    assert f"{REGISTRAR} (" in out.splitlines()[0]
    assert out.splitlines()[0].endswith("can become administrator")
    assert "Add a credential to any application" in out


def test_a_tenant_is_meant_by_its_name_and_by_its_number(say: Say, azure: str) -> None:
    found = [say("paths", "--to", name, "-s", azure) for name in (TENANT, TENANT.rpartition("/")[2], "Northwind")]

    assert found[0][0] == 0
    assert found[0][1].count(TENANT) > 0
    assert found[1:] == found[:1] * 2


@pytest.mark.parametrize(
    ("question", "word"),
    [
        (["can", DEPLOYER, "s3:GetObject"], "`s3:GetObject` is no action of what is in the snapshot: `azure`"),
        (["who-can", "storage.objects.get"], "`storage.objects.get` is no action of what is in the snapshot: `azure`"),
        (["can", DEPLOYER, "Microsoft.Compute/*"], "`Microsoft.Compute/*` is a pattern"),
        (["can", DEPLOYER, DELETE, "nw-production"], "`nw-production` is no name of a resource"),
        (["can", "nobody", DELETE], "no identity `nobody`"),
        (["can", "sg-tier-zero", DELETE], "it is a group, of 1 known members"),
        (["paths", "--to", "/subscriptions/nobodys"], "no identity, resource or place `/subscriptions/nobodys`"),
    ],
)
def test_a_question_that_can_have_no_answer_is_refused(say: Say, azure: str, question: list[str], word: str) -> None:
    code, out, err = say(*question, "-s", azure)

    assert (code, out) == (2, "")
    assert word in err


def test_a_misspelled_action_is_answered_with_a_warning(say: Say, azure: str) -> None:
    code, out, err = say("can", DEPLOYER, "Microsoft.Compute/virtualMachines/delte", PRODUCTION, "-s", azure)

    assert (code, out.partition(":")[0]) == (0, "unknown")
    assert f"`{DELETE}` was meant?" in err


@pytest.mark.parametrize(
    ("conduct", "code", "lacking"),
    [
        (Conduct(as_assigned=True), 0, ""),
        (Conduct(as_assigned=True, premium=False), 0, ""),  # nobody can read what there is not
        (Conduct(graph=GRAPH - {"Policy.Read.All"}, arm=ARM), 3, "Policy.Read.All"),
        (Conduct(graph=frozenset(), arm=ARM), 3, "Directory.Read.All"),
        (
            Conduct(graph=GRAPH, arm={PRODUCTION: frozenset({"*/read"})}),
            3,
            "Microsoft.Management/managementGroups/read",
        ),
        (Conduct(graph=GRAPH, arm={}), 3, "Microsoft.Authorization/roleAssignments/read"),
    ],
    ids=["everything", "no licence", "a permission", "no Graph", "one subscription", "no Resource Manager"],
)
def test_what_could_not_be_read_ends_in_three_where_everything_has_to_be(
    tmp_path: Path, conduct: Conduct, code: int, lacking: str
) -> None:
    words = ["scan", "--require-complete", "-s", str(tmp_path / "s"), "-o", str(tmp_path / "r.json")]

    assert start(tmp_path, conduct, *words) == code
    report = json.loads((tmp_path / "r.json").read_bytes())
    gaps = [row for row in report["coverage"] if row["status"] in ("denied", "partial", "failed")]
    assert report["complete"] is (code == 0)
    assert bool(gaps) is (code == 3)
    assert not lacking or any(lacking in row["permission"] for row in gaps)


def test_what_was_mended_is_resolved_and_who_is_gone_is_told(say: Say, azure: str, tmp_path: Path) -> None:
    gone = next(one for one in ESTATE.service_principals if one["displayName"] == "Survey of 2019")
    mended = replace(
        ESTATE,
        resources=[
            {**one, "properties": {**one["properties"], "allowSharedKeyAccess": False}}
            if one["name"] == "nwlegacyfiles"
            else one
            for one in ESTATE.resources
        ],
        service_principals=[one for one in ESTATE.service_principals if one is not gone],
        applications=[one for one in ESTATE.applications if one["appId"] != gone["appId"]],
    )
    words = ["collect", "--usage", "-o", str(tmp_path / "later")]
    assert start(tmp_path, Conduct(as_assigned=True), *words, estate=mended) == 0

    difference = json.loads(say("diff", azure, "later", "-f", "json")[1])

    assert difference["identities"]["gone"] == [gone["id"]]
    assert difference["identities"]["unverified"] == []
    resolved = {one["rule_id"] for one in difference["findings"]["resolved"]}
    assert {"storage-account-shared-key", "storage-account-key-old", "unused-service-principal"} <= resolved
    assert difference["findings"]["unverified"] == []


def test_who_could_not_be_looked_for_is_not_called_gone(say: Say, azure: str, tmp_path: Path) -> None:
    blind = Conduct(graph=frozenset(), arm=ARM)
    assert start(tmp_path, blind, "collect", "-o", str(tmp_path / "later")) == 0

    difference = json.loads(say("diff", azure, "later", "-f", "json")[1])

    assert difference["identities"]["gone"] == []
    assert len(difference["identities"]["unverified"]) > 10
    assert difference["credentials"]["gone"] == []
    assert difference["credentials"]["unverified"]
    about = {one["rule_id"] for one in difference["findings"]["resolved"]}
    assert not about & {"unused-service-principal", "application-credential-unused", "no-owner"}


def test_what_az_printed_is_imported_and_asked_without_naming_a_tenant(say: Say, tmp_path: Path) -> None:
    subscription, role = "0b1f6471-1bf0-4dda-aec3-cb9272f09590", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    definition = f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
    files = {
        "subscriptions.json": [
            {
                "cloudName": "AzureCloud",
                "homeTenantId": TENANT[9:],
                "id": subscription,
                "isDefault": True,
                "managedByTenants": [],
                "name": "shop",
                "state": "Enabled",
                "tenantId": TENANT[9:],
                "user": {"name": "ann@northwind.example", "type": "user"},
            }
        ],
        "service-principals.json": [
            {"id": PRINCIPAL, "appId": APPLICATION, "displayName": "ci", "servicePrincipalType": "Application"}
        ],
        "role-definitions.json": [
            {
                "id": definition,
                "name": role,
                "type": "Microsoft.Authorization/roleDefinitions",
                "roleName": "Owner",
                "roleType": "BuiltInRole",
                "permissions": [{"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}],
                "assignableScopes": ["/"],
            }
        ],
        "role-assignments-shop.json": [
            {
                "id": f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments/{role}",
                "type": "Microsoft.Authorization/roleAssignments",
                "principalId": PRINCIPAL.upper(),
                "principalType": "ServicePrincipal",
                "roleDefinitionId": definition.upper(),
                "scope": f"/subscriptions/{subscription}",
            }
        ],
    }
    (tmp_path / "export").mkdir()
    for name, content in files.items():
        (tmp_path / "export" / name).write_text(json.dumps(content))

    code, out, err = say("import", "azure", "export", "-o", "snapshot")

    assert (code, out) == (0, "snapshot\n"), err
    assert "kinds of record are missing or not whole: `nhi-scan report snapshot`" in err
    assert "not imported" not in err
    asked = say("can", "ci", DELETE, f"/subscriptions/{subscription}", "-s", "snapshot", "-f", "json")[1]
    assert json.loads(asked)["decision"] == "allowed"
    assert "az ad app list --all" in say("report", "snapshot", "-f", "markdown")[1]
