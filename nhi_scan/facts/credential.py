"""Facts about what an identity proves itself with."""

from collections import Counter
from datetime import datetime

from nhi_scan.facts.estate import Estate, ever_used, use_text
from nhi_scan.facts.members import project_in
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Credential, Identity

_SIGN_IN_KINDS = ("iam-credential-report", "iam-service-specific-credentials", "iam-ssh-public-keys")
_KINDS = (
    "access_key",
    "console_password",
    "service_specific_credential",
    "service_account_key",
    "client_secret",
    "certificate",
    "server_certificate",
    "signing_certificate",
    "ssh_public_key",
    "api_token",
    "mfa_device",
    "api_key",
    "hmac_key",
    "service_account_token",
)
_BY_PATH = (
    "service_account_key",
    "api_key",
    "hmac_key",
    "client_secret",
    "certificate",
    "service_account_token",
)  # the last part of the id is what commands take
_EXPOSURES = ("exposed", "compromised", "none")
# Parts of Google Cloud's words for why it disabled a key, and for what it knows of one that it left alone.
# https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys
_EXPOSED = ("exposed", "leak")
_COMPROMISED = ("compromise",)


@fact("credential", "text", exported=True)
def credential_id(estate: Estate) -> list[str]:
    """The id of the credential; never the secret."""
    return [credential.id for credential in estate.credentials]


@fact("credential", "text")
def credential_handle(estate: Estate) -> list[str]:
    """What a command names it by: its native id, or a placeholder where the provider's report gives none."""
    return [_handle(row) for row in estate.credentials]


@fact("credential", "text", values=_KINDS)
def credential_kind(estate: Estate) -> list[str]:
    """What sort of credential it is."""
    return [credential.kind for credential in estate.credentials]


@fact("credential", "text", values=("active", "inactive", "expired"), unknown="its status was not collected")
def credential_status(estate: Estate) -> list[str | None]:
    """Whether it can be used now."""
    return [None if credential.status == "unknown" else credential.status for credential in estate.credentials]


@fact("credential", "integer", unknown="neither its creation nor its last rotation was collected")
def credential_age_days(estate: Estate) -> list[int | None]:
    """Whole days since its secret was made: the last rotation, else the creation."""
    return [estate.days_since(credential.rotated_at or credential.created_at) for credential in estate.credentials]


@fact("credential", "boolean", unknown="the provider's record of its use was not collected")
def credential_ever_used(estate: Estate) -> list[bool | None]:
    """Whether it was ever used."""
    return [ever_used(credential.last_used) for credential in estate.credentials]


@fact("credential", "integer", unknown="it was never used, or its use was not recorded")
def credential_idle_days(estate: Estate) -> list[int | None]:
    """Whole days since its last use."""
    return [estate.idle_days(credential.last_used) for credential in estate.credentials]


@fact("credential", "integer")
def credential_unused_for_days(estate: Estate) -> list[int]:
    """For how many whole days it was surely not used: since its last use, else since it was made; 0 if nobody knows."""
    return [_unused_for(estate, credential) for credential in estate.credentials]


@fact("credential", "integer", unknown="it has no expiry date, or none was collected")
def credential_expires_in_days(estate: Estate) -> list[int | None]:
    """Whole days until it expires; negative where it has expired."""
    return [estate.days_until(credential.expires_at) for credential in estate.credentials]


@fact("credential", "moment", exported=True, unknown="it has no expiry date, or none was collected")
def credential_expires_at(estate: Estate) -> list[datetime | None]:
    """When it expires."""
    return [credential.expires_at for credential in estate.credentials]


@fact("credential", "moment", exported=True, unknown="its creation date was not collected")
def credential_created_at(estate: Estate) -> list[datetime | None]:
    """When it was created."""
    return [credential.created_at for credential in estate.credentials]


@fact("credential", "moment", exported=True, unknown="it was never used, or its use was not recorded")
def credential_last_used_at(estate: Estate) -> list[datetime | None]:
    """When it was last used."""
    return [credential.last_used.at for credential in estate.credentials]


@fact("credential", "text", unknown="the provider's record of its use was not collected")
def credential_last_use(estate: Estate) -> list[str | None]:
    """The day of its last use, or `never`."""
    return [use_text(credential.last_used) for credential in estate.credentials]


@fact("credential", "text", values=_EXPOSURES)
def credential_exposure(estate: Estate) -> list[str]:
    """What the provider knows of its secret: found in public, used by a stranger, nothing."""
    return [_exposure(credential) for credential in estate.credentials]


@fact("credential", "boolean", unknown="it is no API key, or its restrictions were not collected")
def credential_api_restricted(estate: Estate) -> list[bool | None]:
    """Whether an API key serves certain APIs alone."""
    return [_said(credential, "api_restricted") for credential in estate.credentials]


@fact("credential", "boolean", unknown="it is no API key, or its restrictions were not collected")
def credential_application_restricted(estate: Estate) -> list[bool | None]:
    """Whether an API key serves certain websites, addresses or apps alone."""
    return [_said(credential, "application_restricted") for credential in estate.credentials]


