"""Those whom policies and groups name: people, groups, service accounts of elsewhere, federated identities.

Google lists none of them anywhere that a collector may read, except service accounts and, with a licence, groups.
"""

from nhi_scan.model.identity import Group, Identity, IdentityKind, Nature
from nhi_scan.providers.gcp.members import Member, parse_member
from nhi_scan.providers.gcp.normalise.accounts import home_of, named_account
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source

_GROUP = "google_group"
_KINDS: dict[str, IdentityKind] = {
    "user": "user",
    "service_account": "service_account",
    "federated": "federated_principal",
    "federated_set": "federated_principal",
}
_WHO = {
    "user": "a Google account of a person, named by a policy or a group",
    "service_account": "a service account",
    "federated": "an outside issuer vouches for it",
    "federated_set": "identities for whom an outside issuer vouches",
}


class Principals:
    """Remembers each member once and makes a record of it where nothing else has."""

    def __init__(self, source: Source, hierarchy: Hierarchy) -> None:
        self._source = source
        self._hierarchy = hierarchy
        self._seen: dict[str, bool] = {}  # member -> whether its form is known

    def see(self, member: str) -> bool:
        """Note a member.

        Returns:
            Whether its form is a known one.
        """
        known = self._seen.get(member)
        if known is None:
            known = self._seen[member] = parse_member(member).kind != "unknown"
        return known

    def finish(self) -> None:
        """Add an identity or a group for each member that has no record yet."""
        records = self._source.records
        identities = {one.id for one in records.identities}
        groups = {one.id for one in records.groups}
        for name in self._seen:
            member = parse_member(name)
            if member.kind == "group":
                if name not in groups:
                    records.groups.append(_unlisted(name, member))
            elif member.kind in _KINDS and name not in identities:
                records.identities.append(self._identity(name, member))

    def _identity(self, id_: str, member: Member) -> Identity:
        if member.kind == "service_account" and not member.deleted:
            return named_account(self._source, self._hierarchy, member.name)
        federated = member.kind in ("federated", "federated_set")
        return Identity(
            id=id_,
            provider=PROVIDER,
            kind=_KINDS[member.kind],
            nature=Nature.HUMAN if member.kind == "user" else Nature.NON_HUMAN,
            nature_reason=_WHO[member.kind],
            name=member.name,
            scope_id=self._home(member),
            unique_id=member.uid or None,
            status="deleted" if member.deleted else "active" if federated else "unknown",
        )

    def _home(self, member: Member) -> str:
        """The project of a service account or of the pool that vouches, as far as the member's name tells it."""
        if member.kind in ("user", "service_account"):
            return home_of(self._hierarchy, member.name) if member.kind == "service_account" else ""
        if member.name.startswith("serviceAccount:"):
            project = member.name.removeprefix("serviceAccount:").partition(".svc.id.goog")[0]
            return self._hierarchy.scope_id(f"projects/{project}")
        return self._hierarchy.project_in(member.name)


def _unlisted(id_: str, member: Member) -> Group:
    return Group(
        id=id_,
        provider=PROVIDER,
        kind=_GROUP,
        name=member.name,
        scope_id="",
        complete=member.deleted,  # nobody is in a group that is gone
    )
