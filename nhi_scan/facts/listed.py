"""Which record kinds show everything of a sort: without them nothing may be called absent."""

from collections.abc import Mapping

# (provider, sort) -> alternatives, each of record kinds that must all be complete. A sort of identities is named by its
# kind. On Google Cloud the first is the sweep over an organization, the second what is asked project by project; on
# Azure the first is Resource Graph, which sees all subscriptions at once, the second what is asked in each of them.
KINDS: Mapping[tuple[str, str], tuple[tuple[str, ...], ...]] = {
    ("aws", "iam_user"): (("iam-users",),),
    ("aws", "iam_role"): (("iam-roles",),),
    ("azure", "service_principal"): (("graph-service-principals",),),
    ("azure", "managed_identity"): (("graph-service-principals",),),
    ("azure", "app"): (("graph-applications",),),
    ("azure", "agent_identity"): (("graph-agent-identities",),),
    ("azure", "agent_user"): (("graph-agent-users",),),
    ("azure", "blueprints"): (("graph-service-principals", "graph-agent-blueprint-principals"),),
    ("azure", "secrets"): (("graph-applications", "graph-service-principals"),),
    ("azure", "risks"): (("graph-risky-service-principals",),),
    ("azure", "resource_bindings"): (("arg-role-assignments",), ("arm-role-assignments",)),
    ("azure", "directory_bindings"): (("graph-directory-role-assignments",),),
    ("azure", "bindings"): (
        ("arg-role-assignments", "graph-directory-role-assignments", "graph-app-role-assignments"),
        ("arm-role-assignments", "graph-directory-role-assignments", "graph-app-role-assignments"),
    ),
    ("azure", "delegations"): (("graph-oauth2-permission-grants",),),
    ("azure", "workloads"): (("arg-resources",), ("arm-resources",)),
    ("azure", "federation"): (("arm-federated-credentials",),),
    ("azure", "application_federation"): (("graph-federated-credentials",),),
    ("azure", "members"): (("graph-group-members",),),
    ("gcp", "service_account"): (("asset-iam-service-account",), ("iam-service-accounts",)),
    ("gcp", "bindings"): (("asset-iam-policies",), ("crm-iam-policies",)),
    ("gcp", "resource_bindings"): (("asset-iam-policies",),),
    ("gcp", "storage_bucket_bindings"): (("asset-iam-policies",), ("storage-bucket-policies",)),
    ("gcp", "keys"): (("asset-iam-service-account-key",), ("iam-service-account-keys",)),
    ("gcp", "api_keys"): (("asset-apikeys-key",), ("apikeys-keys",)),
    ("gcp", "projects"): (("asset-cloudresourcemanager-project",),),
    ("gcp", "pools"): (("iam-workload-identity-pools", "iam-workload-identity-pool-providers"),),
    ("gcp", "recommendations"): (("recommender-iam-recommendations",),),
    ("gcp", "insights"): (("recommender-service-account-insights",),),
    ("gcp", "members"): (("cloudidentity-memberships",),),
    ("github", "repository"): (("github-repositories",),),
    ("kubernetes", "service_account"): (("k8s-serviceaccounts",),),
}

# Record kinds of all that runs as a service account of Kubernetes: pods, and what makes them.
RUN_AS_ON_KUBERNETES = (
    "k8s-cronjobs",
    "k8s-daemonsets",
    "k8s-deployments",
    "k8s-jobs",
    "k8s-pods",
    "k8s-replicasets",
    "k8s-replicationcontrollers",
    "k8s-statefulsets",
)

# Record kinds of all workloads that can run as a service account of Google Cloud: those of its own project. Another
# project's can where `iam.disableCrossProjectServiceAccountUsage` was switched off, which Google has on by default
# (https://cloud.google.com/iam/docs/attach-service-accounts#attaching-different-project).
RUN_AS_SERVICE_ACCOUNT = (
    "asset-aiplatform-custom-job",
    "asset-aiplatform-endpoint",
    "asset-aiplatform-notebook-runtime-template",
    "asset-aiplatform-pipeline-job",
    "asset-aiplatform-reasoning-engine",
    "asset-appengine-version",
    "asset-cloudbuild-build-trigger",
    "asset-cloudfunctions-cloud-function",
    "asset-cloudfunctions-function",
    "asset-cloudscheduler-job",
    "asset-composer-environment",
    "asset-compute-instance",
    "asset-compute-instance-template",
    "asset-container-cluster",
    "asset-container-node-pool",
    "asset-dataflow-job",
    "asset-dataproc-cluster",
    "asset-notebooks-instance",
    "asset-pubsub-subscription",
    "asset-run-job",
    "asset-run-service",
    "asset-workflows-workflow",
)
