"""Facts about secrets and certificates of applications: on what they hang, how long they work, what takes one away.

https://learn.microsoft.com/entra/identity-platform/how-to-add-credentials
"""

from shlex import quote

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.model.identity import Credential, Identity, UseState

KINDS = ("client_secret", "certificate")
_APPLICATIONS = ("service_principal", "app")
_HOLDERS = ("application", "service_principal", "none")


@fact("credential", "text", values=_HOLDERS)
def credential_holder(estate: Estate) -> list[str]:
    """On what of Microsoft Entra it hangs: an application's registration or its service principal; else `none`."""
    return [holder if (holder := _said(row, "holder")) in _HOLDERS else "none" for row in estate.credentials]


@fact("credential", "integer", unknown="when it begins or ends was not collected")
def credential_lifetime_days(estate: Estate) -> list[int | None]:
    """For how many whole days it was made to work."""
    return [
        (row.expires_at - row.created_at).days if row.expires_at and row.created_at else None
        for row in estate.credentials
    ]


@fact("credential", "boolean")
def credential_signs(estate: Estate) -> list[bool]:
    """Whether it only signs tokens of a single sign-on, or reads what was signed so, and lets nobody in.

    https://learn.microsoft.com/entra/identity/enterprise-apps/tutorial-manage-certificates-for-federated-single-sign-on
    """
    identities = estate.inventory.identities
    return [_signs(row, identities.get(row.identity_id)) for row in estate.credentials]


@fact("credential", "boolean")
def credential_outlived(estate: Estate) -> list[bool]:
    """Whether its identity has another credential that works, does not only sign, and lasts longer."""
    return [_outlived(estate, row) for row in estate.credentials]


@fact("credential", "boolean")
def credential_known_unused(estate: Estate) -> list[bool]:
    """Whether it is known that it was never used."""
    return [row.last_used.state is UseState.NEVER for row in estate.credentials]


@fact("credential", "integer", unknown="it has no end, or none was collected")
def credential_expired_days(estate: Estate) -> list[int | None]:
    """Whole days since it ended; 0 for what has not."""
    return [estate.days_since(row.expires_at) for row in estate.credentials]


@fact("credential", "text")
def credential_removal_fix(estate: Estate) -> list[str]:
    """What takes a secret or a certificate from an application or a service principal of Entra; else empty."""
    return [_removal(row) for row in estate.credentials]


@fact("credential", "text")
def credential_renewal_fix(estate: Estate) -> list[str]:
    """What adds another one to what it hangs on, beside it, with the day on which it ends; else empty."""
    identities = estate.inventory.identities
    return [_renewal(row, signs=_signs(row, identities.get(row.identity_id))) for row in estate.credentials]


@fact("identity", "integer", unknown="the applications of its tenant were not collected completely")
def identity_client_secrets(estate: Estate) -> list[int | None]:
    """How many client secrets its registration has that work; one that hangs on its service principal is none."""
    return [_secrets(estate, identity) for identity in estate.identities]


@fact("identity", "boolean", unknown="the federated credentials of applications were not collected completely")
def identity_federated(estate: Estate) -> list[bool | None]:
    """Whether tokens of an outside issuer are accepted in place of a secret of it, so that it could do without one."""
    return [_federated(estate, one) for one in estate.identities]


def _federated(estate: Estate, identity: Identity) -> bool | None:
    if any(row.mechanism == "federate" for row in estate.inventory.trusts_of.get(identity.id, ())):
        return True
    told = identity.kind not in _APPLICATIONS or estate.listed("azure", "application_federation", identity.scope_id)
    return False if told is True else None


def _secrets(estate: Estate, identity: Identity) -> int | None:
    mine = estate.inventory.credentials_of.get(identity.id, ())
    rows = [row for row in mine if row.kind == "client_secret" and _said(row, "holder") != "service_principal"]
    count = sum(row.status == "active" for row in rows)
    whole = identity.provider != "azure" or estate.listed("azure", "secrets", identity.scope_id) is True
    return count if count or (whole and all(row.status != "unknown" for row in rows)) else None


def _signs(row: Credential, identity: Identity | None) -> bool:
    if row.kind not in KINDS or _said(row, "holder") != "service_principal":
        return False
    saml = identity is not None and dict(identity.attributes).get("saml") == "true"
    return saml or _said(row, "usage").lower() == "sign"


def _outlived(estate: Estate, row: Credential) -> bool:
    if row.expires_at is None or row.kind not in KINDS:
        return False
    identity = estate.inventory.identities.get(row.identity_id)
    others = estate.inventory.credentials_of.get(row.identity_id, ()) if identity else ()
    return any(
        one.id != row.id
        and one.status == "active"
        and one.expires_at is not None
        and one.expires_at > row.expires_at
        and _signs(one, identity) == _signs(row, identity)
        for one in others
    )


def _removal(row: Credential) -> str:
    holder, name = _said(row, "holder"), _said(row, "holder_id")
    if row.kind not in KINDS or holder not in ("application", "service_principal") or not name:
        return ""
    what = "app" if holder == "application" else "sp"
    cert = " --cert" if row.kind == "certificate" else ""
    return f"az ad {what} credential delete --id {quote(name)} --key-id {quote(_said(row, 'key_id'))}{cert}"


def _renewal(row: Credential, *, signs: bool) -> str:
    holder, name = _said(row, "holder"), _said(row, "holder_id")
    if row.kind not in KINDS or holder not in ("application", "service_principal") or not name:
        return ""
    if signs:
        url = quote(f"https://graph.microsoft.com/v1.0/servicePrincipals/{name}/addTokenSigningCertificate")
        body = """'{"displayName": "CN=NAME", "endDateTime": "DATE"}'"""
        return f"az rest --method POST --url {url} --body {body}"
    what = "app" if holder == "application" else "sp"
    # A certificate says itself when it ends.
    more = "--cert @CERTIFICATE.pem" if row.kind == "certificate" else "--end-date DATE"
    return f"az ad {what} credential reset --id {quote(name)} --append {more}"


def _said(row: Credential, name: str) -> str:
    return dict(row.attributes).get(name, "")
