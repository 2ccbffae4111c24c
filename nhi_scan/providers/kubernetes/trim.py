"""What is kept of an object: an allow-list for each kind, so that what nobody asked for is never written.

Dropped for every kind: `managedFields`, the annotation that `kubectl apply` keeps the whole object in, and whatever the
lists below do not name: the data of secrets and config maps, values of environment variables, commands and arguments of
containers (which may hold passwords), probes, certificates, `status` but for a phase. The importer trims by the same
function: a dump of `kubectl get -o json` leaves no more in a snapshot than the API does.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.trim_pods import pick, pod_spec, several, short

Object = Mapping[str, Any]

_METADATA = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp")
_OWNER = ("apiVersion", "kind", "name", "uid", "controller")
_LONGEST_ANNOTATION = 512  # letters: what tells an owner or a role is short, what tools keep of a configuration is not
_CONFIGURATION = "last-applied-configuration"  # kubectl.kubernetes.io/ and others' of that name
_MAKERS = ("apps/Deployment", "extensions/Deployment", "batch/CronJob")  # of ReplicaSets and Jobs
_AWS_AUTH = ("mapRoles", "mapUsers", "mapAccounts")
_LONGEST_MAP = 1_000_000  # letters: etcd takes no more of one object
_OIDC = ("issuer", "jwks_uri", "subject_types_supported", "id_token_signing_alg_values_supported")
_VERSION = ("major", "minor", "gitVersion", "platform", "server")


def trimmed(record_kind: str, thing: Any) -> dict[str, Any] | None:
    """Cut an object down to what is kept of its kind.

    Args:
        record_kind: of `kinds`.
        thing: as the API server or a dump has it; nothing of it is changed.

    Returns:
        None where it is no object, where nothing is kept of such a kind, or for a config map that is not aws-auth.
    """
    cut = _CUTS.get(record_kind)
    if cut is None or not isinstance(thing, dict):
        return None
    if record_kind in _BARE:
        return cut(thing)
    metadata = _metadata(thing.get("metadata"))
    if record_kind == kinds.AWS_AUTH and (metadata.get("namespace"), metadata.get("name")) != (
        "kube-system",
        "aws-auth",
    ):
        return None
    return {**pick(thing, ("apiVersion", "kind")), "metadata": metadata, **cut(thing)}


def _metadata(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    kept = pick(value, _METADATA)
    if labels := short(value.get("labels"), _LONGEST_ANNOTATION):
        kept["labels"] = labels
    annotations = short(value.get("annotations"), _LONGEST_ANNOTATION)
    if annotations := {name: text for name, text in annotations.items() if not name.endswith(_CONFIGURATION)}:
        kept["annotations"] = annotations
    if owners := several(value.get("ownerReferences"), _OWNER):
        kept["ownerReferences"] = owners
    return kept


def _fields(*names: str) -> Callable[[Object], dict[str, Any]]:
    return lambda thing: pick(thing, names)


def _service_account(thing: Object) -> dict[str, Any]:
    kept = pick(thing, ("automountServiceAccountToken",))
    for name in ("secrets", "imagePullSecrets"):
        if names := several(thing.get(name), ("name",)):
            kept[name] = names
    return kept


def _secret(thing: Object) -> dict[str, Any]:
    return {**pick(thing, ("type",)), "kind": "Secret", "apiVersion": "v1"}  # not PartialObjectMetadata, as it comes


def _binding(thing: Object) -> dict[str, Any]:
    return {**pick(thing, ("subjects",)), "roleRef": pick(thing.get("roleRef"), ("apiGroup", "kind", "name"))}


def _pod(thing: Object) -> dict[str, Any]:
    return {"spec": pod_spec(thing.get("spec")), "status": pick(thing.get("status"), ("phase",))}


def _template(value: Any) -> dict[str, Any]:
    """Cut a pod template: what its pods will be like."""
    if not isinstance(value, dict):
        return {}
    return {"metadata": _metadata(value.get("metadata")), "spec": pod_spec(value.get("spec"))}


def _workload(*names: str) -> Callable[[Object], dict[str, Any]]:
    def cut(thing: Object) -> dict[str, Any]:
        spec = thing.get("spec")
        template = _template(spec.get("template") if isinstance(spec, dict) else None)
        return {"spec": {**pick(spec, names), "template": template}}

    return cut


def _made(*names: str) -> Callable[[Object], dict[str, Any]]:
    """Cut a ReplicaSet or a Job; of what a deployment or cron job made only whose it is: that has the same template."""
    whole = _workload(*names)
    return lambda thing: {} if _is_made(thing.get("metadata")) else whole(thing)


def _is_made(metadata: Any) -> bool:
    owners = several(metadata.get("ownerReferences"), _OWNER) if isinstance(metadata, dict) else []
    return any(owner.get("controller") is True and _sort_of(owner) in _MAKERS for owner in owners)


def _sort_of(owner: Object) -> str:
    """Say what an owner is, without the version: `apps/Deployment`."""
    return f"{str(owner.get('apiVersion', '')).rpartition('/')[0]}/{owner.get('kind', '')}"


def _cron_job(thing: Object) -> dict[str, Any]:
    spec = thing.get("spec")
    job = spec.get("jobTemplate") if isinstance(spec, dict) else None
    inner = job.get("spec") if isinstance(job, dict) else None
    template = _template(inner.get("template") if isinstance(inner, dict) else None)
    status = pick(thing.get("status"), ("lastScheduleTime", "lastSuccessfulTime"))
    return {
        "spec": {**pick(spec, ("schedule", "suspend")), "jobTemplate": {"spec": {"template": template}}},
        "status": status,
    }


def _node(thing: Object) -> dict[str, Any]:
    status = thing.get("status")
    info = status.get("nodeInfo") if isinstance(status, dict) else None
    return {
        "spec": pick(thing.get("spec"), ("providerID", "unschedulable")),
        "status": {"nodeInfo": pick(info, ("kubeletVersion", "osImage", "containerRuntimeVersion"))},
    }


def _csr(thing: Object) -> dict[str, Any]:
    status = thing.get("status")
    conditions = status.get("conditions") if isinstance(status, dict) else None
    return {
        "spec": pick(thing.get("spec"), ("signerName", "username", "groups", "usages", "expirationSeconds")),
        "status": {"conditions": several(conditions, ("type", "status", "reason", "lastUpdateTime"))},
    }


def _webhooks(thing: Object) -> dict[str, Any]:
    found = thing.get("webhooks")
    names = ("name", "rules", "namespaceSelector", "objectSelector", "failurePolicy", "matchPolicy", "sideEffects")
    hooks = [hook for hook in found if isinstance(hook, dict)] if isinstance(found, list) else []
    return {"webhooks": [{**pick(hook, names), "clientConfig": _client(hook.get("clientConfig"))} for hook in hooks]}


def _client(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        return {}
    kept: dict[str, Any] = {}
    if isinstance(service := value.get("service"), dict):
        kept["service"] = pick(service, ("namespace", "name", "path", "port"))
    if isinstance(url := value.get("url"), str):
        # Who is called is a host; a path may be a password, as with the webhooks of chats.
        kept["url"] = "/".join(without_login(url).split("/")[:3])
    return kept


def without_login(url: str) -> str:
    """Return an address without a user's name and password, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.scheme else ""


