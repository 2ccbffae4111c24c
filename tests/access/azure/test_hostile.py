"""Whatever a cloud or an export says, a question is answered: with a verdict and a reason, and never with a crash."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.access.azure import Places, Questions
from nhi_scan.access.azure.summarise import summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Verdict
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Group, Identity, Nature, Resource
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GUID = "11111111-1111-1111-1111-111111111111"
OTHER = "22222222-2222-2222-2222-222222222222"
IDS = st.sampled_from(
    [
        "", "/", "//", "x", "\x00", GUID, OTHER, f"/tenants/{GUID}", "/tenants/",
        f"/subscriptions/{GUID}", "/subscriptions/",
        f"/subscriptions/{GUID}/resourcegroups/g", f"/subscriptions/{GUID}/resourcegroups/g/providers/",
        "/providers/microsoft.management/managementgroups/m", "/providers/microsoft.management/managementgroups/",
        "/providers/microsoft.keyvault/vaults/v", "/providers/microsoft.keyvault/vaults/", "/administrativeunits/u",
        f"/subscriptions/{GUID}/providers/microsoft.storage/storageaccounts/s/blobservices/default/containers/c",
        "/subscriptions/x#accesspolicy/y#z", "\U0001f4a3", "a" * 5_000,
    ]
)  # fmt: skip
ACTIONS = st.sampled_from(
    [
        "", "/", "*", "a/b", "Microsoft.KeyVault/vaults/secrets/getSecret/action", "microsoft.directory/", "(*?)[",
        "microsoft.directory/applications/credentials/update", "microsoft.directory/groups/members/update", "\x00",
        "Microsoft.Graph/",
        "microsoft.directory/groups.security/members/update", "Microsoft.Authorization/roleAssignments/write",
    ]
)  # fmt: skip
TEXTS = st.sampled_from(["", "(", "$SubjectIsOwner", "$ResourceIsSelf && x", "@Resource[a] StringLike '*'", "\x00"])
CONDITIONS = st.builds(
    Condition,
    st.sampled_from(["ABAC", "Entra", "Delegated", "KeyVault", "PIM", "", "CEL"]),
    st.sampled_from(["", "2.0", "x"]),
    st.lists(TEXTS, max_size=2).map(tuple),
)
PATTERNS = st.lists(IDS.map(lambda id_: PrincipalPattern("member", id_)), max_size=2).map(tuple)
STATEMENTS = st.builds(
    Statement,
    effect=st.just(Effect.DENY),
    actions=st.lists(ACTIONS, max_size=3).map(tuple),
    not_actions=st.lists(ACTIONS, max_size=2).map(tuple),
    principals=PATTERNS,
    not_principals=PATTERNS,
    conditions=st.lists(CONDITIONS, max_size=1).map(tuple),
    plane=st.sampled_from(["control", "data", "directory", "app_role", "delegated", "", "odd"]),
    malformed=st.sampled_from(["", "", "", "it is broken"]),
)
KINDS: Any = st.sampled_from(["tenant", "management_group", "subscription", "resource_group"])
ROLES = ("directory/owners/group", "/providers/microsoft.authorization/roledefinitions/r", "odd", "x#accesspolicy/y")


@st.composite
def estates(draw: st.DrawFn) -> Records:
    records = Records(
        scopes=[
            Scope(id=draw(IDS), provider="azure", kind=draw(KINDS), name="", parent_id=draw(IDS | st.none()))
            for _ in range(draw(st.integers(0, 4)))
        ],
        identities=[
            Identity(
                id=GUID,
                provider="azure",
                kind="user",
                nature=Nature.UNKNOWN,
                nature_reason="",
                name="",
                scope_id=draw(IDS),
                status=draw(st.sampled_from(["active", "disabled", "unknown", "deleted"])),
            )
        ],
        groups=[
            Group(
                id=draw(IDS),
                provider="azure",
                kind=draw(st.sampled_from(["entra_group", "administrative_unit", "odd"])),
                name="",
                scope_id=draw(IDS),
                member_ids=tuple(draw(st.lists(IDS, max_size=3))),
                eligible_member_ids=tuple(draw(st.lists(IDS, max_size=2))),
                complete=draw(st.booleans()),
                attributes=draw(st.sampled_from([(), (("restricted", "true"),), (("role_assignable", "odd"),)])),
            )
            for _ in range(draw(st.integers(0, 3)))
        ],
        resources=[Resource(id=draw(IDS), provider="azure", kind="key_vault", name="", scope_id=draw(IDS))],
    )
    for role in ROLES[: draw(st.integers(0, 4))]:
        rules = tuple(draw(st.lists(STATEMENTS, max_size=2)))
        complete = draw(st.booleans())
        records.policies.append(
            Policy(id=role, provider="azure", kind="role", name="", scope_id="", statements=rules, complete=complete)
        )
        records.guardrails.append(
            Guardrail(
                policy_id=role, scope_id=draw(IDS), kind="deny_assignment", condition=draw(CONDITIONS | st.none())
            )
        )
    records.bindings = [
        Binding(
            id=str(number),
            principal_id=draw(IDS),
            policy_id=draw(st.sampled_from(ROLES)),
            scope_id=draw(IDS),
            condition=draw(CONDITIONS | st.none()),
            expires_at=draw(st.sampled_from([None, NOW])),
            eligible=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    return records


@given(estates(), ACTIONS, IDS | st.none(), st.booleans())
def test_every_question_is_answered(records: Records, action: str, place: str | None, strict: bool) -> None:
    asking = Questions(build([records]), now=NOW)
    try:
        answer = asking.ask(GUID, action, place, strict=strict)
    except UserError:
        assert place is not None
    else:
        assert answer.reason
    assert asking.may_assign(GUID, place or "/", GUID).reason


@given(estates(), ACTIONS, IDS)
def test_the_engine_says_the_same_whatever_an_import_says(records: Records, action: str, place: str) -> None:
    inventory = build([records])
    access, asking = summarise(inventory, NOW), Questions(inventory, now=NOW)
    assert access.decide(GUID, action).verdict is asking.ask(GUID, action).verdict
    try:
        place = access.places.resolve(place)
    except UserError:
        return
    verdict = asking.ask(GUID, action, place).verdict
    assert access.truth(GUID, action, place) is {Verdict.ALLOWED: True, Verdict.DENIED: False}.get(verdict)
    found = dict(access.who_can(action, place))
    assert (found[GUID].verdict if GUID in found else Verdict.DENIED) is verdict


@given(estates(), IDS)
def test_every_place_has_a_chain_that_ends_with_it(records: Records, place: str) -> None:
    places = Places(build([records]))
    chain = places.chain(place)
    assert chain[-1] == place
    assert len(chain) == len(set(chain))
    assert places.above_perhaps(place).isdisjoint(chain)
