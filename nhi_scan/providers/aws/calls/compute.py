"""Calls about functions and machines, and the roles they run as."""

from nhi_scan.providers import Call

CALLS: tuple[Call, ...] = (
    Call(
        kind="ec2-regions",
        service="ec2",
        operation="describe_regions",
        result="Regions",
        permissions=("ec2:DescribeRegions",),
        scope="account",
        note="those that are enabled for the account; the regional rows are asked in each",
    ),
    Call(
        kind="lambda-functions",
        service="lambda",
        operation="list_functions",
        result="Functions",
        permissions=("lambda:ListFunctions",),
        # What an image is started with may hold a secret, as a container's command may.
        drop=("Environment.Variables.*", "Environment.Error", "ImageConfigResponse"),
    ),
    Call(
        kind="lambda-policies",
        service="lambda",
        operation="get_policy",
        for_each="lambda-functions",
        params={"FunctionName": "$.FunctionName"},
        result="@",
        permissions=("lambda:GetPolicy",),
        keep=("FunctionName", "FunctionArn"),
        absent=("ResourceNotFoundException",),
    ),
    Call(
        kind="ec2-instances",
        service="ec2",
        operation="describe_instances",
        params={"MaxResults": 1000},
        result="Reservations[].Instances[]",
        permissions=("ec2:DescribeInstances",),
    ),
    Call(
        kind="ec2-launch-template-versions",
        service="ec2",
        operation="describe_launch_template_versions",
        params={"Versions": ["$Latest", "$Default"]},
        result="LaunchTemplateVersions",
        permissions=("ec2:DescribeLaunchTemplateVersions",),
        drop=("LaunchTemplateData.UserData",),
        note="without a template's id it answers for all; a version that is both latest and default may come twice",
    ),
)
