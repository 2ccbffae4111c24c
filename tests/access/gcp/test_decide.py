"""What holds of `decide` whatever the policies are."""

from dataclasses import replace
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp import Attached, Known, Layers, Request, decide
from nhi_scan.model.access import Layer, Verdict
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement

RANK = {Verdict.DENIED: 0, Verdict.UNKNOWN: 1, Verdict.CONDITIONAL: 1, Verdict.ALLOWED: 2}
CHAIN = ("organizations/1", "folders/2", "projects/app", "//storage.googleapis.com/data")
GET = "storage.objects.get"
STANDS: dict[str, Truth] = {"ann": True, "someone": None, "bob": False}
CONDITIONS = st.sampled_from(
    [None, "true", "false", "request.path == '/a'", "request.host == 'b'", "resource.hasTagKey('1/env')", "("]
)
PLACES = st.sampled_from([*CHAIN, "projects/other"])
ROLES = {
    "reader": Policy(
        id="reader",
        provider="gcp",
        kind="role",
        name="",
        scope_id="",
        statements=(Statement(effect=Effect.ALLOW, actions=(GET,)),),
    ),
    "writer": Policy(
        id="writer",
        provider="gcp",
        kind="role",
        name="",
        scope_id="",
        statements=(Statement(effect=Effect.ALLOW, actions=("storage.objects.create",)),),
    ),
    "lost": Policy(id="lost", provider="gcp", kind="role", name="", scope_id="", complete=False),
}
NAMES = st.sampled_from(sorted(STANDS))


def cel(expression: str | None) -> Condition | None:
    return None if expression is None else Condition("CEL", "", (expression,))


@st.composite
def bindings(draw: st.DrawFn) -> Binding:
    return Binding(
        id=str(draw(st.integers(0, 10**9))),
        principal_id=draw(NAMES),
        policy_id=draw(st.sampled_from([*ROLES, "never-seen"])),
        scope_id=draw(PLACES),
        condition=cel(draw(CONDITIONS)),
    )


@st.composite
def denies(draw: st.DrawFn) -> Attached:
    condition = cel(draw(CONDITIONS))
    rule = Statement(
        effect=Effect.DENY,
        actions=(draw(st.sampled_from(["storage.googleapis.com/objects.get", "storage.googleapis.com/*.*"])),),
        not_actions=draw(st.sampled_from([(), ("storage.googleapis.com/objects.get",)])),
        principals=tuple(PrincipalPattern("member", name) for name in draw(st.lists(NAMES, max_size=2))),
        not_principals=tuple(PrincipalPattern("member", name) for name in draw(st.lists(NAMES, max_size=1))),
        conditions=() if condition is None else (condition,),
    )
    id_ = f"deny-{draw(st.integers(0, 10**9))}"
    policy = Policy(
        id=id_,
        provider="gcp",
        kind="guardrail",
        name="",
        scope_id="",
        statements=(rule,),
        complete=draw(st.sampled_from([True, True, True, False])),
    )
    return Attached(Guardrail(policy_id=id_, scope_id=draw(PLACES), kind="deny_policy"), policy)


@st.composite
def boundaries(draw: st.DrawFn) -> Attached:
    id_ = f"boundary-{draw(st.integers(0, 10**9))}"
    rule = Statement(effect=Effect.ALLOW, resources=tuple(draw(st.lists(PLACES, max_size=2))))
    policy = Policy(
        id=id_,
        provider="gcp",
        kind="boundary",
        name="",
        scope_id="",
        statements=(rule,),
        version=draw(st.sampled_from(["1", "latest"])),
        complete=draw(st.sampled_from([True, True, True, False])),
    )
    guardrail = Guardrail(
        policy_id=id_, scope_id=draw(NAMES), kind="principal_access_boundary", condition=cel(draw(CONDITIONS))
    )
    return Attached(guardrail, policy)


@st.composite
def layers(draw: st.DrawFn) -> Layers:
    return Layers(
        bindings=tuple(draw(st.lists(bindings(), max_size=4))),
        roles=ROLES,
        denies=tuple(draw(st.lists(denies(), max_size=2))),
        boundaries=tuple(draw(st.lists(boundaries(), max_size=2))),
    )


def ask(
    given_: Layers,
    *,
    extra: dict[str, str] | None = None,
    stands: dict[str, Truth] = STANDS,
    chain: tuple[str, ...] = CHAIN,
    tags: dict[str, str] | None = None,
) -> Verdict:
    known = Known(extra=extra or {}, tags=tags)
    return decide(Request(permission=GET, chain=chain, stands=stands.__getitem__, known=known), given_).verdict


@given(layers(), bindings())
def test_another_binding_takes_nothing_away(given_: Layers, more: Binding) -> None:
    assert RANK[ask(replace(given_, bindings=(*given_.bindings, more)))] >= RANK[ask(given_)]


@given(layers(), denies())
def test_another_deny_policy_gives_nothing(given_: Layers, more: Attached) -> None:
    assert RANK[ask(replace(given_, denies=(*given_.denies, more)))] <= RANK[ask(given_)]


@given(layers())
def test_boundaries_give_nothing(given_: Layers) -> None:
    assert RANK[ask(given_)] <= RANK[ask(replace(given_, boundaries=()))]


