"""What allow policies give: who has which role where, and who can therefore become a service account.

https://cloud.google.com/iam/docs/reference/rest/v1/Policy
"""

from collections.abc import Mapping
from hashlib import sha256

from nhi_scan.model.policy import Binding, Condition
from nhi_scan.providers.gcp.normalise.allow_policies import AllowPolicies, FoundPolicy
from nhi_scan.providers.gcp.normalise.expiry import expiry_of
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.places import Places
from nhi_scan.providers.gcp.normalise.principals import Principals
from nhi_scan.providers.gcp.normalise.source import Source
from nhi_scan.providers.gcp.normalise.trusts import trust_of
from nhi_scan.providers.gcp.policy import (
    AllowBinding,
    hides_condition,
    role_and_condition,
)


class BindingReader:
    """Turns allow policies into bindings, and remembers whom they name and where they hang."""

    def __init__(
        self, source: Source, hierarchy: Hierarchy, roles: Mapping[str, frozenset[str]], principals: Principals
    ) -> None:
        self._source = source
        self._hierarchy = hierarchy
        self._policies = AllowPolicies(source, hierarchy)
        self._roles = roles
        self._principals = principals
        self._words: dict[str, str] = {}  # one object for each distinct member
        self._role_ids: dict[str, str] = {}  # by the name as written
        self.places = Places(source, hierarchy)

    def read(self) -> None:
        """Read all allow policies, those of the sweep first."""
        for found in self._policies.find():
            bindings = found.policy.bindings or ()
            if bindings:
                self.places.add(found.place, found.asset_type, found.project)
            for binding in bindings:
                self._binding(found, binding)

    def _binding(self, found: FoundPolicy, written: AllowBinding) -> None:
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


def _digest(condition: Condition) -> str:
    return sha256(condition.values[0].encode("utf-8", "surrogatepass")).hexdigest()[:8]
