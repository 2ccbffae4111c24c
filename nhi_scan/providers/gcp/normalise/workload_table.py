"""What runs as a service account: where each kind of record says what it is, as whom it runs, and who may reach it.

Paths are those of each API's own resource. Where one leaves the account out, a default account runs it:
https://cloud.google.com/iam/docs/service-account-types#default
"""

from typing import Literal

from nhi_scan.model.record import record

Default = Literal["", "compute", "app_engine", "cloud_build", "deployments"]


@record
class Row:
    """One sort of workload."""

    kind: str
    asset: str = ""  # record kind of the inventory
    listed: str = ""  # record kind of the API's own list
    service: str  # host in the full resource name
    runs_as: tuple[str, ...] = ()
    served_by: tuple[str, ...] = ()
    default: Default = ""  # who runs it where none of `runs_as` says
    scopes: tuple[str, ...] = ()  # access scopes, which limit its tokens
    environment: tuple[str, ...] = ()  # mappings, or lists of names
    variables: tuple[str, ...] = ()  # lists of objects with a `name`
    labels: str = "labels"
    state: str = ""
    active: tuple[str, ...] = ()  # values of `state`, in lower case
    ingress: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()  # attribute -> path


_RUN_INGRESS = ("ingress", "metadata.annotations.run%googleapis%com/ingress")
_RUN_POD = "spec.template.spec"
_RUN_JOB = "spec.template.spec.template.spec"
_TRIGGER_RUNS_AS = ("serviceAccount", "build.serviceAccount")
_TRIGGER = (
    ("repository", "github.name"),
    ("repository_owner", "github.owner"),
    ("pull_request", "github.pullRequest.branch"),
)

