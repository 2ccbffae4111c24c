"""One request and one answer, without the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked.

    Attributes:
        method: `GET` and so on.
        path: decoded, without the query.
        query: parameter -> value, decoded; of a name that comes twice the last.
        headers: by lower-case name.
        body: as sent.
        caller: application id of who asks; empty before the token was read.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    caller: str = ""


@dataclass(slots=True, kw_only=True)
class Answer:
    """What is answered.

    Attributes:
        status: of HTTP.
        body: of the JSON; None: nothing.
        headers: besides the usual ones.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


class BreachError(Exception):
    """This server was about to answer what Microsoft would not."""
