"""Names of record kinds and folders: what the collector and the importer write, and the normaliser reads.

Records are the API server's objects as JSON, trimmed (`trim`), each with `apiVersion` and `kind` as a list's items lack
them. All are stored under the cluster's scope, whichever namespace they are of.
"""

from collections.abc import Mapping
from types import MappingProxyType

from nhi_scan.snapshot.manifest import scope_folder

PROVIDER = "kubernetes"

SERVICE_ACCOUNTS = "k8s-serviceaccounts"
SECRETS = "k8s-secrets"  # those of type kubernetes.io/service-account-token: type and metadata
ROLES = "k8s-roles"
CLUSTER_ROLES = "k8s-clusterroles"
ROLE_BINDINGS = "k8s-rolebindings"
CLUSTER_ROLE_BINDINGS = "k8s-clusterrolebindings"
PODS = "k8s-pods"
DEPLOYMENTS = "k8s-deployments"
REPLICA_SETS = "k8s-replicasets"
STATEFUL_SETS = "k8s-statefulsets"
DAEMON_SETS = "k8s-daemonsets"
JOBS = "k8s-jobs"
CRON_JOBS = "k8s-cronjobs"
REPLICATION_CONTROLLERS = "k8s-replicationcontrollers"
NAMESPACES = "k8s-namespaces"
NODES = "k8s-nodes"
VALIDATING_WEBHOOKS = "k8s-validatingwebhooks"
MUTATING_WEBHOOKS = "k8s-mutatingwebhooks"
CSRS = "k8s-csrs"
PERSISTENT_VOLUMES = "k8s-persistentvolumes"
AWS_AUTH = "k8s-aws-auth"  # {metadata, data: {mapRoles, mapUsers, mapAccounts}} of the ConfigMap kube-system/aws-auth
OPENID_CONFIGURATION = "k8s-openid-configuration"  # what /.well-known/openid-configuration answers
VERSION = "k8s-version"  # what /version answers, with `server`: the address that the kubeconfig says
API_RESOURCES = (
    "k8s-api-resources"  # {group, version, resources: [{name, kind, namespaced, verbs}]} of each group version
)
CONTEXTS = "k8s-contexts"  # no records: a row of coverage says which contexts are the same cluster
AUDIT_USERS = "k8s-audit-users"  # who is in the audit log: see `audit`

# Record kind -> plural of the resource, as it stands in addresses and ids.
PLURALS: Mapping[str, str] = MappingProxyType(
    {
        SERVICE_ACCOUNTS: "serviceaccounts",
        SECRETS: "secrets",
        ROLES: "roles",
        CLUSTER_ROLES: "clusterroles",
        ROLE_BINDINGS: "rolebindings",
        CLUSTER_ROLE_BINDINGS: "clusterrolebindings",
        PODS: "pods",
        DEPLOYMENTS: "deployments",
        REPLICA_SETS: "replicasets",
        STATEFUL_SETS: "statefulsets",
        DAEMON_SETS: "daemonsets",
        JOBS: "jobs",
        CRON_JOBS: "cronjobs",
        REPLICATION_CONTROLLERS: "replicationcontrollers",
        NAMESPACES: "namespaces",
        NODES: "nodes",
        VALIDATING_WEBHOOKS: "validatingwebhookconfigurations",
        MUTATING_WEBHOOKS: "mutatingwebhookconfigurations",
        CSRS: "certificatesigningrequests",
        PERSISTENT_VOLUMES: "persistentvolumes",
        AWS_AUTH: "configmaps",
    }
)

# `kind` of an object -> record kind: what a `List` of mixed kinds is taken apart by. A ConfigMap is one only where it
# is kube-system/aws-auth.
BY_KIND: Mapping[str, str] = MappingProxyType(
    {
        "ServiceAccount": SERVICE_ACCOUNTS,
        "Secret": SECRETS,
        "Role": ROLES,
        "ClusterRole": CLUSTER_ROLES,
        "RoleBinding": ROLE_BINDINGS,
        "ClusterRoleBinding": CLUSTER_ROLE_BINDINGS,
        "Pod": PODS,
        "Deployment": DEPLOYMENTS,
        "ReplicaSet": REPLICA_SETS,
        "StatefulSet": STATEFUL_SETS,
        "DaemonSet": DAEMON_SETS,
        "Job": JOBS,
        "CronJob": CRON_JOBS,
        "ReplicationController": REPLICATION_CONTROLLERS,
        "Namespace": NAMESPACES,
        "Node": NODES,
        "ValidatingWebhookConfiguration": VALIDATING_WEBHOOKS,
        "MutatingWebhookConfiguration": MUTATING_WEBHOOKS,
        "CertificateSigningRequest": CSRS,
        "PersistentVolume": PERSISTENT_VOLUMES,
        "ConfigMap": AWS_AUTH,
    }
)


def scope_dir(scope_id: str) -> str:
    """Name the folder of a cluster in a snapshot: `k8s:prod` -> `k8s-prod`. The settings refuse two that share one."""
    return scope_folder(scope_id)
