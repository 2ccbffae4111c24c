"""The graph against brute force: who can become whom in one step, asked of each pair and each technique, slowly."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nhi_scan.access.azure.escalation.technique import Alternative, Technique
from nhi_scan.access.azure.privilege import Report
from nhi_scan.access.azure.summarise import Access
from nhi_scan.access.combine import Truth, both, either
from nhi_scan.graph.graph import Graph
from nhi_scan.model.identity import Identity
from nhi_scan.providers.azure.escalation import techniques

Judge = Callable[[Mapping[str, Any]], tuple[Report, Access, Callable[[str], str]]]
NAMES = tuple(f"p{i}" for i in range(8))
SCOPES = ("tenant", "mg", "app", "other", "prod", "app/rg", "prod/rg")
ASSIGNS = "Microsoft.Authorization/roleAssignments/write"
ARM = (
    ASSIGNS,
    "Microsoft.Compute/virtualMachines/runCommand/action",
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Compute/disks/write",
    "Microsoft.Compute/galleries/applications/versions/write",
    "Microsoft.Compute/virtualMachines/login/action",
    "Microsoft.Web/sites/publishxml/action",
    "Microsoft.Web/sites/host/listkeys/action",
    "Microsoft.Automation/automationAccounts/runbooks/draft/write",
    "Microsoft.Automation/automationAccounts/runbooks/publish/action",
    "Microsoft.Automation/automationAccounts/jobs/write",
    "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
    "Microsoft.Web/*",
    "Microsoft.Automation/*",
    "*",
)
DIRECTORY = (
    "microsoft.directory/applications/credentials/update",
    "microsoft.directory/servicePrincipals/owners/update",
    "microsoft.directory/users/password/update",
    "microsoft.directory/servicePrincipals/allProperties/update",
)
GRAPH = ("Microsoft.Graph/Application.ReadWrite.All", "Microsoft.Graph/User-PasswordProfile.ReadWrite.All")
READERS_ONLY = (
    "((!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'})) OR "
    "(@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:"
    "GuidEquals{acdd72a7-3385-48ef-bd42-f606fba81ae7}))"
)
CONDITIONS = (
    None,
    None,
    None,
    READERS_ONLY,
    "@Environment[isPrivateLink] BoolEquals true",
)
DENIED = ("Microsoft.Compute/*", "Microsoft.Web/sites/publishxml/action", "Microsoft.ManagedIdentity/*", "*")
OF_IDENTITIES = (
    "application",
    "disabled_service_principal",
    "identity",
    "service_principal",
    "user",
    "workload",
)
WIDE = ("tenant", "management_group", "subscription")
TYPES = {
    "virtual_machine": "microsoft.compute/virtualmachines",
    "function_app": "microsoft.web/sites",
    "automation_account": "microsoft.automation/automationaccounts",
}


def a_world(seed: int) -> dict[str, Any]:
    """Return a world at random, always the same for a seed."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    who: dict[str, Any] = {"boss": {}}
    for i, name in enumerate(NAMES):
        kind = ("service_principal", "service_principal", "user", "managed_identity")[i % 4]
        status = chance.choice(("active", "active", "active", "disabled", "unknown"))
        attributes = {}
        if kind == "managed_identity":
            group = chance.choice(("app/rg", "prod/rg"))
            resource = f"{group}/microsoft.managedidentity/userassignedidentities/{name}"
            attributes = {"assigned": "user", "resource_id": resource}
        if kind == "service_principal":
            attributes = chance.choice(({}, {}, {"credentials_locked": "true"}))
        who[name] = {"kind": kind, "status": status, "attributes": attributes}
    workloads = {
        f"{group}/{type_}/w": {"kind": kind, "runs_as": chance.sample(NAMES, 2)}
        for group in ("app/rg", "prod/rg")
        for kind, type_ in TYPES.items()
        if chance.random() < 0.7
    }
    return {
        "who": who,
        "groups": {
            "staff": chance.sample(NAMES, 2),
            "more": {"members": ["staff"], "eligible": chance.sample(NAMES, 1)},
        },
        "units": {"unit": chance.sample(NAMES, 3)},
        "tenant": chance.choice(({}, {"password_addition_restricted": "true"})),
        "workloads": workloads,
        "grants": {f"g{i}": _a_grant(chance, tuple(workloads)) for i in range(chance.randrange(6, 14))},
        "deny": [
            {
                "at": chance.choice((*SCOPES[1:], *workloads)),
                "actions": [chance.choice(DENIED)],
                "except": chance.sample(NAMES, 3),
            }
            for _ in range(chance.randrange(3))
        ],
    }


def _a_grant(chance: random.Random, workloads: tuple[str, ...]) -> dict[str, Any]:
    who = chance.choice((*NAMES, "staff", "more"))
    kind = chance.randrange(4)
    if kind == 0:
        at = chance.choice(("tenant", "unit", *NAMES, *(f"{name}.app" for name in NAMES)))
        return {"who": who, "may": chance.sample(DIRECTORY, 2), "at": at, "eligible": chance.random() < 0.2}
    if kind == 1:
        return {"who": who, "may": [chance.choice(GRAPH)], "at": "tenant"}
    condition = chance.choice(CONDITIONS)
    return {
        "who": who,
        "may": chance.sample(ARM, chance.randrange(1, 5)),
        "at": chance.choice((*SCOPES, *workloads)),
        "eligible": chance.random() < 0.2,
        **({} if condition is None else {"if": condition}),
    }


