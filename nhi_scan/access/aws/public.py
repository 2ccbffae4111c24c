"""When a bucket policy is public, for S3 Block Public Access.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
"""

from ipaddress import ip_network

from nhi_scan.access.aws.principal import Principal
from nhi_scan.access.match import has_wildcard
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
_BROADEST = {4: 8, 6: 32}  # a broader range of addresses (by version) limits nobody in particular
_ACCOUNT_PART = 4
_OPERATORS = ("stringequals", "stringlike", "arnequals", "arnlike", "ipaddress", "stringequalsignorecase")


def is_public(policy: Policy) -> bool:
    """Whether a statement allows everyone, limited by no fixed value of a key that narrows who asks."""
    return any(_is_public(statement) for statement in policy.statements)


def _is_public(statement: Statement) -> bool:
    if statement.effect is not Effect.ALLOW:
        return False
    # Whoever has an account with an identity provider (`graph.facebook.com`) is anyone, as the page's example says.
    everyone = bool(statement.not_principals) or any(
        entry.kind in ("any", "federated") for entry in statement.principals
    )
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
    if key == "s3:dataaccesspointarn":
        # Access points of one account, whatever their names.
        account = value.split(":")[_ACCOUNT_PART : _ACCOUNT_PART + 1]
        return bool(account and account[0]) and not has_wildcard(account[0]) and "${" not in value
    if key in ("aws:sourceip", "aws:vpcsourceip"):
        return _is_narrow(value)
    return not has_wildcard(value) and "${" not in value


def _is_narrow(addresses: str) -> bool:
    try:
        network = ip_network(addresses.strip(), strict=False)
    except ValueError:
        return "${" not in addresses  # matches no address
    return network.prefixlen >= _BROADEST[network.version]


def restricted(principal: Principal, resource_account: str | None) -> bool:
    """Whom RestrictPublicBuckets shuts out where the policy is public: all but services and the owner's account."""
    return principal.kind != "service" and (principal.account is None or principal.account != resource_account)
