"""Groups, administrative units and users."""

from typing import Any

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.azure import kinds
from tests.providers.azure.normalise.resource_records import Read


def member(group: str, id_: str, type_: str = "user") -> dict[str, Any]:
    return {"of": {"id": group}, "record": {"id": id_, "@odata.type": f"#microsoft.graph.{type_}"}}


def test_groups_and_who_is_in_them(read: Read) -> None:
    records = read(
        {
            kinds.GROUPS: [
                {"id": "G", "displayName": "Admins", "isAssignableToRole": True, "groupTypes": ["DynamicMembership"]},
                {"id": "H", "isAssignableToRole": None, "onPremisesSyncEnabled": True},
            ],
            kinds.GROUP_MEMBERS: [
                member("G", "U"),
                member("G", "H", "group"),
                member("G", "D", "device"),
                member("G", "S", "servicePrincipal"),
            ],
            kinds.GROUP_OWNERS: [member("G", "O")],
            kinds.GROUP_ELIGIBILITY_INSTANCES: [
                {"of": {"id": "G"}, "record": {"groupId": "G", "principalId": "E", "accessId": "member"}},
                {"of": {"id": "G"}, "record": {"groupId": "G", "principalId": "F", "accessId": "owner"}},
            ],
        }
    )
    first, second = records.groups
    assert (first.member_ids, first.eligible_member_ids, first.complete) == (("h", "s", "u"), ("e",), True)
    assert dict(first.attributes) == {"role_assignable": "true", "dynamic": "true"}
    assert dict(second.attributes) == {"role_assignable": "false", "synced": "true"}
    assert [(one.id, one.scope_id, one.eligible) for one in records.bindings] == [
        ("g#eligible-owner/f", "g", True),
        ("g#owner/o", "g", False),
    ]
    assert {one.id for one in records.identities} == {"u", "s", "o", "e", "f"}
    owning = next(one for one in records.policies if one.id == "directory/owners/group").statements[0].actions
    assert "microsoft.directory/groups/members/update" in owning
    assert not any("dynamicMembershipRule" in action for action in owning)  # that takes a role beside it


def test_groups_whose_members_were_not_all_listed(read: Read) -> None:
    records = read({kinds.GROUPS: [{"id": "g"}]}, missing={kinds.GROUP_MEMBERS: CoverageStatus.PARTIAL})
    assert not records.groups[0].complete


def test_members_that_may_be_hidden_are_not_taken_for_none(read: Read) -> None:
    records = read(
        {
            kinds.GROUPS: [{"id": id_, "visibility": "HiddenMembership"} for id_ in ("g", "h")] + [{"id": "i"}],
            kinds.GROUP_MEMBERS: [member("h", "u")],
            kinds.ADMINISTRATIVE_UNITS: [{"id": "au", "visibility": "HiddenMembership"}],
        }
    )
    assert {one.id: one.complete for one in records.groups} == {
        "g": False,
        "h": True,
        "i": True,
        "/administrativeunits/au": False,
    }


def test_administrative_units(read: Read) -> None:
    records = read(
        {
            kinds.ADMINISTRATIVE_UNITS: [{"id": "AU", "displayName": "Berlin", "isMemberManagementRestricted": True}],
            kinds.ADMINISTRATIVE_UNIT_MEMBERS: [member("AU", "U"), member("AU", "D", "device")],
        }
    )
    (unit,) = records.groups
    assert (unit.id, unit.kind, unit.member_ids) == ("/administrativeunits/au", "administrative_unit", ("u",))
    assert dict(unit.attributes) == {"restricted": "true"}


def test_only_users_that_something_names_are_there(read: Read) -> None:
    users = [
        {"id": id_, "userPrincipalName": f"{id_}@x", "userType": "Guest", "onPremisesSyncEnabled": None}
        for id_ in ("u", "v")
    ]
    records = read({kinds.USERS: users, kinds.GROUPS: [{"id": "g"}], kinds.GROUP_MEMBERS: [member("g", "u")]})
    (identity,) = records.identities
    assert (identity.name, identity.status) == ("u@x", "unknown")
    assert dict(identity.attributes) == {"user_type": "guest", "synced": "false"}
