"""Workflow files at the default branch: the folder is listed, and each file is read by its hash."""

import base64
import binascii
import threading
from typing import Any

from nhi_scan.providers.github.asking import Outcome, Record, Visit, is_absent
from nhi_scan.providers.github.calls_repository import BLOB, LISTING
from nhi_scan.providers.github.faults import CallError
from nhi_scan.providers.github.workflows.blank import blanked

LONGEST = 1_000_000  # bytes of a file that is read
_SUFFIXES = (".yml", ".yaml")
_MOST = 1000  # entries of a folder that are listed: https://docs.github.com/rest/repos/contents#get-repository-content
_REMEMBERED = 2000  # texts, none of them longer than
_SHORT = 20_000


class Files:
    """Reads workflow files; many repositories have the same, which is read once. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[tuple[str, str], str] = {}

    def ask(self, visit: Visit) -> Outcome:
        """List a repository's workflow files and hold each with its text."""
        outcome = visit.outcomes.setdefault(LISTING.kind, Outcome())
        held = visit.found.setdefault(LISTING.kind, [])
        try:
            entries = list(visit.answers(LISTING, {}))
            outcome.answered += 1
        except CallError as error:
            if is_absent(LISTING, error):
                outcome.answered += 1
            else:
                outcome.fail(error, visit.about)
            return outcome
        if len(entries) >= _MOST:
            told = f"GitHub lists no more than {_MOST} files of a folder"
            outcome.fail(CallError("failed", "TooMany", told), visit.about)
        for entry in sorted(filter(_is_workflow, entries), key=lambda one: str(one["path"])):
            try:
                text = self._read(visit, entry)
            except CallError as error:
                outcome.fail(error, visit.about)
                continue
            held.append(({}, {"path": entry["path"], "sha": entry["sha"], "size": entry.get("size"), "text": text}))
        return outcome

    def _read(self, visit: Visit, entry: Record) -> str | None:
        """Read a file; None where it is too long.

        Raises:
            CallError: it cannot be read.
        """
        size = entry.get("size")
        if isinstance(size, int) and size > LONGEST:
            return None
        key = visit.place.id, str(entry["sha"])
        with self._lock:
            if key in self._texts:
                return self._texts[key]
        blob = next(iter(visit.answers(BLOB, entry)), {})
        text = _decoded(blob.get("content"), blob.get("encoding"))
        if len(text) > LONGEST:
            return None
        text = blanked(text)  # a key that is written out in a file is no less one
        with self._lock:
            if len(self._texts) < _REMEMBERED and len(text) <= _SHORT:
                self._texts[key] = text
        return text


def _is_workflow(entry: Record) -> bool:
    path, sha = entry.get("path"), entry.get("sha")
    return entry.get("type") == "file" and isinstance(sha, str) and isinstance(path, str) and path.endswith(_SUFFIXES)


def _decoded(content: Any, encoding: Any) -> str:
    """Decode what https://docs.github.com/rest/git/blobs answers; letters that are no UTF-8 become question marks.

    Raises:
        CallError: it is something else.
    """
    if not isinstance(content, str) or encoding not in ("base64", "utf-8"):
        raise CallError("failed", "OddAnswer", "the answer is no file")
    if encoding == "utf-8":
        return content
    try:
        return base64.b64decode(content).decode("utf-8", "replace")
    except (binascii.Error, ValueError) as error:
        raise CallError("failed", "OddAnswer", "the file cannot be decoded") from error
