"""Who is named, and who of them still has to be asked for."""

from typing import Any

import pytest

from nhi_scan.providers.azure.arm_named import named_by_arm
from nhi_scan.providers.azure.naming import Naming, guid, portions, type_of
from nhi_scan.snapshot.store import SnapshotWriter

A, B, C, D = (f"00000000-0000-4000-8000-00000000000{letter}" for letter in "abcd")
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(A.upper(), A), (A, A), (NOBODY, ""), ("x", ""), ("", ""), (None, ""), (7, ""), ([A], ""), (f"{A} ", "")],
)
def test_an_id_is_a_guid_in_one_spelling(value: object, expected: str) -> None:
    assert guid(value) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"@odata.type": "#microsoft.graph.servicePrincipal"}, "serviceprincipal"),
        ({"@odata.type": "#microsoft.graph.group"}, "group"),
        ({"@odata.type": 7}, ""),
        ({}, ""),
    ],
)
def test_a_type_is_what_comes_after_the_dots(record: dict[str, Any], expected: str) -> None:
    assert type_of(record) == expected


def test_what_is_listed_or_has_a_type_needs_no_asking() -> None:
    naming = Naming()
    for value, type_ in ((A, "User"), (B, "GROUP"), (C, "ServicePrincipal"), (D, ""), (A, ""), ("x", "User")):
        naming.add(value, type_)
    naming.list(C.upper())

    assert (naming.users, naming.groups, naming.unknown()) == ({A}, {B}, {D})


@pytest.mark.parametrize("type_", ["ForeignGroup", "ForeignUser", "foreignserviceprincipal"])
def test_those_of_another_tenant_are_not_asked_for_in_this_one(type_: str) -> None:
    naming = Naming()
    naming.add(A, type_)

    assert naming.unknown() == set()


def test_devices_in_a_group_are_nobody() -> None:
    naming = Naming()
    naming.objects(
        [{"@odata.type": "#microsoft.graph.device", "id": A}, {"@odata.type": "#microsoft.graph.user", "id": B}]
    )
    naming.objects("odd")
    naming.objects([None, 7, {"id": []}])

    assert (naming.users, naming.untyped) == ({B}, set())


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, {"policy": 7}, {"policy": {"rules": [{"setting": "x"}, 5]}}])
def test_odd_records_name_nobody(odd: Any) -> None:
    naming = Naming()
    for note in (
        naming.owners,
        naming.principal,
        naming.grant,
        naming.approvers,
        naming.agent_user,
        naming.listed_group,
    ):
        note(odd)

    assert naming.users | naming.groups | naming.untyped | naming.listed | naming.units == set()


def test_users_who_agreed_to_something_are_too_many_to_ask_for() -> None:
    naming = Naming()
    naming.grant({"clientId": A, "resourceId": B, "consentType": "Principal", "principalId": C})

    assert (naming.unknown(), naming.users) == ({A, B}, set())


def test_units_are_those_that_a_role_is_given_on() -> None:
    naming = Naming()
    for scope in ("/", f"/administrativeUnits/{A.upper()}", f"/{B}", "/administrativeUnits/x", 7):
        naming.principal({"principalId": C, "directoryScopeId": scope})

    assert naming.units == {A}


def test_parts_are_merged() -> None:
    one, other = Naming(), Naming()
    other.add(A, "User")
    other.listed_group({"id": B})
    other.list(C)
    other.add(D)
    other.units.add(A)
    one.merge(other)

    assert (one.users, one.groups, one.role_groups, one.listed, one.untyped, one.units) == (
        {A},
        {B},
        {B},
        {C},
        {D},
        {A},
    )


def test_portions_are_sorted_and_no_larger_than_they_may_be() -> None:
    assert list(portions({"c", "a", "b"}, 2)) == [["a", "b"], ["c"]]
    assert list(portions((), 2)) == []


def test_resource_manager_names_whoever_has_a_role_an_identity_or_a_vault(tmp_path: Any, starting: Any) -> None:
    writer = SnapshotWriter.create(tmp_path / "s", starting.now, "test")
    records = {
        ("tenants-t", "arg-role-assignments"): {"properties": {"principalId": A.upper(), "principalType": "User"}},
        ("tenants-t", "arm-deny-assignments"): {
            "properties": {
                "principals": [{"id": NOBODY, "type": "SystemDefined"}],
                "excludePrincipals": [{"id": B, "type": "Group"}, 7],
            }
        },
        ("tenants-t", "arg-resources"): {
            "identity": {"principalId": C, "userAssignedIdentities": {"/x": {"principalId": D, "clientId": A}}},
            "properties": {"accessPolicies": [{"objectId": f"{A[:-1]}1"}]},
        },
        ("subscriptions-s", "arm-role-assignments"): {"properties": {"principalId": f"{A[:-1]}2"}},
        ("tenants-t", "arm-tenants"): {"principalId": f"{A[:-1]}3"},
        ("tenants-t", "graph-users"): {"principalId": f"{A[:-1]}4"},
    }
    for (scope, kind), record in records.items():
        writer.write("azure", scope, kind, [("", {}, record)])

    naming = named_by_arm(writer)

    assert (naming.users, naming.groups) == ({A}, {B})
    assert naming.untyped == {C, D, f"{A[:-1]}1", f"{A[:-1]}2"}
