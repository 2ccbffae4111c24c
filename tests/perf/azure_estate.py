"""A large tenant of Microsoft Entra with its subscriptions as a snapshot of raw records."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.azure import kinds
from nhi_scan.snapshot.store import SnapshotWriter
from tests.perf import azure_roles
from tests.perf.azure_grants import Grants
from tests.perf.azure_resources import Resources
from tests.perf.azure_tenant import CREATED, GRAPH, MICROSOFT, NOW, OTHER, TENANT, Row, Tenant

EMPTY = (
    kinds.APPLICATION_OWNERS, kinds.SERVICE_PRINCIPAL_OWNERS, kinds.DIRECTORY_ROLE_ASSIGNMENT_INSTANCES,
    kinds.DIRECTORY_ROLE_POLICIES, kinds.GROUP_OWNERS, kinds.GROUP_ELIGIBILITY_INSTANCES, kinds.DIRECTORY_OBJECTS,
    kinds.APP_MANAGEMENT_POLICIES, kinds.PERMISSION_GRANT_POLICIES, kinds.RISKY_SERVICE_PRINCIPALS,
    kinds.AGENT_BLUEPRINTS, kinds.AGENT_BLUEPRINT_PRINCIPALS, kinds.AGENT_IDENTITIES, kinds.AGENT_USERS,
    kinds.AGENT_SPONSORS, kinds.AGENT_INHERITABLE_PERMISSIONS, kinds.APP_MANAGEMENT_TARGETS,
    kinds.ARM_FEDERATED_CREDENTIALS, kinds.ARM_ROLE_ELIGIBILITY_INSTANCES, kinds.ARM_ROLE_ASSIGNMENT_INSTANCES,
    kinds.ARM_ROLE_POLICIES,
)  # fmt: skip


class Estate:
    """Writes a tenant of some number of service principals, the same for the same size."""

    def __init__(self, principals: int) -> None:
        """Lay out the tenant."""
        self._tenant = Tenant(principals)
        self._grants = Grants(self._tenant)
        self._resources = Resources(self._tenant)

    def write(self, folder: Path) -> None:
        """Write the snapshot."""
        writer = SnapshotWriter.create(folder, NOW, "perf", overwrite=True)
        scope = arm_ids.tenant(TENANT)
        for kind, rows in self._kinds():
            count = writer.write("azure", kinds.scope_dir(scope), kind, rows)
            for place in (scope, *self._subscriptions(kind)):
                writer.cover(
                    Coverage(
                        provider="azure",
                        scope_id=place,
                        record_kind=kind,
                        status=CoverageStatus.COMPLETE,
                        records=count if place == scope else 0,
                    )
                )
        writer.finish()

    def _subscriptions(self, kind: str) -> list[str]:
        if not kind.startswith(("arg-", "arm-deny", "arm-role", "arm-user")):
            return []
        return [arm_ids.canonical(self._tenant.subscription(number)) for number in range(self._tenant.subscriptions)]

    def _kinds(self) -> Iterator[tuple[str, Iterator[Row]]]:
        grants, resources = self._grants, self._resources
        yield kinds.ORGANIZATION, iter([("", {}, {"id": TENANT, "displayName": "perf", "verifiedDomains": []})])
        yield kinds.APPLICATIONS, self._applications()
        yield kinds.SERVICE_PRINCIPALS, self._principals()
        yield kinds.FEDERATED_CREDENTIALS, self._federated()
        yield kinds.APP_ROLE_ASSIGNMENTS, grants.app_role_assignments()
        yield kinds.DELEGATED_GRANTS, grants.delegated()
        yield kinds.DIRECTORY_ROLE_DEFINITIONS, grants.directory_definitions()
        yield kinds.DIRECTORY_ROLE_ASSIGNMENTS, grants.directory_assignments(eligible=False)
        yield kinds.DIRECTORY_ROLE_ELIGIBILITY_INSTANCES, grants.directory_assignments(eligible=True)
        yield kinds.GROUPS, grants.groups()
        yield kinds.GROUP_MEMBERS, grants.members()
        yield kinds.USERS, self._users()
        yield kinds.ADMINISTRATIVE_UNITS, iter([("", {}, {"id": self._tenant.guid("unit", 0), "displayName": "unit"})])
        yield kinds.ADMINISTRATIVE_UNIT_MEMBERS, self._unit()
        yield kinds.SERVICE_PRINCIPAL_SIGN_INS, self._sign_ins()
        yield kinds.ARG_CONTAINERS, resources.containers()
        yield kinds.ARG_ROLE_DEFINITIONS, iter(azure_roles.rows(self._tenant))
        yield kinds.ARG_ROLE_ASSIGNMENTS, grants.assignments()
        yield kinds.ARG_RESOURCES, resources.resources()
        yield kinds.ARM_DENY_ASSIGNMENTS, grants.denials()
        yield kinds.ARM_USER_ASSIGNED_IDENTITIES, resources.identities()
        yield kinds.ARM_PROVIDER_OPERATIONS, (("", {}, one) for one in azure_roles.operations())
        for kind in EMPTY:
            yield kind, iter(())

    def _principals(self) -> Iterator[Row]:
        tenant = self._tenant
        for number in range(tenant.principals):
            what = tenant.role_of(number)
            owner = {"foreign": OTHER, "microsoft": MICROSOFT}.get(what, TENANT)
            record: dict[str, Any] = {
                "id": tenant.principal(number),
                "appId": self._app(number),
                "displayName": f"app {number}",
                "servicePrincipalType": "ManagedIdentity" if what == "managed" else "Application",
                "accountEnabled": number % 97 != 5,
                "appOwnerOrganizationId": None if what == "managed" else owner,
                "createdDateTime": CREATED,
                "alternativeNames": [],
                "appRoleAssignmentRequired": False,
                "appRoles": [],
                "keyCredentials": [],
                "passwordCredentials": [],
                "owners": self._owners(number) if what == "own" else [],
                "tags": [],
            }
            if what == "managed":
                explicit = "True" if number % 4 == 0 else "False"
                record["alternativeNames"] = [f"isExplicit={explicit}", tenant.identity(number)]
            if number == 9:
                record |= {"appRoles": self._grants.app_roles(), "displayName": "Microsoft Graph"}
            yield "", {}, record

    def _app(self, number: int) -> str:
        return GRAPH if number == 9 else self._tenant.guid("app", number)

    def _applications(self) -> Iterator[Row]:
        tenant = self._tenant
        for number in range(1, tenant.principals, 2):
            if tenant.role_of(number) == "own":
                record = {
                    "id": tenant.guid("application", number),
                    "appId": self._app(number),
                    "displayName": f"app {number}",
                    "signInAudience": "AzureADMyOrg",
                    "createdDateTime": CREATED,
                    "owners": self._owners(number),
                    "keyCredentials": [],
                    "passwordCredentials": self._passwords(number),
                    "appRoles": [],
                }
                yield "", {}, record

    def _owners(self, number: int) -> list[dict[str, str]]:
        if number % 3:
            return []
        owners = [
            {"@odata.type": "#microsoft.graph.user", "id": self._tenant.guid("user", number % self._tenant.users)}
        ]
        if number % 99 == 0:
            other = self._tenant.principal((number * 7 + 1) % self._tenant.principals)
            owners.append({"@odata.type": "#microsoft.graph.servicePrincipal", "id": other})
        return owners

    def _passwords(self, number: int) -> list[dict[str, Any]]:
        return [
            {
                "keyId": self._tenant.guid(f"password-{turn}", number),
                "displayName": "ci",
                "startDateTime": CREATED,
                "endDateTime": f"202{6 + turn}-12-01T00:00:00Z",
            }
            for turn in range(number % 4)
        ]

    def _federated(self) -> Iterator[Row]:
        tenant = self._tenant
        for number in range(11, tenant.principals, 20):
            of = {"id": tenant.guid("application", number), "appId": self._app(number)}
            record = {
                "id": tenant.guid("federated", number),
                "name": "github",
                "issuer": "https://token.actions.githubusercontent.com",
                "subject": f"repo:example/app-{number}:ref:refs/heads/main",
                "audiences": ["api://AzureADTokenExchange"],
            }
            yield "", of, record

    def _users(self) -> Iterator[Row]:
        for number in range(self._tenant.users):
            record = {
                "id": self._tenant.guid("user", number),
                "displayName": f"Person {number}",
                "userPrincipalName": f"person-{number}@example.com",
                "accountEnabled": number % 20 != 7,
                "userType": "Guest" if number % 15 == 4 else "Member",
                "onPremisesSyncEnabled": None,
            }
            yield "", {}, record

    def _unit(self) -> Iterator[Row]:
        for number in range(0, self._tenant.groups, 50):
            of = {"id": self._tenant.guid("unit", 0)}
            yield "", of, {"@odata.type": "#microsoft.graph.group", "id": self._tenant.guid("group", number)}

    def _sign_ins(self) -> Iterator[Row]:
        for number in range(self._tenant.principals):
            if number % 5:
                at = f"2026-{1 + number % 9:02d}-01T07:00:00Z"
                record = {
                    "id": self._tenant.guid("sign-in", number),
                    "appId": self._app(number),
                    "lastSignInActivity": {"lastSignInDateTime": at},
                    "applicationAuthenticationClientSignInActivity": {"lastSignInDateTime": at},
                }
                yield "", {}, record
