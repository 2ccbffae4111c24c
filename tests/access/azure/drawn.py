"""Tenants with whatever hypothesis puts into them."""

from dataclasses import fields, replace
from datetime import UTC, datetime

from hypothesis import note
from hypothesis import strategies as st

from nhi_scan.access.azure.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.entra import EVERYONE, GRAPH
from nhi_scan.model.identity import Group, Identity, IdentityKind, Nature, Resource
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from tests.access.azure.drawn_of import (
    ABAC,
    AGENTS,
    APP,
    ARM,
    ASSIGN,
    BLOB,
    CONTROL,
    CREDENTIALS,
    DATA,
    DELEGATED,
    DIRECTORY,
    DULL,
    EMPTY,
    FAR,
    HOME,
    KINDS,
    MAIL,
    MEMBERS,
    NEAR,
    NOW,
    OBJECTS,
    ONE,
    OWN,
    READ_ROLES,
    ROLES_OF,
    RUN,
    SECRET,
    TEAM,
    TENANT,
    TOP,
    TWICE,
    TWO,
    UNIT,
    USER,
    VAULT,
    A,
    B,
    guid,
)


def _some(values: tuple[str, ...], most: int = 2, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=most).map(tuple)


def _abac(draw: st.DrawFn) -> Condition | None:
    text = draw(st.sampled_from(ABAC))
    return Condition("ABAC", draw(st.sampled_from(["2.0", "2.0", "2.0", "9.9"])), (text,)) if text else None


@st.composite
def arm_statements(draw: st.DrawFn, effect: Effect = Effect.ALLOW) -> tuple[Statement, ...]:
    """One or two permission sets, each in both planes."""
    found: list[Statement] = []
    for number in range(draw(st.integers(1, 2))):
        condition = _abac(draw)
        for plane, names, field in (("control", CONTROL, "actions"), ("data", DATA, "dataActions")):
            found.append(
                Statement(
                    sid=f"permissions[{number}].{field}",
                    effect=effect,
                    plane=plane,
                    actions=draw(_some(names, least=effect is Effect.ALLOW)),
                    not_actions=draw(_some(names, 1)),
                    conditions=(condition,) if condition else (),
                    index=len(found),
                    malformed=draw(st.sampled_from([""] * 20 + ["it cannot be read"])),
                )
            )
    return tuple(found)


@st.composite
def roles(draw: st.DrawFn) -> list[Policy]:
    found = [
        _role(f"{ROLES_OF}{guid(100 + number)}", draw(arm_statements()), complete=draw(st.integers(0, 9)) < 9)
        for number in range(3)
    ]
    said = draw(st.sampled_from(["", "", "$SubjectIsOwner", "$ResourceIsSelf", "$Unheard"]))
    conditions = (Condition("Entra", "", (said,)),) if said else ()
    names = draw(_some(DIRECTORY, least=1))
    found.append(_single(f"directory/roledefinitions/{guid(110)}", "directory", names, conditions))
    found.append(_single("directory/owners/application", "directory", (CREDENTIALS,)))
    found.append(_single("directory/owners/group", "directory", (MEMBERS,)))
    found.append(_single(f"approles/{GRAPH}/own", "app_role", (OWN,)))
    found.append(_single(f"approles/{GRAPH}/mail", "app_role", (MAIL,)))
    found.append(_single(f"delegated/{GRAPH}/Mail.Send", "delegated", (DELEGATED,)))
    found.append(_single(f"{VAULT}#accesspolicy/{A}", "data", (SECRET,)))
    return found


def _single(id_: str, plane: str, names: tuple[str, ...], conditions: tuple[Condition, ...] = ()) -> Policy:
    return _role(id_, (Statement(effect=Effect.ALLOW, plane=plane, actions=names, conditions=conditions),))


def _role(id_: str, statements: tuple[Statement, ...], *, complete: bool = True) -> Policy:
    return Policy(
        id=id_, provider="azure", kind="role", name=id_, scope_id=TENANT, statements=statements, complete=complete
    )


@st.composite
def bindings(draw: st.DrawFn, number: int, role: str) -> Binding:
    place, condition = TENANT, None
    if role.startswith(ROLES_OF):
        place, condition = draw(st.sampled_from(ARM)), _abac(draw)
    elif role.startswith("directory/roledefinitions/"):
        place = draw(st.sampled_from((TENANT, TENANT, *OBJECTS)))
    elif role.startswith("directory/owners/"):
        place = APP if role.endswith("application") else draw(st.sampled_from((NEAR, FAR)))
    elif role.startswith("delegated/"):
        condition = Condition("Delegated", "AllPrincipals", ("",))
    elif "#accesspolicy/" in role:
        place = VAULT
    return Binding(
        id=str(number),
        principal_id=draw(st.sampled_from((A, A, A, B, USER, NEAR, NEAR, FAR, EMPTY, guid(99)))),
        policy_id=role,
        scope_id=place,
        condition=condition,
        eligible=draw(st.integers(0, 7)) == 7,
        expires_at=draw(st.sampled_from([None, None, None, datetime(2026, 1, 1, tzinfo=UTC), NOW.replace(year=2027)])),
    )


@st.composite
def denials(draw: st.DrawFn, number: int) -> tuple[Policy, Guardrail]:
    whom = (A, B, NEAR, FAR, EVERYONE)
    principals = tuple(PrincipalPattern("member", one) for one in draw(_some(whom, least=1)))
    excluded = tuple(PrincipalPattern("member", one) for one in draw(_some(whom[:-1], 1)))
    statements = tuple(
        replace(one, principals=principals, not_principals=excluded) for one in draw(arm_statements(Effect.DENY))
    )
    place, id_ = draw(st.sampled_from(ARM)), f"deny-{number}"
    policy = Policy(
        id=id_,
        provider="azure",
        kind="guardrail",
        name=id_,
        scope_id=place,
        statements=statements,
        complete=draw(st.integers(0, 9)) < 9,
    )
    return policy, Guardrail(
        policy_id=id_, scope_id=place, kind="deny_assignment", inherited=draw(st.integers(0, 2)) < 2
    )


