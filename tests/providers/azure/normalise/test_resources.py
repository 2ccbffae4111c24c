"""Workloads and resources."""

from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import Workload
from nhi_scan.model.records import Records
from nhi_scan.providers.azure import kinds
from tests.providers.azure.normalise.resource_records import RG, SUB, UAMI, Read, resource


def workload(records: Records) -> Workload:
    (found,) = records.workloads
    return found


@pytest.mark.parametrize(
    ("type_", "kind", "expected"),
    [
        ("Microsoft.Compute/virtualMachines", "", "virtual_machine"),
        ("Microsoft.Web/sites", "app,linux", "web_app"),
        ("Microsoft.Web/sites", "functionapp,linux", "function_app"),
        ("Microsoft.Web/sites", "functionapp,workflowapp", "logic_app"),
        ("Microsoft.Logic/workflows", "", "logic_app"),
        ("Microsoft.App/jobs", "", "container_app_job"),
        ("Microsoft.Cache/Redis", "", "azure_service"),
    ],
)
def test_workloads_and_who_they_run_as(read: Read, type_: str, kind: str, expected: str) -> None:
    identity = {
        "type": "SystemAssigned, UserAssigned",
        "principalId": "SYS",
        "userAssignedIdentities": {UAMI: {"principalId": "USR", "clientId": "c"}},
    }
    records = read({kinds.ARG_RESOURCES: [resource(type_, kind=kind, identity=identity, location="WestEurope")]})
    found = workload(records)
    assert (found.kind, found.scope_id, found.region) == (expected, SUB, "westeurope")
    assert found.id == f"{RG}/providers/{type_}/x".lower()
    platform = expected == "azure_service"
    assert (found.runs_as, found.served_by) == ((), ("sys", "usr")) if platform else (("sys", "usr"), ())
    assert {one.id: dict(one.attributes)["assigned"] for one in records.identities} == {"sys": "system", "usr": "user"}


def test_an_identity_whose_principal_another_record_tells(read: Read) -> None:
    machine = resource("Microsoft.Compute/virtualMachines", identity={"userAssignedIdentities": {UAMI.upper(): {}}})
    identity = {"id": UAMI, "name": "Deployer", "properties": {"principalId": "USR", "clientId": "c"}}
    records = read({kinds.ARG_RESOURCES: [machine, identity]})
    assert workload(records).runs_as == ("usr",)
    (named,) = records.resources
    assert (named.kind, named.used_by) == ("user_assigned_identity", (machine["id"].lower(),))


def test_an_identity_whose_principal_nothing_tells_is_said(read: Read) -> None:
    machine = resource("Microsoft.Compute/virtualMachines", identity={"userAssignedIdentities": {UAMI: {}}})
    records = read({kinds.ARG_RESOURCES: [machine]})
    assert workload(records).runs_as == ()
    assert [row.detail for row in records.coverage if row.status is CoverageStatus.PARTIAL] == [
        "user-assigned identities of which nothing tells the principal: 1"
    ]


@pytest.mark.parametrize("inline", [True, False])
def test_pods_of_a_cluster_get_the_kubelets_identity_and_not_the_clusters(read: Read, inline: bool) -> None:
    kubelet = {"resourceId": UAMI, **({"objectId": "USR", "clientId": "c"} if inline else {})}
    cluster = resource(
        "Microsoft.ContainerService/managedClusters",
        identity={"type": "SystemAssigned", "principalId": "SYS"},
        properties={
            "nodeResourceGroup": "MC_Prod",
            "identityProfile": {"kubeletidentity": kubelet},
            "oidcIssuerProfile": {"issuerURL": "https://oidc"},
            "fqdn": "prod.hcp.eastus.azmk8s.io",
            "powerState": {"code": "Stopped"},
            "disableLocalAccounts": True,
        },
    )
    identity = {"id": UAMI, "properties": {"principalId": "USR", "clientId": "c"}}
    found = workload(read({kinds.ARG_RESOURCES: [cluster], kinds.ARM_USER_ASSIGNED_IDENTITIES: [identity]}))
    assert (found.kind, found.runs_as, found.served_by, found.active) == ("aks_cluster", ("usr",), ("sys",), False)
    assert dict(found.attributes) == {
        "type": "microsoft.containerservice/managedclusters",
        "node_resource_group": f"{SUB}/resourcegroups/mc_prod",
        "oidc_issuer": "https://oidc",
        "endpoint": "prod.hcp.eastus.azmk8s.io",
        "local_accounts": "false",
    }


def test_nodes_of_a_cluster_without_a_managed_identity_hold_a_service_principal(read: Read) -> None:
    cluster = resource(
        "Microsoft.ContainerService/managedClusters", properties={"servicePrincipalProfile": {"clientId": "APP"}}
    )
    records = read({kinds.ARG_RESOURCES: [cluster], kinds.SERVICE_PRINCIPALS: [{"id": "SP", "appId": "app"}]})
    assert workload(records).runs_as == ("sp",)


