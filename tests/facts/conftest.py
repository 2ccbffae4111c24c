"""Small estates of model objects, and their fact tables."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from nhi_scan.access.aws.summarise import summarise
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.facts.tables import FactTables, derive
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Privilege
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Credential, Identity, Nature
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ACCOUNT = "111122223333"

Facts = Callable[..., FactTables]


def arn(kind: str, name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:{kind}/{name}"


class Make:
    """Model objects with everything that a test does not care about filled in."""

    now = NOW
    account = ACCOUNT

    @staticmethod
    def ago(days: float) -> datetime:
        return NOW - timedelta(days=days)

    @staticmethod
    def user(name: str = "ci", **fields: Any) -> Identity:
        return Identity(
            **{
                "id": arn("user", name),
                "provider": "aws",
                "kind": "iam_user",
                "nature": Nature.NON_HUMAN,
                "nature_reason": "its name says so",
                "name": name,
                "scope_id": ACCOUNT,
                **fields,
            }
        )

    @staticmethod
    def role(name: str = "app", **fields: Any) -> Identity:
        return Make.user(name, **{"id": arn("role", name), "kind": "iam_role", **fields})

    @staticmethod
    def key(user: str = "ci", number: int = 1, **fields: Any) -> Credential:
        return Credential(
            **{
                "id": f"{arn('user', user)}#access-key-{number}",
                "provider": "aws",
                "identity_id": arn("user", user),
                "scope_id": ACCOUNT,
                "kind": "access_key",
                "status": "active",
                **fields,
            }
        )

    @staticmethod
    def covered(*kinds: str, status: CoverageStatus = CoverageStatus.COMPLETE, scope: str = ACCOUNT) -> list[Coverage]:
        return [Coverage(provider="aws", scope_id=scope, record_kind=kind, status=status) for kind in kinds]

    @staticmethod
    def cell(tables: FactTables, name: str, row: int = 0) -> Any:
        """One cell as Python's own value; None where it is null."""
        subject, _, fact = name.partition(".")
        cells = tables[subject][fact].iloc[[row]].array  # type: ignore[index]
        return None if cells.isna()[0] else cells.tolist()[0]


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def facts() -> Facts:
    """Turn lists of model objects into fact tables: `facts(identities=[...], coverage=[...])`."""

    def derive_from(privileges: Mapping[str, Privilege] | None = None, **lists: Any) -> FactTables:
        records = Records(**lists)
        if not records.scopes:
            records.scopes = [Scope(id=ACCOUNT, provider="aws", kind="account", name="main")]
        inventory = build([records])
        return derive(inventory, EffectiveAccess(inventory, {"aws": summarise(inventory, NOW)}), privileges or {}, NOW)

    return derive_from
