"""Two engines: the summary never misses what the definition allows, and never claims what it does not."""

from dataclasses import fields, replace
from datetime import UTC, datetime

from hypothesis import given, note, settings
from hypothesis import strategies as st

from nhi_scan.access.azure.ask import Questions
from nhi_scan.access.azure.objects import guarded
from nhi_scan.access.azure.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Verdict
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.entra import EVERYONE, GRAPH
from nhi_scan.model.identity import Group, Identity, IdentityKind, Nature, Resource
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def _guid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number:012x}"


TENANT = f"/tenants/{_guid(1)}"
GROUP_OF = "/providers/microsoft.management/managementgroups/"
TOP, TEAM = f"{GROUP_OF}top", f"{GROUP_OF}team"
ONE, TWO = f"/subscriptions/{_guid(2)}", f"/subscriptions/{_guid(3)}"
HOME = f"{ONE}/resourcegroups/rg"
VAULT = f"{HOME}/providers/microsoft.keyvault/vaults/kv"
STORE = f"{TWO}/resourcegroups/rg/providers/microsoft.storage/storageaccounts/st"
UNIT = "/administrativeunits/" + _guid(4)
A, B, USER, APP = _guid(10), _guid(11), _guid(12), _guid(13)
NEAR, FAR, EMPTY = _guid(20), _guid(21), _guid(22)
ARM = (TENANT, TOP, TEAM, ONE, TWO, HOME, VAULT, f"{VAULT}/secrets/s", STORE)
OBJECTS = (UNIT, APP, A, USER, NEAR, FAR)
PLACES = (*ARM, *OBJECTS)
ASSIGN, READ_ROLES = "Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/read"
SECRET, BLOB = "Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.Storage/storageAccounts/blobs/read"
RUN, TWICE = "Microsoft.Compute/virtualMachines/runCommand/action", "Microsoft.Twice/things/send/action"
CREDENTIALS, MEMBERS = (
    "microsoft.directory/applications/credentials/update",
    "microsoft.directory/groups/members/update",
)
OWN, MAIL, DELEGATED = (
    "Microsoft.Graph/Application.ReadWrite.All",
    "Microsoft.Graph/Mail.Send",
    "Microsoft.Graph/delegated/Mail.Send",
)
UNHEARD = "Microsoft.Compute/unheard/of/write"
ACTIONS = (ASSIGN, READ_ROLES, SECRET, BLOB, RUN, TWICE, CREDENTIALS, MEMBERS, OWN, MAIL, DELEGATED, UNHEARD)
CONTROL = (
    "*", "*", "*/read", "*/write", "Microsoft.Authorization/*", "Microsoft.Authorization/*/Write", ASSIGN.lower(), RUN,
    "Microsoft.Compute/*", "Microsoft.Nowhere/*", TWICE, "Microsoft.Compute/?*",
)  # fmt: skip
DATA = ("*", "Microsoft.KeyVault/vaults/*", "*/read", BLOB, TWICE, SECRET.upper(), "Microsoft.Storage/*/read")
DIRECTORY = (
    CREDENTIALS, "microsoft.directory/applications/allProperties/allTasks", MEMBERS,
    "microsoft.directory/applications.myOrganization/credentials/update",
    "microsoft.directory/groupsAssignableToRoles/members/update", "microsoft.directory/allEntities/allTasks",
    "microsoft.directory/groups/allProperties/allTasks", "microsoft.directory/users/password/update",
    "microsoft.directory/agentIdentityBlueprints/credentials/update",
)  # fmt: skip
ROLES_OF = "/providers/microsoft.authorization/roledefinitions/"
TYPE = "Microsoft.Authorization/roleAssignments:PrincipalType"
ABAC = (
    "", "", "",
    f"((!(ActionMatches{{'{ASSIGN}'}})) OR (@Request[{TYPE}] StringEquals 'User'))",
    "!(ActionMatches{'*/read'})",
    "@Resource[Microsoft.Storage/storageAccounts:name] StringEquals 'st'",
    "@Environment[UtcNow] DateTimeLessThan '2026-01-01T00:00:00.0Z'",
    "@Environment[UtcNow] DateTimeLessThan '2027-01-01T00:00:00.0Z'",
    "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:A_b] StringEquals 'x'",
    "this cannot be read (",
)  # fmt: skip
KINDS = (
    "arg-role-assignments", "arm-deny-assignments", "graph-directory-role-assignments", "graph-app-role-assignments",
    "graph-oauth2-permission-grants", "graph-applications", "graph-service-principals", "graph-groups",
    "graph-group-owners", "arm-role-eligibility-instances", "graph-directory-role-eligibility-instances",
)  # fmt: skip
_AGENTS: tuple[tuple[tuple[str, str], ...], ...] = ((), (), (), (("agent_blueprint", "true"),))
_DULL = ("", (), None, False, "azure", "grants", "direct")
CONTEXTS = (
    {"@Environment[UtcNow]": "2025-12-31T00:00:00Z"},
    {f"@Request[{TYPE}]": "User"},
    {"@Resource[Microsoft.Storage/storageAccounts:name]": "other"},
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
        _role(f"{ROLES_OF}{_guid(100 + number)}", draw(arm_statements()), complete=draw(st.integers(0, 9)) < 9)
        for number in range(3)
    ]
    said = draw(st.sampled_from(["", "", "$SubjectIsOwner", "$ResourceIsSelf", "$Unheard"]))
    conditions = (Condition("Entra", "", (said,)),) if said else ()
    names = draw(_some(DIRECTORY, least=1))
    found.append(_single(f"directory/roledefinitions/{_guid(110)}", "directory", names, conditions))
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
        principal_id=draw(st.sampled_from((A, A, A, B, USER, NEAR, NEAR, FAR, EMPTY, _guid(99)))),
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
            attributes=draw(st.sampled_from(_AGENTS)),
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
            attributes=(("sign_in_audience", audience), *draw(st.sampled_from(_AGENTS))),
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
    chosen = draw(st.lists(st.sampled_from([*known[:3], *known, f"{ROLES_OF}{_guid(199)}"]), min_size=1, max_size=5))
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
    return f"{type(row).__name__} " + " ".join(f"{name}={value}" for name, value in said if value not in _DULL)


