"""Which record kinds are workloads, and where in a record its identity stands: data, read by `workloads.py`.

A path is a dotted list of fields; lists on the way are entered. Shapes are those of botocore's service models.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """Records of another kind that say more about a workload: the targets of a rule."""

    record: str  # record kind
    of: str  # field of a child's `of` that names its parent
    key: str  # path to the same in the parent
    served_by: tuple[str, ...] = ()  # as in `Row`


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How to read one record kind as workloads."""

    record: str  # record kind
    kind: str  # `Workload.kind`
    id: str = ""  # path to its ARN
    arn: str = ""  # where it has none: `<service>:<the ARN's tail with {name}>`
    name: str
    children: tuple[Child, ...] = ()
    runs_as: tuple[str, ...] = ()  # paths to roles whose permissions its code gets: ARNs, or names of this account
    profiles: tuple[str, ...] = ()  # paths to instance profiles: ARNs or names
    served_by: tuple[str, ...] = ()  # paths to roles that the platform uses for it
    environment: tuple[str, ...] = ()  # paths to names of variables, or to objects whose field names they are
    state: str = ""  # path to the word that says whether it is active
    active: frozenset[str] = frozenset()  # the words that mean yes, lower case
    needs_role: bool = False  # left out where no role is named: it is then no workload of its own


