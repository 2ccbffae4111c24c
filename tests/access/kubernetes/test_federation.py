"""What service accounts show elsewhere, and whom AWS principals become in a cluster."""

from datetime import UTC, datetime

import pytest

from nhi_scan.access.federation import Entry
from nhi_scan.access.kubernetes.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model import kube_ids
from nhi_scan.model.access import Verdict
from nhi_scan.model.assertion import AWS, Assertion, Claim, issuer_key
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Group, Identity, Nature
from nhi_scan.model.kube_actions import patterns
from nhi_scan.model.policy import Binding, Effect, Policy, Statement, Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

CLUSTER = kube_ids.cluster("c")
SPACE = kube_ids.namespace(CLUSTER, "shop")
PLAIN = kube_ids.service_account(CLUSTER, "shop", "plain")
ASKS = kube_ids.service_account(CLUSTER, "shop", "asks")
ADMIN = kube_ids.user(CLUSTER, "admin")
MASTERS = kube_ids.group(CLUSTER, "system:masters")
ISSUER = "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC"
ROLE = "arn:aws:iam::123456789012:role/Ops"
USER = "arn:aws:iam::123456789012:user/team/ann"


def access(issuer: str = ISSUER) -> Access:
    records = Records()
    said = (("oidc_issuer", issuer),) if issuer else ()
    records.scopes = [
        Scope(id=CLUSTER, provider="kubernetes", kind="cluster", name="c", parent_id="", attributes=said),
        Scope(id=SPACE, provider="kubernetes", kind="namespace", name="shop", parent_id=CLUSTER),
    ]
    asked = (("automount", "true"), ("aws_role_arn", ROLE), ("azure_client_id", "1-2"), ("gcp_service_account", ""))
    records.identities = [
        _identity(PLAIN, "service_account", (), "u-1"),
        _identity(ASKS, "service_account", asked, None),
        _identity(ADMIN, "user", (), None),
    ]
    records.groups = [Group(id=MASTERS, provider="kubernetes", kind="kubernetes_group", name="m", scope_id=CLUSTER)]
    rows = ((ADMIN, ROLE, "a#mapRoles[0]/0"), (MASTERS, ROLE, "a#mapRoles[0]/1"), (ADMIN, USER, "a#mapUsers[0]/0"))
    records.trusts = [
        Trust(id=id_, identity_id=who, subject=subject, subject_kind="identity", mechanism="federate")
        for who, subject, id_ in rows
    ]
    rule = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    role = f"{CLUSTER}/clusterroles/cluster-admin"
    statement = Statement(effect=Effect.ALLOW, actions=patterns(rule))
    records.policies = [
        Policy(
            id=role, provider="kubernetes", kind="role", name="cluster-admin", scope_id=CLUSTER, statements=(statement,)
        )
    ]
    records.bindings = [Binding(id="b", principal_id=MASTERS, policy_id=role, scope_id=CLUSTER)]
    records.coverage = [
        Coverage(provider="kubernetes", scope_id=CLUSTER, record_kind=kind, status=CoverageStatus.COMPLETE)
        for kind in ("k8s-rolebindings", "k8s-clusterrolebindings")
    ]
    return summarise(build([records]), datetime(2026, 1, 1, tzinfo=UTC))


def _identity(id_: str, kind: str, attributes: tuple[tuple[str, str], ...], unique: str | None) -> Identity:
    return Identity(
        id=id_,
        provider="kubernetes",
        kind=kind,  # type: ignore[arg-type] # one of its words
        nature=Nature.UNKNOWN,
        nature_reason="",
        name=id_.rpartition("/")[2],
        scope_id=CLUSTER,
        unique_id=unique,
        attributes=attributes,
    )


