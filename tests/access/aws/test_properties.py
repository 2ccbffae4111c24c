"""What must hold whatever the policies say."""

from dataclasses import replace
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.access.aws.context import context
from nhi_scan.access.aws.evaluate import decide
from nhi_scan.access.aws.layers import Layers
from nhi_scan.access.aws.request import Request, request
from nhi_scan.model.access import Verdict
from nhi_scan.model.policy import Condition, Effect, Policy, PrincipalPattern, Statement

ACCOUNT, OTHER = "111111111111", "222222222222"
PRINCIPALS = (
    f"arn:aws:iam::{ACCOUNT}:user/alice",
    f"arn:aws:iam::{ACCOUNT}:role/app",
    f"arn:aws:sts::{ACCOUNT}:assumed-role/app/s",
    f"arn:aws:sts::{ACCOUNT}:federated-user/alice",
    f"arn:aws:iam::{ACCOUNT}:root",
    "anonymous",
    "sns.amazonaws.com",
)
ACTIONS = ("s3:GetObject", "s3:PutObject", "sts:AssumeRole", "kms:Decrypt")
RESOURCES = (
    "arn:aws:s3:::logs/a",
    f"arn:aws:iam::{ACCOUNT}:role/target",
    f"arn:aws:iam::{OTHER}:role/target",
    f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k",
)
KEYS = {"aws:sourceip": ("10.0.0.1", "192.0.2.1"), "aws:principaltag/team": ("red", "blue"), "s3:prefix": ("red", "")}
RANK = {Verdict.DENIED: 0, Verdict.UNKNOWN: 1, Verdict.CONDITIONAL: 2, Verdict.ALLOWED: 3}

CONDITIONS = st.sampled_from(
    [
        Condition("IpAddress", "aws:SourceIp", ("10.0.0.0/8",)),
        Condition("NotIpAddress", "aws:SourceIp", ("10.0.0.0/8",)),
        Condition("StringEquals", "aws:PrincipalTag/team", ("red",)),
        Condition("StringNotEquals", "aws:PrincipalTag/team", ("red",)),
        Condition("StringLikeIfExists", "aws:PrincipalTag/team", ("r*",)),
        Condition("StringEquals", "s3:prefix", ("${aws:PrincipalTag/team}",)),
        Condition("StringNotLike", "s3:prefix", ("${aws:PrincipalTag/team}*", "x")),
        Condition("ForAllValues:StringEquals", "s3:prefix", ("red",)),
        Condition("ForAnyValue:StringNotEquals", "s3:prefix", ("red",)),
        Condition("Null", "s3:prefix", ("true",)),
        Condition("Null", "aws:PrincipalTag/team", ("false",)),
    ]
)
NAMES = st.sampled_from(
    [
        PrincipalPattern("any", "*"),
        PrincipalPattern("aws", ACCOUNT),
        PrincipalPattern("service", "sns.amazonaws.com"),
        *[PrincipalPattern("aws", arn) for arn in PRINCIPALS[:4]],
    ]
)
PATTERNS = st.sampled_from(["*", "arn:aws:s3:::*", "arn:aws:*:*:*:*", "arn:aws:s3:::${aws:PrincipalTag/team}/a"])
ACTION_PATTERNS = st.sampled_from(["*", "s3:*", "s3:Get*", "sts:*", "kms:*"])


@st.composite
def statements(draw: st.DrawFn, *, principals: bool) -> Statement:
    negated, around = draw(st.sampled_from([False, False, True])), draw(st.sampled_from([False, False, True]))
    actions, patterns = (draw(ACTION_PATTERNS),), (draw(PATTERNS),)
    names = tuple(draw(st.lists(NAMES, min_size=1, max_size=2))) if principals else ()
    other_names = principals and draw(st.sampled_from([False, False, False, True]))
    return Statement(
        effect=draw(st.sampled_from([Effect.ALLOW, Effect.ALLOW, Effect.DENY])),
        actions=() if negated else actions,
        not_actions=actions if negated else (),
        resources=() if around else patterns,
        not_resources=patterns if around else (),
        principals=() if other_names else names,
        not_principals=names if other_names else (),
        conditions=tuple(draw(st.lists(CONDITIONS, max_size=2))),
    )


def policies(*, principals: bool = False) -> st.SearchStrategy[Policy]:
    def build(found: list[Statement]) -> Policy:
        numbered = tuple(replace(each, index=index) for index, each in enumerate(found))
        return Policy(
            id="p",
            provider="aws",
            kind="identity",
            name="p",
            scope_id="",
            statements=numbered,
            version="2012-10-17",
        )

    return st.lists(statements(principals=principals), min_size=1, max_size=3).map(build)


