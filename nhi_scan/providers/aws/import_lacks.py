"""What it means that an export has no file for a row of the call table: left out, not needed, or missing.

A collector would have asked; so a part that an export lacks counts as incomplete, or a pipeline that demands complete
coverage would pass on an export of nothing. What a collector would not have asked either is no gap: rows for options
that are off, and rows about parents of which the export proves that there are none.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers import Call
from nhi_scan.providers.answers import search
from nhi_scan.providers.aws.import_files import name_to_add
from nhi_scan.providers.aws.import_records import Record, as_dict
from nhi_scan.snapshot.sink import Line

_GIVEN = frozenset({"sts-caller-identity"})  # the account's number is an argument of the import

Answer = tuple[CoverageStatus, str]


class Lacks:
    """Judges the rows of one scope that no file answers.

    Args:
        calls: all rows of the scope.
        given: kinds for which there is a file.
    """

    def __init__(self, calls: Iterable[Call], given: Iterable[str]) -> None:
        self._given = frozenset(given)
        self._children: dict[str, list[Call]] = {}
        self._remembered: dict[str, set[str]] = {}  # paths of records that a row needs no answer about, by kind
        self._known: dict[tuple[str, str], set[object]] = {}
        self._asked: dict[str, list[Mapping[str, Any]]] = {}  # row -> parameters of calls that were not made
        self._empty: set[str] = set()  # kinds that were read completely and have no record
        self._whole: set[str] = set()  # kinds that were read completely
        for call in calls:
            for kind in call.for_each.split():
                self._children.setdefault(kind, []).append(call)
            if call.unless_known and call.kind not in self._given:
                kind, path = call.unless_known.split()
                self._remembered.setdefault(kind, set()).add(path)

    def saw(self, call: Call, lines: Sequence[Line], *, whole: bool) -> None:
        """Note the records of a row that has a file."""
        if whole:
            self._whole.add(call.kind)
            if not lines:
                self._empty.add(call.kind)
        for path in self._remembered.get(call.kind, ()):
            self._known.setdefault((call.kind, path), set()).update(
                search(path, as_dict(record)) for _, _, record in lines
            )
        for child in self._children.get(call.kind, ()):
            if child.kind not in self._given and child.when == "always":
                self._asked.setdefault(child.kind, []).extend(_calls(child, lines))

    def judge(self, call: Call) -> Answer:
        """Say what it means that a row has no file. Rows are judged after the rows that they depend on."""
        reason = self._not_asked(call)
        if reason:
            return CoverageStatus.SKIPPED, reason
        if self._nothing_to_ask(call):
            self._whole.add(call.kind)
            self._empty.add(call.kind)
            return CoverageStatus.COMPLETE, ""
        each = [kind for kind in call.for_each.split() if call.params and kind != call.kind]
        about = f", one about each of `{'` and `'.join(each)}`" if each else ""
        return CoverageStatus.FAILED, f"not in the import: `{name_to_add(call)}`{about}"

    def _not_asked(self, call: Call) -> str:
        if call.kind in _GIVEN:
            return "the account is given by its number"
        if call.when == "usage":
            return "not in the import: it is collected with `--usage` only"
        if call.until and any(child.kind in self._given for child in self._children.get(call.kind, ())):
            return "the report that it prepares is in the import"
        if call.needs and call.needs not in self._whole:
            return f"whether the account has `{call.needs}` is not known"
        return f"the account has no `{call.needs}`" if call.needs in self._empty else ""

    def _nothing_to_ask(self, call: Call) -> bool:
        parents = [kind for kind in call.for_each.split() if kind != call.kind]
        if not parents or any(kind not in self._whole for kind in parents):
            return False
        known: set[object] = set()
        if call.unless_known:
            kind, path = call.unless_known.split()
            known = self._known.get((kind, path), set())
        return all(known.intersection(params.values()) for params in self._asked.get(call.kind, ()))


def _calls(child: Call, lines: Sequence[Line]) -> list[Mapping[str, Any]]:
    """The parameters of the calls that would have to be made about these parents."""
    found = []
    for _, of, record in lines:
        if _cannot_apply(child, record):
            continue
        parent = {**of, **as_dict(record)}
        if not child.only_if or search(child.only_if, parent):
            found.append(_parameters(child, parent))
            if not child.unless_known:
                break  # one is enough to know that something was not asked
    return found


def _cannot_apply(child: Call, record: Record) -> bool:
    """Whether a record that is still JSON lacks the field that the condition is about; ten thousand roles do."""
    return (
        child.only_if.isidentifier()
        and not isinstance(record, dict)
        and f'"{child.only_if}"'.encode() not in bytes(record)
    )


def _parameters(child: Call, parent: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        name: search(value[2:], parent)
        for name, value in child.params.items()
        if isinstance(value, str) and value.startswith("$.")
    }
