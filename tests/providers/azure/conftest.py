"""A tenant that every test of the collector speaks to, and a way to collect it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.azure.estate import CALLER, CLIENT, TENANT, Estate
from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.server import Served, serve
from nhi_scan.model.coverage import Coverage
from nhi_scan.providers.azure import collect, settings
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GRAPH_APP = "00000003-0000-0000-c000-000000000000"


def uid(number: int) -> str:
    """Make an id that is easy to read in a failure."""
    return f"00000000-0000-4000-8000-{number:012d}"


SUBSCRIPTION = uid(900)
APP, APP_SP, MANY_OWNERS, MANY_OWNERS_APP, GRAPH_SP, API_APP, API_SP, IDENTITY = (uid(number) for number in range(1, 9))
FLEXIBLE_APP, THIRD_PARTY = uid(9), uid(10)
ALICE, BOB, GUEST, GONE, SPONSOR = (uid(number) for number in range(101, 106))
CROWD = [uid(number) for number in range(200, 225)]
ADMINS, NESTED, READERS, UNNAMED = (uid(number) for number in range(301, 305))
UNIT, OTHER_UNIT = uid(401), uid(402)
BLUEPRINT, BLUEPRINT_SP, AGENT, AGENT_USER = (uid(number) for number in range(501, 505))
GLOBAL_ADMIN, HELPDESK = "62e90394-69f5-4237-9190-012177145e10", uid(601)
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
RESOURCE_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
IDENTITY_ID = f"{RESOURCE_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci"


class Steps:
    """Progress that remembers what it was told."""

    def __init__(self, dies: tuple[int, type[Exception]] | None = None) -> None:
        self.told: list[tuple[str, str]] = []
        self._dies = dies

    def start(self, account: str, total: int = 0) -> None:  # noqa: ARG002 - as the protocol names it
        self.told.append(("start", account))

    def advance(self, account: str, service: str, region: str = "") -> None:  # noqa: ARG002 - as above
        self.told.append(("advance", account))
        if self._dies and sum(what == "advance" for what, _ in self.told) >= self._dies[0]:
            raise self._dies[1]

    def done(self, account: str) -> None:
        self.told.append(("done", account))


class Collected:
    """A snapshot, and what it cost."""

    def __init__(self, snapshot: Snapshot, served: Served, steps: Steps) -> None:
        self.snapshot = snapshot
        self.served = served
        self.steps = steps
        self.tenant = f"/tenants/{served.tenant_id}"
        self.folder = f"tenants-{served.tenant_id}"

    def row(self, kind: str, scope: str = "") -> Coverage:
        scope = scope or self.tenant
        found = [row for row in self.snapshot.manifest.coverage if (row.scope_id, row.record_kind) == (scope, kind)]
        assert len(found) == 1, f"{scope} {kind}: {found}"
        return found[0]

    def gaps(self) -> dict[str, Coverage]:
        return {row.record_kind: row for row in self.snapshot.manifest.coverage if row.status.is_gap}

    def records(self, kind: str, folder: str = "") -> list[Any]:
        return [envelope.value() for envelope in self.snapshot.records("azure", folder or self.folder, kind)]

    def ids(self, kind: str) -> list[str]:
        return sorted(record["id"] for record in self.records(kind))

    def kept(self, kind: str, folder: str = "") -> list[dict[str, Any]]:
        return [dict(envelope.of) for envelope in self.snapshot.records("azure", folder or self.folder, kind)]

    def related(self, kind: str) -> set[tuple[str, str]]:
        pairs = zip(self.kept(kind), self.records(kind), strict=True)
        return {(of["id"], record["id"]) for of, record in pairs}


Collect = Callable[..., Collected]


def user(id_: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "displayName": name,
        "userPrincipalName": f"{name}@northwind.example",
        "accountEnabled": True,
        "userType": "Member",
        **more,
    }


def service_principal(id_: str, app_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "appId": app_id,
        "displayName": name,
        "accountEnabled": True,
        "servicePrincipalType": "Application",
        "appOwnerOrganizationId": TENANT,
        "alternativeNames": [],
        "appRoles": [],
        "passwordCredentials": [],
        "keyCredentials": [],
        "tags": [],
        **more,
    }


def application(id_: str, app_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "appId": app_id,
        "displayName": name,
        "signInAudience": "AzureADMyOrg",
        "createdDateTime": "ago(400)",
        "passwordCredentials": [],
        "keyCredentials": [],
        "appRoles": [],
        **more,
    }


def app_role(id_: str, value: str) -> dict[str, Any]:
    return {
        "id": id_,
        "value": value,
        "displayName": value,
        "description": f"lets an application {value}",
        "allowedMemberTypes": ["Application"],
        "isEnabled": True,
    }


def assigned(id_: str, resource: str, role: str, principal: str, type_: str) -> dict[str, Any]:
    return {
        "id": id_,
        "resourceId": resource,
        "appRoleId": role,
        "principalId": principal,
        "principalType": type_,
        "createdDateTime": "ago(100)",
    }


def _group(id_: str, name: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "displayName": name, "securityEnabled": True, "groupTypes": [], **more}


def _instance(id_: str, principal: str, scope: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "principalId": principal,
        "roleDefinitionId": GLOBAL_ADMIN,
        "directoryScopeId": scope,
        "appScopeId": None,
        "memberType": "Direct",
        "startDateTime": "ago(10)",
        "endDateTime": "in(10)",
        **more,
    }


_APPROVAL = {
    "id": "policy-1",
    "displayName": "DirectoryRole",
    "scopeId": "/",
    "scopeType": "DirectoryRole",
    "rules": [
        {
            "@odata.type": "#microsoft.graph.unifiedRoleManagementPolicyApprovalRule",
            "id": "Approval_EndUser_Assignment",
            "setting": {
                "isApprovalRequired": True,
                "approvalStages": [
                    {
                        "primaryApprovers": [
                            {"@odata.type": "#microsoft.graph.singleUser", "userId": BOB},
                            {"@odata.type": "#microsoft.graph.groupMembers", "groupId": READERS},
                        ]
                    }
                ],
            },
        }
    ],
}

_DIRECTORY = "microsoft.directory"
_SECRET = {"keyId": uid(801), "displayName": "ci", "startDateTime": "ago(300)", "endDateTime": "in(30)"}


def _assignment(name: str, principal: str, type_: str) -> dict[str, Any]:
    scope = f"/subscriptions/{SUBSCRIPTION}"
    path = "providers/Microsoft.Authorization"
    return {
        "id": f"{scope}/{path}/roleAssignments/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": f"/{path}/roleDefinitions/{READER}",
            "principalId": principal,
            "principalType": type_,
            "scope": scope,
        },
    }


@pytest.fixture(scope="session")
def estate() -> Estate:
    return Estate(
        organization={"id": TENANT, "displayName": "Northwind"},
        applications=[
            application(
                APP,
                uid(11),
                "ci",
                passwordCredentials=[{**_SECRET, "hint": "hnt", "secretText": "canary-secret-text"}],
                keyCredentials=[
                    {
                        "keyId": uid(802),
                        "type": "AsymmetricX509Cert",
                        "usage": "Verify",
                        "key": "canary-key",
                        "startDateTime": "ago(1)",
                        "endDateTime": "in(90)",
                    }
                ],
            ),
            application(MANY_OWNERS_APP, uid(12), "crowded"),
            application(API_APP, uid(13), "api", appRoles=[app_role(uid(701), "Orders.Read")]),
            application(FLEXIBLE_APP, uid(14), "flexible"),
            application(BLUEPRINT, uid(15), "helper", **{"@odata.type": "#microsoft.graph.agentIdentityBlueprint"}),
        ],
        service_principals=[
            service_principal(CALLER, CLIENT, "scanner"),
            service_principal(APP_SP, uid(11), "ci"),
            service_principal(MANY_OWNERS, uid(12), "crowded"),
            service_principal(API_SP, uid(13), "api", appRoles=[app_role(uid(701), "Orders.Read")]),
            service_principal(
                GRAPH_SP,
                GRAPH_APP,
                "Microsoft Graph",
                appOwnerOrganizationId="f8cdef31-a31e-4b4a-93e4-5f571e91255a",
                appRoles=[app_role(uid(702), "Application.ReadWrite.All")],
            ),
            service_principal(THIRD_PARTY, uid(16), "saas", appOwnerOrganizationId=uid(17)),
            service_principal(
                IDENTITY,
                uid(18),
                "ci-identity",
                servicePrincipalType="ManagedIdentity",
                alternativeNames=["isExplicit=True", IDENTITY_ID],
            ),
            service_principal(
                BLUEPRINT_SP, uid(15), "helper", **{"@odata.type": "#microsoft.graph.agentIdentityBlueprintPrincipal"}
            ),
            service_principal(
                AGENT,
                uid(19),
                "agent",
                servicePrincipalType="ServiceIdentity",
                agentIdentityBlueprintId=uid(15),
                **{"@odata.type": "#microsoft.graph.agentIdentity"},
            ),
        ],
        users=[
            user(ALICE, "alice"),
            user(BOB, "bob", accountEnabled=False),
            user(GUEST, "guest", userType="Guest"),
            user(SPONSOR, "sponsor"),
            *(user(id_, f"crowd{number}") for number, id_ in enumerate(CROWD)),
            user(uid(190), "nobody-named"),
            user(AGENT_USER, "agent", identityParentId=AGENT, **{"@odata.type": "#microsoft.graph.agentUser"}),
        ],
        groups=[
            _group(ADMINS, "admins", isAssignableToRole=True),
            _group(NESTED, "nested", isAssignableToRole=None),
            _group(READERS, "readers", groupTypes=["DynamicMembership"]),
            _group(UNNAMED, "unnamed"),
        ],
        administrative_units=[{"id": UNIT, "displayName": "emea"}, {"id": OTHER_UNIT, "displayName": "other"}],
        owners={APP: [ALICE, APP_SP], MANY_OWNERS_APP: CROWD, MANY_OWNERS: CROWD, ADMINS: [ALICE]},
        members={ADMINS: [ALICE, NESTED], NESTED: [GUEST, ADMINS, IDENTITY], READERS: [BOB], UNIT: [GUEST]},
        sponsors={AGENT: [SPONSOR]},
        federated_credentials={
            APP: [
                {
                    "id": uid(811),
                    "name": "github",
                    "issuer": "https://token.actions.githubusercontent.com",
                    "subject": "repo:northwind/shop:ref:refs/heads/main",
                    "audiences": ["api://AzureADTokenExchange"],
                }
            ],
            FLEXIBLE_APP: [
                {
                    "id": uid(812),
                    "name": "any-branch",
                    "issuer": "https://token.actions.githubusercontent.com",
                    "subject": None,
                    "audiences": ["api://AzureADTokenExchange"],
                    "claimsMatchingExpression": {
                        "languageVersion": 1,
                        "value": "claims['sub'] matches 'repo:northwind/*'",
                    },
                }
            ],
        },
        app_role_assignments=[
            assigned("a1", GRAPH_SP, uid(702), APP_SP, "ServicePrincipal"),
            assigned("a2", API_SP, uid(701), IDENTITY, "ServicePrincipal"),
            assigned("a3", API_SP, uid(701), READERS, "Group"),
        ],
        oauth2_permission_grants=[
            {
                "id": "g1",
                "clientId": THIRD_PARTY,
                "resourceId": GRAPH_SP,
                "consentType": "AllPrincipals",
                "principalId": None,
                "scope": "Mail.Read",
            }
        ],
        directory_role_definitions=[
            {
                "id": GLOBAL_ADMIN,
                "templateId": GLOBAL_ADMIN,
                "displayName": "Global Administrator",
                "isBuiltIn": True,
                "isEnabled": True,
                "rolePermissions": [{"allowedResourceActions": [f"{_DIRECTORY}/applications/allProperties/allTasks"]}],
            }
        ],
        directory_role_assignments=[
            {"id": "r1", "principalId": ADMINS, "roleDefinitionId": GLOBAL_ADMIN, "directoryScopeId": "/"},
            {"id": "r2", "principalId": GONE, "roleDefinitionId": GLOBAL_ADMIN, "directoryScopeId": "/"},
            {
                "id": "r3",
                "principalId": BOB,
                "roleDefinitionId": GLOBAL_ADMIN,
                "directoryScopeId": f"/administrativeUnits/{UNIT}",
            },
        ],
        directory_role_assignment_instances=[
            _instance("i1", ADMINS, "/", assignmentType="Assigned", roleAssignmentOriginId="r1")
        ],
        directory_role_eligibility_instances=[_instance("e1", GUEST, "/")],
        directory_role_policies=[
            {
                "id": "p1",
                "policyId": "policy-1",
                "scopeId": "/",
                "scopeType": "DirectoryRole",
                "roleDefinitionId": GLOBAL_ADMIN,
                "policy": _APPROVAL,
            }
        ],
        group_eligibility_instances=[
            {
                "id": "ge1",
                "groupId": ADMINS,
                "principalId": BOB,
                "accessId": "member",
                "memberType": "direct",
                "startDateTime": "ago(1)",
                "endDateTime": "in(9)",
            }
        ],
        policies={
            "authorizationPolicy": {"id": "authorizationPolicy", "displayName": "Authorization Policy"},
            "defaultAppManagementPolicy": {"id": uid(31), "displayName": "Default", "isEnabled": True},
            "adminConsentRequestPolicy": {"isEnabled": True, "version": 1},
        },
        app_management_policies=[{"id": uid(32), "displayName": "strict", "isEnabled": True}],
        applies_to={uid(32): [APP]},
        permission_grant_policies=[{"id": "microsoft-user-default-low", "displayName": "Low"}],
        risky_service_principals=[{"id": THIRD_PARTY, "appId": uid(16), "riskState": "atRisk", "riskLevel": "high"}],
        service_principal_sign_ins=[{"id": "s1", "appId": uid(11)}],
        credential_sign_ins=[{"id": "c1", "keyId": uid(801), "appId": uid(11)}],
        management_groups=[
            {"name": TENANT, "displayName": "Tenant Root Group", "parent": ""},
            {"name": "northwind", "displayName": "Northwind", "parent": TENANT},
        ],
        subscriptions=[
            {"subscriptionId": SUBSCRIPTION, "displayName": "shop", "state": "Enabled", "parent": "northwind"}
        ],
        resources=[
            {
                "id": RESOURCE_GROUP,
                "name": "rg",
                "type": "Microsoft.Resources/resourceGroups",
                "location": "westeurope",
            },
            {
                "id": IDENTITY_ID,
                "name": "ci",
                "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
                "location": "westeurope",
                "properties": {"principalId": IDENTITY, "clientId": uid(18), "tenantId": TENANT},
            },
        ],
        role_definitions=[
            {
                "id": f"/providers/Microsoft.Authorization/roleDefinitions/{READER}",
                "name": READER,
                "type": "Microsoft.Authorization/roleDefinitions",
                "properties": {
                    "roleName": "Reader",
                    "type": "BuiltInRole",
                    "assignableScopes": ["/"],
                    "permissions": [{"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}],
                },
            }
        ],
        role_assignments=[
            _assignment(uid(841), APP_SP, "ServicePrincipal"),
            _assignment(uid(842), CROWD[0], "User"),
            _assignment(uid(843), READERS, "Group"),
            _assignment(uid(844), uid(106), "ServicePrincipal"),
        ],
    )


@contextmanager
def signed_in(served: Served) -> Iterator[None]:
    """Put the scanner's credentials into the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZURE_TENANT_ID", served.tenant_id)
        patch.setenv("AZURE_CLIENT_ID", served.client_id)
        patch.setenv("AZURE_CLIENT_SECRET", served.client_secret)
        yield


