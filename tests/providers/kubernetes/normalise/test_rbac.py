"""Roles, bindings and whom they name, as the authorizer reads them."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import Nature
from nhi_scan.model.policy import Policy
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes import kinds

Read = Callable[..., Records]
SHOP = "k8s:prod/namespaces/shop"
VIEW = {"verbs": ["get", "list"], "apiGroups": ["", "apps"], "resources": ["pods", "deployments/scale"]}


def role(name: str, rules: Any = None, ns: str = "", **more: Any) -> dict[str, Any]:
    place = {"namespace": ns} if ns else {}
    labels = {"labels": more.pop("labels")} if "labels" in more else {}
    return {"metadata": {"name": name, **place, **labels}, **({} if rules is None else {"rules": rules}), **more}


def bound(name: str, ref: dict[str, str], *subjects: dict[str, Any], ns: str = "") -> dict[str, Any]:
    place = {"namespace": ns} if ns else {}
    return {"metadata": {"name": name, **place}, "roleRef": ref, "subjects": list(subjects)}


def policy(records: Records, id_: str) -> Policy:
    return next(one for one in records.policies if one.id == id_)


def principals(records: Records) -> list[str]:
    return [one.principal_id.removeprefix("k8s:prod/") for one in records.bindings]


def test_a_rule_is_a_statement_for_each_combination(read: Read) -> None:
    urls = {"verbs": ["get"], "nonResourceURLs": ["/healthz", "/metrics/*"]}
    named = {"verbs": ["update"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["b", "a"]}
    found = policy(read({kinds.CLUSTER_ROLES: [role("view", [VIEW, urls, named])]}), "k8s:prod/clusterroles/view")
    assert (found.kind, found.scope_id, found.version, found.complete) == ("role", "k8s:prod", "", True)
    assert [(one.index, one.plane, one.actions, one.resources) for one in found.statements] == [
        (
            0,
            "resource",
            (
                "get deployments.apps/scale",
                "get deployments/scale",
                "get pods",
                "get pods.apps",
                "list deployments.apps/scale",
                "list deployments/scale",
                "list pods",
                "list pods.apps",
            ),
            (),
        ),
        (1, "non_resource", ("get /healthz", "get /metrics/*"), ()),
        (2, "resource", ("update secrets",), ("a", "b")),
    ]


def test_a_rule_of_both_sorts_is_two_statements(read: Read) -> None:
    both = {**VIEW, "verbs": ["get"], "resources": ["pods"], "apiGroups": [""], "nonResourceURLs": ["/x"]}
    found = policy(read({kinds.CLUSTER_ROLES: [role("both", [both])]}), "k8s:prod/clusterroles/both")
    assert [(one.index, one.plane, one.actions) for one in found.statements] == [
        (0, "resource", ("get pods",)),
        (0, "non_resource", ("get /x",)),
    ]


@pytest.mark.parametrize("rules", [None, [], "null"])
def test_a_role_without_rules_gives_nothing(read: Read, rules: Any) -> None:
    one = role("empty", rules, ns="shop") if rules != "null" else {**role("empty", [], ns="shop"), "rules": None}
    found = policy(read({kinds.ROLES: [one]}), f"{SHOP}/roles/empty")
    assert (found.scope_id, found.statements, found.complete) == (SHOP, (), True)


def test_rules_that_cannot_be_read_are_unknown(read: Read) -> None:
    records = read({kinds.ROLES: [role("odd", [{"verbs": "get"}], ns="shop"), role("none", {"a": 1}, ns="shop")]})
    odd, none = policy(records, f"{SHOP}/roles/odd"), policy(records, f"{SHOP}/roles/none")
    assert odd.statements[0].malformed
    assert none.complete is False


def test_default_roles_are_the_providers(read: Read) -> None:
    boot = {"kubernetes.io/bootstrapping": "rbac-defaults"}
    records = read({kinds.CLUSTER_ROLES: [role("edit", [VIEW], labels=boot), role("mine", [VIEW])]})
    assert [(one.name, one.managed_by_provider) for one in records.policies] == [("edit", True), ("mine", False)]


def selecting(*selectors: dict[str, Any]) -> dict[str, Any]:
    return {"aggregationRule": {"clusterRoleSelectors": list(selectors)}}


def rule(verb: str) -> dict[str, Any]:
    return {"verbs": [verb], "apiGroups": [""], "resources": ["pods"]}


@pytest.mark.parametrize(
    ("roles", "actions"),
    [
        # What the control plane filled in counts, and not what it would fill in.
        (
            [role("sum", [rule("get")], **selecting({"matchLabels": {"to": "sum"}})), role("a", [rule("list")])],
            ["get pods"],
        ),
        # Nothing filled in: the selected roles' rules, each once.
        (
            [
                role("sum", [], **selecting({"matchLabels": {"to": "sum"}}, {"matchLabels": {"to": "x"}})),
                role("a", [rule("list"), rule("get")], labels={"to": "sum"}),
                role("b", [rule("get")], labels={"to": "x"}),
                role("c", [rule("delete")], labels={"to": "y"}),
            ],
            ["get pods", "list pods"],
        ),
        # Through another role that gathers, and in a ring.
        (
            [
                role("sum", None, **selecting({"matchLabels": {"to": "sum"}})),
                role("inner", None, labels={"to": "sum"}, **selecting({"matchLabels": {"to": "inner"}})),
                role("a", [rule("watch")], labels={"to": "inner"}),
                role("ring", None, labels={"to": "inner"}, **selecting({"matchLabels": {"to": "sum"}})),
            ],
            ["watch pods"],
        ),
        (
            [
                role("sum", [], **selecting({"matchExpressions": [{"key": "to", "operator": "In", "values": ["a"]}]})),
                role("a", [rule("get")], labels={"to": "a"}),
                role("b", [rule("list")], labels={"to": "b"}),
            ],
            ["get pods"],
        ),
        (
            [
                role(
                    "sum", [], **selecting({"matchExpressions": [{"key": "to", "operator": "NotIn", "values": ["a"]}]})
                ),
                role("a", [rule("get")], labels={"to": "a"}),
                role("b", [rule("list")]),
            ],
            ["list pods"],
        ),
        (
            [
                role("sum", [], **selecting({"matchExpressions": [{"key": "to", "operator": "Exists"}]})),
                role("a", [rule("get")], labels={"to": "a"}),
                role("b", [rule("list")]),
            ],
            ["get pods"],
        ),
        (
            [
                role("sum", [], **selecting({"matchExpressions": [{"key": "to", "operator": "DoesNotExist"}]})),
                role("a", [rule("get")], labels={"to": "a"}),
                role("b", [rule("list")]),
            ],
            ["list pods"],
        ),
        ([role("sum", [], **selecting({})), role("a", [rule("get")])], ["get pods"]),
        ([role("sum", [], **selecting()), role("a", [rule("get")])], []),
    ],
)
def test_aggregation(read: Read, roles: list[dict[str, Any]], actions: list[str]) -> None:
    found = policy(read({kinds.CLUSTER_ROLES: roles}), "k8s:prod/clusterroles/sum")
    assert [action for one in found.statements for action in one.actions] == actions
    assert [one.index for one in found.statements] == list(range(len(actions)))


def test_a_crowd_of_roles_that_gather_each_other_is_not_worked_out(read: Read) -> None:
    crowd = [role(f"r{number}", [], **selecting({})) for number in range(101)]
    records = read({kinds.CLUSTER_ROLES: [*crowd, role("plain", [rule("get")])]})
    assert {one.name for one in records.policies if one.complete} == {"plain"}
    records = read({kinds.CLUSTER_ROLES: [*crowd[1:], role("plain", [rule("get")])]})
    assert {one.statements[0].actions for one in records.policies} == {("get pods",)}


CLUSTER_ROLE = {"kind": "ClusterRole", "name": "view"}
SUBJECTS: list[tuple[Any, ...]] = [
    # subject, whom it means in a role binding of `shop`, and in a cluster role binding; empty: nobody
    ({"kind": "ServiceAccount", "name": "cart", "namespace": "web"}, *["namespaces/web/serviceaccounts/cart"] * 2),
    ({"kind": "ServiceAccount", "name": "cart"}, "namespaces/shop/serviceaccounts/cart", ""),
    ({"kind": "ServiceAccount", "name": "cart", "namespace": ""}, "namespaces/shop/serviceaccounts/cart", ""),
    (
        {"kind": "ServiceAccount", "name": "cart", "namespace": "web", "apiGroup": "x"},
        *["namespaces/web/serviceaccounts/cart"] * 2,
    ),
    ({"kind": "User", "name": "ann"}, "users/ann", "users/ann"),
    ({"kind": "User", "name": "ann", "apiGroup": "wrong"}, "users/ann", "users/ann"),
    ({"kind": "User", "name": "ann", "namespace": "web"}, "users/ann", "users/ann"),
    ({"kind": "User", "name": "system:serviceaccount:web:cart"}, *["namespaces/web/serviceaccounts/cart"] * 2),
    ({"kind": "User", "name": "system:node:n1"}, "users/system:node:n1", "users/system:node:n1"),
    ({"kind": "Group", "name": "system:serviceaccounts:web"}, *["groups/system:serviceaccounts:web"] * 2),
    ({"kind": "user", "name": "ann"}, "", ""),
    ({"kind": "Robot", "name": "ann"}, "", ""),
    ({}, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("subject", "here", "everywhere"), SUBJECTS)
def test_subjects(read: Read, subject: dict[str, Any], here: str, everywhere: str) -> None:
    records = read(
        {
            kinds.ROLE_BINDINGS: [bound("b", CLUSTER_ROLE, subject, ns="shop")],
            kinds.CLUSTER_ROLES: [role("view", [VIEW])],
        }
    )
    assert principals(records) == ([here] if here else [])
    assert all(one.scope_id == SHOP for one in records.bindings)
    records = read({kinds.CLUSTER_ROLE_BINDINGS: [bound("b", CLUSTER_ROLE, subject)]})
    assert principals(records) == ([everywhere] if everywhere else [])
    assert all(one.scope_id == "k8s:prod" for one in records.bindings)


def test_each_subject_is_a_binding_of_its_own(read: Read) -> None:
    subjects = [{"kind": "User", "name": "ann"}, {"kind": "Robot"}, {"kind": "Group", "name": "dev"}]
    ref = {"kind": "Role", "name": "edit"}
    records = read(
        {kinds.ROLES: [role("edit", [VIEW], ns="shop")], kinds.ROLE_BINDINGS: [bound("b", ref, *subjects, ns="shop")]}
    )
    assert [(one.id, one.policy_id) for one in records.bindings] == [
        (f"{SHOP}/rolebindings/b#subjects[0]", f"{SHOP}/roles/edit"),
        (f"{SHOP}/rolebindings/b#subjects[2]", f"{SHOP}/roles/edit"),
    ]


@pytest.mark.parametrize(
    ("missing", "complete"),
    [
        (None, False),
        ({kinds.ROLES: CoverageStatus.COMPLETE}, True),
        ({kinds.ROLES: CoverageStatus.DENIED}, False),
        ({kinds.ROLES: CoverageStatus.PARTIAL}, False),
    ],
)
def test_a_binding_to_a_missing_role(read: Read, missing: Any, complete: bool) -> None:
    one = bound("b", {"kind": "Role", "name": "gone"}, {"kind": "User", "name": "ann"}, ns="shop")
    records = read({kinds.ROLE_BINDINGS: [one]}, missing=missing)
    (found,) = records.policies
    assert (found.id, found.statements, found.complete) == (f"{SHOP}/roles/gone", (), complete)
    assert len(records.bindings) == 1


def test_a_role_that_could_not_be_read_leaves_its_bindings_unknown(read: Read) -> None:
    one = bound("b", {"kind": "Role", "name": "odd"}, {"kind": "User", "name": "ann"}, ns="shop")
    records = read({kinds.ROLE_BINDINGS: [one], kinds.ROLES: [{"metadata": {"name": 5}}]})
    assert [found.complete for found in records.policies] == [False]


@pytest.mark.parametrize(
    "ref", [{"kind": "Role", "name": "x"}, {"kind": "Thing", "name": "x"}, {"kind": "ClusterRole"}, {}]
)
def test_a_cluster_binding_that_refers_to_no_role_gives_nothing(read: Read, ref: dict[str, str]) -> None:
    records = read({kinds.CLUSTER_ROLE_BINDINGS: [bound("b", ref, {"kind": "User", "name": "ann"})]})
    assert records.bindings == []
    assert [row.detail for row in records.coverage if row.status is CoverageStatus.PARTIAL] == [
        "bindings that refer to no role: 1"
    ]


@pytest.mark.parametrize(
    ("name", "kind", "nature", "own"),
    [
        ("ann@example.com", "user", Nature.HUMAN, False),
        ("https://login.example#ann@example.com", "user", Nature.HUMAN, False),
        ("oidc:release-bot@example.com", "user", Nature.UNKNOWN, False),
        ("jenkins", "user", Nature.UNKNOWN, False),
        ("eks:addon-manager", "user", Nature.NON_HUMAN, True),
        ("ci@shop.iam.gserviceaccount.com", "user", Nature.NON_HUMAN, False),
        ("system:kube-scheduler", "user", Nature.NON_HUMAN, True),
        ("system:anonymous", "user", Nature.UNKNOWN, False),
        ("system:node:n1", "node", Nature.NON_HUMAN, False),
    ],
)
def test_users_that_bindings_name(read: Read, name: str, kind: str, nature: Nature, own: bool) -> None:
    records = read({kinds.CLUSTER_ROLE_BINDINGS: [bound("b", CLUSTER_ROLE, {"kind": "User", "name": name})]})
    (found,) = records.identities
    assert (found.id, found.name, found.kind) == (f"k8s:prod/users/{name}", name, kind)
    assert (found.nature, found.managed_by_provider, found.scope_id) == (nature, own, "k8s:prod")


def test_groups_and_anonymous(read: Read) -> None:
    subjects = [{"kind": "Group", "name": name} for name in ("system:unauthenticated", "dev", "dev")]
    records = read({kinds.CLUSTER_ROLE_BINDINGS: [bound("b", CLUSTER_ROLE, *subjects)]})
    assert [(one.id, one.kind, one.member_ids, one.complete) for one in records.groups] == [
        ("k8s:prod/groups/system:unauthenticated", "kubernetes_group", (), False),
        ("k8s:prod/groups/dev", "kubernetes_group", (), False),
    ]
    assert [one.id for one in records.identities] == ["k8s:prod/users/system:anonymous"]


@pytest.mark.parametrize(("status", "stubs"), [(CoverageStatus.COMPLETE, 0), (CoverageStatus.DENIED, 1)])
def test_an_account_that_is_only_named(read: Read, status: CoverageStatus, stubs: int) -> None:
    subject = {"kind": "ServiceAccount", "name": "cart", "namespace": "shop"}
    records = read(
        {kinds.CLUSTER_ROLE_BINDINGS: [bound("b", CLUSTER_ROLE, subject, subject)]},
        missing={kinds.SERVICE_ACCOUNTS: status},
    )
    assert principals(records) == ["namespaces/shop/serviceaccounts/cart"] * 2
    assert [(one.id, one.status) for one in records.identities] == [(f"{SHOP}/serviceaccounts/cart", "unknown")] * stubs


AWS_AUTH = """
- rolearn: arn:aws:iam::111122223333:role/nodes
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes]
- roleARN: arn:aws:iam::111122223333:role/deploy
  username: deploy
