import click
import pytest

from nhi_scan.cli.outputs import Output, pair_outputs


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
