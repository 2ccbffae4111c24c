"""An estate at a moment: what hangs below what, and when things happened."""

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from nhi_scan.demo.gcp.estate import Account, Binding, Estate, Project

_CRM = "//cloudresourcemanager.googleapis.com/"


class World:
    """An estate, and the moment at which it plays (aware); every answer of the server is read from here."""

    def __init__(self, estate: Estate, now: datetime) -> None:
        self.estate, self.now = estate, now.astimezone(UTC).replace(microsecond=0)
        self.projects: dict[str, Project] = {project.id: project for project in estate.projects}
        self.gone: set[str] = set()  # projects that a fault took away
        self._numbers = {f"projects/{project.number}": project.id for project in estate.projects}
        self._parents = {estate.organization: ""}
        self._parents.update((folder.id, folder.parent) for folder in estate.folders)
        self._parents.update((project.id, project.parent) for project in estate.projects)
        self.accounts = {account.email: account for account in estate.accounts}
        self.by_unique_id = {account.unique_id: account for account in estate.accounts}
        self.things = {thing.name: thing for thing in estate.things}
        self.bindings: dict[str, list[Binding]] = defaultdict(list)
        for binding in estate.bindings:
            self.bindings[binding.place].append(binding)
        self._under: dict[str, frozenset[str]] = {}
        self._children: dict[str, list[str]] = defaultdict(list)
        self._remembered: dict[tuple[Any, ...], Any] = {}

    def remember(self, key: tuple[Any, ...], make: Callable[[], list[Any]]) -> list[Any]:
        """Return what `make` returns, made once while no project goes: the rows of a listing serve all its pages."""
        key = (*key, len(self.gone))
        if key not in self._remembered:
            self._remembered[key] = make()
        rows: list[Any] = self._remembered[key]
        return rows

    def scope(self, name: str) -> str:
        """Return the scope that a resource name begins with, a project by its id; empty: there is none such."""
        words = name.removeprefix(_CRM).split("/")
        found = "/".join(words[:2])
        found = self._numbers.get(found, found)
        return found if found in self._parents and found not in self.gone else ""

    def chain(self, scope: str) -> tuple[str, ...]:
        """Return a scope and everything above it."""
        chain: list[str] = []
        while scope:
            chain.append(scope)
            scope = self._parents.get(scope, "")
        return tuple(chain)

    def under(self, scope: str) -> frozenset[str]:
        """Return the ids of a scope and of every scope below it."""
        found = self._under.get(scope)
        if found is None:
            found = self._below(scope)
            self._under[scope] = found
        return found - self.gone if self.gone else found

    def _below(self, scope: str) -> frozenset[str]:
        if not self._children:
            for each, parent in self._parents.items():
                self._children[parent].append(each)
        found, ahead = {scope}, [scope]
        while ahead:
            below = self._children.get(ahead.pop(), [])
            found.update(below)
            ahead += below
        return frozenset(found)

    def numbered(self, scope: str) -> str:
        """Return a scope's name as Google writes it in full names: `projects/<number>`, `folders/<number>`."""
        project = self.projects.get(scope)
        return f"projects/{project.number}" if project else scope

    def ancestors(self, scope: str) -> list[str]:
        """Return a scope and everything above it, projects by number."""
        return [self.numbered(each) for each in self.chain(scope)]

    def scope_of(self, place: str) -> str:
        """Return the scope that a place lies in, or is."""
        if place in self._parents:
            return place
        account = self.accounts.get(place.removeprefix("serviceAccount:"))
        if account is not None:
            return account.project
        thing = self.things.get(place)
        return thing.project if thing else self.scope(place.partition("googleapis.com/")[2])

    def full_name(self, place: str) -> str:
        """Return the name of a place in Cloud Asset Inventory."""
        if place in self._parents:
            return _CRM + self.numbered(place)
        account = self.accounts.get(place.removeprefix("serviceAccount:"))
        return account_name(account) if account is not None else place

    def ago(self, days: float) -> str:
        """Return the moment so many days before the present one, as Google writes it."""
        return (self.now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def policy(self, place: str, version: int = 3) -> dict[str, Any]:
        """Return the allow policy of a place.

        Args:
            place: what it hangs on.
            version: the version asked for: below 3 Google leaves the conditions out and marks the role
                (https://cloud.google.com/iam/docs/policies#versions).
        """
        bindings = [_binding(binding, version) for binding in self.bindings.get(place, ())]
        conditional = any("condition" in binding for binding in bindings)
        policy: dict[str, Any] = {"etag": "BwYxdemo", "version": 3 if conditional else 1}
        if bindings:
            policy["bindings"] = bindings
        return policy


def _binding(binding: Binding, version: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"role": binding.role, "members": list(binding.members)}
    if binding.condition and version < 3:
        entry["role"] = f"{binding.role}_withcond_9b1c2d3e4f5a6b7c8d9e"
    elif binding.condition:
        entry["condition"] = {"expression": binding.condition, "title": binding.title or "when"}
    return entry


def account_name(account: Account) -> str:
    """Return the name of a service account in Cloud Asset Inventory, which knows it by its unique id."""
    return f"//iam.googleapis.com/{account.project}/serviceAccounts/{account.unique_id}"
