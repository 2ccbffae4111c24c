"""What keeps applications from new secrets and certificates, or limits how long one works.

https://learn.microsoft.com/graph/api/resources/appmanagementpolicy: a policy of its own goes before the tenant's. A
restriction may be of applications alone that were created after a day: older ones are as free as before
(https://learn.microsoft.com/graph/api/resources/passwordcredentialconfiguration).
"""

from datetime import datetime

from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Record, flag, guid, hours, whole
from nhi_scan.providers.azure.normalise.source import Source
from nhi_scan.snapshot.values import moment, objects, text, within

_DAY = 24.0
_RESTRICTED = {
    "passwordaddition": "password_addition_restricted",
    "custompasswordaddition": "custom_password_restricted",
    "symmetrickeyaddition": "symmetric_key_addition_restricted",
}
_LIMITED = {"passwordlifetime": "password_lifetime_days", "asymmetrickeylifetime": "key_lifetime_days"}


def restrictions(
    written: Record, enabled: str, *, of_one: bool = False, created: datetime | None = None
) -> dict[str, str]:
    """Attributes of a policy's restrictions; see `tenant`.

    Args:
        written: its restrictions of secrets and keys.
        enabled: `true` or `false`: whether the policy is on.
        of_one: whether they are for one application; else for those that are made now.
        created: when the application was created; None where nothing tells: long ago.
    """
    told = dict.fromkeys(_RESTRICTED.values(), "false")
    for one in (*objects(written, "passwordCredentials"), *objects(written, "keyCredentials")):
        named = text(one, "restrictionType").lower()
        if enabled == "false" or text(one, "state").lower() == "disabled" or (of_one and _is_older(one, created)):
            continue
        if named in _RESTRICTED:
            told[_RESTRICTED[named]] = "true"
        longest = hours(one.get("maxLifetime"))
        if named in _LIMITED and longest is not None:
            told[_LIMITED[named]] = whole(longest / _DAY)
    return told


def _is_older(restriction: Record, created: datetime | None) -> bool:
    since = moment(restriction.get("restrictForAppsCreatedAfterDateTime"))
    return since is not None and (created is None or created <= since)


class Restrictions:
    """What is restricted of single applications and service principals, where that is not what the tenant says."""

    def __init__(self, source: Source, scopes: Scopes) -> None:
        self._own = _own_policies(source)
        self._default: dict[str, tuple[Record, str]] = {}
        for scope_id, _, record in source.plain(kinds.APP_MANAGEMENT_DEFAULT_POLICY):
            of_tenant = within(record, "applicationRestrictions"), flag(record.get("isEnabled"))
            self._default[scopes.tenant_of(scope_id)] = of_tenant

    def told(self, ids: tuple[str, ...], tenant: str, created: datetime | None) -> dict[str, str]:
        """Attributes that go before the tenant's.

        Args:
            ids: of the application and its service principal; the first that has a policy of its own counts.
            tenant: id of the scope.
            created: when the application was; None where nothing tells.
        """
        for id_ in ids:
            if id_ in self._own:
                return restrictions(*self._own[id_], of_one=True, created=created)
        if tenant not in self._default:
            return {}
        whole = restrictions(*self._default[tenant])
        own = restrictions(*self._default[tenant], of_one=True, created=created)
        return {name: word for name, word in own.items() if whole.get(name) != word}


def _own_policies(source: Source) -> dict[str, tuple[Record, str]]:
    """Restrictions of the policies that single applications and service principals have, by object id."""
    kind, found = kinds.APP_MANAGEMENT_POLICIES, dict[str, tuple[Record, str]]()
    targets = _targets(source)
    for scope_id, _, record in source.plain(kind):
        if not guid(record, "id"):
            source.note(kind, scope_id, "policies without an id")
            continue
        own = within(record, "restrictions"), flag(record.get("isEnabled")) or "true"
        for target in (
            *(guid(one, "id") for one in objects(record, "appliesTo")),
            *targets.get(guid(record, "id"), ()),
        ):
            found.setdefault(target, own)
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
