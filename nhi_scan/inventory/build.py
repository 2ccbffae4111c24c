"""All records of all providers, sorted, indexed and joined: what everything after it reads."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import TypeVar

from nhi_scan.inventory.clusters import link_clusters, trusts_of_access_entries
from nhi_scan.inventory.coverage import CoverageIndex, coverage_parents
from nhi_scan.inventory.distinct import Distinct
from nhi_scan.inventory.link import link_identity_providers, roles_by_session, session_role, stub_missing_policies
from nhi_scan.model.coverage import Coverage
from nhi_scan.model.identity import Credential, Group, Identity, Resource, UnusedAccess, Usage, Workload
from nhi_scan.model.policy import Binding, Guardrail, KeyGrant, Policy, Trust
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The governed picture of one snapshot. Every mapping is sorted by its key, every tuple by id."""

    scopes: dict[str, Scope]
    identities: dict[str, Identity]
    groups: dict[str, Group]
    credentials: dict[str, Credential]
    workloads: dict[str, Workload]
    resources: dict[str, Resource]
    policies: dict[str, Policy]
    bindings: dict[str, Binding]
    guardrails: tuple[Guardrail, ...]
    trusts: dict[str, Trust]
    usage: tuple[Usage, ...]
    coverage: tuple[Coverage, ...]
    bindings_of: Mapping[str, tuple[Binding, ...]]  # by principal
    bindings_to: Mapping[str, tuple[Binding, ...]]  # by policy
    group_bindings: Mapping[str, tuple[str, ...]]  # group -> ids of the policies attached to it, members or not
    trusts_of: Mapping[str, tuple[Trust, ...]]  # by the identity that can be become
    credentials_of: Mapping[str, tuple[Credential, ...]]  # by identity
    workloads_of: Mapping[str, tuple[Workload, ...]]  # by the identity they run as or are served by
    usage_of: Mapping[str, tuple[Usage, ...]]  # by identity
    key_grants_of: Mapping[str, tuple[KeyGrant, ...]]  # by key
    unused_of: Mapping[str, tuple[UnusedAccess, ...]] = field(default_factory=dict)  # by identity
    _coverage_index: CoverageIndex = field(repr=False, compare=False)
    _guardrails_at: Mapping[tuple[str, str], tuple[Policy, ...]] = field(repr=False, compare=False)
    _sessions: Mapping[str, str] = field(repr=False, compare=False)  # `<account>:<role name>` -> role

    def scope_chain(self, scope_id: str) -> tuple[Scope, ...]:
        """The scopes from the top of the hierarchy down to this one, as far as they are known."""
        chain: list[Scope] = []
        seen: set[str] = set()
        current: str | None = scope_id
        while current is not None and current in self.scopes and current not in seen:
            seen.add(current)  # a crafted import may hold a ring
            scope = self.scopes[current]
            chain.append(scope)
            current = scope.parent_id
        return tuple(reversed(chain))

    def guardrails_for(self, scope_id: str, kind: str) -> tuple[tuple[Policy, ...], ...] | None:
        """The guardrails that limit an account, a tuple for each level, root first.

        Every level must allow a request, so a level without policies (`()` inside the answer) denies everything:
        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html

        Args:
            scope_id: an account.
            kind: `service_control_policy` or `resource_control_policy`.

        Returns:
            None where it is not known; `()` where none apply: the account is in no organization, it is the
            management account, or this kind of policy is not enabled at the root.
        """
        chain = [scope for scope in self.scope_chain(scope_id) if scope.kind != "organization"]
        if not chain:
            return None
        if chain[-1].management or chain[-1].parent_id == "":
            return ()
        kinds = chain[0].guardrail_kinds
        if kinds is None:
            return None
        return tuple(self._guardrails_at.get((scope.id, kind), ()) for scope in chain) if kind in kinds else ()

    def identity_of(self, principal: str) -> Identity | None:
        """The identity that a principal of a policy or a log stands for: itself, or the role behind a session."""
        return self.identities.get(principal) or self.identities.get(self._sessions.get(session_role(principal), ""))

    def covered(self, scope_id: str, record_kind: str) -> bool | None:
        """Whether a record kind of a scope was collected: True completely, False not completely, None never asked."""
        return self._coverage_index.covered(scope_id, record_kind)


