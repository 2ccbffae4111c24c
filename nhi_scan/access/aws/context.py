"""What is known of a request's context: a key has a value, is known to be absent, or is unknown.

Names of keys are compared without case, their values as each operator says
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType
from typing import Final

from nhi_scan.access.aws.principal import Principal
from nhi_scan.model.record import record

Values = tuple[str, ...]


class Open(Enum):
    """The value of a key that nobody can know before the request is made."""

    UNKNOWN = "unknown"  # nor whether the request has it
    PRESENT = "present"  # but the request has it


UNKNOWN: Final = Open.UNKNOWN
PRESENT: Final = Open.PRESENT

Found = Values | Open | None
"""A key's values, None where the request does not have the key, or that it is open."""

PRINCIPAL_KEYS = (
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltag/",
    "aws:principaltype",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:userid",
    "aws:username",
    "aws:tokenissuetime",
    "aws:federatedprovider",
    "kms:calleraccount",
)
"""Keys (prefixes, lower case) of which the principal fixes the value, or whether they are there, before any request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

_NOTHING: Mapping[str, Values] = MappingProxyType({})


@record
class Context:
    """Condition keys of a request."""

    values: Mapping[str, Values] = field(default_factory=lambda: _NOTHING)  # names in lower case
    absent: frozenset[str] = frozenset()  # names in lower case; ending in `/`: all keys of this kind not in `values`
    complete: bool = False  # True: what is not in `values` is absent, nothing is computed and nothing unknown
    now: datetime | None = None  # decides the time keys, with a time zone; None leaves them open

    def closed(self, values: Mapping[str, Iterable[str] | str]) -> "Context":
        """The same context with some keys given, as by `--context key=value`."""
        given = {key.lower(): (text,) if isinstance(text, str) else tuple(text) for key, text in values.items()}
        return Context(
            values=MappingProxyType({**self.values, **given}),
            absent=self.absent,
            complete=self.complete,
            now=self.now,
        )


def context(
    values: Mapping[str, Iterable[str] | str] = _NOTHING,
    *,
    absent: Iterable[str] = (),
    complete: bool = False,
    now: datetime | None = None,
) -> Context:
    """Build a context from keys as people write them.

    Args:
        values: key to value or values; case of the keys does not count.
        absent: keys known not to be in the request; `aws:PrincipalTag/` means every such tag that is not in `values`.
        complete: every key that is not in `values` is absent, as in a recorded request.
        now: the time of the request.
    """
    return Context(absent=frozenset(key.lower() for key in absent), complete=complete, now=now).closed(values)


def look_up(known: Context, key: str, principal: Principal, resource_account: str | None) -> Found:
    """Find a key: as given, else as the time or the principal fixes it, else absent or unknown.

    Args:
        known: what the caller said.
        key: the key's name in lower case.
        principal: who asks.
        resource_account: the account that owns the resource, where it is known.
    """
    found = known.values.get(key)
    if found is not None:
        # A key without a value counts as absent (`Null` is true for it).
        return found or None
    if known.complete:
        return None
    if key in known.absent or f"{key.partition('/')[0]}/" in known.absent:
        return None
    if key in _TIMES:
        return PRESENT if known.now is None else _TIMES[key](known.now)
    if key == "aws:tokenissuetime":
        return _issued(principal, known.now)
    return _computed(key, principal, resource_account)


def _computed(key: str, principal: Principal, resource_account: str | None) -> Found:
    """What follows from who asks for whose resource."""
    if key in ("aws:resourceaccount", "s3:resourceaccount"):
        return UNKNOWN if resource_account is None else (resource_account,)
    compute = _PRINCIPAL_KEYS.get(key)
    if compute:
        return compute(principal)
    if key.startswith(_OF_ENTITIES if principal.kind == "service" else _OF_SERVICES):
        return None
    if not principal.in_account and key.startswith(_OF_ENTITIES):
        return None
    return PRESENT if key in _ALWAYS else UNKNOWN


# Only a service that asks for one of its resources brings these
# (reference_policies_condition-keys.html#condition-keys-sourcearn).
_OF_SERVICES = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths")
# Services and anonymous requesters are in no organization and have no tags
# (reference_policies_condition-keys.html#condition-keys-principalorgid).
_OF_ENTITIES = ("aws:principalorgid", "aws:principalorgpaths", "aws:principaltag/", "aws:multifactorauth")
_ALWAYS = frozenset({"aws:securetransport", "aws:viaawsservice"})


def _current_time(now: datetime) -> Values:
    return (now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),)


def _epoch_time(now: datetime) -> Values:
    return (str(int(now.timestamp())),)


_TIMES: Mapping[str, Callable[[datetime], Values]] = {
    "aws:currenttime": _current_time,
    "aws:epochtime": _epoch_time,
}


def _arn(principal: Principal) -> Found:
    """For a session it is the role's ARN; a path is not in the session's ARN, so it must come from the inventory.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
    """
    if principal.kind == "federated_user":
        return (principal.id,)
    return (principal.entity_arn or principal.id,) if principal.in_account else None


def _account(principal: Principal) -> Found:
    return (principal.account,) if principal.account else None


_TYPES: Mapping[str, str] = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "session": "AssumedRole",
    "federated_user": "FederatedUser",
    "anonymous": "Anonymous",
}


def _type(principal: Principal) -> Found:
    kind = _TYPES.get(principal.kind)
    return (kind,) if kind else None


def _user_name(principal: Principal) -> Found:
    return (principal.name,) if principal.kind == "user" else None


def _user_id(principal: Principal) -> Found:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable."""
    if principal.kind == "root" and principal.account:
        return (principal.account,)
    if principal.kind == "federated_user":
        return (f"{principal.account}:{principal.name}",)
    if principal.kind in ("anonymous", "service"):
        return ("anonymous",) if principal.kind == "anonymous" else None
    if principal.kind == "user" and principal.unique_id:
        return (principal.unique_id,)
    if principal.kind == "session" and principal.unique_id and principal.session_name:
        return (f"{principal.unique_id}:{principal.session_name}",)
    return UNKNOWN


def _is_service(principal: Principal) -> Found:
    return ("true" if principal.kind == "service" else "false",)


def _service_name(principal: Principal) -> Found:
    return (principal.id,) if principal.kind == "service" else None


def _service_names(principal: Principal) -> Found:
    """All names of the service, of which only one is known."""
    return PRESENT if principal.kind == "service" else None


def _provider(principal: Principal) -> Found:
    """The identity provider of a session that came from one; who has credentials of their own has none.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-federatedprovider
    """
    return UNKNOWN if principal.kind in ("role", "session") else None


def _issued(principal: Principal, now: datetime | None) -> Found:
    """A role's credentials are temporary: who may have them may get fresh ones now. A user's may be of either kind."""
    if principal.kind not in ("role", "session", "federated_user"):
        return UNKNOWN if principal.in_account else None
    return PRESENT if now is None else _current_time(now)


_PRINCIPAL_KEYS: Mapping[str, Callable[[Principal], Found]] = {
    "aws:principalarn": _arn,
    "aws:principalaccount": _account,
    "aws:principaltype": _type,
    "aws:username": _user_name,
    "aws:userid": _user_id,
    "aws:principalisawsservice": _is_service,
    "aws:principalservicename": _service_name,
    "aws:principalservicenameslist": _service_names,
    "aws:federatedprovider": _provider,
    "kms:calleraccount": _account,
}
