"""Two engines: the summary never misses what the definition allows, and never claims what it denies."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.access.aws.actions import load
from nhi_scan.access.aws.context import _PRINCIPAL_KEYS, PRINCIPAL_KEYS
from nhi_scan.access.aws.summarise import Access, summarise
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Verdict
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.policy import Binding, Guardrail, Policy, PolicyKind
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.aws.policy import parse_document

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/deploy"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SMALL = Catalogue(("iam:GetUser", "iam:PutUserPolicy", "s3:GetObject", "s3:ListBucket", "s3:PutObject"), "RPRLW")
ACTIONS = ("s3:GetObject", "s3:PutObject", "iam:PutUserPolicy", "new:Thing")
RESOURCES = ("*", "arn:aws:s3:::a/1", "arn:aws:s3:::b/1", f"arn:aws:iam::{ACCOUNT}:user/deploy")


def policy(name: str, statements: Any, kind: PolicyKind = "identity", version: str = "2012-10-17") -> Policy:
    parsed = parse_document({"Version": version, "Statement": statements})
    return Policy(
        id=name,
        provider="aws",
        kind=kind,
        name=name,
        scope_id=ACCOUNT,
        statements=parsed.statements,
        version=parsed.version,
        complete=not parsed.malformed,
    )


def estate(
    documents: list[Any], boundary: Any = None, scps: list[list[Any]] | None = None, catalogue: Catalogue = SMALL
) -> Access:
    """One user and one role with the same policies in an account below a root."""
    records = Records()
    records.scopes = [
        Scope(id="o-1", provider="aws", kind="organization", name="o", parent_id=None),
        Scope(id="r-1", provider="aws", kind="root", name="r", tags=(("SERVICE_CONTROL_POLICY", "ENABLED"),)),
        Scope(id=ACCOUNT, provider="aws", kind="account", name="a", parent_id="r-1" if scps is not None else ""),
    ]
    for identity_id, kind in ((USER, "iam_user"), (ROLE, "iam_role")):
        records.identities.append(
            Identity(
                id=identity_id,
                provider="aws",
                kind=kind,  # type: ignore[arg-type] # a literal, seen through a loop
                nature=Nature.NON_HUMAN,
                nature_reason="a test says so",
                name=identity_id.rpartition("/")[2],
                scope_id=ACCOUNT,
                tags=(("team", "red"),),
            )
        )
        rows = [(f"p{i}", "grants") for i in range(len(documents))] + ([("bound", "bounds")] if boundary else [])
        records.bindings += [
            Binding(id=f"{identity_id}-{name}", principal_id=identity_id, policy_id=name, scope_id=ACCOUNT, purpose=why)  # type: ignore[arg-type] # as above
            for name, why in rows
        ]
    records.policies = [policy(f"p{i}", document) for i, document in enumerate(documents)]
    if boundary:
        records.policies.append(policy("bound", boundary, "boundary"))
    for level, (scope, found) in enumerate(zip(("r-1", ACCOUNT), scps or (), strict=False)):
        for i, document in enumerate(found):
            records.policies.append(policy(f"scp{level}{i}", document, "guardrail"))
            records.guardrails.append(
                Guardrail(policy_id=f"scp{level}{i}", scope_id=scope, kind="service_control_policy")
            )
    return summarise(build([records]), NOW, catalogue)


actions = st.sampled_from(["*", "s3:*", "s3:Get*", "s3:GetObject", "iam:*", "s3:PutObject", "new:*", "new:Thing"])
resources = st.sampled_from(
    [
        "*",
        "arn:aws:s3:::a/*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::?/1",
        "arn:aws:iam::*:user/*",
        "arn:aws:iam::*:user/${aws:username}",
        "arn:aws:s3:::${aws:PrincipalTag/team, 'a'}/*",
    ]
)
conditions = st.sampled_from(
    [
        {},
        {},
        {"StringEquals": {"aws:PrincipalTag/team": "red"}},
        {"StringEquals": {"aws:PrincipalTag/team": "blue"}},
        {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
        {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"Null": {"aws:TokenIssueTime": "true"}},
        {"Null": {"aws:FederatedProvider": "true"}},
    ]
)


@st.composite
def statement(draw: st.DrawFn, *, plain: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"]))}
    found["NotAction" if draw(st.integers(0, 5)) == 0 else "Action"] = draw(st.lists(actions, min_size=1, max_size=2))
    found["NotResource" if draw(st.integers(0, 5)) == 0 else "Resource"] = draw(
        st.lists(resources, min_size=1, max_size=2)
    )
    condition = {} if plain else draw(conditions)
    return {**found, "Condition": condition} if condition else found


documents = st.lists(statement(), min_size=1, max_size=3)
levels = st.lists(st.lists(documents, min_size=1, max_size=2), min_size=2, max_size=2)


@given(st.lists(documents, min_size=1, max_size=2), st.none() | documents, st.none() | levels)
def test_the_summary_and_the_definition_agree(own: list[Any], boundary: Any, scps: list[list[Any]] | None) -> None:
    access = estate(own, boundary, scps)
    for identity_id in (USER, ROLE):
        summary = access.summary(identity_id)
        assert summary.complete
        for action in ACTIONS:
            reach = access.reach(identity_id, action)
            verdicts = [access.decide(identity_id, action, resource).verdict for resource in RESOURCES]
            possible = {True: Verdict.ALLOWED, None: Verdict.CONDITIONAL, False: Verdict.DENIED}
            assert [possible[reach.on(resource)] for resource in RESOURCES] == verdicts
            if any(verdict is not Verdict.DENIED for verdict in verdicts):
                assert summary.allows(action)
                assert summary.verdict(action) is not Verdict.DENIED
            if summary.allows(action, everywhere=True):
                assert set(verdicts) == {Verdict.ALLOWED}
            if summary.verdict(action) is Verdict.ALLOWED:
                assert access.decide(identity_id, action).verdict is Verdict.ALLOWED
            if summary.verdict(action) is Verdict.DENIED:
                assert access.decide(identity_id, action).verdict is Verdict.DENIED


ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_a_deny_of_named_things_leaves_the_others() -> None:
    access = estate([[ALLOW_ALL, {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::vault/*"}]])
    summary = access.summary(USER)
    assert summary.verdict("s3:GetObject") is Verdict.ALLOWED
    assert not summary.allows("s3:GetObject", everywhere=True)
    assert summary.full_services() == ("iam",)
    assert summary.services() == ("iam", "s3")


def test_a_bucket_that_the_boundary_allows_too_is_certain() -> None:
    bucket = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}
    assert estate([[bucket]], [bucket]).summary(ROLE).verdict("s3:GetObject") is Verdict.ALLOWED


def test_what_is_certain_beside_something_conditional_is_found() -> None:
    mfa = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    with_mfa = {**ALLOW_ALL, "Resource": "arn:aws:s3:::a/*", "Condition": mfa}
    access = estate([[with_mfa, {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::a/*"}]])
    assert access.summary(USER).verdict("s3:GetObject") is Verdict.ALLOWED
    assert access.decide(USER, "s3:GetObject").verdict is Verdict.ALLOWED
    assert access.decide(USER, "s3:GetObject", "arn:aws:s3:::a/1").verdict is Verdict.CONDITIONAL


def test_statements_are_named_by_the_identity_s_own_policies() -> None:
    access = estate([[ALLOW_ALL], [{"Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]])
    assert [(ref.policy_id, ref.sid) for ref in access.summary(USER).statements("s3:GetObject")] == [
        ("p0", ""),
        ("p1", "Read"),
    ]


def test_identities_to_whom_policies_say_the_same_share_a_stack() -> None:
    access = estate([[ALLOW_ALL]])
    assert access.stack(USER) is access.stack(ROLE)
    access = estate([[{**ALLOW_ALL, "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}}]])
    assert access.stack(USER) is not access.stack(ROLE)


def test_a_user_s_long_term_key_has_no_time_of_issue_and_a_role_s_session_has_one() -> None:
    long_term = {**ALLOW_ALL, "Condition": {"Null": {"aws:TokenIssueTime": "true"}}}
    access = estate([[long_term]])
    assert access.summary(ROLE).verdict("s3:GetObject") is Verdict.DENIED
    assert access.summary(USER).verdict("s3:GetObject") is Verdict.CONDITIONAL
    assert access.decide(USER, "s3:GetObject").verdict is Verdict.CONDITIONAL


@pytest.mark.parametrize("key", sorted(_PRINCIPAL_KEYS))
def test_no_reading_is_shared_of_a_document_that_names_what_differs_between_principals(key: str) -> None:
    assert key.startswith(PRINCIPAL_KEYS)


def test_what_cannot_be_read_is_unknown_and_not_denied() -> None:
    access = estate([[{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}], [{"Effect": "Perhaps"}]])
    summary = access.summary(USER)
    assert not summary.complete
    assert summary.verdict("iam:GetUser") is Verdict.UNKNOWN
    assert [name for name, _ in access.who_can("iam:GetUser")] == [ROLE, USER]


def test_who_can_finds_whom_the_definition_allows() -> None:
    access = estate([[{"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*:user/${aws:username}"}]])
    assert [name for name, _ in access.who_can("iam:PutUserPolicy", USER)] == [USER]
    assert access.who_can("iam:PutUserPolicy", ROLE) == []


@pytest.mark.parametrize(
    ("action", "verdict"),
    [("iam:PassRole", Verdict.DENIED), ("s3:GetObject", Verdict.ALLOWED), ("s3:Unheard", Verdict.ALLOWED)],
)
def test_the_aws_catalogue_is_used(action: str, verdict: Verdict) -> None:
    access = estate([[ALLOW_ALL, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]], catalogue=load(None))
    assert access.summary(USER).verdict(action) is verdict
