"""The files of one cluster on their way into a snapshot; see `import_native`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.audit import audit_lines, read_audit
from nhi_scan.providers.kubernetes.import_lacks import Given, narrow, one_namespace, rows
from nhi_scan.providers.kubernetes.import_records import Sort, Value, bare, is_list, item_kind, key_twice, sort_of
from nhi_scan.providers.kubernetes.import_texts import begins_json, head_of, is_audit_log, is_yaml, told, yaml_values
from nhi_scan.providers.kubernetes.trim import trimmed
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.export_text import ExportText
from nhi_scan.snapshot.store import SnapshotWriter
from nhi_scan.snapshot.values import text, within

_WIDE = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 begins, as Windows PowerShell writes it
_SHOWN = 5

Warn = Callable[[str], None]
Line = tuple[str, Mapping[str, Any], Any]


@dataclass(slots=True)
class _Page:
    """A list, its items left as they are."""

    kind: str | None = None
    apiVersion: str | None = None  # noqa: N815 - the API's spelling
    metadata: dict[str, Any] | None = None
    items: list[codec.Raw] | None = None


class ClusterImport:
    """Everything about one cluster.

    Args:
        cluster_id: its id.
        warn: told what is not imported.
    """

    def __init__(self, cluster_id: str, warn: Warn) -> None:
        self._id = cluster_id
        self._warn = warn
        self._records: dict[str, list[bytes]] = {}  # by kind; as JSON, a tenth of the size
        self._given: dict[str, Given] = {}
        self._seen: set[tuple[str, str, str]] = set()
        self._unused: dict[str, int] = {}  # kinds that nobody reads
        self._about: dict[str, Any] = {}  # what was told of the server
        self._logs: list[Path] = []
        self._mixed = False  # whether a list of several kinds is there
        self._left: dict[str, list[Path]] = {}  # why -> files that are not imported

    def read(self, folder: Path) -> None:
        """Read the files of a folder, and of the folders in it.

        Raises:
            UserError: it is no folder or has no files, or one of them cannot be read.
        """
        if not folder.is_dir():
            raise UserError(f"`{folder}` is not a folder")
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        if not files:
            raise UserError(f"`{folder}` has no files")
        for path in files:
            self._file(path)

    def _file(self, path: Path) -> None:
        head, compressed = head_of(path)
        if is_audit_log(head):
            self._logs.append(path)
            return
        wide = head.startswith(_WIDE)
        if compressed:
            self._leave(path, "compressed, and no audit log")
        elif b"\0" in head[:512] and not wide:
            self._leave(path, "no text")
        elif not head.strip():
            self._leave(path, "empty, as after a command that failed")
        elif wide or begins_json(head) or is_yaml(head):
            self._text(ExportText.read(path))
        elif about := told(head):
            self._about |= about
        else:
            self._leave(path, "neither JSON nor YAML")

    def _text(self, file: ExportText) -> None:
        if begins_json(file.data):
            self._json(file)
        elif is_yaml(file.data):
            self._yaml(file)
        elif about := told(file.data):
            self._about |= about
        else:
            self._leave(file.path, "neither JSON nor YAML")

    def _leave(self, path: Path, why: str) -> None:
        """Note a file that is not imported: a dump of a cluster has the logs of all its containers beside it."""
        self._left.setdefault(why, []).append(path)

    def _json(self, file: ExportText) -> None:
        at, found = 0, []
        whole = file.data.lstrip()[:1] == b"["
        for offset, raw in file.values():
            data = bytes(raw)
            at = file.data.find(data, max(at, offset))
            try:
                page = codec.decode(data, _Page)
            except codec.CodecError:
                page = _Page()  # no object, or one whose fields are something else: told below
            if page.items is not None and is_list(page.kind or ""):
                self._page(file, at, page)
            else:
                found.append(self._value(file, at, data))
            at += len(data)
        self._whole(found, listed=whole or len(found) > 1)
        if found and not any(one.kind for one in found):
            self._leave(file.path, "nothing that the analysis reads")

    def _page(self, file: ExportText, at: int, page: _Page) -> None:
        kind, version, found = item_kind(page.kind or ""), page.apiVersion or "", []
        at = max(at, file.data.find(b'"items"', at))
        for raw in page.items or ():
            data = bytes(raw)
            at = file.data.find(data, at)
            found.append(self._value(file, at, data, kind, version))
            at += len(data)
        self._list(file, page.metadata or {}, found, kind, version)

    def _yaml(self, file: ExportText) -> None:
        single = []
        for line, value in yaml_values(file):
            if value is None:
                continue
            if not isinstance(value, dict):
                file.refuse(f"line {line}: this is no object")
            items = value.get("items")
            if isinstance(items, list) and is_list(text(value, "kind")):
                kind, version = item_kind(text(value, "kind")), text(value, "apiVersion")
                odd = next((number for number, item in enumerate(items, 1) if not isinstance(item, dict)), None)
                if odd is not None:
                    file.refuse(f"line {line}: item {odd} of the list that begins here is no object")
                found = [self._keep(item, sort_of(item, kind, version)) for item in items]
                self._list(file, within(value, "metadata"), found, kind, version)
            else:
                single.append(self._object(value))
        self._whole(single, listed=False)

    def _value(self, file: ExportText, at: int, data: bytes, kind: str = "", version: str = "") -> Sort:
        """Take one value of a JSON file."""
        try:
            value, twice = codec.decode_any(data), key_twice(data)
        except codec.CodecError as error:
            file.wrong(at + (error.offset or 0), str(error).partition(" (byte")[0])
        if not isinstance(value, dict):
            file.wrong(at, "this is no object")
        if twice:
            file.wrong(at, f"the object that begins here has the key `{twice[:100]}` twice")
        return self._keep(value, sort_of(value, kind, version)) if kind else self._object(value)

    def _object(self, value: Value) -> Sort:
        """Take what stands by itself: an object, or an answer about the server."""
        answer = bare(value)
        if answer is None:
            return self._keep(value, sort_of(value))
        record_kind, record = answer
        if record_kind == kinds.VERSION:
            self._about |= trimmed(record_kind, record) or {}
        else:
            self._hold(record_kind, trimmed(record_kind, record) or {}, Sort())
            self._given[record_kind].listed = True
        return Sort(kind=record_kind)

    def _keep(self, value: Value, sort: Sort) -> Sort:
        if not sort.record_kind:
            if sort.kind:
                self._unused[sort.kind] = self._unused.get(sort.kind, 0) + 1
            return sort
        key = sort.record_kind, sort.namespace, sort.name
        kept = trimmed(sort.record_kind, value) if key not in self._seen else None
        if kept is not None:
            self._seen.add(key)
            kept.setdefault("kind", sort.kind)
            self._hold(sort.record_kind, kept, sort)
        return sort

    def _hold(self, kind: str, record: Value, sort: Sort) -> None:
        given = self._given.setdefault(kind, Given())
        given.records += 1
        if sort.namespace:
            given.namespaces.add(sort.namespace)
        self._records.setdefault(kind, []).append(codec.encode(record))

    def _list(self, file: ExportText, metadata: Value, found: list[Sort], kind: str, version: str) -> None:
        """Note that a file has a list, of what its items are, or of what it says itself or its name does."""
        listed = {one.record_kind for one in found}
        if not found:
            listed = {sort_of({}, kind, version).record_kind if kind else _named(file.path)}
            if listed == {""}:
                self._warn(f"`{file.path}` is a list of nothing, and does not say of what: not imported")
        self._mixed = self._mixed or len(listed - {""}) > 1
        more = text(metadata, "continue") or metadata.get("remainingItemCount")
        for one in listed - {""}:
            given = self._given.setdefault(one, Given())
            given.listed = True
            if more:
                given.partial = f"another page follows the one in `{file.path.name}`"

    def _whole(self, found: list[Sort], *, listed: bool) -> None:
        """Note what single objects there are; of aws-auth a cluster has one."""
        for one in found:
            if one.record_kind and (listed or (one.record_kind, one.name) == (kinds.AWS_AUTH, "aws-auth")):
                self._given.setdefault(one.record_kind, Given()).listed = True

    def write(self, writer: SnapshotWriter) -> None:
        """Write all records, then what is known of their completeness.

        Raises:
            UserError: there is nothing to write, or the disk refuses.
        """
        if self._about:
            self._hold(kinds.VERSION, self._about, Sort())
            self._given[kinds.VERSION].listed = True
        self._read_logs()
        if not self._given:
            self._tell()
            raise UserError("there is nothing in the import that the analysis reads")
        for kind in sorted(self._records):
            lines: list[Line] = [("", {}, record) for record in self._records.pop(kind)]
            writer.write(kinds.PROVIDER, kinds.scope_dir(self._id), kind, lines)
        for row in rows(self._id, self._given, mixed=self._mixed):
            writer.cover(row)
        self._tell()

    def _read_logs(self) -> None:
        for record in read_audit(self._log_lines()):
            self._hold(kinds.AUDIT_USERS, record, Sort())
        if self._logs:
            self._given.setdefault(kinds.AUDIT_USERS, Given()).listed = True

    def _log_lines(self) -> Iterator[bytes]:
        for path in self._logs:
            yield from audit_lines(path)

    def _tell(self) -> None:
        for why, paths in sorted(self._left.items()):
            more = f" and {len(paths) - 1} more files are" if len(paths) > 1 else " is"
            self._warn(f"`{paths[0]}`{more} {why}: not imported")
        if self._unused:
            names = sorted(self._unused)
            shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            self._warn(f"kinds that nothing here reads were left out: {shown}{more}")
        alone = one_namespace(self._given)
        for namespace, plurals in narrow(self._given):
            said = "only that namespace was asked for" if namespace == alone else "taken for all that the cluster has"
            self._warn(
                f"all {', '.join(plurals)} are in the namespace `{namespace}`: {said}; `-A` asks for all of them"
            )


def _named(path: Path) -> str:
    """The record kind that a file's name says: `cronjobs.json`; only asked of a list without items."""
    stem = path.name.partition(".")[0].lower()
    return next((kind for kind, plural in kinds.PLURALS.items() if plural == stem and kind != kinds.AWS_AUTH), "")
