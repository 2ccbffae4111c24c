"""What the API server answers: discovery, lists in pages, single objects, by RBAC for one caller.

https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nhi_scan.demo.kubernetes.load import Loaded, plural_of
from nhi_scan.demo.kubernetes.manifests import RBAC, Manifest

_PATH = re.compile(
    r"/(?:api/(?P<core>v1)|apis/(?P<group>[a-z.0-9]+)/(?P<version>v[0-9a-z]+))"
    r"(?:/namespaces/(?P<space>[^/]+)(?=/))?/(?P<plural>[a-z]+)(?:/(?P<name>[^/]+))?"
)
_METADATA_ONLY = "as=PartialObjectMetadataList"
_AGO = re.compile(r"ago\((\d+)\)")
# What this API server serves: group -> plural -> kind, and whether it is of a namespace. More than the estate holds, as
# a real one does.
_SERVED: Mapping[str, Mapping[str, tuple[str, bool]]] = {
    "": {
        "namespaces": ("Namespace", False),
        "nodes": ("Node", False),
        "pods": ("Pod", True),
        "secrets": ("Secret", True),
        "configmaps": ("ConfigMap", True),
        "serviceaccounts": ("ServiceAccount", True),
        "persistentvolumes": ("PersistentVolume", False),
        "replicationcontrollers": ("ReplicationController", True),
        "services": ("Service", True),
    },
    "apps": {
        "deployments": ("Deployment", True),
        "replicasets": ("ReplicaSet", True),
        "statefulsets": ("StatefulSet", True),
        "daemonsets": ("DaemonSet", True),
    },
    "batch": {"jobs": ("Job", True), "cronjobs": ("CronJob", True)},
    RBAC: {
        "roles": ("Role", True),
        "clusterroles": ("ClusterRole", False),
        "rolebindings": ("RoleBinding", True),
        "clusterrolebindings": ("ClusterRoleBinding", False),
    },
    "admissionregistration.k8s.io": {
        "validatingwebhookconfigurations": ("ValidatingWebhookConfiguration", False),
        "mutatingwebhookconfigurations": ("MutatingWebhookConfiguration", False),
    },
    "certificates.k8s.io": {"certificatesigningrequests": ("CertificateSigningRequest", False)},
}
Answer = tuple[int, dict[str, Any]]


class Api:
    """Answers requests about one cluster as it stands at a moment.

    Attributes:
        requests: how many requests there were by plural (`pods`), the refused ones too.
    """

    def __init__(self, loaded: Loaded, now: datetime, token: str) -> None:
        self.requests: Counter[str] = Counter()
        self._loaded, self._token = loaded, token
        self._lock = threading.Lock()
        self._kept: dict[str, list[Manifest]] = {}
        for one in sorted(
            loaded.objects, key=lambda row: (row["metadata"].get("namespace", ""), row["metadata"]["name"])
        ):
            self._kept.setdefault(plural_of(one["kind"]), []).append(_dated(one, now))
        self._rules = list(_rules_of(loaded))

    def answer(self, method: str, target: str, headers: Mapping[str, str]) -> Answer:
        """Answer one request.

        Args:
            method: of HTTP.
            target: path and query.
            headers: by lower-case name.
        """
        parts = urlsplit(target)
        found = _PATH.fullmatch(parts.path)
        plural = found["plural"] if found else parts.path
        with self._lock:
            self.requests[plural] += 1
        if headers.get("authorization") != f"Bearer {self._token}":
            return _status(401, "Unauthorized", "Unauthorized")
        if method != "GET":
            return _status(405, "MethodNotAllowed", "the server of this demo only answers")
        if found is None:
            return self._whole(parts.path)
        return self._resource(found, {key: values[-1] for key, values in parse_qs(parts.query).items()}, headers)

    def _whole(self, path: str) -> Answer:
        if path == "/version":
            return 200, {"major": "1", "minor": self._loaded.version.split(".")[1], "gitVersion": self._loaded.version}
        if path == "/.well-known/openid-configuration":
            return 200, {"issuer": self._loaded.issuer, "jwks_uri": f"{self._loaded.issuer}/keys"}
        if path == "/api":
            return 200, {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            return 200, {
                "kind": "APIGroupList",
                "apiVersion": "v1",
                "groups": [_group(name) for name in _SERVED if name],
            }
        group = "" if path == "/api/v1" else path.removeprefix("/apis/").removesuffix("/v1")
        if path in ("/api/v1", f"/apis/{group}/v1") and group in _SERVED:
            return 200, _resources(group)
        return _status(404, "NotFound", "the server could not find the requested resource")

    def _resource(self, found: re.Match[str], query: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        group, plural, space, name = found["group"] or "", found["plural"], found["space"] or "", found["name"] or ""
        if found["version"] not in (None, "v1") or plural not in _SERVED.get(group, {}):
            return _status(404, "NotFound", "the server could not find the requested resource")
        verb = "get" if name else "list"
        if not self._may(verb, group, plural, name):
            who = ":".join(("system:serviceaccount", *self._loaded.scanner))
            return _status(403, "Forbidden", f'{plural} is forbidden: User "{who}" cannot {verb} resource "{plural}"')
        rows = [one for one in self._kept.get(plural, []) if space in ("", one["metadata"].get("namespace", ""))]
        if name:
            row = next((one for one in rows if one["metadata"]["name"] == name), None)
            return _status(404, "NotFound", f'{plural} "{name}" not found') if row is None else (200, row)
        rows = list(_selected(rows, query.get("fieldSelector", "")))
        partial = _METADATA_ONLY in headers.get("accept", "")
        return 200, _page(rows, query, _SERVED[group][plural][0], "v1" if not group else f"{group}/v1", partial=partial)

    def _may(self, verb: str, group: str, plural: str, name: str) -> bool:
        """Say whether a rule of the scanner's roles allows a request; what they hold is literal, a star is all."""
        return any(
            {verb, "*"} & set(rule["verbs"])
            and {group, "*"} & set(rule.get("apiGroups", ()))
            and {plural, "*"} & set(rule.get("resources", ()))
            and (not rule.get("resourceNames") or name in rule["resourceNames"])
            for rule in self._rules
        )


