"""A large organization of Google Cloud as a snapshot of raw records: what a sweep by Cloud Asset Inventory gives."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.gcp.kinds import asset_kind, scope_dir
from nhi_scan.snapshot.store import SnapshotWriter
from tests.perf.gcp_policies import Policies
from tests.perf.gcp_roles import roles
from tests.perf.gcp_tree import DOMAIN, NOW, ORGANIZATION, Row, Tree

CUSTOMER = "C0perf"
CREATED = "2024-03-01T00:00:00Z"


class Estate:
    """Writes an organization of some number of service accounts, the same for the same size."""

    def __init__(self, accounts: int) -> None:
        """Lay out the tree."""
        self._tree = Tree(accounts)
        self._roles = roles(self._tree.chance)
        self._policies = Policies(self._tree, self._roles)

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
        yield "asset-iam-policies", self._policies.allowing()
        yield "iam-predefined-roles", (("", {}, role) for role in self._roles)
        yield "iam-deny-policies", self._policies.denying()
        yield "iam-pab-policies", iter(())
        yield "iam-pab-bindings", iter(())
        yield "cloudidentity-groups", self._groups()
        yield "cloudidentity-memberships", self._memberships()
        yield "policyanalyzer-service-account-activities", self._activities()

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
                    "parent": f"//cloudresourcemanager.googleapis.com/projects/{self._tree.number(project)}",
                    "data": data,
                },
                "ancestors": self._tree.ancestors(project),
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
        yield self._scope(ORGANIZATION, "Organization", data, [ORGANIZATION])

    def _scope(self, name: str, kind: str, data: dict[str, Any], ancestors: list[str]) -> Row:
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
        for folder in range(self._tree.folders):
            name, above = f"folders/{200000000000 + folder}", self._tree.above(folder)
            data = {"name": name, "parent": above, "displayName": f"folder-{folder}", "state": "ACTIVE"}
            ancestors = [name, above] if above == ORGANIZATION else [name, above, ORGANIZATION]
            yield self._scope(name, "Folder", data, ancestors)

    def _projects(self) -> Iterator[Row]:
        for project in range(self._tree.projects):
            data = {
                "name": f"projects/{self._tree.number(project)}",
                "parent": self._tree.folder(project),
                "projectId": self._tree.project(project),
                "state": "ACTIVE",
                "displayName": f"Project {project}",
                "createTime": CREATED,
                "labels": {"team": f"team-{project % 40}"},
            }
            yield self._scope(f"projects/{self._tree.number(project)}", "Project", data, self._tree.ancestors(project))

    def _accounts(self) -> Iterator[Row]:
        for number in range(self._tree.accounts):
            project, email = number // 20, self._tree.email(number)
            data = {
                "name": f"projects/{self._tree.project(project)}/serviceAccounts/{email}",
                "projectId": self._tree.project(project),
                "uniqueId": self._tree.unique(number),
                "email": email,
                "displayName": f"app {number}",
                "oauth2ClientId": self._tree.unique(number),
            }
            name = f"//iam.googleapis.com/projects/{data['projectId']}/serviceAccounts/{data['uniqueId']}"
            yield self._asset(name, "iam.googleapis.com/ServiceAccount", data, project)

    def _keys(self) -> Iterator[Row]:
        for number in range(self._tree.accounts):
            for kind in ("SYSTEM_MANAGED", "USER_MANAGED")[: 2 if number % 3 == 0 else 1]:
                key = f"{number:032x}{kind[:4].lower()}"
                place = f"projects/{self._tree.project(number // 20)}/serviceAccounts/"
                data = {
                    "name": f"{place}{self._tree.email(number)}/keys/{key}",
                    "keyType": kind,
                    "keyOrigin": "GOOGLE_PROVIDED",
                    "keyAlgorithm": "KEY_ALG_RSA_2048",
                    "validAfterTime": CREATED,
                    "validBeforeTime": "9999-12-31T23:59:59Z" if kind == "USER_MANAGED" else "2026-12-01T00:00:00Z",
                }
                name = f"//iam.googleapis.com/{place}{self._tree.unique(number)}/keys/{key}"
                yield self._asset(name, "iam.googleapis.com/ServiceAccountKey", data, number // 20)

    def _instances(self) -> Iterator[Row]:
        for project in range(self._tree.projects):
            place = f"projects/{self._tree.project(project)}/zones/europe-west1-b"
            data = {
                "id": str(700000000000 + project),
                "name": "vm",
                "selfLink": f"https://www.googleapis.com/compute/v1/{place}/instances/vm",
                "zone": f"https://www.googleapis.com/compute/v1/{place}",
                "status": "RUNNING",
                "serviceAccounts": [
                    {
                        "email": self._tree.email(project * 20 + project % 3),
                        "scopes": ["https://www.googleapis.com/auth/cloud-platform"],
                    }
                ],
            }
            name = f"//compute.googleapis.com/{place}/instances/vm"
            yield self._asset(name, "compute.googleapis.com/Instance", data, project)

    def _services(self) -> Iterator[Row]:
        for project in range(self._tree.projects):
            place = f"projects/{self._tree.project(project)}/locations/europe-west1/services/web"
            data = {
                "name": place,
                "template": {"serviceAccount": self._tree.email(project * 20 + 1), "containers": [{"image": "app"}]},
                "ingress": "INGRESS_TRAFFIC_ALL",
            }
            yield self._asset(f"//run.googleapis.com/{place}", "run.googleapis.com/Service", data, project)

    def _buckets(self) -> Iterator[Row]:
        for project in range(self._tree.projects):
            bucket = f"app-{project}"
            data = {"id": bucket, "name": bucket, "projectNumber": str(self._tree.number(project)), "location": "EU"}
            yield self._asset(f"//storage.googleapis.com/{bucket}", "storage.googleapis.com/Bucket", data, project)

    def _groups(self) -> Iterator[Row]:
        for number in range(self._tree.groups):
            email = f"team-{number}@{DOMAIN}"
            record = {
                "name": f"groups/{number:08d}",
                "groupKey": {"id": email},
                "parent": f"customers/{CUSTOMER}",
                "displayName": f"team {number}",
            }
            yield "", {}, record

    def _memberships(self) -> Iterator[Row]:
        for number in range(self._tree.groups):
            of = {"group": f"groups/{number:08d}", "email": f"team-{number}@{DOMAIN}"}
            for place in range(1000):
                email = self._tree.email((number * 7919 + place * 97) % self._tree.accounts)
                record = {
                    "name": f"groups/{number:08d}/memberships/{place}",
                    "preferredMemberKey": {"id": email},
                    "roles": [{"name": "MEMBER"}],
                    "type": "SERVICE_ACCOUNT",
                }
                yield "", of, record

    def _activities(self) -> Iterator[Row]:
        for number in range(self._tree.accounts):
            place = f"projects/{self._tree.number(number // 20)}"
            home = f"//iam.googleapis.com/projects/{self._tree.project(number // 20)}"
            name = f"{home}/serviceAccounts/{self._tree.email(number)}"
            record = {
                "fullResourceName": name,
                "activityType": "serviceAccountLastAuthentication",
                "observationPeriod": {"startTime": "2025-10-01T07:00:00Z", "endTime": "2026-10-30T07:00:00Z"},
                "activity": {
                    "lastAuthenticatedTime": f"2026-{1 + number % 9:02d}-01T07:00:00Z",
                    "serviceAccount": {
                        "serviceAccountId": self._tree.unique(number),
                        "projectNumber": str(self._tree.number(number // 20)),
                        "fullResourceName": name,
                    },
                },
            }
            yield "", {"parent": place}, record