- groups: [lost]
"""


def test_aws_auth(read: Read) -> None:
    data = {
        "mapRoles": AWS_AUTH,
        "mapUsers": "- {userarn: 'arn:aws:iam::111122223333:user/ann', groups: [system:masters]}",
        "mapAccounts": "- 111122223333\n- '012345678901'\n",
    }
    one = {"metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": data}
    records = read({kinds.AWS_AUTH: [one]})
    (resource,) = records.resources
    assert resource.id == "k8s:prod/namespaces/kube-system/configmaps/aws-auth"
    assert dict(resource.attributes) == {"roles": "3", "users": "1", "accounts": "012345678901 111122223333"}
    found = [(one.subject.rpartition(":")[2], one.identity_id.removeprefix("k8s:prod/")) for one in records.trusts]
    assert found == [
        ("role/nodes", "users/system:node:{{EC2PrivateDNSName}}"),
        ("role/nodes", "groups/system:bootstrappers"),
        ("role/nodes", "groups/system:nodes"),
        ("role/deploy", "users/deploy"),
        ("user/ann", "users/arn:aws:iam::111122223333:user/ann"),
        ("user/ann", "groups/system:masters"),
    ]
    assert {(one.subject_kind, one.mechanism) for one in records.trusts} == {("identity", "federate")}
    assert len({one.id for one in records.trusts}) == len(found)
    assert {one.id for one in records.identities} | {one.id for one in records.groups} == {
        one.identity_id for one in records.trusts
    }
    (row,) = [row for row in records.coverage if row.status is CoverageStatus.PARTIAL]
    assert row.detail == "entries without `rolearn`: 1"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("a: &x [1]\nb: *x", "aliases are not read (line 2)"),
        ("[" * 200, "nested too deeply (line 1)"),
        ("- a: 1\n  a: 2", "duplicate key `a` (line 2)"),
        ("- !!python/object:os.system {}", "(line 1)"),
        ("a: b", "is no list"),
        ("- 5", "are no objects"),
        ("\x00", "(line 1)"),
        ("{", "is no YAML"),
    ],
)
def test_a_malformed_map_is_told(read: Read, text: str, fault: str) -> None:
    one = {"metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {"mapRoles": text}}
    records = read({kinds.AWS_AUTH: [one]})
    assert records.trusts == []
    (row,) = [row for row in records.coverage if row.status is CoverageStatus.PARTIAL]
    assert fault in row.detail