LAYERS = st.builds(
    Layers,
    identity=st.lists(policies(), max_size=2).map(tuple),
    boundary=st.none() | policies().map(lambda policy: (policy,)),
    session=st.none() | policies().map(lambda policy: (policy,)),
    scps=st.lists(policies().map(lambda policy: (policy,)), max_size=2).map(tuple),
    rcps=st.lists(policies(principals=True).map(lambda policy: (policy,)), max_size=1).map(tuple),
    resource=st.none() | policies(principals=True),
    endpoint=st.none() | policies(principals=True).map(lambda policy: (policy,)),
)
REQUESTS = st.builds(
    request,
    st.sampled_from(PRINCIPALS),
    st.sampled_from(ACTIONS),
    st.sampled_from(RESOURCES),
    resource_account=st.sampled_from([None, ACCOUNT, OTHER]),
)


def closings(asked: Request) -> list[Request]:
    """The request with each key known: to be absent, or to have one of its values."""
    out = []
    possible = {key: (None, *values) for key, values in KEYS.items()}
    if not asked.principal.in_account:
        possible["aws:principaltag/team"] = (None,)  # services and strangers have no tags, and that is known
    for chosen in product(*possible.values()):
        values = {key: value for key, value in zip(KEYS, chosen, strict=True) if value is not None}
        absent = [key for key, value in zip(KEYS, chosen, strict=True) if value is None]
        out.append(replace(asked, context=context(values, absent=absent)))
    return out


@given(REQUESTS, LAYERS)
@settings(max_examples=250, deadline=None)
def test_whatever_an_unknown_key_turns_out_to_be_never_contradicts_the_answer(asked: Request, layers: Layers) -> None:
    answer = decide(asked, layers).verdict
    closed = {decide(each, layers).verdict for each in closings(asked)}
    if answer is Verdict.CONDITIONAL:
        assert Verdict.UNKNOWN not in closed
    else:
        assert closed == {answer}


@given(REQUESTS, LAYERS)
@settings(max_examples=200, deadline=None)
def test_with_every_key_known_nothing_stays_open(asked: Request, layers: Layers) -> None:
    # A role asks under a session name that nobody knows; every other requester is known in full.
    if asked.principal.kind != "role":
        for each in closings(asked):
            assert decide(each, layers).verdict in (Verdict.ALLOWED, Verdict.DENIED)


EVERYONE = Statement(
    effect=Effect.DENY,
    actions=("*",),
    resources=("*",),
    principals=(PrincipalPattern("any", "*"),),
)
NEVER = Policy(id="never", provider="aws", kind="identity", name="never", scope_id="", statements=(EVERYONE,))


@given(REQUESTS, LAYERS)
@settings(max_examples=200, deadline=None)
def test_a_deny_always_wins(asked: Request, layers: Layers) -> None:
    denied = [replace(layers, resource=NEVER), replace(layers, endpoint=(*(layers.endpoint or ()), NEVER))]
    if asked.principal.in_account:
        denied.append(replace(layers, scps=(*layers.scps, (NEVER,))))
    if asked.principal.in_account and asked.principal.kind != "root":
        denied.append(replace(layers, identity=(*layers.identity, NEVER)))
        denied.append(replace(layers, boundary=(*(layers.boundary or ()), NEVER)))
        denied.append(replace(layers, session=(*(layers.session or ()), NEVER)))
    for each in denied:
        decision = decide(asked, each)
        assert decision.verdict is Verdict.DENIED
        assert decision.explicit


@given(REQUESTS, LAYERS, policies(), policies(principals=True))
@settings(max_examples=300, deadline=None)
def test_a_guardrail_more_never_raises_an_answer(
    asked: Request,
    layers: Layers,
    limit: Policy,
    named: Policy,
) -> None:
    before = RANK[decide(asked, layers).verdict]
    more = [
        replace(layers, scps=(*layers.scps, (limit,))),
        replace(layers, rcps=(*layers.rcps, (named,))),
    ]
    more += [replace(layers, boundary=(limit,))] if layers.boundary is None else []
    # To a session of GetFederationToken, which has no permissions without one, a session policy gives some.
    limitable = layers.session is None and asked.principal.kind != "federated_user"
    more += [replace(layers, session=(limit,))] if limitable else []
    more += [replace(layers, endpoint=(named,))] if layers.endpoint is None else []
    for each in more:
        assert RANK[decide(asked, each).verdict] <= before


@given(REQUESTS, LAYERS, policies())
@settings(max_examples=200, deadline=None)
def test_an_allowing_policy_more_never_lowers_an_answer(asked: Request, layers: Layers, more: Policy) -> None:
    allows = tuple(replace(each, effect=Effect.ALLOW) for each in more.statements)
    wider = replace(layers, identity=(*layers.identity, replace(more, statements=allows)))
    assert RANK[decide(asked, wider).verdict] >= RANK[decide(asked, layers).verdict]


@given(REQUESTS, LAYERS)
@settings(max_examples=200, deadline=None)
def test_a_decision_says_why(asked: Request, layers: Layers) -> None:
    decision = decide(asked, layers)
    assert decision.reason
    assert (decision.blocked_by is None) == (decision.verdict is not Verdict.DENIED)
    assert bool(decision.residual) == (decision.verdict is Verdict.CONDITIONAL)
    if decision.explicit:
        assert decision.statements
