"""Calls about managed services that act through roles, and about tags that lists of other services leave out.

Here is what one list in a region tells, or one call for each thing in it. A service whose roles stand only in the
description of each of very many things (a log group, a bucket's replication, an API's method) is not here: a role that
trusts such a service is one of which nobody can say whether it is in use.
"""

from typing import Any

from nhi_scan.providers import Call

# Types whose own lists and descriptions have no tags. A type is written as it stands in ARNs:
# https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
_WITHOUT_TAGS = (
    "apprunner:service",
    "bedrock:agent",
    "bedrock:flow",
    "bedrock:knowledge-base",
    "codepipeline",
    "dynamodb:table",
    "ec2:launch-template",
    "ecr:repository",
    "events:rule",
    "glue:crawler",
    "glue:devEndpoint",
    "glue:job",
    "kms:key",
    "lambda:function",
    "rds:db-proxy",
    "s3:bucket",
    "sagemaker:domain",
    "sagemaker:model",
    "sagemaker:notebook-instance",
    "sagemaker:pipeline",
    "sns",
    "sqs",
    "ssm:parameter",
    "states:stateMachine",
)


def _listed(kind: str, operation: str, result: str, permission: str, **more: Any) -> Call:
    """A list that is asked for once in a region."""
    service = more.pop("service", kind.partition("-")[0])
    return Call(kind=kind, service=service, operation=operation, result=result, permissions=(permission,), **more)


_DATABASES = (
    _listed(
        "rds-clusters",
        "describe_db_clusters",
        "DBClusters",
        "rds:DescribeDBClusters",
        params={"MaxRecords": 100},
        drop=("PendingModifiedValues",),
        note="answers for Neptune and DocumentDB as well",
    ),
    _listed(
        "rds-instances",
        "describe_db_instances",
        "DBInstances",
        "rds:DescribeDBInstances",
        params={"MaxRecords": 100},
        drop=("PendingModifiedValues",),
    ),
    _listed(
        "rds-proxies",
        "describe_db_proxies",
        "DBProxies",
        "rds:DescribeDBProxies",
        params={"MaxRecords": 100},
        drop=("Auth",),
    ),
    _listed(
        "redshift-clusters",
        "describe_clusters",
        "Clusters",
        "redshift:DescribeClusters",
        params={"MaxRecords": 100},
        drop=("PendingModifiedValues",),
    ),
    _listed(
        "redshift-serverless-namespaces",
        "list_namespaces",
        "namespaces",
        "redshift-serverless:ListNamespaces",
        service="redshift-serverless",
        params={"maxResults": 100},
    ),
)

_EVENTS = (
    _listed("events-buses", "list_event_buses", "EventBuses", "events:ListEventBuses", params={"Limit": 100}),
    _listed(
        "events-rules",
        "list_rules",
        "Rules",
        "events:ListRules",
        for_each="events-buses",
        params={"EventBusName": "$.Name", "Limit": 100},
        absent=("ResourceNotFoundException",),
    ),
    _listed(
        "events-targets",
        "list_targets_by_rule",
        "Targets[].{Id: Id, Arn: Arn, RoleArn: RoleArn}",
        "events:ListTargetsByRule",
        for_each="events-rules",
        only_if="!ManagedBy",
        params={"Rule": "$.Name", "EventBusName": "$.EventBusName", "Limit": 100},
        keep=("Arn",),
        absent=("ResourceNotFoundException",),
        note="without the input that a rule passes on; rules that a service made for itself use that service's role",
    ),
    _listed("events-endpoints", "list_endpoints", "Endpoints", "events:ListEndpoints", params={"MaxResults": 100}),
)

_RECORDS = (
    _listed(
        "config-recorders",
        "describe_configuration_recorders",
        "ConfigurationRecorders",
        "config:DescribeConfigurationRecorders",
    ),
    _listed(
        "config-aggregators",
        "describe_configuration_aggregators",
        "ConfigurationAggregators",
        "config:DescribeConfigurationAggregators",
        params={"Limit": 100},
    ),
    _listed(
        "cloudtrail-trails",
        "describe_trails",
        "trailList",
        "cloudtrail:DescribeTrails",
        params={"includeShadowTrails": False},
        note="each trail in its home region only",
    ),
    _listed("ec2-flow-logs", "describe_flow_logs", "FlowLogs", "ec2:DescribeFlowLogs", params={"MaxResults": 1000}),
    _listed("backup-plans", "list_backup_plans", "BackupPlansList", "backup:ListBackupPlans"),
    _listed(
        "backup-selections",
        "list_backup_selections",
        "BackupSelectionsList",
        "backup:ListBackupSelections",
        for_each="backup-plans",
        params={"BackupPlanId": "$.BackupPlanId"},
        keep=("BackupPlanArn",),
        absent=("ResourceNotFoundException",),
    ),
)

