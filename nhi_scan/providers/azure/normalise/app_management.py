"""What keeps applications from new secrets and certificates, or limits how long one works.

https://learn.microsoft.com/graph/api/resources/appmanagementpolicy: a policy of its own goes before the tenant's.
"""

from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.shapes import Record, flag, guid, hours, whole
from nhi_scan.providers.azure.normalise.source import Source
from nhi_scan.snapshot.values import objects, text, within

_DAY = 24.0
_RESTRICTED = {
    "passwordaddition": "password_addition_restricted",
    "custompasswordaddition": "custom_password_restricted",
    "symmetrickeyaddition": "symmetric_key_addition_restricted",
}
_LIMITED = {"passwordlifetime": "password_lifetime_days", "asymmetrickeylifetime": "key_lifetime_days"}


def restrictions(written: Record, enabled: str) -> dict[str, str]:
    """Attributes of a policy's restrictions; see `tenant`.

    Args:
        written: its restrictions of secrets and keys.
        enabled: `true` or `false`: whether the policy is on.
    """
    told = dict.fromkeys(_RESTRICTED.values(), "false")
    for one in (*objects(written, "passwordCredentials"), *objects(written, "keyCredentials")):
        named = text(one, "restrictionType").lower()
        if enabled == "false" or text(one, "state").lower() == "disabled":
            continue
        if named in _RESTRICTED:
            told[_RESTRICTED[named]] = "true"
        longest = hours(one.get("maxLifetime"))
        if named in _LIMITED and longest is not None:
            told[_LIMITED[named]] = whole(longest / _DAY)
    return told


def own_restrictions(source: Source) -> dict[str, dict[str, str]]:
    """Attributes of the policies that single applications and service principals have, by object id."""
    kind, found = kinds.APP_MANAGEMENT_POLICIES, dict[str, dict[str, str]]()
    targets = _targets(source)
    for scope_id, _, record in source.plain(kind):
        if not guid(record, "id"):
            source.note(kind, scope_id, "policies without an id")
            continue
        told = restrictions(within(record, "restrictions"), flag(record.get("isEnabled")) or "true")
        for target in (
            *(guid(one, "id") for one in objects(record, "appliesTo")),
            *targets.get(guid(record, "id"), ()),
        ):
            found.setdefault(target, told)
    return found


def _targets(source: Source) -> dict[str, list[str]]:
    """Ids of applications and service principals by the policy that is for them."""
    kind, found = kinds.APP_MANAGEMENT_TARGETS, dict[str, list[str]]()
    for scope_id, of, record in source.plain(kind):
        policy, target = guid(of, "id"), guid(record, "id")
        if policy and target:
            found.setdefault(policy, []).append(target)
        else:
            source.note(kind, scope_id, "what a policy is for, without an id")
    return found
