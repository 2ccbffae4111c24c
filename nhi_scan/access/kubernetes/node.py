"""What the node authorizer may allow a node beside RBAC: of whom its pods are, it decides object by object.

https://kubernetes.io/docs/reference/access-authn-authz/node/. The rules that need no object are `NodeRules` in
https://github.com/kubernetes/kubernetes/blob/master/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go. Whether
a cluster has the authorizer cannot be read from it, nor which pods a node will have: all of this is not known.
"""

from typing import Final

from nhi_scan.model.kube_actions import Action, parse

OTHER: Final = "whether the node authorizer allows it is not known"

_READING: Final = ("get", "list", "watch")
_WRITING: Final = ("create", "delete", "get", "patch", "update")
_RULES: Final = (
    (("create",), ("tokenreviews.authentication.k8s.io subjectaccessreviews.authorization.k8s.io "
                  "localsubjectaccessreviews.authorization.k8s.io pods/eviction serviceaccounts/token events")),
    (("create", "get", "list", "watch"), "certificatesigningrequests.certificates.k8s.io"),
    ((*_READING, "create", "delete"), "pods"),
    ((*_READING, "create", "patch", "update"), "nodes"),
    (("patch", "update"), "nodes/status pods/status persistentvolumeclaims/status events"),
    (_READING, ("configmaps endpoints persistentvolumeclaims persistentvolumes secrets services serviceaccounts "
               "csidrivers.storage.k8s.io runtimeclasses.node.k8s.io volumeattachments.storage.k8s.io "
               "resourceclaims.resource.k8s.io")),
    (_WRITING, "leases.coordination.k8s.io"),
    ((*_WRITING, "list", "watch", "deletecollection"), "csinodes.storage.k8s.io resourceslices.resource.k8s.io"),
)  # fmt: skip
_ACTIONS: Final = frozenset(
    parse(f"{verb} {thing}") for verbs, things in _RULES for thing in things.split() for verb in verbs
)


def may_allow(action: Action) -> bool:
    """Say whether the node authorizer allows some node this on something."""
    return action in _ACTIONS
