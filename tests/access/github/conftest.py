"""Small organizations on GitHub from a few lines of YAML.

Unless a world says otherwise there is the organization `Acme` on github.com with the private repositories `app` and
`lib`, whoever can push to each (`app#code`), and anyone (`anyone`). A world adds `apps`, `tokens`, `keys`, `jobs`,
`environments`, `secrets`, `runners` and `people`, and changes `org` and `repos` (their attributes).
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.github.summarise import Access, summarise
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model import github_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Identity, Nature, Resource, Workload
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HOST = "github.com"
ORG = "github.com/acme"
REPOS: dict[str, Any] = {"app": {}, "lib": {}}
PRIVATE = {
    "visibility": "private",
    "default_branch": "main",
    "repository_id": "42",
    "oidc_immutable": "false",
    "rulesets": "none",
}


class World:
    """Turns a world into records, and short names into ids."""

    def __init__(self, world: Mapping[str, Any]) -> None:
        self.records = Records()
        self.ids: dict[str, str] = {}
        self._scopes(world)
        for name, row in world.get("apps", {}).items():
            self._granted(name, "app", github_ids.installation(ORG, name), row)
        for name, row in world.get("tokens", {}).items():
            self._granted(name, "access_token", github_ids.access_token(ORG, name), row)
        for name, row in world.get("keys", {}).items():
            self._identity(
                name, "deploy_key", github_ids.deploy_key(self._repo(row), name), self._repo(row), row.get("told", {})
            )
        for name, row in world.get("jobs", {}).items():
            self._job(name, row or {})
        for name in world.get("people", ()):
            self._identity(name, "user", github_ids.user(HOST, name), "", {})
        for name, row in world.get("environments", {}).items():
            self._resource(name, "deployment_environment", github_ids.environment(self._repo(row), name), row)
        for name, row in world.get("secrets", {}).items():
            self._secret(name, row)
        for name, row in world.get("runners", {}).items():
            self._runner(name, row)

    def id_of(self, name: str) -> str:
        """Return the id of what is called by a short name; other texts stay as they are."""
        return self.ids.get(name, name)

    def _scopes(self, world: Mapping[str, Any]) -> None:
        self._scope(ORG, "organization", "Acme", "", world.get("org", {}))
        for name, row in {**REPOS, **world.get("repos", {})}.items():
            told = {**PRIVATE, **(row or {})}
            status = told.pop("status", "active")
            id_ = github_ids.repository(HOST, "acme", name)
            self._scope(id_, "repository", name, ORG, told, status)
            self.ids[name] = id_
            self._identity(f"{name}#code", "repository", github_ids.code(id_), id_, {})
        self.ids["acme"] = ORG
        self._identity("anyone", "federated_principal", github_ids.anyone(HOST), "", {})
        for kind, word in world.get("coverage", {}).items():
            status = CoverageStatus(word)
            self.records.coverage.append(Coverage(provider="github", scope_id=ORG, record_kind=kind, status=status))

    def _scope(self, id_: str, kind: Any, name: str, parent: str, told: Any, status: str = "active") -> None:
        attributes = tuple(sorted((key, value) for key, value in told.items() if value is not None))
        self.records.scopes.append(
            Scope(
                id=id_,
                provider="github",
                kind=kind,
                name=name,
                parent_id=parent,
                status=status,
                collected=True,
                attributes=attributes,
            )
        )

    def _identity(self, name: str, kind: Any, id_: str, scope: str, told: Mapping[str, str], **fields: Any) -> None:
        self.ids[name] = id_
        attributes = tuple(sorted(told.items()))
        self.records.identities.append(
            Identity(
                id=id_,
                provider="github",
                kind=kind,
                nature=Nature.NON_HUMAN,
                nature_reason="a test says so",
                name=name,
                scope_id=scope,
                attributes=attributes,
                **fields,
            )
        )

    def _granted(self, name: str, kind: str, id_: str, row: Mapping[str, Any]) -> None:
        places = [self.id_of(one) for one in row.get("at", ["acme"])]
        selection = "all" if places == [ORG] else "selected"
        self._identity(name, kind, id_, ORG, {"repository_selection": selection, **row.get("told", {})})
        policy = github_ids.permissions(id_)
        if "may" not in row:
            return
        self.records.policies.append(
            Policy(
                id=policy,
                provider="github",
                kind="role",
                name=f"permissions of {name}",
                scope_id=ORG,
                statements=(Statement(effect=Effect.ALLOW, actions=tuple(row["may"])),),
                complete=row.get("complete", True),
            )
        )
        for place in places:
            self.records.bindings.append(
                Binding(id=f"{place}#{id_}", principal_id=id_, policy_id=policy, scope_id=place)
            )

    def _job(self, name: str, row: Mapping[str, Any]) -> None:
        repo = self._repo(row)
        file = github_ids.workflow(repo, f".github/workflows/{row.get('file', 'ci')}.yml")
        told = {"triggers": "push", "permissions": "contents=read", "id_token": "false", **row}
        for key in ("repo", "file"):
            told.pop(key, None)
        self._identity(name, "workflow_job", github_ids.job(file, name), repo, told)

    def _resource(self, name: str, kind: str, id_: str, row: Mapping[str, Any], **fields: Any) -> None:
        self.ids[name] = id_
        told = tuple(sorted((key, value) for key, value in row.items() if key not in ("repo", "in") and value))
        scope = github_ids.repository_of(id_) or ORG
        self.records.resources.append(
            Resource(id=id_, provider="github", kind=kind, name=name, scope_id=scope, attributes=told, **fields)
        )

    def _secret(self, name: str, row: Mapping[str, Any]) -> None:
        where = self.id_of(row.get("in", "app"))
        kind = row.get("kind", "actions")
        id_ = github_ids.secret(where, name, kind)
        self._resource(name, "actions_secret", id_, {"kind": "actions", **row}, sensitivity="secret")

    def _runner(self, name: str, row: Mapping[str, Any]) -> None:
        where = self.id_of(row.get("in", "acme"))
        told = tuple(sorted((key, value) for key, value in row.items() if key != "in"))
        self.records.workloads.append(
            Workload(
                id=github_ids.runner(where, name),
                provider="github",
                kind="self_hosted_runner",
                name=name,
                scope_id=where,
                attributes=told,
            )
        )

    def _repo(self, row: Mapping[str, Any]) -> str:
        return self.ids[row.get("repo", "app")]


@pytest.fixture(scope="session")
def make_world() -> Callable[[Mapping[str, Any]], tuple[Inventory, Access, Callable[[str], str]]]:
    """Return what makes a world: its inventory, effective access, and what turns names into ids."""

    def made(world: Mapping[str, Any]) -> tuple[Inventory, Access, Callable[[str], str]]:
        built = World(world)
        inventory = build([built.records])
        return inventory, summarise(inventory, NOW), built.id_of

    return made
