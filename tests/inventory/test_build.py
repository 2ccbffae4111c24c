"""Records of all providers, indexed and joined."""

import random
from dataclasses import fields, replace
from typing import Any

import pytest

from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Credential, Group, Identity, Nature, Usage, Workload
from nhi_scan.model.policy import Binding, Guardrail, Policy, Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

ACCOUNT = "111122223333"
IAM = f"arn:aws:iam::{ACCOUNT}:"
SCP = "service_control_policy"


def identity(name: str, kind: Any = "iam_role") -> Identity:
    return Identity(
        id=f"{IAM}{'role' if kind == 'iam_role' else 'user'}/{name}",
        provider="aws",
        kind=kind,
        nature=Nature.UNKNOWN,
        nature_reason="a test",
        name=name.rsplit("/", 1)[-1],
        scope_id=ACCOUNT,
    )


def policy(name: str, **more: Any) -> Policy:
    values = {"id": f"{IAM}policy/{name}", "kind": "identity", "scope_id": ACCOUNT} | more
    return Policy(provider="aws", name=name, **values)


def bound(principal: Identity, policy_id: str, **more: Any) -> Binding:
    id_ = f"{principal.id}#{policy_id}"
    return Binding(id=id_, principal_id=principal.id, policy_id=policy_id, scope_id=ACCOUNT, **more)


def scope(id_: str, kind: Any = "account", **more: Any) -> Scope:
    return Scope(id=id_, provider="aws", kind=kind, name=id_, **more)


def whole(
    kind: str, scope_id: str = ACCOUNT, status: CoverageStatus = CoverageStatus.COMPLETE, region: str = ""
) -> Coverage:
    return Coverage(provider="aws", scope_id=scope_id, record_kind=kind, status=status, region=region)


def estate() -> Records:
    a, b = identity("a"), identity("x/b")
    return Records(
        scopes=[scope(ACCOUNT)],
        identities=[b, a],
        policies=[policy("q"), policy("p")],
        bindings=[bound(b, policy("p").id), bound(a, policy("q").id), bound(a, policy("p").id)],
        trusts=[Trust(id="t2", identity_id=a.id, subject=b.id, subject_kind="identity")],
        credentials=[Credential(id="k", provider="aws", identity_id=a.id, scope_id=ACCOUNT, kind="access_key")],
        workloads=[
            Workload(
                id="w", provider="aws", kind="f", name="w", scope_id=ACCOUNT, runs_as=(a.id,), served_by=(a.id, b.id)
            ),
        ],
        usage=[Usage(identity_id=a.id, service="s3"), Usage(identity_id=a.id, service="iam")],
        groups=[Group(id="g", provider="aws", kind="iam_group", name="g", scope_id=ACCOUNT)],
        group_policies={"g": (policy("p").id,)},
        coverage=[whole("iam-users"), whole("iam-roles")],
    )


def test_everything_is_sorted_and_indexed() -> None:
    inventory = build([estate()])
    a, b = f"{IAM}role/a", f"{IAM}role/x/b"
    assert list(inventory.identities) == [a, b]
    assert list(inventory.policies) == [policy("p").id, policy("q").id]
    assert [binding.policy_id for binding in inventory.bindings_of[a]] == [policy("p").id, policy("q").id]
    assert [binding.principal_id for binding in inventory.bindings_to[policy("p").id]] == [a, b]
    assert [trust.id for trust in inventory.trusts_of[a]] == ["t2"]
    assert [credential.id for credential in inventory.credentials_of[a]] == ["k"]
    assert [workload.id for workload in inventory.workloads_of[a]] == ["w"]  # once, though it is named twice
    assert [workload.id for workload in inventory.workloads_of[b]] == ["w"]
    assert [use.service for use in inventory.usage_of[a]] == ["iam", "s3"]
    assert inventory.group_bindings == {"g": (policy("p").id,)}


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_arrival_does_not_matter(seed: int) -> None:
    shuffled, order = estate(), random.Random(seed)  # noqa: S311 - no secret
    for part in fields(Records):
        records = getattr(shuffled, part.name)
        if isinstance(records, list):
            order.shuffle(records)
    parts = [Records(**{part.name: getattr(shuffled, part.name)}) for part in fields(Records)]
    order.shuffle(parts)
    assert build(parts) == build([estate()])
    assert repr(build(parts)) == repr(build([estate()]))


def test_equal_duplicates_collapse() -> None:
    assert build([estate(), estate()]) == build([estate()])


@pytest.mark.parametrize("turned", [False, True])
def test_of_contradicting_duplicates_one_is_kept_and_coverage_says_so(turned: bool) -> None:
    one, other = identity("a"), replace(identity("a"), path="/other/")
    records = [Records(identities=[one]), Records(identities=[other])]
    inventory = build(reversed(records) if turned else records)
    assert inventory.identities == {one.id: one}
    (row,) = inventory.coverage
    assert (row.scope_id, row.record_kind, row.status) == (ACCOUNT, "duplicate-identity", CoverageStatus.PARTIAL)
    assert one.id in row.detail


