"""Who gets at the content of what is sensitive: data stores, secrets, keys, and the mail and files of a tenant."""

from collections import defaultdict

from nhi_scan.access.azure.escalation.relevance import Relevance
from nhi_scan.access.azure.escalation.subject import Subject
from nhi_scan.access.azure.escalation.technique import Requirement, Sensitive
from nhi_scan.access.azure.summarise import Access
from nhi_scan.access.combine import Truth
from nhi_scan.access.judged import Hit
from nhi_scan.model.identity import Resource

CONTENT = frozenset({"data", "secret", "key"})
"""What a resource holds that makes it sensitive."""

_TENANT = "tenant"
_POLICIES = "access_policy"
_ASKED = 8  # so many resources of a kind are asked about singly; of more, it is left open


class SensitiveThings:
    """The sensitive resources of an inventory, by every place that they are in."""

    def __init__(self, access: Access, rows: tuple[Sensitive, ...], relevance: Relevance) -> None:
        """Index the resources."""
        self._rows = rows
        self._below: dict[tuple[int, str], list[tuple[str, bool]]] = defaultdict(list)
        self._any: dict[str, tuple[str, str]] = {}
        self._of_kind: dict[tuple[str, str], str] = {}
        kinds = {row.kind for row in rows}
        for resource in access.inventory.resources.values():
            if resource.provider == "azure" and resource.sensitivity in CONTENT and resource.kind in kinds:
                self._index(resource, access.places.chain(resource.id))
        # Who controls a tenant is an administrator: what it keeps is noted for those who are not.
        for i, row in enumerate(rows):
            for tenant in access.places.tenants if row.kind == _TENANT else ():
                self._below[i, tenant].append((tenant, False))
        self._mask = 0
        for row in rows:
            self._mask |= relevance.bit(row.action)
        self._bits = [relevance.bit(row.action) for row in rows]

    def reads(self, actions: int) -> bool:
        """Say whether a set of actions gets at anything at all."""
        return bool(self._below) and bool(actions & self._mask)

    def below(self, place: str) -> tuple[str, str] | None:
        """Return a resource on a place or below it, with what gets at it; None where there is none."""
        return self._any.get(place)

    def of_kind(self, kinds: tuple[str, ...], place: str) -> str | None:
        """Return a resource of some kinds on a place or below it."""
        found = (self._of_kind.get((kind, place)) for kind in kinds)
        return next((one for one in found if one is not None), None)

    def first(self, subject: Subject, actions: int) -> Hit | None:
        """Return a resource within somebody's own reach; None where there is none.

        Args:
            subject: who.
            actions: a bound of what its roles give it.
        """
        places = subject.places()
        found: Hit | None = None
        for i, row in enumerate(self._rows):
            if not self._bits[i] & actions or not any((i, place) in self._below for place in places):
                continue
            hit = self._hit(subject, i, row)
            if hit is not None and not hit[2]:
                return hit
            found = found or hit
        return found

    def _hit(self, subject: Subject, i: int, row: Sensitive) -> Hit | None:
        perhaps: Hit | None = None
        requirement = Requirement(row.action)
        for place, state in sorted(subject.held(requirement).items()):
            things = self._below.get((i, place), [])
            for thing, open_ in things[:_ASKED]:
                held: Truth = state or subject.truth(requirement, row.resource.format(id=thing))
                if held and not open_:
                    return thing, row.action, False
                if held is not False:
                    perhaps = perhaps or (thing, row.action, True)
            sure = next((thing for thing, open_ in things[_ASKED:] if not open_), None) if state else None
            if sure is not None:
                return sure, row.action, False
            if len(things) > _ASKED:
                perhaps = perhaps or (things[0][0], row.action, True)
        return perhaps

    def _index(self, resource: Resource, chain: tuple[str, ...]) -> None:
        if dict(resource.attributes).get("authorization") != _POLICIES:  # there roles count for nothing
            for place in chain:
                self._of_kind.setdefault((resource.kind, place), resource.id)
        for i, row in enumerate(self._rows):
            state = row.fits(resource)
            if state is False:
                continue
            for place in chain:
                self._below[i, place].append((resource.id, state is None))
                if state:
                    self._any.setdefault(place, (resource.id, row.action))