def section_of(served: Served, **more: Any) -> dict[str, Any]:
    """Write the section of the settings that a server is asked with."""
    return {
        "credential": "environment",
        "authority": served.endpoint,
        "graph_endpoint": served.endpoint,
        "arm_endpoint": served.endpoint,
        "ca_file": served.ca_file,
        "reports_per_ten_seconds": 100_000,
        **more,
    }


@contextmanager
def started(
    served: Served,
    path: Path,
    *,
    resume: bool = False,
    dies: tuple[int, type[Exception]] | None = None,
    **section: Any,
) -> Iterator[tuple[SnapshotWriter, Steps]]:
    """Collect from a server that runs; yields the writer, not finished."""
    writer = SnapshotWriter.resume(path) if resume else SnapshotWriter.create(path, NOW, "test")
    steps = Steps(dies)
    with ThreadPoolExecutor(4) as executor, signed_in(served):
        collect.collect(settings.parse(section_of(served, **section)), writer, steps, executor)
        yield writer, steps


@pytest.fixture
def gather(estate: Estate, tmp_path: Path) -> Collect:
    def gather(conduct: Conduct | None = None, of: Estate = estate, **section: Any) -> Collected:
        path = tmp_path / f"snapshot-{len(list(tmp_path.iterdir()))}"
        with serve(of, NOW, conduct) as served:
            with started(served, path, **section) as (writer, steps):
                snapshot = writer.finish()
            assert served.breaches == []
        return Collected(snapshot, served, steps)

    return gather


@pytest.fixture(scope="session")
def whole(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """The tenant, collected once with every right."""
    with serve(estate, NOW) as served:
        with started(served, tmp_path_factory.mktemp("whole") / "s", usage=True) as (writer, steps):
            snapshot = writer.finish()
        assert served.breaches == []
        return Collected(snapshot, served, steps)


@pytest.fixture(scope="session")
def starting(estate: Estate) -> Any:
    """`started`, for tests that do more than collect once; `now` is the moment at which the estate plays."""

    class Starting:
        now = NOW

        def __init__(self) -> None:
            self.estate = estate

        def __call__(self, served: Served, path: Path, **section: Any) -> Any:
            return started(served, path, **section)

    return Starting()
