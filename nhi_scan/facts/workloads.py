"""Which record kinds must be complete before "no workload uses it" can be said."""

from collections.abc import Iterable

from nhi_scan.model.policy import Trust

# AWS service principal that a role trusts -> record kinds that hold every workload it can run as that role.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html (service principals)
RUNS_AS: dict[str, tuple[str, ...]] = {
    "apprunner.amazonaws.com": ("apprunner-services",),
    "batch.amazonaws.com": ("batch-compute-environments",),
    "bedrock-agentcore.amazonaws.com": (
        "bedrock-agentcore-browsers",
        "bedrock-agentcore-code-interpreters",
        "bedrock-agentcore-gateways",
        "bedrock-agentcore-runtimes",
    ),
    "bedrock.amazonaws.com": ("bedrock-agents",),
    "build.apprunner.amazonaws.com": ("apprunner-services",),
    "cloudformation.amazonaws.com": ("cloudformation-stack-sets", "cloudformation-stacks"),
    "codebuild.amazonaws.com": ("codebuild-projects",),
    "ec2.amazonaws.com": ("ec2-instances", "ec2-launch-template-versions", "iam-instance-profiles"),
    "ecs-tasks.amazonaws.com": ("batch-job-definitions", "ecs-task-definitions"),
    "eks.amazonaws.com": ("eks-clusters",),
    "glue.amazonaws.com": ("glue-dev-endpoints", "glue-jobs"),
    "lambda.amazonaws.com": ("lambda-functions",),
    "pods.eks.amazonaws.com": ("eks-pod-identity-associations",),
    "rolesanywhere.amazonaws.com": ("rolesanywhere-profiles",),
    "sagemaker.amazonaws.com": (
        "sagemaker-domains",
        "sagemaker-models",
        "sagemaker-notebook-instances",
        "sagemaker-pipelines",
    ),
    "scheduler.amazonaws.com": ("scheduler-schedules",),
    "states.amazonaws.com": ("stepfunctions-state-machines",),
    "tasks.apprunner.amazonaws.com": ("apprunner-services",),
}


def kinds_that_run_as(trusts: Iterable[Trust]) -> tuple[str, ...]:
    """Name the record kinds of all workloads that could run as the trusting identity.

    Returns:
        Sorted record kinds; empty where it trusts no compute service, or one whose workloads are not collected:
        then nothing can be said about the workloads it should have.
    """
    kinds: set[str] = set()
    for trust in trusts:
        if trust.subject_kind != "service":
            continue
        if trust.subject not in RUNS_AS:
            return ()
        kinds.update(RUNS_AS[trust.subject])
    return tuple(sorted(kinds))
