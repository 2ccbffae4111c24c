"""Who reads Secrets."""

from collections import defaultdict

from nhi_scan.access.judged import Hit
from nhi_scan.access.kubernetes.escalation.facts import Facts
from nhi_scan.access.kubernetes.escalation.held import Held, Names
from nhi_scan.access.technique import Sensitive
from nhi_scan.model.kube_ids import take_apart

CONTENT = frozenset({"data", "secret", "key"})
"""What a resource holds that makes it sensitive."""


class SensitiveThings:
    """The sensitive resources of an inventory, by the namespace that they are in."""

    def __init__(self, facts: Facts, rows: tuple[Sensitive, ...]) -> None:
        """Index the resources."""
        self._facts = facts
        self._rows = rows
        self._there: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._by_name: dict[tuple[str, str], dict[str, str]] = {}
        for resource in facts.inventory.resources.values():
            if resource.provider == "kubernetes" and resource.sensitivity in CONTENT:
                self._there[resource.kind, resource.scope_id].append(resource.id)

    def first(self, held: Held) -> Hit | None:
        """Return something sensitive that a stack of roles reads; None where it reads none."""
        perhaps: Hit | None = None
        for row in self._rows:
            for scope_id, names in sorted(held.get(row.action, {}).items()):
                thing = self._one(row.kind, scope_id, names)
                if thing:
                    return thing, row.action, False
                # Secrets that hold no token are not listed: most namespaces have some.
                perhaps = perhaps or (scope_id, row.action, True)
        return perhaps

    def inside(self, scope_id: str) -> Hit | None:
        """Return something sensitive that whoever controls a namespace or a cluster reads."""
        if not self._rows:
            return None
        row = self._rows[0]
        thing = self._one(row.kind, scope_id, None)
        return (thing, row.action, False) if thing else (scope_id, row.action, True)

    def _one(self, kind: str, scope_id: str, names: Names) -> str:
        """Return the first of a scope's things, of one of some names; an empty text for none."""
        known = self._named(kind, scope_id)
        if names is None:
            return next(iter(known.values()), "")
        return min((known[name] for name in names if name in known), default="")

    def _named(self, kind: str, scope_id: str) -> dict[str, str]:
        key = (kind, scope_id)
        known = self._by_name.get(key)
        if known is None:
            known = self._by_name[key] = {}
            for namespace_id in self._facts.inside(scope_id):
                for thing in self._there.get((kind, namespace_id), ()):
                    known.setdefault(take_apart(thing).name, thing)
        return known
