"""OData as Microsoft Graph speaks it: $select, $expand, $filter, $top, $count and pages.

https://learn.microsoft.com/graph/query-parameters and https://learn.microsoft.com/graph/paging
"""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nhi_scan.demo.azure import csdl
from nhi_scan.demo.azure.errors import ApiError, bad_request
from nhi_scan.demo.azure.estate import Record
from nhi_scan.demo.azure.graph import filters

_KNOWN = {"$select", "$expand", "$filter", "$top", "$count", "$skiptoken", "$orderby"}
_EXPANSION = re.compile(r"(\w+)(?:\((.*)\))?")
EXPANDED = 20  # related objects that an expansion shows at most, however many there are

Expand = Callable[[Mapping[str, Any], str], list[Record]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a query asks for."""

    select: tuple[str, ...] = ()
    expand: tuple[tuple[str, str], ...] = ()  # relation, options in its brackets
    filter: str = ""
    top: int = 0
    count: bool = False
    skip: str = ""


def read(query: Mapping[str, str], *, most: int) -> Options:
    """Read the query of a request for a collection.

    Args:
        query: parameters of the request.
        most: rows of a page at most.

    Raises:
        ApiError: an option that Graph does not have, or a value that it does not take.
    """
    for name in query:
        if name.startswith("$") and name not in _KNOWN:
            raise bad_request(f"The query specified in the URI is not valid: `{name}`.")
    top = query.get("$top", "0")
    if not top.isdigit() or (int(top) == 0 and "$top" in query) or int(top) > most:
        message = f"Invalid page size specified: '{top}'. Must be between 1 and {most} inclusive."
        raise bad_request(message, "Request_UnsupportedQuery")
    return Options(
        select=tuple(part.strip() for part in query.get("$select", "").split(",") if part.strip()),
        expand=tuple(_expansions(query.get("$expand", ""))),
        filter=query.get("$filter", ""),
        top=int(top),
        count=query.get("$count", "") == "true",
        skip=query.get("$skiptoken", ""),
    )


def _expansions(text: str) -> list[tuple[str, str]]:
    found = []
    for part in _split(text):
        read_ = _EXPANSION.fullmatch(part)
        if read_ is None:
            raise bad_request(f"Parsing OData Select and Expand failed: {part}")
        found.append((read_[1], read_[2] or ""))
    return found


def _split(text: str) -> list[str]:
    """Split at the commas that stand in no brackets."""
    parts, depth, last = [], 0, 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append(text[last:at])
            last = at + 1
    return [part.strip() for part in (*parts, text[last:]) if part.strip()]


def shaped(row: Mapping[str, Any], kind: str, options: Options, expand: Expand, *, beta: bool) -> Record:
    """Return what of a row is answered: the properties asked for, its relations expanded.

    Raises:
        ApiError: a property or relation that the type does not have.
    """
    own = csdl.type_of(row, kind)
    kept: Record = {key: value for key, value in row.items() if key.startswith("@")}
    for name in options.select:
        if name not in csdl.properties(kind) and name not in csdl.properties(own):
            raise bad_request(f"Could not find a property named '{name}' on type 'microsoft.graph.{kind}'.")
    if options.select:
        kept |= {name: row[name] for name in options.select if name in row}
    else:
        unasked = csdl.hidden(own) | (frozenset() if beta else csdl.beta_only(own))
        kept |= {key: value for key, value in row.items() if key not in unasked and key not in csdl.relations(own)}
    for relation, inner in options.expand:
        if relation not in csdl.relations(own):
            raise bad_request(f"Could not find a property named '{relation}' on type 'microsoft.graph.{kind}'.")
        kept[relation] = _expanded(row, relation, inner, expand)
    return kept


def _expanded(row: Mapping[str, Any], relation: str, inner: str, expand: Expand) -> Any:
    if relation in row and isinstance(row[relation], Mapping):
        return dict(row[relation])
    if relation in row:
        return list(row[relation])
    found = expand(row, relation)[:EXPANDED]
    for option in inner.split(";"):
        name, _, value = option.strip().partition("=")
        if name == "$select":
            wanted = {part.strip() for part in value.split(",")}
            found = [{key: one[key] for key in one if key in wanted or key.startswith("@")} for one in found]
    return found


def chosen(rows: Sequence[Mapping[str, Any]], options: Options) -> Sequence[Mapping[str, Any]]:
    """Return the rows that a filter lets through."""
    if not options.filter:
        return rows
    test = filters.parse(options.filter)
    return [row for row in rows if test(row)]


def window(question: str, options: Options, total: int, size: int) -> tuple[int, int, str]:
    """Return where a page begins and ends, and the token of the next; empty: there is none.

    Raises:
        ApiError: the token belongs to another question, or to none.
    """
    bound = hashlib.sha256(question.encode()).hexdigest()[:16]
    start = _start(options.skip, bound) if options.skip else 0
    end = start + size
    token = base64.urlsafe_b64encode(f"{end}/{bound}".encode()).decode().rstrip("=") if end < total else ""
    return start, end, token


def _start(token: str, bound: str) -> int:
    try:
        start, _, given = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition("/")
        number = int(start)
    except ValueError as error:
        raise ApiError(400, "Directory_ExpiredPageToken", "The specified page token value has expired.") from error
    if given != bound:
        raise ApiError(400, "Directory_ExpiredPageToken", "The specified page token value is of another query.")
    return number
