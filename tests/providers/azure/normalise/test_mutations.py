"""Answers that are odd anywhere: a record may be lost, and then coverage says so, but nothing stops."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise import normalise
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

TENANT = "aaaaaaaa-0000-0000-0000-000000000001"
SUB = "/subscriptions/55555555-0000-0000-0000-000000000001"
RG = f"{SUB}/resourceGroups/Prod"
MG = "/providers/Microsoft.Management/managementGroups/platform"
AUTH = "/providers/Microsoft.Authorization"
ROLE = f"{AUTH}/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c"
UAMI = f"{RG}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/deployer"
VAULT = f"{RG}/providers/Microsoft.KeyVault/vaults/kv"
APP, SP, API, MI, USER, GROUP, UNIT, AGENT = (
    f"{n}{n}{n}{n}{n}{n}{n}{n}-0000-0000-0000-00000000000a" for n in "12346789"
)
PIM_RULES = [
    {
        "id": "Approval_EndUser_Assignment",
        "setting": {
            "isApprovalRequired": True,
            "approvalStages": [{"primaryApprovers": [{"@odata.type": "#microsoft.graph.singleUser", "userId": USER}]}],
        },
    },
    {"id": "Enablement_EndUser_Assignment", "enabledRules": ["MultiFactorAuthentication"]},
    {"id": "Expiration_EndUser_Assignment", "maximumDuration": "PT8H", "isExpirationRequired": True},
]


def of(fields: dict[str, Any], record: Any) -> dict[str, Any]:
    return {"of": fields, "record": record}


def assignment(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{SUB}{AUTH}/roleAssignments/{name}",
        "type": "microsoft.authorization/roleassignments",
        "properties": {
            "roleDefinitionId": f"{SUB}{ROLE}",
            "principalId": SP,
            "principalType": "ServicePrincipal",
            "scope": SUB,
            **more,
        },
    }


def schedule(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {**assignment(name, memberType="Direct", **more), "id": f"{SUB}{AUTH}/{kind}/{name}"}


ESTATE: dict[str, list[Any]] = {
    kinds.ORGANIZATION: [{"id": TENANT, "displayName": "Northwind"}],
    kinds.APPLICATIONS: [
        {
            "id": APP,
            "appId": "a0000000-0000-0000-0000-000000000001",
            "displayName": "Deployer",
            "owners": [{"id": USER, "@odata.type": "#microsoft.graph.user"}],
            "passwordCredentials": [{"keyId": "k1", "endDateTime": "2027-01-01T00:00:00Z"}],
            "verifiedPublisher": {"verifiedPublisherId": "1"},
            "tags": ["owner:team"],
            "notes": "owner: me",
            "createdDateTime": "2025-01-01T00:00:00Z",
        }
    ],
    kinds.SERVICE_PRINCIPALS: [
        {
            "id": SP,
            "appId": "a0000000-0000-0000-0000-000000000001",
            "displayName": "Deployer",
            "servicePrincipalType": "Application",
            "appOwnerOrganizationId": TENANT,
            "accountEnabled": True,
            "owners": [],
            "keyCredentials": [{"keyId": "k2", "usage": "Verify", "customKeyIdentifier": "AB"}],
        },
        {
            "id": API,
            "appId": "00000003-0000-0000-c000-000000000000",
            "appRoles": [{"id": "r1", "value": "Application.ReadWrite.All", "isEnabled": True}],
        },
        {
            "id": MI,
            "appId": "a0000000-0000-0000-0000-000000000002",
            "servicePrincipalType": "ManagedIdentity",
            "alternativeNames": ["isExplicit=True", UAMI],
        },
    ],
    kinds.APPLICATION_OWNERS: [of({"id": APP}, {"id": USER})],
    kinds.SERVICE_PRINCIPAL_OWNERS: [of({"id": SP}, {"id": USER})],
    kinds.FEDERATED_CREDENTIALS: [
        of(
            {"id": APP, "appId": "a0000000-0000-0000-0000-000000000001"},
            {
                "name": "gh",
                "issuer": "https://token.actions.githubusercontent.com",
                "subject": "repo:o/r:ref:refs/heads/main",
                "audiences": ["api://AzureADTokenExchange"],
                "claimsMatchingExpression": {"value": "claims['sub'] matches 'repo:o/*'", "languageVersion": 1},
            },
        )
    ],
    kinds.APP_ROLE_ASSIGNMENTS: [
        of(
            {"id": API, "appId": "00000003-0000-0000-c000-000000000000"},
            {"id": "x", "appRoleId": "r1", "principalId": SP, "principalType": "ServicePrincipal", "resourceId": API},
        )
    ],
    kinds.DELEGATED_GRANTS: [
        {"id": "g", "clientId": SP, "resourceId": API, "consentType": "AllPrincipals", "scope": "User.Read Mail.Read"}
    ],
    kinds.DIRECTORY_ROLE_DEFINITIONS: [
        {
            "id": "d1",
            "templateId": "d1",
            "isBuiltIn": True,
            "isEnabled": True,
            "displayName": "Application Administrator",
            "rolePermissions": [
                {
                    "allowedResourceActions": ["microsoft.directory/applications/credentials/update"],
                    "condition": "$SubjectIsOwner",
                }
            ],
        }
    ],
    kinds.DIRECTORY_ROLE_ASSIGNMENTS: [
        {"id": "da", "principalId": SP, "roleDefinitionId": "d1", "directoryScopeId": f"/administrativeUnits/{UNIT}"}
    ],
    kinds.DIRECTORY_ROLE_ASSIGNMENT_INSTANCES: [
        {
            "id": "dai",
            "principalId": SP,
            "roleDefinitionId": "d1",
            "directoryScopeId": "/",
            "roleAssignmentOriginId": "da2",
            "endDateTime": "2026-07-01T00:00:00Z",
        }
    ],
    kinds.DIRECTORY_ROLE_ELIGIBILITY_INSTANCES: [
        {"id": "dei", "principalId": GROUP, "roleDefinitionId": "d1", "directoryScopeId": f"/{APP}"}
    ],
    kinds.DIRECTORY_ROLE_POLICIES: [
        {"id": "p", "scopeId": "/", "roleDefinitionId": "d1", "policy": {"rules": PIM_RULES}}
    ],
    kinds.GROUPS: [{"id": GROUP, "displayName": "Admins", "isAssignableToRole": True, "groupTypes": []}],
    kinds.GROUP_MEMBERS: [of({"id": GROUP}, {"id": USER, "@odata.type": "#microsoft.graph.user"})],
    kinds.GROUP_OWNERS: [of({"id": GROUP}, {"id": USER})],
    kinds.GROUP_ELIGIBILITY_INSTANCES: [of({"id": GROUP}, {"groupId": GROUP, "principalId": SP, "accessId": "member"})],
    kinds.USERS: [{"id": USER, "userPrincipalName": "ann@northwind.com", "accountEnabled": True, "userType": "Member"}],
    kinds.DIRECTORY_OBJECTS: [{"id": "o1", "@odata.type": "#microsoft.graph.device"}],
    kinds.ADMINISTRATIVE_UNITS: [{"id": UNIT, "displayName": "Berlin"}],
    kinds.ADMINISTRATIVE_UNIT_MEMBERS: [of({"id": UNIT}, {"id": USER, "@odata.type": "#microsoft.graph.user"})],
    kinds.AUTHORIZATION_POLICY: [
        {
            "allowInvitesFrom": "everyone",
            "defaultUserRolePermissions": {
                "allowedToCreateApps": True,
                "permissionGrantPoliciesAssigned": ["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"],
            },
        }
    ],
    kinds.APP_MANAGEMENT_DEFAULT_POLICY: [
        {
            "isEnabled": True,
            "applicationRestrictions": {
                "passwordCredentials": [{"restrictionType": "passwordLifetime", "maxLifetime": "P180D"}],
                "keyCredentials": [{"restrictionType": "asymmetricKeyLifetime", "maxLifetime": "P1Y"}],
            },
        }
    ],
    kinds.ADMIN_CONSENT_POLICY: [{"isEnabled": False}],
    kinds.APP_MANAGEMENT_POLICIES: [
        {
            "id": "x",
            "isEnabled": True,
            "restrictions": {"passwordCredentials": [{"restrictionType": "passwordAddition"}]},
            "appliesTo": [{"id": APP}],
        }
    ],
    kinds.PERMISSION_GRANT_POLICIES: [{"id": "own", "includes": [{"permissionClassification": "low"}]}],
    kinds.RISKY_SERVICE_PRINCIPALS: [{"id": SP, "riskState": "atRisk", "riskLevel": "high"}],
    kinds.SERVICE_PRINCIPAL_SIGN_INS: [
        {
            "appId": "a0000000-0000-0000-0000-000000000001",
            "delegatedClientSignInActivity": {"lastSignInDateTime": "2026-05-01T00:00:00Z"},
        }
    ],
    kinds.APP_CREDENTIAL_SIGN_INS: [{"keyId": "k1", "signInActivity": {"lastSignInDateTime": "2026-05-02T00:00:00Z"}}],
    kinds.AGENT_BLUEPRINTS: [{"id": "b1", "appId": "b1app", "displayName": "Blueprint"}],
    kinds.AGENT_BLUEPRINT_PRINCIPALS: [{"id": "b2", "appId": "b1app", "displayName": "Blueprint"}],
    kinds.AGENT_IDENTITIES: [{"id": AGENT, "appId": "x", "agentIdentityBlueprintId": "b1app"}],
    kinds.AGENT_USERS: [{"id": "au", "userPrincipalName": "agent@northwind.com", "identityParentId": AGENT}],
    kinds.AGENT_SPONSORS: [of({"id": AGENT}, {"id": USER, "@odata.type": "#microsoft.graph.user"})],
    kinds.ARG_CONTAINERS: [
        {
            "id": MG,
            "name": "platform",
            "type": "microsoft.management/managementgroups",
            "tenantId": TENANT,
            "properties": {
                "displayName": "Platform",
                "details": {"managementGroupAncestorsChain": [{"name": TENANT, "displayName": "Root"}]},
            },
        },
        {
            "id": SUB,
            "name": "Production",
            "type": "microsoft.resources/subscriptions",
            "tenantId": TENANT,
            "properties": {"state": "Enabled", "managementGroupAncestorsChain": [{"name": "platform"}]},
            "tags": {"owner": "ann"},
        },
        {"id": RG, "name": "Prod", "type": "microsoft.resources/subscriptions/resourcegroups", "tags": {"a": "b"}},
    ],
    kinds.ARG_ROLE_ASSIGNMENTS: [
        assignment("a1", condition="@Resource[x] StringEquals 'y'", conditionVersion="2.0"),
        assignment("a2", scope="/", principalType="Group", principalId=GROUP),
    ],
    kinds.ARG_ROLE_DEFINITIONS: [
        {
            "id": ROLE,
            "properties": {
                "roleName": "Contributor",
                "type": "BuiltInRole",
                "assignableScopes": ["/"],
                "permissions": [
                    {"actions": ["*"], "notActions": [f"{AUTH[11:]}/*/Write"], "dataActions": ["x/y"]},
                    {"actions": ["a/b"], "condition": "c", "conditionVersion": "2.0"},
                ],
            },
        }
    ],
    kinds.ARG_RESOURCES: [
        {
            "id": f"{RG}/providers/Microsoft.Compute/virtualMachines/vm",
            "name": "vm",
            "type": "microsoft.compute/virtualmachines",
            "identity": {
                "type": "SystemAssigned, UserAssigned",
                "principalId": "vmsys",
                "userAssignedIdentities": {UAMI: {"principalId": MI, "clientId": "x"}},
            },
            "properties": {"extended": {"instanceView": {"powerState": {"code": "PowerState/running"}}}},
        },
        {
            "id": f"{RG}/providers/Microsoft.ContainerService/managedClusters/aks",
            "name": "aks",
            "properties": {
                "nodeResourceGroup": "MC_x",
                "identityProfile": {"kubeletidentity": {"resourceId": UAMI}},
                "oidcIssuerProfile": {"issuerURL": "https://oidc"},
            },
            "identity": {"type": "UserAssigned", "userAssignedIdentities": {UAMI: {}}},
        },
        {
            "id": VAULT,
            "name": "kv",
            "properties": {
                "vaultUri": "https://kv",
                "enableRbacAuthorization": False,
                "accessPolicies": [{"objectId": SP, "permissions": {"secrets": ["Get", "all"], "keys": ["wrapKey"]}}],
            },
        },
        {
            "id": f"{RG}/providers/Microsoft.Storage/storageAccounts/st",
            "name": "st",
            "properties": {"allowBlobPublicAccess": False, "creationTime": "2025-01-01T00:00:00Z"},
        },
        {"id": UAMI, "name": "deployer", "properties": {"principalId": MI, "clientId": "x"}},
    ],
    kinds.ARM_TENANTS: [{"id": f"/tenants/{TENANT}", "tenantId": TENANT}],
    kinds.ARM_SUBSCRIPTIONS: [
        {"id": SUB, "subscriptionId": SUB[15:], "tenantId": TENANT, "displayName": "Production", "state": "Enabled"}
    ],
    kinds.ARM_MANAGEMENT_GROUPS: [
        {
            "id": MG,
            "properties": {
                "displayName": "Platform",
                "details": {"parent": {"id": f"/providers/Microsoft.Management/managementGroups/{TENANT}"}},
                "children": [{"id": SUB, "type": "/subscriptions", "displayName": "Production"}],
            },
        }
    ],
    kinds.ARM_DENY_ASSIGNMENTS: [
        of(
            {"scope": SUB},
            {
                "id": f"{SUB}{AUTH}/denyAssignments/d",
                "properties": {
                    "denyAssignmentName": "no",
                    "scope": SUB,
                    "permissions": [{"actions": ["*/write"], "notActions": [], "dataActions": []}],
                    "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
                    "excludePrincipals": [{"id": SP, "type": "ServicePrincipal"}],
                    "doNotApplyToChildScopes": True,
                    "isSystemProtected": True,
                },
            },
        )
    ],
    kinds.ARM_USER_ASSIGNED_IDENTITIES: [{"id": UAMI, "properties": {"principalId": MI, "clientId": "x"}}],
    kinds.ARM_FEDERATED_CREDENTIALS: [
        of(
            {"id": UAMI},
            {
                "name": "k8s",
                "properties": {"issuer": "https://oidc", "subject": "system:serviceaccount:a:b", "audiences": ["x"]},
            },
        )
    ],
    kinds.ARM_ROLE_ELIGIBILITY_INSTANCES: [
        of({"scope": SUB}, schedule("roleEligibilityScheduleInstances", "e1", endDateTime="2027-01-01T00:00:00Z"))
    ],
    kinds.ARM_ROLE_ASSIGNMENT_INSTANCES: [
        of(
            {"scope": SUB},
            schedule(
                "roleAssignmentScheduleInstances",
                "i1",
                originRoleAssignmentId=f"{SUB}{AUTH}/roleAssignments/a1",
                endDateTime="2026-06-02T00:00:00Z",
            ),
        )
    ],
    kinds.ARM_ROLE_POLICIES: [
        of(
            {"scope": SUB},
            {"properties": {"scope": SUB, "roleDefinitionId": f"{SUB}{ROLE}", "effectiveRules": PIM_RULES}},
        )
    ],
    kinds.ARM_PROVIDER_OPERATIONS: [
        {
            "name": "Microsoft.KeyVault",
            "operations": [{"name": "Microsoft.KeyVault/register/action", "isDataAction": False}],
            "resourceTypes": [
                {"operations": [{"name": "Microsoft.KeyVault/vaults/secrets/getSecret/action", "isDataAction": True}]}
            ],
        }
    ],
    "arm-role-assignments": [assignment("a3")],
    "arm-role-definitions": [{"id": f"{SUB}{ROLE}", "properties": {"roleName": "Contributor", "permissions": []}}],
    "arm-resource-groups": [{"id": RG, "name": "Prod"}],
    "arm-virtual-machines": [{"id": f"{RG}/providers/Microsoft.Compute/virtualMachines/other", "properties": {}}],
}
ODD: list[Any] = [
    None,
    5,
    -1.5,
    10**400,
    True,
    "",
    "x",
    "/",
    "//",
    "/subscriptions/",
    "/providers/",
    "P",
    "PT99999999999999999999H",
    "9999-12-31T23:59:59-23:59",
    [],
    [None],
    ["x"],
    {},
    {"a": []},
    [[{}]],
    "\u202e</script>",
    "\ud800",
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all values below."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in inner for place in ((*path, key), *places(item, (*path, key)))]


def put(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(copy[path[0]], path[1:], odd)
    return copy


def read(folder: Path, records: dict[str, list[Any]]) -> Inventory:
    writer = SnapshotWriter.create(folder, datetime(2026, 6, 1, tzinfo=UTC), "test", overwrite=True)
    for kind, lines in records.items():
        writer.write("azure", f"tenants-{TENANT}", kind, map(unpacked, lines))
    writer.finish()
    return build([normalise(Snapshot.open(folder))])


def unpacked(record: Any) -> tuple[str, dict[str, Any], Any]:
    if isinstance(record, dict) and "record" in record:
        fields = record.get("of")
        return "", fields if isinstance(fields, dict) else {}, record["record"]
    return "", {}, record


def partial(inventory: Inventory) -> set[str]:
    return {row.record_kind for row in inventory.coverage if row.status is CoverageStatus.PARTIAL}


def test_the_estate_itself_is_read_whole(tmp_path: Path) -> None:
    inventory = read(tmp_path / "snapshot", ESTATE)
    assert [row for row in inventory.coverage if row.status.is_gap] == []
    assert all((inventory.scopes, inventory.identities, inventory.groups, inventory.credentials, inventory.workloads))
    assert all((inventory.resources, inventory.policies, inventory.bindings, inventory.guardrails, inventory.trusts))
    assert {row.provider for row in inventory.policies.values()} == {"azure"}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_odd_values_anywhere(tmp_path: Path, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(ESTATE)))
    changed: Any = ESTATE[kind]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([place for place in places(changed) if place]))
        changed = put(changed, path, data.draw(st.sampled_from(ODD)))
    inventory = read(tmp_path / "snapshot", ESTATE | {kind: changed})
    assert f"/tenants/{TENANT}" in inventory.scopes
    assert {row.status for row in inventory.coverage} <= {CoverageStatus.PARTIAL}


@pytest.mark.parametrize("kind", sorted(ESTATE))
@pytest.mark.parametrize("odd", [None, [{}]])
def test_a_record_that_is_no_object_is_not_lost_in_silence(tmp_path: Path, kind: str, odd: Any) -> None:
    whole = ESTATE[kind][0]
    lost = {**whole, "record": odd} if set(whole) == {"of", "record"} else odd
    assert kind in partial(read(tmp_path / "snapshot", ESTATE | {kind: [lost]}))


@pytest.mark.parametrize("kind", sorted(ESTATE))
def test_an_empty_record_is_not_lost_in_silence(tmp_path: Path, kind: str) -> None:
    assert kind in partial(read(tmp_path / "snapshot", ESTATE | {kind: [{}]}))


def test_the_order_of_records_does_not_matter(tmp_path: Path) -> None:
    doubled = {kind: [*records, *({**one, "extra": 1} for one in records)] for kind, records in ESTATE.items()}
    before = read(tmp_path / "before", doubled)
    for records in doubled.values():
        random.Random(7).shuffle(records)  # noqa: S311 - no secret
    assert read(tmp_path / "after", doubled) == before
