"""The page: a template filled with the first screen, the data beside it, and a policy for its own script only."""

import base64
import hashlib
import re
from functools import cache, partial
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from nhi_scan import data
from nhi_scan.findings.assessment import Assessment
from nhi_scan.report.figures import counted, scopes_named
from nhi_scan.report.html.columns import seconds
from nhi_scan.report.html.estate import Estate
from nhi_scan.report.html.headline import headline
from nhi_scan.report.html.island import island
from nhi_scan.report.html.judgement import Judgement
from nhi_scan.report.html.selection import Selection, select
from nhi_scan.report.text import encodable, visible

# In this order: each may call what those before it declare while it is read, and anything later on.
SCRIPTS = (
    "data.js",
    "dom.js",
    "words.js",
    "places.js",
    "address.js",
    "filters.js",
    "table.js",
    "findings.js",
    "finding.js",
    "identities.js",
    "identity.js",
    "access.js",
    "gaps.js",
    "rules.js",
    "main.js",
)


def render(assessment: Assessment, selection: Selection | None = None) -> bytes:
    """Write the assessment as one HTML file that needs no other and asks nothing of anyone.

    Equal assessments give equal bytes. Nothing of what a cloud said is markup or script in it: the template escapes,
    the data island has no `<`, and the content security policy (https://www.w3.org/TR/CSP3/) lets only the page's own
    script and style run, by their SHA-256.

    Args:
        assessment: what to show.
        selection: what of it the page holds; None: as much as a browser opens without waiting.
    """
    style, script = _style(), _script()
    encoding, text = island(page_data(assessment, selection))
    html = _template().render(
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own files
        policy=_policy(script, style),
        encoding=encoding,
        island=Markup(text),  # noqa: S704 - ASCII without any markup character: `island.py`
        head=headline(assessment),
        assessment=assessment,
        scopes_named=partial(scopes_named, assessment),
    )
    return html.encode("utf-8")


def page_data(assessment: Assessment, selection: Selection | None = None) -> dict[str, Any]:
    """Return all that the page's script shows, as JSON-ready columns. `scripts/data.js` reads it."""
    selection = selection or select(assessment)
    estate = Estate(assessment, selection)
    judged = Judgement(assessment, estate, selection).columns()
    return {
        "tool_version": assessment.tool_version,
        "captured_at": seconds(assessment.captured_at),
        "now": seconds(assessment.now),
        "complete": assessment.complete,
        **judged,
        **estate.columns(),
    }


def _policy(script: str, style: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _folder() -> Path:
    return data.folder("reports") / "html"


@cache
def _style() -> str:
    return (_folder() / "style.css").read_text(encoding="utf-8")


@cache
def _script() -> str:
    parts = [(_folder() / "scripts" / name).read_text(encoding="utf-8") for name in SCRIPTS]
    return '(() => {\n"use strict";\n' + "\n".join(parts) + "\n})();\n"


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_folder()),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_safe_text,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"thousands": _thousands, "plural": counted, "day": _day, "prose": _prose}
    return environment.get_template("page.html.j2")


def _safe_text(value: Any) -> Any:
    """Make what a template prints visible and encodable; what is markup already is ours."""
    return encodable(visible(value)) if type(value) is str else value


def _prose(text: str) -> Markup:
    """Show what backticks set off as code, as the page's script does."""
    parts = re.split("`([^`]+)`", _safe_text(text))
    marks = (Markup("<code>{}</code>") if at % 2 else Markup("{}") for at in range(len(parts)))
    return Markup("").join(mark.format(part) for mark, part in zip(marks, parts, strict=True))


def _thousands(number: int) -> str:
    return f"{number:,}"


def _day(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
