"""The actions of Azure, Entra and the APIs beside them that a snapshot knows, as one catalogue over all planes.

Each action belongs to a plane: Resource Manager's control and data planes, the directory, application permissions and
delegated permissions of APIs. The same pattern says other things in each: `*` among a role's `actions` is all of the
control plane and nothing of the data plane
(https://learn.microsoft.com/azure/role-based-access-control/role-definitions#control-and-data-actions), so that
whatever reads a pattern cuts it down to its plane. A name that Microsoft uses in both is one bit of both.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from nhi_scan.access.azure.levels import level
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.policy import Policy

VERSION: Final = "operations and roles of the snapshot"
OPERATIONS: Final = "azure/provideroperations"
"""The policy that lists every operation of Microsoft's resource providers, where it was collected; nobody's role."""
PLANES: Final = ("control", "data", "directory", "app_role", "delegated")
_WILD: Final = "*"


class AzureCatalogue(Catalogue):
    """The actions of all planes.

    Attributes:
        planes: by plane, the set of its actions.
        listed: whether what Microsoft's resource providers list is in it: what is not there then, is not theirs.
    """

    def __init__(self, written: Mapping[str, str], planes: Mapping[str, set[str]], *, listed: bool) -> None:
        """Take the actions.

        Args:
            written: by lower-case name, as their provider writes them.
            planes: by plane, the lower-case names and patterns that are its.
            listed: whether the operations of Microsoft's resource providers are all among them.
        """
        names = sorted(written)
        levels = "".join([level(name) for name in names])
        super().__init__([written[name] for name in names], levels, VERSION, _unmet(names, planes), separator="/")
        self.planes: Mapping[str, int] = {plane: self.exactly(planes.get(plane, ())) for plane in PLANES}
        self.listed = listed
        self._within: dict[tuple[str, str], int] = {}

    def within(self, plane: str, pattern: str) -> int:
        """Return the actions of one plane that a pattern of a role covers.

        `*` is the only wildcard: https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions
        """
        found = self._within.get((plane, pattern))
        if found is None:
            # A `?` is a letter like any other here, and none that a name has: such a pattern covers itself at most.
            mask = self.bit(pattern) if "?" in pattern or _WILD not in pattern else self.mask(pattern)
            found = self._within[plane, pattern] = mask & self.planes.get(plane, 0)
        return found


def azure_catalogue(inventory: Inventory) -> AzureCatalogue:
    """Return every action that Microsoft's operations or any role or deny assignment of a snapshot names, each once."""
    written: dict[str, tuple[int, str]] = {}
    planes: dict[str, set[str]] = {plane: set() for plane in PLANES}
    for policy in inventory.policies.values():
        if policy.provider == "azure" and policy.kind in ("role", "guardrail"):
            rank = _rank(policy)
            for plane, name in _named(policy):
                low = name.lower()
                planes[plane].add(low)
                if _WILD not in low:
                    mine = (rank, name)
                    written[low] = min(mine, written.get(low, mine))
    names = {low: name for low, (_, name) in written.items()}
    return AzureCatalogue(names, planes, listed=OPERATIONS in inventory.policies)


def _named(policy: Policy) -> Iterator[tuple[str, str]]:
    for statement in policy.statements:
        if statement.plane in PLANES:
            for name in statement.actions:
                yield statement.plane, name
            for name in statement.not_actions:
                if _WILD not in name:
                    yield statement.plane, name


def _rank(policy: Policy) -> int:
    """Whose spelling counts: that of the lists of operations, then that of Microsoft's roles."""
    return 0 if policy.id == OPERATIONS else 1 if policy.managed_by_provider else 2


def _unmet(names: Iterable[str], planes: Mapping[str, set[str]]) -> list[str]:
    """Find the patterns that cover no action of their plane that is known: each stands for itself."""
    every = Catalogue(list(names), separator="/")
    found = []
    for patterns in planes.values():
        mine = every.exactly(patterns)
        found += [one for one in patterns if _WILD in one and ("?" in one or not every.mask(one) & mine)]
    return found


__all__ = ["OPERATIONS", "PLANES", "VERSION", "AzureCatalogue", "azure_catalogue"]
