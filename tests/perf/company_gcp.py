"""The projects of a company on Google Cloud, with a pool each: for repositories, for a cluster, or for AWS."""

import random
from collections.abc import Iterator
from typing import Any

from nhi_scan.providers.gcp.kinds import asset_kind
from tests.perf.company import CLUSTERS, GITHUB, ORGANIZATION, OWNER, Company, Row
from tests.perf.gcp_roles import roles

_REPOSITORIES, _CLUSTER, _AWS = range(3)


class Gcp:
    """Makes the records of the organization."""

    def __init__(self, company: Company) -> None:
        """Take the layout."""
        self._company = company

    def kinds(self) -> Iterator[tuple[str, Iterator[Row]]]:
        """Yield the kinds of records."""
        listed = roles(random.Random(11), 60)  # noqa: S311 - repeatable
        yield asset_kind("cloudresourcemanager.googleapis.com/Organization"), self._organization()
        yield asset_kind("cloudresourcemanager.googleapis.com/Folder"), iter(())
        yield asset_kind("cloudresourcemanager.googleapis.com/Project"), self._projects()
        yield asset_kind("iam.googleapis.com/ServiceAccount"), self._accounts()
        yield asset_kind("iam.googleapis.com/ServiceAccountKey"), iter(())
        yield asset_kind("iam.googleapis.com/Role"), iter(())
        yield asset_kind("iam.googleapis.com/WorkloadIdentityPool"), self._pools()
        yield asset_kind("iam.googleapis.com/WorkloadIdentityPoolProvider"), self._providers()
        yield "asset-iam-policies", self._policies()
        yield "iam-predefined-roles", (("", {}, role) for role in listed)
        for kind in ("iam-deny-policies", "iam-pab-policies", "iam-pab-bindings"):
            yield kind, iter(())

    def _kind(self, project: int) -> int:
        return (_REPOSITORIES, _CLUSTER, _REPOSITORIES, _CLUSTER, _AWS)[project % 5]

    def _organization(self) -> Iterator[Row]:
        data = {"name": ORGANIZATION, "displayName": "example.com", "lifecycleState": "ACTIVE"}
        asset = {
            "name": f"//cloudresourcemanager.googleapis.com/{ORGANIZATION}",
            "assetType": "cloudresourcemanager.googleapis.com/Organization",
            "resource": {"version": "v3", "discoveryName": "Organization", "data": data},
            "ancestors": [ORGANIZATION],
        }
        yield "", {}, asset

    def _asset(self, name: str, kind: str, data: dict[str, Any], project: int) -> Row:
        place = f"projects/{self._company.project_number(project)}"
        parent = ORGANIZATION if kind.endswith("/Project") else place
        asset = {
            "name": name,
            "assetType": kind,
            "resource": {"version": "v1", "parent": f"//cloudresourcemanager.googleapis.com/{parent}", "data": data},
            "ancestors": [place, ORGANIZATION],
        }
        return "", {}, asset

    def _projects(self) -> Iterator[Row]:
        for number in range(self._company.projects):
            name = f"projects/{self._company.project_number(number)}"
            data = {
                "name": name,
                "parent": ORGANIZATION,
                "projectId": self._company.project(number),
                "state": "ACTIVE",
                "displayName": f"Project {number}",
            }
            kind = "cloudresourcemanager.googleapis.com/Project"
            yield self._asset(f"//cloudresourcemanager.googleapis.com/{name}", kind, data, number)

    def _accounts(self) -> Iterator[Row]:
        for number in range(self._company.members):
            email, unique = self._company.email(number), str(100000000000000000000 + number)
            place = f"projects/{self._company.project(number % self._company.projects)}/serviceAccounts"
            data = {"name": f"{place}/{email}", "email": email, "uniqueId": unique, "oauth2ClientId": unique}
            name = f"//iam.googleapis.com/{place}/{unique}"
            yield self._asset(name, "iam.googleapis.com/ServiceAccount", data, number % self._company.projects)

    def _pools(self) -> Iterator[Row]:
        for number in range(self._company.projects):
            name = self._company.pool(number)
            kind = "iam.googleapis.com/WorkloadIdentityPool"
            yield self._asset(f"//iam.googleapis.com/{name}", kind, {"name": name, "state": "ACTIVE"}, number)

    def _providers(self) -> Iterator[Row]:
        for number in range(self._company.projects):
            name = f"{self._company.pool(number)}/providers/own"
            data = {"name": name, "state": "ACTIVE", **self._provider(number)}
            kind = "iam.googleapis.com/WorkloadIdentityPoolProvider"
            yield self._asset(f"//iam.googleapis.com/{name}", kind, data, number)

    def _provider(self, project: int) -> dict[str, Any]:
        kind = self._kind(project)
        if kind == _AWS:
            return {"aws": {"accountId": self._company.account(project)}}
        if kind == _CLUSTER:
            mapping = {"google.subject": "assertion.sub", "attribute.space": "assertion['kubernetes.io']['namespace']"}
            issuer = f"https://{self._company.issuer(project % CLUSTERS)}"
            return {
                "oidc": {"issuerUri": issuer, "allowedAudiences": ["gcp"]},
                "attributeMapping": mapping,
                "attributeCondition": "assertion.sub.startsWith('system:serviceaccount:team-')",
            }
        mapping = {
            "google.subject": "assertion.sub",
            "attribute.repository": "assertion.repository",
            "attribute.ref": "assertion.ref",
        }
        return {
            "oidc": {"issuerUri": f"https://{GITHUB}"},
            "attributeMapping": mapping,
            "attributeCondition": f"assertion.repository_owner == '{OWNER}' && assertion.ref.startsWith('refs/heads/')",
        }

    def _member(self, number: int) -> str:
        project = number % self._company.projects
        kind, pool = self._kind(project), f"iam.googleapis.com/{self._company.pool(project)}"
        if kind == _AWS:
            role = project % 20 + 20 * number
            account = self._company.account(project)
            arn = f"arn:aws:sts::{account}:assumed-role/app-{role % self._company.roles:06d}"
            return f"principalSet://{pool}/attribute.aws_role/{arn}"
        if kind == _CLUSTER:
            return f"principal://{pool}/subject/{self._company.subject(number % self._company.pods)}"
        return f"principalSet://{pool}/attribute.repository/{self._company.repository(number)}"

    def _policies(self) -> Iterator[Row]:
        for number in range(self._company.members):
            project = number % self._company.projects
            unique = 100000000000000000000 + number
            place = f"projects/{self._company.project(project)}/serviceAccounts/{unique}"
            members = [self._member(number)]
            yield self._policy(
                f"//iam.googleapis.com/{place}",
                "iam.googleapis.com/ServiceAccount",
                "roles/iam.workloadIdentityUser",
                members,
                project,
            )
        for project in range(self._company.projects):
            name = f"//cloudresourcemanager.googleapis.com/projects/{self._company.project_number(project)}"
            every = range(project, self._company.members, self._company.projects * 10)
            accounts = [f"serviceAccount:{self._company.email(number)}" for number in every]
            kind = "cloudresourcemanager.googleapis.com/Project"
            yield self._policy(name, kind, "roles/owner", accounts, project)

    def _policy(self, name: str, kind: str, role: str, members: list[str], project: int) -> Row:
        found = {
            "resource": name,
            "assetType": kind,
            "project": f"projects/{self._company.project_number(project)}",
            "organization": ORGANIZATION,
            "policy": {"version": 3, "bindings": [{"role": role, "members": members}]},
        }
        return "", {}, found
