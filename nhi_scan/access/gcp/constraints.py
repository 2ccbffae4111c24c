"""Organization policy constraints, as they are in force in a project.

https://cloud.google.com/resource-manager/docs/organization-policy/understanding-hierarchy: what is set nearest to the
project counts; a constraint that is set nowhere has the default that Google gives it.
"""

from nhi_scan.access.combine import Truth, both
from nhi_scan.inventory.build import Inventory

CROSS_PROJECT = "iam.disableCrossProjectServiceAccountUsage"
"""Enforced, an account can be attached in its own project alone. It is enforced unless somebody turns it off:
https://cloud.google.com/iam/docs/attach-service-accounts#attaching-different-project."""

ON_BY_DEFAULT = frozenset({CROSS_PROJECT, "iam.managed.disableServiceAccountApiKeyCreation"})
"""Constraints that Google enforces where nobody said anything."""

_STATES: dict[str, Truth] = {"enforced": True, "not_enforced": False}


class Constraints:
    """Tells which constraints are in force in a project."""

    def __init__(self, inventory: Inventory) -> None:
        """Begin with nothing remembered."""
        self._inventory = inventory
        self._known: dict[tuple[str, str], Truth] = {}

    def allow(self, project_id: str, names: tuple[str, ...]) -> Truth:
        """Say whether none of some constraints is enforced in a project."""
        return both(*[not_(self.enforced(project_id, name)) for name in names])

    def enforced(self, project_id: str, name: str) -> Truth:
        """Say whether a constraint is enforced in a project; None where nobody could look, or it is a custom one."""
        key = (project_id, name)
        if key not in self._known:
            self._known[key] = self._find(project_id, name)
        return self._known[key]

    def _find(self, project_id: str, name: str) -> Truth:
        chain = self._inventory.scope_chain(project_id)
        for scope in reversed(chain):
            if scope.constraints is None:
                return None
            state = dict(scope.constraints).get(name)
            if state is not None:
                return _STATES.get(state)
        if not chain or (chain[0].parent_id != "" and chain[0].kind != "organization"):
            return None
        return name in ON_BY_DEFAULT


def not_(state: Truth) -> Truth:
    """Negate what may be unknown."""
    return None if state is None else not state
