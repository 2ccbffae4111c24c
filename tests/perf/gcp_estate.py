"""A large organization of Google Cloud as a snapshot of raw records: what a sweep by Cloud Asset Inventory gives."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.gcp.kinds import asset_kind, scope_dir
from nhi_scan.snapshot.store import SnapshotWriter
from tests.perf.gcp_roles import roles

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORGANIZATION = "organizations/100000000001"
CUSTOMER = "C0perf"
DOMAIN = "example.com"
CREATED = "2024-03-01T00:00:00Z"
COMMON = (
    "roles/storage.objectViewer", "roles/storage.objectAdmin", "roles/run.admin", "roles/secretmanager.secretAccessor",
    "roles/viewer", "roles/cloudbuild.builds.editor", "roles/compute.instanceAdmin.v1", "roles/iam.serviceAccountUser",
)  # fmt: skip
CONDITIONS = (
    'request.time < timestamp("2026-01-01T00:00:00Z")',
    'request.time < timestamp("2027-01-01T00:00:00Z")',
    'resource.name.startsWith("projects/_/buckets/app-")',
    'resource.type == "storage.googleapis.com/Bucket"',
    'resource.matchTag("100000000001/env", "prod")',
)
DENIED = (
    ("iam.googleapis.com/serviceAccountKeys.create",),
    ("iam.googleapis.com/roles.delete", "cloudresourcemanager.googleapis.com/projects.delete"),
    ("storage.googleapis.com/buckets.delete", "storage.googleapis.com/buckets.setIamPolicy"),
    ("compute.googleapis.com/instances.setMetadata",),
)
Row = tuple[str, dict[str, Any], dict[str, Any]]


class Estate:
    """Draws an organization, the same for the same size.

    Attributes:
        accounts: how many service accounts.
        projects: over how many projects; twenty accounts each.
        folders: how many folders, the first tenth right below the organization.
    """

    def __init__(self, accounts: int) -> None:
        """Lay out the tree."""
        self.accounts = accounts
        self.projects = max(1, accounts // 20)
        self.folders = max(1, self.projects // 25)
        self.groups = max(1, accounts // 1000)
        self._chance = random.Random(11)  # noqa: S311 - repeatable
        self.roles = roles(self._chance)
        self._names = [role["name"] for role in self.roles]
        self._weights = [60 if name in COMMON else 0 if name == "roles/owner" else 1 for name in self._names]

    def write(self, folder: Path) -> None:
        """Write the snapshot."""
        writer = SnapshotWriter.create(folder, NOW, "perf", overwrite=True)
        for kind, rows in self._kinds():
            count = writer.write("gcp", scope_dir(ORGANIZATION), kind, rows)
            writer.cover(
                Coverage(
                    provider="gcp",
                    scope_id=ORGANIZATION,
                    record_kind=kind,
                    status=CoverageStatus.COMPLETE,
                    records=count,
                )
            )
        writer.finish()

    def _kinds(self) -> Iterator[tuple[str, Iterator[Row]]]:
        yield asset_kind("cloudresourcemanager.googleapis.com/Organization"), self._organization()
        yield asset_kind("cloudresourcemanager.googleapis.com/Folder"), self._folders()
        yield asset_kind("cloudresourcemanager.googleapis.com/Project"), self._projects()
        yield asset_kind("iam.googleapis.com/ServiceAccount"), self._accounts()
        yield asset_kind("iam.googleapis.com/ServiceAccountKey"), self._keys()
        yield asset_kind("iam.googleapis.com/Role"), iter(())
        yield asset_kind("compute.googleapis.com/Instance"), self._instances()
        yield asset_kind("run.googleapis.com/Service"), self._services()
        yield asset_kind("storage.googleapis.com/Bucket"), self._buckets()
        yield "asset-iam-policies", self._policies()
        yield "iam-predefined-roles", (("", {}, role) for role in self.roles)
        yield "iam-deny-policies", self._denies()
        yield "iam-pab-policies", iter(())
        yield "iam-pab-bindings", iter(())
        yield "cloudidentity-groups", self._groups()
        yield "cloudidentity-memberships", self._memberships()
        yield "policyanalyzer-service-account-activities", self._activities()

    def email(self, number: int) -> str:
        """Return the name of a service account; every twentieth is its project's default one."""
        if number % 20 == 0:
            return f"{self.number(number // 20)}-compute@developer.gserviceaccount.com"
        return f"app-{number:06d}@{self.project(number // 20)}.iam.gserviceaccount.com"

    def number(self, project: int) -> int:
        """Return a project's number."""
        return 500000000000 + project

    def project(self, project: int) -> str:
        """Return a project's id."""
        return f"perf-{project:05d}"

    def _unique(self, number: int) -> str:
        return str(100000000000000000000 + number)

    def _folder(self, project: int) -> str:
        return f"folders/{200000000000 + project % self.folders}"

    def _above(self, folder: int) -> str:
        return ORGANIZATION if folder * 10 < self.folders else f"folders/{200000000000 + folder // 10}"

    def _ancestors(self, project: int) -> list[str]:
        found = [f"projects/{self.number(project)}", self._folder(project)]
        folder = project % self.folders
        while (above := self._above(folder)) != ORGANIZATION:
            found.append(above)
            folder = int(above.partition("/")[2]) - 200000000000
        return [*found, ORGANIZATION]

    def _asset(self, name: str, kind: str, data: dict[str, Any], project: int) -> Row:
        service, _, short = kind.partition("/")
        return (
            "",
            {},
            {
                "name": name,
                "assetType": kind,
                "resource": {
                    "version": "v1",
                    "discoveryDocumentUri": f"https://{service}/$discovery/rest",
                    "discoveryName": short,
                    "parent": f"//cloudresourcemanager.googleapis.com/projects/{self.number(project)}",
                    "data": data,
                },
                "ancestors": self._ancestors(project),
                "updateTime": CREATED,
            },
        )

    def _organization(self) -> Iterator[Row]:
        data = {
            "name": ORGANIZATION,
            "displayName": DOMAIN,
            "lifecycleState": "ACTIVE",
            "owner": {"directoryCustomerId": CUSTOMER},
        }
        yield self._tree(ORGANIZATION, "Organization", data, [ORGANIZATION])

    def _tree(self, name: str, kind: str, data: dict[str, Any], ancestors: list[str]) -> Row:
        asset = {
            "name": f"//cloudresourcemanager.googleapis.com/{name}",
            "assetType": f"cloudresourcemanager.googleapis.com/{kind}",
            "resource": {"version": "v3", "discoveryName": kind, "data": data},
            "ancestors": ancestors,
            "updateTime": CREATED,
        }
        if len(ancestors) > 1:
            asset["resource"]["parent"] = f"//cloudresourcemanager.googleapis.com/{ancestors[1]}"  # type: ignore[index] # a dict of its own, just above
        return "", {}, asset

    def _folders(self) -> Iterator[Row]:
        for folder in range(self.folders):
            name, above = f"folders/{200000000000 + folder}", self._above(folder)
            data = {"name": name, "parent": above, "displayName": f"folder-{folder}", "state": "ACTIVE"}
            ancestors = [name, above] if above == ORGANIZATION else [name, above, ORGANIZATION]
            yield self._tree(name, "Folder", data, ancestors)

    def _projects(self) -> Iterator[Row]:
        for project in range(self.projects):
            data = {
                "name": f"projects/{self.number(project)}",
                "parent": self._folder(project),
                "projectId": self.project(project),
                "state": "ACTIVE",
                "displayName": f"Project {project}",
                "createTime": CREATED,
                "labels": {"team": f"team-{project % 40}"},
            }
            yield self._tree(f"projects/{self.number(project)}", "Project", data, self._ancestors(project))

    def _accounts(self) -> Iterator[Row]:
        for number in range(self.accounts):
            project, email = number // 20, self.email(number)
            data = {
                "name": f"projects/{self.project(project)}/serviceAccounts/{email}",
                "projectId": self.project(project),
                "uniqueId": self._unique(number),
                "email": email,
                "displayName": f"app {number}",
                "oauth2ClientId": self._unique(number),
            }
            name = f"//iam.googleapis.com/projects/{self.project(project)}/serviceAccounts/{self._unique(number)}"
            yield self._asset(name, "iam.googleapis.com/ServiceAccount", data, project)

    def _keys(self) -> Iterator[Row]:
        for number in range(self.accounts):
            for kind in ("SYSTEM_MANAGED", "USER_MANAGED")[: 2 if number % 3 == 0 else 1]:
                key = f"{number:032x}{kind[:4].lower()}"
                place = f"projects/{self.project(number // 20)}/serviceAccounts/"
                data = {
                    "name": f"{place}{self.email(number)}/keys/{key}",
                    "keyType": kind,
                    "keyOrigin": "GOOGLE_PROVIDED",
                    "keyAlgorithm": "KEY_ALG_RSA_2048",
                    "validAfterTime": CREATED,
                    "validBeforeTime": "9999-12-31T23:59:59Z" if kind == "USER_MANAGED" else "2026-12-01T00:00:00Z",
                }
                name = f"//iam.googleapis.com/{place}{self._unique(number)}/keys/{key}"
                yield self._asset(name, "iam.googleapis.com/ServiceAccountKey", data, number // 20)

    def _instances(self) -> Iterator[Row]:
        for project in range(self.projects):
            place = f"projects/{self.project(project)}/zones/europe-west1-b"
            data = {
                "id": str(700000000000 + project),
                "name": "vm",
                "selfLink": f"https://www.googleapis.com/compute/v1/{place}/instances/vm",
                "zone": f"https://www.googleapis.com/compute/v1/{place}",
                "status": "RUNNING",
                "serviceAccounts": [
                    {
                        "email": self.email(project * 20 + project % 3),
                        "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
                    }
                ],
            }
            name = f"//compute.googleapis.com/{place}/instances/vm"
            yield self._asset(name, "compute.googleapis.com/Instance", data, project)

    def _services(self) -> Iterator[Row]:
        for project in range(self.projects):
            place = f"projects/{self.project(project)}/locations/europe-west1/services/web"
            data = {
                "name": place,
                "template": {"serviceAccount": self.email(project * 20 + 1), "containers": [{"image": "app"}]},
                "ingress": "INGRESS_TRAFFIC_ALL",
            }
            yield self._asset(f"//run.googleapis.com/{place}", "run.googleapis.com/Service", data, project)

    def _buckets(self) -> Iterator[Row]:
        for project in range(self.projects):
            bucket = f"app-{project}"
            data = {"id": bucket, "name": bucket, "projectNumber": str(self.number(project)), "location": "EU"}
            yield self._asset(f"//storage.googleapis.com/{bucket}", "storage.googleapis.com/Bucket", data, project)

    def _policies(self) -> Iterator[Row]:
        for project in range(self.projects):
            yield self._policy(f"projects/{self.number(project)}", "Project", self._project_bindings(project), project)
            yield self._place(
                f"//storage.googleapis.com/app-{project}",
                "storage.googleapis.com/Bucket",
                [self._binding("roles/storage.objectViewer", [self._somebody()])],
                project,
            )
        for folder in range(0, self.folders, 4):
            bindings = [self._binding("roles/viewer", [self._group(folder)])]
            yield self._policy(f"folders/{200000000000 + folder}", "Folder", bindings, folder)
        yield self._policy(ORGANIZATION, "Organization", self._organization_bindings(), 0)
        for number in range(0, self.accounts, 50):  # 2 % can be become by a neighbour
            project = number // 20
            yield self._place(
                f"//iam.googleapis.com/projects/{self.project(project)}/serviceAccounts/{self._unique(number)}",
                "iam.googleapis.com/ServiceAccount",
                [self._binding("roles/iam.serviceAccountTokenCreator", [self._somebody()])],
                project,
            )

    def _organization_bindings(self) -> list[dict[str, Any]]:
        return [
            self._binding("roles/viewer", [self._group(0), f"domain:{DOMAIN}"]),
            self._binding("roles/owner", ["user:root@example.com"]),
            self._binding("roles/iam.securityAdmin", [f"serviceAccount:{self.email(1)}", "user:security@example.com"]),
            self._binding("roles/secretmanager.secretAccessor", [self._group(1)]),
        ]

    def _project_bindings(self, project: int) -> list[dict[str, Any]]:
        members: dict[tuple[str, str], list[str]] = {}
        first = project * 20
        for number in range(first, min(first + 20, self.accounts)):
            names = self._chance.choices(self._names, self._weights, k=self._chance.randint(2, 4))
            if number % 20 == 0:
                names = ["roles/editor"]
            for name in names:
                condition = self._chance.choice(CONDITIONS) if self._chance.random() < 0.03 else ""
                members.setdefault((name, condition), []).append(f"serviceAccount:{self.email(number)}")
        members.setdefault(("roles/owner", ""), []).append(f"user:lead-{project % 300}@{DOMAIN}")
        members.setdefault(("roles/storage.objectViewer", ""), []).append(self._group(project))
        if project % 25 == 0:
            key = ("roles/iam.serviceAccountTokenCreator", "")
            members.setdefault(key, []).append(f"serviceAccount:{self.email(first + 2)}")
        return [self._binding(role, who, text) for (role, text), who in members.items()]

    def _binding(self, role: str, who: list[str], condition: str = "") -> dict[str, Any]:
        found: dict[str, Any] = {"role": role, "members": list(dict.fromkeys(who))}
        if condition:
            found["condition"] = {"title": "when", "expression": condition}
        return found

    def _policy(self, name: str, kind: str, bindings: list[dict[str, Any]], project: int) -> Row:
        full = f"//cloudresourcemanager.googleapis.com/{name}"
        return self._place(full, f"cloudresourcemanager.googleapis.com/{kind}", bindings, project)

    def _place(self, name: str, kind: str, bindings: list[dict[str, Any]], project: int) -> Row:
        found = {
            "resource": name,
            "assetType": kind,
            "project": f"projects/{self.number(project)}",
            "folders": [row for row in self._ancestors(project) if row.startswith("folders/")],
            "organization": ORGANIZATION,
            "policy": {"version": 3, "bindings": bindings},
        }
        if kind.endswith(("Folder", "Organization")):
            del found["project"]
        return "", {}, found

    def _somebody(self) -> str:
        return f"serviceAccount:{self.email(self._chance.randrange(self.accounts))}"

    def _group(self, number: int) -> str:
        return f"group:team-{number % self.groups}@{DOMAIN}"

    def _denies(self) -> Iterator[Row]:
        places = [ORGANIZATION, *(self._folder(project) for project in range(0, min(self.projects, 150), 10))]
        places += [f"projects/{self.number(project)}" for project in range(min(self.projects, 4))]
        for number, place in enumerate(dict.fromkeys(places)):
            rule: dict[str, Any] = {
                "deniedPrincipals": ["principalSet://goog/public:all"],
                "exceptionPrincipals": [f"principalSet://goog/group/team-{number % self.groups}@{DOMAIN}"],
                "deniedPermissions": list(DENIED[number % len(DENIED)]),
            }
            if number % 5 == 4:
                rule["denialCondition"] = {"expression": 'resource.matchTag("100000000001/env", "prod")'}
            point = f"cloudresourcemanager.googleapis.com/{place}"
            record = {
                "name": f"policies/{point.replace('/', '%2F')}/denypolicies/deny-{number}",
                "kind": "DenyPolicy",
                "displayName": f"deny {number}",
                "rules": [{"denyRule": rule}],
            }
            yield "", {"attachmentPoint": point}, record

    def _groups(self) -> Iterator[Row]:
        for number in range(self.groups):
            email = f"team-{number}@{DOMAIN}"
            record = {
                "name": f"groups/{number:08d}",
                "groupKey": {"id": email},
                "parent": f"customers/{CUSTOMER}",
                "displayName": f"team {number}",
            }
            yield "", {}, record

    def _memberships(self) -> Iterator[Row]:
        for number in range(self.groups):
            of = {"group": f"groups/{number:08d}", "email": f"team-{number}@{DOMAIN}"}
            for place in range(1000):
                email = self.email((number * 7919 + place * 97) % self.accounts)
                record = {
                    "name": f"groups/{number:08d}/memberships/{place}",
                    "preferredMemberKey": {"id": email},
                    "roles": [{"name": "MEMBER"}],
                    "type": "SERVICE_ACCOUNT",
                }
                yield "", of, record

    def _activities(self) -> Iterator[Row]:
        for number in range(self.accounts):
            place = f"projects/{self.number(number // 20)}"
            name = f"//iam.googleapis.com/projects/{self.project(number // 20)}/serviceAccounts/{self.email(number)}"
            record = {
                "fullResourceName": name,
                "activityType": "serviceAccountLastAuthentication",
                "observationPeriod": {"startTime": "2025-10-01T07:00:00Z", "endTime": "2026-10-30T07:00:00Z"},
                "activity": {
                    "lastAuthenticatedTime": f"2026-{1 + number % 9:02d}-01T07:00:00Z",
                    "serviceAccount": {
                        "serviceAccountId": self._unique(number),
                        "projectNumber": str(self.number(number // 20)),
                        "fullResourceName": name,
                    },
                },
            }
            yield "", {"parent": place}, record
