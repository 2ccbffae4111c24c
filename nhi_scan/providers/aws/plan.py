"""The call table as steps in an order in which every step's parents come before it."""

from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import TopologicalSorter

from nhi_scan.providers import Call
from nhi_scan.snapshot import codec

GLOBAL = "global"  # name of the one part of what is not regional


@dataclass(frozen=True, slots=True)
class Step:
    """Rows that ask the same question and share its answer."""

    calls: tuple[Call, ...]

    @property
    def call(self) -> Call:
        """The row that says what is asked."""
        return self.calls[0]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The record kinds that one answer yields."""
        return tuple(call.kind for call in self.calls)

    @property
    def parents(self) -> tuple[str, ...]:
        """Record kinds that its parameters come from."""
        return tuple(self.call.for_each.split())

    @property
    def feeds_itself(self) -> bool:
        """Whether its own records are parents again: a tree."""
        return self.call.kind in self.parents

    @property
    def regional(self) -> bool:
        """Whether it is asked in every region; so is Identity Center, whose instance lives in one of them."""
        return self.call.scope == "region" or self.call.service == "sso-admin"


def steps(calls: Iterable[Call]) -> tuple[Step, ...]:
    """Group rows by question and put them in order; the table's own order where nothing else decides.

    Raises:
        ValueError: rows depend on each other in a circle, or on a kind that no row yields.
    """
    groups: dict[bytes, list[Call]] = {}
    for call in calls:
        question = (call.service, call.operation, dict(call.params), call.for_each, call.only_if, call.scope, call.when)
        groups.setdefault(codec.encode(question), []).append(call)
    ordered = [Step(tuple(group)) for group in groups.values()]
    owner = {kind: number for number, step in enumerate(ordered) for kind in step.kinds}
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for number, step in enumerate(ordered):
        wanted = {*step.parents, *step.call.needs.split(), *step.call.unless_known.split()[:1]} - set(step.kinds)
        missing = sorted(wanted - owner.keys())
        if missing:
            raise ValueError(f"`{step.call.kind}` depends on `{missing[0]}`, which no row yields")
        sorter.add(number, *sorted(owner[kind] for kind in wanted))
    return tuple(ordered[number] for number in _stable(sorter))


def _stable(sorter: "TopologicalSorter[int]") -> Iterable[int]:
    sorter.prepare()
    ready: list[int] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        number = ready.pop(0)
        yield number
        sorter.done(number)
