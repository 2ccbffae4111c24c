"""To which sets an identity belongs by what it is: its domain, its project, its pool, everyone.

https://cloud.google.com/iam/docs/principals-overview
"""

from collections.abc import Mapping
from typing import NamedTuple

from nhi_scan.access.gcp.identifiers import (
    ACCOUNT,
    AUTHENTICATED,
    CUSTOMER,
    DOMAIN,
    EVERYONE,
    PODS,
    SCOPE_SET,
    USER,
    pool_of,
    scope_of_set,
)
from nhi_scan.access.gcp.places import Places
from nhi_scan.access.gcp.tokens import attribute_of, shown_by_token
from nhi_scan.inventory.build import Inventory

_CONSUMERS = ("gmail.com", "googlemail.com")
_ACCOUNTS, _AGENTS = "ServiceAccount", "ServiceAgent"


class Sets(NamedTuple):
    """Canonical names of sets, by how surely somebody is in them."""

    sure: set[str]
    maybe: set[str]


class Belonging:
    """The sets of principals that policies name, and who is in them."""

    def __init__(self, inventory: Inventory, places: Places, written: Mapping[str, object]) -> None:
        """Index the sets that are named."""
        self._inventory = inventory
        self._places = places
        self._customers = {name for name in written if name.startswith(CUSTOMER)}
        self._scopes = {name for name in written if name.startswith(SCOPE_SET)}
        self._of_pool: dict[str, set[str]] = {}
        for name in written:
            pool = pool_of(name)
            if pool:
                self._of_pool.setdefault(pool, set()).add(name)

    def sets(self, identity_id: str, own: str) -> Sets:
        """Return the sets that an identity is in.

        Args:
            identity_id: as the inventory has it.
            own: its canonical name.
        """
        found = Sets({EVERYONE}, set())
        if own.startswith(USER):
            self._of_user(own, found)
        elif own.startswith(ACCOUNT):
            self._of_account(identity_id, found)
        else:
            self._of_federated(own, found)
        return found

    def may_be(self, name: str, own: str) -> bool:
        """Say whether nothing tells if somebody is in a set that no policy of the inventory names."""
        if name.startswith(CUSTOMER):
            return own.startswith((USER, ACCOUNT))
        return pool_of(name) == pool_of(own) and _may_show(own, name)

    def _of_user(self, own: str, found: Sets) -> None:
        domain = own.rpartition("@")[2]
        found.sure.update((AUTHENTICATED, DOMAIN + domain))
        found.maybe.update(self._customers)
        for name in self._scopes:
            scope_id, kind = scope_of_set(name)
            scope = self._inventory.scopes.get(scope_id)
            if kind or not scope_id.startswith("organizations/"):
                continue  # people belong to an organization, by their domain, and to nothing below it
            # An organization is named after the first of its domains; nobody lists the others.
            if scope is not None and scope.name.lower() == domain:
                found.sure.add(name)
            elif domain not in _CONSUMERS:
                found.maybe.add(name)

    def _of_account(self, identity_id: str, found: Sets) -> None:
        identity = self._inventory.identities.get(identity_id)
        found.sure.add(AUTHENTICATED)
        found.maybe.update(self._customers)
        home = identity.scope_id if identity is not None else ""
        agent = identity is not None and identity.managed_by_provider
        self._within(home, found, _AGENTS if agent else _ACCOUNTS, agent=agent)

    def _of_federated(self, own: str, found: Sets) -> None:
        """`allAuthenticatedUsers` has nobody in it whom an outside issuer vouches for."""
        pool, home = pool_of(own), ""
        if own.startswith(PODS):
            project, namespace, _ = own.removeprefix(PODS).split("/", 2)
            home = f"projects/{project}"
            pools = [name for name in self._of_pool if name.endswith(f"/{project}.svc.id.goog")]
            for each in pools:
                found.sure.update((f"{each}/*", f"{each}/namespace/{namespace}"))
                found.maybe.update(filter(shown_by_token, self._of_pool[each]))
        elif pool:
            if "/workloadIdentityPools/" in pool:
                home = "projects/" + pool.split("/")[2]
            else:
                # Which organization a workforce pool belongs to, its name does not say.
                found.maybe.update(name for name in self._scopes if name.startswith(f"{SCOPE_SET}organizations/"))
            found.sure.add(f"{pool}/*")
            found.maybe.update(name for name in self._of_pool.get(pool, ()) if _may_show(own, name))
        found.maybe.difference_update(found.sure | {own})
        if home:
            self._within(self._places.canonical(home), found, "", agent=False)

    def _within(self, home: str, found: Sets, kind: str, *, agent: bool) -> None:
        """Add the sets of a project and of what is above it.

        A service agent belongs to Google's own project: that it is among *all* principals of the one it serves, no page
        says.
        """
        chain = set(self._places.chain(home)) if home else set()
        settled = bool(home) and self._places.complete(home)
        for name in self._scopes:
            scope_id, wanted = scope_of_set(name)
            if wanted and wanted != kind:
                if agent and wanted == _ACCOUNTS and scope_id in chain:
                    found.maybe.add(name)
                continue
            if scope_id in chain:
                (found.maybe if agent and not wanted else found.sure).add(name)
            elif not settled and not scope_id.startswith("projects/"):
                found.maybe.add(name)


def _may_show(own: str, name: str) -> bool:
    """Say whether the token of somebody of a pool may show that they are in a set of it."""
    attribute, value = attribute_of(own)
    other, its = attribute_of(name)
    return shown_by_token(name) and (not attribute or attribute != other or value == its)
