"""Pages of an answer, with tokens that fit one query alone, as Google's do."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nhi_scan.demo.gcp.errors import invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Everything that a list method would answer if there were no pages.

    A row becomes JSON only when its page is asked for, so that a large estate costs what is read of it.
    """

    key: str  # the answer's field that holds the rows
    rows: Sequence[Any]
    build: Callable[[Any], Any] = lambda row: row
    most: int = 1000  # rows of a page, however many were asked for
    usual: int = 100  # rows of a page where nothing was asked for
    rest: Mapping[str, Any] = field(default_factory=dict)  # further fields of every page
    grouped: Callable[[list[Any]], Any] | None = None  # makes the field's value of the built rows; None: a list


def page(listing: Listing, method: str, asked: Mapping[str, str], size: int, token: str) -> dict[str, Any]:
    """Return one page as JSON.

    Args:
        listing: all of it.
        method: whose answer it is.
        asked: what else was asked: a token is good for the same question only.
        size: how many rows were asked for; 0: no matter.
        token: of the page; empty: the first.

    Raises:
        ApiError: the token belongs to another question, or to none.
    """
    question = hashlib.sha256(repr((method, sorted(asked.items()))).encode()).hexdigest()[:16]
    start = _start(token, question) if token else 0
    count = min(size, listing.most) if size > 0 else listing.usual
    built = [listing.build(row) for row in listing.rows[start : start + count]]
    answer: dict[str, Any] = dict(listing.rest)
    if built:
        answer[listing.key] = listing.grouped(built) if listing.grouped else built
    if start + count < len(listing.rows):
        answer["nextPageToken"] = base64.urlsafe_b64encode(f"{start + count}/{question}".encode()).decode()
    return answer


def _start(token: str, question: str) -> int:
    try:
        start, _, bound = base64.urlsafe_b64decode(token.encode()).decode().partition("/")
        number = int(start)
    except ValueError as error:
        raise invalid("The provided page token is invalid.") from error
    if bound != question:
        raise invalid("The page token does not belong to this request: its parameters must not change between pages.")
    return number
