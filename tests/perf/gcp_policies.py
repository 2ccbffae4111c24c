"""The policies of a large organization of Google Cloud: who is given what where, and what is denied."""

from collections.abc import Iterator
from typing import Any

from tests.perf.gcp_tree import DOMAIN, ORGANIZATION, Row, Tree

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


class Policies:
    """Draws them."""

    def __init__(self, tree: Tree, roles: list[dict[str, Any]]) -> None:
        """Weigh the roles: a few are given most."""
        self._tree = tree
        self._names = [role["name"] for role in roles]
        self._weights = [60 if name in COMMON else 0 if name == "roles/owner" else 1 for name in self._names]

    def allowing(self) -> Iterator[Row]:
        """Yield allow policies, as a search gives them."""
        for project in range(self._tree.projects):
            yield self._policy(
                f"projects/{self._tree.number(project)}", "Project", self._project_bindings(project), project
            )
            yield self._place(
                f"//storage.googleapis.com/app-{project}",
                "storage.googleapis.com/Bucket",
                [self._binding("roles/storage.objectViewer", [self._somebody()])],
                project,
            )
        for folder in range(0, self._tree.folders, 4):
            bindings = [self._binding("roles/viewer", [self._tree.group(folder)])]
            yield self._policy(f"folders/{200000000000 + folder}", "Folder", bindings, folder)
        yield self._policy(ORGANIZATION, "Organization", self._organization_bindings(), 0)
        for number in range(0, self._tree.accounts, 50):  # 2 % can be become by a neighbour
            project = number // 20
            yield self._place(
                f"//iam.googleapis.com/projects/{self._tree.project(project)}/serviceAccounts/{self._tree.unique(number)}",
                "iam.googleapis.com/ServiceAccount",
                [self._binding("roles/iam.serviceAccountTokenCreator", [self._somebody()])],
                project,
            )

    def _organization_bindings(self) -> list[dict[str, Any]]:
        return [
            self._binding("roles/viewer", [self._tree.group(0), f"domain:{DOMAIN}"]),
            self._binding("roles/owner", ["user:root@example.com"]),
            self._binding(
                "roles/iam.securityAdmin", [f"serviceAccount:{self._tree.email(1)}", "user:security@example.com"]
            ),
            self._binding("roles/secretmanager.secretAccessor", [self._tree.group(1)]),
        ]

    def _project_bindings(self, project: int) -> list[dict[str, Any]]:
        members: dict[tuple[str, str], list[str]] = {}
        first = project * 20
        for number in range(first, min(first + 20, self._tree.accounts)):
            names = self._tree.chance.choices(self._names, self._weights, k=self._tree.chance.randint(2, 4))
            if number % 20 == 0:
                names = ["roles/editor"]
            for name in names:
                condition = self._tree.chance.choice(CONDITIONS) if self._tree.chance.random() < 0.03 else ""
                members.setdefault((name, condition), []).append(f"serviceAccount:{self._tree.email(number)}")
        members.setdefault(("roles/owner", ""), []).append(f"user:lead-{project % 300}@{DOMAIN}")
        members.setdefault(("roles/storage.objectViewer", ""), []).append(self._tree.group(project))
        if project % 25 == 0:
            key = ("roles/iam.serviceAccountTokenCreator", "")
            members.setdefault(key, []).append(f"serviceAccount:{self._tree.email(first + 2)}")
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
            "project": f"projects/{self._tree.number(project)}",
            "folders": [row for row in self._tree.ancestors(project) if row.startswith("folders/")],
            "organization": ORGANIZATION,
            "policy": {"version": 3, "bindings": bindings},
        }
        if kind.endswith(("Folder", "Organization")):
            del found["project"]
        return "", {}, found

    def _somebody(self) -> str:
        return f"serviceAccount:{self._tree.email(self._tree.chance.randrange(self._tree.accounts))}"

    def denying(self) -> Iterator[Row]:
        """Yield deny policies with their rules."""
        places = [
            ORGANIZATION,
            *(self._tree.folder(project) for project in range(0, min(self._tree.projects, 150), 10)),
        ]
        places += [f"projects/{self._tree.number(project)}" for project in range(min(self._tree.projects, 4))]
        for number, place in enumerate(dict.fromkeys(places)):
            rule: dict[str, Any] = {
                "deniedPrincipals": ["principalSet://goog/public:all"],
                "exceptionPrincipals": [f"principalSet://goog/group/team-{number % self._tree.groups}@{DOMAIN}"],
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
