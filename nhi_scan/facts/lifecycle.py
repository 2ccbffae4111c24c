"""Facts about age, use and status: what is stale."""

from collections.abc import Mapping
from datetime import datetime

from nhi_scan.facts.estate import Estate, ever_used, use_text
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Credential, Identity, LastUsed, Resource, UseState
from nhi_scan.model.kube_ids import cluster_of

_UNTRACKED_KINDS = ("ssh_public_key", "service_specific_credential", "signing_certificate", "hmac_key", "api_key")
_NOT_RECORDED = "the provider's record of its use was not collected"


@fact("identity", "integer", unknown="its creation date was not collected")
def identity_age_days(estate: Estate) -> list[int | None]:
    """Whole days since the identity was created."""
    return [estate.days_since(identity.created_at) for identity in estate.identities]


@fact("identity", "boolean", unknown=_NOT_RECORDED)
def identity_ever_used(estate: Estate) -> list[bool | None]:
    """Whether it, or a credential of it, was ever used.

    False is "not within what the provider remembers", which for an AWS role is 400 days
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html).
    """
    return [ever_used(_last_use(estate, identity)) for identity in estate.identities]


@fact("identity", "integer", unknown="it was never used, or its use was not recorded")
def identity_idle_days(estate: Estate) -> list[int | None]:
    """Whole days since its latest use, by any of its credentials."""
    return [estate.idle_days(_last_use(estate, identity)) for identity in estate.identities]


@fact("identity", "integer", unknown="its use was not recorded, or it was never used and nothing tells how old it is")
def identity_unused_for_days(estate: Estate) -> list[int | None]:
    """For how many whole days it was surely not used.

    Since its latest use; where it was never used, since the oldest date that it or a credential of it bears, or for as
    long as the provider's own analysis found it unused; 0 where that analysis is complete and does not name it.
    """
    return [_unused_for(estate, identity) for identity in estate.identities]


@fact(
    "identity",
    "boolean",
    unknown="it has an active credential whose use is not recorded, or no audit log of its cluster names it",
)
def identity_use_tracked(estate: Estate) -> list[bool | None]:
    """True where the provider records the use of all its active credentials, so that silence means disuse.

    AWS records no use of SSH keys, service-specific credentials and signing certificates
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html); Google Cloud none of
    HMAC keys and of API keys that are bound to a service account
    (https://cloud.google.com/policy-intelligence/docs/service-account-usage-tools). On Kubernetes only the audit log
    tells who was there: a Secret with a token bears the date of that token alone, and pods have others
    (https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#legacy-serviceaccount-token-cleaner).
    """
    of = estate.inventory.credentials_of
    return [
        None if _unlogged(identity) or any(map(_untracked, of.get(identity.id, ()))) else True
        for identity in estate.identities
    ]


@fact("identity", "text", values=("active", "disabled", "deleted"), unknown="its status was not collected")
def identity_status(estate: Estate) -> list[str | None]:
    """Whether it can be used now."""
    return [None if identity.status == "unknown" else identity.status for identity in estate.identities]


@fact("identity", "boolean")
def identity_disabled(estate: Estate) -> list[bool]:
    """Whether it is known to be switched off."""
    return [identity.status == "disabled" for identity in estate.identities]


@fact("identity", "boolean")
def identity_deleted(estate: Estate) -> list[bool]:
    """Whether it is known to be gone, though policies still name it."""
    return [identity.status == "deleted" for identity in estate.identities]


@fact("identity", "moment", exported=True, unknown="it was never used, or its use was not recorded")
def identity_last_used_at(estate: Estate) -> list[datetime | None]:
    """When it, or a credential of it, was last used."""
    return [_last_use(estate, identity).at for identity in estate.identities]


@fact("identity", "text", unknown=_NOT_RECORDED)
def identity_last_use(estate: Estate) -> list[str | None]:
    """The day of its latest use by any of its credentials, or `never`."""
    return [use_text(_last_use(estate, identity)) for identity in estate.identities]


@fact("identity", "moment", exported=True, unknown="its creation date was not collected")
def identity_created_at(estate: Estate) -> list[datetime | None]:
    """When it was created."""
    return [identity.created_at for identity in estate.identities]


@fact("policy", "integer", unknown="its creation date was not collected")
def policy_age_days(estate: Estate) -> list[int | None]:
    """Whole days since the policy was created."""
    return [estate.days_since(policy.created_at) for policy in estate.policies]


