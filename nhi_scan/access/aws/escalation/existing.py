"""Whether something that is there already can be used: a job to which a role is passed, an instance to get into."""

from collections.abc import Sequence

from nhi_scan.access.aws.escalation.about import About
from nhi_scan.access.aws.escalation.judge import Judge
from nhi_scan.access.aws.escalation.subject import Subject
from nhi_scan.access.aws.escalation.targets import Targets
from nhi_scan.access.aws.escalation.technique import Requirement, Technique
from nhi_scan.access.combine import Truth

_LISTED_IN_PART = frozenset({"cloudformation_stack"})
"""Kinds of which the inventory leaves some out: a stack without a role is no workload of its own."""


class Existing:
    """Judges what a technique requires of things that must exist."""

    def __init__(self, targets: Targets, judge: Judge, about: About) -> None:
        """Share what the engine has."""
        self._targets = targets
        self._judge = judge
        self._about = about

    def met(self, technique: Technique, subject: Subject, requirements: Sequence[Requirement]) -> Truth:
        """Say whether what a technique requires is met on one and the same thing that is there.

        Met where the inventory has nothing like it: then another requirement is about what must exist.
        """
        places: dict[str, list[Requirement]] = {}
        for requirement in requirements:
            for place in requirement.on:
                places.setdefault(place, []).append(requirement)
        result: Truth = True
        for place, rows in places.items():
            if place.startswith("arn:"):
                met = self._on_one(technique, subject, place, rows)
                if met is False:
                    return False
                result = None if met is None else result
        return result

    def _on_one(self, technique: Technique, subject: Subject, place: str, rows: Sequence[Requirement]) -> Truth:
        like = place.format(partition=subject.partition, account=subject.account)
        found: Truth = True
        for kind in technique.exists:
            candidates = self._targets.like(subject.account, kind, like)
            if not candidates.ids or kind in _LISTED_IN_PART:
                continue
            left = dict.fromkeys(candidates.ids, False)
            for row in rows:
                hits = self._judge.hits(subject, row, candidates, self._about)
                left = {id_: left[id_] or hits[id_] for id_ in left if id_ in hits}
            if left:
                return None if all(left.values()) else True
            found = False if self._targets.listed(subject.account, kind) else None
        return found
