"""Facts about what strangers can reach, and about secrets that lie where many can read them."""

import re
from itertools import pairwise

from nhi_scan.access.aws.public import is_public
from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Resource

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET_WORDS = frozenset(
    {"apikey", "credential", "credentials", "passphrase", "passwd", "password", "pwd", "secret", "token"}
)
_SECRET_KEYS = frozenset({"access", "api", "auth", "encryption", "master", "private", "signing"})  # followed by `key`
# A name that ends so holds where the secret lies, or a number about it, and not the secret.
_REFERENCE_ENDINGS = frozenset(
    (
        "arn",
        "bucket",
        "count",
        "days",
        "enabled",
        "endpoint",
        "expiration",
        "expiry",
        "file",
        "header",
        "hours",
        "issuer",
        "length",
        "limit",
        "location",
        "minutes",
        "name",
        "names",
        "param",
        "parameter",
        "path",
        "prefix",
        "ref",
        "region",
        "seconds",
        "size",
        "store",
        "timeout",
        "ttl",
        "type",
        "uri",
        "url",
        "version",
    )
)


@fact("workload", "boolean", unknown="nothing collected tells whether it can be reached")
def workload_exposed(estate: Estate) -> list[bool | None]:
    """Whether anyone can reach or invoke it."""
    return [workload.exposed for workload in estate.workloads]


@fact("workload", "text")
def workload_secret_names(estate: Estate) -> list[str]:
    """Names of its environment variables that look as if they held a secret. Values are never collected."""
    return [", ".join(filter(looks_secret, workload.environment_names)) for workload in estate.workloads]


@fact("workload", "boolean", unknown="its configuration was not collected completely")
def workload_has_secret_names(estate: Estate) -> list[bool | None]:
    """Whether an environment variable of it looks as if it held a secret."""
    return [any(map(looks_secret, workload.environment_names)) for workload in estate.workloads]


@fact("resource", "boolean", unknown="its policy, or what blocks public access to it, was not collected or not read")
def resource_public(estate: Estate) -> list[bool | None]:
    """Whether its policy lets anyone in, and nothing blocks that.

    What is public is decided as S3 does, also for other services:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
    """
    return [_public(estate, resource) for resource in estate.resources]


def _public(estate: Estate, resource: Resource) -> bool | None:
    if resource.policy_id is None:  # it has none: one that could not be fetched is there and not complete
        return False
    policy = estate.inventory.policies.get(resource.policy_id)
    if policy is None or not policy.complete:
        return None
    if not is_public(policy):
        return None if any(statement.malformed for statement in policy.statements) else False
    if resource.kind == "s3_bucket":
        return None if resource.public_access_blocked is None else not resource.public_access_blocked
    return True


def looks_secret(name: str) -> bool:
    """Tell from a variable's name whether its value is likely a secret.

    `DB_PASSWORD`, `githubToken` and `AWS_SECRET_ACCESS_KEY` are; `SECRET_ARN`, `TOKEN_TTL` and `KEYBOARD` are not.
    """
    words = [word.lower() for word in _WORDS.findall(name)]
    if not words or words[-1] in _REFERENCE_ENDINGS:
        return False
    if words[-1] == "id":  # `SECRET_ID` is a reference; `AWS_ACCESS_KEY_ID` comes with its secret
        return words[-3:] == ["access", "key", "id"]
    keys = (word in _SECRET_KEYS and after == "key" for word, after in pairwise(words))
    return not _SECRET_WORDS.isdisjoint(words) or any(keys)
