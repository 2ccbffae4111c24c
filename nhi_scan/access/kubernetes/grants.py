"""Who is given an action where, by all bindings of an inventory: one look at each binding that gives it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from nhi_scan.access.kubernetes.builtin import in_no_namespace
from nhi_scan.access.kubernetes.evaluate import Grant
from nhi_scan.access.kubernetes.request import Asked, carried
from nhi_scan.access.kubernetes.roles import Document, Given, Roles
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.kube_actions import Action
from nhi_scan.model.kube_ids import is_kubernetes, take_apart
from nhi_scan.model.policy import Binding

_ANYTHING: Final = Given(whole=True)


@dataclass(slots=True)
class Extent:
    """Where one principal has an action."""

    everywhere: bool = False
    namespaces: set[str] = field(default_factory=set)
    names: set[tuple[str, str]] = field(default_factory=set)  # namespace (empty: all of them), name

    def covers(self, asked: Asked) -> bool:
        """Say whether a request lies within it."""
        if self.everywhere or (asked.namespace and asked.namespace in self.namespaces):
            return True
        return bool(self.names) and (("", asked.name) in self.names or (asked.namespace, asked.name) in self.names)

    def add(self, namespace: str, given: Given) -> None:
        """Take in what a binding gives."""
        if not given.whole:
            self.names.update((namespace, name) for name in given.names)
        elif namespace:
            self.namespaces.add(namespace)
        else:
            self.everywhere = True


class Grants:
    """The bindings of Kubernetes."""

    def __init__(self, inventory: Inventory, roles: Roles) -> None:
        """Take the bindings, and the roles that they give."""
        self._inventory = inventory
        self._roles = roles
        self._by_document: dict[int, list[tuple[Binding, str]]] = {}
        self._of: dict[str, list[tuple[str, Document | None]]] = {}
        self._lost: list[tuple[Binding, str]] = []
        for binding in inventory.bindings.values():
            if is_kubernetes(binding.scope_id):
                self._take(binding)
        self._extents: dict[str, dict[str, Extent]] = {}
        self.unread = _extents((binding, namespace, _ANYTHING) for binding, namespace in self._lost)

    def of(self, principal_id: str) -> list[tuple[str, Document | None]]:
        """Return what is bound to a principal by its own name: where (empty: everywhere), and the rules."""
        return self._of.get(principal_id, [])

    def bound(self, principal_id: str, group: str = "") -> Iterator[Grant]:
        """Yield a principal's bindings with their roles, as `evaluate.decide` reads them."""
        for binding in self._inventory.bindings_of.get(principal_id, ()):
            if is_kubernetes(binding.scope_id):
                role = self._inventory.policies.get(binding.policy_id)
                yield Grant(binding, role, take_apart(binding.scope_id).namespace, group)

    def extents(self, action: Action) -> Mapping[str, Extent]:
        """Return where principals have an action, by the names that bindings give them; sorted by nothing."""
        found = self._extents.get(action.text)
        if found is None:
            found = self._extents[action.text] = _extents(self._giving(action))
        return found

    def _giving(self, action: Action) -> Iterator[tuple[Binding, str, Given]]:
        nowhere_inside = in_no_namespace(action)
        for number, given in self._roles.giving(action).items():
            for binding, namespace in self._by_document.get(number, ()):
                if namespace and nowhere_inside:
                    continue
                if given.whole:
                    yield binding, namespace, given
                elif names := carried(action, given.names, namespace):
                    yield binding, namespace, Given(names=frozenset(names))

    def _take(self, binding: Binding) -> None:
        namespace = take_apart(binding.scope_id).namespace
        document = self._roles.of(binding.policy_id)
        if document is not None:
            self._by_document.setdefault(document.number, []).append((binding, namespace))
        if document is None or document.unknown:
            self._lost.append((binding, namespace))
        self._of.setdefault(binding.principal_id, []).append((namespace, document))


def _extents(given: Iterable[tuple[Binding, str, Given]]) -> dict[str, Extent]:
    found: dict[str, Extent] = {}
    for binding, namespace, what in given:
        extent = found.get(binding.principal_id)
        if extent is None:
            extent = found[binding.principal_id] = Extent()
        extent.add(namespace, what)
    return found
