"""Places: what a policy of Google Cloud hangs on, and the way from the root down to it.

Policies are inherited from the organization over folders and projects to resources
(https://cloud.google.com/resource-manager/docs/cloud-platform-resource-hierarchy). A place is a scope's id
(`projects/app`), a service account's member (`serviceAccount:a@b`), or a full resource name as Cloud Asset Inventory
writes it (https://cloud.google.com/asset-inventory/docs/asset-names), with project numbers replaced by ids.
"""

import re
from collections.abc import Mapping

from nhi_scan.access.gcp.identifiers import ACCOUNT, GROUP, USER
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.service_accounts import home_in

_SCOPE = re.compile(r"(?://cloudresourcemanager\.googleapis\.com/)?((?:organizations|folders|projects)/[^/]+)\Z")
_ACCOUNT_NAME = re.compile(r"(?://iam\.googleapis\.com/)?projects/[^/]+/serviceAccounts/([^/]+)(/.+)?\Z")
_BUCKET = re.compile(r"(?:gs://|//storage\.googleapis\.com/(?:projects/_/buckets/)?)([^/]+)(?:/(.*))?\Z", re.DOTALL)
_PROJECT = re.compile(r"/projects/([^/]+)")
_KINDS_OF_BUCKETS = ("objects/", "managedFolders/")
_MOST_REMEMBERED = 1 << 18


