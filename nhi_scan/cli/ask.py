"""Commands that ask about access: one question to a snapshot, or a file of policy unit tests."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nhi_scan.cli.configuration import config_option, settings_of
from nhi_scan.cli.logs import log_options
from nhi_scan.cli.options import Moment, compose, option
from nhi_scan.cli.outputs import write_bytes
from nhi_scan.model.errors import UserError

if TYPE_CHECKING:
    from nhi_scan.app import Understanding

_snapshot = option("-s", "--snapshot", required=True, metavar="SNAPSHOT", help="The snapshot to ask.")
_now = option("--now", type=Moment(), help="The moment of the request.  [default: when the snapshot was captured]")
_format = click.option(
    "-f", "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)

question_options = compose(
    _snapshot,
    click.option(
        "--context",
        "context",
        multiple=True,
        metavar="KEY=VALUE",
        help="Close a condition key, such as aws:SourceIp=192.0.2.1; repeatable, the same key twice is two values.",
    ),
    option("--strict", is_flag=True, help="Read a condition that nobody can know beforehand as not met."),
    _now,
    _format,
    config_option,
    log_options,
)


def read_context(pairs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Read `key=value` pairs; a key that comes twice has several values.

    Raises:
        click.UsageError: a pair without `=` or without a key.
    """
    keys: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"`--context {pair}`: expected KEY=VALUE, such as aws:SourceIp=192.0.2.1")
        keys[key] = (*keys.get(key, ()), value)
    return keys


def _open(ctx: click.Context, snapshot: str, now: datetime | None) -> "Understanding":
    from nhi_scan import app
    from nhi_scan.snapshot.store import Snapshot

    return app.understand(Snapshot.open(snapshot), settings_of(ctx), now=now)


@click.command()
@click.argument("identity")
@click.argument("action")
@click.argument("resource", required=False)
@question_options
@click.pass_context
def can(ctx: click.Context, /, identity: str, action: str, resource: str | None, **options: Any) -> int:
    """Say whether IDENTITY may do ACTION on RESOURCE, and what decides it.

    IDENTITY is an ARN, or a name where only one identity has it. RESOURCE is an ARN; left out: any.

    \b
    nhi-scan can deployer s3:GetObject arn:aws:s3:::payroll/2026.csv -s snapshot
    """
    from nhi_scan.report import answer

    known = _open(ctx, options["snapshot"], options["now"])
    asked = answer.resolve(known.inventory, identity)
    keys = read_context(options["context"])
    decision = known.access.decide(asked.id, action, resource, keys or None, strict=options["strict"])
    write_bytes("-", answer.decision(asked, action, resource, decision, options["format_"]))
    return 0


@click.command(name="who-can")
@click.argument("action")
@click.argument("resource", required=False)
@question_options
@click.pass_context
def who_can(ctx: click.Context, /, action: str, resource: str | None, **options: Any) -> int:
    """List every identity that may do ACTION on RESOURCE.

    \b
    nhi-scan who-can iam:PassRole arn:aws:iam::123456789012:role/admin -s snapshot
    """
    from nhi_scan.report import answer

    known = _open(ctx, options["snapshot"], options["now"])
    keys = read_context(options["context"])
    found = known.access.who_can(action, resource, keys or None, strict=options["strict"])
    write_bytes("-", answer.who(known.inventory, action, resource, found, options["format_"]))
    return 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@option("--strict", is_flag=True, help="Read an open condition as not met.")
@_now
@log_options
def simulate(file: Path, strict: bool, now: datetime | None) -> int:  # noqa: FBT001 - click gives flags as bools
    """Run unit tests of policies: FILE has one JSON object a line, `-` is standard input.

    Exits 1 where an `expected` is not met or a line cannot be read.
    """
    import json

    from nhi_scan.providers.aws.simulate import simulate_lines

    failed = False
    try:
        with click.open_file(str(file), "rb") as lines:
            for outcome in simulate_lines(lines, now=now, strict=strict):
                failed = failed or outcome.get("ok") is False or "error" in outcome
                click.echo(json.dumps(outcome))
    except OSError as error:
        raise UserError(f"cannot read `{file}`: {(error.strerror or str(error)).lower()}") from error
    return 1 if failed else 0


COMMANDS = (can, who_can, simulate)
