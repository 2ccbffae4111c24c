"""Whom and what the organization's guardrails do not reach."""

from nhi_scan.access.aws.principal import Principal

RCP_SERVICES = frozenset(
    {
        "aoss",
        "appconfig",
        "appstream",
        "autoscaling",
        "autoscaling-plans",
        "budgets",
        "clouddirectory",
        "cloudfront",
        "cloudsearch",
        "cloudtrail-data",
        "codeartifact",
        "codebuild",
        "codecommit",
        "codepipeline",
        "cognito-identity",
        "cognito-idp",
        "comprehend",
        "comprehendmedical",
        "compute-optimizer",
        "cost-optimization-hub",
        "dax",
        "dsql",
        "dynamodb",
        "ecr",
        "ecr-public",
        "events",
        "firehose",
        "fis",
        "fms",
        "gamelift",
        "health",
        "inspector-scan",
        "kendra",
        "kinesisvideo",
        "kms",
        "logs",
        "memorydb",
        "networkmonitor",
        "notifications",
        "opensearch",
        "pca-connector-ad",
        "personalize",
        "polly",
        "pricing",
        "resource-groups",
        "rolesanywhere",
        "s3",
        "secretsmanager",
        "servicediscovery",
        "signin",
        "sqs",
        "sts",
        "support",
        "swf",
        "textract",
        "timestream-influxdb",
        "transcribe",
        "transfer",
        "translate",
        "wafv2",
        "workspaces",
        "xray",
    },
)
"""Services, by the prefix of their actions, whose resources RCPs can guard, as the page lists them in September 2026.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
"""

_SERVICE_LINKED_ROLE = ":role/aws-service-role/"

RCP_EXEMPT_ACTIONS = frozenset({"kms:retiregrant"})
"""https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#actions-not-restricted-by-rcps"""


def scps_apply(principal: Principal) -> bool:
    """SCPs limit users, roles, their sessions and the root user of member accounts, and no service-linked role.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#not-restricted-by-scp
    """
    return principal.in_account and not principal.service_linked


def rcps_apply(principal: Principal, action: str, resource: str) -> bool:
    """RCPs limit everyone who asks for a resource of these services, but service-linked roles and who becomes one.

    https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#actions-not-restricted-by-rcps

    Args:
        principal: who asks.
        action: in lower case.
        resource: its ARN.
    """
    if principal.service_linked or action in RCP_EXEMPT_ACTIONS or _SERVICE_LINKED_ROLE in resource:
        return False
    return action.partition(":")[0] in RCP_SERVICES
