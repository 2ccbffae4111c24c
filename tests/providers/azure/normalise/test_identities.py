"""Service principals, applications, managed identities, agents: what is joined, and what is not known."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, Identity, LastUsed
from nhi_scan.model.records import Records
from nhi_scan.providers.azure import kinds

Read = Callable[..., Records]

GUID = "aaaaaaaa-0000-0000-0000-000000000001"
TENANT = f"/tenants/{GUID}"
SUB = "/subscriptions/55555555-0000-0000-0000-000000000001"
UAMI = f"{SUB}/resourceGroups/Prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Deployer"
VM = f"{SUB}/resourceGroups/Prod/providers/Microsoft.Compute/virtualMachines/vm"
MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
SOVEREIGN = ("cab8a31a-1906-4287-a0d8-4eef66b95f6e", "a55a4d5b-9241-49b1-b4ff-befa8db00269")  # Microsoft's there


def principal(id_: str = "SP-1", **more: Any) -> dict[str, Any]:
    return {"id": id_, "appId": "APP-1", "displayName": "Deployer", "servicePrincipalType": "Application", **more}


def application(**more: Any) -> dict[str, Any]:
    return {"id": "OBJ-1", "appId": "app-1", "displayName": "Deployer", "signInAudience": "AzureADMyOrg", **more}


def user(id_: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "userPrincipalName": name, "accountEnabled": True, **more}


def owner(id_: str) -> dict[str, str]:
    return {"id": id_, "@odata.type": "#microsoft.graph.user"}


def one(records: Records, id_: str = "sp-1") -> Identity:
    (found,) = (each for each in records.identities if each.id == id_)
    return found


def test_a_service_principal_and_its_application(read: Read) -> None:
    records = read(
        {
            kinds.SERVICE_PRINCIPALS: [
                principal(
                    accountEnabled=False,
                    appOwnerOrganizationId=GUID.upper(),
                    signInAudience="AzureADMyOrg",
                    verifiedPublisher={},
                    appRoleAssignmentRequired=True,
                    preferredSingleSignOnMode="saml",
                )
            ],
            kinds.APPLICATIONS: [
                application(
                    createdDateTime="2025-01-01T00:00:00Z", servicePrincipalLockConfiguration={"isEnabled": False}
                )
            ],
            kinds.RISKY_SERVICE_PRINCIPALS: [{"id": "sp-1", "riskState": "atRisk", "riskLevel": "high"}],
        }
    )
    found = one(records)
    assert (found.unique_id, found.status, found.scope_id, found.name) == ("app-1", "disabled", TENANT, "Deployer")
    assert found.created_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert dict(found.attributes) == {
        "app_id": "app-1",
        "application_id": "obj-1",
        "owner_tenant": GUID,
        "sign_in_audience": "AzureADMyOrg",
        "publisher_verified": "false",
        "sp_type": "Application",
        "risk_state": "atRisk",
        "risk_level": "high",
        "assignment_required": "true",
        "saml": "true",
        "credentials_locked": "false",
    }
    (resource,) = records.resources
    assert (resource.id, resource.kind, resource.used_by) == ("obj-1", "application", ("sp-1",))
    assert dict(resource.attributes)["service_principal_id"] == "sp-1"
    assert not records.trusts


def test_an_application_without_a_service_principal_here(read: Read) -> None:
    records = read({kinds.APPLICATIONS: [application(passwordCredentials=[{"keyId": "K"}])]})
    found = one(records, "obj-1")
    assert (found.kind, found.unique_id) == ("app", "app-1")
    assert [(each.id, each.identity_id) for each in records.credentials] == [("obj-1#password/k", "obj-1")]


@pytest.mark.parametrize(
    ("told", "version"),
    [
        ({}, None),
        ({"api": None}, None),
        ({"api": {"requestedAccessTokenVersion": None}}, "1"),
        ({"api": {"requestedAccessTokenVersion": 2}}, "2"),
    ],
)
def test_for_what_tokens_can_be_had(read: Read, told: dict[str, object], version: str | None) -> None:
    records = read({kinds.APPLICATIONS: [application(identifierUris=["https://b.example.com", "api://a"], **told)]})
    (resource,) = records.resources
    said = dict(resource.attributes)
    assert (said["identifier_uris"], said.get("token_version")) == ("api://a https://b.example.com", version)


def test_an_application_where_not_all_service_principals_were_listed(read: Read) -> None:
    records = read(
        {kinds.APPLICATIONS: [application(passwordCredentials=[{"keyId": "K"}])]},
        missing={kinds.SERVICE_PRINCIPALS: CoverageStatus.PARTIAL},
    )
    assert records.identities == []
    assert [one.id for one in records.resources] == ["obj-1"]
    assert [one.identity_id for one in records.credentials] == ["obj-1"]


@pytest.mark.parametrize(
    ("home", "managed", "trusts"),
    [
        (MICROSOFT, True, []),
        *((home, True, []) for home in SOVEREIGN),
        ("bbbbbbbb-0000-0000-0000-000000000001", False, ["sp-1#tenant"]),
        (GUID, False, []),
    ],
)
def test_whose_application_it_is(read: Read, home: str, managed: bool, trusts: list[str]) -> None:
    records = read({kinds.SERVICE_PRINCIPALS: [principal(appOwnerOrganizationId=home)]})
    assert one(records).managed_by_provider is managed
    assert [each.id for each in records.trusts] == trusts
    assert {each.subject for each in records.trusts} <= {f"/tenants/{home}"}


def test_a_managed_identity_is_joined_with_its_resource(read: Read) -> None:
    named = principal(servicePrincipalType="ManagedIdentity", alternativeNames=["isExplicit=True", UAMI])
    record = {"id": UAMI, "properties": {"principalId": "sp-1", "clientId": "app-1"}, "tags": {"owner": "platform"}}
    records = read({kinds.SERVICE_PRINCIPALS: [named], kinds.ARM_USER_ASSIGNED_IDENTITIES: [record]})
    found = one(records)
    assert (found.kind, found.scope_id) == ("managed_identity", SUB)
    told = dict(found.attributes)
    assert (told["resource_id"], told["assigned"]) == (UAMI.lower(), "user")
    assert found.owner is not None
    assert (found.owner.name, found.owner.source) == ("platform", "tag:owner")
    (resource,) = records.resources
    assert (resource.id, dict(resource.attributes)["principal_id"]) == (UAMI.lower(), "sp-1")


def test_a_managed_identity_that_only_graph_knows(read: Read) -> None:
    named = principal(servicePrincipalType="ManagedIdentity", alternativeNames=["isExplicit=False", VM])
    found = one(read({kinds.SERVICE_PRINCIPALS: [named]}))
    assert dict(found.attributes)["assigned"] == "system"
    assert dict(found.attributes)["resource_id"] == VM.lower()
    assert found.scope_id == SUB


def test_a_managed_identity_that_only_resource_manager_knows(read: Read) -> None:
    machine = {"id": VM, "identity": {"type": "SystemAssigned", "principalId": "MI-1"}}
    found = one(read({kinds.ARG_RESOURCES: [machine]}), "mi-1")
    assert (found.kind, found.name, found.scope_id, found.status) == ("managed_identity", "vm", SUB, "active")
    assert dict(found.attributes)["resource_id"] == VM.lower()


def test_agents_their_blueprints_and_sponsors(read: Read) -> None:
    records = read(
        {
            kinds.AGENT_IDENTITIES: [{"id": "A1", "displayName": "Agent", "agentIdentityBlueprintId": "B-APP"}],
            kinds.AGENT_BLUEPRINTS: [{"id": "B1", "appId": "B-APP", "displayName": "Blueprint"}],
            kinds.AGENT_BLUEPRINT_PRINCIPALS: [{"id": "B2", "appId": "B-APP", "displayName": "Blueprint"}],
            kinds.AGENT_USERS: [{"id": "U1", "userPrincipalName": "agent@x", "identityParentId": "A1"}],
            kinds.AGENT_SPONSORS: [{"of": {"id": "A1"}, "record": owner("S1")}],
            kinds.SERVICE_PRINCIPALS: [
                principal("A1", servicePrincipalType="ServiceIdentity", appId=""),
                principal("B2", appId="b-app", passwordCredentials=[{"keyId": "k"}]),
            ],
            kinds.USERS: [user("s1", "sam@x")],
        }
    )
    assert dict(one(records, "a1").attributes) == {"blueprint_id": "b-app", "sponsors": "s1"}
    assert one(records, "a1").kind == "agent_identity"
    sponsor = one(records, "a1").owner
    assert sponsor is not None
    assert (sponsor.name, sponsor.source) == ("sam@x", "entra:sponsor")
    assert dict(one(records, "b2").attributes)["agent_blueprint"] == "true"
    assert dict(one(records, "u1").attributes) == {"agent_identity_id": "a1"}
    assert one(records, "s1").kind == "user"
    assert [each.identity_id for each in records.credentials] == ["b2"]


@pytest.mark.parametrize(
    ("status", "sponsors"), [(CoverageStatus.COMPLETE, ""), (CoverageStatus.DENIED, None)], ids=["none", "unknown"]
)
def test_an_agent_without_sponsors(read: Read, status: CoverageStatus, sponsors: str | None) -> None:
    records = read({kinds.AGENT_IDENTITIES: [{"id": "a1"}]}, missing={kinds.AGENT_SPONSORS: status})
    assert dict(one(records, "a1").attributes).get("sponsors") == sponsors


def test_an_agent_where_agents_were_not_listed(read: Read) -> None:
    records = read({kinds.SERVICE_PRINCIPALS: [principal(servicePrincipalType="ServiceIdentity")]})
    assert one(records).kind == "agent_identity"


def test_when_it_last_signed_in_is_the_latest_of_all_its_ways(read: Read) -> None:
    activity = {
        "appId": "APP-1",
        "applicationAuthenticationClientSignInActivity": {"lastSignInDateTime": "2026-04-01T00:00:00Z"},
        "delegatedResourceSignInActivity": {"lastNonInteractiveSignInDateTime": "2026-05-01T00:00:00Z"},
        "delegatedClientSignInActivity": None,
    }
    records = read({kinds.SERVICE_PRINCIPALS: [principal()], kinds.SERVICE_PRINCIPAL_SIGN_INS: [activity]})
    assert one(records).last_authenticated == LastUsed.on(datetime(2026, 5, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("type_", "missing", "expected"),
    [
        ("Application", CoverageStatus.COMPLETE, NEVER_USED),
        ("Application", CoverageStatus.SKIPPED, USE_UNKNOWN),
        ("Application", CoverageStatus.PARTIAL, USE_UNKNOWN),
        ("ManagedIdentity", CoverageStatus.COMPLETE, USE_UNKNOWN),
    ],
)
def test_what_no_report_names(read: Read, type_: str, missing: CoverageStatus, expected: LastUsed) -> None:
    records = read(
        {kinds.SERVICE_PRINCIPALS: [principal(servicePrincipalType=type_)]},
        missing={kinds.SERVICE_PRINCIPAL_SIGN_INS: missing},
    )
    assert one(records).last_authenticated == expected


def test_owners_are_those_of_both_objects(read: Read) -> None:
    records = read(
        {
            kinds.SERVICE_PRINCIPALS: [principal(owners=[owner("U2")])],
            kinds.APPLICATIONS: [application(owners=[owner("U1"), owner("U2")])],
            kinds.USERS: [user("u1", "ann@x", accountEnabled=False), user("u2", "bob@x")],
        }
    )
    found = one(records)
    assert found.owner_ids == ("u1", "u2")
    assert found.owner is not None
    assert (found.owner.name, found.owner.gone) == ("bob@x", False)
    assert [(each.id, each.policy_id, each.scope_id) for each in records.bindings] == [
        ("sp-1#owner/u2", "directory/owners/serviceprincipal", "sp-1"),
        ("obj-1#owner/u1", "directory/owners/application", "obj-1"),
        ("obj-1#owner/u2", "directory/owners/application", "obj-1"),
    ]
    written = {each.id: each.statements[0].actions for each in records.policies}
    assert "microsoft.directory/applications/credentials/update" in written["directory/owners/application"]
    of_principals = written["directory/owners/serviceprincipal"]
    assert "microsoft.directory/servicePrincipals/owners/update" in of_principals
    assert "microsoft.directory/servicePrincipals/synchronizationCredentials/manage" in of_principals


@pytest.mark.parametrize(
    ("sp", "app", "expected"),
    [
        ([], [], ()),
        (None, [], None),
        ([], None, None),
        (None, [{"id": "u1"}], None),
    ],
)
def test_owners_that_nobody_could_look_at(read: Read, sp: Any, app: Any, expected: tuple[str, ...] | None) -> None:
    records = read(
        {
            kinds.SERVICE_PRINCIPALS: [principal() if sp is None else principal(owners=sp)],
            kinds.APPLICATIONS: [application() if app is None else application(owners=app)],
        }
    )
    assert one(records).owner_ids == expected


def test_an_expansion_that_is_full_may_lack_some(read: Read) -> None:
    full = [owner(f"u{number:02d}") for number in range(20)]
    rest = {"of": {"id": "OBJ-1"}, "record": owner("u99")}
    records = read(
        {kinds.APPLICATIONS: [application(owners=full)], kinds.APPLICATION_OWNERS: [rest]},
    )
    assert len(one(records, "obj-1").owner_ids or ()) == 21


@pytest.mark.parametrize(
    ("more", "name", "source", "gone"),
    [
        ({"owners": [owner("u1")]}, "ann@x", "entra:owner", True),
        ({"owners": [owner("u1")], "tags": ["team:payments"]}, "payments", "tag:team", None),
        ({"tags": ["HideApp"], "notes": "made in 2020\nowner: carol@x"}, "carol@x", "notes", None),
        ({"serviceManagementReference": " SVC-7 "}, "SVC-7", "serviceManagementReference", None),
        ({"owners": [owner("u8")]}, "u8", "entra:owner", None),
    ],
)
def test_who_answers_for_it(read: Read, more: dict[str, Any], name: str, source: str, gone: bool | None) -> None:
    records = read(
        {
            kinds.SERVICE_PRINCIPALS: [principal(owners=[])],
            kinds.APPLICATIONS: [application(**more)],
            kinds.USERS: [user("u1", "ann@x", accountEnabled=False)],
        }
    )
    found = one(records).owner
    assert found is not None
    assert (found.name, found.source, found.gone) == (name, source, gone)


def test_an_owner_that_is_deleted(read: Read) -> None:
    records = read(
        {kinds.APPLICATIONS: [application(owners=[owner("u9")])]}, also=(kinds.USERS, kinds.DIRECTORY_OBJECTS)
    )
    found = one(records, "obj-1").owner
    assert found is not None
    assert found.gone is True
    assert one(records, "u9").status == "deleted"


def test_staff_who_have_left_are_gone(read: Read) -> None:
    records = read(
        {kinds.APPLICATIONS: [application(owners=[owner("u1")])], kinds.USERS: [user("u1", "ann@x")]},
        people=frozenset({"bob@x"}),
    )
    found = one(records, "obj-1").owner
    assert found is not None
    assert found.gone is True


def test_one_record_of_several_lists(read: Read) -> None:
    records = read({kinds.SERVICE_PRINCIPALS: [principal(), principal("sp-1")]})
    assert len(records.identities) == 1


def test_where_graph_was_denied_the_tenant_is_known(read: Read) -> None:
    records = read({kinds.ARM_SUBSCRIPTIONS: [{"subscriptionId": SUB[15:], "tenantId": GUID, "state": "Enabled"}]})
    scopes = {each.id: (each.kind, each.parent_id, each.status) for each in records.scopes}
    assert scopes == {TENANT: ("tenant", "", "active"), SUB: ("subscription", None, "enabled")}
