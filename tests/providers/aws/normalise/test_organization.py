"""The tree, its guardrails, and the workforce's way in."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.aws.normalise import normalise

SCP, RCP = "service_control_policy", "resource_control_policy"
ORGANIZATION = "o-exampleorgid"
SHOP = "222233334444"


@pytest.fixture
def recording(recorded: Callable[[str], Any]) -> Any:
    return recorded("organization.json")


@pytest.fixture
def inventory(snapshot: Callable[..., Any], recording: Any) -> Inventory:
    return build([normalise(snapshot(recording))])


def test_the_tree(inventory: Inventory) -> None:
    shown = {scope.id: (scope.kind, scope.name, scope.parent_id) for scope in inventory.scopes.values()}
    assert shown == {
        "o-exampleorgid": ("organization", "o-exampleorgid", ""),
        "r-abcd": ("root", "Root", "o-exampleorgid"),
        "ou-abcd-11111111": ("organizational_unit", "prod", "r-abcd"),
        "ou-abcd-22222222": ("organizational_unit", "eu", "ou-abcd-11111111"),
        "111122223333": ("account", "root", "r-abcd"),
        "222233334444": ("account", "shop", "ou-abcd-22222222"),
        "333344445555": ("account", "old", "r-abcd"),
    }


def test_what_is_told_of_accounts(inventory: Inventory) -> None:
    accounts = {s.id: s for s in inventory.scopes.values() if s.kind == "account"}
    assert {id_: s.collected for id_, s in accounts.items()} == {
        "111122223333": True,
        "222233334444": True,
        "333344445555": False,
    }
    assert [id_ for id_, s in accounts.items() if s.management] == ["111122223333"]
    assert accounts["333344445555"].status == "suspended"
    assert accounts[SHOP].delegated_services == ("sso.amazonaws.com",)
    assert accounts[SHOP].tags == (("team", "shop"),)


def test_the_accounts_tags_name_the_owner_of_its_identities(inventory: Inventory) -> None:
    owner = inventory.identities["arn:aws:iam::222233334444:role/plain"].owner
    assert owner is not None
    assert (owner.name, owner.source) == ("shop", "scope:team")


def test_guardrails_level_by_level(inventory: Inventory) -> None:
    levels = inventory.guardrails_for(SHOP, SCP)
    assert levels is not None
    assert [[policy.id for policy in level] for level in levels] == [
        ["p-FullAWSAccess"],
        ["p-FullAWSAccess", "p-deny"],
        ["p-FullAWSAccess"],
        ["p-FullAWSAccess"],
    ]
    assert levels[0][0].managed_by_provider
    assert levels[0][0].statements[0].actions == ("*",)


def test_a_level_without_a_policy_is_an_empty_level(inventory: Inventory) -> None:
    assert [len(level) for level in inventory.guardrails_for("333344445555", SCP) or ()] == [1, 0]


def test_the_management_account_is_exempt(inventory: Inventory) -> None:
    assert inventory.guardrails_for("111122223333", SCP) == ()


def test_a_kind_that_is_not_enabled_limits_nobody(inventory: Inventory) -> None:
    assert inventory.guardrails_for(SHOP, RCP) == ()


def test_an_account_nobody_knows(inventory: Inventory) -> None:
    assert inventory.guardrails_for("999999999999", SCP) is None


@pytest.mark.parametrize(
    "kind",
    [
        "organizations-policies",
        "organizations-policy-documents",
        "organizations-policy-targets",
        "organizations-parents",
        "organizations-roots",
        "organizations-organizational-units",
        "organizations-accounts",
    ],
)
def test_what_was_not_seen_whole_is_unknown(snapshot: Callable[..., Any], recording: Any, kind: str) -> None:
    inventory = build([normalise(snapshot(recording, missing={kind: CoverageStatus.PARTIAL}))])
    assert inventory.guardrails_for(SHOP, SCP) is None
    assert inventory.guardrails_for("111122223333", SCP) == ()  # the management account is exempt all the same


def test_an_organization_for_billing_alone_has_no_guardrails(snapshot: Callable[..., Any], recording: Any) -> None:
    recording[ORGANIZATION]["organizations-organization"][0]["FeatureSet"] = "CONSOLIDATED_BILLING"
    inventory = build([normalise(snapshot(recording, missing={"organizations-policies": CoverageStatus.FAILED}))])
    assert inventory.guardrails_for(SHOP, SCP) == ()


@pytest.mark.parametrize(
    ("kinds", "options", "parent", "guardrails"),
    [
        ({"iam-roles": []}, {}, None, None),  # nobody asked
        ({"organizations-organization": []}, {}, "", ()),  # asked: there is none
        (
            {"organizations-organization": []},
            {"missing": {"organizations-organization": CoverageStatus.DENIED}},
            None,
            None,
        ),
        ({"organizations-organization": [{"Id": "o-x", "MasterAccountId": "999988887777"}]}, {}, None, None),
        ({"organizations-organization": [{"Id": "o-x", "MasterAccountId": SHOP}]}, {}, None, ()),
    ],
    ids=["not asked", "in none", "denied", "a member", "the management account"],
)
def test_an_account_collected_alone(
    snapshot: Callable[..., Any],
    kinds: Any,
    options: Any,
    parent: str | None,
    guardrails: Any,
) -> None:
    inventory = build([normalise(snapshot({SHOP: kinds}, **options))])
    assert inventory.scopes[SHOP].parent_id == parent
    assert inventory.guardrails_for(SHOP, SCP) == guardrails


def test_permission_sets(inventory: Inventory) -> None:
    (found,) = [r for r in inventory.resources.values() if r.kind == "permission_set"]
    assert dict(found.attributes) == {
        "instance_arn": "arn:aws:sso:::instance/ssoins-1",
        "session_duration": "PT4H",
        "managed_policies": "arn:aws:iam::aws:policy/AdministratorAccess",
        "customer_policies": "/x/extra",
        "inline_policy": "true",
        "boundary": "/edge",
        "assignments": "2",
    }
    assert found.policy_id is not None
    assert inventory.policies[found.policy_id].statements[0].actions == ("s3:*",)
    (role,) = found.used_by
    assert role.endswith("/AWSReservedSSO_Admins_0123456789abcdef")


def test_assignments_lead_to_the_roles_they_made(inventory: Inventory) -> None:
    assignments = {
        dict(r.attributes)["account_id"]: r for r in inventory.resources.values() if r.kind == "sso_assignment"
    }
    assert [one.rsplit("/", 1)[-1] for one in assignments[SHOP].used_by] == ["AWSReservedSSO_Admins_0123456789abcdef"]
    assert assignments["333344445555"].used_by == ()
    assert assignments[SHOP].name == "Admins in 222233334444"
