"""Bindings by whom and where, with what the clock alone says of their conditions."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.conditions import Known, evaluate
from nhi_scan.access.gcp.places import Places
from nhi_scan.access.gcp.prevention import Prevention
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import StatementRef
from nhi_scan.model.policy import Binding, Condition


class Grants:
    """The bindings of Google Cloud's allow policies. A condition that the clock settles is settled here, once.

    https://cloud.google.com/iam/docs/conditions-overview. What public access prevention overrides is not among them.
    """

    def __init__(self, inventory: Inventory, places: Places, now: datetime) -> None:
        """Take the bindings; each distinct condition is evaluated the first time that it is met."""
        self._overrides = Prevention(inventory, places).overrides
        self._of = inventory.bindings_of
        self._bindings = inventory.bindings
        self._known = Known(now=now)
        self._states: dict[Condition, Truth] = {}
        self._at: dict[str, list[Binding]] | None = None

    def of(self, principals: Iterable[str]) -> Iterator[tuple[Binding, Truth]]:
        """Yield what principals are given and has not lapsed: True without a condition or where it surely holds."""
        of = self._of
        for principal in principals:
            for binding in of.get(principal, ()):
                if self._overrides(binding):
                    continue
                state = True if binding.condition is None else self.state(binding.condition)
                if state is not False:
                    yield binding, state

    def at(self, place_id: str) -> list[Binding]:
        """Return the bindings that hang on a place itself, lapsed ones and conditional ones included."""
        if self._at is None:
            self._at = {}
            for binding in self._bindings.values():
                if not self._overrides(binding):
                    self._at.setdefault(binding.scope_id, []).append(binding)
        return self._at.get(place_id, [])

    def state(self, condition: Condition) -> Truth:
        """Say whether a condition holds whatever is asked about, by the clock alone."""
        if condition not in self._states:
            self._states[condition] = evaluate(condition.values[0] if condition.values else "", self._known)
        return self._states[condition]


def ref(binding: Binding) -> StatementRef:
    """Name the statement of the role that a binding gives, with the binding."""
    return StatementRef(binding.policy_id, 0, layer="allow", binding_id=binding.id)
