"""Commands that judge a snapshot: analyse, report, gate, diff."""

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nhi_scan.cli.configuration import config_option, settings_of
from nhi_scan.cli.logs import is_quiet, log_options, say
from nhi_scan.cli.options import analysis_options, gate_options, judgement_options, option, output_options
from nhi_scan.cli.outputs import pair_outputs, report_outputs, write_bytes

if TYPE_CHECKING:
    from nhi_scan.findings.assessment import Assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The options by which a snapshot is judged, as they came from the command line."""

    rule_folders: Sequence[Path]
    waivers: Path | None
    baseline: str | None
    now: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The options that decide the exit code."""

    fail_on: str
    fail_on_new: bool
    require_complete: bool


def _assess(ctx: click.Context, snapshot: str, judgement: Judgement) -> "Assessment":
    from nhi_scan import app

    # The process ends with this judgement. To search millions of objects for garbage, of which there is none, takes a
    # second.
    gc.disable()
    return app.assess_snapshot(
        snapshot,
        settings_of(ctx),
        rule_folders=judgement.rule_folders,
        waivers=judgement.waivers,
        baseline=judgement.baseline,
        now=judgement.now,
    )


def _say_idle(ctx: click.Context, assessment: "Assessment") -> None:
    """Warn of waivers that match nothing."""
    for sentence in () if is_quiet(ctx) else assessment.idle_waivers:
        say(sentence)


def judge(ctx: click.Context, snapshot: str, judgement: Judgement, gate: Gate, reports: Sequence[Any]) -> int:
    """Assess a snapshot, write its reports, say what the gate says.

    Returns:
        The exit code: 0, 1 or 3.
    """
    from nhi_scan.findings import gate as findings_gate

    assessment = _assess(ctx, snapshot, judgement)
    _say_idle(ctx, assessment)
    report_outputs(ctx, assessment, reports)
    result = findings_gate.gate(assessment, **_gate_arguments(gate))
    if not is_quiet(ctx):
        for reason in result.reasons:
            say(reason)
    return result.exit_code


def _gate_arguments(gate: Gate) -> dict[str, Any]:
    return {
        "fail_on": gate.fail_on,
        "fail_on_new": gate.fail_on_new,
        "require_complete": gate.require_complete,
    }


@click.command(short_help="Analyse a snapshot again, report, apply the gate.")
@click.argument("snapshot")
@output_options
@analysis_options
@gate_options
@config_option
@log_options
@click.pass_context
def analyse(
    ctx: click.Context, /, snapshot: str, formats: Sequence[str], outputs: Sequence[str], **options: Any
) -> int:
    """Analyse a SNAPSHOT again: no cloud is asked. Writes reports and applies the gate."""
    judgement, gate = split_options(options)
    return judge(ctx, snapshot, judgement, gate, pair_outputs(formats, outputs))


@click.command()
@click.argument("snapshot")
@output_options
@analysis_options
@config_option
@log_options
@click.pass_context
def report(ctx: click.Context, /, snapshot: str, formats: Sequence[str], outputs: Sequence[str], **options: Any) -> int:
    """Write reports of a SNAPSHOT; no gate."""
    assessment = _assess(ctx, snapshot, Judgement(**options))
    _say_idle(ctx, assessment)
    report_outputs(ctx, assessment, pair_outputs(formats, outputs))
    return 0


@click.command(short_help="Judge a snapshot by the exit code alone, for CI.")
@click.argument("snapshot")
@analysis_options
@gate_options
@config_option
@log_options
@click.pass_context
def gate(ctx: click.Context, /, snapshot: str, **options: Any) -> int:
    """Judge a SNAPSHOT by its exit code alone: 0 pass, 1 failed, 3 incomplete. For CI."""
    judgement, limits = split_options(options)
    from nhi_scan.findings import gate as findings_gate

    assessment = _assess(ctx, snapshot, judgement)
    _say_idle(ctx, assessment)
    result = findings_gate.gate(assessment, **_gate_arguments(limits))
    if not is_quiet(ctx):
        for reason in result.reasons or (_passed(limits, complete=assessment.complete),):
            click.echo(reason)
    return result.exit_code


def _passed(limits: Gate, *, complete: bool) -> str:
    """Say what a pass is worth."""
    if limits.fail_on == "none" and not limits.fail_on_new and not limits.require_complete:
        return "gate passed: it was given no limit (`--fail-on`, `--fail-on-new`, `--require-complete`)"
    if not complete:
        return "gate passed, as far as could be seen: not everything was read, and `--require-complete` was not given"
    return "gate passed"


@click.command(short_help="Say what changed between two snapshots.")
@click.argument("before")
@click.argument("after")
@option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    envvar="NHI_SCAN_DIFF_FORMAT",
    help="How it is written.",
)
@option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    envvar="NHI_SCAN_DIFF_OUTPUT",
    help="Where it goes; `-`: standard output.",
)
@judgement_options
@config_option
@log_options
@click.pass_context
def diff(ctx: click.Context, /, before: str, after: str, format_: str, output: str, **options: Any) -> int:
    """Say what changed from snapshot BEFORE to snapshot AFTER: new, gone, and what nobody could check."""
    from nhi_scan.report.diff import render as render_diff

    judgement = Judgement(**options, baseline=None)  # BEFORE is the baseline, whatever a configuration file says
    write_bytes(output, render_diff(_assess(ctx, before, judgement), _assess(ctx, after, judgement), format_))
    return 0


def split_options(options: dict[str, Any]) -> tuple[Judgement, Gate]:
    """Part the keyword arguments of a command into the two groups they came from."""
    limits = Gate(**{name: options.pop(name) for name in ("fail_on", "fail_on_new", "require_complete")})
    return Judgement(**options), limits


COMMANDS = (analyse, report, gate, diff)
