"""Allow policies: who has which role where, and who can therefore become a service account."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from nhi_scan.model.policy import Binding, Condition
from nhi_scan.providers.gcp.normalise.expiry import expiry_of
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy, project_of
from nhi_scan.providers.gcp.normalise.places import Places
from nhi_scan.providers.gcp.normalise.principals import Principals
from nhi_scan.providers.gcp.normalise.source import Source
from nhi_scan.providers.gcp.normalise.trusts import trust_of
from nhi_scan.providers.gcp.policy import (
    AllowBinding,
    AllowPolicy,
    hides_condition,
    role_and_condition,
    salvage,
)
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.envelope import Envelope
from nhi_scan.snapshot.values import text, texts

SWEPT = "asset-iam-policies"
_ACCOUNT = "iam.googleapis.com/ServiceAccount"
_OF = ("resource", "fullResourceName", "name", "email", "id", "selfLink")  # what a parent may call itself


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
class _Found:
    """A policy and where it was found."""

    kind: str
    scope_id: str
    place: str
    asset_type: str
    project: str
    policy: AllowPolicy


class BindingReader:
    """Turns allow policies into bindings, and remembers whom they name and where they hang."""

    def __init__(
        self, source: Source, hierarchy: Hierarchy, roles: Mapping[str, frozenset[str]], principals: Principals
    ) -> None:
        self._source = source
        self._hierarchy = hierarchy
        self._roles = roles
        self._principals = principals
        self._words: dict[str, str] = {}  # one object for each distinct member
        self._role_ids: dict[str, str] = {}  # by the name as written
        self.places = Places(source, hierarchy)

    def read(self) -> None:
        """Read all allow policies, those of the sweep first."""
        for found in self._policies():
            bindings = found.policy.bindings or ()
            if bindings:
                self.places.add(found.place, found.asset_type, found.project)
            for binding in bindings:
                self._binding(found, binding)

    def _policies(self) -> Iterator[_Found]:
        for scope_id, envelope in self._source.envelopes(SWEPT):
            if found := self._swept(scope_id, envelope):
                yield found
        for kind in self._source.kinds():
            if kind.endswith("-policies") and kind not in _OTHER_POLICIES:
                for scope_id, envelope in self._source.envelopes(kind):
                    if found := self._asked(kind, scope_id, envelope):
                        yield found

    def _swept(self, scope_id: str, envelope: Envelope) -> _Found | None:
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
        return _Found(SWEPT, scope_id, place, result.assetType, project, result.policy or AllowPolicy())

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

    def _asked(self, kind: str, scope_id: str, envelope: Envelope) -> _Found | None:
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
        return _Found(kind, scope_id, place, "", place if kind == "crm-iam-policies" else above, policy)

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

    def _binding(self, found: _Found, written: AllowBinding) -> None:
        place, source = found.place, self._source
        if not written.role:
            source.note(found.kind, found.project or found.scope_id, "bindings without a role")
            return
        role, condition = role_and_condition(written.role, written.condition)
        role = self._role(role)
        if hides_condition(condition):
            source.note(found.kind, found.project or found.scope_id, "bindings whose condition is not shown")
        tail = f"#{_digest(condition)}" if condition else ""
        expires = expiry_of(condition) if condition else None
        account = place if place.startswith("serviceAccount:") else ""
        words, bindings = self._words, source.records.bindings
        for member in dict.fromkeys(written.members or ()):
            known = words.setdefault(member, member)
            id_ = f"{place}#{role}#{known}{tail}"
            if not self._principals.see(known):
                source.note(found.kind, found.project or found.scope_id, "members of a kind that is not known")
            bindings.append(
                Binding(
                    id=id_,
                    principal_id=known,
                    policy_id=role,
                    scope_id=place,
                    condition=condition,
                    expires_at=expires,
                )
            )
            if account:
                trust = trust_of(id_, account, known, role, self._roles.get(role), condition)
                if trust is not None:
                    source.records.trusts.append(trust)

    def _role(self, written: str) -> str:
        known = self._role_ids.get(written)
        if known is None:
            scope, custom, name = written.partition("/roles/")
            id_ = f"{self._hierarchy.scope_id(scope)}/roles/{name}" if custom else written
            known = self._role_ids[written] = id_
        return known


def _line(ancestors: list[str], folders: Iterable[str]) -> list[str]:
    """What is surely a line from below upwards: the order of several folders is not documented."""
    if len(list(folders)) > 1:
        return ancestors[:1] if project_of(ancestors[:1]) else []
    return ancestors


def _digest(condition: Condition) -> str:
    return sha256(condition.values[0].encode("utf-8", "surrogatepass")).hexdigest()[:8]


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
