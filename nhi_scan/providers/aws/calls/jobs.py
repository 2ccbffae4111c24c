"""Calls about builds, jobs, pipelines, schedules and stacks, and the roles they run as."""

from nhi_scan.providers import Call

_BATCH_CONTAINERS = (
    "containerProperties",
    "nodeProperties.nodeRangeProperties.container",
    "ecsProperties.taskProperties.containers",
    "nodeProperties.nodeRangeProperties.ecsProperties.taskProperties.containers",
)
_BATCH_PODS = (
    "eksProperties.podProperties.containers",
    "eksProperties.podProperties.initContainers",
    "nodeProperties.nodeRangeProperties.eksProperties.podProperties.containers",
    "nodeProperties.nodeRangeProperties.eksProperties.podProperties.initContainers",
)

_BUILDS = (
    Call(
        kind="codebuild-project-names",
        service="codebuild",
        operation="list_projects",
        result="projects[].{name: @}",
        permissions=("codebuild:ListProjects",),
    ),
    Call(
        kind="codebuild-projects",
        service="codebuild",
        operation="batch_get_projects",
        for_each="codebuild-project-names",
        params={"names": ["$.name"]},
        batch=100,
        result="projects",
        permissions=("codebuild:BatchGetProjects",),
        drop=(
            "environment.environmentVariables.value",
            "environment.certificate",
            "source.buildspec",
            "secondarySources.buildspec",
            "webhook.secret",
            "webhook.payloadUrl",
        ),
    ),
    Call(
        kind="glue-jobs",
        service="glue",
        operation="get_jobs",
        params={"MaxResults": 200},
        result="Jobs",
        permissions=("glue:GetJobs",),
        drop=(
            "DefaultArguments.*",
            "NonOverridableArguments.*",
            "CodeGenConfigurationNodes",
            "SourceControlDetails.AuthToken",
        ),
    ),
    Call(
        kind="glue-dev-endpoints",
        service="glue",
        operation="get_dev_endpoints",
        result="DevEndpoints",
        permissions=("glue:GetDevEndpoints",),
        drop=("Arguments.*", "PublicKey", "PublicKeys"),
    ),
)

_SAGEMAKER = (
    Call(
        kind="sagemaker-notebook-instance-names",
        service="sagemaker",
        operation="list_notebook_instances",
        params={"MaxResults": 100},
        result="NotebookInstances",
        permissions=("sagemaker:ListNotebookInstances",),
    ),
    Call(
        kind="sagemaker-notebook-instances",
        service="sagemaker",
        operation="describe_notebook_instance",
        for_each="sagemaker-notebook-instance-names",
        params={"NotebookInstanceName": "$.NotebookInstanceName"},
        result="@",
        permissions=("sagemaker:DescribeNotebookInstance",),
    ),
    Call(
        kind="sagemaker-model-names",
        service="sagemaker",
        operation="list_models",
        params={"MaxResults": 100},
        result="Models",
        permissions=("sagemaker:ListModels",),
    ),
    Call(
        kind="sagemaker-models",
        service="sagemaker",
        operation="describe_model",
        for_each="sagemaker-model-names",
        params={"ModelName": "$.ModelName"},
        result="@",
        permissions=("sagemaker:DescribeModel",),
        drop=("PrimaryContainer.Environment.*", "Containers.Environment.*", "DeploymentRecommendation"),
    ),
    Call(
        kind="sagemaker-domain-ids",
        service="sagemaker",
        operation="list_domains",
        params={"MaxResults": 100},
        result="Domains",
        permissions=("sagemaker:ListDomains",),
    ),
    Call(
        kind="sagemaker-domains",
        service="sagemaker",
        operation="describe_domain",
        for_each="sagemaker-domain-ids",
        params={"DomainId": "$.DomainId"},
        result="@",
        permissions=("sagemaker:DescribeDomain",),
        absent=("ResourceNotFound",),
    ),
    Call(
        kind="sagemaker-pipelines",
        service="sagemaker",
        operation="list_pipelines",
        params={"MaxResults": 100},
        result="PipelineSummaries",
        permissions=("sagemaker:ListPipelines",),
        note="the list names the role; training jobs are history, and there is no end to them",
    ),
)