@fact("resource", "integer", unknown="its creation date was not collected")
def resource_age_days(estate: Estate) -> list[int | None]:
    """Whole days since the resource was created."""
    return [estate.days_since(resource.created_at) for resource in estate.resources]


@fact("resource", "boolean", unknown="it is no secret, or its rotation was not collected")
def resource_rotates(estate: Estate) -> list[bool | None]:
    """Whether a secret rotates by itself. True for one that a service manages: its customer cannot rotate it."""
    return [_rotates(dict(resource.attributes)) for resource in estate.resources]


@fact(
    "resource",
    "integer",
    unknown="when its value was last changed is not collected; of Google Cloud's secrets only the schedule is",
)
def resource_value_age_days(estate: Estate) -> list[int | None]:
    """Whole days since the value of a secret was last changed or rotated; since it was created where it never was."""
    return [estate.days_since(_changed_at(resource)) for resource in estate.resources]


@fact("resource", "integer", unknown="it is no storage account, or when its keys were made was not collected")
def resource_oldest_key_days(estate: Estate) -> list[int | None]:
    """Whole days since the older of the two keys of a storage account of Azure was made or last renewed."""
    dates = [dict(resource.attributes).get("oldest_key_at") for resource in estate.resources]
    return [estate.days_since(datetime.fromisoformat(date) if date else None) for date in dates]


def _rotates(attributes: Mapping[str, str]) -> bool | None:
    if attributes.get("owning_service"):
        return True
    word = attributes.get("rotation_enabled")
    return None if word is None else word == "true"


def _changed_at(resource: Resource) -> datetime | None:
    if resource.kind != "secret":
        return None
    attributes = dict(resource.attributes)
    dates = [attributes[name] for name in ("last_changed_at", "last_rotated_at") if attributes.get(name)]
    return datetime.fromisoformat(max(dates)) if dates else resource.created_at


def _last_use(estate: Estate, identity: Identity) -> LastUsed:
    """The latest use of the identity itself or of a credential of it."""
    latest = identity.last_authenticated
    for credential in estate.inventory.credentials_of.get(identity.id, ()):
        at = credential.last_used.at
        if at is not None and (latest.at is None or at > latest.at):
            latest = credential.last_used
    return latest


def _unused_for(estate: Estate, identity: Identity) -> int | None:
    used = _last_use(estate, identity)
    if used.state is UseState.AT:
        return _silent_days(estate, identity, used) if _by_log(identity) else estate.idle_days(used)
    inventory = estate.inventory
    told = [one.window_days or 0 for one in inventory.unused_of.get(identity.id, ()) if one.kind == "identity"]
    if used.state is UseState.UNKNOWN:
        return max(told, default=None)
    dates = [identity.created_at, *(row.created_at for row in inventory.credentials_of.get(identity.id, ()))]
    ages = [days for date in dates if (days := estate.days_since(date)) is not None]
    silent = estate.listed(identity.provider, "insights", identity.scope_id) is True
    return max([*told, *ages, *([0] if silent else [])], default=None)


def _by_log(identity: Identity) -> bool:
    return identity.provider == "kubernetes"


def _unlogged(identity: Identity) -> bool:
    return _by_log(identity) and identity.last_authenticated.state is UseState.UNKNOWN


def _silent_days(estate: Estate, identity: Identity, used: LastUsed) -> int:
    """Count the days from its last use to the end of its cluster's log: after that nobody can tell."""
    end = estate.once(_ends_of_logs).get(cluster_of(identity.id))
    return max(0, (end - used.at).days) if end is not None and used.at is not None else 0


def _ends_of_logs(estate: Estate) -> Mapping[str, datetime]:
    """Return when the last entry of each cluster's audit log was made that tells who came."""
    found: dict[str, datetime] = {}
    for one in estate.identities:
        if _by_log(one) and one.last_authenticated.at is not None:
            key = cluster_of(one.id)
            found[key] = max(one.last_authenticated.at, found.get(key, one.last_authenticated.at))
    return found


def _untracked(credential: Credential) -> bool:
    return (
        credential.status == "active"
        and credential.kind in _UNTRACKED_KINDS
        and credential.last_used.state is UseState.UNKNOWN
    )
