"""Scopes, and the settings of a tenant."""

from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.records import Records
from nhi_scan.providers.azure import kinds
from tests.providers.azure.normalise.resource_records import GROUPS, GUID, RG, SUB, TENANT, Read, row


def parents(records: Records) -> dict[str, str | None]:
    return {one.id: one.parent_id for one in records.scopes}


def test_the_hierarchy_of_resource_graph(read: Read) -> None:
    chain = [{"name": "Platform", "displayName": "Platform"}, {"name": GUID, "displayName": "Root"}]
    records = read(
        {
            kinds.ORGANIZATION: [{"id": GUID.upper(), "displayName": "Northwind"}],
            kinds.ARG_CONTAINERS: [
                row(
                    SUB.upper(),
                    "microsoft.resources/subscriptions",
                    properties={"state": "Enabled", "managementGroupAncestorsChain": chain},
                    tags={"env": "prod", "n": 5},
                ),
                row(
                    f"{GROUPS}Platform",
                    "microsoft.management/managementgroups",
                    properties={"displayName": "The platform", "details": {"managementGroupAncestorsChain": chain[1:]}},
                ),
                row(RG, "microsoft.resources/subscriptions/resourcegroups"),
            ],
        }
    )
    assert parents(records) == {
        TENANT: "",
        f"{GROUPS}{GUID}": TENANT,
        f"{GROUPS}platform": f"{GROUPS}{GUID}",
        SUB: f"{GROUPS}platform",
        RG.lower(): SUB,
    }
    found = {one.id: one for one in records.scopes}
    assert (found[TENANT].name, found[f"{GROUPS}platform"].name) == ("Northwind", "The platform")
    assert (found[SUB].status, found[SUB].tags) == ("enabled", (("env", "prod"),))


def test_management_groups_of_resource_manager(read: Read) -> None:
    tree = {
        "id": f"{GROUPS}{GUID}",
        "name": GUID,
        "properties": {
            "tenantId": GUID,
            "displayName": "Root",
            "children": [
                {"id": f"{GROUPS}Apps", "displayName": "Apps", "children": [{"id": SUB, "displayName": "Production"}]}
            ],
        },
    }
    assert parents(read({kinds.ARM_MANAGEMENT_GROUPS: [tree]})) == {
        TENANT: "",
        f"{GROUPS}{GUID}": TENANT,
        f"{GROUPS}apps": f"{GROUPS}{GUID}",
        SUB: f"{GROUPS}apps",
    }


def test_what_is_above_a_subscription_may_be_unknown_and_its_tenant_not(read: Read) -> None:
    subscription = {"subscriptionId": SUB[15:], "tenantId": GUID, "displayName": "Production", "state": "Warned"}
    records = read({kinds.ARM_SUBSCRIPTIONS: [subscription], kinds.SERVICE_PRINCIPALS: []})
    assert parents(records)[SUB] is None
    assert build([records]).covered(SUB, kinds.SERVICE_PRINCIPALS) is True


def test_a_tree_without_an_end_is_no_harm(read: Read) -> None:
    deep: dict[str, Any] = {"id": f"{GROUPS}m"}
    for _ in range(300):
        deep = {"id": f"{GROUPS}m", "children": [deep]}
    assert f"{GROUPS}m" in parents(read({kinds.ARM_MANAGEMENT_GROUPS: [deep]}))


def settings(records: Records) -> dict[str, str]:
    (tenant,) = (one for one in records.scopes if one.kind == "tenant")
    return dict(tenant.attributes)


