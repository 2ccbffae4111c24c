"""What was seen and what was not: the difference between "nothing there" and "could not look"."""

from enum import Enum

from nhi_scan.model.record import record


class CoverageStatus(Enum):
    """How far a part of the collection got."""

    COMPLETE = "complete"
    PARTIAL = "partial"  # some pages or some items are missing
    DENIED = "denied"
    FAILED = "failed"
    SKIPPED = "skipped"  # not asked for: an option was off, a region has no such service, an account is suspended

    @property
    def is_gap(self) -> bool:
        """Whether something that was asked for is missing: what was left out on purpose is no gap."""
        return self in (CoverageStatus.PARTIAL, CoverageStatus.DENIED, CoverageStatus.FAILED)


@record
class Coverage:
    """One record kind in one scope (and region): was it collected?"""

    provider: str
    scope_id: str
    record_kind: str  # a record kind of the provider's call table
    status: CoverageStatus
    region: str = ""  # empty for what is not regional
    detail: str = ""  # one sentence: the provider's error code, what is missing
    permission: str = ""  # what would have to be granted, where that is the cause
    records: int = 0