_ORCHESTRATION = (
    Call(
        kind="stepfunctions-state-machine-arns",
        service="stepfunctions",
        operation="list_state_machines",
        params={"maxResults": 1000},
        result="stateMachines",
        permissions=("states:ListStateMachines",),
    ),
    Call(
        kind="stepfunctions-state-machines",
        service="stepfunctions",
        operation="describe_state_machine",
        for_each="stepfunctions-state-machine-arns",
        params={"stateMachineArn": "$.stateMachineArn", "includedData": "METADATA_ONLY"},
        result="@",
        permissions=("states:DescribeStateMachine",),
        absent=("StateMachineDoesNotExist",),
        drop=("definition", "variableReferences"),
        note="without its definition, which would need kms:Decrypt where it is encrypted",
    ),
    Call(
        kind="batch-job-definitions",
        service="batch",
        operation="describe_job_definitions",
        params={"status": "ACTIVE", "maxResults": 100},
        result="jobDefinitions",
        permissions=("batch:DescribeJobDefinitions",),
        drop=(
            "parameters.*",
            *(
                f"{container}.{secret}"
                for container in _BATCH_CONTAINERS
                for secret in ("environment.value", "command", "logConfiguration.options.*")
            ),
            *(f"{container}.firelensConfiguration.options.*" for container in _BATCH_CONTAINERS[2:]),
            *(f"{pod}.{secret}" for pod in _BATCH_PODS for secret in ("env.value", "command", "args")),
        ),
    ),
    Call(
        kind="batch-compute-environments",
        service="batch",
        operation="describe_compute_environments",
        params={"maxResults": 100},
        result="computeEnvironments",
        permissions=("batch:DescribeComputeEnvironments",),
    ),
    Call(
        kind="scheduler-schedule-names",
        service="scheduler",
        operation="list_schedules",
        params={"MaxResults": 100},
        result="Schedules",
        permissions=("scheduler:ListSchedules",),
    ),
    Call(
        kind="scheduler-schedules",
        service="scheduler",
        operation="get_schedule",
        for_each="scheduler-schedule-names",
        params={"Name": "$.Name", "GroupName": "$.GroupName"},
        result="@",
        permissions=("scheduler:GetSchedule",),
        absent=("ResourceNotFoundException",),
        drop=("Target.Input", "Target.SageMakerPipelineParameters", "Target.EventBridgePutRawEventsParameters"),
        note="only the description names the role",
    ),
)

_STACKS = (
    Call(
        kind="cloudformation-stacks",
        service="cloudformation",
        operation="describe_stacks",
        result="Stacks",
        permissions=("cloudformation:DescribeStacks",),
        drop=(
            "Parameters.ParameterValue",
            "Parameters.ResolvedValue",
            "Outputs.OutputValue",
            "StackStatusReason",
        ),
    ),
    Call(
        kind="cloudformation-stack-set-names",
        service="cloudformation",
        operation="list_stack_sets",
        params={"Status": "ACTIVE", "MaxResults": 100},
        result="Summaries",
        permissions=("cloudformation:ListStackSets",),
    ),
    Call(
        kind="cloudformation-stack-sets",
        service="cloudformation",
        operation="describe_stack_set",
        for_each="cloudformation-stack-set-names",
        params={"StackSetName": "$.StackSetName"},
        result="StackSet",
        permissions=("cloudformation:DescribeStackSet",),
        absent=("StackSetNotFoundException",),
        drop=("TemplateBody", "Parameters.ParameterValue", "Parameters.ResolvedValue"),
    ),
    Call(
        kind="apprunner-service-arns",
        service="apprunner",
        operation="list_services",
        result="ServiceSummaryList",
        permissions=("apprunner:ListServices",),
    ),
    Call(
        kind="apprunner-services",
        service="apprunner",
        operation="describe_service",
        for_each="apprunner-service-arns",
        params={"ServiceArn": "$.ServiceArn"},
        result="Service",
        permissions=("apprunner:DescribeService",),
        absent=("ResourceNotFoundException",),
        drop=(
            *(
                f"SourceConfiguration.CodeRepository.CodeConfiguration.CodeConfigurationValues.{secret}"
                for secret in ("RuntimeEnvironmentVariables.*", "BuildCommand", "StartCommand")
            ),
            "SourceConfiguration.ImageRepository.ImageConfiguration.RuntimeEnvironmentVariables.*",
            "SourceConfiguration.ImageRepository.ImageConfiguration.StartCommand",
        ),
    ),
)

CALLS: tuple[Call, ...] = (*_BUILDS, *_SAGEMAKER, *_ORCHESTRATION, *_STACKS)
