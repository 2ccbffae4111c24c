"""Facts about Kubernetes: default accounts, mounted tokens, missing roles, what everybody holds, and what to type."""

from datetime import timedelta
from typing import Any

import pytest

from nhi_scan.model import kube_ids
from nhi_scan.model.access import Privilege, StatementRef
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import NEVER_USED, Credential, Group, Identity, LastUsed, Nature, Owner, Resource, Workload
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.model.scope import Scope

CLUSTER = "k8s:prod"
SHOP = f"{CLUSTER}/namespaces/shop"
APP = f"{SHOP}/serviceaccounts/app"
NAMES = ("k8s-clusterrolebindings", "k8s-clusterroles", "k8s-rolebindings", "k8s-roles", "k8s-serviceaccounts")
RUNS = ("cronjobs", "daemonsets", "deployments", "jobs", "pods", "replicasets", "replicationcontrollers")


def account(name: str = "app", space: str = "shop", **fields: Any) -> Identity:
    attributes = tuple(sorted(fields.pop("attributes", {}).items()))
    return Identity(
        **{
            "id": kube_ids.service_account(CLUSTER, space, name),
            "provider": "kubernetes",
            "kind": "service_account",
            "nature": Nature.NON_HUMAN,
            "nature_reason": "a test says so",
            "name": name,
            "scope_id": f"{CLUSTER}/namespaces/{space}",
            "unique_id": "u",
            "attributes": attributes,
            **fields,
        }
    )


def user(name: str, kind: Any = "user") -> Identity:
    return account(name, id=kube_ids.user(CLUSTER, name), kind=kind, scope_id=CLUSTER)


def group(name: str) -> Group:
    return Group(
        id=kube_ids.group(CLUSTER, name),
        provider="kubernetes",
        kind="kubernetes_group",
        name=name,
        scope_id=CLUSTER,
        complete=False,
    )


def role(name: str, *actions: str, space: str = "", **fields: Any) -> Policy:
    plural = "roles" if space else "clusterroles"
    statement = Statement(effect=Effect.ALLOW, actions=actions, plane="resource")
    return Policy(
        **{
            "id": kube_ids.object_id(CLUSTER, plural, name, space),
            "provider": "kubernetes",
            "kind": "role",
            "name": name,
            "scope_id": f"{CLUSTER}/namespaces/{space}" if space else CLUSTER,
            "created_at": None,
            "statements": (statement,) if actions else (),
            **fields,
        }
    )


def gives(policy: Policy, who: str, name: str = "b", space: str = "", number: int = 0) -> Binding:
    plural = "rolebindings" if space else "clusterrolebindings"
    return Binding(
        id=f"{kube_ids.object_id(CLUSTER, plural, name, space)}#subjects[{number}]",
        principal_id=who,
        policy_id=policy.id,
        scope_id=f"{CLUSTER}/namespaces/{space}" if space else CLUSTER,
    )


def workload(*accounts: str, plural: str = "deployments", space: str = "shop", **attributes: str) -> Workload:
    return Workload(
        id=kube_ids.object_id(CLUSTER, plural, "web", space),
        provider="kubernetes",
        kind="deployment",
        name="web",
        scope_id=f"{CLUSTER}/namespaces/{space}",
        runs_as=accounts,
        attributes=tuple(sorted(attributes.items())),
    )


def covered(*kinds: str, without: str = "") -> list[Coverage]:
    return [
        Coverage(
            provider="kubernetes",
            scope_id=CLUSTER,
            record_kind=kind,
            status=CoverageStatus.DENIED if kind == without else CoverageStatus.COMPLETE,
        )
        for kind in kinds
    ]


