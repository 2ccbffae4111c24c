"""Findings and inventories with everything that a test does not care about filled in."""

from typing import Any

import pytest

from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import Finding, Severity
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.ids import fingerprint
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

ACCOUNT = "111122223333"


class Make:
    account = ACCOUNT

    @staticmethod
    def finding(subject: str = "role/app", rule: str = "unused-role", **fields: Any) -> Finding:
        subject_id = subject if subject.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:{subject}"
        return Finding(
            **{
                "fingerprint": fingerprint(rule, subject_id),
                "rule_id": rule,
                "title": "It is so",
                "question": "lifecycle",
                "subject_kind": "identity",
                "subject_id": subject_id,
                "subject_name": "app",
                "provider": "aws",
                "scope_id": ACCOUNT,
                "severity": Severity.MEDIUM,
                "message": "it is so",
                **fields,
            }
        )

    @staticmethod
    def inventory(
        *names: str, complete: tuple[str, ...] = (), denied: tuple[str, ...] = (), status: Any = "active"
    ) -> Inventory:
        states = [(complete, CoverageStatus.COMPLETE), (denied, CoverageStatus.DENIED)]
        return build(
            [
                Records(
                    scopes=[Scope(id=ACCOUNT, provider="aws", kind="account", name="main")],
                    identities=[
                        Identity(
                            id=f"arn:aws:iam::{ACCOUNT}:{name}",
                            provider="aws",
                            kind="iam_role",
                            nature=Nature.NON_HUMAN,
                            nature_reason="",
                            name=name,
                            scope_id=ACCOUNT,
                            status=status,
                        )
                        for name in names
                    ],
                    coverage=[
                        Coverage(provider="aws", scope_id=ACCOUNT, record_kind=kind, status=status)
                        for kinds, status in states
                        for kind in kinds
                    ],
                )
            ]
        )


@pytest.fixture
def make() -> Make:
    return Make()
