"""What an object of a dump is, by what it says of itself: its kind and its API group.

`kubectl get KIND -A -o json` prints a `List` of objects that each have both
(https://kubernetes.io/docs/reference/kubectl/#formatting-output); `kubectl get --raw` prints a `PodList` or the like,
whose items have neither. Other groups have kinds of the same names (`Role` of OpenShift and of Crossplane), which mean
something else.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from nhi_scan.providers.kubernetes import kinds
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.values import text, within

Value = Mapping[str, Any]

_RBAC = ("rbac.authorization.k8s.io",)
_APPS = ("apps", "extensions")
_ADMISSION = ("admissionregistration.k8s.io",)
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "Role": _RBAC,
    "ClusterRole": _RBAC,
    "RoleBinding": _RBAC,
    "ClusterRoleBinding": _RBAC,
    "Deployment": _APPS,
    "ReplicaSet": _APPS,
    "StatefulSet": _APPS,
    "DaemonSet": _APPS,
    "Job": ("batch",),
    "CronJob": ("batch",),
    "ValidatingWebhookConfiguration": _ADMISSION,
    "MutatingWebhookConfiguration": _ADMISSION,
    "CertificateSigningRequest": ("certificates.k8s.io",),
}
_CORE = ("",)
_LIST = "List"


class Sort(NamedTuple):
    """What an object is."""

    kind: str = ""  # `Pod`; empty for what is no object of Kubernetes
    record_kind: str = ""  # empty where nothing is kept of such a kind
    namespace: str = ""
    name: str = ""


def sort_of(thing: Value, kind: str = "", version: str = "") -> Sort:
    """Say what an object is.

    Args:
        thing: the object.
        kind: of the items of the list that it is in; empty where those say it themselves.
        version: `apiVersion` of that list.
    """
    own, group = text(thing, "kind") or kind, (text(thing, "apiVersion") or version).rpartition("/")[0]
    if not own:
        return Sort()
    meta = within(thing, "metadata")
    record_kind = kinds.BY_KIND.get(own, "") if group in _GROUPS.get(own, _CORE) else ""
    shown = own if record_kind or not group else f"{own}.{group}"
    return Sort(shown, record_kind, text(meta, "namespace"), text(meta, "name"))


def item_kind(list_kind: str) -> str:
    """The kind of a list's items: `PodList` -> `Pod`; empty for `List`, whose items say it themselves."""
    return list_kind.removesuffix(_LIST)


def is_list(kind: str) -> bool:
    """Say whether a kind is one of lists."""
    return kind.endswith(_LIST)


def bare(thing: Value) -> tuple[str, dict[str, Any]] | None:
    """Recognise an answer that is no object of Kubernetes: the issuer, the version, the resources of a group.

    `kubectl get --raw /.well-known/openid-configuration`, `kubectl get --raw /version`, `kubectl version -o json`,
    `kubectl get --raw /apis/apps/v1`.

    Returns:
        The record kind and the record; None for anything else.
    """
    if "jwks_uri" in thing and text(thing, "issuer"):
        return kinds.OPENID_CONFIGURATION, dict(thing)
    if text(thing, "gitVersion") and "major" in thing:
        return kinds.VERSION, dict(thing)
    server = within(thing, "serverVersion")
    if text(server, "gitVersion"):
        return kinds.VERSION, dict(server)
    if text(thing, "kind") == "APIResourceList" and text(thing, "groupVersion"):
        group, _, version = text(thing, "groupVersion").rpartition("/")
        return kinds.API_RESOURCES, {"group": group, "version": version, "resources": thing.get("resources")}
    return None


def key_twice(data: bytes) -> str:
    """Find a key that some object in a JSON text has twice, so that readers differ in what it says; empty: none has.

    Raises:
        CodecError: it is nested too deeply.
    """
    found: list[str] = []

    def check(pairs: list[tuple[str, Any]]) -> None:
        if len({key for key, _ in pairs}) != len(pairs):
            names = [key for key, _ in pairs]
            found.append(next(name for name in names if names.count(name) > 1))

    try:
        json.loads(data, object_pairs_hook=check, parse_int=str, parse_float=str)
    except RecursionError as error:
        raise codec.CodecError("nested too deeply") from error
    return found[0] if found else ""
