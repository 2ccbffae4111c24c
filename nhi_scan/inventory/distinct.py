"""One record an id, whatever was imported twice."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.policy import Policy


class _Recorded(Protocol):
    """What has an id."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Recorded)


class Distinct:
    """Indexes records by id and remembers where two of them contradict each other."""

    __slots__ = ("_conflicts",)

    def __init__(self) -> None:
        self._conflicts: dict[tuple[str, str, str], list[str]] = {}

    def by_id(self, things: Iterable[T]) -> dict[str, T]:
        """The records by id, sorted. Equal duplicates collapse; of others one is kept, whatever their order was."""
        found: dict[str, T] = {}
        for thing in things:
            known = found.setdefault(thing.id, thing)
            if known is not thing and known != thing:
                found[thing.id] = self._choose(known, thing)
        return {id_: found[id_] for id_ in sorted(found)}

    def _choose(self, known: T, other: T) -> T:
        if not _belongs_to_provider(known, other):
            key = (
                str(getattr(known, "provider", "")),
                str(getattr(known, "scope_id", "")),
                type(known).__name__.lower(),
            )
            self._conflicts.setdefault(key, []).append(known.id)
        return min(known, other, key=_preference)

    def coverage(self) -> list[Coverage]:
        """A row for each scope and type of record in which duplicates contradict each other."""
        return [
            Coverage(
                provider=provider,
                scope_id=scope_id,
                record_kind=f"duplicate-{kind}",
                status=CoverageStatus.PARTIAL,
                detail=f"recorded more than once with different content, the first by id: `{min(ids)}`",
                records=len(ids),
            )
            for (provider, scope_id, kind), ids in sorted(self._conflicts.items())
        ]


def _belongs_to_provider(known: object, other: object) -> bool:
    """A provider's own policy is seen once in every account: that is one policy, not a contradiction."""
    return (
        isinstance(known, Policy)
        and isinstance(other, Policy)
        and known.managed_by_provider
        and other.managed_by_provider
    )


def _preference(thing: object) -> tuple[bool, bool, str]:
    """What is known goes before what is not; then anything that does not depend on the order of arrival."""
    incomplete = isinstance(thing, Policy) and not thing.complete
    bounds = isinstance(thing, Policy) and thing.kind == "boundary"
    return incomplete, bounds, repr(thing)
