"""Facts about what strangers can reach, and about secrets that lie where many can read them."""

import re
from itertools import pairwise

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact

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
