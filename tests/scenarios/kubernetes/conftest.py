"""Clusters written short, turned into a dump as `kubectl get -o json` makes it, imported and judged."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from nhi_scan import app
from nhi_scan.config import Settings
from nhi_scan.findings.assessment import Assessment
from nhi_scan.snapshot.store import Snapshot

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MADE = "2026-01-15T08:00:00Z"
_RBAC = "rbac.authorization.k8s.io"
_LABELS = {"labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}}  # of what every cluster comes with
# What one pod template is in, by the kind of the workload.
_KINDS = {
    "deployment": ("apps/v1", "Deployment"),
    "stateful_set": ("apps/v1", "StatefulSet"),
    "daemon_set": ("apps/v1", "DaemonSet"),
    "job": ("batch/v1", "Job"),
    "cron_job": ("batch/v1", "CronJob"),
    "pod": ("v1", "Pod"),
}
# Lists that are empty are in a dump too: without one nobody knows that there are none.
_EMPTY = """
certificatesigningrequests clusterrolebindings clusterroles configmaps cronjobs daemonsets deployments jobs
mutatingwebhookconfigurations namespaces nodes persistentvolumes pods replicasets replicationcontrollers rolebindings
roles secrets serviceaccounts statefulsets validatingwebhookconfigurations
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of a cluster."""

    assessment: Assessment
    coverage: list[Any]

    @property
    def pairs(self) -> set[tuple[str, str]]:
        return {(finding.rule_id, short(finding.subject_id)) for finding in self.assessment.findings}

    @property
    def every_level(self) -> set[str]:
        return {one.level for one in self.assessment.privileges.values()}

    @staticmethod
    def short(id_: str) -> str:
        return short(id_)

    @property
    def levels(self) -> dict[str, str]:
        """What each identity may do in the end, but for those that may nothing out of the ordinary."""
        found = self.assessment.privileges.values()
        return {short(one.identity_id): one.level for one in found if one.level != "ordinary"}


def short(id_: str) -> str:
    """What is named in a world: `kube-system/coredns`, without the kind where it is an account."""
    return id_.partition("/")[2].removeprefix("namespaces/").replace("/serviceaccounts/", "/") if "/" in id_ else id_


def objects(world: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Write all objects of a world out."""
    for name, rules in _of(world, "defaults"):
        yield _object("ClusterRole", name, more=_LABELS, rules=[*map(_rule, rules)])
    for name, rules in _of(world, "cluster_roles"):
        yield _object("ClusterRole", name, rules=[*map(_rule, rules)])
    for name, given in _of(world, "cluster_role_bindings"):
        yield _binding("ClusterRoleBinding", name, given, "")
    for name, spec in _of(world, "nodes"):
        yield {"apiVersion": "v1", "kind": "Node", "metadata": _meta(name), "spec": spec}
    if roles := world.get("aws_auth"):
        data = {"mapRoles": yaml.safe_dump(roles)}
        yield {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _meta("aws-auth", "kube-system"), "data": data}
    for kind, hooks in _of(world, "webhooks"):
        yield from (_webhook(kind, name, watched) for name, watched in hooks.items())
    for space, has in _of(world, "namespaces"):
        yield from _namespace(space, has or {})


def _of(part: Mapping[str, Any], key: str) -> Iterator[tuple[str, Any]]:
    yield from (part.get(key) or {}).items()


def _namespace(space: str, has: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"apiVersion": "v1", "kind": "Namespace", "metadata": _meta(space, "", has.get("meta"))}
    yield _account("default", space, {})
    for name, said in _of(has, "accounts"):
        yield _account(name, space, said or {})
    for name, rules in _of(has, "roles"):
        yield _object("Role", name, space, rules=[*map(_rule, rules)])
    for name, given in _of(has, "bindings"):
        yield _binding("RoleBinding", name, given, space)
    for name, said in _of(has, "workloads"):
        yield _workload(name, space, said)
    for name, said in _of(has, "tokens"):
        yield _token(name, space, said)


