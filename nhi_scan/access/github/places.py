"""Where permissions count: organizations, repositories, and what lies in them."""

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from nhi_scan.access.combine import Truth
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import github_ids
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Resource
from nhi_scan.model.scope import Scope

_WORDS: Mapping[str, Truth] = {"true": True, "false": False}


class Places:
    """The organizations and repositories of an inventory, and what is known of each."""

    def __init__(self, inventory: Inventory) -> None:
        """Index them."""
        self._inventory = inventory
        self._told = {one.id: dict(one.attributes) for one in inventory.scopes.values() if one.provider == "github"}
        found: dict[str, list[str]] = defaultdict(list)
        for scope in inventory.scopes.values():
            if scope.provider == "github" and scope.kind == "repository":
                found[github_ids.organization_of(scope.id)].append(scope.id)
        self._repositories = {owner: tuple(ids) for owner, ids in found.items()}

    def repositories(self, organization_id: str) -> tuple[str, ...]:
        """Name the repositories of an organization, sorted."""
        return self._repositories.get(organization_id, ())

    @property
    def organizations(self) -> tuple[str, ...]:
        """Name the organizations, and the people who own repositories; sorted."""
        scopes = self._inventory.scopes.values()
        return tuple(one.id for one in scopes if one.provider == "github" and one.kind == "organization")

    def told(self, place_id: str, key: str) -> str | None:
        """Return an attribute of an organization or a repository; None where nothing tells."""
        return self._told.get(place_id, {}).get(key)

    def word(self, place_id: str, key: str) -> Truth:
        """Return an attribute that is `true` or `false`."""
        return _WORDS.get(self.told(place_id, key) or "")

    def scope(self, place_id: str) -> Scope | None:
        """Return the scope of a place."""
        return self._inventory.scopes.get(place_id)

    def archived(self, repository_id: str) -> bool:
        """Say whether a repository is archived: read-only, and none of its workflows runs.

        https://docs.github.com/repositories/archiving-a-github-repository/archiving-repositories
        """
        scope = self.scope(repository_id)
        return scope is not None and scope.status == "archived"

    def runs(self, repository_id: str) -> bool:
        """Say whether workflows of a repository run: Actions are on unless somebody is known to have turned them off.

        https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository
        """
        return not self.archived(repository_id) and self.word(repository_id, "actions_enabled") is not False

    def public(self, repository_id: str) -> Truth:
        """Say whether everybody sees a repository."""
        word = self.told(repository_id, "visibility")
        return None if word is None else word == "public"

    @cached_property
    def environments(self) -> Mapping[str, tuple[Resource, ...]]:
        """The environments of each repository that has any."""
        found: dict[str, list[Resource]] = defaultdict(list)
        for one in self._inventory.resources.values():
            if one.provider == "github" and one.kind == "deployment_environment":
                found[github_ids.repository_of(one.id)].append(one)
        return {repository_id: tuple(rows) for repository_id, rows in found.items()}

    def named(self, resource: str) -> str:
        """Return the id of what a question names, in any case: an organization, a repository, something in one.

        Raises:
            UserError: it is none that is in the snapshot.
        """
        wanted = resource.strip().removeprefix("https://").rstrip("/")
        for spelling in (wanted, wanted.lower()):
            known = self._inventory
            if spelling in known.scopes or spelling in known.resources or spelling in known.identities:
                return spelling
        parts = wanted.lower().split("/")
        above = "/".join(parts[:3]) if len(parts) > 2 else wanted.lower()
        if above in self._told or "/".join(parts[:2]) in self._told:
            return wanted.lower()
        raise UserError(f"`{resource}` is no organization, no repository and nothing in one in the snapshot")

    def above(self, place_id: str) -> tuple[str, ...]:
        """Return the place where permissions count for something, and its organization: nearest first."""
        repository, organization = github_ids.repository_of(place_id), github_ids.organization_of(place_id)
        return tuple(one for one in (repository, organization) if one)
