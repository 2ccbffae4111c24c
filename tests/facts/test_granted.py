"""Facts about who has which role where: direct bindings, places, expiry, and what nobody could look at."""

from typing import Any

import pytest

from nhi_scan.model.identity import Group, Nature
from nhi_scan.model.policy import Condition

READ = ("asset-iam-policies",)


@pytest.mark.parametrize(
    ("roles", "broadest"),
    [
        (["roles/viewer"], "viewer"),
        (["roles/viewer", "roles/editor"], "editor"),
        (["roles/owner", "roles/editor"], "owner"),
        (["roles/run.invoker"], "none"),
        ([], "none"),
    ],
)
def test_the_broadest_basic_role(facts: Any, make: Any, roles: list[str], broadest: str) -> None:
    one = make.service_account()
    tables = facts(
        identities=[one],
        scopes=make.projects(),
        bindings=[make.bound(one.id, role) for role in roles],
        coverage=make.swept(*READ),
    )
    assert make.cell(tables, "identity.basic_role") == broadest
    assert make.cell(tables, "identity.owner_or_editor") is (broadest in ("owner", "editor"))


def test_a_basic_role_counts_on_projects_folders_and_organizations_only(facts: Any, make: Any) -> None:
    one = make.service_account()
    tables = facts(
        identities=[one],
        scopes=make.projects(),
        bindings=[
            make.bound(one.id, "roles/editor", "//storage.googleapis.com/b"),
            make.bound(one.id, "roles/viewer", "organizations/1"),
        ],
        coverage=make.swept(*READ),
    )
    assert make.cell(tables, "identity.basic_role") == "viewer"
    assert make.cell(tables, "identity.basic_roles") == "roles/viewer on organizations/1"
    assert make.cell(tables, "identity.binding_count") == 2
    assert (
        make.cell(tables, "identity.granted")
        == "roles/editor on //storage.googleapis.com/b, roles/viewer on organizations/1"
    )


def test_without_all_policies_no_role_is_called_absent_and_one_that_is_there_counts(facts: Any, make: Any) -> None:
    has, lacks = make.service_account("a"), make.service_account("b")
    tables = facts(
        identities=[has, lacks], scopes=make.projects(), bindings=[make.bound(has.id, "roles/editor")], coverage=[]
    )
    for name in ("basic_role", "basic_roles", "binding_count", "granted"):
        assert make.cell(tables, f"identity.{name}", 0) is not None, name
        assert make.cell(tables, f"identity.{name}", 1) is None, name
    assert [make.cell(tables, "identity.owner_or_editor", row) for row in (0, 1)] == [True, False]
    for name in ("admin_roles", "impersonation_roles", "makes_and_uses_accounts", "keeps_and_uses_keys"):
        assert make.cell(tables, f"identity.{name}", 0) is None, name


def test_people_are_judged_by_all_policies_that_were_collected(facts: Any, make: Any) -> None:
    ann = make.member("user:ann@shop.example", kind="user", nature=Nature.HUMAN)
    whole = facts(identities=[ann], scopes=make.projects(), coverage=make.swept(*READ))
    part = facts(identities=[ann], scopes=make.projects(), coverage=make.swept(*READ, scope="projects/shop"))
    assert make.cell(whole, "identity.basic_role") == "none"
    assert make.cell(part, "identity.basic_role") is None


def test_what_has_expired_counts_no_more_and_what_is_conditional_does(facts: Any, make: Any) -> None:
    one = make.service_account()
    under = Condition("CEL", "", ("request.time < timestamp('2030-01-01T00:00:00Z')",))
    tables = facts(
        identities=[one],
        scopes=make.projects(),
        bindings=[
            make.bound(one.id, "roles/owner", expires_at=make.ago(1)),
            make.bound(one.id, "roles/viewer", condition=under, expires_at=make.ago(-100)),
        ],
        coverage=make.swept(*READ),
    )
    assert make.cell(tables, "identity.basic_role") == "viewer"


@pytest.mark.parametrize(
    ("role", "told"),
    [
        ("roles/storage.admin", True),
        ("roles/resourcemanager.projectIamAdmin", True),
        ("roles/storage.objectViewer", False),
        ("projects/shop/roles/admin", False),
    ],
)
def test_administrators_roles_are_told_by_their_names(facts: Any, make: Any, role: str, told: bool) -> None:
    one = make.service_account()
    tables = facts(
        identities=[one],
        scopes=make.projects(),
        bindings=[make.bound(one.id, role)],
        policies=[make.gcp_role("storage.objects.get", id_=role)],
        coverage=make.swept(*READ),
    )
    assert make.cell(tables, "identity.admin_roles") == (f"{role} on projects/shop" if told else "")


@pytest.mark.parametrize(
    ("admin_at", "user_at", "both"),
    [
        ("projects/shop", "projects/shop", True),
        ("organizations/1", "projects/shop", True),
        ("projects/shop", "organizations/1", True),
        ("projects/shop", "projects/lab", False),
        ("projects/shop", "serviceAccount:ci@shop.iam.gserviceaccount.com", False),
    ],
)
def test_two_duties_meet_where_both_roles_count(facts: Any, make: Any, admin_at: str, user_at: str, both: Any) -> None:
    one = make.service_account()
    tables = facts(
        identities=[one],
        scopes=make.projects("shop", "lab"),
        bindings=[
            make.bound(one.id, "roles/iam.serviceAccountAdmin", admin_at),
            make.bound(one.id, "roles/iam.serviceAccountUser", user_at),
            make.bound(one.id, "roles/cloudkms.admin", admin_at),
            make.bound(one.id, "roles/cloudkms.cryptoKeyDecrypter", user_at),
        ],
        coverage=make.swept(*READ),
    )
    assert make.cell(tables, "identity.makes_and_uses_accounts") is both
    assert make.cell(tables, "identity.keeps_and_uses_keys") is both


