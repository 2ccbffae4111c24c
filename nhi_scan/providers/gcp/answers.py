"""From a row of the call table to questions, and from an answer to records: what a row means."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.answers import search

_PATH = "$."  # marks a parameter that is read from the parent
_NAME = re.compile(r"\{(\$\.)?(\w+)\}")  # marks what is read from the scope, or within a text from the parent


def records_of(call: Call, page: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the records in one page of an answer; an empty object is a record only where the answer is one."""
    found = search(call.result, page)
    if isinstance(found, list):
        yield from found
    elif found is not None:
        yield found


def parameters(call: Call, scope: Mapping[str, str], parent: Mapping[str, Any]) -> dict[str, Any] | None:
    """Fill in the parameters of a question.

    Args:
        call: the row.
        scope: what `{name}` stands for.
        parent: the record that `$.path` looks into, and `{$.name}` within a text.

    Returns:
        None where the parent lacks one: then there is nothing to ask about.
    """
    filled = {name: _filled(value, scope, parent) for name, value in call.params.items()}
    return None if any(value is None for value in filled.values()) else filled


def _filled(value: Any, scope: Mapping[str, str], parent: Mapping[str, Any]) -> Any:
    if not isinstance(value, str):
        return value
    if value.startswith(_PATH):
        return _text(search(value.removeprefix(_PATH), parent))
    words = {(mark, name): _text(parent.get(name)) if mark else scope[name] for mark, name in _NAME.findall(value)}
    if None in words.values():
        return None
    return _NAME.sub(lambda found: words[found[1] or "", found[2]] or "", value)


def _text(found: Any) -> str | None:
    return found if isinstance(found, str) and found else None


def is_asked(call: Call, parent: Mapping[str, Any]) -> bool:
    """Tell whether a row is asked about a record at all."""
    return not call.only_if or bool(search(call.only_if, parent))


def kept(call: Call, parent: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of a parent that go beside each record of the answer."""
    return {name: parent.get(name) for name in call.keep}


def unreachable(page: Mapping[str, Any]) -> int:
    """Count the locations that a page of an answer lacks, by what its API says of them.

    Most services list them (https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/list), GKE
    and Dataflow under names of their own; Compute Engine leaves a warning where the zone's instances would be
    (https://cloud.google.com/compute/docs/reference/rest/v1/instances/aggregatedList).
    """
    named: Iterator[Any] = (page.get(key) for key in ("unreachable", "unreachables", "missingZones", "failedLocation"))
    items = page.get("items")
    zones = items.values() if isinstance(items, dict) else ()
    warned = [zone for zone in zones if search("warning.code", zone) == "UNREACHABLE"]
    return sum(len(names) for names in named if isinstance(names, list)) + len(warned)
