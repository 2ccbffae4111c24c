"""What a token may do."""

import pytest

from nhi_scan.providers.github.workflows.nodes import Table, load
from nhi_scan.providers.github.workflows.permissions import DEFAULTS, read_permissions, within, write


def read(text: str) -> str:
    found = load(f"permissions: {text}\n")
    assert isinstance(found, Table)
    return write(read_permissions(found.get("permissions")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", ""),
        ("", "?"),
        ("{contents: read, id-token: write}", "contents=read id-token=write"),
        ("{contents: none, issues: write}", "issues=write"),
        ("{id-token: read}", ""),
        ("{contents: '${{ x }}'}", ""),
        ("nonsense", ""),
    ],
)
def test_what_is_written(text: str, expected: str) -> None:
    assert read(text) == expected


def test_all_of_them() -> None:
    reading, writing = read("read-all").split(), read("write-all").split()
    assert all(one.endswith("=read") for one in reading)
    assert "id-token=write" in writing
    assert "models=read" in writing
    assert "contents=write" in writing
    assert not any(one.startswith("id-token") for one in reading)


def test_no_default_gives_tokens_for_other_clouds() -> None:
    assert all("id-token" not in levels for levels in DEFAULTS.values())
    assert write(DEFAULTS["read"]) == "contents=read packages=read"


@pytest.mark.parametrize(
    ("asked", "most", "expected"),
    [
        (None, None, "?"),
        (None, {"contents": "write"}, "contents=write"),
        ({"contents": "write"}, {"contents": "read"}, "contents=read"),
        ({"contents": "write", "id-token": "write"}, {"contents": "write"}, "contents=write"),
        ({"contents": "read", "id-token": "write"}, None, "contents=read"),
        ({}, {"contents": "write"}, ""),
    ],
)
def test_a_called_job_has_no_more_than_its_caller(
    asked: dict[str, str] | None, most: dict[str, str] | None, expected: str
) -> None:
    assert write(within(asked, most)) == expected
