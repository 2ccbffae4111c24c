"""A company across clouds, by number: who is where, and whom each trusts."""

import uuid
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CREATED = "2025-03-01T00:00:00Z"
CLUSTERS = 10
ACCOUNTS = 20  # of AWS
OWNER = "perf"
GITHUB = "token.actions.githubusercontent.com"
TENANT = "10000000-0000-4000-8000-000000000001"
ORGANIZATION = "organizations/100000000001"
Row = tuple[str, dict[str, Any], dict[str, Any]]


class Company:
    """Lays out a company, the same for the same size.

    Attributes:
        roles: how many roles of AWS, over twenty accounts.
        pods: how many service accounts in each of ten clusters, ten to a namespace: a fifth of the roles.
        repositories: how many on GitHub, with a workflow of three jobs each: a fifth of the roles.
        applications: how many of Entra, with a federated credential each: three tenths of the roles.
        projects: how many of Google Cloud, with a pool and a provider each: 50 to 10,000 roles.
        members: how many members of pools may act as a service account: a fifth of the roles.
    """

    def __init__(self, roles: int) -> None:
        """Count."""
        self.roles = roles
        self.pods = max(10, roles // 5)
        self.repositories = max(10, roles // 5)
        self.applications = max(10, roles * 3 // 10)
        self.projects = max(5, roles // 200)
        self.members = max(10, roles // 5)

    def issuer(self, cluster: int) -> str:
        """Return who issues the tokens of a cluster, without the scheme."""
        return f"oidc.eks.eu-west-1.amazonaws.com/id/{cluster:032X}"

    def space(self, number: int) -> str:
        """Return the namespace of a service account."""
        return f"team-{number // 10:05d}"

    def pod(self, number: int) -> str:
        """Return the name of a service account in its namespace."""
        return f"app-{number % 10}"

    def subject(self, number: int) -> str:
        """Return what a service account's token says of it."""
        return f"system:serviceaccount:{self.space(number)}:{self.pod(number)}"

    def account(self, role: int) -> str:
        """Return the account that a role is in."""
        return str(100000000000 + role % ACCOUNTS)

    def role(self, number: int) -> str:
        """Return the ARN of a role."""
        return f"arn:aws:iam::{self.account(number)}:role/app-{number:06d}"

    def repository(self, number: int) -> str:
        """Return the full name of a repository."""
        return f"{OWNER}/app-{number % self.repositories:05d}"

    def guid(self, kind: str, number: int) -> str:
        """Return the id of something of Entra."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}/{number}"))

    def project(self, number: int) -> str:
        """Return the id of a project of Google Cloud."""
        return f"perf-{number:05d}"

    def project_number(self, number: int) -> int:
        """Return a project's number."""
        return 500000000000 + number

    def email(self, number: int) -> str:
        """Return the address of a service account of Google Cloud."""
        return f"app-{number:06d}@{self.project(number % self.projects)}.iam.gserviceaccount.com"

    def pool(self, project: int) -> str:
        """Return the name of a project's pool, as members of it have it."""
        return f"projects/{self.project_number(project)}/locations/global/workloadIdentityPools/pool"
