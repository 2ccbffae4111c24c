"""The table of what is asked of an API server: kinds of objects and a few addresses, each with what it takes to ask.

The cluster role that `nhi-scan permissions kubernetes` prints is generated from it. All are reads:
https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from nhi_scan.providers.kubernetes import kinds

RBAC: Final = "rbac.authorization.k8s.io"
_TOKEN_TYPE: Final = "kubernetes.io/service-account-token"  # noqa: S105 - the name of a type

# A list with nothing but metadata: what a secret holds never leaves the server.
# https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches
METADATA_ONLY: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
PLAIN: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One kind of objects that is listed.

    Attributes:
        kind: record kind.
        group: API group; empty for the core.
        versions: of the group, the one to prefer first: an old server lacks the new ones.
        resource: plural, as it stands in the address.
        api_kind: what an object calls itself.
        namespaced: whether objects lie in namespaces.
        accept: media type to ask for.
        selector: field selector; empty for all objects.
        type: what `type` is of each, where the answer cannot tell.
    """

    kind: str
    group: str = ""
    versions: tuple[str, ...] = ("v1",)
    resource: str
    api_kind: str
    namespaced: bool = True
    accept: str = PLAIN
    selector: str = ""
    type: str = ""

    @property
    def permission(self) -> str:
        """What it takes, as `kubectl auth can-i` has it: `list deployments.apps`."""
        return f"list {self.resource}.{self.group}" if self.group else f"list {self.resource}"

    def path(self, version: str, namespace: str = "") -> str:
        """Return the address of the list, of one namespace or of all."""
        root = f"/apis/{self.group}/{version}" if self.group else f"/api/{version}"
        return (
            f"{root}/namespaces/{quote(namespace, safe='')}/{self.resource}" if namespace else f"{root}/{self.resource}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One thing that is read by its address.

    Attributes:
        kind: record kind; empty where nothing is written of it.
        path: address.
        resource: plural of an object of the core group; empty for an address that is no object.
        name: of the object.
        permission: what it takes.
        absent: what coverage says where there is none; empty where that is no gap and nothing to say.
    """

    kind: str = ""
    path: str
    resource: str = ""
    name: str = ""
    permission: str
    absent: str = ""


def _apps(kind: str, resource: str, api_kind: str) -> Listing:
    return Listing(kind=kind, group="apps", resource=resource, api_kind=api_kind)


def _rbac(kind: str, resource: str, api_kind: str, *, namespaced: bool) -> Listing:
    return Listing(
        kind=kind, group=RBAC, versions=("v1", "v1beta1"), resource=resource, api_kind=api_kind, namespaced=namespaced
    )


def _admission(kind: str, resource: str, api_kind: str) -> Listing:
    group, versions = "admissionregistration.k8s.io", ("v1", "v1beta1")
    return Listing(kind=kind, group=group, versions=versions, resource=resource, api_kind=api_kind, namespaced=False)


NAMESPACES: Final = Listing(kind=kinds.NAMESPACES, resource="namespaces", api_kind="Namespace", namespaced=False)
SECRETS: Final = Listing(
    kind=kinds.SECRETS,
    resource="secrets",
    api_kind="Secret",
    accept=METADATA_ONLY,
    selector=f"type={_TOKEN_TYPE}",
    type=_TOKEN_TYPE,
)

# The one with the most objects first: the others are done while it is.
LISTINGS: Final = (
    Listing(kind=kinds.PODS, resource="pods", api_kind="Pod"),
    _apps(kinds.REPLICA_SETS, "replicasets", "ReplicaSet"),
    Listing(kind=kinds.SERVICE_ACCOUNTS, resource="serviceaccounts", api_kind="ServiceAccount"),
    SECRETS,
    _rbac(kinds.ROLES, "roles", "Role", namespaced=True),
    _rbac(kinds.CLUSTER_ROLES, "clusterroles", "ClusterRole", namespaced=False),
    _rbac(kinds.ROLE_BINDINGS, "rolebindings", "RoleBinding", namespaced=True),
    _rbac(kinds.CLUSTER_ROLE_BINDINGS, "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    _apps(kinds.DEPLOYMENTS, "deployments", "Deployment"),
    _apps(kinds.STATEFUL_SETS, "statefulsets", "StatefulSet"),
    _apps(kinds.DAEMON_SETS, "daemonsets", "DaemonSet"),
    Listing(kind=kinds.JOBS, group="batch", resource="jobs", api_kind="Job"),
    # https://kubernetes.io/docs/reference/using-api/deprecation-guide/#cronjob-v125: batch/v1 came with 1.21
    Listing(kind=kinds.CRON_JOBS, group="batch", versions=("v1", "v1beta1"), resource="cronjobs", api_kind="CronJob"),
    Listing(kind=kinds.REPLICATION_CONTROLLERS, resource="replicationcontrollers", api_kind="ReplicationController"),
    Listing(kind=kinds.NODES, resource="nodes", api_kind="Node", namespaced=False),
    _admission(kinds.VALIDATING_WEBHOOKS, "validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
    _admission(kinds.MUTATING_WEBHOOKS, "mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
    Listing(
        kind=kinds.CSRS,
        group="certificates.k8s.io",
        versions=("v1", "v1beta1"),
        resource="certificatesigningrequests",
        api_kind="CertificateSigningRequest",
        namespaced=False,
    ),
    Listing(kind=kinds.PERSISTENT_VOLUMES, resource="persistentvolumes", api_kind="PersistentVolume", namespaced=False),
)

VERSION: Final = Reading(kind=kinds.VERSION, path="/version", permission="get /version")
# Issuer of service accounts' tokens: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
ISSUER: Final = Reading(
    kind=kinds.OPENID_CONFIGURATION,
    path="/.well-known/openid-configuration",
    permission="get /.well-known/openid-configuration",
    absent="the server does not tell the issuer of its tokens",
)
# Who becomes whom in Amazon EKS: https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
AWS_AUTH: Final = Reading(
    kind=kinds.AWS_AUTH,
    path="/api/v1/namespaces/kube-system/configmaps/aws-auth",
    resource="configmaps",
    name="aws-auth",
    permission="get configmaps/aws-auth -n kube-system",
)
READINGS: Final = (VERSION, ISSUER, AWS_AUTH)
# Its uid tells whether two contexts are one cluster.
IDENTITY: Final = Reading(
    path="/api/v1/namespaces/kube-system",
    resource="namespaces",
    name="kube-system",
    permission="get namespaces/kube-system",
)
# What the server has: https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
DISCOVERY: Final = ("/api", "/api/*", "/apis", "/apis/*")