@fact("scope", "integer", unknown="its API keys were not collected completely")
def scope_api_key_count(estate: Estate) -> list[int | None]:
    """How many API keys that work a Google Cloud project has."""
    found = Counter(row.scope_id for row in estate.credentials if row.kind == "api_key" and row.status == "active")
    return [
        found[scope.id]
        or (0 if scope.provider != "gcp" or estate.listed("gcp", "api_keys", scope.id) is True else None)
        for scope in estate.scopes
    ]


@fact("credential", "boolean")
def credential_bound(estate: Estate) -> list[bool]:
    """Whether it proves to be an identity; an API key may only name a project to charge."""
    return [bool(credential.identity_id) for credential in estate.credentials]


@fact("credential", "text")
def credential_project(estate: Estate) -> list[str]:
    """The id of the Google Cloud project that it is in, as commands take it; empty elsewhere."""
    return [project_in(credential.scope_id) for credential in estate.credentials]


@fact("credential", "text")
def credential_name(estate: Estate) -> list[str]:
    """What people call it; its native id where it has no name."""
    return [credential.name or _handle(credential) for credential in estate.credentials]


@fact("identity", "integer", unknown="the keys of its project were not collected completely")
def identity_user_managed_keys(estate: Estate) -> list[int | None]:
    """How many active keys it has that somebody downloaded or uploaded, and that Google does not rotate."""
    of = estate.inventory.credentials_of
    column: list[int | None] = []
    for identity in estate.identities:
        states = [row.status for row in of.get(identity.id, ()) if row.kind == "service_account_key"]
        count = states.count("active")
        whole = identity.kind != "service_account" or estate.listed("gcp", "keys", identity.scope_id) is True
        column.append(count if count or (whole and "unknown" not in states) else None)
    return column


@fact("identity", "integer", unknown="the credentials of its account were not collected completely")
def identity_active_access_keys(estate: Estate) -> list[int | None]:
    """How many active access keys it has."""
    of = estate.inventory.credentials_of
    column: list[int | None] = []
    for identity in estate.identities:
        keys = [row.status for row in of.get(identity.id, ()) if row.kind == "access_key"]
        unsure = "unknown" in keys or (not keys and identity.provider == "aws" and not _keys_listed(estate, identity))
        column.append(None if unsure else keys.count("active"))
    return column


@fact("identity", "boolean", unknown="the credentials of its account were not collected completely")
def identity_can_authenticate(estate: Estate) -> list[bool | None]:
    """Whether it has a credential that works. True for what needs none of its own, as a role that is not switched off.

    "No" is said only where the credential report and the lists of the other kinds were collected completely.
    """
    of = estate.inventory.credentials_of
    column: list[bool | None] = []
    for identity in estate.identities:
        if identity.kind not in ("iam_user", "root_user"):
            column.append(identity.status not in ("disabled", "deleted"))
            continue
        states = {row.status for row in of.get(identity.id, ()) if row.kind != "mfa_device"}
        if identity.has_console_password or "active" in states:
            column.append(True)
        else:
            whole = identity.has_console_password is False and "unknown" not in states
            listed = all(estate.covered(identity.scope_id, kind) is True for kind in _SIGN_IN_KINDS)
            column.append(False if whole and listed else None)
    return column


@fact("identity", "boolean", unknown="the credential report of its account was not collected")
def identity_console_password(estate: Estate) -> list[bool | None]:
    """Whether it can sign in to a web console with a password. False for what can have none, as a role."""
    return [
        False
        if identity.has_console_password is None and identity.kind == "iam_role"
        else identity.has_console_password
        for identity in estate.identities
    ]


@fact("identity", "boolean", unknown="the credential report of its account was not collected")
def identity_mfa_enabled(estate: Estate) -> list[bool | None]:
    """Whether a second factor is registered for it."""
    return [identity.mfa_enabled for identity in estate.identities]


def _unused_for(estate: Estate, credential: Credential) -> int:
    if ever_used(credential.last_used) is False:
        return estate.days_since(credential.rotated_at or credential.created_at) or 0
    return estate.idle_days(credential.last_used) or 0


def _handle(credential: Credential) -> str:
    if credential.kind in _BY_PATH:
        return credential.id.rpartition("/")[2]
    owner, _, part = credential.id.rpartition("#")
    if part.startswith("access-key-"):
        return "ACCESS_KEY_ID"
    if credential.kind == "server_certificate":
        return credential.name or credential.id
    return part if owner else credential.id


def _keys_listed(estate: Estate, identity: Identity) -> bool:
    return estate.covered(identity.scope_id, "iam-credential-report") is True


def _exposure(credential: Credential) -> str:
    said = dict(credential.attributes)
    words = f"{said.get('disable_reason', '')} {said.get('extended_status', '')}".lower()
    if any(word in words for word in _COMPROMISED):
        return "compromised"
    return "exposed" if any(word in words for word in _EXPOSED) else "none"


def _said(credential: Credential, name: str) -> bool | None:
    word = dict(credential.attributes).get(name)
    return None if word is None else word == "true"
