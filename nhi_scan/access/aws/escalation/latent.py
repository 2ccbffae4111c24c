"""Techniques that an identity holds completely and for which there is no target at present."""

from collections.abc import Container
from dataclasses import replace

from nhi_scan.access.aws.escalation.assume import ASSUME
from nhi_scan.access.aws.escalation.edges import Engine
from nhi_scan.access.aws.escalation.subject import Subject
from nhi_scan.access.aws.escalation.technique import Requirement, Technique
from nhi_scan.access.aws.special import is_protected
from nhi_scan.access.match import has_wildcard

_TEMPLATES = {
    "user": "arn:{partition}:iam::{account}:user/*",
    "group": "arn:{partition}:iam::{account}:group/*",
    "role": "arn:{partition}:iam::{account}:role/*",
    "service_role": "arn:{partition}:iam::{account}:role/*",
    "assumable_role": "arn:{partition}:iam::*:role/*",
    "policy": "arn:{partition}:iam::{account}:policy/*",
    "workload": "arn:{partition}:iam::{account}:role/*",
}
_WORKLOAD = "arn:{partition}:*:*:{account}:*"


class Latent:
    """Finds the first technique that would work, were there something to use it on."""

    def __init__(self, engine: Engine, strong: Container[str]) -> None:
        """Share what was found.

        Args:
            engine: judges techniques.
            strong: ids of identities with full control.
        """
        self._engine = engine
        self._strong = strong
        self._unbounded: dict[Requirement, Requirement] = {}
        self._known = frozenset(engine.access.inventory.identities)

    def technique(self, subject: Subject) -> tuple[Technique, bool] | None:
        """Return the technique, and whether it depends on an open condition; None where nothing is complete."""
        known = subject.memo.get("latent", self)
        if known is self:
            known = subject.memo["latent"] = self._find(subject)
        return known  # type: ignore[return-value] # the memo holds answers of many kinds

    def _find(self, subject: Subject) -> tuple[Technique, bool] | None:
        open_one: tuple[Technique, bool] | None = None
        for technique in self._engine.held(subject):
            if technique.target not in _TEMPLATES or technique.yields == "unbind":
                continue
            met = self._holds(technique, subject)
            if met is True:
                return technique, False
            if met is None and open_one is None:
                open_one = (technique, True)
        return open_one

    def _holds(self, technique: Technique, subject: Subject) -> bool | None:
        """Say whether every requirement could be met on something that may come to be.

        A target that is named in full and exists was judged already: nothing can be waited for, unless it has full
        control and is only not as the technique needs it: a key may be deleted. Whoever may write only what has a
        certain boundary gives nobody control.
        """
        requirements = self._engine.requirements(technique, subject) or (ASSUME,)
        if technique.target == "assumable_role":
            requirements = (ASSUME, *technique.requires)
            if not subject.focus & self._engine.judge.actions.bit("sts:assumerole"):
                return False
        around = [row for row in requirements if row.on[0].startswith("arn:") or row.on == ("none",)]
        result = self._engine.judge.somewhere(subject, around) if around else True
        for requirement in requirements:
            if requirement in around or result is False:
                continue
            place = requirement.on[0]
            template = (
                _WORKLOAD if place == "workload" else _TEMPLATES["policy" if place == "policy" else technique.target]
            )
            writing = technique.yields in ("rights", "rewrite", "enrich")
            asked = self._on_unbounded(requirement) if writing else requirement
            found = self._engine.judge.patterns(subject, asked, template)
            found = [(pattern, sure) for pattern, sure in found if not is_protected(pattern)]
            if technique.yields != "rights":
                found = [(pattern, sure) for pattern, sure in found if self._may_come(technique, pattern)]
            if not found:
                return False
            if not any(sure for _, sure in found):
                result = None
        return result

    def _may_come(self, technique: Technique, pattern: str) -> bool:
        if has_wildcard(pattern) or pattern not in self._known:
            return True
        return bool(technique.needs) and pattern in self._strong

    def _on_unbounded(self, requirement: Requirement) -> Requirement:
        """Return a requirement as it is about something without a permissions boundary."""
        found = self._unbounded.get(requirement)
        if found is None:
            keys = dict(requirement.keys)
            keys.setdefault("iam:permissionsboundary", ())
            found = self._unbounded[requirement] = replace(requirement, keys=tuple(keys.items()))
        return found
