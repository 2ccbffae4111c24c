"""By which names the authorizer knows somebody: their own, and the groups that they are surely or perhaps in.

The API server puts every service account into `system:serviceaccounts`, into the group of its namespace and into
`system:authenticated`
(https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens,
https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings), nodes into
`system:nodes` (https://kubernetes.io/docs/reference/access-authn-authz/node/). In which other groups a user is, only
whoever authenticates them can tell: a certificate, a token, a webhook. Any group may be one of them but those whose
names begin with `system:`, which are kept for Kubernetes itself
(https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects).
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from nhi_scan.access.kubernetes.evaluate import SUPERUSERS
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.kube_ids import ANONYMOUS, cluster_of, group, is_kubernetes, take_apart
from nhi_scan.model.record import value

AUTHENTICATED: Final = "system:authenticated"
UNAUTHENTICATED: Final = "system:unauthenticated"
ACCOUNTS: Final = "system:serviceaccounts"
NODES: Final = "system:nodes"
_OWN: Final = "system:"


@value
class Names:
    """The ids under which bindings can mean somebody."""

    sure: tuple[str, ...]  # own id, then groups
    cluster_id: str
    free: bool = False  # True: the authenticator may put them into any group that is not Kubernetes' own
    said: tuple[str, ...] = ()  # ids of groups into which one way to become them puts them; others need not


class Subjects:
    """Tells who is meant by whom."""

    def __init__(self, inventory: Inventory) -> None:
        """Take an inventory, whose bindings name the groups that matter."""
        self._inventory = inventory
        self._names: dict[str, Names] = {}

    def names(self, principal_id: str) -> Names:
        """Return the names of an identity, or of whoever is in a group.

        Raises:
            KeyError: the inventory has no such identity or group of Kubernetes.
        """
        found = self._names.get(principal_id)
        if found is None:
            found = self._names[principal_id] = self._find(principal_id)
        return found

    def stated(self, principal_id: str, groups: Iterable[str]) -> Names:
        """Return the names of somebody of whom the groups are known that the authenticator says.

        Of a service account and of the anonymous the API server itself says the groups, and no others
        (https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens,
        https://kubernetes.io/docs/reference/access-authn-authz/authentication/#anonymous-requests).
        """
        own = self.names(principal_id)
        place = take_apart(principal_id)
        if place.plural == "serviceaccounts" or (place.plural, place.name) == ("users", ANONYMOUS):
            return own
        more = (group(own.cluster_id, name) for name in groups)
        return Names(tuple(dict.fromkeys((*own.sure, *more))), own.cluster_id)

    def open_groups(self, names: Names) -> frozenset[str]:
        """Return the ids of groups that somebody may be in: an authenticator may put them there.

        Into which groups a map of AWS principals puts a user (`kube-system/aws-auth`) is known, and not whether they
        are signed in by it.
        """
        bound = self._open.get(names.cluster_id, frozenset()) if names.free else frozenset()
        return bound.union(names.said) if names.said else bound

    @cached_property
    def _said(self) -> dict[str, set[str]]:
        """Users -> groups that an entry of a map puts them into: its trusts have one number each, of one entry."""
        entries: dict[str, list[str]] = {}
        for trust in self._inventory.trusts.values():
            if is_kubernetes(trust.identity_id):
                entries.setdefault(trust.id.rpartition("/")[0], []).append(trust.identity_id)
        found: dict[str, set[str]] = {}
        for ids in entries.values():
            groups = [id_ for id_ in ids if take_apart(id_).plural == "groups"]
            for id_ in ids:
                if groups and id_ not in groups:
                    found.setdefault(id_, set()).update(groups)
        return found

    @cached_property
    def _open(self) -> dict[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for principal in self._inventory.bindings_of:
            place = take_apart(principal)
            if place.plural == "groups" and not place.namespace and not place.name.startswith(_OWN):
                found.setdefault(place.cluster_id, set()).add(principal)
        return {cluster_id: frozenset(groups) for cluster_id, groups in found.items()}

    def _find(self, principal_id: str) -> Names:
        inventory = self._inventory
        identity = inventory.identities.get(principal_id)
        known = principal_id in inventory.groups or principal_id in inventory.bindings_of
        if not is_kubernetes(principal_id) or (identity is None and not known):
            raise KeyError(principal_id)
        place = take_apart(principal_id)
        if place.plural == "groups":
            groups = _above(place.name)
        elif place.plural == "serviceaccounts":
            groups = (f"{ACCOUNTS}:{place.namespace}", ACCOUNTS, AUTHENTICATED)
        elif place.name == ANONYMOUS:
            groups = (UNAUTHENTICATED,)
        else:
            groups = (NODES, AUTHENTICATED) if place.name.startswith("system:node:") else (AUTHENTICATED,)
        cluster_id = cluster_of(principal_id)
        sure = (principal_id, *(group(cluster_id, name) for name in groups))
        said = tuple(sorted(self._said.get(principal_id, ())))
        free = place.plural == "users" and not place.name.startswith(_OWN)
        return Names(sure, cluster_id, free=free, said=said)


def is_superuser(names: Names) -> bool:
    """Say whether somebody is surely one whom the API server asks nothing."""
    return group(names.cluster_id, SUPERUSERS) in names.sure


def _above(name: str) -> tuple[str, ...]:
    """Return the groups that everybody in a group is in."""
    if name.startswith(f"{ACCOUNTS}:"):
        return (ACCOUNTS, AUTHENTICATED)
    return () if name in (AUTHENTICATED, UNAUTHENTICATED) else (AUTHENTICATED,)
