"""Who gets at the content of what is sensitive: data stores, secrets, keys."""

from collections import defaultdict

from nhi_scan.access.gcp.escalation.cover import Subject
from nhi_scan.access.gcp.identifiers import AUTHENTICATED, EVERYONE
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.access.judged import Hit
from nhi_scan.access.technique import Sensitive

CONTENT = frozenset({"data", "secret", "key"})
"""What a resource holds that makes it sensitive."""

_ASKED = 8  # so many resources of a kind are asked about singly; of more, it is left open
_STORAGE = "storage."
_PUBLIC = frozenset({EVERYONE, AUTHENTICATED})


class SensitiveThings:
    """The sensitive resources of an inventory, by every place that they are in."""

    def __init__(self, access: Access, rows: tuple[Sensitive, ...]) -> None:
        """Index the resources."""
        self._below: dict[tuple[Sensitive, str], list[str]] = defaultdict(list)
        self._rows = [row for row in rows if any(one.kind == row.kind for one in access.inventory.resources.values())]
        for resource in access.inventory.resources.values():
            if resource.provider == "gcp" and resource.sensitivity in CONTENT:
                for row in self._rows:
                    if row.kind == resource.kind:
                        for place in access.places.chain(resource.id):
                            self._below[row, place].append(resource.id)
        self._bindings = access.inventory.bindings
        self._mask = access.catalogue.union(row.action.lower() for row in self._rows)

    @property
    def none(self) -> bool:
        """Whether the inventory has nothing sensitive."""
        return not self._below

    def reads(self, actions: int) -> bool:
        """Say whether a set of permissions gets at anything at all."""
        return bool(actions & self._mask)

    def first(self, subject: Subject, *, storage: bool = False) -> Hit | None:
        """Return a resource within an identity's own reach; None where there is none.

        Args:
            subject: who.
            storage: only what permissions on Cloud Storage get at.
        """
        found: Hit | None = None
        for row in self._rows:
            if storage and not row.action.startswith(_STORAGE):
                continue
            hit = self._hit(subject, row)
            if hit is not None and not hit[2]:
                return hit
            found = found or hit
        return found

    def _hit(self, subject: Subject, row: Sensitive) -> Hit | None:
        perhaps: Hit | None = None
        for holding in subject.holdings(row.action):
            if all(self._bindings[ref.binding_id].principal_id in _PUBLIC for ref in holding.refs):
                continue  # what everybody reads makes nobody stand out
            things = self._below.get((row, holding.place_id), [])
            if holding.state and things:
                return things[0], row.action, False
            for thing in things[:_ASKED]:
                state = subject.truth(row.action, row.resource.format(id=thing))
                if state:
                    return thing, row.action, False
                if state is None:
                    perhaps = perhaps or (thing, row.action, True)
            if len(things) > _ASKED:
                perhaps = perhaps or (things[0], row.action, True)
        return perhaps
