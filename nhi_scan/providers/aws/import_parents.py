"""Whose answer a file is: the collector knows what it asked about, an exported file only has its name."""

from collections.abc import Mapping, Sequence
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.answers import search
from nhi_scan.providers.aws.import_files import ExportFile
from nhi_scan.providers.aws.import_records import Record, as_dict
from nhi_scan.snapshot.sink import Line


class Parents:
    """The records that other files may be answers about.

    Args:
        files: all files of the export; only kinds that one of them may be about are remembered.
    """

    def __init__(self, files: Sequence[ExportFile]) -> None:
        children = [call for file in files for call in file.calls]
        self._wanted = {kind for call in children if call.keep for kind in call.for_each.split()}
        self._known: dict[str, list[dict[str, Any]]] = {}
        self._asked: dict[str, set[int]] = {}

    def remember(self, call: Call, lines: Sequence[Line]) -> None:
        """Keep records that a later file may name."""
        if call.kind in self._wanted:
            merged = [{**line[1], **as_dict(line[2])} for line in lines]
            self._known.setdefault(call.kind, []).extend(merged)

    def fields(self, call: Call, file: ExportFile, records: Sequence[Record]) -> Mapping[str, Any] | None:
        """Find what a file's records are to be joined by.

        Returns:
            The parent's fields that the row keeps; nothing where it keeps none; None where nobody can tell.
        """
        if not call.keep:
            return {}
        for name in file.parents():
            parent = self._named(call, name)
            if parent is not None:
                return {field: parent.get(field) for field in call.keep}
        known = self._candidates(call)
        if len(known) == 1 and not file.suffix.startswith("."):
            self._note(call, known[0])
            return {field: known[0].get(field) for field in call.keep}
        return _from_name(call, file) or _from_records(call, records)

    def missing(self, call: Call) -> int:
        """How many known parents no file was about."""
        if not call.keep or call.kind in call.for_each.split():
            return 0
        wanted = [parent for parent in self._candidates(call) if _applies(call, parent)]
        return max(0, len(wanted) - len(self._asked.get(call.kind, ())))

    def _candidates(self, call: Call) -> list[dict[str, Any]]:
        return [parent for kind in call.for_each.split() for parent in self._known.get(kind, ())]

    def _named(self, call: Call, name: str) -> dict[str, Any] | None:
        for parent in self._candidates(call):
            if any(name in _spellings(value) for value in _asked_with(call, parent)):
                self._note(call, parent)
                return parent
        return None

    def _note(self, call: Call, parent: dict[str, Any]) -> None:
        self._asked.setdefault(call.kind, set()).add(id(parent))


def _applies(call: Call, parent: Mapping[str, Any]) -> bool:
    return not call.only_if or bool(search(call.only_if, parent))


def _asked_with(call: Call, parent: Mapping[str, Any]) -> list[str]:
    """The values that a call about this parent would be made with."""
    paths = [value[2:] for value in call.params.values() if isinstance(value, str) and value.startswith("$.")]
    return [str(search(path, parent)) for path in paths]


def _spellings(value: str) -> tuple[str, ...]:
    """An ARN or a URL cannot be a file name: its last part stands for it."""
    return (value, value.rpartition("/")[2], value.rpartition(":")[2], value.replace("/", "_").replace(":", "_"))


def _from_name(call: Call, file: ExportFile) -> Mapping[str, Any] | None:
    """Where the parents themselves were not exported, the name still says it, if it is what the row keeps."""
    names = list(file.parents())
    if names and len(call.keep) == 1 and f"$.{call.keep[0]}" in call.params.values():
        return {call.keep[0]: names[0]}
    return None


def _from_records(call: Call, records: Sequence[Record]) -> Mapping[str, Any] | None:
    """Some answers repeat what was asked about."""
    if not records:
        return None
    first = as_dict(records[0])
    return {field: first[field] for field in call.keep} if all(field in first for field in call.keep) else None