@pytest.fixture
def cell(facts: Any, make: Any) -> Any:
    """A cell of the first row of what a small cluster is."""

    def of(name: str, **lists: Any) -> Any:
        lacking = lists.pop("without", "")
        spaces = sorted({one.scope_id for one in lists.get("identities", ())} - {CLUSTER} | {SHOP})
        scopes = [
            Scope(id=CLUSTER, provider="kubernetes", kind="cluster", name="prod"),
            *(
                Scope(id=one, provider="kubernetes", kind="namespace", name=one.rpartition("/")[2], parent_id=CLUSTER)
                for one in spaces
            ),
        ]
        kinds = [*NAMES, *(f"k8s-{kind}" for kind in (*RUNS, "statefulsets"))]
        row = lists.pop("row", 0)
        given = {"scopes": scopes, "coverage": covered(*kinds, without=lacking), **lists}
        return make.cell(facts(**given), name, row)

    return of


def test_where_it_is(cell: Any, make: Any, facts: Any) -> None:
    app, pods = account(), workload(APP)
    assert cell("identity.namespace", identities=[app]) == "shop"
    assert cell("identity.cluster", identities=[app]) == "prod"
    assert cell("identity.namespace", identities=[user("ann")]) == ""
    assert cell("workload.namespace", workloads=[pods]) == "shop"
    assert cell("workload.cluster", workloads=[pods]) == "prod"
    assert cell("workload.type", workloads=[pods]) == "deployments/web"
    assert cell("scope.cluster") == "prod"
    elsewhere = facts(identities=[make.role()])
    for name in ("identity.namespace", "identity.cluster", "identity.cluster_user", "scope.cluster"):
        assert make.cell(elsewhere, name) == ""


@pytest.mark.parametrize(
    ("who", "default", "of_the_cluster"),
    [
        (account(), False, False),
        (account("default", attributes={"default": "true"}), True, True),
        (account("coredns", "kube-system"), False, True),
        (user("ann"), False, True),
        (user("system:node:n", "node"), False, True),
    ],
)
def test_what_comes_with_a_cluster(cell: Any, who: Identity, default: bool, of_the_cluster: bool) -> None:
    assert cell("identity.default_of_namespace", identities=[who]) is default
    assert cell("identity.of_the_cluster", identities=[who]) is of_the_cluster


def test_another_clouds_identities_do_not_come_with_a_cluster(facts: Any, make: Any) -> None:
    tables = facts(identities=[make.role()])
    assert make.cell(tables, "identity.of_the_cluster") is False
    assert make.cell(tables, "identity.default_of_namespace") is False
    assert make.cell(tables, "identity.reads_all_secrets") is None


def test_the_roles_that_are_bound_by_name(cell: Any) -> None:
    view, own = role("view", "get pods"), role("own", "get pods", space="shop")
    bindings = [gives(view, APP), gives(own, APP, space="shop")]
    found = cell("identity.bound_roles", identities=[account()], policies=[view, own], bindings=bindings)
    assert found == "view in the whole cluster, own in namespace shop"
    assert cell("identity.bound_roles", identities=[account()]) == ""


def test_roles_that_are_missing(cell: Any, make: Any) -> None:
    gone, empty = role("gone", space="shop"), role("empty", created_at=make.ago(3))
    unread, known = role("unread", complete=False), role("known", "get pods")

    def of(name: str, *policies: Policy) -> Any:
        bindings = [gives(one, APP, f"b-{one.name}", "shop") for one in policies]
        return cell(f"identity.{name}", identities=[account()], policies=list(policies), bindings=bindings)

    assert of("missing_roles", gone, known) == "gone in namespace shop"
    assert of("missing_role_fix", gone, known) == "kubectl delete rolebinding b-gone --namespace shop --context prod"
    assert of("missing_roles", empty, known) == ""
    assert of("missing_role_fix", empty) == ""
    assert of("missing_roles", unread) is None
    assert of("missing_roles", unread, gone) == "gone in namespace shop"


@pytest.mark.parametrize(
    ("action", "space", "reads"),
    [
        ("get secrets", "", True),
        ("list secrets", "", True),
        ("* *", "", True),
        ("get secrets", "shop", False),
        ("delete secrets", "", False),
    ],
)
def test_who_reads_all_secrets(cell: Any, action: str, space: str, reads: bool) -> None:
    policy = role("r", action)
    lists = {"identities": [account()], "policies": [policy], "bindings": [gives(policy, APP, space=space)]}
    assert cell("identity.reads_all_secrets", **lists) is reads
    # What was not collected may give it, and takes nothing away.
    assert cell("identity.reads_all_secrets", without="k8s-clusterrolebindings", **lists) is (reads or None)


