"""The summary that a run ends with: figures, the worst findings, what could not be read."""

import io
from collections.abc import Sequence
from typing import IO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.finding import FindingState, Severity
from nhi_scan.model.identity import Nature
from nhi_scan.report import figures
from nhi_scan.report.text import one_line

_STYLES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "dim",
}
_TOP = 10
_GAPS = 8
_WIDTH = 100


def render(assessment: Assessment, stream: IO[str] | None = None) -> bytes:
    """Draw the summary.

    Args:
        assessment: what to show.
        stream: where it will be shown. A terminal gets its own width and colours (unless `NO_COLOR` is set:
            https://no-color.org); without one the text is plain and 100 columns wide, the same on every machine.
    """
    return draw(_summary(assessment), stream)


def draw(content: RenderableType, stream: IO[str] | None = None) -> bytes:
    """Turn content into bytes for a terminal, or into plain text of a fixed width where there is none."""
    width, colours = _WIDTH, False
    if stream is not None and stream.isatty():
        probe = Console(file=stream)
        width, colours = probe.width, not probe.no_color and probe.color_system is not None
    out = io.StringIO()
    console = Console(
        file=out,
        width=max(width, 40),
        force_terminal=colours,
        color_system="standard" if colours else None,
        no_color=not colours,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    console.print(content, soft_wrap=False)
    text = "\n".join(line.rstrip() for line in out.getvalue().split("\n"))
    return text.encode()


def plain(text: str, style: str = "", limit: int = 300) -> Text:
    """Hold a string of unknown origin so that rich takes nothing in it for markup and the terminal for a command."""
    return Text(one_line(text, limit), style=style, overflow="fold")


def _summary(assessment: Assessment) -> Group:
    live = figures.live(assessment.findings)
    parts: list[RenderableType] = [_headline(assessment), Text(), _severities(assessment)]
    if live:
        parts += [Text(), _worst(assessment), _more(len(live) - _TOP, "finding")]
    gaps = figures.gaps(assessment.coverage)
    if gaps:
        causes = figures.causes(gaps)
        parts += [Text(), _missing(assessment, causes), _more(len(causes) - _GAPS, "cause"), _help(gaps)]
    if assessment.not_assessed:
        rows = len(assessment.not_assessed)
        subjects = sum(row.count for row in assessment.not_assessed)
        answers, reasons = figures.counted(subjects, "answer"), figures.counted(rows, "reason")
        parts += [Text(), Text(f"Not assessed: {answers}; the reports give {reasons}.")]
    return Group(*parts)


def _headline(assessment: Assessment) -> Text:
    inventory = assessment.inventory
    natures = figures.by_nature(inventory.identities.values())
    shares = ", ".join(f"{count:,} {nature.value.replace('_', '-')}" for nature, count in natures.items() if count)
    levels = figures.by_privilege(assessment, Nature.NON_HUMAN)
    text = Text()
    text.append(figures.counted(len(inventory.identities), "identity", "identities"), style="bold")
    text.append(f" ({shares})" if shares else "")
    text.append(f" in {figures.places(assessment)}, ")
    text.append(f"credentials: {len(inventory.credentials):,}, workloads: {len(inventory.workloads):,}\n")
    text.append(f"non-human administrators: {levels['administrator']:,}, and ")
    text.append(f"{levels['can_become_administrator']:,} more that can become one")
    text.append(f"; what {levels['unknown']:,} may do is not known\n" if levels["unknown"] else "\n")
    text.append(f"snapshot of {figures.moment(assessment.captured_at)}, ")
    if assessment.complete:
        text.append("complete", style="green")
    elif figures.unfinished(assessment):
        text.append("INTERRUPTED: what was not reached is not in it", style="bold yellow")
    else:
        text.append("INCOMPLETE: what was not seen is not assessed, never passed", style="bold yellow")
    return text


def _severities(assessment: Assessment) -> Text:
    live = figures.live(assessment.findings)
    text = Text()
    text.append(f"{figures.counted(len(live), 'finding')}: ", style="bold")
    counts = figures.by_severity(live)
    for number, (severity, count) in enumerate(counts.items()):
        text.append(", " if number else "")
        text.append(f"{count:,} {severity.value}", style=_STYLES[severity] if count else "dim")
    states = figures.by_state(assessment.findings)
    extra = [
        f"{states[state]:,} {state.value}"
        for state in (FindingState.WAIVED, FindingState.RESOLVED, FindingState.UNVERIFIED)
        if states[state]
    ]
    if extra:
        text.append(f"\nbesides: {', '.join(extra)}")
    return text


def _worst(assessment: Assessment) -> Table:
    table = _table("severity", "finding", "subject")
    table.columns[1].ratio, table.columns[2].ratio = 5, 4
    for finding in figures.live(assessment.findings)[:_TOP]:
        table.add_row(
            Text(finding.severity.value, style=_STYLES[finding.severity]),
            plain(finding.message or finding.title).append(f" ({one_line(finding.note, 300)})" if finding.note else ""),
            plain(figures.subject(finding)),
        )
    return table


def _missing(assessment: Assessment, causes: Sequence[figures.Cause]) -> Table:
    table = _table("not read", "status", "in", "why")
    table.columns[0].max_width, table.columns[2].max_width, table.columns[3].ratio = 30, 22, 1
    for cause in causes[:_GAPS]:
        why = one_line(cause.detail, 200)
        why += f" (grant {cause.permission})" if cause.permission else ""
        where = figures.scopes_named(assessment, cause.scope_ids)
        kinds = figures.kinds_named(cause, most=1)
        table.add_row(plain(kinds), cause.status.value, plain(where, limit=48), plain(why))
    return table


def _help(gaps: Sequence[figures.Gap]) -> Text:
    """Name the command that prints what would close the gaps."""
    commands = " and ".join(f"`nhi-scan permissions {provider}`" for provider in figures.helpers(gaps))
    return Text(f"{commands} prints all that is asked for", style="dim") if commands else Text(end="")


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=True, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table


def _more(count: int, what: str) -> Text:
    return (
        Text(f"... and {figures.counted(count, f'more {what}')} in the reports", style="dim")
        if count > 0
        else Text(end="")
    )
