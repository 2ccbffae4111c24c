"""The resources that every cluster has, which of them lie in no namespace, and what can be done to them.

https://kubernetes.io/docs/reference/kubernetes-api/ lists them. What a cluster adds, custom resources, is known from
what its roles name.
"""

from functools import cache
from types import MappingProxyType
from typing import Final

from nhi_scan.model.kube_actions import Action

RBAC: Final = "rbac.authorization.k8s.io"

VERBS: Final = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
"""What can be done to most resources: https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris"""

NAMELESS: Final = ("create", "deletecollection")
"""Verbs of requests that name no object, where they are about no subresource."""

LISTING: Final = ("list", "watch")
"""Verbs of requests that name one object at most by a field selector."""

_NAMESPACED: Final = {
    "": (
        "configmaps endpoints events limitranges persistentvolumeclaims pods podtemplates replicationcontrollers "
        "resourcequotas secrets serviceaccounts services"
    ),
    "apps": "controllerrevisions daemonsets deployments replicasets statefulsets",
    "authorization.k8s.io": "localsubjectaccessreviews",
    "autoscaling": "horizontalpodautoscalers",
    "batch": "cronjobs jobs",
    "coordination.k8s.io": "leases",
    "discovery.k8s.io": "endpointslices",
    "events.k8s.io": "events",
    "extensions": "ingresses",
    "networking.k8s.io": "ingresses networkpolicies",
    "policy": "poddisruptionbudgets",
    RBAC: "rolebindings roles",
    "resource.k8s.io": "resourceclaims resourceclaimtemplates",
    "storage.k8s.io": "csistoragecapacities",
}
_CLUSTER_WIDE: Final = {
    "": "componentstatuses groups namespaces nodes persistentvolumes users",
    "admissionregistration.k8s.io": (
        "mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations "
        "validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations"
    ),
    "apiextensions.k8s.io": "customresourcedefinitions",
    "apiregistration.k8s.io": "apiservices",
    "authentication.k8s.io": "selfsubjectreviews tokenreviews uids userextras",
    "authorization.k8s.io": "selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews",
    "certificates.k8s.io": "certificatesigningrequests clustertrustbundles signers",
    "flowcontrol.apiserver.k8s.io": "flowschemas prioritylevelconfigurations",
    "networking.k8s.io": "ingressclasses ipaddresses servicecidrs",
    "node.k8s.io": "runtimeclasses",
    "policy": "podsecuritypolicies",
    RBAC: "clusterrolebindings clusterroles",
    "resource.k8s.io": "deviceclasses resourceslices",
    "scheduling.k8s.io": "priorityclasses",
    "storage.k8s.io": "csidrivers csinodes storageclasses volumeattachments",
}
# (group, resource/subresource) -> verbs
_PARTS: Final = {
    "": {
        "namespaces/finalize": "update",
        "namespaces/status": "get patch update",
        "nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/spec nodes/stats": "create get",
        "nodes/proxy pods/proxy services/proxy": "create delete get patch update",
        "nodes/status persistentvolumeclaims/status persistentvolumes/status pods/status": "get patch update",
        "pods/attach pods/exec pods/portforward": "create get",
        "pods/binding pods/eviction": "create",
        "pods/ephemeralcontainers pods/resize": "get patch update",
        "pods/log": "get",
        "replicationcontrollers/scale replicationcontrollers/status": "get patch update",
        "resourcequotas/status services/status": "get patch update",
        "serviceaccounts/token": "create",
        "groups serviceaccounts users": "impersonate",
    },
    "apps": {
        "daemonsets/status deployments/status replicasets/status statefulsets/status": "get patch update",
        "deployments/scale replicasets/scale statefulsets/scale": "get patch update",
    },
    "apiextensions.k8s.io": {"customresourcedefinitions/status": "get patch update"},
    "apiregistration.k8s.io": {"apiservices/status": "get patch update"},
    "authentication.k8s.io": {"uids userextras": "impersonate"},
    "autoscaling": {"horizontalpodautoscalers/status": "get patch update"},
    "batch": {"cronjobs/status jobs/status": "get patch update"},
    "certificates.k8s.io": {
        "certificatesigningrequests/approval certificatesigningrequests/status": "get patch update",
        "signers": "approve attest sign",
    },
    "networking.k8s.io": {"ingresses/status": "get patch update"},
    "policy": {"poddisruptionbudgets/status": "get patch update", "podsecuritypolicies": "use"},
    RBAC: {"clusterroles roles": "bind escalate"},
}
# What is no object, and is only created or only impersonated.
_ONLY_CREATED: Final = frozenset(
    (
        "localsubjectaccessreviews", "selfsubjectaccessreviews", "selfsubjectreviews", "selfsubjectrulesreviews",
        "subjectaccessreviews", "tokenreviews",
    )
)  # fmt: skip
_NO_OBJECTS: Final = frozenset(("groups", "signers", "uids", "userextras", "users"))
URLS: Final = (
    "/api", "/apis", "/healthz", "/livez", "/logs", "/metrics", "/openapi", "/readyz", "/version",
)  # fmt: skip
"""What the API server answers that is no resource:
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#discovery-roles."""

# Verbs that are asked about with the namespace of another object: of the binding that is made, of the pod.
# `BindingAuthorized` in
# https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/rbac/escalation_check.go;
# https://kubernetes.io/docs/concepts/security/pod-security-policy/#authorizing-policies
_ELSEWHERE: Final = frozenset(("bind", "use"))

CLUSTER_WIDE: Final = frozenset((group, name) for group, names in _CLUSTER_WIDE.items() for name in names.split())
"""(group, resource) of what lies in no namespace."""


def in_no_namespace(action: Action) -> bool:
    """Say whether a request is never about one namespace, so that no binding in one can allow it.

    The path of a namespace is in that namespace itself; lists of namespaces are in none.
    """
    if action.url:
        return True
    if is_namespace(action):
        return not action.subresource and action.verb in (*NAMELESS, *LISTING)
    return (action.group, action.resource) in CLUSTER_WIDE and action.verb not in _ELSEWHERE


def is_nameless(action: Action) -> bool:
    """Say whether a request carries no name, so that no rule with names can allow it."""
    return action.verb in NAMELESS and not action.subresource and not action.url


def is_namespace(action: Action) -> bool:
    """Say whether it is about namespaces themselves."""
    return (action.group, action.resource) == ("", "namespaces")


@cache
def known() -> "MappingProxyType[tuple[str, str, str], tuple[str, ...]]":
    """Return the verbs of each (group, resource, subresource)."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for table in (_NAMESPACED, _CLUSTER_WIDE):
        for group, names in table.items():
            for name in names.split():
                verbs = ("create",) if name in _ONLY_CREATED else () if name in _NO_OBJECTS else VERBS
                found.setdefault((group, name, ""), set()).update(verbs)
    for group, rows in _PARTS.items():
        for names, verbs_ in rows.items():
            for name in names.split():
                resource, _, below = name.partition("/")
                found.setdefault((group, resource, below), set()).update(verbs_.split())
    return MappingProxyType({key: tuple(sorted(found[key])) for key in sorted(found)})
