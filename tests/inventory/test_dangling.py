"""References that lead nowhere, and whether that is proven."""

from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Group, Identity, Nature, Workload
from nhi_scan.model.policy import Binding, Policy, Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

ACCOUNT = "111122223333"
OTHER = "444455556666"
IAM = f"arn:aws:iam::{ACCOUNT}:"
ROLE = f"{IAM}role/x/r"


def found(*, covered: tuple[tuple[str, str], ...] = (), **records: Any) -> list[tuple[str, str, bool]]:
    role = Identity(
        id=ROLE,
        provider="aws",
        kind="iam_role",
        nature=Nature.UNKNOWN,
        nature_reason="a test",
        name="r",
        scope_id=ACCOUNT,
    )
    rows = [
        Coverage(provider="aws", scope_id=scope, record_kind=kind, status=CoverageStatus.COMPLETE)
        for scope, kind in covered
    ]
    scopes = [
        Scope(id=ACCOUNT, provider="aws", kind="account", name=ACCOUNT),
        Scope(id="o-1", provider="aws", kind="organization", name="o-1", parent_id=""),
    ]
    inventory = build([Records(scopes=scopes, identities=[role], coverage=rows, **records)])
    return [(one.kind, one.missing_id, one.certain) for one in inventory.dangling]


def trust(kind: Any, subject: str) -> Trust:
    return Trust(id="t", identity_id=ROLE, subject=subject, subject_kind=kind)


def binding(policy_id: str, **more: Any) -> Binding:
    return Binding(id="b", principal_id=ROLE, policy_id=policy_id, scope_id=ACCOUNT, **more)


EVERYTHING = (
    *((ACCOUNT, kind) for kind in ("iam-users", "iam-roles", "iam-groups", "iam-policies", "iam-boundary-policies")),
    ("o-1", "organizations-accounts"),
)


@pytest.mark.parametrize(
    ("subject_kind", "subject", "kind"),
    [
        ("account", OTHER, "trust_account"),
        ("identity", f"arn:aws:iam::{OTHER}:role/r", "trust_account"),
        ("identity", f"{IAM}user/left", "trust_identity"),
        ("identity", f"arn:aws:sts::{ACCOUNT}:assumed-role/left/s", "trust_identity"),
    ],
)
def test_trust_that_leads_nowhere(subject_kind: str, subject: str, kind: str) -> None:
    assert found(trusts=[trust(subject_kind, subject)], covered=EVERYTHING) == [(kind, subject, True)]
    assert found(trusts=[trust(subject_kind, subject)]) == [(kind, subject, False)]


def test_trust_in_what_was_deleted_is_certain_by_itself() -> None:
    assert found(trusts=[trust("deleted", "AIDAX")]) == [("trust_deleted", "AIDAX", True)]


@pytest.mark.parametrize(
    ("subject_kind", "subject"),
    [
        ("account", ACCOUNT),
        ("identity", ROLE),
        ("identity", f"arn:aws:sts::{ACCOUNT}:assumed-role/r/session"),
        ("identity", f"arn:aws:sts::{ACCOUNT}:federated-user/x"),  # made up when it signs in: nothing to miss
        ("service", "ec2.amazonaws.com"),
        ("federated", f"{IAM}saml-provider/x"),
        ("anyone", "*"),
    ],
)
def test_trust_that_leads_somewhere(subject_kind: str, subject: str) -> None:
    assert found(trusts=[trust(subject_kind, subject)], covered=EVERYTHING) == []


@pytest.mark.parametrize(
    ("more", "kind", "needs"),
    [({}, "binding_policy", "iam-policies"), ({"purpose": "bounds"}, "binding_boundary", "iam-boundary-policies")],
)
def test_a_binding_without_its_policy(more: Any, kind: str, needs: str) -> None:
    rest = tuple(pair for pair in EVERYTHING if pair[1] != needs)
    assert found(bindings=[binding("p", **more)], covered=EVERYTHING) == [(kind, "p", True)]
    assert found(bindings=[binding("p", **more)], covered=rest) == [(kind, "p", False)]


def test_a_binding_through_a_group_that_is_missing() -> None:
    policy = Policy(id="p", provider="aws", kind="identity", name="p", scope_id=ACCOUNT)
    through = binding("p", source="group", via="g")
    assert found(bindings=[through], policies=[policy]) == [("binding_group", "g", False)]
    group = Group(id="g", provider="aws", kind="iam_group", name="g", scope_id=ACCOUNT)
    assert found(bindings=[through], policies=[policy], groups=[group]) == []


def test_a_member_that_is_missing() -> None:
    group = Group(id="g", provider="aws", kind="iam_group", name="g", scope_id=ACCOUNT, member_ids=(ROLE, "u"))
    assert found(groups=[group]) == [("group_member", "u", False)]
    assert found(groups=[group], covered=EVERYTHING) == [("group_member", "u", True)]


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        (ROLE, []),
        (f"{IAM}role/left", [("runs_as", f"{IAM}role/left", True)]),
        (f"arn:aws:iam::{OTHER}:role/r", [("runs_as", f"arn:aws:iam::{OTHER}:role/r", False)]),
    ],
)
def test_a_workload_whose_role_is_missing(role: str, wanted: Any) -> None:
    workload = Workload(id="w", provider="aws", kind="f", name="w", scope_id=ACCOUNT, runs_as=(role,))
    assert found(workloads=[workload], covered=EVERYTHING) == wanted
