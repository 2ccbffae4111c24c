"""What every tenant has and what is easily taken for something else."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.model.identity import USE_UNKNOWN, Identity
from nhi_scan.model.records import Records
from nhi_scan.providers.azure import kinds

Read = Callable[..., Records]

GUID = "aaaaaaaa-0000-0000-0000-000000000001"
CUSTOMER = "aaaaaaaa-0000-0000-0000-00000000000c"
TENANT = f"/tenants/{GUID}"
SUB = "/subscriptions/55555555-0000-0000-0000-000000000001"
THEIRS = "/subscriptions/55555555-0000-0000-0000-00000000000c"
GROUP = f"{SUB}/resourceGroups/MC_Shop"
CLUSTER = f"{SUB}/resourceGroups/Shop/providers/Microsoft.ContainerService/managedClusters/Shop"
POLICY = "/providers/Microsoft.Management/managementGroups/Root/providers/Microsoft.Authorization/policyAssignments/Tag"
READER = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"


def one(records: Records, id_: str) -> Identity:
    (found,) = (each for each in records.identities if each.id == id_)
    return found


def said(records: Records, id_: str) -> dict[str, str]:
    return dict(one(records, id_).attributes)


def container(id_: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": id_.rpartition("/")[2], "type": f"microsoft.resources/{type_}", "tenantId": GUID, **more}


def test_a_group_that_a_service_made_for_itself_says_so(read: Read) -> None:
    other = f"{SUB}/resourceGroups/Shop"
    rows = [
        container(SUB, "subscriptions"),
        container(GROUP, "subscriptions/resourcegroups", managedBy=CLUSTER),
        container(other, "subscriptions/resourcegroups", managedBy=""),
    ]
    scopes = {scope.id: dict(scope.attributes) for scope in read({kinds.ARG_CONTAINERS: rows}).scopes}
    assert scopes[GROUP.lower()] == {"managed_by": CLUSTER.lower()}
    assert scopes[other.lower()] == {}


def test_a_policy_that_is_assigned_on_a_management_group_has_an_identity_of_its_own(read: Read) -> None:
    row = {
        "id": "mi-1",
        "appId": "app-1",
        "servicePrincipalType": "ManagedIdentity",
        "alternativeNames": ["isExplicit=False", POLICY],
    }
    found = read({kinds.SERVICE_PRINCIPALS: [row]})
    assert one(found, "mi-1").kind == "managed_identity"
    assert one(found, "mi-1").scope_id == TENANT
    assert (said(found, "mi-1")["resource_id"], said(found, "mi-1")["assigned"]) == (POLICY.lower(), "system")


@pytest.mark.parametrize(
    ("publisher", "name"), [({"displayName": "Backup Inc", "verifiedPublisherId": "1"}, "Backup Inc"), ({}, None)]
)
def test_a_verified_publisher_has_a_name(read: Read, publisher: dict[str, str], name: str | None) -> None:
    row = {"id": "sp-1", "appId": "app-1", "servicePrincipalType": "Application", "verifiedPublisher": publisher}
    assert said(read({kinds.SERVICE_PRINCIPALS: [row]}), "sp-1").get("publisher") == name


def test_nobody_tells_when_the_certificate_of_a_managed_identity_was_used(read: Read) -> None:
    key = {"keyId": "k-1", "usage": "Verify", "type": "AsymmetricX509Cert"}
    rows = [
        {"id": "mi-1", "appId": "app-1", "servicePrincipalType": "ManagedIdentity", "keyCredentials": [key]},
        {"id": "sp-1", "appId": "app-2", "servicePrincipalType": "Application", "keyCredentials": [key]},
    ]
    found = read({kinds.SERVICE_PRINCIPALS: rows, kinds.APP_CREDENTIAL_SIGN_INS: []})
    used = {row.identity_id: row.last_used for row in found.credentials}
    assert used["mi-1"] == USE_UNKNOWN
    assert used["sp-1"] != USE_UNKNOWN


def test_who_has_a_role_in_a_customers_subscription_is_in_another_directory_and_not_deleted(read: Read) -> None:
    """A provider sees its customers' subscriptions through Lighthouse, and nobody of their directories."""

    def assignment(name: str, sub: str, principal: str) -> dict[str, Any]:
        told = {"scope": sub, "roleDefinitionId": READER, "principalId": principal, "principalType": "ServicePrincipal"}
        return {"id": f"{sub}/providers/Microsoft.Authorization/roleAssignments/{name}", "properties": told}

    found = read(
        {
            kinds.ARG_CONTAINERS: [
                container(SUB, "subscriptions"),
                container(THEIRS, "subscriptions", tenantId=CUSTOMER),
            ],
            kinds.ARG_ROLE_ASSIGNMENTS: [assignment("1", SUB, "ours"), assignment("2", THEIRS, "theirs")],
        },
        also=(kinds.SERVICE_PRINCIPALS, kinds.USERS, kinds.DIRECTORY_OBJECTS),
    )
    assert {each.id: each.status for each in found.identities} == {"ours": "deleted", "theirs": "unknown"}


@pytest.mark.parametrize(("registered", "answer"), [([{"id": "obj-1", "appId": "app-1"}], "true"), ([], None)])
def test_what_entra_made_for_devices_is_registered_here(read: Read, registered: Any, answer: str | None) -> None:
    row = {
        "id": "sp-1",
        "appId": "app-1",
        "servicePrincipalType": "Application",
        "servicePrincipalNames": ["app-1", "urn:p2p_cert"],
    }
    found = read({kinds.SERVICE_PRINCIPALS: [row], kinds.APPLICATIONS: registered})
    assert said(found, "sp-1").get("device_trust") == answer
