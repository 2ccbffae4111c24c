"""Take what `gcloud` exports into a snapshot, for those who cannot run a collector.

An export is a folder of JSON files, recognised by what they hold: see `import_records`. What it lacks becomes
coverage: see `import_lacks`. A malformed or truncated file is refused with its line and column.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.gcp.calls.drops import DROPS, in_asset
from nhi_scan.providers.gcp.import_delegation import KIND as DELEGATION
from nhi_scan.providers.gcp.import_delegation import table
from nhi_scan.providers.gcp.import_lacks import lacks, roles_row
from nhi_scan.providers.gcp.import_records import GROUPS, MEMBERSHIPS, PREDEFINED, Found, classify, listed
from nhi_scan.providers.gcp.import_roots import Roots
from nhi_scan.providers.gcp.kinds import ASSET_TYPES, scope_dir
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.export_text import ExportText
from nhi_scan.snapshot.store import SnapshotWriter
from nhi_scan.snapshot.values import text

PROVIDER = "gcp"
_SCOPE = re.compile(r"(?:organizations|folders)/\d{1,20}|projects/[A-Za-z0-9:._-]{1,100}")
_NAMED = re.compile(r"iam-policy-(organizations|folders|projects|serviceAccount)-([A-Za-z0-9:._@-]+?)\.json")
_ROLE = re.compile(rb'"role"\s*:\s*"(roles/[^"\\]{1,200})"')
_TYPES = frozenset(ASSET_TYPES)

Warn = Callable[[str], None]


def import_native(sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Warn) -> None:
    """Write exports into a snapshot; the caller finishes the writer.

    Args:
        sources: a scope (`organizations/123`, `projects/my-app`; empty: what the files say themselves) and the folder
            of its export.
        writer: a new snapshot.
        warn: told one sentence for each thing that is not imported.

    Raises:
        UserError: a scope is none, a folder cannot be read, or a file is no JSON or nothing that anybody knows.
    """
    export = _Export(warn)
    for scope, folder in sources:
        if scope and not _SCOPE.fullmatch(scope):
            raise UserError(f"`{scope}` is not a scope: write `organizations/123`, `folders/123` or `projects/my-app`")
        export.read(scope, folder)
    export.write(writer)


class _Export:
    """All files of an import."""

    def __init__(self, warn: Warn) -> None:
        self._warn = warn
        self._roots = Roots()
        self._found: list[Found] = []
        self._asset_types: dict[str, int] = {}  # those of other types, which are not kept
        self._partial: dict[str, str] = {}  # kind -> why it is not whole
        self._bare = 0  # roles without permissions
        self._roles: set[str] = set()  # predefined ones with their permissions
        self._named: set[str] = set()  # predefined ones that bindings name

    def read(self, scope: str, folder: Path) -> None:
        """Read the files of one folder, and of the folders in it."""
        if not folder.is_dir():
            raise UserError(f"`{folder}` is not a folder")
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        if not files:
            raise UserError(f"`{folder}` has no files")
        self._roots.given(scope)
        for path in files:
            self._file(ExportText.read(path), scope)

    def _file(self, file: ExportText, scope: str) -> None:
        if file.empty:
            self._warn(f"`{file.path}` is empty, as after a command that failed")
            return
        if file.data.lstrip()[:1] not in (b"{", b"["):
            clients = table(file)
            if clients is not None:
                for client in clients:
                    self._keep(Found(kind=DELEGATION, value=client), scope)
                return
            self._warn(f"`{file.path}` is no JSON: not imported")
            return
        named = _NAMED.fullmatch(file.path.name)
        place = f"{named[1]}/{named[2]}" if named else ""
        for offset, raw in file.values():
            self._value(file, offset, codec.decode_any(bytes(raw)), place, scope)

    def _value(self, file: ExportText, offset: int, value: Any, place: str, scope: str) -> None:
        if not isinstance(value, dict):
            file.wrong(offset, "this is no record: expected an object")
        page = listed(value)
        records, more = page or ([value], False)
        for record in records:
            if not isinstance(record, dict):
                file.wrong(offset, "this is no record: expected an object")
            found = classify(record, place)
            if found is None:
                file.wrong(offset, _unknown(record))
            for one in found:
                self._keep(one, scope)
                if more:
                    self._partial[one.kind] = f"another page follows the one in `{file.path.name}`"
            if not found:
                asset_type = text(record, "assetType") or text(record, "asset_type")
                self._asset_types[asset_type] = self._asset_types.get(asset_type, 0) + 1

    def _keep(self, found: Found, scope: str) -> None:
        if found.kind in (PREDEFINED, "iam-custom-roles") and not _whole_role(found.value):
            self._bare += 1
            if found.kind != PREDEFINED:
                self._partial[found.kind] = "roles came without their permissions: `gcloud iam roles describe` has them"
            return
        if found.kind == "iam-deny-policies" and "rules" not in found.value:
            self._partial[found.kind] = "policies came without their rules: `gcloud iam policies get` has them"
        json = codec.encode(found.value)
        if found.kind == PREDEFINED:
            self._roles.add(text(found.value, "name"))
        if found.kind.endswith("-policies"):
            self._named.update(role.decode() for role in _ROLE.findall(json))
        self._roots.saw(found.line, scope)
        self._roots.asked(found.scope)
        # Half a million records are held until it is known which scope they belong to: as JSON, a tenth of the size.
        self._found.append(
            replace(found, value={}, json=json, name=text(found.value, "name"), scope=found.scope or scope)
        )

    def _groups(self) -> None:
        """A group without members may be empty, or its members were not exported: nothing tells which."""
        listed = {one.name for one in self._found if one.kind == GROUPS}
        empty = listed - {one.of["group"] for one in self._found if one.kind == MEMBERSHIPS and one.of}
        if empty:
            self._partial[MEMBERSHIPS] = f"groups without members in the import: {len(empty)}, the first `{min(empty)}`"

    def write(self, writer: SnapshotWriter) -> None:
        """Write all records, then what is known of their completeness."""
        self._groups()
        if not self._found:
            raise UserError("there is nothing in the import that the analysis reads")
        if self._asset_types:
            first = min(self._asset_types)
            count = sum(self._asset_types.values())
            self._warn(f"assets of types that the analysis does not read are left out: {count}, the first `{first}`")
        kinds: dict[tuple[str, str], list[Found]] = {}  # by folder: two scopes may share one
        counts: dict[tuple[str, str], int] = {}
        for one in self._found:
            scope = one.scope or self._roots.of(one.line)
            kinds.setdefault((scope_dir(scope), one.kind), []).append(one)
            counts[scope, one.kind] = counts.get((scope, one.kind), 0) + 1
        given: dict[str, set[str]] = {root: set() for root in self._roots.all()}
        for (name, kind), found in sorted(kinds.items()):
            writer.write(PROVIDER, name, kind, _lines(found), drop=_drops(kind, found))
        for (scope, kind), rows in sorted(counts.items()):
            status = CoverageStatus.PARTIAL if kind in self._partial else CoverageStatus.COMPLETE
            if kind != PREDEFINED:
                writer.cover(_row(scope, kind, status, self._partial.get(kind, ""), rows))
            for root, has in given.items():
                if scope == root or scope not in given:  # of a single project: nothing tells below which root
                    has.add(kind)
        self._lacking(writer, given)

    def _lacking(self, writer: SnapshotWriter, given: dict[str, set[str]]) -> None:
        kind, status, detail = roles_row(self._named, self._roles, self._bare)
        for root, has in sorted(given.items()):
            writer.cover(_row(root, kind, status, detail, len(self._roles)))
            for absent, how, why in lacks(has, unfiltered=bool(self._asset_types)):
                writer.cover(_row(root, absent, how, why, 0))


def _lines(found: Sequence[Found]) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    for one in found:
        yield "", one.of or {}, one.json


def _drops(kind: str, found: Sequence[Found]) -> tuple[str, ...]:
    """Where values that may be secrets stand in records of a kind."""
    asset_type = found[0].asset_type
    return in_asset(asset_type) if kind.startswith("asset-") and asset_type in DROPS else ("keyString",)


def _whole_role(role: dict[str, Any]) -> bool:
    """Whether a role says what it gives; one that gives nothing needs not to."""
    return "includedPermissions" in role or role.get("deleted") is True or role.get("stage") == "DISABLED"


def _unknown(record: dict[str, Any]) -> str:
    if isinstance(record.get("bindings"), list):
        return (
            "an allow policy that does not say of what: name its file"
            " `iam-policy-organizations-NUMBER.json`, `iam-policy-folders-NUMBER.json`, `iam-policy-projects-ID.json`"
            " or `iam-policy-serviceAccount-EMAIL.json`"
        )
    return "this is no record that is known: neither an asset, nor a policy, a role, a service account or a key"


def _row(scope: str, kind: str, status: CoverageStatus, detail: str, records: int) -> Coverage:
    return Coverage(provider=PROVIDER, scope_id=scope, record_kind=kind, status=status, detail=detail, records=records)
