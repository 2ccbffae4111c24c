"""Who reads Secrets."""

from collections import defaultdict

from nhi_scan.access.kubernetes.escalation.facts import Facts
from nhi_scan.access.kubernetes.escalation.held import Held
from nhi_scan.access.kubernetes.escalation.technique import Sensitive
from nhi_scan.model.kube_ids import take_apart

Hit = tuple[str, str, bool]
"""A resource or the place that it is in, the action that gets at it, and whether it is open that there is one."""

CONTENT = frozenset({"data", "secret", "key"})
"""What a resource holds that makes it sensitive."""


class SensitiveThings:
    """The sensitive resources of an inventory, by the namespace that they are in."""

    def __init__(self, facts: Facts, rows: tuple[Sensitive, ...]) -> None:
        """Index the resources."""
        self._facts = facts
        self._rows = rows
        self._there: dict[tuple[str, str], list[str]] = defaultdict(list)
        for resource in facts.inventory.resources.values():
            if resource.provider == "kubernetes" and resource.sensitivity in CONTENT:
                self._there[resource.kind, resource.scope_id].append(resource.id)

    def first(self, held: Held) -> Hit | None:
        """Return something sensitive that a stack of roles reads; None where it reads none."""
        perhaps: Hit | None = None
        for row in self._rows:
            for scope_id, names in sorted(held.get(row.action, {}).items()):
                for thing in self._in(row.kind, scope_id):
                    if names is None or take_apart(thing).name in names:
                        return thing, row.action, False
                # Secrets that hold no token are not listed: most namespaces have some.
                perhaps = perhaps or (scope_id, row.action, True)
        return perhaps

    def _in(self, kind: str, scope_id: str) -> list[str]:
        for namespace_id in self._facts.inside(scope_id):
            found = self._there.get((kind, namespace_id))
            if found:
                return found if "/" in scope_id else self._everywhere(kind, scope_id)
        return []

    def _everywhere(self, kind: str, cluster_id: str) -> list[str]:
        return [thing for one in self._facts.inside(cluster_id) for thing in self._there.get((kind, one), ())]
