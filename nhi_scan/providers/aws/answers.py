"""From a parent record to the questions about it, and from an answer to records: what a row of the call table means."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.answers import search
from nhi_scan.snapshot import codec

_PATH = "$."  # marks a parameter that is read from the parent


@dataclass(frozen=True, slots=True)
class Question:
    """One call to make."""

    params: Mapping[str, Any]
    of: Mapping[str, Any]  # fields of the parent that go beside each record of the answer


def records_of(call: Call, page: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the records in one page of an answer."""
    found = search(call.result, page)
    if isinstance(found, bytes):
        yield from csv.DictReader(io.StringIO(found.decode("utf-8", "replace")))
    elif isinstance(found, list):
        yield from found
    elif found is not None:
        yield found


def questions(call: Call, parents: Iterable[Mapping[str, Any]], known: frozenset[Any]) -> Iterator[Question]:
    """Turn parents into calls: those that `only_if` leaves, each distinct one once, in batches where the row says so.

    Args:
        call: the row.
        parents: records, each laid over its own `of`.
        known: values of `unless_known`; a parent with such a parameter is not asked about.
    """
    asked: set[bytes] = set()
    batches = _Batches(call) if call.batch else None
    for parent in parents:
        if call.only_if and not search(call.only_if, parent):
            continue
        params = {name: _parameter(value, parent) for name, value in call.params.items()}
        if known and any(isinstance(value, str) and value in known for value in params.values()):
            continue
        if _lacks_one(call, params):
            continue
        mark = codec.encode(params)
        if mark in asked:
            continue
        asked.add(mark)
        question = Question(params, {name: search(_quoted(name), parent) for name in call.keep})
        if batches is None:
            yield question
        else:
            yield from batches.add(question)
    if batches is not None:
        yield from batches.rest()


def _quoted(name: str) -> str:
    return name if "." in name else f'"{name}"'


def _parameter(value: Any, parent: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith(_PATH):
        return search(value.removeprefix(_PATH), parent)
    if isinstance(value, list):
        return [_parameter(item, parent) for item in value]
    if isinstance(value, Mapping):
        return {name: _parameter(item, parent) for name, item in value.items()}
    return value


def _lacks_one(call: Call, params: Mapping[str, Any]) -> bool:
    """Tell whether the parent had nothing where a parameter is read from: then there is nothing to ask about."""
    return any(params[name] in (None, [None]) for name, value in call.params.items() if value is not None)


class _Batches:
    """Collects parents that one call can ask about together."""

    def __init__(self, call: Call) -> None:
        self._size = call.batch
        self._lists = tuple(
            name
            for name, value in call.params.items()
            if isinstance(value, list) and len(value) == 1 and str(value[0]).startswith(_PATH)
        )
        self._open: dict[bytes, list[Question]] = {}

    def add(self, question: Question) -> Iterator[Question]:
        key = codec.encode({name: value for name, value in question.params.items() if name not in self._lists})
        held = self._open.setdefault(key, [])
        held.append(question)
        if len(held) >= self._size:
            yield self._joined(self._open.pop(key))

    def rest(self) -> Iterator[Question]:
        for held in self._open.values():
            yield self._joined(held)

    def _joined(self, held: list[Question]) -> Question:
        params = dict(held[0].params)
        for name in self._lists:
            params[name] = [value for question in held for value in question.params[name]]
        return Question(params, held[0].of)
