"""Secret values are dropped here, before the first byte of a record is written.

Three rules, applied to every record of every kind at every depth:

1. Environments (and what is used like one: job arguments, hyperparameters) keep their names. A mapping of name to value
   becomes the sorted list of its names: `{"Variables": {"B": "x", "A": "y"}}` -> `{"Variables": ["A", "B"]}`. A list of
   `{"name": ..., "value": ..., ...}` loses `value` and keeps the rest.
2. Keys that hold a secret or free text in which secrets are usual (user data, secret strings, parameter values) go.
3. Paths that the call table names (`Call.drop`) go; where one ends in `.*`, or at an environment, names stay as in 1,
   and where one ends in `?`, an address stays without its query and without a user's name and password.

Most records hold none of it, so the encoded text is searched first and only what hits is taken apart.
"""

import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from nhi_scan.snapshot import codec

# As the providers' interfaces spell them; compared without case.
_NAMED = (
    "Environment",
    "EnvironmentVariables",
    "EnvVars",
    "Variables",
    "RuntimeEnvironmentVariables",
    "DefaultArguments",
    "NonOverridableArguments",
    "HyperParameters",
)
_DROPPED = (
    "AccessToken",
    "AuthToken",
    "ClientSecret",
    "KeyMaterial",
    "KeyString",
    "kubectl.kubernetes.io/last-applied-configuration",
    "MasterUserPassword",
    "OutputValue",
    "ParameterValue",
    "Password",
    "Plaintext",
    "PrivateKey",
    "PrivateKeyData",
    "RefreshToken",
    "ResolvedValue",
    "SecretAccessKey",
    "SecretBinary",
    "SecretKey",
    "SecretString",
    "ServicePassword",
    "SessionToken",
    "TemplateBody",
    "UserData",
)
_NAMED_KEYS = frozenset(name.lower() for name in _NAMED)
_DROPPED_KEYS = frozenset(name.lower() for name in _DROPPED)


def _key_pattern() -> re.Pattern[bytes]:
    """Match any such key in lower case. Grouped by first letter, which halves the time of a search in vain."""
    groups = [
        f"{first}(?:{'|'.join(name[1:] for name in group)})"
        for first, group in groupby(sorted(_NAMED_KEYS | _DROPPED_KEYS), lambda name: name[0])
    ]
    return re.compile(rf'"(?:{"|".join(groups)})"\s*:'.encode())


_KEYS = _key_pattern()
_LOGIN = re.compile(r"//[^/]*@")
_ESCAPED = b"\\u00"  # an escaped letter may spell a key another way


def suspect(text: bytes) -> bool:
    """Tell whether an encoded text may hold something that has to go; `False` is sure.

    To lower the text first costs less than half of a search that tries both spellings of a letter.
    """
    return _ESCAPED in text or _KEYS.search(text.lower()) is not None


def redacted(text: bytes, drop: Iterable[str] = ()) -> bytes:
    """Take the secret values out of an encoded record.

    Args:
        text: one JSON value.
        drop: dotted paths to remove, through lists: `LaunchTemplateData.UserData`.

    Raises:
        CodecError: it is no JSON.
    """
    value = codec.decode_any(text)
    for path in drop:
        _drop_path(value, path.split("."))
    return codec.encode(_cleaned(value))


def _cleaned(value: Any) -> Any:
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if not isinstance(value, dict):
        return value
    clean = {}
    for key, item in value.items():
        lower = key.lower()
        if lower in _DROPPED_KEYS:
            continue
        clean[key] = _names_only(item) if lower in _NAMED_KEYS else _cleaned(item)
    return clean


def _names_only(value: Any) -> Any:
    if isinstance(value, dict):
        # Values of variables are texts. With anything else among them it is an object that holds the variables further
        # down, as Lambda's and CodeBuild's; an error message in it may quote one.
        if not _holds_more(value):
            return sorted(value)
        kept: dict[str, Any] = _cleaned({key: item for key, item in value.items() if key.lower() != "error"})
        return kept if not kept or _holds_more(kept) else sorted(kept)
    if isinstance(value, list):
        return [_name_only(item) for item in value]
    return value


def _holds_more(value: dict[str, Any]) -> bool:
    return not value or any(isinstance(item, dict | list | bool) for item in value.values())


def _name_only(item: Any) -> Any:
    if isinstance(item, dict):
        return {key: inner for key, inner in item.items() if key.lower() != "value"}
    if isinstance(item, str):
        return item.partition("=")[0]
    return item


def _drop_path(value: Any, path: list[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _drop_path(item, path)
    elif isinstance(value, dict) and path[0].endswith("?"):
        address = value.get(path[0][:-1])
        if isinstance(address, str):
            value[path[0][:-1]] = _LOGIN.sub("//", address.partition("?")[0])
    elif isinstance(value, dict) and path[0] in value:
        if path[1:] == ["*"]:
            held = value[path[0]]
            value[path[0]] = sorted(held) if isinstance(held, dict) else _names_only(held)
        elif len(path) > 1:
            _drop_path(value[path[0]], path[1:])
        elif path[0].lower() not in _NAMED_KEYS:
            del value[path[0]]
