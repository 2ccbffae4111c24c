"""A summary for a CI job page (GitHub's step summary): short, under its size limit, with nothing in it that renders.

Names, tags and messages hold text that an attacker may have written, so the template escapes whatever it is not told
to trust. Semantics of the escapes: the CommonMark specification, sections 2.5 (a character reference cannot stand for
a structural character) and 6.1 (nothing is parsed inside a code span), and GitHub's own mentions and references.
"""

import re
from typing import Any

import jinja2
from markupsafe import Markup

from nhi_scan.data import folder
from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.finding import FindingState
from nhi_scan.model.identity import Nature
from nhi_scan.report import figures
from nhi_scan.report.text import one_line

# https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits
SIZE_LIMIT = 1024 * 1024
BUDGET = 900_000  # room for what the job itself adds to the page
_TOP = 200
_ASIDE = frozenset(FindingState) - figures.LIVE
_LONGEST = 400
# What can start Markdown, HTML or a link where it stands: between letters an underscore is one, and a dot is a dot.
_PUNCTUATION = re.compile(
    r"""[#$&*<>@\[\\\]^`{|}~] | ^[-+=] | :(?=/) | (?<=[wW]{3})\. | (?<=\d)\.(?=\s)
    | (?<![0-9A-Za-z])_ | _(?![0-9A-Za-z])""",
    re.VERBOSE,
)
_WORD_JOINER = "&#8288;"


def render(assessment: Assessment) -> bytes:
    """Write the summary: figures, the worst findings, what was not looked at. Always under a megabyte."""
    template = environment().get_template("summary.md.j2")
    live = figures.live(assessment.findings)
    states = figures.by_state(assessment.findings)
    values = {
        "assessment": assessment,
        "severities": list(figures.by_severity(live).values()),
        "aside": [(state, count) for state, count in states.items() if count and state in _ASIDE],
        "natures": figures.by_nature(assessment.inventory.identities.values()),
        "levels": _levels(assessment),
        "managed": figures.managed(assessment),
        "unfinished": figures.unfinished(assessment),
        "rules": figures.by_rule(live),
        "gaps": figures.gaps(assessment.coverage),
        "live": live,
        "causes": [
            (cause, figures.kinds_named(cause), figures.scopes_named(assessment, cause.scope_ids))
            for cause in figures.causes(figures.gaps(assessment.coverage))
        ],
        "helpers": figures.helpers(figures.gaps(assessment.coverage)),
        "places": figures.places(assessment),
    }
    top = _TOP
    while True:
        text = template.render(**values, top=live[:top], cap=max(top // 4, 10))
        data = text.encode()
        if len(data) <= BUDGET or top == 0:
            return data
        top //= 2


def _levels(assessment: Assessment) -> list[tuple[str, list[int]]]:
    """One row a privilege, worst first: how many identities of each nature have it."""
    counts = [figures.by_privilege(assessment, nature) for nature in Nature]
    return [(level, [count[level] for count in counts]) for level in figures.PRIVILEGE_LEVELS]


def environment() -> jinja2.Environment:
    """Make the template engine: every value is escaped as prose unless it went through the filter `code`."""
    engine = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder("reports") / "markdown"),
        undefined=jinja2.StrictUndefined,
        finalize=prose,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - `finalize` escapes, and for Markdown, which autoescape does not know
    )
    engine.filters["code"] = code
    engine.filters["moment"] = figures.moment
    engine.filters["counted"] = figures.counted
    return engine


def prose(value: Any) -> Markup:
    """Escape running text: no character of it can start Markdown, HTML, a link, a mention or a reference."""
    if isinstance(value, Markup):
        return value
    return Markup(_PUNCTUATION.sub(_reference, one_line(str(value), _LONGEST)))  # noqa: S704 - escaped in this line


def code(value: Any) -> Markup:
    """Show an identifier as a code span, in which nothing is parsed.

    A backtick would end the span and a pipe the table cell, however they are escaped, so look-alikes take their place.
    """
    text = one_line(str(value), _LONGEST).replace("`", "\u02cb").replace("|", "\u00a6")
    return Markup(f"`{text}`") if text else Markup("")  # noqa: S704 - made inert in the line above


def _reference(match: re.Match[str]) -> str:
    character = match.group()
    # A mention or an issue number is recognized after the references are resolved: an invisible joiner parts it.
    return f"&#{ord(character)};{_WORD_JOINER if character in '@#' else ''}"
