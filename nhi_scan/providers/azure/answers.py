"""From a row of the call table to questions, and from an answer to records: what a row means.

A row of Microsoft Graph names its version as service (`graph:v1.0`, `graph:beta`) and method and path as operation
(`GET /applications/{id}/owners`); what stands in braces is read from the parent. Of its parameters those that begin
with `$` go into the query, `headers` and `body` are what they say, and `fallbacks` names what is left out of a request
that is refused as it is, one after the other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from nhi_scan.providers import Call
from nhi_scan.providers.answers import search
from nhi_scan.providers.azure.faults import CallError

_NAME = re.compile(r"\{(\w+)\}")  # marks what is read from the parent
_SAFE = "(),;=':"  # characters that OData's options are made of; every server takes them as they are
_CONTEXT = "@odata.context"  # where the metadata of an answer is, beside a single object
_ANY = "replace"  # a text of JSON may hold half a letter, which no address can
LIST = "value"  # where Microsoft's collections have their records


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request to Microsoft Graph, without its host.

    Attributes:
        path: below the version.
        query: options, not quoted yet.
    """

    method: str = "GET"
    version: str = "v1.0"
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    @property
    def relative(self) -> str:
        """Path and query, quoted: what a part of a batch is named by."""
        options = "&".join(f"{name}={quote(value, safe=_SAFE, errors=_ANY)}" for name, value in self.query.items())
        return self.path + (f"?{options}" if options else "")

    @property
    def url(self) -> str:
        """Version, path and query, quoted."""
        return f"/{self.version}{self.relative}"

    def without(self, names: tuple[str, ...]) -> "Question":
        """The same with some options left out."""
        return replace(self, query={name: value for name, value in self.query.items() if name not in names})


def question_of(call: Call, parent: Mapping[str, Any]) -> Question | None:
    """Fill in a row; None where the parent lacks what it needs: then there is nothing to ask about."""
    method, _, path = call.operation.partition(" ")
    filled_path = filled(path, parent, quoted=True)
    query = {name: filled(str(value), parent) for name, value in call.params.items() if name.startswith("$")}
    body = {name: parent.get(key) for name, key in call.params.get("body", {}).items()}
    if filled_path is None or None in query.values() or None in body.values():
        return None
    return Question(
        method=method,
        version=call.service.partition(":")[2],
        path=filled_path,
        query={name: value for name, value in query.items() if value is not None},
        headers=call.params.get("headers", {}),
        body=body or None,
    )


def records_of(call: Call, page: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the records in one page of an answer.

    Raises:
        CallError: it is a collection, and the page has none.
    """
    found = search(call.result, page)
    if call.result == LIST and not isinstance(found, list):
        raise CallError("failed", "OddAnswer", "the answer has no list of records")
    if isinstance(found, list):
        yield from found
    elif isinstance(found, dict):
        yield {name: value for name, value in found.items() if name != _CONTEXT}
    elif found is not None:
        yield found


def filled(text: str, parent: Mapping[str, Any], *, quoted: bool = False) -> str | None:
    """Fill `{name}` in a text with the parent's fields; None where it lacks one.

    Args:
        text: with names in braces.
        parent: has them; they may be anything, and only texts count.
        quoted: whether they become parts of a path.
    """
    words = {name: parent.get(name) for name in _NAME.findall(text)}
    if not all(isinstance(word, str) and word for word in words.values()):
        return None
    return _NAME.sub(
        lambda found: quote(str(words[found[1]]), safe="", errors=_ANY) if quoted else str(words[found[1]]), text
    )


def is_asked(call: Call, parent: Mapping[str, Any]) -> bool:
    """Tell whether a row is asked about a record at all."""
    return not call.only_if or bool(search(call.only_if, parent))


def kept(call: Call, parent: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of a parent that go beside each record of the answer."""
    return {name: parent.get(name) for name in call.keep}