def _verdicts(access: Access, identity_id: str, action: str) -> dict[str, Verdict]:
    return {place: access.decide(identity_id, action, place).verdict for place in PLACES}


def _unseen(access: Access, identity: Identity, action: str) -> bool:
    planes = access.planes.of(action)
    gaps = any(access.seen.gap(place, plane, identity, action) for place in PLACES for plane in planes)
    return gaps or (
        "data" in planes and dict(_attributes(access)).get("authorization") not in ("rbac", "access_policy")
    )


def _attributes(access: Access) -> tuple[tuple[str, str], ...]:
    vault = access.inventory.resources.get(VAULT)
    return vault.attributes if vault is not None else ()


@given(estates())
def test_the_summary_never_misses_what_is_allowed_and_never_claims_what_is_not(access: Access) -> None:
    for identity_id, identity in access.inventory.identities.items():
        summary = access.summary(identity_id)
        for action in ACTIONS:
            verdicts = _verdicts(access, identity_id, action)
            found = set(verdicts.values())
            if found & {Verdict.ALLOWED, Verdict.CONDITIONAL}:
                assert summary.allows(action)
            if found != {Verdict.DENIED} and not _unseen(access, identity, action):
                assert summary.verdict(action) is not Verdict.DENIED
            bit = access.catalogue.bit(action)
            if summary.certain & bit:
                assert Verdict.ALLOWED in found
                assert summary.verdict(action) is Verdict.ALLOWED
            if summary.everywhere & bit:
                assert _whole(access, verdicts, action)


def _about(access: Access, action: str, place: str) -> bool:
    """Whether an action can be about a place."""
    if place.startswith(VAULT) and "data" in access.planes.of(action):
        return action == SECRET and "authorization" in dict(_attributes(access))
    return any(access.places.governed(plane, place) for plane in access.planes.of(action))


def _whole(access: Access, verdicts: dict[str, Verdict], action: str) -> bool:
    """Whether an action is had on all of a subscription, of a management group, or of the directory."""
    tops = (ONE, TWO, TEAM, TOP) if {"control", "data"} & {*access.planes.of(action)} else (TENANT,)
    return any(
        all(
            verdict is Verdict.ALLOWED
            for place, verdict in verdicts.items()
            if top in access.places.chain(place)
            and _about(access, action, place)
            and not guarded(access.inventory, access.places, place)
        )
        for top in tops
    )


@given(estates())
def test_truth_and_holdings_agree_with_the_definition(access: Access) -> None:
    values = {Verdict.ALLOWED: True, Verdict.DENIED: False}
    for identity_id, identity in access.inventory.identities.items():
        complete = access.summary(identity_id).complete
        for action in ACTIONS:
            verdicts = _verdicts(access, identity_id, action)
            assert {place: access.truth(identity_id, action, place) for place in PLACES} == {
                place: values.get(verdict) for place, verdict in verdicts.items()
            }
            held = {one.place_id: one for one in access.holdings(identity_id, action)}
            assert list(held) == sorted(held)
            for place, verdict in verdicts.items():
                over = [held[above].state for above in access.places.chain(place) if above in held]
                if True in over and _about(access, action, place):
                    assert verdict is Verdict.ALLOWED
                if not over and not access.places.above_perhaps(place):
                    unseen = not complete or _unseen(access, identity, action)
                    assert verdict is Verdict.DENIED or (verdict is Verdict.UNKNOWN and unseen)


@given(estates(), st.sampled_from(["User", "ServicePrincipal", None]))
def test_who_may_give_a_role_agrees_with_the_definition(access: Access, kind: str | None) -> None:
    asked = Questions(access.inventory, now=NOW)
    values = {Verdict.ALLOWED: True, Verdict.DENIED: False}
    for identity_id in access.inventory.identities:
        for place in ARM:
            answer = asked.may_assign(identity_id, place, f"{ROLES_OF}{_guid(100)}", kind, as_found=True)
            assert access.may_assign(identity_id, place, f"{ROLES_OF}{_guid(100)}", kind) == values.get(answer.verdict)


@settings(max_examples=50)
@given(
    estates(),
    st.sampled_from(ACTIONS),
    st.none() | st.sampled_from(PLACES),
    st.none() | st.sampled_from(CONTEXTS),
    st.booleans(),
)
def test_asking_backwards_is_asking_everybody(
    access: Access, action: str, place: str | None, context: dict[str, str] | None, strict: bool
) -> None:
    asked = {id_: access.decide(id_, action, place, context, strict=strict) for id_ in access.inventory.identities}
    expected = [(id_, decision) for id_, decision in asked.items() if decision.verdict is not Verdict.DENIED]
    assert access.who_can(action, place, context, strict=strict) == expected


@given(estates())
def test_without_a_resource_the_best_place_answers(access: Access) -> None:
    order = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.UNKNOWN, Verdict.DENIED)
    for identity_id in access.inventory.identities:
        # Of what may be of two planes, the best places of each may say other things: then nobody can tell.
        for action in (one for one in ACTIONS if len(access.planes.of(one)) == 1):
            verdicts = _verdicts(access, identity_id, action)
            best = min((verdicts[place] for place in (TENANT, TOP, ONE, TWO, HOME)), key=order.index)
            assert order.index(access.decide(identity_id, action).verdict) <= order.index(best)