@given(layers(), boundaries())
def test_another_boundary_makes_nobody_less_eligible_who_has_one(given_: Layers, more: Attached) -> None:
    """One that surely applies and blocks: what others name is added to what it names."""
    everything = Policy(id="all", provider="gcp", kind="boundary", name="", scope_id="", version="latest")
    first = Attached(Guardrail(policy_id="all", scope_id="ann", kind="principal_access_boundary"), everything)
    before = replace(given_, boundaries=(first,))
    assert ask(before) is Verdict.DENIED
    assert RANK[ask(replace(given_, boundaries=(first, more)))] >= RANK[ask(before)]


@given(layers(), st.sampled_from(["/a", "/b"]), st.sampled_from(["b", "c"]), st.sampled_from([{}, {"1/env": "prod"}]))
def test_what_is_settled_stays_settled_when_more_is_known(
    given_: Layers, path: str, host: str, tags: dict[str, str]
) -> None:
    before = ask(given_)
    after = ask(given_, extra={"request.path": path, "request.host": host}, tags=tags)
    if before in (Verdict.ALLOWED, Verdict.DENIED):
        assert after is before
    assert after is not Verdict.CONDITIONAL


@given(layers(), st.booleans())
def test_what_is_settled_stays_settled_when_members_are_listed(given_: Layers, member: bool) -> None:
    before = ask(given_)
    after = ask(given_, stands={**STANDS, "someone": member})
    if before in (Verdict.ALLOWED, Verdict.DENIED):
        assert after is before


@given(layers(), st.randoms())
def test_the_order_of_policies_means_nothing(given_: Layers, chance: Random) -> None:
    mixed = list(given_.bindings), list(given_.denies), list(given_.boundaries)
    for some in mixed:
        chance.shuffle(some)
    other = replace(given_, bindings=tuple(mixed[0]), denies=tuple(mixed[1]), boundaries=tuple(mixed[2]))
    asked = Request(permission=GET, chain=CHAIN, stands=STANDS.__getitem__)
    assert decide(asked, other) == decide(asked, given_)


@given(layers())
def test_what_is_allowed_above_is_allowed_below_where_nothing_is_denied(given_: Layers) -> None:
    free = replace(given_, denies=())
    if ask(free, chain=CHAIN[:2]) is Verdict.ALLOWED:
        assert ask(free) is Verdict.ALLOWED


@given(layers())
def test_a_decision_says_what_it_rests_on(given_: Layers) -> None:
    answer = decide(Request(permission=GET, chain=CHAIN, stands=STANDS.__getitem__), given_)
    assert answer.reason
    if answer.verdict is Verdict.DENIED:
        assert answer.blocked_by in ("principal_access_boundary", "deny", "allow")
        assert answer.explicit is (answer.blocked_by != "allow")
        assert bool(answer.statements) is answer.explicit
    else:
        assert answer.statements
    assert list(answer.statements) == sorted(
        set(answer.statements),
        key=lambda one: (
            ("principal_access_boundary", "deny", "allow").index(one.layer),
            one.policy_id,
            one.index,
            one.binding_id,
        ),
    )


@given(layers())
def test_strictly_an_open_condition_is_not_met(given_: Layers) -> None:
    asked = Request(permission=GET, chain=CHAIN, stands=STANDS.__getitem__)
    strict = decide(asked, given_, strict=True)
    assert strict.verdict is not Verdict.CONDITIONAL
    assert not strict.residual


@pytest.mark.parametrize("layer", ["allow", "deny", "principal_access_boundary"])
def test_a_layer_that_was_not_collected_leaves_open_what_it_could_change(layer: Layer) -> None:
    assert layer in get_args(Layer)
    bound = Binding(id="1", principal_id="ann", policy_id="reader", scope_id="projects/app")
    given_ = Layers(bindings=(bound,), roles=ROLES, missing=frozenset((layer,)))
    nothing = replace(given_, bindings=())
    assert ask(given_) is (Verdict.ALLOWED if layer == "allow" else Verdict.UNKNOWN)
    assert ask(nothing) is (Verdict.UNKNOWN if layer == "allow" else Verdict.DENIED)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        ("true", "true", "denied"),
        ("true", "false", "allowed"),
        ("false", "true", "allowed"),
        ("true", "request.x", "conditional"),
    ],
)
def test_all_conditions_of_a_rule_must_hold(first: str, second: str, verdict: str) -> None:
    rule = Statement(
        effect=Effect.DENY,
        actions=("storage.googleapis.com/objects.get",),
        principals=(PrincipalPattern("member", "ann"),),
        conditions=(Condition("CEL", "", (first,)), Condition("CEL", "", (second,))),
    )
    policy = Policy(id="d", provider="gcp", kind="guardrail", name="", scope_id="", statements=(rule,))
    bound = Binding(id="1", principal_id="ann", policy_id="reader", scope_id="projects/app")
    denied = Attached(Guardrail(policy_id="d", scope_id="folders/2", kind="deny_policy"), policy)
    assert ask(Layers(bindings=(bound,), roles=ROLES, denies=(denied,))).value == verdict
