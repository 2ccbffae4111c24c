"""From a row of the call table to questions, and from an answer to records: what a row means."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.answers import search

_NAME = re.compile(r"\{(\w+)\}")  # marks what is read from the parent


def records_of(call: Call, page: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the records in one page of an answer."""
    found = search(call.result, page)
    if isinstance(found, list):
        yield from found
    elif found is not None:
        yield found


def filled(text: str, parent: Mapping[str, Any]) -> str | None:
    """Fill `{name}` in a text with the parent's fields; None where it lacks one: then there is nothing to ask about."""
    words = {name: parent.get(name) for name in _NAME.findall(text)}
    if not all(isinstance(word, str) and word for word in words.values()):
        return None
    return _NAME.sub(lambda found: str(words[found[1]]), text)


def is_asked(call: Call, parent: Mapping[str, Any]) -> bool:
    """Tell whether a row is asked about a record at all."""
    return not call.only_if or bool(search(call.only_if, parent))


def kept(call: Call, parent: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of a parent that go beside each record of the answer."""
    return {name: parent.get(name) for name in call.keep}
