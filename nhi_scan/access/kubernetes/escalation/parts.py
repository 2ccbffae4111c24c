"""What somebody has of their own, and what each of their groups has: a part each.

Most of what follows from roles follows from one part alone, and what a group has is worked out once for all who are in
it. Only what takes several rights at once may need two parts, and then in the same place, or one counts everywhere.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from nhi_scan.access.kubernetes.escalation.held import Pair, Pairs, Roles
from nhi_scan.access.kubernetes.escalation.roles import gathers, is_missing
from nhi_scan.access.kubernetes.subjects import Subjects
from nhi_scan.inventory.build import Inventory

_SEVERAL = 2


class Parts:
    """Finds the parts of identities and groups."""

    def __init__(self, inventory: Inventory, roles: Roles) -> None:
        """Begin with none."""
        self._inventory = inventory
        self._roles = roles
        self._subjects = Subjects(inventory)
        self._pairs: dict[str, Pairs] = {}
        self._of_use: dict[str, bool] = {}
        self._unread: dict[str, bool] = {}
        self._places: dict[str, tuple[Mapping[str, Pairs], Sequence[str]]] = {}

    def of(self, principal_id: str) -> tuple[str, list[str]]:
        """Return who has what somebody has: themselves, and of their groups those that have anything of use."""
        own, *groups = self._subjects.names(principal_id).sure
        return own, [id_ for id_ in groups if self.has_any(id_)]

    def pairs(self, principal_id: str) -> Pairs:
        """Return the roles that are bound to a principal by its own name, with where."""
        known = self._pairs.get(principal_id)
        if known is None:
            rows = self._inventory.bindings_of.get(principal_id, ())
            known = self._pairs[principal_id] = tuple(sorted({(row.policy_id, row.scope_id) for row in rows}))
        return known

    def has_any(self, principal_id: str) -> bool:
        """Say whether a principal has anything of use by its own name: a right, or a role that can be filled."""
        known = self._of_use.get(principal_id)
        if known is None:
            pairs = self.pairs(principal_id)
            policies = self._inventory.policies
            fillable = (gathers(role) or is_missing(policies.get(role)) for role, _ in pairs)
            known = bool(self._roles.held(pairs)) or any(fillable)
            self._of_use[principal_id] = known
        return known

    def has_unread(self, principal_id: str) -> bool:
        """Say whether somebody has a role, or a group of theirs has, that nobody could read."""
        return any(map(self._unread_by, self._subjects.names(principal_id).sure))

    def _unread_by(self, name: str) -> bool:
        known = self._unread.get(name)
        if known is None:
            known = self._unread[name] = any(self._roles.unread(role) for role, _ in self.pairs(name))
        return known

    def together(self, principal_ids: Sequence[str]) -> Pairs:
        """Put together what can be of use together of several principals; nothing where there is but one.

        Of the one that has most only what counts where the others have something, so that a group with rights in
        every namespace is not counted out for each of its members.
        """
        if len(principal_ids) < _SEVERAL:
            return ()
        *others, most = sorted(principal_ids, key=lambda id_: (len(self.pairs(id_)), id_))
        found = {pair for id_ in others for pair in self.pairs(id_)}
        scopes = {scope_id for _, scope_id in found}
        if any("/" not in scope_id for scope_id in scopes):
            return tuple(sorted({*found, *self.pairs(most)}))
        by_scope, everywhere = self._by_scope(most)
        for scope_id in (*scopes, *everywhere):
            found.update(by_scope.get(scope_id, ()))
        return tuple(sorted(found))

    def _by_scope(self, principal_id: str) -> tuple[Mapping[str, Pairs], Sequence[str]]:
        known = self._places.get(principal_id)
        if known is None:
            rows: dict[str, list[Pair]] = defaultdict(list)
            for pair in self.pairs(principal_id):
                rows[pair[1]].append(pair)
            everywhere = [scope_id for scope_id in rows if "/" not in scope_id]
            known = self._places[principal_id] = {one: tuple(pairs) for one, pairs in rows.items()}, everywhere
        return known
