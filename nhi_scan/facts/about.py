"""Who a row is: the four things that every finding says about its subject."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from nhi_scan.facts.estate import Estate
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.finding import SubjectKind


class About(NamedTuple):
    """A subject in a finding's terms."""

    name: str
    provider: str
    scope_id: str
    identity_id: str  # the identity that it is or belongs to; empty for none


def describe(estate: Estate, subject: SubjectKind, subject_id: str) -> About:
    """Look a subject up.

    Raises:
        KeyError: there is none of that id; ids come from the tables, so this is a programming error.
    """
    return _DESCRIBE[subject](estate.inventory, subject_id)


def _identity(inventory: Inventory, identity_id: str) -> About:
    identity = inventory.identities[identity_id]
    return About(identity.name, identity.provider, identity.scope_id, identity_id)


def _credential(inventory: Inventory, credential_id: str) -> About:
    row = inventory.credentials[credential_id]
    return About(row.name or credential_id.rpartition("#")[2], row.provider, row.scope_id, row.identity_id)


def _workload(inventory: Inventory, workload_id: str) -> About:
    workload = inventory.workloads[workload_id]
    runs_as = next((name for name in workload.runs_as if name in inventory.identities), "")
    return About(workload.name, workload.provider, workload.scope_id, runs_as)


def _trust(inventory: Inventory, trust_id: str) -> About:
    trust = inventory.trusts[trust_id]
    identity = inventory.identities.get(trust.identity_id)
    if identity is None:
        return About(trust.subject, "", "", trust.identity_id)
    return About(f"{identity.name} trusts {trust.subject}", identity.provider, identity.scope_id, identity.id)


def _policy(inventory: Inventory, policy_id: str) -> About:
    policy = inventory.policies[policy_id]
    owner = inventory.resources.get(policy.scope_id)  # an access policy is of a key vault, and that of a subscription
    return About(policy.name, policy.provider, owner.scope_id if owner else policy.scope_id, "")


def _resource(inventory: Inventory, resource_id: str) -> About:
    resource = inventory.resources.get(resource_id) or inventory.groups[resource_id]
    return About(resource.name, resource.provider, resource.scope_id, "")


def _scope(inventory: Inventory, scope_id: str) -> About:
    scope = inventory.scopes[scope_id]
    return About(scope.name, scope.provider, scope.id, "")


_DESCRIBE: Mapping[SubjectKind, Callable[[Inventory, str], About]] = {
    "identity": _identity,
    "credential": _credential,
    "workload": _workload,
    "trust": _trust,
    "policy": _policy,
    "resource": _resource,
    "scope": _scope,
}
