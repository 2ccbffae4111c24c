"""The actions of Azure, Entra and the APIs beside them that a snapshot knows, as one catalogue over all planes.

Each action belongs to a plane: Resource Manager's control and data planes, the directory, application permissions and
delegated permissions of APIs. The same pattern says other things in each: `*` among a role's `actions` is all of the
control plane and nothing of the data plane
(https://learn.microsoft.com/azure/role-based-access-control/role-definitions#control-and-data-actions), so that
whatever reads a pattern cuts it down to its plane. A name that is used in both is one bit of both.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from nhi_scan.access.azure import directory
from nhi_scan.access.azure.actions import PLANES, Planes, covers, narrowed, readings, spelled
from nhi_scan.access.azure.levels import level
from nhi_scan.access.azure.operations import WRITTEN
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.policy import Policy

VERSION: Final = "operations and roles of the snapshot"
OPERATIONS: Final = "azure/provideroperations"
"""The policy that lists every operation of Microsoft's resource providers, where it was collected; nobody's role."""
_WILD: Final = "*"
_ARM: Final = ("control", "data")
_ALL_ENTITIES: Final = "allentities"
# Entities that are some of another one, under a name of their own.
_WIDER: Final = {
    "groupsassignabletoroles": "groups",
    **{own.lower(): entity for entity, owned in directory.AGENTS.items() for own in owned},
}


class AzureCatalogue(Catalogue):
    """The actions of all planes.

    Attributes:
        planes: by plane, the set of its actions.
        torn: the actions of which nobody can tell whether they are of the control or of the data plane.
    """

    def __init__(self, written: Mapping[str, str], patterns: Mapping[str, set[str]], of: Planes) -> None:
        """Take the actions.

        Args:
            written: by lower-case name, as their provider writes them.
            patterns: by plane, the lower-case patterns that are its.
            of: tells the planes of a name.
        """
        names = sorted(written)
        levels = "".join([level(name) for name in names])
        mine: dict[str, set[str]] = {plane: set() for plane in PLANES}
        for name in names:
            for plane in of.of(name):
                mine[plane].add(name)
        unmet = _unmet(names, mine, patterns)
        super().__init__([written[name] for name in names], levels, VERSION, sorted(unmet), separator="/")
        for pattern, planes in unmet.items():
            for plane in planes:
                mine[plane].add(pattern)
        self.planes: Mapping[str, int] = {plane: self.exactly(mine[plane]) for plane in PLANES}
        self.torn = self.planes["control"] & self.planes["data"]
        self._within: dict[tuple[str, str], tuple[int, int]] = {}
        self._entities: dict[tuple[str, str], list[str]] = {}
        for name in sorted(mine["directory"]):
            namespace, entity = _parts(name)
            for key in ((namespace, entity), (namespace, _ALL_ENTITIES)):
                self._entities.setdefault(key, []).append(name)

    def display(self, action: str) -> str:
        """Return an action as its provider writes it, also where an API is named by its id."""
        return super().display(spelled(action))

    def within(self, plane: str, pattern: str) -> int:
        """Return the actions of one plane that a pattern of a role covers."""
        return self._covered(plane, pattern)[0]

    def narrowed(self, plane: str, pattern: str) -> int:
        """Return those of them that it covers on a part of the entities only: `applications.myOrganization`.

        What changes groups does not change those that directory roles can be given to:
        https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept
        """
        return self._covered(plane, pattern)[1]

    def _covered(self, plane: str, pattern: str) -> tuple[int, int]:
        found = self._within.get((plane, pattern))
        if found is None:
            found = self._within[plane, pattern] = self._find(plane, pattern)
        return found

    def _find(self, plane: str, pattern: str) -> tuple[int, int]:
        if plane == directory.PLANE:
            return self._in_directory(pattern)
        # `*` is the only wildcard, and only Resource Manager's; a `?` is a letter that no name has.
        wild = plane in _ARM and _WILD in pattern and "?" not in pattern
        mask = self.union(readings(pattern)) if wild else self.exactly((pattern,))
        return mask & self.planes.get(plane, 0), 0

    def _in_directory(self, pattern: str) -> tuple[int, int]:
        """Permissions of a directory role also leave out parts of a kind, or are for a part of it only."""
        namespace, entity = _parts(pattern.lower())
        around = (entity, _WIDER[entity]) if entity in _WIDER else (entity,)
        names: list[str] = []
        parts: list[str] = []
        for name in (name for one in around for name in self._entities.get((namespace, one), ())):
            plain = covers(directory.PLANE, pattern, name)
            other = directory.candidates(name, role_assignable=True)
            assignable = plain if other == name else covers(directory.PLANE, pattern, other)
            agents = any(covers(directory.PLANE, pattern, one) for one in directory.of_agents(name))
            if plain or assignable or agents:
                names.append(name)
            if plain != assignable or (agents and not plain) or narrowed(pattern, name):
                parts.append(name)
        return self.exactly([*names, pattern]) & self.planes[directory.PLANE], self.exactly(parts)


def azure_catalogue(inventory: Inventory, planes: Planes | None = None) -> AzureCatalogue:
    """Return every action that Microsoft's operations or any role or deny assignment of a snapshot names, each once.

    Where the list of operations was not collected, those that this program asks about are known all the same.

    Args:
        inventory: whose policies name them.
        planes: tells the planes of a name, where it is made already.
    """
    written: dict[str, tuple[int, str]] = {}
    patterns: dict[str, set[str]] = {plane: set() for plane in PLANES}
    for policy in inventory.policies.values():
        if policy.provider == "azure" and policy.kind in ("role", "guardrail"):
            rank = _rank(policy)
            for plane, name in _named(policy):
                low = name.lower()
                if _WILD in low:
                    patterns[plane].add(low)
                else:
                    mine = (rank, name)
                    written[low] = min(mine, written.get(low, mine))
    names = {low: name for low, (_, name) in written.items()}
    if OPERATIONS not in inventory.policies:
        names = {**WRITTEN, **names}
    return AzureCatalogue(names, patterns, planes or Planes(inventory))


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


def _parts(name: str) -> tuple[str, str]:
    """The namespace and the entity of a directory's action, without what narrows the entity."""
    namespace, _, rest = name.partition("/")
    return namespace, rest.partition("/")[0].partition(".")[0]


def _unmet(
    names: Iterable[str], mine: Mapping[str, set[str]], patterns: Mapping[str, set[str]]
) -> dict[str, tuple[str, ...]]:
    """Find the patterns that cover no action of their plane that is known: each stands for itself in that plane."""
    every = Catalogue(list(names), separator="/")
    found: dict[str, tuple[str, ...]] = {}
    for plane in PLANES:
        known = every.exactly(mine[plane])
        for pattern in patterns[plane]:
            if plane not in _ARM or "?" in pattern or not every.union(readings(pattern)) & known:
                found[pattern] = (*found.get(pattern, ()), plane)
    return found
