"""Facts about Kubernetes: what somebody has only because everybody has it, which is one finding and not one for each.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#service-account-permissions
"""

from collections.abc import Iterable

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.kubernetes.accounts import (
    EVERYBODY,
    PROVIDER,
    READ_SECRETS,
    bindings_beyond_defaults,
    identity_reads_all_secrets,
)
from nhi_scan.facts.registry import fact
from nhi_scan.model import kube_ids
from nhi_scan.model.access import StatementRef

_EVERYTHING = "* *.*"


@fact("identity", "boolean")
def identity_level_of_everybody(estate: Estate) -> list[bool]:
    """Whether its level of privilege rests on nothing but roles that a group of everybody holds on Kubernetes."""
    return [one.provider == PROVIDER and _only(estate, _refs(estate, one.id)) for one in estate.identities]


@fact("identity", "boolean")
def identity_secrets_of_everybody(estate: Estate) -> list[bool]:
    """Whether it reads Secrets by nothing but roles that a group of everybody holds on Kubernetes."""
    readers = zip(estate.identities, identity_reads_all_secrets.column(estate), strict=True)
    return [bool(reads) and _only(estate, _reading(estate, one.id)) for one, reads in readers]


@fact("resource", "boolean", unknown="the roles of its cluster were not collected completely")
def resource_administers_as_everybody(estate: Estate) -> list[bool | None]:
    """Whether it is a group of everybody of Kubernetes that may do everything with all resources of its cluster."""
    return [_administers(estate, row.id) if row.name in EVERYBODY else False for row in estate.resources]


def _reading(estate: Estate, id_: str) -> list[StatementRef]:
    summary = estate.access.summary(id_)
    return [ref for action in READ_SECRETS for ref in summary.statements(action)]


def _refs(estate: Estate, id_: str) -> tuple[StatementRef, ...]:
    privilege = estate.privileges.get(id_)
    if privilege is None:
        return ()
    return privilege.path[0].statements if privilege.path else privilege.statements


def _only(estate: Estate, refs: Iterable[StatementRef]) -> bool:
    bindings = estate.inventory.bindings
    holders = [bindings[ref.binding_id].principal_id for ref in refs if ref.binding_id in bindings]
    return bool(holders) and all(_is_everybody(holder) for holder in holders)


def _is_everybody(id_: str) -> bool:
    place = kube_ids.take_apart(id_)
    return place.plural == "groups" and place.name in EVERYBODY


def _administers(estate: Estate, id_: str) -> bool | None:
    policies = estate.inventory.policies
    rows = bindings_beyond_defaults(estate, id_)
    roles = [policies[row.policy_id] for row in rows if not kube_ids.namespace_of(row.scope_id)]
    if any(_EVERYTHING in statement.actions for role in roles for statement in role.statements):
        return True
    return False if all(role.complete for role in roles) else None
