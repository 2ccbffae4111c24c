"""What is kept of a pod's specification, wherever it stands: who it runs as, and what it could reach from there.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from collections.abc import Iterable, Mapping
from typing import Any

_SPEC = (
    "serviceAccountName", "serviceAccount", "automountServiceAccountToken", "nodeName", "hostNetwork", "hostPID",
    "hostIPC", "hostUsers", "restartPolicy", "runtimeClassName",
)  # fmt: skip
_POD_SECURITY = ("runAsUser", "runAsGroup", "runAsNonRoot", "fsGroup")
_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_SECURITY = (
    "privileged",
    "allowPrivilegeEscalation",
    "runAsUser",
    "runAsNonRoot",
    "readOnlyRootFilesystem",
    "procMount",
)
_MOUNT = ("name", "mountPath", "readOnly")
_TOKEN = ("audience", "expirationSeconds", "path")
# Where a value comes from, by name: `secretKeyRef: {name, key}`. What it is stays in the cluster.
_SOURCES = ("secretKeyRef", "configMapKeyRef", "fieldRef", "resourceFieldRef")
_REFERENCE = ("name", "key", "fieldPath", "resource")
_FROM = ("secretRef", "configMapRef")


def pick(value: Any, names: Iterable[str]) -> dict[str, Any]:
    """Keep some fields of an object; none of what is no object."""
    if not isinstance(value, dict):
        return {}
    return {name: value[name] for name in names if value.get(name) is not None}


def several(value: Any, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Keep some fields of each object of a list; nothing of what is no list."""
    if not isinstance(value, list):
        return []
    return [pick(item, names) for item in value if isinstance(item, dict)]


def short(value: Any, longest: int) -> dict[str, str]:
    """Keep of a mapping of texts those that are no longer than so many letters."""
    if not isinstance(value, dict):
        return {}
    return {name: text for name, text in value.items() if isinstance(text, str) and len(text) <= longest}


def pod_spec(spec: Any) -> dict[str, Any]:
    """Cut a pod's specification down.

    Returns:
        Empty where it is no object. Commands, arguments, values of variables and probes are gone.
    """
    if not isinstance(spec, dict):
        return {}
    kept = pick(spec, _SPEC)
    if names := several(spec.get("imagePullSecrets"), ("name",)):
        kept["imagePullSecrets"] = names
    if security := pick(spec.get("securityContext"), _POD_SECURITY):
        kept["securityContext"] = security
    if volumes := [_volume(one) for one in _objects(spec.get("volumes"))]:
        kept["volumes"] = volumes
    for name in _CONTAINERS:
        if containers := [_container(one) for one in _objects(spec.get(name))]:
            kept[name] = containers
    return kept


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _container(value: Mapping[str, Any]) -> dict[str, Any]:
    kept = pick(value, ("name", "image"))
    if variables := [_variable(one) for one in _objects(value.get("env"))]:
        kept["env"] = variables
    sources = [
        {name: pick(one[name], ("name",)) for name in _FROM if name in one} for one in _objects(value.get("envFrom"))
    ]
    if sources:
        kept["envFrom"] = sources
    if isinstance(security := value.get("securityContext"), dict):
        kept["securityContext"] = pick(security, _SECURITY)
        if capabilities := pick(security.get("capabilities"), ("add", "drop")):
            kept["securityContext"]["capabilities"] = capabilities
    if mounts := several(value.get("volumeMounts"), _MOUNT):
        kept["volumeMounts"] = mounts
    return kept


def _variable(value: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a variable's name, and where its value comes from; whether it stands there plainly, but never what."""
    kept = pick(value, ("name",))
    if isinstance(source := value.get("valueFrom"), dict):
        kept["valueFrom"] = {name: pick(source[name], _REFERENCE) for name in _SOURCES if name in source}
    return kept


def _volume(value: Mapping[str, Any]) -> dict[str, Any]:
    kept = pick(value, ("name",))
    if isinstance(path := value.get("hostPath"), dict):
        kept["hostPath"] = pick(path, ("path", "type"))
    if isinstance(secret := value.get("secret"), dict):
        kept["secret"] = pick(secret, ("secretName",))
    if isinstance(claim := value.get("persistentVolumeClaim"), dict):
        kept["persistentVolumeClaim"] = pick(claim, ("claimName",))
    if isinstance(driver := value.get("csi"), dict):
        kept["csi"] = pick(driver, ("driver",))
    if isinstance(projected := value.get("projected"), dict):
        kept["projected"] = {"sources": [_source(one) for one in _objects(projected.get("sources"))]}
    return kept


def _source(value: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    if isinstance(token := value.get("serviceAccountToken"), dict):
        kept["serviceAccountToken"] = pick(token, _TOKEN)
    if isinstance(secret := value.get("secret"), dict):
        kept["secret"] = pick(secret, ("name",))
    return kept
