"""Which record kinds must be complete before "no workload uses it" can be said."""

import re
from collections.abc import Iterable

from nhi_scan.facts.listed import RUN_AS_ON_KUBERNETES, RUN_AS_SERVICE_ACCOUNT
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Trust

# AWS service principal that a role trusts -> record kinds that show every use which that service makes of a role. A
# service whose uses are not all collected is not here: whether a role for it is in use is then unknown. Not here, for
# example: `apigateway` (stands in every method), `firehose`, `logs`, `rds` (option groups), `s3` (replication), `ssm`.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html (service principals)
RUNS_AS: dict[str, tuple[str, ...]] = {
    "apprunner.amazonaws.com": ("apprunner-services",),
    "appsync.amazonaws.com": ("appsync-apis", "appsync-data-sources"),
    "backup.amazonaws.com": ("backup-plans", "backup-selections"),
    "batch.amazonaws.com": ("batch-compute-environments",),
    "bedrock-agentcore.amazonaws.com": (
        "bedrock-agentcore-browsers",
        "bedrock-agentcore-code-interpreters",
        "bedrock-agentcore-gateways",
        "bedrock-agentcore-runtimes",
    ),
    "bedrock.amazonaws.com": ("bedrock-agents", "bedrock-flows", "bedrock-knowledge-bases"),
    "build.apprunner.amazonaws.com": ("apprunner-services",),
    "cloudformation.amazonaws.com": ("cloudformation-stack-sets", "cloudformation-stacks"),
    "cloudtrail.amazonaws.com": ("cloudtrail-trails",),
    "codebuild.amazonaws.com": ("codebuild-projects",),
    "codepipeline.amazonaws.com": ("codepipeline-pipelines",),
    "config.amazonaws.com": ("config-aggregators", "config-recorders"),
    "ec2.amazonaws.com": (
        "autoscaling-launch-configurations",
        "ec2-instances",
        "ec2-launch-template-versions",
        "ec2-spot-fleet-requests",
        "iam-instance-profiles",
    ),
    "ecs-tasks.amazonaws.com": ("batch-job-definitions", "ecs-task-definitions"),
    "edgelambda.amazonaws.com": ("lambda-functions",),
    "eks.amazonaws.com": ("eks-clusters",),
    "events.amazonaws.com": ("events-endpoints", "events-rules", "events-targets"),
    "glue.amazonaws.com": ("glue-crawlers", "glue-dev-endpoints", "glue-jobs"),
    "lambda.amazonaws.com": ("lambda-functions",),
    "monitoring.rds.amazonaws.com": ("rds-clusters", "rds-instances"),
    "pods.eks.amazonaws.com": ("eks-pod-identity-associations",),
    "redshift-serverless.amazonaws.com": ("redshift-serverless-namespaces",),
    "redshift.amazonaws.com": ("redshift-clusters", "redshift-serverless-namespaces"),
    "rolesanywhere.amazonaws.com": ("rolesanywhere-profiles",),
    "sagemaker.amazonaws.com": (
        "sagemaker-domains",
        "sagemaker-models",
        "sagemaker-notebook-instances",
        "sagemaker-pipelines",
    ),
    "scheduler.amazonaws.com": ("scheduler-schedules",),
    "spotfleet.amazonaws.com": ("ec2-spot-fleet-requests",),
    "states.amazonaws.com": ("stepfunctions-state-machines",),
    "tasks.apprunner.amazonaws.com": ("apprunner-services",),
    "vpc-flow-logs.amazonaws.com": ("ec2-flow-logs",),
}

_REGION = re.compile(r"\.[a-z]{2}(-[a-z]+)+-\d(?=\.amazonaws\.com$)")


def trusts_a_service(trusts: Iterable[Trust]) -> bool:
    """Whether a service may become the identity, so that something there should run as it or be served by it."""
    return any(trust.subject_kind == "service" for trust in trusts)


def kinds_that_run_as(identity: Identity, trusts: Iterable[Trust]) -> tuple[str, ...]:
    """Name the record kinds of all workloads that could run as an identity that these trust.

    Returns:
        Sorted record kinds; empty where it trusts no service, or one whose workloads are not all collected:
        then nothing can be said about the workloads it should have. Anything of Google Cloud's can run as a service
        account there: no trust says so.
    """
    if identity.kind == "service_account":
        return RUN_AS_ON_KUBERNETES if identity.provider == "kubernetes" else RUN_AS_SERVICE_ACCOUNT
    kinds: set[str] = set()
    for trust in trusts:
        if trust.subject_kind != "service":
            continue
        found = RUNS_AS.get(_plain(trust.subject))
        if found is None:
            return ()
        kinds.update(found)
    return tuple(sorted(kinds))


def _plain(service: str) -> str:
    """`states.eu-west-1.amazonaws.com` is `states.amazonaws.com`, and China's names end in `.cn`."""
    return _REGION.sub("", service.lower().removesuffix(".cn"))