def _rules_of(loaded: Loaded) -> Iterator[Mapping[str, Any]]:
    """Yield the rules that bindings of the whole cluster give the scanner's account."""
    space, name = loaded.scanner
    roles = {one["metadata"]["name"]: one["rules"] for one in loaded.objects if one["kind"] == "ClusterRole"}
    for one in loaded.objects:
        if one["kind"] == "ClusterRoleBinding" and any(
            (subject["name"], subject.get("namespace")) == (name, space) for subject in one["subjects"]
        ):
            yield from roles.get(one["roleRef"]["name"], ())


def _selected(rows: Iterable[Manifest], selector: str) -> Iterator[Manifest]:
    field, _, value = selector.partition("=")
    for row in rows:
        if not field or row.get(field, row["metadata"].get(field.removeprefix("metadata."))) == value.lstrip("="):
            yield row


def _page(
    rows: Sequence[Manifest], query: Mapping[str, str], kind: str, version: str, *, partial: bool
) -> dict[str, Any]:
    """Return one page; `continue` is the number of the row that comes next. Items of a list say no kind."""
    start = int(query.get("continue") or 0)
    end = start + int(query.get("limit") or 0) or len(rows)
    metadata: dict[str, Any] = {"resourceVersion": "1"}
    if end < len(rows):
        metadata |= {"continue": str(end), "remainingItemCount": len(rows) - end}
    if partial:
        version, kind = "meta.k8s.io/v1", "PartialObjectMetadata"
        items = [{"metadata": row["metadata"]} for row in rows[start:end]]
    else:
        items = [{key: row[key] for key in row if key not in ("kind", "apiVersion")} for row in rows[start:end]]
    return {"kind": f"{kind}List", "apiVersion": version, "metadata": metadata, "items": items}


def _group(name: str) -> dict[str, Any]:
    version = {"groupVersion": f"{name}/v1", "version": "v1"}
    return {"name": name, "versions": [version], "preferredVersion": version}


def _resources(group: str) -> dict[str, Any]:
    rows = [
        {"name": plural, "singularName": "", "namespaced": namespaced, "kind": kind, "verbs": ["get", "list", "watch"]}
        for plural, (kind, namespaced) in _SERVED[group].items()
    ]
    return {"kind": "APIResourceList", "groupVersion": f"{group}/v1" if group else "v1", "resources": rows}


def _status(code: int, reason: str, message: str) -> Answer:
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return code, {**body, "message": message, "reason": reason, "code": code}


def _dated(value: Any, now: datetime) -> Any:
    """Put moments in place of `ago(days)`, all the way down."""
    if isinstance(value, str):
        found = _AGO.fullmatch(value)
        moment = now.astimezone(UTC) - timedelta(days=int(found[1])) if found else now
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if found else value
    if isinstance(value, dict):
        return {key: _dated(item, now) for key, item in value.items()}
    return [_dated(item, now) for item in value] if isinstance(value, list) else value
