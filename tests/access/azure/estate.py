"""A small tenant for tests of the fast engine: two subscriptions below a management group, whatever is assigned."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from nhi_scan.access.azure.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.entra import EVERYONE, GRAPH, app_role_action
from nhi_scan.model.identity import Group, Identity, Nature, Resource
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def guid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number:012x}"


TENANT = f"/tenants/{guid(1)}"
TEAM = "/providers/microsoft.management/managementgroups/team"
ONE, TWO = f"/subscriptions/{guid(2)}", f"/subscriptions/{guid(3)}"
HOME = f"{ONE}/resourcegroups/rg"
VAULT = f"{HOME}/providers/microsoft.keyvault/vaults/kv"
ROBOT, OTHER, EVE, APP = guid(10), guid(11), guid(12), guid(13)
CREW, INNER, HIDDEN = guid(20), guid(21), guid(22)
READ, RUN = "Microsoft.Compute/virtualMachines/read", "Microsoft.Compute/virtualMachines/runCommand/action"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
SECRET, BLOB = "Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.Storage/storageAccounts/blobs/read"
CREDENTIALS = "microsoft.directory/applications/credentials/update"
MEMBERS = "microsoft.directory/groups/members/update"
ROLES_OF = "/providers/microsoft.authorization/roledefinitions/"
OPERATIONS = Policy(
    id="azure/provideroperations",
    provider="azure",
    kind="role",
    name="operations",
    scope_id=TENANT,
    managed_by_provider=True,
    statements=(
        Statement(effect=Effect.ALLOW, plane="control", actions=(READ, RUN, ASSIGN)),
        Statement(effect=Effect.ALLOW, plane="data", actions=(SECRET, BLOB), index=1),
    ),
)


def role(name: str, *statements: Statement, **rest: Any) -> Policy:
    return Policy(id=name, provider="azure", kind="role", name=name, scope_id=TENANT, statements=statements, **rest)


def says(plane: str, *actions: str, but: Iterable[str] = (), when: str = "", index: int = 0) -> Statement:
    conditions = (Condition("ABAC", "2.0", (when,)),) if when else ()
    return Statement(
        effect=Effect.ALLOW, plane=plane, actions=actions, not_actions=tuple(but), conditions=conditions, index=index
    )


NEVER = ("Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write")
ROLES = (
    role("owner", says("control", "*")),
    role("contributor", says("control", "*", but=NEVER)),
    role("reader", says("control", "*/read")),
    role("vault", says("control", "Microsoft.KeyVault/vaults/read"), says("data", "Microsoft.KeyVault/*", index=1)),
    role("blobs", says("data", BLOB)),
    role("giver", says("control", ASSIGN, when="@Request[a:b] StringEquals 'x'")),
    role("directory/roledefinitions/apps", says("directory", CREDENTIALS)),
    role("directory/roledefinitions/groups", says("directory", MEMBERS)),
    role(f"approles/{GRAPH}/mail", says("app_role", app_role_action(GRAPH, "Mail.Send"))),
    role(f"{VAULT}#accesspolicy/{ROBOT}", says("data", SECRET)),
    role("unread", complete=False),
)
APPS, GROUPS, MAIL = "directory/roledefinitions/apps", "directory/roledefinitions/groups", f"approles/{GRAPH}/mail"
ENTRY = f"{VAULT}#accesspolicy/{ROBOT}"


def given(principal: str, name: str, place: str, when: str = "", **rest: Any) -> Binding:
    condition = Condition("ABAC", "2.0", (when,)) if when else None
    id_ = f"{place}#{name}#{principal}#{when}"
    return Binding(id=id_, principal_id=principal, policy_id=name, scope_id=place, condition=condition, **rest)


def deny(
    place: str, *actions: str, who: str = EVERYONE, but: str = "", inherited: bool = True
) -> tuple[Policy, Guardrail]:
    rule = Statement(
        effect=Effect.DENY,
        plane="control",
        actions=actions,
        principals=(PrincipalPattern("member", who),),
        not_principals=(PrincipalPattern("member", but),) if but else (),
    )
    id_ = f"{place}/providers/microsoft.authorization/denyassignments/{len(actions)}"
    policy = Policy(id=id_, provider="azure", kind="guardrail", name=id_, scope_id=place, statements=(rule,))
    return policy, Guardrail(policy_id=id_, scope_id=place, kind="deny_assignment", inherited=inherited)


def group(id_: str, *members: str, **rest: Any) -> Group:
    return Group(id=id_, provider="azure", kind="entra_group", name=id_, scope_id=TENANT, member_ids=members, **rest)


def estate(
    *bindings: Binding,
    limits: Iterable[tuple[Policy, Guardrail]] = (),
    groups: Iterable[Group] = (),
    vault: str = "rbac",
    refused: str = "",
    extra: Iterable[Policy] = (),
) -> Access:
    """Build it; `refused` is a record kind that could not be collected."""
    records = Records()
    records.scopes = [
        Scope(id=TENANT, provider="azure", kind="tenant", name="t", parent_id="", collected=True),
        Scope(id=TEAM, provider="azure", kind="management_group", name="team", parent_id=TENANT),
        Scope(id=ONE, provider="azure", kind="subscription", name="one", parent_id=TEAM, collected=True),
        Scope(id=TWO, provider="azure", kind="subscription", name="two", parent_id=TEAM, collected=True),
        Scope(id=HOME, provider="azure", kind="resource_group", name="rg", parent_id=ONE),
    ]
    kinds: Any = ((ROBOT, "service_principal"), (OTHER, "managed_identity"), (EVE, "user"))
    records.identities = [
        Identity(
            id=id_, provider="azure", kind=kind, nature=Nature.UNKNOWN, nature_reason="", name=id_, scope_id=TENANT
        )
        for id_, kind in kinds
    ]
    attributes = (("authorization", vault),) if vault else ()
    records.resources = [
        Resource(id=VAULT, provider="azure", kind="key_vault", name="kv", scope_id=ONE, attributes=attributes),
        Resource(id=APP, provider="azure", kind="application", name="app", scope_id=TENANT),
    ]
    records.groups = list(groups)
    records.policies = [OPERATIONS, *ROLES, *extra]
    records.bindings = list(bindings)
    for policy, guardrail in limits:
        records.policies.append(policy)
        records.guardrails.append(guardrail)
    records.coverage = [
        Coverage(
            provider="azure",
            scope_id=place,
            record_kind=kind,
            status=CoverageStatus.DENIED if kind == refused else CoverageStatus.COMPLETE,
        )
        for kind in (
            "arg-role-assignments",
            "arm-deny-assignments",
            "graph-directory-role-assignments",
            "graph-app-role-assignments",
            "graph-oauth2-permission-grants",
        )
        for place in (TENANT, ONE, TWO)
    ]
    return summarise(build([records]), NOW)
