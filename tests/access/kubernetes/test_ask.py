"""What is asked of a cluster and cannot be answered is refused, in a sentence."""

from datetime import UTC, datetime

import pytest

from nhi_scan.access.kubernetes.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model import kube_ids
from nhi_scan.model.access import Verdict
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Group, Identity, Nature
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

ONE, OTHER = kube_ids.cluster("one"), kube_ids.cluster("other")
SPACE = kube_ids.namespace(ONE, "shop")
APP = kube_ids.service_account(ONE, "shop", "app")
AWAY = kube_ids.service_account(OTHER, "shop", "app")
MASTERS = kube_ids.group(ONE, "system:masters")
ROLE = f"{ONE}/clusterroles/reader"


@pytest.fixture(scope="module")
def access() -> Access:
    records = Records()
    for cluster in (ONE, OTHER):
        space = kube_ids.namespace(cluster, "shop")
        records.scopes.append(Scope(id=cluster, provider="kubernetes", kind="cluster", name=cluster, parent_id=""))
        records.scopes.append(Scope(id=space, provider="kubernetes", kind="namespace", name="shop", parent_id=cluster))
        records.identities.append(
            Identity(
                id=kube_ids.service_account(cluster, "shop", "app"),
                provider="kubernetes",
                kind="service_account",
                nature=Nature.NON_HUMAN,
                nature_reason="",
                name="app",
                scope_id=space,
            )
        )
        records.coverage += [
            Coverage(provider="kubernetes", scope_id=cluster, record_kind=kind, status=CoverageStatus.COMPLETE)
            for kind in ("k8s-rolebindings", "k8s-clusterrolebindings")
        ]
    records.groups = [Group(id=MASTERS, provider="kubernetes", kind="kubernetes_group", name="m", scope_id=ONE)]
    rule = Statement(effect=Effect.ALLOW, actions=("get pods", "use widgets.example.com"))
    broken = Statement(effect=Effect.ALLOW, index=1, malformed="no rule")
    records.policies = [
        Policy(id=ROLE, provider="kubernetes", kind="role", name="r", scope_id=ONE, statements=(rule, broken))
    ]
    records.bindings = [Binding(id="b", principal_id=APP, policy_id=ROLE, scope_id=SPACE)]
    return summarise(build([records]), datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("action", "resource", "context", "word"),
    [
        ("pods", None, None, "`pods` is no action"),
        ("get pods now", None, None, "`get pods now` is no action"),
        ("get pods", "projects/x", None, "`projects/x` is in no cluster"),
        ("get pods", "k8s:third", None, "`k8s:third` is in no cluster"),
        ("get pods", f"{SPACE}/secrets/a", None, "about `pods`"),
        ("get pods", OTHER, None, f"`{APP}` is not of the cluster"),
        ("get pods", SPACE, {"aws:SourceIp": "192.0.2.1"}, "`aws:SourceIp` is nothing"),
    ],
)
def test_what_cannot_be_asked(
    access: Access, action: str, resource: str | None, context: dict[str, str] | None, word: str
) -> None:
    with pytest.raises(UserError, match=word):
        access.decide(APP, action, resource, context)


def test_whom_nobody_knows(access: Access) -> None:
    for unknown in (kube_ids.user(ONE, "nobody"), "arn:aws:iam::1:user/a", ""):
        with pytest.raises(KeyError):
            access.decide(unknown, "get pods")
        with pytest.raises(KeyError):
            access.summary(unknown)
        with pytest.raises(KeyError):
            access.may(unknown, "get pods", ONE)


def test_another_cluster_is_another(access: Access) -> None:
    assert access.may(APP, "get pods", kube_ids.namespace(OTHER, "shop")) is False
    assert access.decide(AWAY, "get pods").verdict is Verdict.DENIED
    assert [id_ for id_, _ in access.who_can("get pods")] == [APP]
    assert access.who_can("get pods", "*") == []  # in the whole cluster
    assert access.who_can("get pods", kube_ids.namespace(OTHER, "shop")) == []


def test_a_rule_that_cannot_be_read_leaves_open_what_no_other_gives(access: Access) -> None:
    assert access.decide(APP, "get pods", SPACE).verdict is Verdict.ALLOWED
    decision = access.decide(APP, "get secrets", SPACE)
    assert decision.verdict is Verdict.UNKNOWN
    assert [(ref.policy_id, ref.index) for ref in decision.statements] == [(ROLE, 1)]
    assert access.may(APP, "get secrets", SPACE) is None
    assert not access.summary(APP).complete
    assert not access.summary(APP).policies_known


def test_whoever_is_in_a_group_can_be_asked_about(access: Access) -> None:
    assert access.decide(MASTERS, "delete nodes", "*").verdict is Verdict.ALLOWED
    assert access.may(MASTERS, "delete nodes", ONE) is True
    assert access.summary(MASTERS).everywhere == access.catalogue.everything
    assert [one.place_id for one in access.holdings(MASTERS, "delete nodes")] == [ONE]
    assert access.holders("delete nodes", ONE) == ((MASTERS, True),)
    accounts = kube_ids.group(ONE, "system:serviceaccounts:shop")
    assert access.groups_of(APP) == (accounts, *(kube_ids.group(ONE, f"system:{n}") for n in _GROUPS))
    assert access.members(accounts) == (APP,)


_GROUPS = ("serviceaccounts", "authenticated")


@pytest.mark.parametrize(
    ("action", "level"),
    [
        ("get secrets", "read"),
        ("list pods", "read"),
        ("get /metrics", "read"),
        ("create pods", "write"),
        ("get pods/exec", "write"),
        ("bind clusterroles.rbac.authorization.k8s.io", "permissions management"),
        ("create rolebindings.rbac.authorization.k8s.io", "permissions management"),
        ("get rolebindings.rbac.authorization.k8s.io", "read"),
        ("create serviceaccounts/token", "permissions management"),
        ("impersonate users", "permissions management"),
        ("update certificatesigningrequests.certificates.k8s.io/approval", "permissions management"),
        ("use widgets.example.com", "write"),
        ("frobnicate nothing", "unknown"),
    ],
)
def test_what_kind_of_access_an_action_is(access: Access, action: str, level: str) -> None:
    assert access.catalogue.level(action) == level
    assert access.catalogue.knows(action) is (level != "unknown")
