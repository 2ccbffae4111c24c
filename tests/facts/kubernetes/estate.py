"""A cluster for facts to look at."""

from typing import Any

from nhi_scan.model import kube_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Group, Identity, Nature, Workload
from nhi_scan.model.policy import Binding, Effect, Policy, Statement

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