@pytest.mark.parametrize(
    ("code", "active"), [("PowerState/running", True), ("PowerState/deallocated", False), ("x", None), (None, None)]
)
def test_whether_a_machine_runs(read: Read, code: str | None, active: bool | None) -> None:
    own = {"extended": {"instanceView": {"powerState": {"code": code}}}}
    machine = resource("Microsoft.Compute/virtualMachines", properties=own)
    assert workload(read({kinds.ARG_RESOURCES: [machine]})).active is active


@pytest.mark.parametrize(
    ("own", "exposed"),
    [
        ({"configuration": {"ingress": {"external": True}}}, None),
        ({"configuration": {"ingress": {"external": False}}}, False),
        ({"configuration": {"ingress": None}}, False),
        ({}, None),
    ],
)
def test_whether_a_container_app_can_be_reached(read: Read, own: Any, exposed: bool | None) -> None:
    found = workload(read({kinds.ARG_RESOURCES: [resource("Microsoft.App/containerApps", properties=own)]}))
    assert found.exposed is exposed


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"provisioningState": "Succeeded"}, "true"),
        ({"allowSharedKeyAccess": None}, "true"),
        ({"allowSharedKeyAccess": False}, "false"),
        (None, None),
    ],
)
def test_whether_keys_open_a_storage_account(read: Read, own: Any, told: str | None) -> None:
    records = read({kinds.ARG_RESOURCES: [resource("Microsoft.Storage/storageAccounts", properties=own)]})
    (found,) = records.resources
    assert (found.kind, found.sensitivity, found.scope_id) == ("storage_account", "data", SUB)
    assert dict(found.attributes).get("shared_key") == told


@pytest.mark.parametrize(
    ("noted", "made", "told"),
    [
        ({"key1": "2026-01-02T03:04:05.6Z", "key2": "2025-01-02T03:04:05Z"}, None, "2025-01-02T03:04:05+00:00"),
        ({"key1": "2026-01-02T00:00:00Z", "key2": None}, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00+00:00"),
        ({"key1": "2026-01-02T00:00:00Z"}, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00+00:00"),
        ({"key1": None, "key2": None}, "2020-01-01T00:00:00Z", "2020-01-01T00:00:00+00:00"),
        ({"key1": "2026-01-02T00:00:00Z", "key2": None}, None, None),
        ({"key1": "2026-01-02T00:00:00Z", "key2": "soon"}, "2020-01-01T00:00:00Z", None),
        ({"key1": 7, "key2": 8}, "2020-01-01T00:00:00Z", None),
        ({"key1": [], "key2": None}, {}, None),
        (None, "2020-01-01T00:00:00Z", None),
        ("2020-01-01T00:00:00Z", None, None),
    ],
)
def test_how_old_the_keys_of_a_storage_account_are(read: Read, noted: Any, made: Any, told: str | None) -> None:
    own = {"keyCreationTime": noted, "creationTime": made}
    (found,) = read({kinds.ARG_RESOURCES: [resource("Microsoft.Storage/storageAccounts", properties=own)]}).resources
    assert dict(found.attributes).get("oldest_key_at") == told


@pytest.mark.parametrize(
    ("type_", "own", "told"),
    [
        ("Microsoft.ServiceBus/namespaces", {"disableLocalAuth": True}, "false"),
        ("Microsoft.ServiceBus/namespaces", {"provisioningState": "x"}, "true"),
        ("Microsoft.ContainerRegistry/registries", {"adminUserEnabled": True}, "true"),
        ("Microsoft.ContainerRegistry/registries", {"provisioningState": "x"}, "false"),
        ("Microsoft.Sql/servers", {"administrators": {"azureADOnlyAuthentication": True}}, "false"),
        ("Microsoft.Sql/servers", None, None),
    ],
)
def test_whether_keys_of_its_own_open_a_resource(read: Read, type_: str, own: Any, told: str | None) -> None:
    (found,) = read({kinds.ARG_RESOURCES: [resource(type_, properties=own)]}).resources
    assert dict(found.attributes).get("local_auth") == told


def test_a_resource_of_several_lists_is_one_and_the_more_telling(read: Read) -> None:
    bare = resource("Microsoft.Storage/storageAccounts")
    whole = resource("Microsoft.Storage/storageAccounts", properties={"allowSharedKeyAccess": False})
    records = read({"arm-resources": [bare], "arm-storage-accounts": [whole]})
    assert [dict(one.attributes).get("shared_key") for one in records.resources] == ["false"]


def test_the_owner_of_a_workload_comes_from_what_it_lies_in(read: Read) -> None:
    group = {"id": RG, "name": "Prod", "tags": {"team": "payments"}}
    machine = resource("Microsoft.Compute/virtualMachines")
    owner = workload(read({"arm-resource-groups": [group], kinds.ARG_RESOURCES: [machine]})).owner
    assert owner is not None
    assert (owner.name, owner.source) == ("payments", "scope:team")


def test_a_kind_that_nobody_reads_is_said(read: Read) -> None:
    records = read({"graph-something-new": [{"id": 1}]})
    assert [(row.record_kind, row.status) for row in records.coverage][-1] == (
        "graph-something-new",
        CoverageStatus.SKIPPED,
    )
