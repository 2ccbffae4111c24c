"""What an Amazon resource name (ARN) says about what it names.

Format: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
"""

import re

_ARN_PARTS = 6
_UNIQUE_ID = re.compile(r"A(?:IDA|ROA|KIA|SIA|GPA|NPA|PKA|SCA|CCA|IPA)[A-Z0-9]{12,124}")
_ACCOUNT = re.compile(r"[0-9]{12}")


def is_account(text: str) -> bool:
    """Whether a text is an AWS account number: twelve digits."""
    return _ACCOUNT.fullmatch(text) is not None


def is_unique_id(text: str) -> bool:
    """Whether a text is an IAM unique id: what a policy shows in place of a principal that was deleted.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    return _UNIQUE_ID.fullmatch(text) is not None


def account_of(arn: str) -> str:
    """The account number in an ARN, empty where it has none."""
    parts = arn.split(":", _ARN_PARTS - 1)
    return parts[4] if len(parts) == _ARN_PARTS and is_account(parts[4]) else ""


def account_named(principal: str) -> str:
    """The account that a principal names, as it is written there; empty where it names none.

    A principal is an ARN or a bare account number
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
    """
    if is_account(principal):
        return principal
    parts = principal.split(":", _ARN_PARTS - 1)
    return parts[4] if len(parts) == _ARN_PARTS and parts[0] == "arn" else ""


def service_of(arn: str) -> str:
    """The service in an ARN: `iam`; empty where the text is no ARN."""
    parts = arn.split(":", _ARN_PARTS - 1)
    return parts[2] if len(parts) == _ARN_PARTS and parts[0] == "arn" else ""


def region_of(arn: str) -> str:
    """The region in an ARN; empty where it has none, or the text is no ARN."""
    parts = arn.split(":", _ARN_PARTS - 1)
    return parts[3] if len(parts) == _ARN_PARTS and parts[0] == "arn" else ""


def resource_of(arn: str) -> str:
    """What follows the fifth colon: `role/path/name`; the whole text where it is no ARN."""
    parts = arn.split(":", _ARN_PARTS - 1)
    return parts[5] if len(parts) == _ARN_PARTS else arn


def name_of(arn: str) -> str:
    """The last segment of an ARN's resource, which is the name of an IAM thing."""
    return resource_of(arn).rsplit("/", 1)[-1]


def partition_of(arn: str) -> str:
    """`aws`, `aws-cn`, `aws-us-gov`; `aws` where the text is no ARN."""
    parts = arn.split(":", 2)
    return parts[1] if parts[0] == "arn" and len(parts) > 1 and parts[1] else "aws"
