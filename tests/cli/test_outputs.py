from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from nhi_scan.cli.outputs import Output, pair_outputs, write_pieces


@pytest.mark.parametrize(
    ("formats", "outputs", "expected"),
    [
        ([], [], ()),
        (["json"], [], (Output("json", "-"),)),
        (["json"], ["a"], (Output("json", "a"),)),
        (["json", "html"], ["a", "b"], (Output("json", "a"), Output("html", "b"))),
        (["html", "markdown"], ["a"], (Output("html", "a"), Output("markdown", "-"))),
        (
            [],
            ["r.html", "r.JSON", "r.sarif"],
            (Output("html", "r.html"), Output("json", "r.JSON"), Output("sarif", "r.sarif")),
        ),
    ],
)
def test_the_nth_format_goes_to_the_nth_output(
    formats: list[str], outputs: list[str], expected: tuple[Output, ...]
) -> None:
    assert pair_outputs(formats, outputs) == expected


@pytest.mark.parametrize(
    ("formats", "outputs", "word"),
    [
        (["json"], ["a", "b"], "2 outputs for 1 formats"),
        (["json", "html"], [], "standard output"),
        (["json", "html"], ["a", "a"], "`a`"),
        ([], ["report.xlsx"], "`report.xlsx`"),
    ],
)
def test_a_pairing_that_loses_a_report_is_refused(formats: list[str], outputs: list[str], word: str) -> None:
    with pytest.raises(click.UsageError, match=word):
        pair_outputs(formats, outputs)


def test_pieces_are_joined_in_the_file(tmp_path: Path) -> None:
    write_pieces(str(tmp_path / "new" / "a.json"), (bytes([65 + number]) for number in range(3)))
    assert (tmp_path / "new" / "a.json").read_bytes() == b"ABC"


def test_what_fails_half_way_leaves_the_earlier_report_and_nothing_else(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half of"
        raise KeyError("a record")

    (tmp_path / "a.json").write_bytes(b"earlier")
    with pytest.raises(KeyError):
        write_pieces(str(tmp_path / "a.json"), pieces())
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", b"earlier")]