@pytest.mark.parametrize(
    ("assigned", "own", "consent"),
    [
        (["ManagePermissionGrantsForSelf.microsoft-user-default-legacy"], None, "any"),
        (["ManagePermissionGrantsForSelf.microsoft-user-default-low"], None, "low_impact"),
        (["managePermissionGrantsForSelf.microsoft-user-default-recommended"], None, "low_impact"),
        (["ManagePermissionGrantsForOwnedResource.x"], None, "none"),
        ([], None, "none"),
        (["ManagePermissionGrantsForSelf.ours"], None, None),
        (["ManagePermissionGrantsForSelf.ours"], "low", "low_impact"),
        (["ManagePermissionGrantsForSelf.ours"], "all", "any"),
        (None, None, None),
    ],
)
def test_what_users_may_consent_to(read: Read, assigned: Any, own: str | None, consent: str | None) -> None:
    policy = {"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": assigned, "allowedToCreateApps": False}}
    written = [{"id": "Ours", "includes": [{"permissionClassification": own}]}] if own else []
    told = settings(read({kinds.AUTHORIZATION_POLICY: [policy], kinds.PERMISSION_GRANT_POLICIES: written}))
    assert (told.get("user_consent"), told["users_may_create_apps"]) == (consent, "false")


@pytest.mark.parametrize(
    ("enabled", "restricted", "days"),
    [(True, "true", "180"), (False, "false", None)],
)
def test_restrictions_of_applications(read: Read, enabled: bool, restricted: str, days: str | None) -> None:
    restrictions = [
        {"restrictionType": "passwordAddition"},
        {"restrictionType": "passwordLifetime", "maxLifetime": "P180D"},
        {"restrictionType": "customPasswordAddition", "state": "disabled"},
    ]
    keys = [{"restrictionType": "asymmetricKeyLifetime", "maxLifetime": "P1Y"}]
    policy = {
        "isEnabled": enabled,
        "applicationRestrictions": {"passwordCredentials": restrictions, "keyCredentials": keys},
    }
    told = settings(read({kinds.APP_MANAGEMENT_DEFAULT_POLICY: [policy]}))
    assert told["password_addition_restricted"] == restricted
    assert told["custom_password_restricted"] == "false"
    assert told.get("password_lifetime_days") == days
    assert told.get("key_lifetime_days") == ("365" if enabled else None)


@pytest.mark.parametrize(
    ("created", "told"), [("2024-12-31T00:00:00Z", "false"), (None, "false"), ("2025-01-02T00:00:00Z", None)]
)
def test_applications_from_before_the_day_of_a_restriction_are_free(
    read: Read, created: str | None, told: str | None
) -> None:
    dated = {"restrictionType": "passwordAddition", "restrictForAppsCreatedAfterDateTime": "2025-01-01T00:00:00Z"}
    policy = {"isEnabled": True, "applicationRestrictions": {"passwordCredentials": [dated]}}
    records = read(
        {
            kinds.APPLICATIONS: [{"id": "obj", "appId": "app", "createdDateTime": created}],
            kinds.SERVICE_PRINCIPALS: [{"id": "sp", "appId": "app"}],
            kinds.APP_MANAGEMENT_DEFAULT_POLICY: [policy],
        }
    )
    assert dict(records.identities[0].attributes).get("password_addition_restricted") == told
    assert settings(records)["password_addition_restricted"] == "true"  # of whatever is made now


@pytest.mark.parametrize("apart", [False, True])
def test_a_policy_of_a_single_application_goes_before(read: Read, apart: bool) -> None:
    own: dict[str, Any] = {
        "id": "p",
        "isEnabled": True,
        "restrictions": {"passwordCredentials": [{"restrictionType": "passwordAddition"}]},
    }
    target = {"id": "OBJ"}
    records = read(
        {
            kinds.APPLICATIONS: [{"id": "obj", "appId": "app"}],
            kinds.SERVICE_PRINCIPALS: [{"id": "sp", "appId": "app"}, {"id": "other", "appId": "x"}],
            kinds.APP_MANAGEMENT_POLICIES: [own if apart else {**own, "appliesTo": [target]}],
            kinds.APP_MANAGEMENT_TARGETS: [{"of": {"id": "P"}, "record": target}] if apart else [],
        }
    )
    told = {one.id: dict(one.attributes).get("password_addition_restricted") for one in records.identities}
    assert told == {"sp": "true", "other": None}