WORKLOADS: tuple[Row, ...] = (
    Row(
        kind="compute_instance",
        asset="asset-compute-instance",
        listed="compute-instances",
        service="compute.googleapis.com",
        runs_as=("serviceAccounts.email",),
        scopes=("serviceAccounts.scopes",),
        state="status",
        active=("provisioning", "staging", "running", "repairing"),
        attributes=(("external_ip", "networkInterfaces.accessConfigs.natIP"),),
    ),
    Row(
        kind="compute_instance_template",
        asset="asset-compute-instance-template",
        listed="compute-instance-templates",
        service="compute.googleapis.com",
        runs_as=("properties.serviceAccounts.email",),
        scopes=("properties.serviceAccounts.scopes",),
        labels="properties.labels",
    ),
    Row(
        kind="cloud_run_service",
        asset="asset-run-service",
        listed="run-services",
        service="run.googleapis.com",
        runs_as=("template.serviceAccount", f"{_RUN_POD}.serviceAccountName"),
        default="compute",
        variables=("template.containers.env", f"{_RUN_POD}.containers.env"),
        ingress=_RUN_INGRESS,
    ),
    Row(
        kind="cloud_run_job",
        asset="asset-run-job",
        listed="run-jobs",
        service="run.googleapis.com",
        runs_as=("template.template.serviceAccount", f"{_RUN_JOB}.serviceAccountName"),
        default="compute",
        variables=("template.template.containers.env", f"{_RUN_JOB}.containers.env"),
    ),
    Row(
        kind="cloud_function",
        asset="asset-cloudfunctions-function",
        listed="functions-functions",
        service="cloudfunctions.googleapis.com",
        runs_as=("serviceConfig.serviceAccountEmail",),
        served_by=("buildConfig.serviceAccount", "eventTrigger.serviceAccountEmail"),
        default="compute",
        environment=("serviceConfig.environmentVariables",),
        state="state",
        active=("active",),
        ingress=("serviceConfig.ingressSettings",),
    ),
    Row(
        kind="cloud_function",
        asset="asset-cloudfunctions-cloud-function",
        service="cloudfunctions.googleapis.com",
        runs_as=("serviceAccountEmail",),
        served_by=("buildServiceAccount",),
        default="app_engine",
        environment=("environmentVariables",),
        state="status",
        active=("active",),
        ingress=("ingressSettings",),
    ),
    Row(
        kind="gke_cluster",
        asset="asset-container-cluster",
        listed="container-clusters",
        service="container.googleapis.com",
        runs_as=(
            "nodePools.config.serviceAccount",
            "nodeConfig.serviceAccount",
            "autoscaling.autoprovisioningNodePoolDefaults.serviceAccount",
        ),
        default="compute",
        scopes=("nodePools.config.oauthScopes", "nodeConfig.oauthScopes"),
        labels="resourceLabels",
        state="status",
        active=("provisioning", "running", "reconciling", "degraded"),
        attributes=(
            ("autopilot", "autopilot.enabled"),
            ("workload_pool", "workloadIdentityConfig.workloadPool"),
            ("endpoint", "endpoint"),
            ("dns_endpoint", "controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint"),
        ),
    ),
    Row(
        kind="gke_node_pool",
        asset="asset-container-node-pool",
        service="container.googleapis.com",
        runs_as=("config.serviceAccount",),
        default="compute",
        scopes=("config.oauthScopes",),
        labels="config.resourceLabels",
        state="status",
        active=("provisioning", "running", "running_with_error", "reconciling"),
        attributes=(("workload_metadata", "config.workloadMetadataConfig.mode"),),
    ),
    Row(
        kind="cloud_build_trigger",
        asset="asset-cloudbuild-build-trigger",
        listed="cloudbuild-triggers",
        service="cloudbuild.googleapis.com",
        runs_as=_TRIGGER_RUNS_AS,
        default="cloud_build",
        labels="",
        attributes=_TRIGGER,
    ),
    Row(
        kind="cloud_build_trigger",
        listed="cloudbuild-regional-triggers",
        service="cloudbuild.googleapis.com",
        runs_as=_TRIGGER_RUNS_AS,
        default="cloud_build",
        labels="",
        attributes=_TRIGGER,
    ),
    Row(
        kind="composer_environment",
        asset="asset-composer-environment",
        listed="composer-environments",
        service="composer.googleapis.com",
        runs_as=("config.nodeConfig.serviceAccount",),
        default="compute",
        scopes=("config.nodeConfig.oauthScopes",),
        environment=("config.softwareConfig.envVariables",),
        state="state",
        active=("creating", "running", "updating"),
        attributes=(("dag_bucket", "config.dagGcsPrefix"),),
    ),
    Row(
        kind="dataflow_job",
        asset="asset-dataflow-job",
        listed="dataflow-jobs",
        service="dataflow.googleapis.com",
        runs_as=("environment.serviceAccountEmail",),
        default="compute",
        state="currentState",
        active=("job_state_running", "job_state_pending", "job_state_queued", "job_state_draining"),
    ),
    Row(
        kind="dataproc_cluster",
        asset="asset-dataproc-cluster",
        listed="dataproc-clusters",
        service="dataproc.googleapis.com",
        runs_as=("config.gceClusterConfig.serviceAccount",),
        default="compute",
        scopes=("config.gceClusterConfig.serviceAccountScopes",),
        state="status.state",
        active=("creating", "running", "updating", "starting"),
    ),
    Row(
        kind="cloud_scheduler_job",
        asset="asset-cloudscheduler-job",
        listed="cloudscheduler-jobs",
        service="cloudscheduler.googleapis.com",
        served_by=("httpTarget.oauthToken.serviceAccountEmail", "httpTarget.oidcToken.serviceAccountEmail"),
        labels="",
        state="state",
        active=("enabled",),
    ),
    Row(
        kind="pubsub_subscription",
        asset="asset-pubsub-subscription",
        listed="pubsub-subscriptions",
        service="pubsub.googleapis.com",
        served_by=("pushConfig.oidcToken.serviceAccountEmail",),
        state="state",
        active=("active",),
    ),
    Row(
        kind="app_engine_version",
        asset="asset-appengine-version",
        listed="appengine-versions",
        service="appengine.googleapis.com",
        runs_as=("serviceAccount",),
        default="app_engine",
        environment=("envVariables",),
        labels="",
        state="servingStatus",
        active=("serving",),
    ),
    Row(
        kind="workflow",
        asset="asset-workflows-workflow",
        listed="workflows-workflows",
        service="workflows.googleapis.com",
        runs_as=("serviceAccount",),
        default="compute",
        environment=("userEnvVars",),
        state="state",
        active=("active",),
    ),
    Row(
        kind="deployment_manager_deployment",
        asset="asset-deploymentmanager-deployment",
        listed="deploymentmanager-deployments",
        service="deploymentmanager.googleapis.com",
        default="deployments",
        labels="",
    ),
    Row(
        kind="vertex_workbench_instance",
        asset="asset-notebooks-instance",
        listed="notebooks-instances",
        service="notebooks.googleapis.com",
        runs_as=("serviceAccount", "gceSetup.serviceAccounts.email"),
        default="compute",
        scopes=("serviceAccountScopes", "gceSetup.serviceAccounts.scopes"),
        state="state",
        active=("active", "starting", "provisioning"),
    ),
    Row(
        kind="vertex_notebook_template",
        asset="asset-aiplatform-notebook-runtime-template",
        listed="aiplatform-notebook-runtime-templates",
        service="aiplatform.googleapis.com",
        runs_as=("serviceAccount",),
    ),
    Row(
        kind="vertex_custom_job",
        asset="asset-aiplatform-custom-job",
        listed="aiplatform-custom-jobs",
        service="aiplatform.googleapis.com",
        runs_as=("jobSpec.serviceAccount",),
        variables=("jobSpec.workerPoolSpecs.containerSpec.env",),
        state="state",
        active=("job_state_queued", "job_state_pending", "job_state_running"),
    ),
    Row(
        kind="vertex_endpoint",
        asset="asset-aiplatform-endpoint",
        listed="aiplatform-endpoints",
        service="aiplatform.googleapis.com",
        runs_as=("deployedModels.serviceAccount",),
    ),
    Row(
        kind="vertex_pipeline_job",
        asset="asset-aiplatform-pipeline-job",
        listed="aiplatform-pipeline-jobs",
        service="aiplatform.googleapis.com",
        runs_as=("serviceAccount",),
        state="state",
        active=("pipeline_state_queued", "pipeline_state_pending", "pipeline_state_running"),
    ),
    Row(
        kind="vertex_reasoning_engine",
        asset="asset-aiplatform-reasoning-engine",
        listed="aiplatform-reasoning-engines",
        service="aiplatform.googleapis.com",
        runs_as=("spec.serviceAccount",),
        variables=("spec.deploymentSpec.env",),
    ),
)