def test_impersonation_of_a_whole_project(facts: Any, make: Any) -> None:
    wide, narrow = make.service_account("a"), make.service_account("b")
    tables = facts(
        identities=[wide, narrow],
        scopes=make.projects(),
        bindings=[
            make.bound(wide.id, "roles/iam.serviceAccountTokenCreator"),
            make.bound(narrow.id, "roles/iam.serviceAccountTokenCreator", wide.id),
            make.bound("user:ann@shop.example", "roles/iam.serviceAccountUser"),
            make.bound("group:dev@shop.example", "roles/iam.serviceAccountUser"),
            make.bound("group:old@shop.example", "roles/iam.serviceAccountUser", expires_at=make.ago(3)),
            make.bound("group:dev@shop.example", "roles/iam.serviceAccountUser", narrow.id),
        ],
        coverage=make.swept(*READ),
    )
    assert make.cell(tables, "identity.impersonation_roles", 0) == (
        "roles/iam.serviceAccountTokenCreator on projects/shop"
    )
    assert make.cell(tables, "identity.impersonation_roles", 1) == ""
    assert make.cell(tables, "scope.impersonator_count", 1) == 2
    assert make.cell(tables, "scope.impersonators", 1) == "group:dev@shop.example, user:ann@shop.example"
    assert make.cell(tables, "scope.impersonator_count", 0) == 0


def test_what_everybody_has_on_a_scope(facts: Any, make: Any) -> None:
    tables = facts(
        scopes=make.projects("shop", "lab"),
        bindings=[make.bound("allUsers", "roles/viewer"), make.bound("allAuthenticatedUsers", "roles/editor")],
        coverage=make.swept(*READ, scope="projects/lab"),
    )
    columns = ["public_members", "public_roles"]
    # In order: the organization, whose policy nobody read; lab; shop.
    assert [make.cell(tables, f"scope.{name}", 0) for name in columns] == [None, None]
    assert [make.cell(tables, f"scope.{name}", 1) for name in columns] == ["", ""]
    assert [make.cell(tables, f"scope.{name}", 2) for name in columns] == [
        "allAuthenticatedUsers, allUsers",
        "roles/editor, roles/viewer",
    ]


def test_a_service_account_has_what_its_groups_have_and_people_are_a_matter_of_the_group(facts: Any, make: Any) -> None:
    one, ann = make.service_account(), make.member("user:ann@shop.example", kind="user", nature=Nature.HUMAN)

    def group(name: str, *members: str) -> Group:
        return Group(
            id=f"group:{name}", provider="gcp", kind="google_group", name=name, scope_id="", member_ids=members
        )

    tables = facts(
        identities=[one, ann],
        groups=[group("inner", one.id, ann.id, "group:outer"), group("outer", "group:inner")],
        scopes=make.projects(),
        bindings=[
            make.bound("group:outer", "roles/editor"),
            make.bound(one.id, "roles/viewer"),
            make.bound("group:inner", "roles/iam.serviceAccountAdmin"),
            make.bound(one.id, "roles/iam.serviceAccountUser"),
        ],
        coverage=make.swept(*READ),
    )
    assert make.cell(tables, "identity.basic_role", 0) == "editor"
    assert make.cell(tables, "identity.basic_roles", 0) == (
        "roles/editor on projects/shop through group:outer, roles/viewer on projects/shop"
    )
    assert make.cell(tables, "identity.makes_and_uses_accounts", 0) is True
    assert make.cell(tables, "identity.binding_count", 0) == 2
    assert make.cell(tables, "identity.basic_role", 1) == "none"


def test_many_principals_are_told_in_short(facts: Any, make: Any) -> None:
    tables = facts(
        scopes=make.projects(),
        bindings=[make.bound(f"user:{letter}@shop.example", "roles/iam.serviceAccountUser") for letter in "abcdefgh"],
        coverage=make.swept(*READ),
    )
    assert make.cell(tables, "scope.impersonators", 1).endswith("user:e@shop.example and 3 more")


def test_custom_roles_that_nobody_has(facts: Any, make: Any) -> None:
    place = "projects/shop"
    tables = facts(
        identities=[make.service_account()],
        scopes=make.projects(),
        policies=[
            make.gcp_role("storage.objects.get", id_=f"{place}/roles/bound", scope_id=place),
            make.gcp_role("storage.objects.get", id_=f"{place}/roles/free", scope_id=place),
            make.gcp_role(id_=f"{place}/roles/gone", scope_id=place, attachable=False),
            make.gcp_role("storage.objects.get", id_="roles/viewer"),
        ],
        bindings=[make.bound("user:ann@shop.example", f"{place}/roles/bound")],
        coverage=make.swept(*READ),
    )
    assert [make.cell(tables, "policy.custom_role", row) for row in range(4)] == [True, True, False, False]
    assert [make.cell(tables, "policy.binding_count", row) for row in range(3)] == [1, 0, 0]
    # A predefined role belongs to no place that could be read.
    assert make.cell(tables, "policy.binding_count", 3) is None


def test_aws_has_no_roles_of_this_sort(facts: Any, make: Any) -> None:
    tables = facts(identities=[make.user()])
    assert make.cell(tables, "identity.basic_role") == "none"
    assert make.cell(tables, "identity.binding_count") == 0
    assert make.cell(tables, "identity.impersonation_roles") == ""
    assert make.cell(tables, "identity.makes_and_uses_accounts") is False
    assert make.cell(tables, "scope.public_members") == ""
    assert make.cell(tables, "scope.impersonator_count") == 0