@pytest.mark.parametrize(("word", "mounted"), [("true", True), ("false", False), ("", None)])
def test_whether_a_token_is_mounted(cell: Any, word: str, mounted: bool | None) -> None:
    assert cell("workload.token_mounted", workloads=[workload(APP, automount=word)]) is mounted


def test_whether_that_token_opens_something(cell: Any) -> None:
    policy = role("r", "get pods")
    discovery = role("system:discovery", "get pods", managed_by_provider=True)
    own, all_ = group("system:serviceaccounts:shop"), group("system:serviceaccounts")

    def of(*bindings: Binding, **more: Any) -> Any:
        lists = {"identities": [account()], "workloads": [workload(APP)], "groups": [own, all_], **more}
        return cell("workload.token_opens_something", policies=[policy, discovery], bindings=list(bindings), **lists)

    assert of() is False
    assert of(gives(policy, APP)) is True
    assert of(gives(policy, own.id, space="shop")) is True
    assert of(gives(policy, all_.id)) is True
    assert of(gives(discovery, all_.id)) is False
    assert of(without="k8s-rolebindings") is None
    assert of(workloads=[workload()]) is None  # nothing tells whom it runs as


@pytest.mark.parametrize(
    ("who", "space", "default", "of_the_cluster"),
    [
        (account(), "shop", False, False),
        (account("default", attributes={"default": "true"}), "shop", True, False),
        (account("coredns", "kube-system"), "kube-system", False, True),
    ],
)
def test_whom_a_workload_runs_as(cell: Any, who: Identity, space: str, default: bool, of_the_cluster: bool) -> None:
    lists = {"identities": [who], "workloads": [workload(who.id, space=space)]}
    assert cell("workload.of_default_account", **lists) is default
    assert cell("workload.of_the_cluster", **lists) is of_the_cluster


