"""When service principals and the credentials of applications last signed in, as reports tell that are beta.

https://learn.microsoft.com/graph/api/resources/serviceprincipalsigninactivity names, by application id, when it last
signed in as a client or was asked for as a resource, each by itself or for a user; the latest of the four counts.
https://learn.microsoft.com/graph/api/resources/appcredentialsigninactivity does so for each secret and certificate by
its key id. What a report that was read completely does not name was not used in the time that Microsoft keeps.

Sign-ins of managed identities are logged apart and are in neither, so nothing is known of theirs.
"""

from datetime import datetime

from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, LastUsed
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.shapes import Record, guid
from nhi_scan.providers.azure.normalise.source import Source
from nhi_scan.snapshot.values import moment, within

_ACTIVITIES = (
    "applicationAuthenticationClientSignInActivity",
    "applicationAuthenticationResourceSignInActivity",
    "delegatedClientSignInActivity",
    "delegatedResourceSignInActivity",
    "lastSignInActivity",
)
_MOMENTS = ("lastSignInDateTime", "lastNonInteractiveSignInDateTime", "lastSuccessfulSignInDateTime")


class Activity:
    """Answers when something was last used."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._principals: dict[str, LastUsed] = {}
        self._keys: dict[str, LastUsed] = {}
        self._read(kinds.SERVICE_PRINCIPAL_SIGN_INS, "appId", _ACTIVITIES, self._principals)
        self._read(kinds.APP_CREDENTIAL_SIGN_INS, "keyId", ("signInActivity",), self._keys)
        self._covered: dict[tuple[str, str], bool] = {}

    def _read(self, kind: str, name: str, activities: tuple[str, ...], found: dict[str, LastUsed]) -> None:
        for scope_id, _, record in self._source.plain(kind):
            key = guid(record, name)
            if not key:
                self._source.note(kind, scope_id, "activities of nobody")
                continue
            used = _use(record, activities)
            known = found.get(key)
            if known is None or known.at is None or (used.at is not None and used.at > known.at):
                found[key] = used

    def of_application(self, app_id: str, tenant: str) -> LastUsed:
        """When a service principal last signed in, by its application id; unknown for one that has none."""
        if not app_id:
            return USE_UNKNOWN
        return self._principals.get(app_id) or self._silence(tenant, kinds.SERVICE_PRINCIPAL_SIGN_INS)

    def of_key(self, key_id: str, tenant: str) -> LastUsed:
        """When a secret or a certificate was last used; unknown for one without a key id."""
        if not key_id:
            return USE_UNKNOWN
        return self._keys.get(key_id) or self._silence(tenant, kinds.APP_CREDENTIAL_SIGN_INS)

    def _silence(self, tenant: str, kind: str) -> LastUsed:
        known = self._covered.get((tenant, kind))
        if known is None:
            known = self._covered[tenant, kind] = self._source.coverage.covered(tenant, kind) is True
        return NEVER_USED if known else USE_UNKNOWN


def _use(record: Record, activities: tuple[str, ...]) -> LastUsed:
    told = [within(record, name).get(word) for name in activities for word in _MOMENTS]
    read: list[datetime] = [at for one in told if (at := moment(one)) is not None]
    if read:
        return LastUsed.on(max(read))
    return USE_UNKNOWN if any(told) else NEVER_USED
