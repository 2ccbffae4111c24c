"""What the program says while it works: on standard error, as text or as JSON lines, never mixed with a report."""

import json
import logging
import sys
from typing import Any

import click

from nhi_scan.cli.options import Command, compose, option
from nhi_scan.report.text import one_line, visible

_QUIET, _NORMAL, _VERBOSE, _DEBUG = -1, 0, 1, 2
_LEVELS = {_QUIET: logging.ERROR, _NORMAL: logging.WARNING, _VERBOSE: logging.INFO, _DEBUG: logging.DEBUG}


class JsonLines(logging.Formatter):
    """One JSON object a line: level, logger, message, and a traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record; the clock of the log is the shell's, no report depends on it."""
        entry: dict[str, Any] = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry)


class Printable(logging.Formatter):
    """Text lines in which nothing from a cloud can steer the terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record: one line, so that no name can pass for a line of the log; a traceback stands below it."""
        line = f"nhi-scan: {record.levelname}: {one_line(record.getMessage())}"
        return f"{line}\n{visible(self.formatException(record.exc_info))}" if record.exc_info else line


def configure(*, verbosity: int, log_format: str) -> None:
    """Send the log to standard error.

    Args:
        verbosity: -1 errors only, 0 warnings, 1 progress, 2 everything.
        log_format: `text` or `json`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if log_format == "json" else Printable())
    root = logging.getLogger("nhi_scan")
    root.handlers[:] = [handler]
    root.propagate = False
    root.setLevel(_LEVELS[max(_QUIET, min(_DEBUG, verbosity))])


def _apply(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Collect the three options wherever they stand on the line, before or after the command's name."""
    if value not in (None, 0, False):
        ctx.meta[f"nhi_scan.{param.name}"] = value
    meta = ctx.meta
    verbosity = _QUIET if meta.get("nhi_scan.quiet") else int(meta.get("nhi_scan.verbose", _NORMAL))
    configure(verbosity=verbosity, log_format=str(meta.get("nhi_scan.log_format", "text")))
    return value


def as_json() -> bool:
    """Whether whatever is said on standard error has to be a JSON object a line."""
    return any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger("nhi_scan").handlers)


def say(sentence: str, *, level: int = logging.WARNING) -> None:
    """Say one sentence on standard error: as it stands, or as a line of the log where every line is JSON."""
    if as_json():
        logging.getLogger("nhi_scan").log(level, sentence)
    else:
        click.echo(one_line(sentence), err=True)


def is_quiet(ctx: click.Context) -> bool:
    """Whether -q was given."""
    return bool(ctx.meta.get("nhi_scan.quiet"))


log_options = compose(
    option("-q", "--quiet", is_flag=True, expose_value=False, callback=_apply, help="Say nothing but errors."),
    option("-v", "--verbose", count=True, expose_value=False, callback=_apply, help="Say more; twice: everything."),
    option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        expose_value=False,
        callback=_apply,
        help="How the log on standard error is written.",
    ),
)
__all__ = ["Command", "as_json", "configure", "is_quiet", "log_options", "say"]
