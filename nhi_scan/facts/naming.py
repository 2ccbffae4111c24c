"""What people call things whose ids are numbers: Azure's principals, roles and places.

Other clouds' ids are names, and stay as they are.
"""

import re

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.spelling import words
from nhi_scan.model import entra
from nhi_scan.model.arm_ids import name_of
from nhi_scan.model.policy import Binding, Policy

_NUMBERED = frozenset({"azure"})  # providers whose ids say nothing to a person
_PERMISSIONS = "approles/"
_DELEGATED = "delegated/"
_QUOTED = re.compile(r"`([^`]+)`")
_OWNERSHIP = "directory/owners/"
_ACCESS_POLICY = "#accesspolicy/"


def is_numbered(provider: str) -> bool:
    """Whether the ids of a provider say nothing to a person."""
    return provider in _NUMBERED


def principal(estate: Estate, id_: str) -> str:
    """Name a principal: an identity by its name, a group as one; by its id where nothing more is known."""
    inventory = estate.inventory
    identity = inventory.identities.get(id_)
    if identity is not None:
        return identity.name if is_numbered(identity.provider) else id_
    group = inventory.groups.get(id_)
    if group is None or not is_numbered(group.provider):
        return id_
    # Of a partner who looks after the subscription: only its own directory knows the group's name.
    of = " of another organization" if ("foreign", "true") in group.attributes else ""
    return f"group {group.name}{of}"


def place(estate: Estate, id_: str) -> str:
    """Name where a role holds: `subscription Production`, `key vault shop-secrets`; by its id where nothing tells."""
    known = estate.once(_places)
    name = known.get(id_)
    if name is None:
        name = known[id_] = _place(estate, id_)
    return name


def _places(_estate: Estate) -> dict[str, str]:
    """Names of places that were asked for already: many roles are assigned on the same."""
    return {}


def _place(estate: Estate, id_: str) -> str:
    inventory = estate.inventory
    scope = inventory.scopes.get(id_)
    if scope is not None:
        name = scope.name if scope.name != id_ else name_of(id_)
        return f"{words(scope.kind)} {name}" if is_numbered(scope.provider) else id_
    for known in (inventory.resources, inventory.workloads, inventory.identities, inventory.groups):
        thing = known.get(id_)
        if thing is not None:
            return f"{_kind(thing.kind)} {thing.name}" if is_numbered(thing.provider) else id_
    return id_


def role(estate: Estate, policy_id: str) -> str:
    """Name a role; an application permission with the API that it is of."""
    known = estate.once(_roles)
    name = known.get(policy_id)
    if name is None:
        name = known[policy_id] = _role(estate, policy_id)
    return name


def _roles(_estate: Estate) -> dict[str, str]:
    """Names of roles that were asked for already."""
    return {}


def _role(estate: Estate, policy_id: str) -> str:
    policy = estate.inventory.policies.get(policy_id)
    if policy is None or not is_numbered(policy.provider):
        return policy_id
    for prefix, written in ((_PERMISSIONS, entra.app_role_action), (_DELEGATED, entra.delegated_action)):
        if policy_id.startswith(prefix):
            return written(policy_id.removeprefix(prefix).partition("/")[0], policy.name)
    return policy.name if policy.name != policy_id else f"unknown role {policy_id.rpartition('/')[2]}"


def held(estate: Estate, row: Binding) -> str:
    """Say what a binding gives and where: `Owner on subscription Production`."""
    if row.policy_id.startswith(_DELEGATED):
        return f"{_given(estate, row)} for {_asked_for(estate, row)}"
    under = " under a condition" if row.condition is not None else ""
    later = " once it is activated" if row.eligible else ""
    return f"{_given(estate, row)}{under}{later}"


def is_permission(policy: Policy | None) -> bool:
    """Whether a role is an application permission or a delegated one of an API, which holds nowhere in particular."""
    return policy is not None and policy.id.startswith((_PERMISSIONS, _DELEGATED))


def is_ownership(row: Binding) -> bool:
    """Whether a binding is no role, but that somebody owns something in the directory."""
    return row.policy_id.startswith(_OWNERSHIP)


def is_access_policy(policy_id: str) -> bool:
    """Whether a role is an entry of the access policy of a key vault."""
    return _ACCESS_POLICY in policy_id


def told(estate: Estate, text: str) -> str:
    """Put names in place of the ids that a text has between backticks, where ids are numbers."""
    return _QUOTED.sub(lambda match: _named(estate, match), text)


def is_delegated(row: Binding) -> bool:
    """Whether a binding lets an application act for somebody who is signed in."""
    return row.policy_id.startswith(_DELEGATED)


def _named(estate: Estate, match: re.Match[str]) -> str:
    name = place(estate, match[1])
    return match[0] if name == match[1] else name


def _asked_for(estate: Estate, row: Binding) -> str:
    """For whom an application acts; `principalId` is empty where an administrator consented for everybody."""
    users = [name for name in (row.condition.values if row.condition else ()) if name]
    return ", ".join(principal(estate, name) for name in users) or "everybody"


def _given(estate: Estate, row: Binding) -> str:
    where = place(estate, row.scope_id)
    if is_ownership(row):
        return f"ownership of {where}"
    if is_access_policy(row.policy_id):
        return f"an access policy on {where}"
    name = role(estate, row.policy_id)
    return name if is_permission(estate.inventory.policies.get(row.policy_id)) else f"{name} on {where}"


def _kind(kind: str) -> str:
    return words(kind.removeprefix("entra_"))
