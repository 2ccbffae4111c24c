"""Small clusters from a few lines of YAML: an attacker, and somebody who administers the cluster.

Unless a world says otherwise the cluster `c` has the namespaces `app`, `prod` and `kube-system`, the service account
`app/attacker`, and `prod/boss`, to whom the role `cluster-admin` is bound. A grant makes a role and binds it: in a
namespace (`in`), else in the whole cluster. Accounts are written `namespace/name`; `user:`, `group:` and `node:` come
before the names of the others.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.kubernetes.privilege import Report, judge
from nhi_scan.access.kubernetes.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model import kube_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Credential, Group, Identity, Nature, Resource, Workload
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.escalation import techniques

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CLUSTER = "k8s:c"
NAMESPACES = {"app": "none", "prod": "none", "kube-system": "none"}
ACCOUNTS: dict[str, Any] = {"app/attacker": {}, "prod/boss": {}}
GRANTS = {"cluster-admin": {"who": "prod/boss", "may": ["* *.*"]}}
PLURALS = {
    "pod": "pods",
    "deployment": "deployments",
    "daemon_set": "daemonsets",
    "stateful_set": "statefulsets",
    "replica_set": "replicasets",
    "replication_controller": "replicationcontrollers",
    "job": "jobs",
    "cron_job": "cronjobs",
}
RUNNING = {"automount": "true", "privileged": "false", "host_pid": "false", "host_path": "false", "pods": "1"}
ALL_KINDS = sorted({*kinds.PLURALS, kinds.PODS})


class World:
    """Turns a world into records."""

    def __init__(self, world: Mapping[str, Any]) -> None:
        self.records = Records()
        self._namespaces = {**NAMESPACES, **world.get("namespaces", {})}
        self._cluster(world)
        for name, row in {**ACCOUNTS, **world.get("accounts", {})}.items():
            self._identity(name, "service_account", row or {})
        for name in world.get("users", ()):
            self._identity(f"user:{name}", "user", {})
        for name, row in world.get("nodes", {}).items():
            self._node(name, row or {})
        self._groups: set[str] = set()
        for name, row in {**GRANTS, **world.get("grants", {})}.items():
            self._grant(name, row)
        for name, row in world.get("workloads", {}).items():
            self._workload(name, row or {})
        for name, row in world.get("secrets", {}).items():
            self._secret(name, row if isinstance(row, dict) else {"of": row})
        for name, resources in world.get("webhooks", {}).items():
            self._resource("admission_webhook", f"{CLUSTER}/validatingwebhookconfigurations/{name}", resources)
        for name in world.get("mutating", ()):
            self._resource("admission_webhook", f"{CLUSTER}/mutatingwebhookconfigurations/{name}", "leases")
        if world.get("aws_auth"):
            self._resource("aws_auth", f"{CLUSTER}/namespaces/kube-system/configmaps/aws-auth", "")

    def id_of(self, name: str) -> str:
        """Return the id of what is written in a world: whom it names, `control/`, or a namespace's object."""
        prefix, colon, rest = name.partition(":")
        if colon and prefix == "group":
            return kube_ids.group(CLUSTER, rest)
        if colon and prefix in ("user", "node"):
            return kube_ids.user(CLUSTER, rest if prefix == "user" else f"system:node:{rest}")
        if "/" in name and not name.startswith("k8s:"):
            return kube_ids.service_account(CLUSTER, *name.split("/"))
        return name

    def _cluster(self, world: Mapping[str, Any]) -> None:
        said = {"version": world.get("version", "v1.33.1"), "oidc_issuer": world.get("issuer", "")}
        self._scope(CLUSTER, "cluster", "", said)
        for name, level in self._namespaces.items():
            self._scope(kube_ids.namespace(CLUSTER, name), "namespace", CLUSTER, {"pod_security": level or ""})
        unread = world.get("unread", ())
        self.records.coverage = [
            Coverage(
                provider="kubernetes",
                scope_id=CLUSTER,
                record_kind=kind,
                status=CoverageStatus.DENIED if kind in unread else CoverageStatus.COMPLETE,
            )
            for kind in ALL_KINDS
        ]

    def _scope(self, id_: str, kind: Any, parent: str, said: Mapping[str, str]) -> None:
        attributes = tuple(sorted((key, value) for key, value in said.items() if value))
        self.records.scopes.append(
            Scope(
                id=id_,
                provider="kubernetes",
                kind=kind,
                name=id_,
                parent_id=parent,
                collected=True,
                attributes=attributes,
            )
        )

    def _identity(self, name: str, kind: Any, row: Mapping[str, Any]) -> None:
        id_ = self.id_of(name)
        place = kube_ids.take_apart(id_)
        self.records.identities.append(
            Identity(
                id=id_,
                provider="kubernetes",
                kind=kind,
                nature=Nature.NON_HUMAN,
                nature_reason="a test says so",
                name=place.name,
                scope_id=kube_ids.namespace(CLUSTER, place.namespace) if place.namespace else CLUSTER,
                status=row.get("status", "active"),
                attributes=tuple(sorted(row.get("attributes", {}).items())),
            )
        )

    def _node(self, name: str, row: Mapping[str, Any]) -> None:
        self._identity(f"node:{name}", "node", row)
        tags = (("node-role.kubernetes.io/control-plane", ""),) if row.get("control_plane") else ()
        self._resource("kubernetes_node", f"{CLUSTER}/nodes/{name}", "", tags)

    def _grant(self, name: str, row: Mapping[str, Any]) -> None:
        place = kube_ids.namespace(CLUSTER, row["in"]) if "in" in row else CLUSTER
        of_cluster = "in" not in row or row.get("cluster_role")
        role = f"{CLUSTER}/clusterroles/{name}" if of_cluster else f"{place}/roles/{name}"
        names = tuple(row.get("names", ()))
        if not row.get("missing"):
            self._policy(role, CLUSTER if of_cluster else place, row, names)
        who = row.get("who", "app/attacker")
        if who is None:
            return
        member = self.id_of(who)
        if who.startswith("group:") and member not in self._groups:
            self._groups.add(member)
            self.records.groups.append(
                Group(
                    id=member,
                    provider="kubernetes",
                    kind="kubernetes_group",
                    name=who.removeprefix("group:"),
                    scope_id=CLUSTER,
                    complete=False,
                )
            )
        plural = "rolebindings" if "in" in row else "clusterrolebindings"
        self.records.bindings.append(
            Binding(id=f"{place}/{plural}/{name}#subjects[0]", principal_id=member, policy_id=role, scope_id=place)
        )

    def _policy(self, role: str, scope_id: str, row: Mapping[str, Any], names: tuple[str, ...]) -> None:
        rules = [(tuple(sorted(row.get("may", ()))), names)]
        rules += [(tuple(sorted(one["may"])), tuple(one.get("names", ()))) for one in row.get("and", ())]
        self.records.policies.append(
            Policy(
                id=role,
                provider="kubernetes",
                kind="role",
                name=role.rpartition("/")[2],
                scope_id=scope_id,
                version="",
                complete=not row.get("unread"),
                statements=tuple(
                    Statement(effect=Effect.ALLOW, actions=actions, resources=only, index=i, plane="resource")
                    for i, (actions, only) in enumerate(rules)
                    if actions
                ),
            )
        )

    def _workload(self, name: str, row: Mapping[str, Any]) -> None:
        ns, kind, own = name.split("/")
        attributes = {**RUNNING, **row.get("attributes", {})}
        runs_as = row.get("runs_as", "prod/boss")
        self.records.workloads.append(
            Workload(
                id=kube_ids.object_id(CLUSTER, PLURALS[kind], own, ns),
                provider="kubernetes",
                kind=kind,
                name=own,
                scope_id=kube_ids.namespace(CLUSTER, ns),
                runs_as=(self.id_of(runs_as),) if runs_as else (),
                active=row.get("active"),
                attributes=tuple(sorted((key, value) for key, value in attributes.items() if value is not None)),
            )
        )

    def _secret(self, name: str, row: Mapping[str, Any]) -> None:
        ns, own = name.split("/")
        id_ = kube_ids.object_id(CLUSTER, "secrets", own, ns)
        self.records.resources.append(
            Resource(
                id=id_,
                provider="kubernetes",
                kind="kubernetes_secret",
                name=own,
                scope_id=kube_ids.namespace(CLUSTER, ns),
                sensitivity="secret",
            )
        )
        if row.get("of"):
            self.records.credentials.append(
                Credential(
                    id=id_,
                    provider="kubernetes",
                    identity_id=self.id_of(row["of"]),
                    scope_id=kube_ids.namespace(CLUSTER, ns),
                    kind="service_account_token",
                    status=row.get("status", "active"),
                )
            )

    def _resource(self, kind: str, id_: str, resources: str, tags: tuple[tuple[str, str], ...] = ()) -> None:
        self.records.resources.append(
            Resource(
                id=id_,
                provider="kubernetes",
                kind=kind,
                name=id_.rpartition("/")[2],
                scope_id=CLUSTER,
                attributes=(("resources", resources),) if resources else (),
                tags=tags,
            )
        )


@pytest.fixture(scope="session")
def judge_world() -> Callable[[Mapping[str, Any]], tuple[Report, Access, Callable[[str], str]]]:
    """Return what judges a world: the report, effective access, and what turns names into ids."""

    def judged(world: Mapping[str, Any]) -> tuple[Report, Access, Callable[[str], str]]:
        made = World(world)
        inventory = build([made.records])
        access = summarise(inventory, NOW)
        return judge(inventory, access, techniques()), access, made.id_of

    return judged


@pytest.fixture(scope="session")
def world_records() -> Callable[[Mapping[str, Any]], Records]:
    """Return what turns a world into records."""
    return lambda world: World(world).records
