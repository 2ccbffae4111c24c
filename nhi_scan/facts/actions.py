"""Which actions matter, by provider: as each provider writes them."""

from collections.abc import Mapping

# Services whose full control is as good as control of the account, its data or its keys. Google Cloud has none here:
# its roles are made by service, so that to control one wholly is what its administrator's role is for.
SENSITIVE_SERVICES: Mapping[str, tuple[str, ...]] = {
    "aws": (
        "cloudformation",
        "dynamodb",
        "ec2",
        "iam",
        "kms",
        "lambda",
        "organizations",
        "rds",
        "s3",
        "secretsmanager",
        "sso",
        "ssm",
        "sts",
    )
}

# Actions that change what identities may do or prove themselves with.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
# https://cloud.google.com/iam/docs/permissions-reference; what mints a token of an account is not among them: that is
# becoming it, and a rule of its own.
IAM_WRITES: Mapping[str, tuple[str, ...]] = {
    "aws": (
        "iam:AddUserToGroup",
        "iam:AttachGroupPolicy",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:CreatePolicyVersion",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
        "iam:SetDefaultPolicyVersion",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateLoginProfile",
    ),
    "gcp": (
        "iam.denypolicies.delete",
        "iam.denypolicies.update",
        "iam.roles.update",
        "iam.serviceAccountKeys.create",
        "iam.serviceAccounts.setIamPolicy",
        "iam.workloadIdentityPoolProviders.create",
        "iam.workloadIdentityPoolProviders.update",
        "resourcemanager.folders.setIamPolicy",
        "resourcemanager.organizations.setIamPolicy",
        "resourcemanager.projects.setIamPolicy",
        "storage.hmacKeys.create",
    ),
}

# What lets an identity choose what a workload that it makes runs as or, on Google Cloud, be that itself.
# https://cloud.google.com/iam/docs/service-account-permissions
PASSES: Mapping[str, tuple[str, ...]] = {
    "aws": ("iam:PassRole",),
    "gcp": (
        "iam.serviceAccounts.actAs",
        "iam.serviceAccounts.getAccessToken",
        "iam.serviceAccounts.implicitDelegation",
        "iam.serviceAccounts.signBlob",
        "iam.serviceAccounts.signJwt",
    ),
}

# Ids in the providers' escalation catalogues of what only becomes another identity, as that one's policy allows.
ASSUMPTIONS = frozenset(
    {
        "sts-assume-role",
        "gcp-iam-service-accounts-get-access-token",
        "gcp-iam-service-accounts-implicit-delegation",
        "gcp-iam-service-accounts-sign-blob",
        "gcp-iam-service-accounts-sign-jwt",
    }
)
