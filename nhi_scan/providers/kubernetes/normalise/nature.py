"""Which service accounts and users are the control plane's own, and what a name tells about who is behind it."""

from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Nature
from nhi_scan.providers.kubernetes.normalise.clusters import Words

_SYSTEM = "kube-system"
_ADDON = "addonmanager.kubernetes.io/mode"  # of the manager that managed offerings run their own parts with
_RECONCILED = "Reconcile"
_GOOGLE = ".gserviceaccount.com"

# Accounts of controllers that are part of kube-controller-manager:
# https://github.com/kubernetes/kubernetes/blob/master/plugin/pkg/auth/authorizer/rbac/bootstrappolicy/controller_policy.go
_CONTROLLERS = frozenset(
    {
        "attachdetach-controller",
        "bootstrap-signer",
        "certificate-controller",
        "cloud-provider",
        "clusterrole-aggregation-controller",
        "cronjob-controller",
        "daemon-set-controller",
        "deployment-controller",
        "device-taint-eviction-controller",
        "disruption-controller",
        "endpoint-controller",
        "endpointslice-controller",
        "endpointslicemirroring-controller",
        "ephemeral-volume-controller",
        "expand-controller",
        "generic-garbage-collector",
        "horizontal-pod-autoscaler",
        "job-controller",
        "legacy-service-account-token-cleaner",
        "namespace-controller",
        "node-controller",
        "persistent-volume-binder",
        "pod-garbage-collector",
        "pv-protection-controller",
        "pvc-protection-controller",
        "replicaset-controller",
        "replication-controller",
        "resource-claim-controller",
        "resourcequota-controller",
        "root-ca-cert-publisher",
        "route-controller",
        "selinux-warning-controller",
        "service-account-controller",
        "service-cidrs-controller",
        "service-controller",
        "statefulset-controller",
        "storage-version-migrator-controller",
        "token-cleaner",
        "ttl-after-finished-controller",
        "ttl-controller",
        "validatingadmissionpolicy-status-controller",
        "volumeattributesclass-protection-controller",
    }
)


def is_control_plane(namespace: str, name: str, labels: Words | None) -> bool:
    """Say whether a service account is a part of the control plane, which nobody who runs things there looks after.

    Only in the namespace kube-system, where whoever can write owns the cluster anyway: an account of a controller of
    kube-controller-manager, by its name, or one that the manager of add-ons puts back as it was. What else is installed
    there is its installer's.
    """
    if namespace != _SYSTEM:
        return False
    return name in _CONTROLLERS or (labels or {}).get(_ADDON) == _RECONCILED


def of_user(name: str) -> tuple[Nature, str, bool]:
    """Judge a user by its name: nature, why, whether it is the control plane's.

    Users are names that an authenticator gives; nothing in a cluster lists them:
    https://kubernetes.io/docs/reference/access-authn-authz/authentication/#users-in-kubernetes. Names that begin with
    `system:` are reserved:
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects.
    """
    if name == kube_ids.ANONYMOUS:
        return Nature.UNKNOWN, "whoever sends a request without credentials", False
    if name.startswith("system:"):
        return Nature.NON_HUMAN, "a user of the control plane, by its name", True
    if name.endswith(_GOOGLE):
        return Nature.NON_HUMAN, "a service account of Google Cloud, by its name", False
    return Nature.UNKNOWN, "a user name that something outside of the cluster vouches for", False
