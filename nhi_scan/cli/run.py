"""Run one command line: errors become one sentence and an exit code, never a traceback."""

import gc
import logging
import sys
from collections.abc import Sequence

import click

from nhi_scan.cli.commands import cli
from nhi_scan.cli.logs import as_json, say
from nhi_scan.model.errors import UserError

EXIT_PASS = 0
EXIT_ERROR = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells report it

_log = logging.getLogger("nhi_scan")


def run(argv: Sequence[str], *, last: bool = False) -> int:
    """Run `nhi-scan` with these arguments.

    Args:
        argv: without the program's name.
        last: the process ends after this: the garbage collector, which an analysis switches off, is not brought back
            to look through a large account once more.

    Returns:
        The exit code. 1 only ever means that a gate failed; every error is 2.
    """
    collecting = gc.isenabled()
    try:
        return _run(argv)
    finally:
        if collecting and not last:
            gc.enable()


def _run(argv: Sequence[str]) -> int:  # noqa: PLR0911 - one return for each way to end
    try:
        outcome = cli.main(args=list(argv), prog_name="nhi-scan", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        if as_json():
            _complain(error.format_message())
        else:
            error.show(file=sys.stderr)
        return EXIT_ERROR
    except UserError as error:
        _complain(str(error))
        return EXIT_ERROR
    except (KeyboardInterrupt, click.Abort) as stop:
        _complain(str(stop.__cause__ or stop) or "interrupted")  # click makes an Abort of it
        return EXIT_INTERRUPTED
    except SystemExit:
        # Only click raises it here, with 1, where the reader of standard output (`| head`) has what it wanted.
        return EXIT_PASS
    except OSError as error:
        _complain(_sentence(error))
        return EXIT_ERROR
    except Exception as error:  # noqa: BLE001 - the last line of defence: exit 2 and one sentence instead of a traceback
        _log.debug("internal error", exc_info=True)
        _complain(f"internal error: {type(error).__name__}: {error}; run again with -vv for the traceback")
        return EXIT_ERROR
    return outcome if isinstance(outcome, int) else EXIT_PASS


def _sentence(error: OSError) -> str:
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return f"{reason}: `{error.filename}`" if error.filename else reason


def _complain(sentence: str) -> None:
    """Print one line on standard error."""
    line = " ".join(sentence.split())
    say(line if as_json() else f"nhi-scan: {line}", level=logging.ERROR)
