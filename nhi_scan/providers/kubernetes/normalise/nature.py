"""Which service accounts and users are the control plane's own, and what a name tells about who is behind it."""

import re

from nhi_scan.model import kube_ids
from nhi_scan.model.identity import Nature
from nhi_scan.providers.kubernetes.normalise.clusters import Words

_SYSTEM = "kube-system"
_ADDON = "addonmanager.kubernetes.io/mode"  # of the manager that managed offerings run their own parts with
_RECONCILED = "Reconcile"
_GOOGLE = ".gserviceaccount.com"
# A label of what EKS installs; GKE and AKS run the manager of add-ons.
_EKS = "eks.amazonaws.com/component"
# Users of EKS's own control plane: https://docs.aws.amazon.com/eks/latest/userguide/default-roles-users.html
_EKS_USER = "eks:"
_PREFIX = re.compile(r"^.*[:#]")  # `--oidc-username-prefix`, the issuer and a `#` where nothing is said
_EMAIL = re.compile(r"[^@\s/:]+@[^@\s/:]+\.[^@\s/:]+")
_WORD = re.compile(r"[A-Za-z0-9]+")
# Words by which a mailbox tells that no person is behind it.
_MACHINES_OF_MAIL = """
app automation backup bot build ci cd cicd deploy deployer github gitlab jenkins machine monitoring noreply pipeline
robot runner sa service serviceaccount svc system terraform
"""
_MACHINES = frozenset(_MACHINES_OF_MAIL.split())

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
        # Of cloud-controller-manager and of the managed offerings' own controllers.
        "aws-cloud-provider",
        "cloud-controller-manager",
        "cloud-node-controller",
        "eks-vpc-resource-controller",
        "tagging-controller",
    }
)


def is_control_plane(namespace: str, name: str, labels: Words | None) -> bool:
    """Say whether a service account is a part of the control plane, which nobody who runs things there looks after.

    Only in the namespace kube-system, where whoever can write owns the cluster anyway: an account of a controller of
    kube-controller-manager, by its name, or one that the manager of add-ons puts back as it was, or EKS installs. What
    else is installed there is its installer's.
    """
    if namespace != _SYSTEM:
        return False
    said = labels or {}
    return name in _CONTROLLERS or said.get(_ADDON) == _RECONCILED or _EKS in said


def of_user(name: str) -> tuple[Nature, str, bool]:
    """Judge a user by its name: nature, why, whether it is the control plane's.

    Users are names that an authenticator gives; nothing in a cluster lists them:
    https://kubernetes.io/docs/reference/access-authn-authz/authentication/#users-in-kubernetes. Names that begin with
    `system:` are reserved:
    https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects. An e-mail address is what
    people have with an OpenID Connect provider or on Google Cloud, but for mailboxes that say that they are
    a machine's.
    """
    if name == kube_ids.ANONYMOUS:
        return Nature.UNKNOWN, "whoever sends a request without credentials", False
    if name.startswith("system:"):
        return Nature.NON_HUMAN, "a user of the control plane, by its name", True
    if name.startswith(_EKS_USER):
        return Nature.NON_HUMAN, "a user of EKS's own control plane, by its name", True
    if name.endswith(_GOOGLE):
        return Nature.NON_HUMAN, "a service account of Google Cloud, by its name", False
    mailbox = _PREFIX.sub("", name)
    if _EMAIL.fullmatch(mailbox) and _MACHINES.isdisjoint(_WORD.findall(mailbox.partition("@")[0].lower())):
        return Nature.HUMAN, "an e-mail address is its name", False
    return Nature.UNKNOWN, "a user name that something outside of the cluster vouches for", False