def _persistent_volume(thing: Object) -> dict[str, Any]:
    spec = thing.get("spec")
    if not isinstance(spec, dict):
        return {"spec": {}}
    kept = pick(spec, ("storageClassName", "accessModes", "hostPath", "local", "persistentVolumeReclaimPolicy"))
    kept["claimRef"] = pick(spec.get("claimRef"), ("namespace", "name", "uid"))
    kept["csi"] = pick(spec.get("csi"), ("driver", "volumeHandle"))
    return {
        "spec": {name: value for name, value in kept.items() if value},
        "status": pick(thing.get("status"), ("phase",)),
    }


def _aws_auth(thing: Object) -> dict[str, Any]:
    return {"data": short(pick(thing.get("data"), _AWS_AUTH), _LONGEST_MAP)}


def _namespace(thing: Object) -> dict[str, Any]:
    return {"status": pick(thing.get("status"), ("phase",))}


def _api_resources(thing: Object) -> dict[str, Any]:
    names = ("name", "kind", "namespaced", "verbs", "group", "version")
    return {**pick(thing, ("group", "version")), "resources": several(thing.get("resources"), names)}


# Records that are no objects of the API: they have no metadata.
_BARE = frozenset({kinds.OPENID_CONFIGURATION, kinds.VERSION, kinds.API_RESOURCES})

_CUTS: Mapping[str, Callable[[Object], dict[str, Any]]] = MappingProxyType(
    {
        kinds.SERVICE_ACCOUNTS: _service_account,
        kinds.SECRETS: _secret,
        kinds.ROLES: _fields("rules"),
        kinds.CLUSTER_ROLES: _fields("rules", "aggregationRule"),
        kinds.ROLE_BINDINGS: _binding,
        kinds.CLUSTER_ROLE_BINDINGS: _binding,
        kinds.PODS: _pod,
        kinds.DEPLOYMENTS: _workload("replicas", "paused"),
        kinds.REPLICA_SETS: _made("replicas"),
        kinds.STATEFUL_SETS: _workload("replicas"),
        kinds.DAEMON_SETS: _workload(),
        kinds.JOBS: _made("suspend"),
        kinds.CRON_JOBS: _cron_job,
        kinds.REPLICATION_CONTROLLERS: _workload("replicas"),
        kinds.NAMESPACES: _namespace,
        kinds.NODES: _node,
        kinds.VALIDATING_WEBHOOKS: _webhooks,
        kinds.MUTATING_WEBHOOKS: _webhooks,
        kinds.CSRS: _csr,
        kinds.PERSISTENT_VOLUMES: _persistent_volume,
        kinds.AWS_AUTH: _aws_auth,
        kinds.OPENID_CONFIGURATION: _fields(*_OIDC),
        kinds.VERSION: _fields(*_VERSION),
        kinds.API_RESOURCES: _api_resources,
    }
)
