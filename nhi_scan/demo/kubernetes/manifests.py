"""Manifests of a cluster's objects, from a few words each; the control plane's part of them is filled in.

The shapes: https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/. Moments are written `ago(days)` until
a server plays the estate.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

Manifest = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
_API = {
    "Namespace": "v1",
    "Node": "v1",
    "Secret": "v1",
    "ServiceAccount": "v1",
    "Pod": "v1",
    "ConfigMap": "v1",
    "Deployment": "apps/v1",
    "ReplicaSet": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
    "Role": f"{RBAC}/v1",
    "ClusterRole": f"{RBAC}/v1",
    "RoleBinding": f"{RBAC}/v1",
    "ClusterRoleBinding": f"{RBAC}/v1",
}
_RULE = {"groups": "apiGroups", "resources": "resources", "names": "resourceNames", "urls": "nonResourceURLs"}


def manifest(kind: str, name: str, entry: Mapping[str, Any], **body: Any) -> Manifest:
    """Return an object with the metadata that the API server gives it.

    Args:
        kind: `Deployment`.
        name: of the object.
        entry: `namespace`, `age` (days), `labels` and `annotations`, where it has them.
        body: `spec`, `rules`, ...
    """
    space = entry.get("namespace", "")
    metadata: Manifest = {
        "name": name,
        "uid": uid(f"{kind} {space} {name}"),
        "resourceVersion": "1",
        "creationTimestamp": f"ago({entry.get('age', 200)})",
    }
    metadata |= {"namespace": space} if space else {}
    metadata |= {key: dict(entry[key]) for key in ("labels", "annotations") if entry.get(key)}
    return {"apiVersion": _API[kind], "kind": kind, "metadata": metadata, **body}


def uid(seed: str) -> str:
    """Return a UID that looks random and is the same in every run."""
    digits = hashlib.sha256(f"northwind-kubernetes {seed}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


def account(entry: Mapping[str, Any]) -> Manifest:
    """Return a service account; `automount` where it says so itself."""
    said = {"automountServiceAccountToken": entry["automount"]} if "automount" in entry else {}
    pulls = {"imagePullSecrets": [{"name": name} for name in entry["pulls"]]} if "pulls" in entry else {}
    return manifest("ServiceAccount", entry["name"], entry, **said, **pulls)


def token_secret(entry: Mapping[str, Any]) -> Manifest:
    """Return a token kept in a Secret, as the control plane labels it; what it holds is nobody's business here.

    https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#legacy-serviceaccount-token-cleaner
    """
    used = {"kubernetes.io/legacy-token-last-used": entry["used"]} if "used" in entry else {}
    named = {
        "kubernetes.io/service-account.name": entry["account"],
        "kubernetes.io/service-account.uid": uid(f"ServiceAccount {entry['namespace']} {entry['account']}"),
    }
    labelled = {**entry, "labels": used, "annotations": named}
    secret = manifest("Secret", entry["name"], labelled, type="kubernetes.io/service-account-token")
    return secret | {"data": {"token": "bm90IGEgdG9rZW4="}}


def role(entry: Mapping[str, Any]) -> Manifest:
    """Return a role, of a namespace where it has one; `rules` as in kubectl, with shorter names."""
    rules = [
        {
            "verbs": list(rule["verbs"]),
            **{long: list(rule[short]) for short, long in _RULE.items() if short in rule},
            **({"apiGroups": [""]} if "resources" in rule and "groups" not in rule else {}),
        }
        for rule in entry["rules"]
    ]
    return manifest("Role" if "namespace" in entry else "ClusterRole", entry["name"], entry, rules=rules)


def binding(entry: Mapping[str, Any]) -> Manifest:
    """Return a binding: `role: ClusterRole/view`, `subjects: [ServiceAccount shop/web, Group system:masters]`."""
    kind, _, name = entry["role"].partition("/")
    return manifest(
        "RoleBinding" if "namespace" in entry else "ClusterRoleBinding",
        entry["name"],
        entry,
        roleRef={"apiGroup": RBAC, "kind": kind, "name": name},
        subjects=[_subject(*text.split(" ", 1)) for text in entry["subjects"]],
    )


def _subject(kind: str, name: str) -> Manifest:
    if kind == "ServiceAccount":
        space, _, account_name = name.partition("/")
        return {"kind": kind, "name": account_name, "namespace": space}
    return {"kind": kind, "apiGroup": RBAC, "name": name}


def workload(entry: Mapping[str, Any]) -> Iterator[Manifest]:
    """Yield a workload, and the pods and what stands between them as controllers would have made them."""
    kind, name = entry.get("kind", "Deployment"), entry["name"]
    if kind == "Pod":
        yield _pod(entry, name, None)
        return
    template = {"metadata": {"labels": {"app": name}}, "spec": _pod_spec(entry)}
    count = entry.get("replicas", 1)
    if kind == "CronJob":
        spec = {"schedule": "15 3 * * *", "jobTemplate": {"spec": {"template": template}}}
        yield manifest(kind, name, entry, spec=spec)
        return
    top = manifest(kind, name, entry, spec={"replicas": count, "template": template})
    yield top
    owner = top
    if kind == "Deployment":
        owner = manifest("ReplicaSet", f"{name}-{uid(name)[:9]}", entry, spec=top["spec"])
        owner["metadata"]["ownerReferences"] = [_owner(top)]
        yield owner
    for number in range(count):
        yield _pod(entry, f"{owner['metadata']['name']}-{uid(f'{name}{number}')[:5]}", owner)


def _owner(above: Manifest) -> Manifest:
    known = above["metadata"]
    return {
        "apiVersion": above["apiVersion"],
        "kind": above["kind"],
        "name": known["name"],
        "uid": known["uid"],
        "controller": True,
    }


def _pod(entry: Mapping[str, Any], name: str, owner: Manifest | None) -> Manifest:
    spec = {**_pod_spec(entry), "nodeName": entry.get("node", "ip-10-0-1-20.eu-west-1.compute.internal")}
    pod = manifest("Pod", name, entry, spec=spec, status={"phase": "Running"})
    if owner is not None:
        pod["metadata"]["ownerReferences"] = [_owner(owner)]
    return pod


def _pod_spec(entry: Mapping[str, Any]) -> Manifest:
    container: Manifest = {"name": entry["name"], "image": f"registry.northwind.example/{entry['name']}:1"}
    if entry.get("env"):
        container["env"] = [{"name": name, "value": "not for a report"} for name in entry["env"]]
    if entry.get("privileged"):
        container["securityContext"] = {"privileged": True}
    spec: Manifest = {"serviceAccountName": entry.get("account", "default"), "containers": [container]}
    if "automount" in entry:
        spec["automountServiceAccountToken"] = entry["automount"]
    if entry.get("host_path"):
        spec["volumes"] = [{"name": "host", "hostPath": {"path": entry["host_path"]}}]
    for word, field in (("host_network", "hostNetwork"), ("host_pid", "hostPID")):
        if entry.get(word):
            spec[field] = True
    if entry.get("audience"):
        token = {"serviceAccountToken": {"path": "token", "audience": entry["audience"], "expirationSeconds": 3600}}
        spec.setdefault("volumes", []).append({"name": "token", "projected": {"sources": [token]}})
    return spec