@pytest.mark.parametrize("name", ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"])
def test_what_everybody_holds(cell: Any, name: str) -> None:
    one, policy, discovery = group(name), role("view", "get pods"), role("system:discovery", "get pods")
    row = Resource(id=one.id, provider="kubernetes", kind="kubernetes_group", name=name, scope_id=CLUSTER)
    lists = {"groups": [one], "policies": [policy, discovery], "resources": [row]}
    usual = gives(discovery, one.id, "system:discovery")

    def of(fact: str, *bindings: Binding, **more: Any) -> Any:
        return cell(f"resource.{fact}", bindings=list(bindings), **{**lists, **more})

    assert of("given_to_everybody", usual) == ""
    assert of("bound_fix", usual) == ""
    assert of("given_to_everybody", usual, gives(policy, one.id)) == "view in the whole cluster"
    assert of("bound_fix", usual, gives(policy, one.id)) == "kubectl edit clusterrolebinding b --context prod"
    assert of("given_to_everybody", usual, without="k8s-clusterrolebindings") is None


def test_what_whoever_shows_no_credentials_holds(cell: Any) -> None:
    nobody, policy = user("system:anonymous"), role("view", "get pods")
    info = role("system:public-info-viewer", "get pods")
    lists = {"identities": [nobody], "policies": [policy, info]}
    kubeadm = gives(role("kubeadm:bootstrap-signer-clusterinfo"), nobody.id, space="kube-public")

    def of(*bindings: Binding, **more: Any) -> Any:
        return cell("identity.given_to_nobody", bindings=list(bindings), **{**lists, **more})

    assert of(gives(info, nobody.id)) == ""
    assert of(kubeadm, policies=[role("kubeadm:bootstrap-signer-clusterinfo")]) == ""
    assert of(gives(policy, nobody.id)) == "view in the whole cluster"
    assert of(without="k8s-rolebindings") is None
    ann = user("ann")
    assert of(gives(policy, ann.id), identities=[ann]) == ""


def test_keys_of_clouds_and_what_would_be_in_their_place(cell: Any) -> None:
    keys = "AWS_SECRET_ACCESS_KEY AZURE_CLIENT_SECRET GOOGLE_APPLICATION_CREDENTIALS"
    lists = {"identities": [account()], "workloads": [workload(APP, static_keys=keys)]}
    assert cell("workload.static_keys", **lists) == keys
    aws, azure, google = cell("workload.federation_fix", **lists).splitlines()
    assert "system:serviceaccount:shop:app" in aws
    assert "eks.amazonaws.com/role-arn" in aws
    assert "az identity federated-credential create" in azure
    assert "subject/ns/shop/sa/app" in google
    for name in ("static_keys", "federation_fix"):
        assert cell(f"workload.{name}", workloads=[workload(APP)]) == ""
    assert cell("workload.federation_fix", workloads=[workload(static_keys=keys)]) == ""


def test_what_the_api_server_calls_it(cell: Any) -> None:
    assert cell("identity.cluster_user", identities=[account()]) == "system:serviceaccount:shop:app"
    assert cell("identity.cluster_user", identities=[user("ann")]) == "ann"


def test_what_to_edit_names_the_binding_and_the_role(cell: Any) -> None:
    own, theirs = role("r", "* *"), role("cluster-admin", "* *", managed_by_provider=True)
    bindings = [gives(own, APP, "first"), gives(theirs, APP, "second", "shop")]
    refs = tuple(StatementRef(policy_id=one.policy_id, index=0, binding_id=one.id) for one in bindings)
    found = Privilege(identity_id=APP, level="administrator", reason="r", statements=refs)
    lists = {"identities": [account()], "policies": [own, theirs], "bindings": bindings}
    first = "kubectl edit clusterrolebinding first --context prod"
    second = "kubectl edit rolebinding second --namespace shop --context prod"
    # The control plane puts its own roles back as they were.
    assert cell("identity.grip_fix", privileges={APP: found}, **lists).splitlines() == [
        first,
        second,
        "kubectl edit clusterrole r --context prod",
    ]
    assert cell("identity.grip_fix", **lists) == ""
    assert cell("identity.bound_fix", **lists).splitlines() == [first, second]
    assert cell("identity.bound_fix", identities=[account()]) == ""


def test_of_many_bindings_the_first_are_shown_and_what_is_odd_is_quoted(cell: Any) -> None:
    policy = role("r", "get pods")
    bindings = [gives(policy, APP, f"b{number}; rm") for number in range(7)]
    lines = cell("identity.bound_fix", identities=[account()], policies=[policy], bindings=bindings).splitlines()
    assert lines[0] == "kubectl edit clusterrolebinding 'b0; rm' --context prod"
    assert lines[5:] == ["Bindings and roles besides these: 2."]


def test_how_many_accounts_of_a_namespace_nobody_answers_for(cell: Any) -> None:
    owned = account("owned", owner=Owner(name="team", source="tag:owner"))
    own = account("managed", managed_by_provider=True)
    default = account("default", attributes={"default": "true"})
    accounts = [account(), owned, own, default]
    assert cell("scope.ownerless_count", identities=accounts, row=1) == 1
    assert cell("scope.ownerless_count", identities=[owned, own, default], row=1) == 0
    system = [account("coredns", "kube-system")]
    assert cell("scope.ownerless_count", identities=system, row=1) == 0
    assert cell("scope.ownerless_count", identities=accounts, without="k8s-serviceaccounts", row=1) is None


def test_how_many_workloads_run_as_it(cell: Any) -> None:
    assert cell("identity.workload_count", identities=[account()]) == 0
    assert cell("identity.workload_count", identities=[account()], workloads=[workload(APP)]) == 1
    for kind in (*RUNS, "statefulsets"):
        assert cell("identity.workload_count", identities=[account()], without=f"k8s-{kind}") is None


def test_only_an_audit_log_tells_whether_an_account_is_used(cell: Any, make: Any) -> None:
    seen = account("seen", last_authenticated=LastUsed.on(make.ago(10)))
    idle = account(last_authenticated=LastUsed.on(make.ago(110)))
    token = Credential(
        id=f"{SHOP}/secrets/t",
        provider="kubernetes",
        identity_id=APP,
        scope_id=SHOP,
        kind="service_account_token",
        status="active",
        created_at=make.ago(900),
        last_used=LastUsed.on(make.ago(400)),
    )
    # The date of one token says nothing of the tokens that pods have.
    assert cell("identity.use_tracked", identities=[account()], credentials=[token]) is None
    assert cell("identity.use_tracked", identities=[idle, seen]) is True
    # Not until today: the log ends when somebody was last seen.
    assert cell("identity.unused_for_days", identities=[idle, seen]) == 100
    assert cell("identity.unused_for_days", identities=[idle]) == 0
    used_by_token = {"last_used": LastUsed.on(make.ago(1))}
    fresh = Credential(**{**{name: getattr(token, name) for name in token.__dataclass_fields__}, **used_by_token})
    assert cell("identity.unused_for_days", identities=[idle, seen], credentials=[fresh]) == 0


@pytest.mark.parametrize(
    ("last_used", "days"), [(None, 0), (NEVER_USED, 900), (timedelta(days=40), 40), (timedelta(0), 0)]
)
def test_for_how_long_a_token_was_surely_not_used(cell: Any, make: Any, last_used: Any, days: int) -> None:
    said = {} if last_used is None else {"last_used": last_used}
    if isinstance(last_used, timedelta):
        said = {"last_used": LastUsed.on(make.now - last_used)}
    token = Credential(
        id=f"{SHOP}/secrets/t",
        provider="kubernetes",
        identity_id=APP,
        scope_id=SHOP,
        kind="service_account_token",
        status="active",
        created_at=make.ago(900),
        **said,
    )
    assert cell("credential.unused_for_days", identities=[account()], credentials=[token]) == days


@pytest.mark.parametrize(
    ("names", "everybodys"),
    [
        (("system:serviceaccounts",), True),
        (("system:serviceaccounts", "system:authenticated"), True),
        (("system:serviceaccounts:shop",), False),
        (("ops",), False),
        ((), False),
    ],
)
def test_what_it_has_as_everybody_has(cell: Any, names: tuple[str, ...], everybodys: bool) -> None:
    policy, groups = role("cluster-admin", "* *", "* *.*"), [group(name) for name in names]
    bindings = [gives(policy, one.id, one.name) for one in groups]
    lists = {"identities": [account()], "policies": [policy], "groups": groups}

    def of(*rows: Binding) -> Any:
        refs = tuple(StatementRef(policy_id=policy.id, index=0, binding_id=row.id) for row in rows)
        found = Privilege(identity_id=APP, level="administrator", reason="r", statements=refs)
        return cell("identity.level_of_everybody", privileges={APP: found}, bindings=list(rows), **lists)

    assert of(*bindings) is everybodys
    assert of(*bindings, gives(policy, APP, "own")) is False
    assert cell("identity.level_of_everybody", bindings=bindings, **lists) is False
    assert cell("identity.secrets_of_everybody", bindings=bindings, **lists) is everybodys
    assert cell("identity.secrets_of_everybody", bindings=[*bindings, gives(policy, APP, "own")], **lists) is False


def test_whether_everybody_is_an_administrator(cell: Any) -> None:
    everything, view = role("cluster-admin", "* *", "* *.*"), role("view", "get pods")

    def of(name: str, policy: Policy, space: str = "") -> Any:
        one = group(name)
        row = Resource(id=one.id, provider="kubernetes", kind="kubernetes_group", name=name, scope_id=CLUSTER)
        return cell(
            "resource.administers_as_everybody",
            groups=[one],
            resources=[row],
            policies=[policy],
            bindings=[gives(policy, one.id, space=space)],
        )

    assert of("system:serviceaccounts", everything) is True
    assert of("system:serviceaccounts", everything, "shop") is False
    assert of("system:serviceaccounts", view) is False
    assert of("system:masters", everything) is False
    assert of("system:serviceaccounts", role("unread", complete=False)) is None
