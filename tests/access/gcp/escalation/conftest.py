"""Small organizations from a few lines of YAML: an attacker, and somebody who controls a project.

Unless a world says otherwise there are an organization (`organizations/1`), a folder in it (`folders/10`), and in that
the projects `app`, `other` and `prod`, numbered 100, 200 and 300. Two service accounts are in `app`: `attacker` and
`boss`, who may set the IAM policy of `prod`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.gcp.privilege import Report, judge
from nhi_scan.access.gcp.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Credential, Group, Identity, Nature, Resource, Workload
from nhi_scan.model.policy import (
    Binding,
    Condition,
    Effect,
    Guardrail,
    Policy,
    PrincipalPattern,
    Statement,
)
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.gcp.escalation import techniques

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORGANIZATION = "organizations/1"
PARENTS = {"folders/10": ORGANIZATION, "projects/app": "folders/10", "projects/other": "folders/10"}
NUMBERS = {"projects/app": "100", "projects/other": "200", "projects/prod": "300"}
ACCOUNTS = {"attacker": {}, "boss": {}}
GRANTS = {"control": {"who": "boss", "may": ["resourcemanager.projects.setIamPolicy"], "at": "projects/prod"}}
SENSITIVE = {"storage_bucket": "data", "secret": "secret", "kms_key": "key", "bigquery_dataset": "data"}


class World:
    """Turns a world into records."""

    def __init__(self, world: Mapping[str, Any]) -> None:
        self.records = Records()
        self._accounts = {**ACCOUNTS, **world.get("accounts", {})}
        self._scopes(world)
        self.records.coverage = [
            Coverage(provider="gcp", scope_id=one.id, record_kind="asset-iam-policies", status=CoverageStatus.COMPLETE)
            for one in self.records.scopes
        ]
        for name, row in self._accounts.items():
            self._account(name, row or {})
        for id_ in world.get("outsiders", ()):
            self._identity(id_, "federated_principal", "", id_)
        for id_ in world.get("people", ()):
            self._identity(id_, "user", "", id_, nature=Nature.HUMAN)
        self._groups(world.get("groups", {}))
        for name, row in {**GRANTS, **world.get("grants", {})}.items():
            self._grant(name, row)
        for name, row in world.get("workloads", {}).items():
            self._workload(name, row)
        for id_, kind in world.get("resources", {}).items():
            self._resource(id_, kind)
        for i, row in enumerate(world.get("deny", ())):
            self._deny(f"deny-{i}", row)
        for i, row in enumerate(world.get("boundaries", ())):
            self._boundary(f"boundary-{i}", row)
        for name in world.get("keys", ()):
            self._key(name)

    def id_of(self, name: str) -> str:
        """Return the id of a service account that is called by its name; other texts stay as they are."""
        row = self._accounts.get(name)
        if row is None and name not in self._accounts:
            return name
        row = row or {}
        address = row.get("address", f"{name}@{row.get('project', 'app')}.iam.gserviceaccount.com")
        return f"serviceAccount:{address}"

    def _scopes(self, world: Mapping[str, Any]) -> None:
        parents = {**PARENTS, "projects/prod": "folders/10", **world.get("parents", {})}
        constraints, tags = world.get("constraints", {}), world.get("tags", {})
        unread = world.get("constraints_unread", False)
        for id_ in (ORGANIZATION, *parents):
            self.records.scopes.append(
                Scope(
                    id=id_,
                    provider="gcp",
                    kind={"o": "organization", "f": "folder", "p": "project"}[id_[0]],  # type: ignore[arg-type]
                    name=id_,
                    parent_id=parents.get(id_, ""),
                    collected=True,
                    number=NUMBERS.get(id_, ""),
                    policy_tags=tuple(sorted(tags.get(id_, {}).items())),
                    constraints=None if unread else tuple(sorted(constraints.get(id_, {}).items())),
                )
            )

    def _groups(self, groups: Mapping[str, Any]) -> None:
        for id_, members in groups.items():
            ids = tuple(self.id_of(name) for name in members)
            self.records.groups.append(
                Group(id=id_, provider="gcp", kind="google_group", name=id_, scope_id=ORGANIZATION, member_ids=ids)
            )

    def _identity(self, id_: str, kind: Any, scope_id: str, name: str, **fields: Any) -> None:
        known = {"nature": Nature.NON_HUMAN, **fields}
        self.records.identities.append(
            Identity(
                id=id_, provider="gcp", kind=kind, nature_reason="a test says so", name=name, scope_id=scope_id, **known
            )
        )

    def _account(self, name: str, row: Mapping[str, Any]) -> None:
        id_ = self.id_of(name)
        project = row.get("project", "app")
        self._identity(
            id_,
            "service_account",
            f"projects/{project}",
            id_.partition(":")[2],
            status=row.get("status", "active"),
            managed_by_provider=row.get("managed", False),
        )

    def _grant(self, name: str, row: Mapping[str, Any]) -> None:
        role, place = row.get("role", f"roles/test.{name}"), self.id_of(row["at"])
        if not row.get("unknown") and not any(one.id == role for one in self.records.policies):
            actions = tuple(sorted(row.get("may", ())))
            statement = Statement(effect=Effect.ALLOW, actions=actions)
            self.records.policies.append(
                Policy(
                    id=role,
                    provider="gcp",
                    kind="role",
                    name=role,
                    scope_id="",
                    statements=(statement,) if actions else (),
                )
            )
        member = self.id_of(row.get("who", "attacker"))
        condition = Condition("CEL", "", (row["if"],)) if "if" in row else None
        self.records.bindings.append(
            Binding(
                id=f"{place}#{role}#{member}", principal_id=member, policy_id=role, scope_id=place, condition=condition
            )
        )

    def _workload(self, name: str, row: Mapping[str, Any]) -> None:
        attributes = row.get("attributes", {})
        self.records.workloads.append(
            Workload(
                id=name,
                provider="gcp",
                kind=row["kind"],
                name=name,
                scope_id=f"projects/{row.get('project', 'app')}",
                runs_as=tuple(self.id_of(one) for one in row.get("runs_as", ["boss"])),
                attributes=tuple(sorted(attributes.items())),
            )
        )

    def _resource(self, id_: str, row: Any) -> None:
        kind, project = (row, "app") if isinstance(row, str) else (row["kind"], row["project"])
        self.records.resources.append(
            Resource(
                id=id_,
                provider="gcp",
                kind=kind,
                name=id_,
                scope_id=project if "/" in project else f"projects/{project}",
                sensitivity=SENSITIVE.get(kind),  # type: ignore[arg-type]
            )
        )

    def _deny(self, name: str, row: Mapping[str, Any]) -> None:
        statement = Statement(
            effect=Effect.DENY,
            actions=tuple(row["permissions"]),
            principals=tuple(self._v2(one) for one in row.get("who", ["principalSet://goog/public:all"])),
            not_principals=tuple(self._v2(one) for one in row.get("except", ())),
            conditions=(Condition("CEL", "", (row["if"],)),) if "if" in row else (),
        )
        self._guardrail(name, "deny_policy", row["at"], "guardrail", statement)

    def _boundary(self, name: str, row: Mapping[str, Any]) -> None:
        statement = Statement(effect=Effect.ALLOW, resources=tuple(row["to"]))
        self._guardrail(name, "principal_access_boundary", row["of"], "boundary", statement)

    def _guardrail(self, name: str, kind: Any, on: str, policy_kind: Any, statement: Statement) -> None:
        self.records.policies.append(
            Policy(
                id=name,
                provider="gcp",
                kind=policy_kind,
                name=name,
                scope_id=ORGANIZATION if kind == "principal_access_boundary" else on,
                statements=(statement,),
                version="latest",
            )
        )
        self.records.guardrails.append(Guardrail(policy_id=name, scope_id=on, kind=kind))

    def _v2(self, name: str) -> PrincipalPattern:
        member = self.id_of(name)
        if member.startswith("serviceAccount:"):
            address = member.removeprefix("serviceAccount:")
            member = f"principal://iam.googleapis.com/projects/-/serviceAccounts/{address}"
        return PrincipalPattern("member", member)

    def _key(self, name: str) -> None:
        self.records.credentials.append(
            Credential(
                id=f"{self.id_of(name)}/keys/1",
                provider="gcp",
                identity_id=self.id_of(name),
                scope_id="projects/app",
                kind="service_account_key",
                status="active",
            )
        )


@pytest.fixture(scope="session")
def judge_world() -> Callable[[Mapping[str, Any]], tuple[Report, Access, Callable[[str], str]]]:
    """Return what judges a world: the report, effective access, and what turns names into ids."""

    def judged(world: Mapping[str, Any]) -> tuple[Report, Access, Callable[[str], str]]:
        made = World(world)
        inventory = build([made.records])
        access = summarise(inventory, NOW)
        return judge(inventory, access, techniques()), access, made.id_of

    return judged
