"""What the provider's analysis found is said; its silence counts only where it saw everything."""

from typing import Any

import pytest

from nhi_scan.model.identity import Resource, UnusedAccess
from nhi_scan.model.scope import Scope

KINDS = ("accessanalyzer-analyzers", "accessanalyzer-unused-findings", "accessanalyzer-unused-details")
ANALYZER = "arn:aws:access-analyzer:eu-west-1:{}:analyzer/unused"


def analyzer(account: str, covers: str = "account", status: str = "active", excludes: str = "false") -> Resource:
    return Resource(
        id=ANALYZER.format(account),
        provider="aws",
        kind="unused_access_analyzer",
        name="unused",
        scope_id=account,
        attributes=(("covers", covers), ("excludes", excludes), ("status", status)),
    )


def unused(identity_id: str, service: str, *actions: str, kind: Any = "permission") -> UnusedAccess:
    return UnusedAccess(
        id=f"f#{service}",
        identity_id=identity_id,
        kind=kind,
        analyzer_id=ANALYZER.format("1"),
        window_days=90,
        service=service,
        actions=actions,
    )


def test_services_with_the_number_of_their_actions(facts: Any, make: Any) -> None:
    role = make.role()
    found = [unused(role.id, "sqs"), unused(role.id, "s3", "s3:GetObject"), unused(role.id, "kms", "kms:A", "kms:B")]
    tables = facts(identities=[role], unused=found)
    assert make.cell(tables, "identity.unused_access_count") == 3
    assert make.cell(tables, "identity.unused_access") == "kms (2 actions), s3 (1 action), sqs"
    assert make.cell(tables, "identity.unused_access_window") == "90 days"


def test_many_services_are_not_all_named(facts: Any, make: Any) -> None:
    role = make.role()
    tables = facts(identities=[role], unused=[unused(role.id, f"s{number}") for number in range(7)])
    assert make.cell(tables, "identity.unused_access") == "s0, s1, s2, s3, s4, 2 more"


def test_an_unused_role_is_no_unused_permission(facts: Any, make: Any) -> None:
    role = make.role()
    tables = facts(identities=[role], unused=[unused(role.id, "", kind="identity")])
    assert make.cell(tables, "identity.unused_access_count") is None


@pytest.mark.parametrize(
    ("fields", "collected", "expected"),
    [
        ({}, KINDS, 0),
        ({}, KINDS[:2], None),
        ({}, (), None),
        ({"status": "disabled"}, KINDS, None),
        ({"excludes": "true"}, KINDS, None),
        (None, KINDS, None),  # collected completely, and there is no analyzer
    ],
)
def test_silence_of_an_analyzer_that_sees_everything_is_none(
    facts: Any, make: Any, fields: Any, collected: tuple[str, ...], expected: int | None
) -> None:
    resources = [] if fields is None else [analyzer(make.account, **fields)]
    tables = facts(identities=[make.role()], resources=resources, coverage=make.covered(*collected))
    assert make.cell(tables, "identity.unused_access_count") == expected


@pytest.mark.parametrize(("covers", "expected"), [("organization", 0), ("account", None)])
def test_an_organizations_analyzer_sees_its_members(facts: Any, make: Any, covers: str, expected: int | None) -> None:
    security = "999900001111"
    scopes = [
        Scope(id="r-1", provider="aws", kind="root", name="r", parent_id=""),
        Scope(id=make.account, provider="aws", kind="account", name="a", parent_id="r-1"),
        Scope(id=security, provider="aws", kind="account", name="s", parent_id="r-1"),
    ]
    tables = facts(
        identities=[make.role()],
        resources=[analyzer(security, covers)],
        coverage=make.covered(*KINDS, scope=security),
        scopes=scopes,
    )
    assert make.cell(tables, "identity.unused_access_count") == expected
