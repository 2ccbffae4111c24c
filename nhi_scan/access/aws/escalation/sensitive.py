"""Who gets at the content of what is sensitive: data stores, secrets, keys."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from nhi_scan.access.aws.escalation.candidates import Candidates
from nhi_scan.access.aws.escalation.judge import Judge
from nhi_scan.access.aws.escalation.subject import Subject
from nhi_scan.access.aws.escalation.technique import Requirement
from nhi_scan.access.match import has_wildcard, may_match
from nhi_scan.access.technique import Sensitive
from nhi_scan.inventory.build import Inventory

CONTENT = frozenset({"data", "secret", "key"})
"""What a resource holds that makes it sensitive."""


class SensitiveThings:
    """The sensitive resources of an inventory, by account and by what it takes to read them."""

    def __init__(self, inventory: Inventory, judge: Judge, rows: tuple[Sensitive, ...]) -> None:
        """Index the resources."""
        self._judge = judge
        self._requirements = {row: Requirement(action=row.action, on=("target",)) for row in rows}
        self._names: dict[str, str] = {}
        by_place: dict[tuple[str, Sensitive], list[str]] = defaultdict(list)
        for resource in inventory.resources.values():
            if resource.sensitivity in CONTENT:
                for row in rows:
                    if row.kind == resource.kind:
                        about = row.resource.format(id=resource.id)
                        self._names[about] = resource.id
                        by_place[resource.scope_id, row].append(about)
        self._things = {place: Candidates(ids) for place, ids in by_place.items()}

    @property
    def none(self) -> bool:
        """Whether the inventory has nothing sensitive."""
        return not self._things

    def first(self, subject: Subject) -> tuple[str, str, bool] | None:
        """Return a resource within reach, the action, and whether it takes an open condition; None where none is."""
        known = subject.memo.get("sensitive", self)
        if known is self:
            known = subject.memo["sensitive"] = self._find(subject)
        return known  # type: ignore[return-value] # the memo holds answers of many kinds

    def _find(self, subject: Subject) -> tuple[str, str, bool] | None:
        found: tuple[str, str, bool] | None = None
        for row, requirement in self._requirements.items():
            things = self._things.get((subject.account, row))
            if things is None or not subject.focus & self._judge.actions.bit(row.action):
                continue
            for target, conditional in self._hits(subject, requirement, things):
                if not conditional:
                    return self._names[target], row.action, False
                found = found or (self._names[target], row.action, True)
        return found

    def _hits(self, subject: Subject, requirement: Requirement, things: Candidates) -> Iterator[tuple[str, bool]]:
        """Yield the things of which at least a part is within reach: an object of a bucket, say."""
        hits = self._judge.hits(subject, requirement, things, lambda _target: {})
        yield from hits.items()
        reach = self._judge.reach(subject, requirement.action.lower())
        patterns = {pattern for term in reach.levels[0].allows for pattern in term.resources}
        parts = {target for pattern in patterns for target in self._with_part(pattern, things)}
        for target in sorted(parts.difference(hits)):
            found = self._judge.patterns(subject, requirement, target)
            if found:
                yield target, not any(sure for _, sure in found)

    @staticmethod
    def _with_part(pattern: str, things: Candidates) -> Iterable[str]:
        """Return the things of which a pattern may name a part: those that are named up to a `/` and then a star."""
        whole, slash, rest = pattern.partition("/")
        if not slash or not rest.strip("*"):
            return ()
        if has_wildcard(whole):
            return [target for target in things.ids if may_match(pattern, target)]
        return things.matching(f"{whole}/*")
