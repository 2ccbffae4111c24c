"""What a provider's normaliser hands over: model records, nothing joined yet."""

from dataclasses import dataclass, field

from nhi_scan.model.coverage import Coverage
from nhi_scan.model.identity import Credential, Group, Identity, Resource, UnusedAccess, Usage, Workload
from nhi_scan.model.policy import Binding, Guardrail, KeyGrant, Policy, Trust
from nhi_scan.model.scope import Scope


@dataclass(slots=True, kw_only=True)
class Records:
    """Lists of records, in the order of the snapshot. The inventory sorts, indexes and joins them."""

    scopes: list[Scope] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    credentials: list[Credential] = field(default_factory=list)
    workloads: list[Workload] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)
    guardrails: list[Guardrail] = field(default_factory=list)
    trusts: list[Trust] = field(default_factory=list)
    usage: list[Usage] = field(default_factory=list)
    unused: list[UnusedAccess] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    key_grants: list[KeyGrant] = field(default_factory=list)
    group_policies: dict[str, tuple[str, ...]] = field(default_factory=dict)  # group id -> ids of its policies

    def extend(self, other: "Records") -> None:
        """Append everything of another batch, keeping order."""
        self.scopes += other.scopes
        self.identities += other.identities
        self.groups += other.groups
        self.credentials += other.credentials
        self.workloads += other.workloads
        self.resources += other.resources
        self.policies += other.policies
        self.bindings += other.bindings
        self.guardrails += other.guardrails
        self.trusts += other.trusts
        self.usage += other.usage
        self.unused += other.unused
        self.coverage += other.coverage
        self.key_grants += other.key_grants
        self.group_policies |= other.group_policies
