"""What roles hold, as sets of actions: what they may give, what they surely give, and by which of their statements."""

from collections.abc import Iterable
from dataclasses import dataclass

from nhi_scan.access.azure import directory
from nhi_scan.access.azure.actions import covers
from nhi_scan.access.azure.catalogue import AzureCatalogue
from nhi_scan.model.policy import Condition, Policy, Statement

_REMEMBERED = 1 << 10


@dataclass(slots=True, eq=False)
class Part:
    """One statement of a role: a permission set in one plane, actions without its notActions."""

    index: int
    sid: str
    plane: str
    mask: int  # the actions that it names
    sure: int  # those that it gives on everything that they are about
    conditions: tuple[Condition, ...]


class Roles:
    """The roles of an inventory, each read once.

    Attributes:
        catalogue: what the bits stand for.
        unknown: roles of which nobody can tell all that they hold.
    """

    def __init__(self, policies: Iterable[Policy], catalogue: AzureCatalogue) -> None:
        """Take the roles; policies of other kinds are passed over, roles that were given and not found count."""
        self.catalogue = catalogue
        self._parts: dict[str, tuple[Part, ...]] = {}
        self._masks: dict[str, int] = {}
        self._statements: dict[str, tuple[Statement, ...]] = {}
        self._read: dict[tuple[str, tuple[str, ...], tuple[str, ...]], tuple[int, int]] = {}
        unknown = set()
        for policy in policies:
            if policy.provider in ("azure", "") and policy.kind in ("role", "identity"):
                if not policy.complete or any(one.malformed for one in policy.statements):
                    unknown.add(policy.id)
                self._statements[policy.id] = policy.statements
                parts = tuple([self._part(one) for one in policy.statements if not one.malformed])
                self._parts[policy.id] = parts
                mask = 0
                for part in parts:
                    mask |= part.mask
                self._masks[policy.id] = mask
        self.unknown = frozenset(unknown)
        self._having: dict[str, frozenset[str]] = {}
        self._covering: dict[str, dict[str, frozenset[int]]] = {}

    def parts(self, role: str) -> tuple[Part, ...]:
        """Return what a role says, statement by statement; nothing of one that nobody knows."""
        return self._parts.get(role, ())

    def mask(self, role: str) -> int:
        """Return what a role may give, whatever its conditions."""
        return self._masks.get(role, 0)

    def having(self, action: str) -> frozenset[str]:
        """Name the roles that may give an action of the catalogue."""
        found = self._having.get(action)
        if found is None:
            bit = self.catalogue.bit(action)
            held = [role for role, mask in self._masks.items() if mask & bit] if bit else ()
            found = self._having[action] = frozenset(held)
        return found

    def covering(self, action: str, planes: Iterable[str]) -> dict[str, frozenset[int]]:
        """Name the roles that may give an action that the catalogue does not have, and their statements that do."""
        found = self._covering.get(action)
        if found is None:
            if len(self._covering) >= _REMEMBERED:
                self._covering.clear()
            found = self._covering[action] = self._find_covering(action, frozenset(planes))
        return found

    def _find_covering(self, action: str, planes: frozenset[str]) -> dict[str, frozenset[int]]:
        found = {}
        for role, statements in self._statements.items():
            indices = [one.index for one in statements if one.plane in planes and _covers(one, action)]
            if indices:
                found[role] = frozenset(indices)
        return found

    def spoken_of(self, statement: Statement) -> tuple[int, int]:
        """Return the actions that a statement names, and those that it names wherever they are used."""
        key = (statement.plane, statement.actions, statement.not_actions)
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = self._spoken_of(statement)
        return found

    def _part(self, statement: Statement) -> Part:
        mask, sure = self.spoken_of(statement)
        return Part(statement.index, statement.sid, statement.plane, mask, sure, statement.conditions)

    def _spoken_of(self, statement: Statement) -> tuple[int, int]:
        catalogue, plane = self.catalogue, statement.plane
        mask = sure = away = 0
        for pattern in statement.actions:
            covered = catalogue.within(plane, pattern)
            mask |= covered
            sure |= covered & ~catalogue.narrowed(plane, pattern)
        for pattern in statement.not_actions:
            away |= self._plainly(pattern) if plane == directory.PLANE else catalogue.within(plane, pattern)
        return mask & ~away, sure & ~away & ~catalogue.torn

    def _plainly(self, pattern: str) -> int:
        """Return the actions of the directory that a pattern covers by their own names alone."""
        names = self.catalogue.expand(self.catalogue.planes[directory.PLANE])
        return self.catalogue.exactly([name for name in names if covers(directory.PLANE, pattern, name)])


def _covers(statement: Statement, action: str) -> bool:
    plane = statement.plane
    names = {action}
    if plane == directory.PLANE:
        names |= {directory.candidates(action, role_assignable=True), *directory.of_agents(action)}
    if any(covers(plane, pattern, action) for pattern in statement.not_actions):
        return False
    return any(covers(plane, pattern, name) for pattern in statement.actions for name in names)
