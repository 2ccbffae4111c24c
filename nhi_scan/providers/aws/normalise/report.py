"""The credential report: one row a user, the root user included.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html says what the words in it mean:

- `N/A` as a key's or password's last use: there is none, it was never used, or not since IAM began to track use (keys:
  2015-04-22; passwords: 2014-10-20). Where the credential exists that is "never".
- `no_information` as a password's last use: it was never used, or not since tracking began. Also "never".
- `not_supported`: the report does not say this about this user (the root user's password). Unknown.
- `access_key_1_last_rotated`: when the key was created or last changed; `N/A` where there is no such key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nhi_scan.model.arns import is_account
from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, LastUsed, UseState
from nhi_scan.providers.aws.normalise.source import Source
from nhi_scan.providers.aws.normalise.values import moment, text

_NEVER = frozenset({"N/A", "no_information"})


@dataclass(frozen=True, slots=True)
class ReportKey:
    """One of a user's two access keys."""

    slot: int
    active: bool | None
    rotated_at: datetime | None
    last_used: LastUsed


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What the report says of one user."""

    user: str
    arn: str
    created: str
    has_password: bool | None
    password_used: LastUsed
    password_changed_at: datetime | None
    password_expires_at: datetime | None
    has_mfa: bool | None
    keys: tuple[ReportKey, ...] = ()
    certificates: tuple[tuple[int, datetime | None], ...] = field(default=())  # active ones: slot, when it was rotated

    @property
    def created_at(self) -> datetime | None:
        """When the user was created."""
        return moment(self.created)

    @property
    def has_keys(self) -> bool:
        """Whether there is an access key, active or not."""
        return bool(self.keys)

    def last_authenticated(self) -> LastUsed:
        """The latest use of its password and keys.

        Unknown where there is neither: credentials that were deleted may have been used, and nothing remembers it.
        """
        uses = [key.last_used for key in self.keys]
        if self.has_password is not False:
            uses.append(self.password_used)
        dated = [(use.at, position) for position, use in enumerate(uses) if use.at is not None]
        if dated:
            return uses[max(dated)[1]]
        return NEVER_USED if uses and all(use.state is UseState.NEVER for use in uses) else USE_UNKNOWN


def read_report(source: Source) -> dict[str, ReportRow]:
    """Rows of the credential report by ARN; empty where it was not collected."""
    rows: dict[str, ReportRow] = {}
    for _, record in source.plain("iam-credential-report"):
        row = _row(record)
        if row.arn:
            rows.setdefault(row.arn, row)
    return rows


def _row(record: Mapping[str, Any]) -> ReportRow:
    has_password = _flag(record, "password_enabled")
    user, arn = text(record, "user"), text(record, "arn")
    if not arn and is_account(text(record, "account")):
        arn = f"arn:aws:iam::{text(record, 'account')}:user/{user}"
    return ReportRow(
        user=user,
        arn=arn,
        created=text(record, "user_creation_time"),
        has_password=has_password,
        password_used=_use(text(record, "password_last_used")),
        password_changed_at=moment(text(record, "password_last_changed")) if has_password is not False else None,
        password_expires_at=moment(text(record, "password_next_rotation")) if has_password is not False else None,
        has_mfa=_flag(record, "mfa_active"),
        keys=tuple(key for slot in (1, 2) if (key := _key(record, slot)) is not None),
        certificates=tuple(
            (slot, moment(text(record, f"cert_{slot}_last_rotated")))
            for slot in (1, 2)
            if _flag(record, f"cert_{slot}_active")
        ),
    )


def _key(record: Mapping[str, Any], slot: int) -> ReportKey | None:
    active = _flag(record, f"access_key_{slot}_active")
    rotated_at = moment(text(record, f"access_key_{slot}_last_rotated"))
    last_used = _use(
        text(record, f"access_key_{slot}_last_used_date"),
        _word(record, f"access_key_{slot}_last_used_service"),
        _word(record, f"access_key_{slot}_last_used_region"),
    )
    # An inactive key still has its dates; a key that has none of the three is not there.
    exists = active or rotated_at is not None or last_used.state is UseState.AT
    return ReportKey(slot, active, rotated_at, last_used) if exists else None


def _use(word: str, service: str | None = None, region: str | None = None) -> LastUsed:
    at = moment(word)
    if at is not None:
        return LastUsed.on(at, service, region)
    return NEVER_USED if word in _NEVER else USE_UNKNOWN


def _word(record: Mapping[str, Any], name: str) -> str | None:
    word = text(record, name)
    return None if word in ("", "N/A", "not_supported", "no_information") else word


def _flag(record: Mapping[str, Any], name: str) -> bool | None:
    value = record.get(name)
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else ""
    return {"true": True, "false": False}.get(word)