def _meta(name: str, space: str = "", more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    place = {"namespace": space} if space else {}
    return {"name": name, **place, "uid": f"uid-{space}-{name}", "creationTimestamp": MADE, **(more or {})}


def _object(
    kind: str, name: str, space: str = "", more: Mapping[str, Any] | None = None, **fields: Any
) -> dict[str, Any]:
    return {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": _meta(name, space, more), **fields}


def _webhook(kind: str, name: str, watched: str) -> dict[str, Any]:
    resource, _, group = watched.partition(".")
    rule = {"operations": ["CREATE"], "apiGroups": [group], "apiVersions": ["*"], "resources": [resource]}
    hook = {"name": name, "rules": [rule], "clientConfig": {"service": {"namespace": "kube-system", "name": "hook"}}}
    version = "admissionregistration.k8s.io/v1"
    return {"apiVersion": version, "kind": f"{kind}WebhookConfiguration", "metadata": _meta(name), "webhooks": [hook]}


def _account(name: str, space: str, said: Mapping[str, Any]) -> dict[str, Any]:
    mounted = {} if said.get("automount", True) else {"automountServiceAccountToken": False}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _meta(name, space, said.get("meta")), **mounted}


def _rule(text: str) -> dict[str, Any]:
    """Read `VERB,VERB RESOURCE,RESOURCE[.GROUP] [NAME,NAME]`; a path has a slash at its beginning."""
    verbs, things, *names = text.split(" ")
    if things.startswith("/"):
        return {"verbs": verbs.split(","), "nonResourceURLs": things.split(",")}
    resources, _, group = things.partition(".")
    named = {"resourceNames": names[0].split(",")} if names else {}
    return {"verbs": verbs.split(","), "apiGroups": [group], "resources": resources.split(","), **named}


def _binding(kind: str, name: str, text: str, space: str) -> dict[str, Any]:
    """Read `ROLE to SUBJECT SUBJECT`: a role of the namespace has a dot and a slash before it."""
    role, _, to = text.partition(" to ")
    own = role.startswith("./")
    reference = {"apiGroup": _RBAC, "kind": "Role" if own else "ClusterRole", "name": role.removeprefix("./")}
    return _object(kind, name, space, roleRef=reference, subjects=[_subject(one) for one in to.split(" ")])


def _subject(text: str) -> dict[str, str]:
    kind, _, name = text.partition("=")
    if kind in ("group", "user"):
        return {"apiGroup": _RBAC, "kind": kind.title(), "name": name}
    space, _, account = text.partition("/")
    return {"kind": "ServiceAccount", "namespace": space, "name": account}


def _workload(name: str, space: str, said: Mapping[str, Any]) -> dict[str, Any]:
    kind = said.get("kind", "deployment")
    version, called = _KINDS[kind]
    spec = {"serviceAccountName": said.get("account", "default"), **(said.get("spec") or {})}
    if "automount" in said:
        spec["automountServiceAccountToken"] = said["automount"]
    names = [{"name": variable, "value": "never kept"} for variable in said.get("env", ())]
    spec["containers"] = [{"name": name, "image": f"{name}:1", "env": names}]
    template: dict[str, Any] = {"template": {"spec": spec}}
    inner = {"cron_job": {"schedule": "5 4 * * *", "jobTemplate": {"spec": template}}, "pod": spec}.get(kind, template)
    return {"apiVersion": version, "kind": called, "metadata": _meta(name, space, said.get("meta")), "spec": inner}


def _token(name: str, space: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """A token kept in a Secret; `used` is the day that the API server notes."""
    labels = {"kubernetes.io/legacy-token-last-used": said["used"]} if said.get("used") else {}
    more = {"annotations": {"kubernetes.io/service-account.name": said["of"]}, "labels": labels}
    kind = "kubernetes.io/service-account-token"
    return {"apiVersion": "v1", "kind": "Secret", "metadata": _meta(name, space, more), "type": kind}


@pytest.fixture
def judge(tmp_path: Path) -> Callable[..., Judged]:
    """Import objects as a dump of a cluster called `c` and judge it.

    `without` names plurals that were not listed.
    """

    def run(things: list[dict[str, Any]], without: tuple[str, ...] = ()) -> Judged:
        dump = tmp_path / "dump"
        dump.mkdir()
        by_plural: dict[str, list[dict[str, Any]]] = {name: [] for name in _EMPTY.split()}
        for thing in things:
            by_plural[f"{thing['kind'].lower()}s"].append(thing)
        for plural, found in by_plural.items():
            if plural not in without:
                text = json.dumps({"apiVersion": "v1", "kind": "List", "items": found})
                (dump / f"{plural}.json").write_text(text, encoding="utf-8")
        folder = tmp_path / "snapshot"
        app.import_native("kubernetes", [("c", dump)], str(folder), captured_at=NOW, warn=lambda _: None)
        return Judged(
            assessment=app.analyse(Snapshot.open(folder), Settings(), app.shipped_rules()),
            coverage=json.loads((folder / "manifest.json").read_bytes())["coverage"],
        )

    return run


@pytest.fixture
def world() -> Callable[[str], list[dict[str, Any]]]:
    """The objects of a cluster that a file beside this one describes."""

    def read(name: str) -> list[dict[str, Any]]:
        return list(objects(yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text("utf-8"))))

    return read