_FLEETS = (
    _listed(
        "autoscaling-launch-configurations",
        "describe_launch_configurations",
        "LaunchConfigurations",
        "autoscaling:DescribeLaunchConfigurations",
        params={"MaxRecords": 100},
        drop=("UserData",),
    ),
    _listed(
        "ec2-spot-fleet-requests",
        "describe_spot_fleet_requests",
        "SpotFleetRequestConfigs[].{SpotFleetRequestId: SpotFleetRequestId, State: SpotFleetRequestState, Tags: Tags,"
        " IamFleetRole: SpotFleetRequestConfig.IamFleetRole,"
        " Profiles: SpotFleetRequestConfig.LaunchSpecifications[].IamInstanceProfile}",
        "ec2:DescribeSpotFleetRequests",
        params={"MaxResults": 1000},
        note="without what its machines are launched with",
    ),
)

_PIPELINES = (
    _listed("codepipeline-names", "list_pipelines", "pipelines", "codepipeline:ListPipelines"),
    _listed(
        "codepipeline-pipelines",
        "get_pipeline",
        "{pipelineArn: metadata.pipelineArn, name: pipeline.name, roleArn: pipeline.roleArn,"
        " actionRoles: pipeline.stages[].actions[].roleArn}",
        "codepipeline:GetPipeline",
        for_each="codepipeline-names",
        params={"name": "$.name"},
        absent=("PipelineNotFoundException",),
        note="only the description names the roles; what its actions are configured with stays out",
    ),
    _listed("glue-crawlers", "get_crawlers", "Crawlers", "glue:GetCrawlers", params={"MaxResults": 1000}),
    _listed(
        "appsync-apis",
        "list_graphql_apis",
        "graphqlApis",
        "appsync:ListGraphqlApis",
        params={"maxResults": 25},
    ),
    _listed(
        "appsync-data-sources",
        "list_data_sources",
        "dataSources[].{dataSourceArn: dataSourceArn, name: name, serviceRoleArn: serviceRoleArn}",
        "appsync:ListDataSources",
        for_each="appsync-apis",
        params={"apiId": "$.apiId", "maxResults": 25},
        keep=("arn",),
        absent=("NotFoundException",),
    ),
)

# What lets people or devices in by an identity provider of the account, besides its roles.
_GATES = (
    _listed(
        "cognito-identity-pool-ids",
        "list_identity_pools",
        "IdentityPools",
        "cognito-identity:ListIdentityPools",
        service="cognito-identity",
        params={"MaxResults": 60},
    ),
    _listed(
        "cognito-identity-pools",
        "describe_identity_pool",
        "{IdentityPoolId: IdentityPoolId, IdentityPoolName: IdentityPoolName,"
        " OpenIdConnectProviderARNs: OpenIdConnectProviderARNs, SamlProviderARNs: SamlProviderARNs,"
        " AllowUnauthenticatedIdentities: AllowUnauthenticatedIdentities, IdentityPoolTags: IdentityPoolTags}",
        "cognito-identity:DescribeIdentityPool",
        service="cognito-identity",
        for_each="cognito-identity-pool-ids",
        params={"IdentityPoolId": "$.IdentityPoolId"},
        absent=("ResourceNotFoundException",),
    ),
    _listed(
        "ec2-client-vpn-endpoints",
        "describe_client_vpn_endpoints",
        "ClientVpnEndpoints[].{ClientVpnEndpointId: ClientVpnEndpointId, Tags: Tags,"
        " Providers: AuthenticationOptions[].FederatedAuthentication}",
        "ec2:DescribeClientVpnEndpoints",
        params={"MaxResults": 1000},
    ),
)

CALLS: tuple[Call, ...] = (
    *_DATABASES,
    *_EVENTS,
    *_RECORDS,
    *_FLEETS,
    *_PIPELINES,
    *_GATES,
    Call(
        kind="tagging-resources",
        service="resourcegroupstaggingapi",
        operation="get_resources",
        params={"ResourcesPerPage": 100, "ResourceTypeFilters": list(_WITHOUT_TAGS)},
        result="ResourceTagMappingList[].{ResourceARN: ResourceARN, Tags: Tags}",
        permissions=("tag:GetResources",),
        note="one list of all tags in a region, where each thing's own would take a call",
    ),
)