def in_one_step(graph: Graph, source_id: str) -> dict[str, bool]:
    """Whom somebody can become in one step: True where no condition is open on one way."""
    found: dict[str, bool] = {}
    start = graph.number(source_id)
    assert start is not None
    leaving: dict[int, list[Any]] = {}
    for edge in graph.edges():
        leaving.setdefault(graph.number(edge.source) or 0, []).append(edge)
    waiting = [(start, True)]
    while waiting:
        node, certain = waiting.pop()
        for edge in leaving.get(node, ()):
            target = graph.number(edge.target)
            assert target is not None
            sure = certain and not edge.conditional
            if graph.virtual[target]:
                waiting.append((target, sure))
            elif graph.kinds[target] == "identity":
                found[edge.target] = found.get(edge.target, False) or sure
    return found


class Oracle:
    """Asks about every pair, technique and place by itself."""

    def __init__(self, access: Access) -> None:
        self._access = access
        scopes = access.inventory.scopes.values()
        self._restricted = any("password_addition_restricted" in dict(one.attributes) for one in scopes)
        self._rows = [
            row
            for row in techniques().techniques
            if row.yields == "become" and not row.roles and row.target in OF_IDENTITIES
        ]

    def becomes(self, source: Identity, target: Identity) -> Truth:
        return either(False, *[self._by(row, source, target) for row in self._rows])

    def _by(self, row: Technique, source: Identity, target: Identity) -> Truth:
        disabled = row.target == "disabled_service_principal"
        usable: Truth = {"active": not disabled, "unknown": None, "disabled": disabled}[target.status]
        if usable is False or (usable is None and disabled):
            return False
        states = [self._on(rows, source, place) for place in self._places(row, target) for rows in row.requires]
        return both(usable, either(False, *states), None if row.needs else True)

    def _places(self, row: Technique, target: Identity) -> list[str]:
        told = dict(target.attributes)
        running = self._access.inventory.workloads.values()
        found = {
            "workload": [one.id for one in running if one.kind in row.workloads and target.id in one.runs_as],
            "identity": [told["resource_id"]] if target.kind == "managed_identity" else [],
            "user": [target.id] if target.kind == "user" and not self._has_role(target) else [],
        }
        if row.target in found:
            return found[row.target]
        locked = "locked" in row.blocked_by and told.get("credentials_locked") == "true"
        if target.kind != "service_principal" or ("password_restricted" in row.blocked_by and self._restricted):
            return []
        if row.target == "application":
            return [told["application_id"]]
        return [] if locked else [target.id]

    def _has_role(self, target: Identity) -> bool:
        names = {*self._access.members.principals(target.id).sure, *self._access.members.eligible(target.id)}
        rows = [row for name in names for row in self._access.inventory.bindings_of.get(name, ())]
        return any(row.policy_id.startswith("directory/roledefinitions/") for row in rows)

    def _on(self, rows: Alternative, source: Identity, place: str) -> Truth:
        states = []
        for row in rows:
            if row.at == "target":
                states.append(self._access.as_found(source.id, row.action, place))
            else:
                held = self._access.holdings(source.id, row.action)
                states.append(either(False, *[one.state for one in held]))
        return both(*states)


@pytest.mark.parametrize("seed", range(60))
def test_sets_and_edges_say_what_asking_about_everything_says(seed: int, judge_world: Judge) -> None:
    report, access, id_of = judge_world(a_world(seed))
    oracle = Oracle(access)
    identities = [access.inventory.identities[id_of(name)] for name in NAMES]
    for source in identities:
        found = in_one_step(report.graph, source.id)
        for target in identities:
            if source is not target:
                said = {True: True, False: None, None: False}[found.get(target.id)]
                wanted = oracle.becomes(source, target)
                assert said == wanted, (source.name, target.name, said, wanted)


@pytest.mark.parametrize("seed", range(200, 250))
def test_administrators_are_those_who_may_assign_roles_on_something_wide(seed: int, judge_world: Judge) -> None:
    report, access, id_of = judge_world(a_world(seed))
    owner = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
    for name in NAMES:
        identity_id = id_of(name)
        type_ = "User" if access.inventory.identities[identity_id].kind == "user" else "ServicePrincipal"
        states = [
            access.may_assign(identity_id, scope.id, owner, type_)
            for scope in access.inventory.scopes.values()
            if scope.kind in WIDE and access.as_found(identity_id, ASSIGNS, scope.id) is not False
        ]
        privilege = report.privileges[identity_id]
        wanted = either(False, *states)
        if wanted is True:
            assert (privilege.level, privilege.conditional) == ("administrator", False)
        elif wanted is None and privilege.level != "can_become_administrator":
            assert (privilege.level, privilege.conditional) == ("administrator", True)
        elif wanted is False:
            assert privilege.level != "administrator"
