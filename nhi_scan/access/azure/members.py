"""Members: under which principals of assignments an identity is meant.

Roles are given to users, groups, service principals and managed identities by their object ids, which are one space of
GUIDs; a token says of which groups somebody is, also through others
(https://learn.microsoft.com/azure/role-based-access-control/overview#how-azure-rbac-determines-if-a-user-has-access-to-a-resource).
"""

from typing import NamedTuple

from nhi_scan.access.combine import Truth
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.entra import EVERYONE
from nhi_scan.model.identity import Identity, Nature

_PROVIDER = "azure"
_KIND = "entra_group"


class Principals(NamedTuple):
    """The ids under which assignments mean an identity, each sorted."""

    sure: tuple[str, ...]  # itself, and every group that it is in, also through others
    open: tuple[str, ...]  # groups that it may be in: once a membership is activated, or since nobody saw the members


class Members:
    """Finds the principals that stand for an identity."""

    def __init__(self, inventory: Inventory) -> None:
        """Index the groups of an inventory, and what may be one."""
        self._inventory = inventory
        self._up: dict[str, list[str]] = {}
        self._up_eligible: dict[str, list[str]] = {}
        unlisted: set[str] = set(_unresolved(inventory))
        for group in inventory.groups.values():
            if group.provider != _PROVIDER or group.kind != _KIND:
                continue
            for member in group.member_ids:
                self._up.setdefault(member, []).append(group.id)
            for member in group.eligible_member_ids:
                self._up_eligible.setdefault(member, []).append(group.id)
            # Nobody of this tenant is in a group of another one.
            if not group.complete and dict(group.attributes).get("foreign") != "true":
                unlisted.add(group.id)
        self._unlisted_itself = frozenset(unlisted)
        self.unlisted = frozenset(self._closed(unlisted))
        """Groups of which nobody knows all members, and those that such groups are in: one set for everybody."""
        self._open: dict[tuple[frozenset[str], frozenset[str]], tuple[str, ...]] = {}  # thousands share one
        self._found: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def principals(self, identity_id: str) -> Principals:
        """Return the ids that surely stand for an identity, and those that may.

        Nothing stands for a deleted identity. That one of the open ids only waits for activation, `eligible` says.
        """
        sure, eligible = self._of(identity_id)
        if not sure:
            return Principals((), ())
        key = (eligible, sure & self.unlisted)
        open_ = self._open.get(key)
        if open_ is None:
            open_ = self._open[key] = tuple(sorted((eligible | self.unlisted) - sure))
        return Principals(tuple(sorted(sure)), open_)

    def sure(self, identity_id: str) -> frozenset[str]:
        """Return the ids that surely stand for an identity: itself and all its groups; none of a deleted one."""
        return self._of(identity_id)[0]

    def eligible(self, identity_id: str) -> frozenset[str]:
        """Name the groups that an identity is in once it has activated a membership, and not before.

        https://learn.microsoft.com/entra/id-governance/privileged-identity-management/concept-pim-for-groups
        """
        return self._of(identity_id)[1]

    def stands(self, principal_id: str, identity_id: str) -> Truth:
        """Say whether a principal of an assignment stands for an identity; None also where it has to be activated."""
        sure, eligible = self._of(identity_id)
        if principal_id in sure or (principal_id == EVERYONE and sure):
            return True
        open_ = bool(sure) and (principal_id in eligible or principal_id in self.unlisted)
        return None if open_ else False

    def stands_directly(self, principal_id: str, identity_id: str) -> Truth:
        """Say the same where only direct members of a group count: app roles.

        https://learn.microsoft.com/graph/api/resources/approleassignment
        """
        stands = self.stands(principal_id, identity_id)
        if stands is False or principal_id == identity_id or principal_id in self._up.get(identity_id, ()):
            return stands
        if principal_id in self._up_eligible.get(identity_id, ()) or principal_id in self._unlisted_itself:
            return None
        return False

    def _of(self, identity_id: str) -> tuple[frozenset[str], frozenset[str]]:
        found = self._found.get(identity_id)
        if found is None:
            found = self._found[identity_id] = self._find(identity_id)
        return found

    def _find(self, identity_id: str) -> tuple[frozenset[str], frozenset[str]]:
        identity = self._inventory.identities.get(identity_id)
        if identity is None or identity.status == "deleted" or identity.provider != _PROVIDER:
            return frozenset(), frozenset()
        sure = self._closed({identity_id})
        waiting = {up for one in sure for up in self._up_eligible.get(one, ())} - sure
        eligible: set[str] = set()
        while waiting:  # a group that is entered by activation may be eligible for another
            eligible |= self._closed(waiting)
            waiting = {up for one in eligible for up in self._up_eligible.get(one, ())} - sure - eligible
        return frozenset(sure), frozenset(eligible - sure)

    def _closed(self, start: set[str]) -> set[str]:
        """Add every group above, also through others. A group may be in itself by a ring."""
        found, todo = set(start), list(start)
        while todo:
            for up in self._up.get(todo.pop(), ()):
                if up not in found:
                    found.add(up)
                    todo.append(up)
        return found


def _unresolved(inventory: Inventory) -> set[str]:
    """Principals of assignments that nothing tells what they are: each may be a group."""
    found = set()
    for id_, rows in inventory.bindings_of.items():
        if id_ in inventory.groups or not any(_is_ours(inventory, row.policy_id) for row in rows):
            continue
        identity = inventory.identities.get(id_)
        if identity is None or _may_be_anything(identity):
            found.add(id_)
    return found


def _is_ours(inventory: Inventory, policy_id: str) -> bool:
    policy = inventory.policies.get(policy_id)
    return policy is not None and policy.provider == _PROVIDER


def _may_be_anything(identity: Identity) -> bool:
    return identity.provider == _PROVIDER and identity.status == "unknown" and identity.nature is Nature.UNKNOWN
