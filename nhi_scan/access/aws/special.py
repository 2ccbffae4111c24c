"""Requests to which AWS applies a rule of their own."""

from nhi_scan.access.aws.principal import Principal

FREE = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
_BECOMING = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:setcontext",
        "sts:setsourceidentity",
        "sts:tagsession",
    },
)
_ON_POLICIES = frozenset(
    {
        "iam:createpolicy",
        "iam:createpolicyversion",
        "iam:deletepolicy",
        "iam:deletepolicyversion",
        "iam:setdefaultpolicyversion",
        "iam:tagpolicy",
        "iam:untagpolicy",
    },
)
_ON_ROLES = frozenset(
    {
        "iam:attachrolepolicy",
        "iam:createrole",
        "iam:deleterole",
        "iam:deleterolepermissionsboundary",
        "iam:deleterolepolicy",
        "iam:detachrolepolicy",
        "iam:putrolepermissionsboundary",
        "iam:putrolepolicy",
        "iam:updateassumerolepolicy",
        "iam:updaterole",
    },
)
_ALL_BUCKETS = "arn:aws:s3:::*"
_PROTECTED_ROLES = (":role/aws-service-role/", ":role/aws-reserved/")
_UNLOCKING = frozenset({"s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"})


def needs_no_permission(principal: Principal, action: str) -> bool:
    """Actions that no policy can withhold from whoever has credentials of an account.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html

    Args:
        principal: who asks.
        action: in lower case.
    """
    return action in FREE and principal.in_account


def asked_about(action: str, resource: str) -> str:
    """What a request is about where AWS's documentation gives one that names nothing a resource after all.

    Listing all buckets has no resource type, and AWS's own policies allow it on `arn:aws:s3:::*`, which works:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html

    Args:
        action: in lower case.
        resource: as asked.
    """
    return _ALL_BUCKETS if resource == "*" and action == "s3:listallmybuckets" else resource


def refuses(principal: Principal, action: str, resource: str) -> bool:
    """What AWS refuses whatever policies say.

    The root user assumes no roles
    (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). Nobody changes managed policies of AWS
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#aws-managed-policies),
    and nobody but the service that it belongs to changes a service-linked role or a role of IAM Identity Center
    (https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html, `UnmodifiableEntity`).

    Args:
        principal: who asks.
        action: in lower case.
        resource: its ARN.
    """
    if principal.kind == "root" and action == "sts:assumerole":
        return True
    if action in _ON_POLICIES:
        return ":iam::aws:policy/" in resource
    if principal.service_linked or principal.kind == "service":
        return False
    return action in _ON_ROLES and is_protected(resource)


def is_protected(role_arn: str) -> bool:
    """Say whether a role belongs to a service, which alone can change it: service-linked, or of Identity Center."""
    return any(path in role_arn for path in _PROTECTED_ROLES)


def is_trust(action: str, resource: str) -> bool:
    """Whether the resource's policy is a role's trust policy: one must always allow it, in the same account too.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html

    Args:
        action: in lower case.
        resource: its ARN.
    """
    return action in _BECOMING and ":role/" in resource


def is_key(action: str, resource: str) -> bool:
    """Whether the resource's policy is a KMS key policy: nobody, the root user included, may without it.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html

    Args:
        action: in lower case.
        resource: its ARN.
    """
    return action.startswith("kms:") and ":key/" in resource


def unlocks(principal: Principal, action: str, resource_account: str | None) -> bool:
    """The root user of a bucket's account may always get, put and delete its policy, whatever that policy denies.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html

    Args:
        principal: who asks.
        action: in lower case.
        resource_account: the bucket's owner.
    """
    return principal.kind == "root" and action in _UNLOCKING and principal.account == resource_account
