"""Small tenants from a few lines of YAML: an attacker, and somebody who controls a subscription.

Unless a world says otherwise there is a tenant (`tenant`) with a management group (`mg`) in it, and in that the
subscriptions `app`, `other` and `prod`, with the resource groups `app/rg` and `prod/rg`. Three service principals of
applications of the tenant are there: `attacker`, `bystander`, and `boss`, who is Owner of `prod`. `x.app` is the
application of `x`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.azure.privilege import Report, judge
from nhi_scan.access.azure.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model import arm_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.entra import EVERYONE
from nhi_scan.model.identity import Group, Identity, Nature, Resource, Workload
from nhi_scan.model.policy import (
    Binding,
    Condition,
    Effect,
    Guardrail,
    Policy,
    PrincipalPattern,
    Statement,
    Trust,
)
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.azure.escalation import techniques

NOW = datetime(2026, 11, 1, tzinfo=UTC)
GUID = "00000000-0000-4000-8000-{:012x}"
TENANT = arm_ids.tenant(GUID.format(1))
GROUP = arm_ids.management_group("mg")
SUBSCRIPTIONS = {name: f"/subscriptions/{GUID.format(16 + i)}" for i, name in enumerate(("app", "other", "prod"))}
ARM_ROLE = "/providers/microsoft.authorization/roledefinitions/"
OWNER = f"{ARM_ROLE}8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
BUILT_IN = {
    "Owner": (OWNER, "control", ("*",), ()),
    "Contributor": (
        f"{ARM_ROLE}b24988ac-6180-42a0-ab88-20f7382dd24c",
        "control",
        ("*",),
        (
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
            "Microsoft.Blueprint/blueprintAssignments/write",
            "Microsoft.Blueprint/blueprintAssignments/delete",
            "Microsoft.Compute/galleries/share/action",
        ),
    ),
    "Reader": (f"{ARM_ROLE}acdd72a7-3385-48ef-bd42-f606fba81ae7", "control", ("*/read",), ()),
    "Global Administrator": (
        "directory/roledefinitions/62e90394-69f5-4237-9190-012177145e10",
        "directory",
        ("microsoft.directory/applications/allProperties/allTasks",),
        (),
    ),
}
WHO: dict[str, Any] = {"attacker": {}, "boss": {}, "bystander": {}}
GRANTS: dict[str, Any] = {"control": {"who": "boss", "role": "Owner", "at": "prod"}}
COVERED = (
    "arg-resources",
    "arg-role-assignments",
    "arg-role-definitions",
    "arm-deny-assignments",
    "graph-applications",
    "graph-service-principals",
    "graph-groups",
    "graph-group-members",
    "graph-group-owners",
    "graph-directory-role-assignments",
    "graph-directory-role-definitions",
    "graph-app-role-assignments",
    "graph-oauth2-permission-grants",
    "graph-administrative-units",
)
SENSITIVE = {"storage_account": "data", "key_vault": "secret", "sql_server": "data", "cosmosdb_account": "data"}
PLANES = {
    "microsoft.directory/": "directory",
    "microsoft.graph/": "app_role",
    "office365.": "app_role",
    "windows.azure.": "app_role",
}
DATA = (
    "login",
    "loginasadmin",
    "getsecret",
    "pods",
    "apps",
    "batch/jobs",
    "rbac.authorization.k8s.io",
    "batchaccounts/jobs",
    "blobs/read",
    "files",
    "messages",
    "entities",
    "keyvalues",
    "vaults/keys",
    "vaults/certificates",
)


def plane_of(action: str) -> str:
    """Return the plane that a role of these tests names an action in."""
    low = action.lower()
    for start, plane in PLANES.items():
        if low.startswith(start):
            return plane
    return "data" if any(f"/{part}/" in f"{low}/" for part in DATA) else "control"


class World:
    """Turns a world into records."""

    def __init__(self, world: Mapping[str, Any]) -> None:
        self.records = Records()
        self._ids: dict[str, str] = {"tenant": TENANT, "mg": GROUP, "all": EVERYONE, **SUBSCRIPTIONS}
        for name in ("app", "prod"):
            self._ids[f"{name}/rg"] = f"{SUBSCRIPTIONS[name]}/resourcegroups/rg"
        self._who = {**WHO, **world.get("who", {})}
        for i, name in enumerate((*self._who, *world.get("groups", {}))):
            self._ids.setdefault(name, GUID.format(256 + i))
            self._ids.setdefault(f"{name}.app", GUID.format(4096 + i))
        self._scopes(world)
        self._coverage()
        self._operations()
        for name, row in self._who.items():
            self._identity(name, row or {})
        kinds = (
            ("groups", self._group),
            ("units", self._unit),
            ("workloads", self._workload),
            ("resources", self._resource),
            ("trusts", self._trust),
        )
        for key, add in kinds:
            for name, row in world.get(key, {}).items():
                add(name, row)
        for name, row in world.get("grants", {}).items():
            self._grant(name, {**GRANTS.get(name, {}), **row})
        for name in GRANTS.keys() - world.get("grants", {}).keys():
            self._grant(name, GRANTS[name])
        for i, row in enumerate(world.get("deny", ())):
            self._deny(f"{self.id_of(row['at'])}/denyassignments/{i}", row)

    def id_of(self, name: str) -> str:
        """Return the id of what is called by its name; a resource is `<group>/<type>/<name>`; others stay."""
        if name in self._ids:
            return self._ids[name]
        group = next((one for one in ("app/rg", "prod/rg") if name.startswith(f"{one}/")), None)
        if group is not None:
            return f"{self._ids[group]}/providers/{name.removeprefix(f'{group}/').lower()}"
        return name

    def _scopes(self, world: Mapping[str, Any]) -> None:
        attributes = tuple(sorted(world.get("tenant", {}).items()))
        rows: list[Any] = [(TENANT, "tenant", "", attributes), (GROUP, "management_group", TENANT, ())]
        rows += [(id_, "subscription", GROUP, ()) for id_ in SUBSCRIPTIONS.values()]
        rows += [(self._ids[f"{one}/rg"], "resource_group", SUBSCRIPTIONS[one], ()) for one in ("app", "prod")]
        for id_, kind, parent, told in rows:
            row: Any = {"kind": kind, "attributes": told}
            self.records.scopes.append(
                Scope(id=id_, provider="azure", name=id_, parent_id=parent, collected=True, **row)
            )

    def _coverage(self) -> None:
        for scope in self.records.scopes:
            self.records.coverage += [
                Coverage(provider="azure", scope_id=scope.id, record_kind=kind, status=CoverageStatus.COMPLETE)
                for kind in COVERED
            ]

    def _operations(self) -> None:
        """Add the operations of Microsoft's providers, as far as techniques and what is sensitive name them."""
        catalogue = techniques()
        names = {name for row in catalogue.techniques for name in row.actions}
        names |= {row.action for row in catalogue.sensitive} | {"Microsoft.Compute/virtualMachines/read"}
        statements = tuple(
            Statement(
                effect=Effect.ALLOW,
                actions=tuple(sorted(name for name in names if plane_of(name) == plane)),
                plane=plane,
                index=index,
            )
            for index, plane in enumerate(("control", "data"))
        )
        self.records.policies.append(_policy("azure/provideroperations", statements, managed=True))

    def _identity(self, name: str, row: Mapping[str, Any]) -> None:
        kind = row.get("kind", "service_principal")
        told = {key: self.id_of(value) for key, value in row.get("attributes", {}).items()}
        if kind == "service_principal":
            told.setdefault("application_id", self._ids[f"{name}.app"])
        self.records.identities.append(
            Identity(
                id=self._ids[name],
                provider="azure",
                kind=kind,
                nature=Nature.HUMAN if kind == "user" else Nature.NON_HUMAN,
                nature_reason="a test says so",
                name=name,
                scope_id=TENANT,
                unique_id=f"app-of-{name}",
                status=row.get("status", "active"),
                managed_by_provider=row.get("managed", False),
                attributes=tuple(sorted((key, value) for key, value in told.items() if value)),
            )
        )

    def _group(self, name: str, row: Any) -> None:
        row = row if isinstance(row, dict) else {"members": row}
        self.records.groups.append(
            Group(
                id=self._ids[name],
                provider="azure",
                kind="entra_group",
                name=name,
                scope_id=TENANT,
                member_ids=tuple(self.id_of(one) for one in row.get("members", ())),
                eligible_member_ids=tuple(self.id_of(one) for one in row.get("eligible", ())),
                complete=row.get("complete", True),
                attributes=tuple(sorted({"role_assignable": "false", **row.get("attributes", {})}.items())),
            )
        )

    def _unit(self, name: str, members: list[str]) -> None:
        id_ = self._ids[name] = f"/administrativeunits/{GUID.format(9)}"
        ids = tuple(self.id_of(one) for one in members)
        self.records.groups.append(
            Group(id=id_, provider="azure", kind="administrative_unit", name=name, scope_id=TENANT, member_ids=ids)
        )

    def _workload(self, name: str, row: Mapping[str, Any]) -> None:
        id_ = self.id_of(name)
        self.records.workloads.append(
            Workload(
                id=id_,
                provider="azure",
                kind=row["kind"],
                name=name,
                scope_id=arm_ids.subscription_of(id_),
                runs_as=tuple(self.id_of(one) for one in row.get("runs_as", ["boss"])),
                attributes=tuple(sorted(row.get("attributes", {}).items())),
            )
        )

    def _resource(self, name: str, row: Any) -> None:
        row = {"kind": row} if isinstance(row, str) else row
        id_ = self.id_of(name)
        told = {key: " ".join(map(self.id_of, value.split(" "))) for key, value in row.get("attributes", {}).items()}
        self.records.resources.append(
            Resource(
                id=id_,
                provider="azure",
                kind=row["kind"],
                name=name,
                scope_id=arm_ids.subscription_of(id_) or TENANT,
                sensitivity=SENSITIVE.get(row["kind"]),  # type: ignore[arg-type]
                attributes=tuple(sorted(told.items())),
            )
        )

    def _grant(self, name: str, row: Mapping[str, Any]) -> None:
        place, who = self.id_of(row.get("at", "tenant")), self.id_of(row.get("who", "attacker"))
        for i, policy in enumerate(self._policies(name, row)):
            if all(one.id != policy.id for one in self.records.policies):
                self.records.policies.append(policy)
            self.records.bindings.append(
                Binding(
                    id=f"{place}#{policy.id}#{who}#{name}{i}",
                    principal_id=who,
                    policy_id=policy.id,
                    scope_id=place,
                    condition=Condition("ABAC", "2.0", (row["if"],)) if "if" in row else None,
                    eligible=row.get("eligible", False),
                    expires_at=NOW.replace(year=2025) if row.get("expired") else None,
                )
            )

    def _policies(self, name: str, row: Mapping[str, Any]) -> list[Policy]:
        """Return the roles of a grant: one named, or one for each plane of what it may."""
        role = row.get("role")
        if role in BUILT_IN:
            id_, plane, actions, not_actions = BUILT_IN[role]
            statement = Statement(effect=Effect.ALLOW, actions=actions, not_actions=not_actions, plane=plane)
            return [_policy(id_, (statement,), managed=True)]
        if role is not None and "may" not in row:
            return [_policy(role, (), managed=True)]
        found: list[Policy] = []
        by_plane: dict[str, list[str]] = {}
        for action in row.get("may", ()):
            by_plane.setdefault(row.get("plane", plane_of(action)), []).append(action)
        in_role = (Condition("ABAC", "2.0", (row["if_in_role"],)),) if "if_in_role" in row else ()
        for plane, names in sorted(by_plane.items()):
            written = Statement(
                effect=Effect.ALLOW,
                actions=tuple(names),
                not_actions=tuple(row.get("not", ())),
                plane=plane,
                conditions=in_role,
            )
            ids = {
                "directory": f"directory/roledefinitions/{name}",
                "app_role": f"approles/graph/{name}",
            }
            named = role or ids.get(plane, f"{ARM_ROLE}{name}-{plane}")
            scope = self.id_of(row.get("of", "tenant"))
            found.append(_policy(named, (written,), managed=row.get("managed", True), scope_id=scope))
        return found

    def _deny(self, id_: str, row: Mapping[str, Any]) -> None:
        statement = Statement(
            effect=Effect.DENY,
            actions=tuple(row["actions"]),
            plane=row.get("plane", "control"),
            principals=tuple(PrincipalPattern("member", self.id_of(one)) for one in row.get("who", ["all"])),
            not_principals=tuple(PrincipalPattern("member", self.id_of(one)) for one in row.get("except", ())),
        )
        place = self.id_of(row["at"])
        self.records.policies.append(
            Policy(id=id_, provider="azure", kind="guardrail", name=id_, scope_id=place, statements=(statement,))
        )
        self.records.guardrails.append(
            Guardrail(policy_id=id_, scope_id=place, kind="deny_assignment", inherited=row.get("inherited", True))
        )

    def _trust(self, name: str, issuer: str) -> None:
        self.records.trusts.append(
            Trust(
                id=f"{name}#federated/one",
                identity_id=self.id_of(name),
                subject=issuer,
                subject_kind="federated",
                mechanism="federate",
            )
        )


def _policy(id_: str, statements: tuple[Statement, ...], *, managed: bool, scope_id: str = TENANT) -> Policy:
    return Policy(
        id=id_,
        provider="azure",
        kind="role",
        name=id_,
        scope_id=scope_id,
        managed_by_provider=managed,
        statements=statements,
    )


Judged = tuple[Report, Access, Callable[[str], str]]


@pytest.fixture(scope="session")
def judge_world() -> Callable[[Mapping[str, Any]], Judged]:
    """Return what judges a world: the report, effective access, and what turns names into ids."""

    def judged(world: Mapping[str, Any]) -> Judged:
        made = World(world)
        inventory = build([made.records])
        access = summarise(inventory, NOW)
        return judge(inventory, access, techniques()), access, made.id_of

    return judged