def test_a_token_says_whose_it_is() -> None:
    plain = next(one for one in access().issued(frozenset([issuer_key(ISSUER)])) if one.holder_id == PLAIN)
    assert plain.issuer == ISSUER
    assert not plain.complete
    assert plain.asks_for == ()
    assert plain.claim("sub") == Claim("sub", ("system:serviceaccount:shop:plain",))
    assert plain.claim("aud") == Claim("aud", (), "any")
    assert plain.claim("kubernetes.io.namespace") == Claim("kubernetes.io.namespace", ("shop",))
    assert plain.claim("kubernetes.io.serviceaccount.name") == Claim("kubernetes.io.serviceaccount.name", ("plain",))
    assert plain.claim("kubernetes.io.serviceaccount.uid") == Claim("kubernetes.io.serviceaccount.uid", ("u-1",))
    assert plain.claim("kubernetes.io.pod.name") is None


def test_only_what_is_trusted_somewhere_or_asks_for_something_is_shown() -> None:
    shown = list(access().issued(frozenset()))
    assert [(one.holder_id, one.issuer, one.asks_for) for one in shown] == [(ASKS, ISSUER, ("1-2", ROLE))]
    assert [one.holder_id for one in access().issued(frozenset([issuer_key(ISSUER)]))] == [ASKS, PLAIN]


def test_an_issuer_that_nobody_knows() -> None:
    shown = list(access("").issued(frozenset([issuer_key(ISSUER)])))
    assert [(one.holder_id, one.issuer) for one in shown] == [(ASKS, "")]


def test_a_cluster_may_have_several_issuers() -> None:
    other = "https://other.example.com/"
    shown = access(f"{ISSUER} {other}").issued(frozenset([issuer_key(other)]))
    assert [(one.holder_id, one.issuer) for one in shown] == [(ASKS, ISSUER), (ASKS, other), (PLAIN, other)]


@pytest.mark.parametrize(
    "arn",
    [
        ROLE,
        "arn:aws:iam::123456789012:role/team/Ops",
        "arn:aws:sts::123456789012:assumed-role/Ops/*",
        "arn:aws:sts::123456789012:assumed-role/ops/session",
    ],
)
def test_whom_a_role_becomes(arn: str) -> None:
    entries = access().entries(Assertion(holder_id=ROLE, provider="aws", issuer=AWS, claims=(Claim("arn", (arn,)),)))
    assert entries == (
        Entry(MASTERS, "a#mapRoles[0]/1", state=True, detail="by `aws-auth`"),
        Entry(ADMIN, "a#mapRoles[0]/0", state=True, detail="by `aws-auth`"),
    )


def test_whom_a_user_becomes() -> None:
    shown = Assertion(holder_id=USER, provider="aws", issuer=AWS, claims=(Claim("arn", (USER,)),))
    assert [one.identity_id for one in access().entries(shown)] == [ADMIN]


@pytest.mark.parametrize(
    ("issuer", "arn"),
    [
        (AWS, "arn:aws:iam::123456789012:user/ann"),
        (AWS, "arn:aws:iam::999999999999:role/Ops"),
        (AWS, "arn:aws:sts::123456789012:assumed-role/Other/Ops"),
        (ISSUER, ROLE),
        ("", ROLE),
    ],
)
def test_who_becomes_nobody(issuer: str, arn: str) -> None:
    shown = Assertion(holder_id="x", provider="aws", issuer=issuer, claims=(Claim("arn", (arn,)),))
    assert access().entries(shown) == ()


def test_a_user_may_be_in_the_groups_that_the_map_says() -> None:
    found = access()
    assert found.trusted_issuers == {issuer_key(AWS)}
    decision = found.decide(ADMIN, "get secrets", "*")
    assert decision.verdict is Verdict.CONDITIONAL
    assert [one.condition.values for one in decision.residual] == [("system:masters",)]
    assert found.may(ADMIN, "get secrets", CLUSTER) is None
    assert found.summary(ADMIN).verdict("get secrets") is Verdict.CONDITIONAL
    assert [id_ for id_, _ in found.who_can("get secrets", "*")] == [ADMIN]
