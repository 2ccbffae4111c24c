"""What identities may do in the end, once per distinct answer: most identities share theirs with others."""

from collections.abc import Iterable
from typing import Any

from nhi_scan.access.catalogue import LEVELS
from nhi_scan.access.summarise import Access
from nhi_scan.access.summary import Summary
from nhi_scan.report.html.columns import Table
from nhi_scan.report.reach import services_of


class EffectiveAccess:
    """Numbers access answers.

    A row is `[may, count certain, surely everywhere, complete, guardrails known]`. `may` numbers a row of `reaches`:
    `[services, actions, per level]`; `surely everywhere` numbers a row of `wholes`: `[services, actions]`. Services are
    lists of service numbers, the rest are counts; `per level` is in the order of `levels`.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._of_stack: dict[int, int] = {}  # the engine keeps a stack for as long as `access` lives
        self._masks = [(name, access.catalogue.of_level(name)) for name in LEVELS.values() if name != LEVELS["?"]]
        self._answers: Table[tuple[int, int, int, bool, bool]] = Table(list)
        self._reaches: dict[int, int] = {}  # set of actions -> number of its row
        self._reach_rows: list[Any] = []
        self._wholes: dict[int, int] = {}
        self._whole_rows: list[Any] = []
        self._named = services_of(access.catalogue)
        self.services: Table[str] = Table()

    def columns(self) -> dict[str, Any]:
        """Return the tables of answers and of what they are made of."""
        return {
            "access": self._answers.rows,
            "reaches": self._reach_rows,
            "wholes": self._whole_rows,
            "services": self.services.rows,
            "levels": [[name, mask.bit_count()] for name, mask in self._masks],
        }

    def number(self, identity_id: str) -> int:
        """Return the number of an identity's access row."""
        summary = self._access.summary(identity_id)
        found = self._of_stack.get(id(summary.stack))
        if found is None:
            found = self._of_stack[id(summary.stack)] = self._answer(summary)
        return found

    def _answer(self, summary: Summary) -> int:
        reach, whole = self._reach(summary), self._whole(summary)
        answer = (reach, summary.certain.bit_count(), whole, summary.complete, summary.guardrails_known)
        return self._answers.number(answer)

    def _reach(self, summary: Summary) -> int:
        actions = summary.actions
        found = self._reaches.get(actions)
        if found is None:
            found = self._reaches[actions] = len(self._reach_rows)
            levels = [(actions & mask).bit_count() for _, mask in self._masks]
            self._reach_rows.append([self._numbers(self._named.held_by(summary)), actions.bit_count(), levels])
        return found

    def _whole(self, summary: Summary) -> int:
        everywhere = summary.everywhere
        found = self._wholes.get(everywhere)
        if found is None:
            found = self._wholes[everywhere] = len(self._whole_rows)
            self._whole_rows.append([self._numbers(summary.full_services()), everywhere.bit_count()])
        return found

    def _numbers(self, services: Iterable[str]) -> list[int]:
        known = self.services.numbers
        return [known[one] if one in known else self.services.number(one) for one in services]
