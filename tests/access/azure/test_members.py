from typing import Any

from nhi_scan.access.azure import Members
from nhi_scan.inventory.build import build
from nhi_scan.model.entra import EVERYONE
from nhi_scan.model.identity import Group, Identity, Nature
from nhi_scan.model.policy import Binding, Policy
from nhi_scan.model.records import Records


def identity(id_: str, status: Any = "active", nature: Nature = Nature.NON_HUMAN) -> Identity:
    return Identity(
        id=id_,
        provider="azure",
        kind="service_principal",
        nature=nature,
        nature_reason="",
        name=id_,
        scope_id="/tenants/t",
        status=status,
    )


def group(id_: str, *members: str, **more: Any) -> Group:
    kind = more.pop("kind", "entra_group")
    return Group(id=id_, provider="azure", kind=kind, name=id_, scope_id="/tenants/t", member_ids=members, **more)


def members(*groups: Group, bound: tuple[str, ...] = ()) -> Members:
    role = Policy(id="role", provider="azure", kind="role", name="r", scope_id="")
    return Members(
        build(
            [
                Records(
                    identities=[
                        identity("app"),
                        identity("old", "deleted"),
                        identity("lost", "unknown", Nature.UNKNOWN),
                        identity("robot", "unknown"),
                    ],
                    groups=list(groups),
                    policies=[role],
                    bindings=[
                        Binding(id=one, principal_id=one, policy_id="role", scope_id="/tenants/t") for one in bound
                    ],
                )
            ]
        )
    )


def test_itself_and_its_groups_through_others() -> None:
    found = members(group("inner", "app"), group("outer", "inner"), group("other", "robot"))
    assert found.principals("app") == (("app", "inner", "outer"), ())
    assert found.stands("outer", "app") is True
    assert found.stands("other", "app") is False
    assert found.stands("app", "app") is True


def test_a_ring_of_groups_ends() -> None:
    found = members(group("one", "two", "app"), group("two", "one", "two"))
    assert found.principals("app").sure == ("app", "one", "two")


def test_everybody_is_meant_by_the_all_zero_principal_but_who_is_gone() -> None:
    assert members().stands(EVERYONE, "app") is True
    assert members().stands(EVERYONE, "old") is False


def test_nothing_stands_for_who_is_deleted_or_of_another_provider() -> None:
    found = members(group("team", "old"), group("hidden", complete=False))
    assert found.principals("old") == ((), ())
    assert found.principals("never seen") == ((), ())
    assert found.stands("team", "old") is found.stands("hidden", "old") is False


def test_a_group_that_nobody_listed_is_open_to_all_and_so_are_those_that_it_is_in() -> None:
    found = members(group("hidden", complete=False), group("above", "hidden"), group("plain"))
    assert found.principals("app") == (("app",), ("above", "hidden"))
    assert found.stands("above", "app") is None
    assert found.stands("plain", "app") is False
    assert found.eligible("app") == frozenset()


def test_a_member_that_was_seen_is_one_for_sure() -> None:
    found = members(group("hidden", "app", complete=False))
    assert found.principals("app") == (("app", "hidden"), ())


def test_a_membership_that_waits_for_its_activation() -> None:
    found = members(
        group("admins", eligible_member_ids=("app", "team")),
        group("above", "admins"),
        group("team", "app"),
        group("top", eligible_member_ids=("above",)),
    )
    assert found.principals("app") == (("app", "team"), ("above", "admins", "top"))
    assert found.eligible("app") == {"admins", "above", "top"}
    assert found.stands("top", "app") is None


def test_who_is_a_member_already_waits_for_nothing() -> None:
    found = members(group("admins", "app", eligible_member_ids=("app",)))
    assert found.principals("app") == (("admins", "app"), ())
    assert found.eligible("app") == frozenset()


def test_what_nothing_resolves_may_be_a_group_where_it_is_given_something() -> None:
    found = members(bound=("lost", "never seen", "robot", "app"))
    assert found.principals("app").open == ("lost", "never seen")
    assert found.principals("lost") == (("lost",), ("never seen",))
    assert members().principals("app").open == ()


def test_direct_members_alone() -> None:
    found = members(
        group("inner", "app", eligible_member_ids=("robot",)), group("outer", "inner"), group("hidden", complete=False)
    )
    assert found.stands_directly("app", "app") is True
    assert found.stands_directly("inner", "app") is True
    assert found.stands_directly("outer", "app") is False
    assert found.stands_directly("inner", "robot") is None
    assert found.stands_directly("outer", "robot") is False
    assert found.stands_directly("hidden", "app") is None


def test_administrative_units_are_no_principals_and_nobody_is_in_a_group_of_another_tenant() -> None:
    found = members(
        group("unit", "app", kind="administrative_unit"),
        group("guests", complete=False, attributes=(("foreign", "true"),)),
    )
    assert found.principals("app") == (("app",), ())
