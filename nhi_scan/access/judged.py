"""What judging the identities of one provider leaves, whatever its techniques are used on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from nhi_scan.access.engine import Steps
from nhi_scan.access.technique import Sensitive
from nhi_scan.graph.graph import Graph
from nhi_scan.graph.paths import Ways, ways_to
from nhi_scan.model.access import Privilege

Hit = tuple[str, str, bool]
"""What is sensitive, the action that gets at it, and whether it takes an open condition."""


class Escalation(Protocol):
    """Everything that was found about who can become whom."""

    @property
    def graph(self) -> Graph:
        """Identities, places and sets of them, and the ways between them."""


EscalationT = TypeVar("EscalationT", bound=Escalation)
StepsT = TypeVar("StepsT", bound=Steps)


@dataclass(slots=True)
class Judged(Generic[EscalationT, StepsT]):
    """Privileges and what they rest on: an `access.engine.Report` but for who controls a scope."""

    privileges: dict[str, Privilege]
    escalation: EscalationT
    ways: Ways
    steps: StepsT = field(repr=False)
    sensitive: tuple[Sensitive, ...] = ()

    @property
    def graph(self) -> Graph:
        """Who can become whom."""
        return self.escalation.graph

    def there(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """Return those of some nodes that the graph has, in their order."""
        return tuple(node for node in nodes if self.graph.number(node) is not None)


def ways_to_content(graph: Graph, hits: Mapping[str, Hit]) -> Ways:
    """Return the ways to what is sensitive.

    Args:
        graph: who can become whom.
        hits: by node, what is within its own reach.
    """
    numbers = {id_: number for id_ in hits if (number := graph.number(id_)) is not None}
    return ways_to(
        graph,
        [number for id_, number in numbers.items() if not hits[id_][2]],
        [number for id_, number in numbers.items() if hits[id_][2]],
    )
