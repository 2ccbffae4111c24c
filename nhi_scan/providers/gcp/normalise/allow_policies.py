"""Allow policies wherever a snapshot has them, with what each hangs on.

Either the results of a sweep
(https://cloud.google.com/asset-inventory/docs/reference/rest/v1/TopLevel/searchAllIamPolicies), or the answers of each
service's own `getIamPolicy`, beside which stands what was asked about.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy, project_of
from nhi_scan.providers.gcp.normalise.source import Source
from nhi_scan.providers.gcp.policy import AllowPolicy, salvage
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.envelope import Envelope
from nhi_scan.snapshot.values import text, texts

SWEPT = "asset-iam-policies"
_ACCOUNT = "iam.googleapis.com/ServiceAccount"
_OF = ("resource", "fullResourceName", "name", "email", "id", "selfLink")  # what a parent may call itself

# Kinds whose names end as those of allow policies do and which are something else.
_OTHER_POLICIES = frozenset({SWEPT, "iam-deny-policies", "iam-pab-policies", "orgpolicy-policies"})

# The host in the full name of a resource that is asked by a short name, by the first word of the record kind.
_SERVICES = {
    "artifactregistry": "artifactregistry.googleapis.com",
    "bigquery": "bigquery.googleapis.com",
    "compute": "compute.googleapis.com",
    "functions": "cloudfunctions.googleapis.com",
    "iam": "iam.googleapis.com",
    "kms": "cloudkms.googleapis.com",
    "pubsub": "pubsub.googleapis.com",
    "run": "run.googleapis.com",
    "secretmanager": "secretmanager.googleapis.com",
    "storage": "storage.googleapis.com",
}


@dataclass(slots=True)
class _Result:
    """`IamPolicySearchResult`; also an `Asset` that was exported with its allow policy."""

    resource: str = ""
    assetType: str = ""  # noqa: N815 - Google's spelling
    project: str = ""
    folders: list[str] | None = None
    organization: str = ""
    policy: AllowPolicy | None = None


@dataclass(slots=True)
class FoundPolicy:
    """A policy and where it was found."""

    kind: str  # record kind
    scope_id: str  # where it was asked for
    place: str  # what it hangs on
    asset_type: str  # of the place; empty where nothing says it
    project: str  # that the place lies in; empty where that is not known
    policy: AllowPolicy


class AllowPolicies:
    """Finds the allow policies of a snapshot."""

    def __init__(self, source: Source, hierarchy: Hierarchy) -> None:
        self._source = source
        self._hierarchy = hierarchy

    def find(self) -> Iterator[FoundPolicy]:
        """Yield all, those of the sweep first."""
        for scope_id, envelope in self._source.envelopes(SWEPT):
            if found := self._swept(scope_id, envelope):
                yield found
        for kind in self._source.kinds():
            if kind.endswith("-policies") and kind not in _OTHER_POLICIES:
                for scope_id, envelope in self._source.envelopes(kind):
                    if found := self._asked(kind, scope_id, envelope):
                        yield found

    def _swept(self, scope_id: str, envelope: Envelope) -> FoundPolicy | None:
        try:
            result = codec.decode(envelope.record, _Result)
        except codec.CodecError:
            salvaged = self._salvaged(scope_id, envelope)
            if salvaged is None:
                return None
            result = salvaged
        if not result.resource:
            self._source.note(SWEPT, scope_id, "policies that do not say what they hang on")
            return None
        ancestors = [one for one in (result.project, *(result.folders or ()), result.organization) if one]
        above = _line(ancestors, result.folders or ())
        project = self._hierarchy.line(above) or self._hierarchy.project_in(result.resource)
        place = self._hierarchy.place(result.resource)
        if result.assetType == _ACCOUNT and place.startswith("//"):
            self._source.note(SWEPT, project or scope_id, "policies of service accounts that are not known")
        return FoundPolicy(SWEPT, scope_id, place, result.assetType, project, result.policy or AllowPolicy())

    def _salvaged(self, scope_id: str, envelope: Envelope) -> _Result | None:
        try:
            value = codec.decode_any(envelope.record)
        except codec.CodecError as error:
            self._source.note(SWEPT, scope_id, f"records of an unexpected shape ({error})")
            return None
        if not isinstance(value, dict):
            self._source.note(SWEPT, scope_id, "records of an unexpected shape (not an object)")
            return None
        project = text(value, "project")
        at = self._hierarchy.scope_id(project) if project else scope_id
        return _Result(
            resource=text(value, "resource"),
            assetType=text(value, "assetType"),
            project=project,
            folders=texts(value.get("folders")),
            organization=text(value, "organization"),
            policy=salvage(value.get("policy"), lambda fault: self._source.note(SWEPT, at, fault)),
        )

    def _asked(self, kind: str, scope_id: str, envelope: Envelope) -> FoundPolicy | None:
        """A policy that was asked for by the resource that it hangs on."""
        name = next((word for key in _OF if (word := envelope.of.get(key)) and isinstance(word, str)), "")
        place = self._place_of(kind, name)
        if not place:
            self._source.note(kind, scope_id, "policies that do not say what they hang on")
            return None
        try:
            policy = codec.decode(envelope.record, AllowPolicy)
        except codec.CodecError:
            policy = self._salvaged_policy(kind, scope_id, envelope)
        above = self._hierarchy.project_in(name) or self._hierarchy.scope_id(scope_id)
        return FoundPolicy(kind, scope_id, place, "", place if kind == "crm-iam-policies" else above, policy)

    def _salvaged_policy(self, kind: str, scope_id: str, envelope: Envelope) -> AllowPolicy:
        try:
            value: Any = codec.decode_any(envelope.record)
        except codec.CodecError:
            value = None
        return salvage(value, lambda fault: self._source.note(kind, scope_id, fault))

    def _place_of(self, kind: str, name: str) -> str:
        if name.startswith("//"):
            return self._hierarchy.place(name)
        if "/serviceAccounts/" in name or ("@" in name and "/" not in name):
            return self._hierarchy.account(name.rpartition("/")[2])
        if kind == "crm-iam-policies":
            return self._hierarchy.scope_id(name)
        service = _SERVICES.get(kind.partition("-")[0], "")
        return self._hierarchy.with_ids(f"//{service}/{name}") if name and service else ""


def _line(ancestors: list[str], folders: Iterable[str]) -> list[str]:
    """What is surely a line from below upwards: the order of several folders is not documented."""
    if len(list(folders)) > 1:
        return ancestors[:1] if project_of(ancestors[:1]) else []
    return ancestors
