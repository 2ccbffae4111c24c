"""A collection that was interrupted goes on where it was."""

from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.gcp.gate import Conduct, Fault
from nhi_scan.demo.gcp.server import serve
from nhi_scan.model.errors import UserError
from nhi_scan.snapshot.store import Snapshot


class KilledError(Exception):
    """The process died here."""


def _kinds(snapshot: Snapshot) -> dict[str, int]:
    return {path: entry.records for path, entry in snapshot.manifest.files.items()}


NO_ASSETS = Conduct(faults=(Fault(method="cloudasset.assets.list", kind="PERMISSION_DENIED", times=99),))
REPEATED = 12  # requests at most of what was under way when it died, and of finding the organization again


@pytest.mark.parametrize("step", [1, 2, 5, 9, 12])
@pytest.mark.parametrize(
    ("conduct", "section"),
    [(Conduct(), {"usage": True}), (Conduct(), {"projects": ["shop", "lab"]}), (NO_ASSETS, {})],
    ids=["organization", "projects", "by project"],
)
def test_what_is_there_is_not_asked_again(
    starting: Any, tmp_path: Path, conduct: Conduct, section: dict[str, Any], step: int
) -> None:
    with serve(starting.estate, starting.now, conduct) as served:
        with starting(served, tmp_path / "whole", **section) as (writer, steps):
            expected = writer.finish()
        whole = served.requests.total()
    last = min(step, sum(what == "advance" for what, _ in steps.told))

    with serve(starting.estate, starting.now, conduct) as served:
        with pytest.raises(KilledError), starting(served, tmp_path / "cut", dies=(last, KilledError), **section):
            pass
        with starting(served, tmp_path / "cut", resume=True, **section) as (writer, _):
            resumed = writer.finish()

    assert _kinds(resumed) == _kinds(expected)
    assert resumed.manifest.coverage == expected.manifest.coverage
    assert served.requests.total() <= whole + REPEATED


def test_a_finished_snapshot_is_not_resumed(starting: Any, tmp_path: Path) -> None:
    with serve(starting.estate, starting.now) as served:
        with starting(served, tmp_path / "s") as (writer, _):
            writer.finish()
        with (
            pytest.raises(UserError, match="there is nothing to resume"),
            starting(served, tmp_path / "s", resume=True),
        ):
            pass