WORKLOADS: tuple[Row, ...] = (
    Row(
        record="codebuild-projects",
        kind="codebuild_project",
        id="arn",
        name="name",
        runs_as=("serviceRole",),
        environment=("environment.environmentVariables.name",),
    ),
    Row(
        record="glue-jobs",
        kind="glue_job",
        arn="glue:job/{name}",
        name="Name",
        runs_as=("Role",),
        environment=("DefaultArguments", "NonOverridableArguments"),
    ),
    Row(
        record="glue-dev-endpoints",
        kind="glue_dev_endpoint",
        arn="glue:devEndpoint/{name}",
        name="EndpointName",
        runs_as=("RoleArn",),
        state="Status",
        active=frozenset({"ready"}),
    ),
    Row(
        record="sagemaker-notebook-instances",
        kind="sagemaker_notebook",
        id="NotebookInstanceArn",
        name="NotebookInstanceName",
        runs_as=("RoleArn",),
        state="NotebookInstanceStatus",
        active=frozenset({"inservice", "pending", "updating"}),
    ),
    Row(
        record="sagemaker-models",
        kind="sagemaker_model",
        id="ModelArn",
        name="ModelName",
        runs_as=("ExecutionRoleArn",),
        environment=("PrimaryContainer.Environment", "Containers.Environment"),
    ),
    Row(
        record="sagemaker-domains",
        kind="sagemaker_domain",
        id="DomainArn",
        name="DomainName",
        runs_as=("DefaultUserSettings.ExecutionRole", "DefaultSpaceSettings.ExecutionRole"),
        state="Status",
        active=frozenset({"inservice"}),
    ),
    Row(
        record="sagemaker-pipelines",
        kind="sagemaker_pipeline",
        id="PipelineArn",
        name="PipelineName",
        runs_as=("RoleArn",),
    ),
    Row(
        record="stepfunctions-state-machines",
        kind="state_machine",
        id="stateMachineArn",
        name="name",
        runs_as=("roleArn",),
        state="status",
        active=frozenset({"active"}),
    ),
    Row(
        record="batch-job-definitions",
        kind="batch_job_definition",
        id="jobDefinitionArn",
        name="jobDefinitionName",
        runs_as=(
            "containerProperties.jobRoleArn",
            "ecsProperties.taskProperties.taskRoleArn",
            "nodeProperties.nodeRangeProperties.container.jobRoleArn",
            "nodeProperties.nodeRangeProperties.ecsProperties.taskProperties.taskRoleArn",
        ),
        served_by=(
            "containerProperties.executionRoleArn",
            "ecsProperties.taskProperties.executionRoleArn",
            "nodeProperties.nodeRangeProperties.container.executionRoleArn",
            "nodeProperties.nodeRangeProperties.ecsProperties.taskProperties.executionRoleArn",
        ),
        environment=(
            "containerProperties.environment.name",
            "ecsProperties.taskProperties.containers.environment.name",
            "nodeProperties.nodeRangeProperties.container.environment.name",
            "nodeProperties.nodeRangeProperties.ecsProperties.taskProperties.containers.environment.name",
            "eksProperties.podProperties.containers.env.name",
        ),
        state="status",
        active=frozenset({"active"}),
    ),
    Row(
        record="batch-compute-environments",
        kind="batch_compute_environment",
        id="computeEnvironmentArn",
        name="computeEnvironmentName",
        profiles=("computeResources.instanceRole",),
        served_by=("serviceRole", "computeResources.spotIamFleetRole"),
        state="state",
        active=frozenset({"enabled"}),
    ),
    Row(
        record="scheduler-schedules",
        kind="schedule",
        id="Arn",
        name="Name",
        runs_as=("Target.RoleArn",),
        state="State",
        active=frozenset({"enabled"}),
    ),
    Row(
        record="cloudformation-stacks",
        kind="cloudformation_stack",
        id="StackId",
        name="StackName",
        runs_as=("RoleARN",),
        needs_role=True,  # without one a stack acts with the permissions of whoever calls
    ),
    Row(
        record="cloudformation-stack-sets",
        kind="cloudformation_stack_set",
        id="StackSetARN",
        name="StackSetName",
        runs_as=("AdministrationRoleARN",),
        state="Status",
        active=frozenset({"active"}),
        needs_role=True,
    ),
    Row(
        record="apprunner-services",
        kind="apprunner_service",
        id="ServiceArn",
        name="ServiceName",
        runs_as=("InstanceConfiguration.InstanceRoleArn",),
        served_by=("SourceConfiguration.AuthenticationConfiguration.AccessRoleArn",),
        environment=(
            "SourceConfiguration.CodeRepository.CodeConfiguration.CodeConfigurationValues.RuntimeEnvironmentVariables",
            "SourceConfiguration.ImageRepository.ImageConfiguration.RuntimeEnvironmentVariables",
        ),
        state="Status",
        active=frozenset({"running", "operation_in_progress"}),
    ),
    Row(
        record="bedrock-agents",
        kind="bedrock_agent",
        id="agentArn",
        name="agentName",
        runs_as=("agentResourceRoleArn",),
        state="agentStatus",
        active=frozenset({"prepared", "not_prepared", "preparing", "updating", "versioning"}),
    ),
    Row(
        record="bedrock-agentcore-runtimes",
        kind="agentcore_runtime",
        id="agentRuntimeArn",
        name="agentRuntimeName",
        runs_as=("roleArn",),
        environment=("environmentVariables",),
        state="status",
        active=frozenset({"ready", "updating"}),
    ),
    Row(
        record="bedrock-agentcore-code-interpreters",
        kind="agentcore_code_interpreter",
        id="codeInterpreterArn",
        name="name",
        runs_as=("executionRoleArn",),
        state="status",
        active=frozenset({"ready"}),
    ),
    Row(
        record="bedrock-agentcore-browsers",
        kind="agentcore_browser",
        id="browserArn",
        name="name",
        runs_as=("executionRoleArn",),
        state="status",
        active=frozenset({"ready"}),
    ),
    Row(
        record="bedrock-agentcore-gateways",
        kind="agentcore_gateway",
        id="gatewayArn",
        name="name",
        runs_as=("roleArn",),
        state="status",
        active=frozenset({"ready", "updating"}),
    ),
    Row(
        record="rolesanywhere-profiles",
        kind="rolesanywhere_profile",
        id="profileArn",
        name="name",
        runs_as=("roleArns",),
        state="enabled",
        active=frozenset({"true"}),
    ),
    Row(
        record="eks-clusters",
        kind="eks_cluster",
        id="arn",
        name="name",
        served_by=("roleArn",),
        state="status",
        active=frozenset({"active", "updating"}),
    ),
    Row(
        record="eks-pod-identity-associations",
        kind="eks_pod_identity",
        id="associationArn",
        name="serviceAccount",
        runs_as=("roleArn", "targetRoleArn"),
    ),
)
