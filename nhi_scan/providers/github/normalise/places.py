"""Organizations and repositories, and which of them a record is of.

A record names its repository as it was called when it was asked for (`of.full_name`) and by the number that it keeps
when somebody renames it (`of.repository_id`): where the number is known, that counts.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nhi_scan.model import github_ids
from nhi_scan.model.identity import Owner
from nhi_scan.model.scope import Scope
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, number, word


class Places:
    """Scopes by id.

    Attributes:
        scopes: organizations and repositories.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.scopes: dict[str, Scope] = {}
        self._numbers: dict[tuple[str, str], str] = {}  # (organization, number) -> repository

    def organization(self, scope_id: str, login: str = "") -> str:
        """Return the id of an organization; one that nothing else tells of is added."""
        if scope_id not in self.scopes:
            self.scopes[scope_id] = Scope(
                id=scope_id,
                provider=PROVIDER,
                kind="organization",
                name=login or scope_id.rpartition("/")[2],
                parent_id="",
                collected=scope_id in self._source.swept,
            )
        return scope_id

    def repository(self, scope_id: str, record: Mapping[str, Any], name: str = "full_name", key: str = "id") -> str:
        """Return the id of the repository that a record names; empty where it names none.

        Args:
            scope_id: the organization that the record was collected for.
            record: with the name and the number.
            name: the field of `owner/name`.
            key: the field of the number.
        """
        known = self._numbers.get((scope_id, number(record, key) or ""))
        if known:
            return known
        full_name = word(record, name) or ""
        found = github_ids.of_full_name(github_ids.host_in(scope_id), full_name)
        if not found:
            return ""
        if found not in self.scopes:
            owner, _, short = full_name.strip().partition("/")
            parent = self.organization(github_ids.organization_of(found), owner)
            self.scopes[found] = Scope(
                id=found, provider=PROVIDER, kind="repository", name=short, parent_id=parent, collected=False
            )
        return found

    def of(self, scope_id: str, fields: Mapping[str, Any]) -> str:
        """Return the repository that a record was asked for with, and so was collected; empty where nothing tells."""
        found = self.repository(scope_id, fields, key="repository_id")
        if found and not self.scopes[found].collected:
            self.scopes[found] = replace(self.scopes[found], collected=True)
        return found

    def add(self, scope: Scope, numbered: str | None) -> None:
        """Take a repository or an organization that was described; the first description counts."""
        known = self.scopes.get(scope.id)
        if known is None or not known.attributes:
            self.scopes[scope.id] = scope
        if numbered and scope.parent_id:
            self._numbers.setdefault((scope.parent_id, numbered), scope.id)

    def tell(self, scope_id: str, attributes: Mapping[str, str | None]) -> None:
        """Add attributes to a scope; those that are there already stay."""
        scope = self.scopes.get(scope_id)
        if scope is None:
            return
        given = {name: value for name, value in attributes.items() if value is not None}
        self.scopes[scope_id] = replace(scope, attributes=tuple(sorted((given | dict(scope.attributes)).items())))

    def told(self, scope_id: str, name: str) -> str | None:
        """Return an attribute of a scope; None where nothing tells."""
        scope = self.scopes.get(scope_id)
        return dict(scope.attributes).get(name) if scope else None

    def name(self, scope_id: str) -> str:
        """Return what a scope is called, as GitHub spells it."""
        scope = self.scopes.get(scope_id)
        return scope.name if scope else scope_id.rpartition("/")[2]

    def full_name(self, repository_id: str) -> str:
        """Return `owner/name` of a repository."""
        return f"{self.name(github_ids.organization_of(repository_id))}/{self.name(repository_id)}"

    def owner(self, scope_id: str) -> Owner | None:
        """Return who answers for what is in a repository: its properties, its topics and those of its organization."""
        scope = self.scopes.get(scope_id)
        return self._source.owners.find((), scope.tags) if scope else None

    def repositories(self) -> tuple[Scope, ...]:
        """Return the repositories, sorted by id."""
        return tuple(self.scopes[id_] for id_ in sorted(self.scopes) if self.scopes[id_].kind == "repository")
