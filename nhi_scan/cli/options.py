"""Options that several commands share. Each can also be given as an environment variable `NHI_SCAN_<NAME>`."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from nhi_scan.providers import BUILT_IN, provider_names

Command = TypeVar("Command", bound=Callable[..., Any])

FORMATS = ("json", "html", "sarif", "csv", "markdown", "terminal")
FAIL_ON = ("critical", "high", "medium", "low", "none")


class Moment(click.ParamType[datetime]):
    """A moment in ISO 8601; without an offset it is UTC."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it, or fail with the word and the form that is meant."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"`{value}` is no moment in ISO 8601, such as 2026-11-01 or 2026-11-01T12:00:00Z", param, ctx)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class ProviderName(click.Choice[str]):
    """A provider: the help lists those that are built in, and those that other packages bring are taken too."""

    def __init__(self) -> None:
        super().__init__(tuple(BUILT_IN))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take the name of a provider; the packages are looked through only for one that is not built in."""
        if value not in self.choices:
            self.choices = provider_names()
        return super().convert(value, param, ctx)


class HeadedOption(click.Option):
    """An option that `--help` lists under a heading of its own.

    `once` says what to do instead of giving it twice, where the second would silently take the place of the first.
    """

    def __init__(self, *args: Any, heading: str = "", once: str = "", **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.heading = heading
        self.once = once


class HeadedCommand(click.Command):
    """A command with so many options that `--help` lists them by heading, in the order in which they come."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words, but for options that were given once too often."""
        order = self.make_parser(ctx).parse_args(args=list(args))[2]
        for parameter in order:
            if isinstance(parameter, HeadedOption) and parameter.once and order.count(parameter) > 1:
                raise click.UsageError(f"`{parameter.opts[0]}` is given twice: {parameter.once}", ctx)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options: those without a heading first."""
        parts: dict[str, list[tuple[str, str]]] = {"": []}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                parts.setdefault(getattr(parameter, "heading", ""), []).append(record)
        for heading, records in parts.items():
            with formatter.section(heading or "Options"):
                formatter.write_dl(records)


def option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    """Like `click.option`, with its environment variable derived from its long name and shown in the help.

    `heading` is what the option stands under in the help of a `HeadedCommand`.
    """
    if "heading" in settings:
        settings["cls"] = HeadedOption
    long_name = next(name for name in names if name.startswith("--")).removeprefix("--").split("/", maxsplit=1)[0]
    settings.setdefault("envvar", "NHI_SCAN_" + long_name.upper().replace("-", "_"))
    settings.setdefault("show_envvar", True)
    return click.option(*names, **settings)


def compose(*decorators: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Make one decorator of several, in the order in which `--help` should list them."""

    def apply(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return apply


EXISTING = click.Path(path_type=Path)

_baseline = option(
    "--baseline",
    metavar="SNAPSHOT",
    heading="Judgement",
    help="Earlier snapshot: what was found there is not new.",
)
_judgement = (
    option(
        "--rules",
        "rule_folders",
        type=EXISTING,
        multiple=True,
        metavar="DIR",
        heading="Judgement",
        help="Folder of further rules; repeatable.",
    ),
    option(
        "--waivers",
        type=EXISTING,
        metavar="FILE",
        heading="Judgement",
        help="YAML file of findings that somebody has accepted.",
    ),
    option(
        "--now",
        type=Moment(),
        heading="Judgement",
        help="The moment to judge ages by.  [default: when the snapshot was captured]",
    ),
)
judgement_options = compose(*_judgement)
analysis_options = compose(*_judgement[:2], _baseline, *_judgement[2:])

output_options = compose(
    option(
        "-f",
        "--format",
        "formats",
        type=click.Choice(FORMATS),
        multiple=True,
        heading="Reports",
        help="Report format; repeatable, the n-th -f goes to the n-th -o.",
    ),
    option(
        "-o",
        "--output",
        "outputs",
        multiple=True,
        heading="Reports",
        metavar="FILE",
        help="Where the report goes; `-` or left out: standard output. Without -f the ending decides the format.",
    ),
)

gate_options = compose(
    option(
        "--fail-on",
        type=click.Choice(FAIL_ON),
        default="none",
        show_default=True,
        heading="Gate",
        help="Exit 1 at a finding this severe or worse.",
    ),
    option(
        "--fail-on-new",
        is_flag=True,
        heading="Gate",
        help="Only findings that the baseline does not have fail the gate.",
    ),
    option(
        "--require-complete",
        is_flag=True,
        heading="Gate",
        help="Exit 3 where anything could not be looked at.",
    ),
)
