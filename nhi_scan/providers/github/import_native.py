"""Take what `gh api --paginate` printed, and checkouts, into a snapshot, for those who cannot run a collector.

Each file's path below the folder is that of the request it answers: see `import_paths`. A folder with
`.github/workflows` in it is a checkout: see `checkouts`. What the import lacks becomes coverage.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from nhi_scan.model import github_ids
from nhi_scan.model.errors import UserError
from nhi_scan.providers.answers import search
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.calls_repository import LISTING
from nhi_scan.providers.github.checkouts import LARGEST, Checkout, read_checkouts
from nhi_scan.providers.github.import_lacks import Given, cover
from nhi_scan.providers.github.import_paths import Asked, asked, listing_of
from nhi_scan.providers.github.kinds import scope_dir
from nhi_scan.providers.github.trim import trimmed
from nhi_scan.providers.github.workflows.blank import blanked
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.export_text import ExportText
from nhi_scan.snapshot.store import SnapshotWriter
from nhi_scan.snapshot.values import text

PROVIDER = "github"
_DEEPEST = 4  # folders above a checkout

Warn = Callable[[str], None]


def import_native(sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Warn) -> None:
    """Write answers and checkouts into a snapshot; the caller finishes the writer.

    Args:
        sources: a scope (`github.com/northwind`, `northwind`; empty: what the paths say themselves) and the folder.
        writer: a new snapshot.
        warn: told one sentence for each file that is not used.

    Raises:
        UserError: a scope is none, a folder cannot be read, a file is no JSON, or nothing is of use.
    """
    found = _Import(warn)
    for scope, folder in sources:
        found.read(scope, folder)
    found.write(writer)


class _Import:
    def __init__(self, warn: Warn) -> None:
        self._warn = warn
        self._given: dict[str, Given] = {}

    def read(self, scope: str, folder: Path) -> None:
        """Read one folder."""
        host, owner = _scope(scope)
        if not folder.is_dir():
            raise UserError(f"`{folder}` is not a folder")
        tops = _checkouts(folder, 0)
        for checkout in read_checkouts(tops, host=host, owner=owner):
            self._checkout(checkout)
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.name.startswith(".") and not any(path.is_relative_to(top) for top in tops):
                self._file(path, PurePosixPath(path.relative_to(folder).as_posix()), host, owner)

    def _at(self, scope_id: str) -> Given:
        return self._given.setdefault(scope_id, Given(scope_id=scope_id))

    def _checkout(self, checkout: Checkout) -> None:
        given = self._at(checkout.scope_id)
        given.checkouts.add(checkout.full_name)
        given.gaps += checkout.gaps
        for one in checkout.files:
            given.add(kinds.WORKFLOW_FILES, checkout.of, one)

    def _file(self, path: Path, below: PurePosixPath, host: str, owner: str) -> None:
        if path.suffix != ".json":
            self._warn(f"`{path}` is no JSON: not imported")
            return
        if listed := listing_of(below):
            if not owner or owner.lower() == listed[0].lower():
                self._listing(path, host, *listed)
            return
        request = asked(below)
        if request is None:
            self._warn(f"`{path}` is not at the path of a request that the analysis reads: not imported")
            return
        if owner and request.owner.lower() != owner.lower():
            self._warn(f"`{path}` is not of `{owner}`: not imported")
            return
        file = ExportText.read(path)
        if file.empty:
            self._warn(f"`{path}` is empty, as after a command that failed")
            return
        given = self._at(github_ids.organization(host, request.owner))
        records = list(_records(file, request))
        fault = next((one for one in records if _is_fault(one)), None)
        if fault is not None:
            self._fault(given, request, fault)
            return
        given.has(request.row.kind, request.full_name, request.fields)
        for one in records:
            self._record(given, request, one)

    def _listing(self, path: Path, host: str, owner: str, name: str) -> None:
        """Note which workflow files a repository has; none where GitHub knows no such folder."""
        file = ExportText.read(path)
        if file.empty:
            self._warn(f"`{path}` is empty, as after a command that failed")
            return
        records = list(_records(file, Asked(row=LISTING, owner=owner, repository=name, fields=(), file="listing")))
        fault = next((one for one in records if _is_fault(one)), None)
        if fault is None or any(_says(fault.get("status", ""), text(fault, "message"), one) for one in LISTING.absent):
            found = {text(one, "path") for one in records if text(one, "path").endswith((".yml", ".yaml"))}
            self._at(github_ids.organization(host, owner)).listed[f"{owner}/{name}".lower()] = found

    def _fault(self, given: Given, request: Asked, fault: dict[str, Any]) -> None:
        status, message = fault.get("status", ""), text(fault, "message")
        told = f"{status} {message}".strip()
        if any(_says(status, message, absent) for absent in request.row.absent):
            given.has(request.row.kind, request.full_name, request.fields)
        else:
            given.fail(request.row, told[:200])

    def _record(self, given: Given, request: Asked, one: dict[str, Any]) -> None:
        of = dict(request.fields)
        if not request.file:
            given.add(request.row.kind, of, trimmed(one, request.row.fields))
            return
        found = _content(one)
        if found is None:
            given.gaps.append(f"`{request.full_name}/{request.file}` has no text in the import")
            return
        record = {"path": request.file, "sha": text(one, "sha"), "size": len(found), "text": blanked(found)}
        given.add(kinds.WORKFLOW_FILES, of, record)

    def write(self, writer: SnapshotWriter) -> None:
        """Write all records, then what is known of their completeness."""
        if not any(given.records for given in self._given.values()):
            raise UserError("there is nothing in the import that the analysis reads")
        for scope_id, given in sorted(self._given.items()):
            for kind, records in sorted(given.records.items()):
                writer.write(PROVIDER, scope_dir(scope_id), kind, (("", of, one) for of, one in records))
            for row in cover(given):
                writer.cover(row)


def _scope(scope: str) -> tuple[str, str]:
    """Host and owner of a scope as it was said."""
    host, slash, owner = scope.strip().rstrip("/").rpartition("/")
    if not scope:
        return github_ids.HOST, ""
    if not owner or "/" in host or any(letter.isspace() for letter in scope):
        raise UserError(f"`{scope}` is no organization: write `northwind` or `github.com/northwind`")
    return (host.lower() if slash else github_ids.HOST), owner


def _checkouts(folder: Path, depth: int) -> list[Path]:
    workflows = folder / ".github" / "workflows"
    if (folder / ".git").exists() or any(workflows.glob("*.y*ml")):
        return [folder]
    if depth >= _DEEPEST:
        return []
    inner = sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    return [found for path in inner for found in _checkouts(path, depth + 1)]


def _records(file: ExportText, request: Asked) -> Iterator[dict[str, Any]]:
    """The records of all pages: a list each, an object with a list in it, or (`--slurp`) a list of those."""
    try:
        pages = list(codec.decode_concatenated(file.data, codec.Raw))
    except codec.CodecError as error:
        if error.offset is not None:
            file.wrong(error.offset, str(error).rpartition(" (byte")[0])
        file.refuse(str(error))
    for start, _, raw in pages:
        for one in _of_page(codec.decode_any(bytes(raw)), request, 0):
            if not isinstance(one, dict):
                file.wrong(start, "this is no record: expected an object")
            yield one


def _of_page(page: Any, request: Asked, depth: int) -> Iterator[Any]:
    if isinstance(page, list) and depth < 2:  # the pages, and the records of one
        for one in page:
            yield from _of_page(one, request, depth + 1)
    elif isinstance(page, dict) and request.row.result != "@" and not request.file and not _is_fault(page):
        listed = search(request.row.result, page)
        yield from listed if isinstance(listed, list) else [page]
    else:
        yield page


def _is_fault(page: Any) -> bool:
    return isinstance(page, dict) and "message" in page and "documentation_url" in page


def _says(status: object, message: str, absent: str) -> bool:
    """Whether an answer is one that says that there is nothing; older servers do not repeat the status in it."""
    code, _, words = absent.partition(" ")
    return str(status or (code if words else "")) == code and message.startswith(words)


def _content(one: dict[str, Any]) -> str | None:
    """The text of https://docs.github.com/rest/repos/contents; None where there is none, or too much."""
    content = one.get("content")
    if not isinstance(content, str) or one.get("encoding") != "base64":
        return None
    try:
        data = base64.b64decode(content)
    except (binascii.Error, ValueError):
        return None
    return data.decode("utf-8", "replace") if len(data) <= LARGEST else None
