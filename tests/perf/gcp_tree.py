"""Who and what there is in a large organization of Google Cloud, by number."""

import random
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORGANIZATION = "organizations/100000000001"
DOMAIN = "example.com"
Row = tuple[str, dict[str, Any], dict[str, Any]]


class Tree:
    """Lays out an organization, the same for the same size.

    Attributes:
        accounts: how many service accounts.
        projects: over how many projects; twenty accounts each.
        folders: how many folders, the first tenth right below the organization.
        groups: how many groups, of a thousand members each.
        chance: what is drawn, in the order of the records.
    """

    def __init__(self, accounts: int) -> None:
        """Count."""
        self.accounts = accounts
        self.projects = max(1, accounts // 20)
        self.folders = max(1, self.projects // 25)
        self.groups = max(1, accounts // 1000)
        self.chance = random.Random(11)  # noqa: S311 - repeatable

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

    def unique(self, number: int) -> str:
        """Return the unique id of a service account."""
        return str(100000000000000000000 + number)

    def folder(self, project: int) -> str:
        """Return the folder of a project."""
        return f"folders/{200000000000 + project % self.folders}"

    def above(self, folder: int) -> str:
        """Return what a folder is in."""
        return ORGANIZATION if folder * 10 < self.folders else f"folders/{200000000000 + folder // 10}"

    def ancestors(self, project: int) -> list[str]:
        """Return a project and everything above it."""
        found = [f"projects/{self.number(project)}", self.folder(project)]
        folder = project % self.folders
        while (above := self.above(folder)) != ORGANIZATION:
            found.append(above)
            folder = int(above.partition("/")[2]) - 200000000000
        return [*found, ORGANIZATION]

    def group(self, number: int) -> str:
        """Return a group as a member of policies."""
        return f"group:team-{number % self.groups}@{DOMAIN}"
