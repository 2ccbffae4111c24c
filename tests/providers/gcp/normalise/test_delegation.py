"""Domain-wide delegation: what an import brings of the Admin console's list, and what is said where there is none."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.gcp.import_native import import_native
from nhi_scan.providers.gcp.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter

KIND = "workspace-domain-wide-delegation"
MAIL, FILES = "https://mail.google.com/", "https://www.googleapis.com/auth/drive"
ACCOUNTS = """[
  {"name": "projects/p/serviceAccounts/robot@p.iam.gserviceaccount.com", "projectId": "p", "uniqueId": "101",
   "email": "robot@p.iam.gserviceaccount.com"},
  {"name": "projects/p/serviceAccounts/other@p.iam.gserviceaccount.com", "projectId": "p", "uniqueId": "102",
   "email": "other@p.iam.gserviceaccount.com"}
]"""


def imported(tmp_path: Path, files: dict[str, str]) -> tuple[dict[str, Any], list[Any], list[str]]:
    folder, warned = tmp_path / "export", []
    folder.mkdir()
    for name, content in {"accounts.json": ACCOUNTS, **files}.items():
        (folder / name).write_text(content, "utf-8")
    writer = SnapshotWriter.create(tmp_path / "snapshot", datetime(2026, 6, 1, tzinfo=UTC), "test")
    import_native([("projects/p", folder)], writer, warned.append)
    records = normalise(writer.finish())
    scopes = {one.name.partition("@")[0]: one.workspace_scopes for one in records.identities}
    return scopes, [row for row in records.coverage if row.record_kind == KIND], warned


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", f'Name,Client ID,Scopes\nRobot,101,"{MAIL},{FILES}"\nGone,999,{MAIL}\n'),
        ("b.csv", f'\ufeffclient_id,OAuth scopes\r\n101,"{FILES}\n{MAIL}"\r\n\r\n'),
        ("c.csv", f"Client ID,Scopes\n101,{MAIL}\n101,{FILES}\n"),
        ("d.json", f'[{{"clientId": "101", "scopes": ["{MAIL}", "{FILES}"]}}]'),
        ("e.json", f'{{"client_id": "101", "scopes": "{MAIL} {FILES}"}}'),
    ],
)
def test_a_list_says_who_is_in_it_and_who_is_not(tmp_path: Path, name: str, content: str) -> None:
    scopes, _, warned = imported(tmp_path, {name: content})
    assert scopes == {"robot": (MAIL, FILES), "other": ()}
    assert warned == []


def test_without_a_list_nobody_can_tell_and_coverage_says_how_to_bring_one(tmp_path: Path) -> None:
    scopes, rows, warned = imported(tmp_path, {"notes.csv": "a,b\n1,2\n"})
    assert scopes == {"robot": None, "other": None}
    (row,) = rows
    assert (row.scope_id, row.status) == ("projects/p", CoverageStatus.SKIPPED)
    assert "`import gcp`" in row.detail
    assert len(warned) == 1
    assert "is no JSON" in warned[0]


def test_a_client_without_an_id_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"line 3, column 1: this client has no id"):
        imported(tmp_path, {"list.csv": f"Client ID,Scopes\n101,{MAIL}\n,{FILES}\n"})
