"""When a bucket policy is public, for S3 Block Public Access.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
"""

from nhi_scan.access.match import has_wildcard
from nhi_scan.access.principal import Principal
from nhi_scan.model.policy import Condition, Effect, Policy, Statement

_LIMITING_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "aws:vpcsourceip",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    },
)
_ANYWHERE = ("0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1")
_OPERATORS = ("stringequals", "stringlike", "arnequals", "arnlike", "ipaddress", "stringequalsignorecase")


def is_public(policy: Policy) -> bool:
    """Whether a statement allows everyone, limited by no fixed value of a key that narrows who asks."""
    return any(_is_public(statement) for statement in policy.statements)


def _is_public(statement: Statement) -> bool:
    if statement.effect is not Effect.ALLOW:
        return False
    everyone = bool(statement.not_principals) or any(entry.kind == "any" for entry in statement.principals)
    return everyone and not any(_limits(condition) for condition in statement.conditions)


def _limits(condition: Condition) -> bool:
    """Fixed values (no wildcard, no variable) that the request must have: no IfExists, no ForAllValues."""
    if condition.key.lower() not in _LIMITING_KEYS:
        return False
    operator = condition.operator.lower().removeprefix("foranyvalue:")
    if operator not in _OPERATORS or not condition.values:
        return False
    return all(_fixed(value, condition.key.lower()) for value in condition.values)


def _fixed(value: str, key: str) -> bool:
    if key == "aws:userid" and value.endswith(":*"):
        # `AROA...:*`, every session of one role.
        return not has_wildcard(value[:-2])
    return not has_wildcard(value) and "${" not in value and value not in _ANYWHERE


def restricted(principal: Principal, resource_account: str | None) -> bool:
    """Whom RestrictPublicBuckets shuts out where the policy is public: all but services and the owner's account."""
    return principal.kind != "service" and (principal.account is None or principal.account != resource_account)
