"""What identities may do in the end, once per distinct answer: most identities share theirs with others."""

from collections.abc import Iterable
from typing import Any

from nhi_scan.access.catalogue import LEVELS, Catalogue
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.summary import Summary
from nhi_scan.report.html.columns import Table
from nhi_scan.report.reach import services_of


class AccessTables:
    """Numbers access answers.

    A row is `[may, count certain, surely everywhere, complete, guardrails known]`. `may` numbers a row of `reaches`:
    `[services, actions, per level, provider]`; `surely everywhere` numbers a row of `wholes`: `[services, actions]`.
    Services are lists of service numbers, the rest are counts; `provider` numbers a row of `levels`, in whose order
    `per level` is.
    """

    def __init__(self, access: EffectiveAccess) -> None:
        self._access = access
        self._of_stack: dict[int, int] = {}  # the engine keeps a stack for as long as `access` lives
        self._catalogues = [engine.catalogue for engine in access.engines.values()]
        self._masks = [_masks(catalogue) for catalogue in self._catalogues]
        self._answers: Table[tuple[int, int, int, bool, bool]] = Table(list)
        self._reaches: dict[tuple[int, int], int] = {}  # number of the provider, set of actions -> number of its row
        self._reach_rows: list[Any] = []
        self._wholes: dict[tuple[int, int], int] = {}
        self._whole_rows: list[Any] = []
        self.services: Table[str] = Table()

    def columns(self) -> dict[str, Any]:
        """Return the tables of answers and of what they are made of."""
        return {
            "access": self._answers.rows,
            "reaches": self._reach_rows,
            "wholes": self._whole_rows,
            "services": self.services.rows,
            "levels": [[[name, mask.bit_count()] for name, mask in masks] for masks in self._masks],
        }

    def number(self, identity_id: str) -> int:
        """Return the number of an identity's access row."""
        summary = self._access.summary(identity_id)
        found = self._of_stack.get(id(summary.stack))
        if found is None:
            found = self._of_stack[id(summary.stack)] = self._answer(summary)
        return found

    def _answer(self, summary: Summary) -> int:
        provider = next(i for i, known in enumerate(self._catalogues) if known is summary.catalogue)
        reach, whole = self._reach(summary, provider), self._whole(summary, provider)
        answer = (reach, summary.certain.bit_count(), whole, summary.complete, summary.guardrails_known)
        return self._answers.number(answer)

    def _reach(self, summary: Summary, provider: int) -> int:
        actions = summary.actions
        found = self._reaches.get((provider, actions))
        if found is None:
            found = self._reaches[provider, actions] = len(self._reach_rows)
            levels = [(actions & mask).bit_count() for _, mask in self._masks[provider]]
            services = self._numbers(services_of(summary.catalogue).held_by(summary))
            self._reach_rows.append([services, actions.bit_count(), levels, provider])
        return found

    def _whole(self, summary: Summary, provider: int) -> int:
        everywhere = summary.everywhere
        found = self._wholes.get((provider, everywhere))
        if found is None:
            found = self._wholes[provider, everywhere] = len(self._whole_rows)
            self._whole_rows.append([self._numbers(summary.full_services()), everywhere.bit_count()])
        return found

    def _numbers(self, services: Iterable[str]) -> list[int]:
        known = self.services.numbers
        return [known[one] if one in known else self.services.number(one) for one in services]


def _masks(catalogue: Catalogue) -> list[tuple[str, int]]:
    return [(name, catalogue.of_level(name)) for name in LEVELS.values() if name != LEVELS["?"]]