def _groups(draw: st.DrawFn) -> list[Group]:
    found = []
    for id_ in (NEAR, FAR, EMPTY):
        attributes = draw(st.sampled_from([(), (("role_assignable", "true"),), (("role_assignable", "false"),)]))
        found.append(
            Group(
                id=id_,
                provider="azure",
                kind="entra_group",
                name=id_,
                scope_id=TENANT,
                member_ids=draw(_some((A, B, USER, NEAR, FAR, EMPTY))),
                eligible_member_ids=draw(_some((A, USER, FAR), 1)),
                complete=id_ != EMPTY or draw(st.booleans()),
                attributes=attributes,
            )
        )
    unit = Group(
        id=UNIT,
        provider="azure",
        kind="administrative_unit",
        name="unit",
        scope_id=TENANT,
        member_ids=draw(_some((USER, NEAR))),
        attributes=(("restricted", draw(st.sampled_from(["true", "false", "false"]))),),
    )
    return [*found, unit]


def _identities(draw: st.DrawFn) -> list[Identity]:
    kinds: tuple[tuple[str, IdentityKind], ...] = ((A, "service_principal"), (B, "managed_identity"), (USER, "user"))
    return [
        Identity(
            id=id_,
            provider="azure",
            kind=kind,
            nature=Nature.HUMAN if kind == "user" else Nature.NON_HUMAN,
            nature_reason="",
            name=id_,
            scope_id=TENANT,
            status=draw(st.sampled_from(["active", "active", "active", "disabled", "deleted"])),
            attributes=draw(st.sampled_from(AGENTS)),
        )
        for id_, kind in kinds
    ]


def _resources(draw: st.DrawFn) -> list[Resource]:
    mode = draw(st.sampled_from(["rbac", "access_policy", "", "absent"]))
    audience = draw(st.sampled_from(["AzureADMyOrg", "AzureADMultipleOrgs", ""]))
    found = [
        Resource(
            id=APP,
            provider="azure",
            kind="application",
            name="app",
            scope_id=TENANT,
            attributes=(("sign_in_audience", audience), *draw(st.sampled_from(AGENTS))),
        )
    ]
    if mode != "absent":
        found.append(
            Resource(
                id=VAULT,
                provider="azure",
                kind="key_vault",
                name="kv",
                scope_id=ONE,
                attributes=(("authorization", mode),) if mode else (),
            )
        )
    return found


def _coverage(draw: st.DrawFn) -> list[Coverage]:
    refused = draw(st.sampled_from(["", "", "", *KINDS]))
    absent = draw(st.sampled_from(["", "", "", *KINDS]))
    return [
        Coverage(
            provider="azure",
            scope_id=place,
            record_kind=kind,
            status=CoverageStatus.DENIED if kind == refused else CoverageStatus.COMPLETE,
        )
        for kind in KINDS
        if kind != absent
        for place in (TENANT, ONE, TWO)
    ]


@st.composite
def estates(draw: st.DrawFn) -> Access:
    """A tenant with two management groups, two subscriptions, and an application; whatever is assigned there."""
    team_above, two_above = draw(st.sampled_from([TOP, TOP, None])), draw(st.sampled_from([TENANT, TOP, None]))
    records = Records()
    records.scopes = [
        Scope(id=TENANT, provider="azure", kind="tenant", name="t", parent_id="", collected=True),
        Scope(id=TOP, provider="azure", kind="management_group", name="top", parent_id=TENANT),
        Scope(id=TEAM, provider="azure", kind="management_group", name="team", parent_id=team_above),
        Scope(id=ONE, provider="azure", kind="subscription", name="one", parent_id=TEAM, collected=True),
        Scope(id=TWO, provider="azure", kind="subscription", name="two", parent_id=two_above, collected=True),
        Scope(id=HOME, provider="azure", kind="resource_group", name="rg", parent_id=ONE),
    ]
    records.identities = _identities(draw)
    records.resources = _resources(draw)
    records.groups = _groups(draw)
    records.coverage = _coverage(draw)
    records.policies = draw(roles())
    known = [one.id for one in records.policies]
    chosen = draw(st.lists(st.sampled_from([*known[:3], *known, f"{ROLES_OF}{guid(199)}"]), min_size=1, max_size=5))
    records.bindings = [draw(bindings(number, role)) for number, role in enumerate(chosen)]
    operations = (
        Statement(effect=Effect.ALLOW, plane="control", actions=(ASSIGN, READ_ROLES, RUN, TWICE)),
        Statement(effect=Effect.ALLOW, plane="data", actions=(SECRET, BLOB, TWICE), index=1),
    )
    records.policies.append(_role("azure/provideroperations", operations))
    for number in range(draw(st.integers(0, 2))):
        policy, guardrail = draw(denials(number))
        records.policies.append(policy)
        records.guardrails.append(guardrail)
    for row in (*records.bindings, *records.policies, *records.guardrails, *records.groups, *records.resources):
        note(_brief(row))
    return summarise(build([records]), NOW)


def _brief(row: object) -> str:
    """A record without what it has by default."""
    said = ((each.name, getattr(row, each.name)) for each in fields(row))  # type: ignore[arg-type] # a record
    return f"{type(row).__name__} " + " ".join(f"{name}={value}" for name, value in said if value not in DULL)
