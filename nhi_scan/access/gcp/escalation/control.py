"""Control of a project, a folder or an organization: whoever may set its IAM policy has everything in it.

What is granted there is inherited by all that lies below (https://cloud.google.com/iam/docs/allow-policies).
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from nhi_scan.access.gcp.escalation.cover import Ground, Subject, Way
from nhi_scan.access.gcp.escalation.denied import Denied
from nhi_scan.access.gcp.escalation.families import ACCOUNTS
from nhi_scan.access.gcp.escalation.sets import Sets
from nhi_scan.access.gcp.escalation.targets import Targets
from nhi_scan.access.gcp.escalation.technique import Technique
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.graph.graph import GraphBuilder

CONTROL = "control/"
"""Before the id of a place, and `projects of ` or `folders of ` where it is about all of these below the place."""

TAKES = "gcp-iam-service-accounts-get-access-token"
"""What whoever controls a project does next: it gives itself the right to mint a token of any account in it."""

_TOKEN = "iam.serviceAccounts.getAccessToken"  # noqa: S105 - a permission
_MOST = 40


class Control:
    """Makes the nodes of control, and the ways to them."""

    def __init__(self, access: Access, graph: GraphBuilder, targets: Targets, sets: Sets) -> None:
        """Begin with none."""
        self._scopes = access.inventory.scopes
        self._graph = graph
        self._targets = targets
        self._sets = sets
        self.denied = Denied(access)
        self._nodes: dict[str, int] = {}
        self.about: dict[str, str] = {}  # the place that each node is about
        self._holding: dict[tuple[str, str], bool] = {}

    def ways(self, subject: Subject, technique: Technique, grounds: Iterable[Ground]) -> Iterator[Way]:
        """Yield the nodes of what an identity controls."""
        kind = technique.target
        permission = technique.permissions[0]
        for ground in grounds:
            if not ground.open:
                if self.has(ground.place_id, kind):
                    yield Way(self.node(ground.place_id, kind), conditional=False)
                continue
            below = list(islice(self.within(ground.place_id, kind), _MOST + 1))
            if len(below) > _MOST:
                yield Way(self.node(ground.place_id, kind), conditional=True)
                continue
            for place in below:
                state = subject.truth(permission, place)
                if state is not False:
                    yield Way(self.node(place, kind), conditional=state is None)

    def node(self, place_id: str, kind: str) -> int:
        """Return the node for control of a place, or of every place of a kind below it."""
        own = self._scopes[place_id].kind == kind
        id_ = self._targets.unused(f"{CONTROL}{place_id}" if own else f"{CONTROL}{kind}s of {place_id}")
        known = self._nodes.get(id_)
        if known is not None:
            return known
        node = self._nodes[id_] = self._graph.node(id_, "control")
        self.about[id_] = place_id
        for part in [place_id] if own or kind == "project" else self._targets.children.get(place_id, []):
            if own or kind == "project" or self._scopes[part].kind == kind:
                target = self._sets.node(ACCOUNTS, part)
                if target is not None:
                    conditional = self.denied.perhaps(_TOKEN, part)
                    self._graph.edge(node, target, TAKES, conditional=conditional)
        return node

    def has(self, place_id: str, kind: str) -> bool:
        """Say whether a scope, or one below it, is of a kind."""
        key = (place_id, kind)
        if key not in self._holding:
            self._holding[key] = False  # a crafted import may hold a ring
            self._holding[key] = next(self.within(place_id, kind), None) is not None
        return self._holding[key]

    def within(self, place_id: str, kind: str) -> Iterator[str]:
        """Yield the scopes of a kind at and below a place."""
        waiting, seen = [place_id], {place_id}
        while waiting:
            scope_id = waiting.pop()
            scope = self._scopes.get(scope_id)
            if scope is not None and scope.kind == kind:
                yield scope_id
            children = [child for child in self._targets.children.get(scope_id, ()) if child not in seen]
            seen.update(children)
            waiting.extend(reversed(children))