class Places:
    """Names of places, made one, and what is above each."""

    def __init__(self, inventory: Inventory) -> None:
        """Index the places of an inventory."""
        self._inventory = inventory
        self._numbers = {scope.number: scope.id for scope in inventory.scopes.values() if scope.number}
        self._of_scope = {id_: scope.number for id_, scope in inventory.scopes.items() if scope.number}
        self._unique = {
            identity.unique_id: identity.id
            for identity in inventory.identities.values()
            if identity.unique_id and identity.id.startswith(ACCOUNT)
        }
        bound = {binding.scope_id for binding in inventory.bindings.values()}
        self._places = bound.union(inventory.resources, inventory.workloads)
        self._chains: dict[str, tuple[str, ...]] = {}
        self._tags: dict[str, dict[str, str] | None] = {}

    def canonical(self, place: str) -> str:  # noqa: PLR0911 - one for each way to write a place
        """Return a place's one name.

        Args:
            place: a scope's id, also by project number, also as a full resource name; a service account's member,
                e-mail address, unique id, `projects/p/serviceAccounts/e` or full resource name; `gs://bucket/object`;
                any full resource name.
        """
        if place in self._inventory.scopes or place in self._inventory.identities or place in self._places:
            return place
        scope = _SCOPE.match(place)
        if scope is not None:
            return self._scope(scope[1])
        account = _ACCOUNT_NAME.match(place)
        if account is not None:
            return self._account(account[1], account[2] or "")
        if not place.startswith("//"):
            if place.startswith("gs://"):
                return _bucket(place)
            return self._unique.get(place) or self._by_mail(place)
        if place.startswith("//storage.googleapis.com/"):
            return _bucket(place)
        return _PROJECT.sub(lambda found: f"/{self._scope('projects/' + found[1])}", place, count=1)

    def chain(self, place_id: str) -> tuple[str, ...]:
        """Return the places from the top of the hierarchy down to this one, which is the last. Never empty.

        A place that nothing is known of is alone, or below the project that its name tells.
        """
        found = self._chains.get(place_id)
        if found is None:
            if len(self._chains) > _MOST_REMEMBERED:
                self._chains.clear()
            found = self._chains[place_id] = self._chain(self.canonical(place_id))
        return found

    def project_of(self, place: str) -> str:
        """Return the id of the project that a place is in or is; empty for what is above projects or not known."""
        return next((id_ for id_ in reversed(self.chain(place)) if _is_project(id_)), "")

    def known(self, place: str) -> bool:
        """Say whether the inventory has a record of a place, or a policy on it."""
        one = self.canonical(place)
        return one in self._inventory.scopes or one in self._inventory.identities or one in self._places

    def complete(self, place: str) -> bool:
        """Say whether everything above a place is known, up to an organization or to what has nothing above it."""
        top = self._inventory.scopes.get(self.chain(place)[0])
        return top is not None and (top.parent_id == "" or top.kind == "organization")

    def number(self, scope_id: str) -> str:
        """Return the number of a scope: of an organization or a folder that in its id; empty where it is not known."""
        kind, _, name = scope_id.partition("/")
        if kind in ("organizations", "folders") and "/" not in name:
            return name
        return self._of_scope.get(scope_id) or (name if kind == "projects" and name.isdigit() else "")

    def tags(self, place: str) -> Mapping[str, str] | None:
        """Return the tags in force on a place: those bound to it and those it inherits, of which the nearest counts.

        https://cloud.google.com/resource-manager/docs/tags/tags-overview#inheritance

        Returns:
            Namespaced key -> short value; None where they are not all known.
        """
        one = self.canonical(place)
        if one not in self._tags:
            self._tags[one] = self._tags_of(one)
        return self._tags[one]

    def _tags_of(self, place: str) -> dict[str, str] | None:
        if not self.complete(place):
            return None
        found: dict[str, str] = {}
        recorded = False
        for id_ in self.chain(place):
            thing = self._inventory.scopes.get(id_) or self._inventory.resources.get(id_)
            if thing is None:
                # A part of a resource has no tags of its own, and nobody collects those of service accounts.
                if not recorded and not id_.startswith(ACCOUNT):
                    return None
                continue
            recorded = recorded or id_ in self._inventory.resources
            if thing.policy_tags is None:
                return None
            found.update(thing.policy_tags)
        return found

    def _chain(self, place: str) -> tuple[str, ...]:
        if _SCOPE.match(place):
            return tuple(scope.id for scope in self._inventory.scope_chain(place)) or (place,)
        if place.startswith(ACCOUNT):
            return (*self._above(self._home_of_account(place)), place)
        above = self._prefixes(place)
        project = self._home(above, place)
        return (*self._above(project), *[id_ for id_ in above if id_ != project], place)

    def _above(self, scope_id: str) -> tuple[str, ...]:
        # A crafted import may say that a resource lies in a resource, and so in itself.
        return self.chain(scope_id) if _SCOPE.match(scope_id) else ()

    def _home_of_account(self, member: str) -> str:
        """The project of a service account: as its record says, or else its address."""
        identity = self._inventory.identities.get(member)
        if identity is not None:
            return identity.scope_id
        home = home_in(member.removeprefix(ACCOUNT))
        return self._scope(f"projects/{home}") if home else ""

    def _prefixes(self, place: str) -> list[str]:
        """The places whose names this one's extends: the resource that it is a part of."""
        account = _ACCOUNT_NAME.match(place)
        if account is not None:
            return [ACCOUNT + account[1]]
        found: list[str] = []
        at = place.find("/", 2) if place.startswith("//") else -1
        while (at := place.find("/", at + 1)) > 0:
            if place[:at] in self._places:
                found.append(place[:at])
        return found

    def _home(self, above: list[str], place: str) -> str:
        """The scope that a resource is in: as its record says, or its name."""
        inventory = self._inventory
        for id_ in (place, *reversed(above)):
            thing = inventory.resources.get(id_) or inventory.workloads.get(id_) or inventory.identities.get(id_)
            if thing is not None and thing.scope_id:
                return self.canonical(thing.scope_id)
        found = _PROJECT.search(place)
        return self._scope(f"projects/{found[1]}") if found is not None and found[1] != "_" else ""

    def _scope(self, scope_id: str) -> str:
        kind, _, name = scope_id.partition("/")
        return self._numbers.get(name, scope_id) if kind == "projects" and name.isdigit() else scope_id

    def _account(self, name: str, rest: str) -> str:
        member = self._unique.get(name) or ACCOUNT + name
        if not rest:
            return member
        identity = self._inventory.identities.get(member)
        project = identity.scope_id if identity is not None else "projects/-"
        return f"//iam.googleapis.com/{project}/serviceAccounts/{member.removeprefix(ACCOUNT)}{rest}"

    def _by_mail(self, text: str) -> str:
        """An e-mail address: of a service account, or of somebody else."""
        for kind in (ACCOUNT, USER, GROUP):
            if kind + text in self._inventory.identities or kind + text in self._inventory.groups:
                return kind + text
        return text


def _bucket(name: str) -> str:
    """A bucket, or an object or a managed folder in it, as Cloud Asset Inventory would name it."""
    found = _BUCKET.match(name)
    if found is None:
        return name
    bucket, rest = f"//storage.googleapis.com/{found[1]}", found[2]
    if not rest:
        return bucket
    return f"{bucket}/{rest}" if rest.startswith(_KINDS_OF_BUCKETS) else f"{bucket}/objects/{rest}"


def _is_project(id_: str) -> bool:
    return id_.startswith("projects/") and id_.count("/") == 1
