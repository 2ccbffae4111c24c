"""What identities may do in the end, once per distinct answer: most identities share theirs with others."""

from typing import Any

from nhi_scan.access.catalogue import LEVELS
from nhi_scan.access.summarise import Access, Summary
from nhi_scan.report.html.columns import Table


class EffectiveAccess:
    """Numbers access answers.

    A row is `[services, whole services, actions, certain, everywhere, per level, complete, guardrails known]`: first
    two lists of service numbers, then three counts, then a count for each of `levels`.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._of_stack: dict[int, int] = {}  # the engine keeps a stack for as long as `access` lives
        self._of_answer: dict[tuple[int, int, int, bool, bool], int] = {}
        self._masks = [(name, access.catalogue.of_level(name)) for name in LEVELS.values() if name != LEVELS["?"]]
        self.services: Table[str] = Table()
        self.rows: list[Any] = []

    @property
    def levels(self) -> list[Any]:
        """The access levels and how many actions each has."""
        return [[name, mask.bit_count()] for name, mask in self._masks]

    def number(self, identity_id: str) -> int:
        """Return the number of an identity's access row."""
        summary = self._access.summary(identity_id)
        found = self._of_stack.get(id(summary.stack))
        if found is None:
            found = self._of_stack[id(summary.stack)] = self._answer(summary)
        return found

    def _answer(self, summary: Summary) -> int:
        answer = (summary.actions, summary.certain, summary.everywhere, summary.complete, summary.guardrails_known)
        found = self._of_answer.get(answer)
        if found is None:
            found = self._of_answer[answer] = len(self.rows)
            self.rows.append(self._row(summary))
        return found

    def _row(self, summary: Summary) -> list[Any]:
        number = self.services.number
        return [
            [number(one) for one in summary.services()],
            [number(one) for one in summary.full_services()],
            summary.actions.bit_count(),
            summary.certain.bit_count(),
            summary.everywhere.bit_count(),
            [(summary.actions & mask).bit_count() for _, mask in self._masks],
            int(summary.complete),
            int(summary.guardrails_known),
        ]
