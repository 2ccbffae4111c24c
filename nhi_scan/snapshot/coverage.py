"""Coverage of one record kind over many regions, in as few rows as tell the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from nhi_scan.model.coverage import Coverage, CoverageStatus


def combine(rows: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """Fold the rows of a kind into one, and keep the rows of the regions that are not complete.

    Regions that were skipped because they have no such service leave a kind complete: nothing can be there. Where
    regions differ otherwise the row without a region is partial, so that whoever reads only that one is not misled.

    Args:
        rows: of one provider, scope and record kind; a region may have several, one for each part.
    """
    regions: dict[str, list[Coverage]] = {}
    for row in rows:
        regions.setdefault(row.region, []).append(row)
    merged = [_merged(regions[region]) for region in sorted(regions)]
    return _folded(merged) if merged else ()


def _folded(rows: Sequence[Coverage]) -> tuple[Coverage, ...]:
    records = sum(row.records for row in rows)
    asked = [row for row in rows if row.status is not CoverageStatus.SKIPPED]
    if len({_outcome(row) for row in asked or rows}) == 1:
        first = (asked or rows)[0]
        skipped = ", ".join(f"`{row.region}`" for row in rows if row.status is CoverageStatus.SKIPPED)
        detail = f"not offered in {skipped}" if asked and skipped and not first.detail else first.detail
        return (replace(first, region="", records=records, detail=detail),)
    lacking = [row for row in asked if row.status is not CoverageStatus.COMPLETE]
    detail = f"{len(lacking)} of {len(asked)} regions are not complete"
    whole = replace(lacking[0], region="", status=_worst(asked, lacking[0]), detail=detail, records=records)
    return (whole, *(row for row in lacking if row.region))


def _merged(rows: Sequence[Coverage]) -> Coverage:
    """Make one row of a region's parts: what only some of them lack is missing in part."""
    records = sum(row.records for row in rows)
    if len({_outcome(row) for row in rows}) == 1:
        return replace(rows[0], records=records)
    worst = next(row for row in rows if row.status is not CoverageStatus.COMPLETE)
    return replace(worst, status=_worst(rows, worst), records=records)


def _worst(rows: Sequence[Coverage], lacking: Coverage) -> CoverageStatus:
    """Partial where something was collected somewhere; where nothing was, why."""
    some = (CoverageStatus.COMPLETE, CoverageStatus.PARTIAL)
    return CoverageStatus.PARTIAL if any(row.status in some for row in rows) else lacking.status


def _outcome(row: Coverage) -> tuple[CoverageStatus, str, str]:
    return (row.status, row.detail, row.permission)