def test_a_providers_policy_is_one_policy_in_all_accounts() -> None:
    known = policy("AdministratorAccess", id="arn:aws:iam::aws:policy/AdministratorAccess", managed_by_provider=True)
    unread = replace(known, scope_id="000000000001", complete=False)
    inventory = build([Records(policies=[unread, known, replace(known, scope_id="999999999999")])])
    assert inventory.policies[known.id].complete
    assert inventory.coverage == ()


def test_a_policy_that_was_read_goes_before_one_that_was_not() -> None:
    known, unread = policy("p", version="2012-10-17"), policy("p", complete=False)
    assert build([Records(policies=[unread, known])]).policies[known.id].complete


def test_what_is_bound_and_missing_is_a_policy_nobody_can_read() -> None:
    inventory = build([Records(bindings=[bound(identity("a"), "arn:aws:iam::aws:policy/X")])])
    stub = inventory.policies["arn:aws:iam::aws:policy/X"]
    assert (stub.complete, stub.kind, stub.name, stub.managed_by_provider) == (False, "identity", "X", True)


def tree(**root: Any) -> Records:
    return Records(
        scopes=[
            scope("o-1", "organization", parent_id=""),
            scope("r-1", "root", parent_id="o-1", **root),
            scope("ou-1", "organizational_unit", parent_id="r-1"),
            scope(ACCOUNT, parent_id="ou-1"),
        ],
        policies=[policy("full", id="p-full", kind="guardrail"), policy("no", id="p-no", kind="guardrail")],
        guardrails=[
            Guardrail(policy_id="p-full", scope_id="r-1", kind="service_control_policy"),
            Guardrail(policy_id="p-no", scope_id="ou-1", kind="service_control_policy"),
            Guardrail(policy_id="p-full", scope_id="ou-1", kind="service_control_policy"),
        ],
    )


def levels(inventory: Inventory) -> Any:
    found = inventory.guardrails_for(ACCOUNT, SCP)
    return None if found is None else [[one.id for one in level] for level in found]


def test_guardrails_of_each_level_from_the_root_down() -> None:
    assert levels(build([tree(guardrail_kinds=(SCP,))])) == [["p-full"], ["p-full", "p-no"], []]


@pytest.mark.parametrize(("kinds", "wanted"), [(None, None), ((), []), (("resource_control_policy",), [])])
def test_guardrails_that_are_unknown_or_not_in_force(kinds: Any, wanted: Any) -> None:
    assert levels(build([tree(guardrail_kinds=kinds)])) == wanted


def test_an_account_whose_parent_was_not_seen() -> None:
    records = tree(guardrail_kinds=(SCP,))
    records.scopes[-1] = replace(records.scopes[-1], parent_id=None)
    assert levels(build([records])) is None
    records.scopes[-1] = replace(records.scopes[-1], parent_id="ou-unseen")
    assert levels(build([records])) is None
    records.scopes[-1] = replace(records.scopes[-1], parent_id="")
    assert levels(build([records])) == []


def test_a_guardrail_whose_document_is_missing_is_a_policy_nobody_can_read() -> None:
    records = tree(guardrail_kinds=(SCP,))
    records.policies.clear()
    found = build([records]).guardrails_for(ACCOUNT, SCP)
    assert found is not None
    assert [one.complete for one in found[1]] == [False, False]


def test_the_chain_of_scopes() -> None:
    inventory = build([tree()])
    assert [one.id for one in inventory.scope_chain(ACCOUNT)] == ["o-1", "r-1", "ou-1", ACCOUNT]
    assert inventory.scope_chain("nowhere") == ()


def test_a_ring_of_scopes_ends() -> None:
    ring = [
        scope("ou-1", "organizational_unit", parent_id="ou-2"),
        scope("ou-2", "organizational_unit", parent_id="ou-1"),
    ]
    assert len(build([Records(scopes=ring)]).scope_chain("ou-1")) == 2


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        (f"{IAM}role/x/b", True),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/b/session", True),  # a session leaves the path out
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/c/session", False),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/b", False),
        ("arn:aws:sts::444455556666:assumed-role/b/session", False),
        ("", False),
        ("arn:aws:sts::1:assumed-role/", False),
    ],
)
def test_the_identity_behind_a_principal(principal: str, *, found: bool) -> None:
    known = build([estate()]).identity_of(principal)
    assert (known is not None) is found
    if known is not None:
        assert known.name == "b"


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([], None),
        ([("", "COMPLETE")], True),
        ([("a", "COMPLETE"), ("b", "SKIPPED")], True),  # a region without the service takes nothing away
        ([("a", "SKIPPED"), ("b", "COMPLETE")], True),
        ([("a", "SKIPPED")], None),
        ([("a", "COMPLETE"), ("b", "DENIED")], False),
        ([("a", "FAILED"), ("b", "COMPLETE")], False),
        ([("a", "PARTIAL"), ("b", "SKIPPED")], False),
    ],
)
def test_whether_a_kind_was_collected(rows: list[tuple[str, str]], *, wanted: bool | None) -> None:
    coverage = [whole("k", status=CoverageStatus[status], region=region) for region, status in rows]
    inventory = build([Records(coverage=coverage)])
    assert inventory.covered(ACCOUNT, "k") is wanted
    assert inventory.covered(ACCOUNT, "other") is None
    assert inventory.covered("other", "k") is None