def build(batches: Iterable[Records]) -> Inventory:
    """Join the records of all providers.

    Equal duplicates collapse. Of duplicates that contradict each other one is kept, always the same, and a coverage
    row says so: a crafted import must not stop the rest.
    """
    records = Records()
    for batch in batches:
        records.extend(batch)
    distinct = Distinct()
    identities = distinct.by_id(records.identities)
    groups = distinct.by_id(records.groups)
    workloads = distinct.by_id(records.workloads)
    scopes = link_clusters(distinct.by_id(records.scopes), records.resources, workloads.values())
    bindings = distinct.by_id(records.bindings)
    guardrails = tuple(sorted(set(records.guardrails), key=_guardrail_order))
    policies = stub_missing_policies(distinct.by_id(records.policies), bindings.values(), guardrails)
    joined = trusts_of_access_entries(scopes.values(), groups, records.resources)
    trusts = distinct.by_id([*records.trusts, *joined])
    credentials = distinct.by_id(records.credentials)
    usage = tuple(sorted(set(records.usage), key=lambda u: (u.identity_id, u.service, u.action or "")))
    resources = link_identity_providers(distinct.by_id(records.resources), trusts.values())
    key_grants = distinct.by_id(records.key_grants)
    rows = sorted({*records.coverage, *distinct.coverage()}, key=_coverage_order)
    index = CoverageIndex(rows, coverage_parents(scopes.values()))
    return Inventory(
        scopes=scopes,
        identities=identities,
        groups=groups,
        credentials=credentials,
        workloads=workloads,
        resources=resources,
        policies=policies,
        bindings=bindings,
        guardrails=guardrails,
        trusts=trusts,
        usage=usage,
        coverage=tuple(rows),
        bindings_of=_grouped(bindings.values(), attrgetter("principal_id")),
        bindings_to=_grouped(bindings.values(), attrgetter("policy_id")),
        group_bindings=dict(sorted(records.group_policies.items())),
        trusts_of=_grouped(trusts.values(), attrgetter("identity_id")),
        credentials_of=_grouped(credentials.values(), attrgetter("identity_id")),
        workloads_of=_by_identity(workloads.values()),
        usage_of=_grouped(usage, attrgetter("identity_id")),
        key_grants_of=_grouped(key_grants.values(), attrgetter("key_id")),
        unused_of=_grouped(distinct.by_id(records.unused).values(), attrgetter("identity_id")),
        _coverage_index=index,
        _guardrails_at=_guardrails_at(guardrails, policies),
        _sessions=roles_by_session(identities),
    )


def _grouped(things: Iterable[T], key: Callable[[T], str]) -> dict[str, tuple[T, ...]]:
    groups: dict[str, list[T]] = {}
    for thing in things:
        name = key(thing)
        known = groups.get(name)
        if known is None:
            groups[name] = [thing]
        else:
            known.append(thing)
    return {name: tuple(groups[name]) for name in sorted(groups)}


def _by_identity(workloads: Iterable[Workload]) -> dict[str, tuple[Workload, ...]]:
    used = [(name, one) for one in workloads for name in dict.fromkeys((*one.runs_as, *one.served_by))]
    return {name: tuple(one for _, one in pairs) for name, pairs in _grouped(used, itemgetter(0)).items()}


def _guardrails_at(
    guardrails: Iterable[Guardrail],
    policies: Mapping[str, Policy],
) -> dict[tuple[str, str], tuple[Policy, ...]]:
    attached: dict[tuple[str, str], list[Policy]] = {}
    for guardrail in guardrails:
        attached.setdefault((guardrail.scope_id, guardrail.kind), []).append(policies[guardrail.policy_id])
    return {key: tuple(found) for key, found in attached.items()}


def _guardrail_order(row: Guardrail) -> tuple[str, str, str, tuple[str, ...]]:
    return row.kind, row.scope_id, row.policy_id, row.condition.values if row.condition else ()


def _coverage_order(row: Coverage) -> tuple[str, str, str, str, str, str]:
    return row.provider, row.scope_id, row.record_kind, row.region, row.status.value, row.detail
