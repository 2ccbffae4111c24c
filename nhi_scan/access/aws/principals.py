"""What an identity of the inventory fixes about every request it makes: its ARN, its tags, its organization."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from nhi_scan.access.aws.conditions.variables import Look
from nhi_scan.access.aws.context import PRINCIPAL_KEYS, Context, Found, look_up
from nhi_scan.access.aws.principal import Principal, parse_principal
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Identity


class Principals:
    """Principals and contexts of an inventory's identities."""

    def __init__(self, inventory: Inventory, now: datetime) -> None:
        """Read the accounts' organizations.

        Args:
            inventory: whose identities.
            now: decides the time keys; aware.
        """
        self._inventory = inventory
        self.now = now
        # What no principal fixes is the same for all of one kind in an account.
        self._same: dict[tuple[str, str], dict[str, Found]] = defaultdict(dict)
        self._organizations: dict[str, tuple[dict[str, tuple[str, ...]], frozenset[str]]] = {}

    def principal(self, identity: Identity) -> Principal:
        """Return an identity as the evaluator sees it.

        Raises:
            UserError: its id is not one that can make requests.
        """
        return parse_principal(identity.id).known_as(identity.unique_id)

    def context(self, identity: Identity) -> Context:
        """Return what is known of any request of this identity.

        A role may get more tags with its session, a user has just its own.
        """
        values, absent = self._organization(identity.scope_id)
        if identity.tags:
            values = values | {f"aws:principaltag/{key.lower()}": (value,) for key, value in identity.tags}
        if identity.kind != "iam_role":
            absent = absent | {"aws:principaltag/"}
        return Context(values=values, absent=absent, now=self.now)

    def look(self, identity: Identity) -> Look:
        """Return what finds the condition keys that this identity fixes."""
        made: list[Callable[[str], Found]] = []
        same = self._same[identity.scope_id, identity.kind]

        def look(key: str) -> Found:
            if key in same:
                return same[key]
            if not made:
                made.append(self._look(identity))
            found = made[0](key)
            if not key.startswith(PRINCIPAL_KEYS):
                same[key] = found
            return found

        return look

    def _look(self, identity: Identity) -> Callable[[str], Found]:
        known = self.context(identity)
        try:
            principal = self.principal(identity)
        except UserError:
            principal = Principal(id=identity.id, kind="role", account=identity.scope_id)
        return lambda key: look_up(known, key, principal, None)

    def _organization(self, scope_id: str) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
        found = self._organizations.get(scope_id)
        if found is None:
            found = self._organizations[scope_id] = self._find_organization(scope_id)
        return found

    def _find_organization(self, scope_id: str) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
        """Find the keys of an account's place: values, and names of keys that are absent because it has none."""
        chain = self._inventory.scope_chain(scope_id)
        if chain and chain[-1].parent_id == "":
            return {}, frozenset({"aws:principalorgid", "aws:principalorgpaths"})
        if not chain or chain[0].kind not in ("organization", "root"):
            return {}, frozenset()
        organizations = [scope for scope in self._inventory.scopes.values() if scope.kind == "organization"]
        if len(organizations) != 1 and chain[0].kind != "organization":
            return {}, frozenset()
        organization = chain[0].id if chain[0].kind == "organization" else organizations[0].id
        above = [scope.id for scope in chain[:-1] if scope.kind != "organization"]
        path = "/".join([organization, *above]) + "/"
        return {"aws:principalorgid": (organization,), "aws:principalorgpaths": (path,)}, frozenset()
