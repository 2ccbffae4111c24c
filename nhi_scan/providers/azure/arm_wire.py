"""What comes over the wire from Resource Manager, read with care: pages, links to the next one, parts of a batch."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from nhi_scan.providers.answers import one_line
from nhi_scan.providers.azure.faults import CallError, of_answer

ERROR = 400  # the first status of HTTP that is one
_PAGES = 100_000  # more pages than any answer has
_CLOCK = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")

Page = dict[str, Any]


class Part(NamedTuple):
    """One answer within the answer to a batch."""

    status: int
    headers: Mapping[str, Any]
    body: Any


def page_of(text: str) -> Page:
    """Read an answer.

    Raises:
        CallError: it is no JSON, or no object.
    """
    try:
        page = json.loads(text)
    except ValueError as error:
        raise CallError("failed", type(error).__name__, "the answer cannot be read", again=True) from error
    if not isinstance(page, dict):
        raise CallError("failed", "OddAnswer", "the answer is no object")
    return page


def explained(error: CallError, response: Any) -> CallError:
    """Say of an error of Resource Graph what caused it, and when its quota is there again."""
    code, detail = _cause_of(response.text()) or (error.code, error.detail)
    after = error.after
    if after is None and error.kind == "throttled":
        after = resets(response.headers)
    return CallError(error.kind, code, detail, again=error.again, after=after, status=error.status)


def _cause_of(text: str) -> tuple[str, str] | None:
    """Find what Resource Graph says of an error besides how to ask for support: code and message of its first detail.

    https://learn.microsoft.com/azure/governance/resource-graph/troubleshoot/general
    """
    try:
        detail = json.loads(text)["error"]["details"][0]
        code, message = detail["code"], detail["message"]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return (code[:80], one_line(message)) if isinstance(code, str) and isinstance(message, str) else None


def next_of(page: Mapping[str, Any]) -> str:
    """Return the address of the page after one; empty where that was the last."""
    link = page.get("nextLink")
    return link if isinstance(link, str) else ""


def check_new(link: str, seen: set[str]) -> None:
    """Note the address of a page.

    Raises:
        CallError: it was there before, or there are too many.
    """
    if link in seen:
        raise CallError("failed", "PagingLoop", "the same page was named twice")
    if len(seen) >= _PAGES:
        raise CallError("failed", "PagingLoop", f"there are more than {_PAGES} pages")
    seen.add(link)


def dicts(items: Any) -> list[dict[str, Any]]:
    """Return the objects in a list; none where it is no list."""
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def part_of(part: Mapping[str, Any]) -> Part:
    """Read one answer of a batch as it came; without a status it is no answer."""
    status, headers = part.get("httpStatusCode"), part.get("headers")
    return Part(
        status if isinstance(status, int) else 0,
        headers if isinstance(headers, dict) else {},
        part.get("content"),
    )


def answer_of(part: Part) -> Page:
    """Read one answer of a batch.

    Raises:
        CallError: it is an error, or no object.
    """
    if part.status >= ERROR or part.status == 0:
        raise of_answer(part.status or 500, part.headers, part.body)
    if not isinstance(part.body, dict):
        raise CallError("failed", "OddAnswer", "the answer is no object")
    return part.body


def resets(headers: Mapping[str, str]) -> float | None:
    """Read in how many seconds Resource Graph counts anew: `hh:mm:ss`; None where it does not say."""
    found = _CLOCK.fullmatch(str(headers.get("x-ms-user-quota-resets-after", "")).strip())
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else None
