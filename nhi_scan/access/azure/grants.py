"""Assignments by whom and where, with what the clock and the action alone say of their conditions."""

from dataclasses import dataclass, field
from datetime import datetime

from nhi_scan.access.azure.catalogue import AzureCatalogue
from nhi_scan.access.azure.collect import ABAC, lapsed
from nhi_scan.access.azure.conditions import Known, evaluate
from nhi_scan.access.azure.permissions import Part, Roles
from nhi_scan.access.azure.places import Places
from nhi_scan.access.azure.scoped import Kind, concerns, kind_at, kind_of
from nhi_scan.access.azure.settling import Settling
from nhi_scan.access.azure.vaults import counts, is_access_policy, mode
from nhi_scan.access.combine import Truth
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.policy import Binding, Condition

Reading = tuple[Truth, Truth]
"""Whether an assignment's principal stands for somebody, and whether it does where only direct members count."""
SURELY: Reading = (True, True)
_VERSIONS = ("", "1.0", "2.0")


@dataclass(slots=True, eq=False)
class Gift:
    """What a role gives under a condition to whom it is given: shared by all assignments that give just that."""

    role: str
    possible: int  # actions that may be given
    sure: int  # actions that surely are, on everything that they are about
    by_role: bool  # whether it is a role, and no entry of a vault's access policies
    parts: tuple[tuple[Part, int], ...]  # the role's statements, with what each may give
    plain: bool  # whether no condition and no activation is part of it
    read: "dict[Reading, Gift]" = field(default_factory=dict, repr=False)


class Grants:
    """The assignments of an inventory. What has lapsed is not among them."""

    def __init__(
        self, inventory: Inventory, places: Places, catalogue: AzureCatalogue, roles: Roles, now: datetime
    ) -> None:
        """Take the assignments; each distinct condition is evaluated the first time that it is met."""
        self._inventory = inventory
        self._places = places
        self._catalogue = catalogue
        self._roles = roles
        self._now = now
        self.settling = Settling(catalogue, self._holds)
        self._gifts: dict[tuple[str, Condition | None, bool, Kind], Gift] = {}
        self._concerned: dict[Kind, int] = {"": -1}
        self._given: dict[str, list[tuple[Binding, Gift]]] = {}

    def of(self, principal: str) -> list[tuple[Binding, Gift]]:
        """Return what a principal is given: assignments that have not lapsed, with what their conditions leave."""
        found = self._given.get(principal)
        if found is None:
            # What gives none of the known actions may give one that nobody knows.
            found = self._given[principal] = [
                (binding, self.gift(binding))
                for binding in self._inventory.bindings_of.get(principal, ())
                if binding.purpose == "grants" and not lapsed(binding, self._now)
            ]
        return found

    def gift(self, binding: Binding) -> Gift:
        """Return what an assignment gives to its own principal."""
        kind = kind_at(binding, kind_of(self._inventory, binding.scope_id))
        key = (binding.policy_id, binding.condition, binding.eligible or self._uncounted(binding), kind)
        found = self._gifts.get(key)
        if found is None:
            found = self._gifts[key] = self._make(*key)
        return found

    def read(self, gift: Gift, reading: Reading) -> Gift:
        """Return what an assignment gives to somebody for whom its principal stands.

        Application permissions that a group holds are those of its direct members only, and of no group in it:
        https://learn.microsoft.com/graph/api/resources/approleassignment
        """
        if reading == SURELY:
            return gift
        found = gift.read.get(reading)
        if found is None:
            direct = self._catalogue.planes["app_role"]
            away = direct if reading[1] is False else 0
            unsure = (0 if reading[0] else ~direct) | (0 if reading[1] else direct)
            parts = tuple([(part, mask & ~away) for part, mask in gift.parts])
            found = Gift(gift.role, gift.possible & ~away, gift.sure & ~unsure, gift.by_role, parts, plain=False)
            gift.read[reading] = found
        return found

    def _uncounted(self, binding: Binding) -> bool:
        """Whether it is an entry of a vault's access policies and the vault does not surely go by those."""
        if not is_access_policy(binding.policy_id):
            return False
        return counts(binding.policy_id, mode(self._inventory, self._places, binding.scope_id)) is not True

    def _make(self, role: str, condition: Condition | None, unsure: bool, kind: Kind) -> Gift:  # noqa: FBT001 - a key
        concerned = self._about(kind)
        possible = sure = 0
        parts = []
        for part in self._roles.parts(role):
            conditions = part.conditions if condition is None else (*part.conditions, condition)
            mask = part.mask & concerned
            certain, may = self.settling.split(conditions, mask) if conditions else (mask, mask)
            possible |= may
            sure |= 0 if unsure else certain & part.sure
            parts.append((part, may))
        plain = not unsure and condition is None and not any(part.conditions for part in self._roles.parts(role))
        return Gift(role, possible, sure, not is_access_policy(role), tuple(parts), plain)

    def _about(self, kind: Kind) -> int:
        """Return the actions that can be about what is assigned on a place of a kind."""
        found = self._concerned.get(kind)
        if found is None:
            catalogue, plane = self._catalogue, self._catalogue.planes["directory"]
            names = [name for name in catalogue.expand(plane) if concerns(kind, name)]
            found = self._concerned[kind] = ~plane | catalogue.exactly(names)
        return found

    def _holds(self, condition: Condition, action: str) -> Truth:
        """Say whether a condition is met, whatever is acted on and whoever asks."""
        if condition.operator != ABAC:
            return None
        text = condition.values[0] if condition.values else ""
        if not text.strip():
            return True
        if condition.key not in _VERSIONS:
            return None
        return evaluate(text, Known(action=action, now=self._now))
