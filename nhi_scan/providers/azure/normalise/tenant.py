"""What a tenant lets everybody do, as attributes of its scope.

`user_consent`: what users may consent to by themselves: `none`, `low_impact` (also Microsoft's own recommendation,
which leaves out what is sensitive), `any`; absent where a policy of the tenant's own says it and was not read
(https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent); `users_may_create_apps` (`true`,
`false`); `guest_invite`: who may invite guests, Microsoft's word (`everyone`, `adminsAndGuestInviters`, ...).
(https://learn.microsoft.com/graph/api/resources/authorizationpolicy)

`app_restrictions` (`true`, `false`: whether the tenant's default app management policy is on), and, of applications in
general: `password_addition_restricted`, `custom_password_restricted`, `symmetric_key_addition_restricted` (`true`,
`false`), `password_lifetime_days`, `key_lifetime_days` (numbers; absent where nothing limits them).
(https://learn.microsoft.com/graph/api/resources/tenantappmanagementpolicy)

`admin_consent_workflow` (`true`, `false`): whether users may ask administrators for consent
(https://learn.microsoft.com/graph/api/resources/adminconsentrequestpolicy).
"""

from collections.abc import Mapping
from functools import partial

from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.app_management import restrictions
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Pairs, Record, flag, pairs
from nhi_scan.providers.azure.normalise.source import Source
from nhi_scan.snapshot.values import objects, text, texts, within

_SELF = "managepermissiongrantsforself."
_CONSENT = {
    "microsoft-user-default-legacy": "any",
    "microsoft-user-default-low": "low_impact",
    "microsoft-user-default-recommended": "low_impact",
}
_STRONGEST = ("any", "", "low_impact")


def tenant_attributes(source: Source, scopes: Scopes) -> dict[str, Pairs]:
    """Attributes of tenants, by scope id; see the module."""
    found: dict[str, dict[str, str]] = {}
    own = _own_policies(source)
    for kind, field, read in (
        (kinds.AUTHORIZATION_POLICY, "defaultUserRolePermissions", partial(_authorization, own=own)),
        (kinds.APP_MANAGEMENT_DEFAULT_POLICY, "isEnabled", _app_management),
        (kinds.ADMIN_CONSENT_POLICY, "isEnabled", _admin_consent),
    ):
        for scope_id, _, record in source.plain(kind):
            if field not in record:
                source.note(kind, scope_id, "policies that say nothing")
            found.setdefault(scopes.tenant_of(scope_id), {}).update(read(record))
    return {id_: pairs(*told.items()) for id_, told in found.items()}


def _authorization(policy: Record, own: Mapping[str, str]) -> dict[str, str]:
    default = within(policy, "defaultUserRolePermissions")
    assigned = default.get(
        "permissionGrantPoliciesAssigned", policy.get("permissionGrantPolicyIdsAssignedToDefaultUserRole")
    )
    told = {
        "users_may_create_apps": flag(default.get("allowedToCreateApps")),
        "guest_invite": text(policy, "allowInvitesFrom"),
    }
    if isinstance(assigned, list):
        named = {one.lower().removeprefix(_SELF) for one in texts(assigned) if one.lower().startswith(_SELF)}
        allowed = {_CONSENT.get(one) or own.get(one, "") for one in named}
        told["user_consent"] = next((one for one in _STRONGEST if one in allowed), "none")
    return told


def _own_policies(source: Source) -> dict[str, str]:
    """What each policy of the tenant's own lets a user consent to, by its id, lower case.

    https://learn.microsoft.com/graph/api/resources/permissiongrantconditionset
    """
    kind, found = kinds.PERMISSION_GRANT_POLICIES, dict[str, str]()
    for scope_id, _, record in source.plain(kind):
        includes = objects(record, "includes")
        if not text(record, "id"):
            source.note(kind, scope_id, "policies without an id")
        elif isinstance(record.get("includes"), list):
            low = all(text(one, "permissionClassification").lower() == "low" for one in includes)
            found[text(record, "id").lower()] = "low_impact" if low else "any"
    return found


def _app_management(policy: Record) -> dict[str, str]:
    enabled = flag(policy.get("isEnabled"))
    told = {"app_restrictions": enabled}
    return told | restrictions(within(policy, "applicationRestrictions"), enabled) if enabled else told


def _admin_consent(policy: Record) -> dict[str, str]:
    return {"admin_consent_workflow": flag(policy.get("isEnabled"))}
