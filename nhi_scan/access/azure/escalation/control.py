"""Control of a place of Resource Manager, and of the directory.

Whoever may assign roles on a place gives itself whatever it likes there and below
(https://learn.microsoft.com/azure/role-based-access-control/role-assignments). Whoever controls the directory controls
Resource Manager, too: a Global Administrator elevates itself to User Access Administrator of the root
(https://learn.microsoft.com/azure/role-based-access-control/elevate-access-global-admin).
"""

from collections.abc import Callable

from nhi_scan.access.azure.escalation.families import EVERYTHING, PEOPLE, WITH_CREDENTIALS
from nhi_scan.access.azure.escalation.sets import Sets
from nhi_scan.access.azure.summarise import Access
from nhi_scan.graph.graph import GraphBuilder

CONTROL = "control/"
"""Before the id of a place."""
DIRECTORY = "control/directory of "
"""Before the id of a tenant."""

TAKES = "azure-authorization-role-assignments-write"
"""What whoever controls a place does next: it gives itself a role that lets it act as whatever is there."""
ELEVATES = "azure-authorization-elevate-access"
"""How whoever controls the directory comes to control Resource Manager."""
CREDENTIALS = "entra-service-principal-password"
"""What whoever controls the directory does to be an application: it gives it a credential."""
RESETS = "entra-user-password-reset"
"""What whoever controls the directory does to be a person."""

_WIDE = frozenset({"tenant", "management_group", "subscription"})


class Control:
    """Makes the nodes of control."""

    def __init__(self, access: Access, graph: GraphBuilder, sets: Sets, content: Callable[[str, str], bool]) -> None:
        """Begin with none.

        Args:
            access: of an inventory.
            graph: where the nodes go.
            sets: of what is there to take.
            content: notes that a node's holder gets at what is sensitive on a place, and says whether anything is.
        """
        self._access = access
        self._graph = graph
        self._sets = sets
        self._content = content
        self._nodes: dict[str, int | None] = {}
        self.about: dict[str, str] = {}  # the place that each node is about
        self.wide: set[int] = set()  # nodes whose holder is an administrator

    def place(self, place: str) -> int | None:
        """Return the node for control of a place; None where nothing is there to take and no subscription is below."""
        name = self._sets.unused(CONTROL + place)
        if name not in self._nodes:
            self._nodes[name] = self._place(name, place)
        return self._nodes[name]

    def directory(self, tenant: str) -> int:
        """Return the node for control of the directory of a tenant."""
        name = self._sets.unused(DIRECTORY + tenant)
        known = self._nodes.get(name)
        if known is not None:
            return known
        node = self._nodes[name] = self._graph.node(name, "control")
        self.about[name] = tenant
        self.wide.add(node)
        root = self.place(tenant)
        if root is not None:
            self._graph.edge(node, root, ELEVATES)
        for family, technique in ((WITH_CREDENTIALS, CREDENTIALS), (PEOPLE, RESETS)):
            target = self._sets.node(family, tenant)
            if target is not None:
                self._graph.edge(node, target, technique)
        return node

    def is_wide(self, place: str) -> bool:
        """Say whether control of a place is an administrator's: a subscription, or what is above one."""
        scope = self._access.inventory.scopes.get(place)
        return scope is not None and scope.kind in _WIDE

    def _place(self, name: str, place: str) -> int | None:
        target, wide = self._sets.node(EVERYTHING, place), self.is_wide(place)
        content = self._content(name, place)
        if target is None and not wide and not content:
            return None
        node = self._graph.node(name, "control")
        self.about[name] = place
        if wide:
            self.wide.add(node)
        if target is not None:
            self._graph.edge(node, target, TAKES)
        return node
