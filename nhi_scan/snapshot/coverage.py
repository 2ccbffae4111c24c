"""Coverage of one record kind over many regions, in as few rows as tell the truth."""

from collections.abc import Sequence
from dataclasses import replace

from nhi_scan.model.coverage import Coverage, CoverageStatus


def combine(rows: Sequence[Coverage]) -> tuple[Coverage, ...]:
    """Fold one row for each region into one row, and keep the rows of the regions that differ.

    Regions that were skipped because they have no such service leave a kind complete: nothing can be there. Where
    regions differ otherwise the row without a region is partial, so that whoever reads only that one is not misled.

    Args:
        rows: of one provider, scope and record kind, each with its own region.
    """
    if not rows:
        return ()
    records = sum(row.records for row in rows)
    asked = [row for row in rows if row.status is not CoverageStatus.SKIPPED]
    if len({_outcome(row) for row in asked or rows}) == 1:
        skipped = ", ".join(f"`{row.region}`" for row in rows if row.status is CoverageStatus.SKIPPED)
        detail = f"not offered in {skipped}" if asked and skipped and not asked[0].detail else (asked or rows)[0].detail
        return (replace((asked or rows)[0], region="", records=records, detail=detail),)
    lacking = [row for row in asked if row.status is not CoverageStatus.COMPLETE]
    detail = f"{len(lacking)} of {len(asked)} regions are not complete"
    whole = replace(lacking[0], region="", status=CoverageStatus.PARTIAL, detail=detail, records=records)
    return (whole, *(row for row in lacking if row.region))


def _outcome(row: Coverage) -> tuple[CoverageStatus, str, str]:
    return (row.status, row.detail, row.permission)
