"""Which report goes where."""

import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import click

from nhi_scan.cli.aside import aside
from nhi_scan.cli.logs import is_quiet
from nhi_scan.model.errors import UserError

if TYPE_CHECKING:
    from nhi_scan.findings.assessment import Assessment

STDOUT = "-"
MANY = 5_000  # identities from which on two reports are rendered side by side
_ENDINGS = {
    ".json": "json",
    ".html": "html",
    ".htm": "html",
    ".sarif": "sarif",
    ".csv": "csv",
    ".md": "markdown",
    ".txt": "terminal",
}


@dataclass(frozen=True, slots=True)
class Output:
    """One report to write."""

    format: str
    path: str


def pair_outputs(formats: Sequence[str], outputs: Sequence[str]) -> tuple[Output, ...]:
    """Pair the n-th format with the n-th output.

    A format without an output goes to standard output; outputs without any format take theirs from their endings.

    Raises:
        click.UsageError: an ending that names no format, an output too many, two reports for standard output, or two
            for one file.
    """
    if outputs and not formats:
        formats = [_format_of(path) for path in outputs]
    if len(outputs) > len(formats):
        raise click.UsageError(
            f"{len(outputs)} outputs for {len(formats)} formats: give a -f for every -o, or for none"
        )
    paths = [*outputs, *[STDOUT] * (len(formats) - len(outputs))]
    for path in sorted(set(paths)):
        if paths.count(path) > 1:
            where = "standard output" if path == STDOUT else f"`{path}`"
            raise click.UsageError(f"{paths.count(path)} reports for {where}: give each format a -o of its own")
    return tuple(Output(name, path) for name, path in zip(formats, paths, strict=True))


def _format_of(path: str) -> str:
    name = _ENDINGS.get(PurePath(path).suffix.lower())
    if name is None:
        known = ", ".join(sorted(_ENDINGS))
        raise click.UsageError(f"the ending of `{path}` names no format (known: {known}): say -f")
    return name


def write_bytes(path: str, content: bytes) -> None:
    """Do as `write_pieces` with content that is whole."""
    write_pieces(path, (content,))


def write_pieces(path: str, pieces: Iterable[bytes]) -> None:
    """Write a report to a file, whole or not at all, or to standard output.

    Raises:
        UserError: the file cannot be written.
    """
    if path == STDOUT:
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.flush()
        return
    target = Path(path)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, pieces)
    except OSError as error:
        raise UserError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from error


def _replace(target: Path, pieces: Iterable[bytes]) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(pieces)
        part.chmod(0o666 & ~_umask())  # mkstemp makes it private; a report has the mode of any new file
        part.replace(target)
    except BaseException:  # also what goes wrong while the report is rendered, which happens as it is written
        part.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def report_outputs(ctx: click.Context, assessment: "Assessment", reports: Sequence[Output]) -> None:
    """Write the reports, and the summary on the terminal where nothing else goes to standard output."""
    if len(reports) > 1 and len(assessment.inventory.identities) >= MANY:
        last = max((output for output in reports if output.path != STDOUT), key=lambda output: output.format == "html")
        with aside(lambda: _write(assessment, last)):
            for output in reports:
                if output is not last:
                    _write(assessment, output)
    else:
        for output in reports:
            _write(assessment, output)
    if any(output.path == STDOUT for output in reports) or is_quiet(ctx):
        return
    _summarise(assessment)
    for output in reports:
        click.echo(f"{output.format} report: {output.path}")


def _write(assessment: "Assessment", output: Output) -> None:
    from nhi_scan import app

    if (output.format, output.path) == ("terminal", STDOUT):
        _summarise(assessment)
    else:
        write_pieces(output.path, app.stream(assessment, output.format))


def _summarise(assessment: "Assessment") -> None:
    """Print the summary, with the terminal's colours and width."""
    from nhi_scan.report import terminal

    write_bytes(STDOUT, terminal.render(assessment, sys.stdout))
