"""Many regions fold into few rows, and no row says more than is true."""

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.snapshot.coverage import combine

COMPLETE, PARTIAL, DENIED, FAILED, SKIPPED = CoverageStatus


def row(region: str, status: CoverageStatus, detail: str = "", records: int = 1) -> Coverage:
    return Coverage(
        provider="aws", scope_id="1", record_kind="k", status=status, region=region, detail=detail, records=records
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([row("", DENIED, "no")], [("", DENIED, "no", 1)]),
        ([row("a", COMPLETE), row("b", COMPLETE)], [("", COMPLETE, "", 2)]),
        ([row("a", DENIED, "no"), row("b", DENIED, "no")], [("", DENIED, "no", 2)]),
        ([row("a", COMPLETE), row("b", SKIPPED, "none here")], [("", COMPLETE, "not offered in `b`", 2)]),
        ([row("a", SKIPPED, "none here"), row("b", SKIPPED, "none here")], [("", SKIPPED, "none here", 2)]),
        (
            [row("a", COMPLETE), row("b", DENIED, "no"), row("c", SKIPPED)],
            [("", PARTIAL, "1 of 2 regions are not complete", 3), ("b", DENIED, "no", 1)],
        ),
        (
            [row("a", FAILED, "x"), row("b", DENIED, "no")],
            [("", FAILED, "2 of 2 regions are not complete", 2), ("a", FAILED, "x", 1), ("b", DENIED, "no", 1)],
        ),
        # several parts of one region
        ([row("a", COMPLETE), row("a", COMPLETE)], [("", COMPLETE, "", 2)]),
        ([row("a", COMPLETE), row("a", FAILED, "x")], [("", PARTIAL, "x", 2)]),
        ([row("a", FAILED, "x"), row("a", FAILED, "y")], [("", FAILED, "x", 2)]),
        ([row("", COMPLETE), row("", PARTIAL, "x")], [("", PARTIAL, "x", 2)]),
    ],
)
def test_rows_fold(rows: list[Coverage], expected: list[tuple[str, CoverageStatus, str, int]]) -> None:
    assert [(row.region, row.status, row.detail, row.records) for row in combine(rows)] == expected
    assert combine(reversed(rows))[:1] or not rows


def test_the_order_of_the_regions_does_not_matter() -> None:
    rows = [row("a", COMPLETE), row("b", DENIED, "no"), row("c", FAILED, "x"), row("d", SKIPPED)]
    assert combine(rows) == combine(rows[::-1])
