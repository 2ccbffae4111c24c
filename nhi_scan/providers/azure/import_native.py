"""Take what `az` and Microsoft Graph export into a snapshot, for those who cannot run a collector.

An export is a folder of JSON files, recognised by what they hold (see `import_records`): arrays, answers with `value`
or `data` in them, or a record a line. Their names are free, but for those whose records do not say what they belong to
(see `import_parents`):

    az ad app list --all                                    applications.json
    az ad sp list --all                                     service-principals.json
    az role assignment list --all --subscription SUB        role-assignments-NAME.json, one for each subscription
    az role definition list                                 role-definitions.json
    az account list --all                                   subscriptions.json
    az account management-group show --name TENANT -e -r    management-groups.json
    az identity list                                        identities.json
    az identity federated-credential list ...               any name
    az graph query --first 1000 -q Resources                resources.json
    az keyvault show --name VAULT                           any name
    az storage account list, az aks list, az vm list, ...   any name
    az ad app owner list --id ID                            owners-ID.json
    az ad app federated-credential list --id ID             federated-credentials-ID.json
    az ad group list, az ad user list                       groups.json, users.json
    az rest --url .../beta/groups/ID/members                members-ID.json
    az rest --url .../servicePrincipals/ID/appRoleAssignedTo    app-role-assigned-to-ID.json
    az rest --url .../roleManagement/directory/...          any name
    az rest --url .../oauth2PermissionGrants                any name
    az rest --url .../administrativeUnits                   administrative-units.json
    az rest --url .../administrativeUnits/ID/members        unit-members-ID.json

What it lacks becomes coverage: see `import_lacks`. A malformed or truncated file is refused with its line and column; a
file of which no record is known is left out, and said so.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.calls.graph import DROPS
from nhi_scan.providers.azure.import_lacks import OF_SUBSCRIPTIONS, lacks, lacks_of_subscription
from nhi_scan.providers.azure.import_parents import Parent, parent_in
from nhi_scan.providers.azure.import_records import Found, Value, classify
from nhi_scan.providers.azure.import_whole import Whole
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.export_text import ExportText
from nhi_scan.snapshot.store import SnapshotWriter
from nhi_scan.snapshot.values import text

PROVIDER = "azure"
_TENANT = re.compile(r"(?:/?tenants/)?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})")
_UNKNOWN = "unknown"
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # how UTF-16 begins, as Windows PowerShell writes it
_PAGES = ("value", "data")  # what holds the records of an answer
_MORE = ("@odata.nextLink", "nextLink", "skip_token", "$skipToken")
_OTHER_PAGES = "get those that follow by its `{}` each, and join all into one array: `jq -s 'map(.{}[])' *.json`"
_OWNED = (kinds.APPLICATIONS, kinds.SERVICE_PRINCIPALS, kinds.AGENT_BLUEPRINTS, kinds.GROUPS)

# https://learn.microsoft.com/graph/api/group-list-members, which is what `az ad group member list` prints
_HEAD = 1000  # bytes of an answer in which it says which version it is of
_WITHOUT_PRINCIPALS = "service principals are left out of `{}`: only beta of Graph shows them"

Warn = Callable[[str], None]


def _is_text(path: Path) -> bool:
    """Whether it may be an export: pictures and what a desktop leaves in folders hold zeros, and text has none."""
    try:
        with path.open("rb") as stream:
            start = stream.read(512)
    except OSError:
        return True  # who reads it says what is wrong
    return start.startswith(_WIDE) or b"\0" not in start


def import_native(sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Warn) -> None:
    """Write exports into a snapshot; the caller finishes the writer.

    Args:
        sources: a tenant's GUID (empty: what the files say themselves) and the folder of its export.
        writer: a new snapshot.
        warn: told one sentence for each thing that is not imported.

    Raises:
        UserError: a tenant is none, two exports are of one tenant, a folder cannot be read, a file is no JSON, or there
            is nothing in it that anybody knows.
    """
    exports: dict[str, Export] = {}
    for given, folder in sources:
        named = _TENANT.fullmatch(given)
        if given and not named:
            raise UserError(f"`{given}` is not a tenant: write its id, such as `{'0' * 8}-0000-0000-0000-{'0' * 12}`")
        name = named[1].lower() if named else ""
        exports.setdefault(name, Export(warn, name)).read(folder)
    for export in exports.values():
        export.write(writer)


class Export:
    """All files about one tenant.

    Args:
        warn: told what is not imported.
        tenant: its GUID; empty: the files tell.
    """

    def __init__(self, warn: Warn, tenant: str) -> None:
        self._warn = warn
        self._given = tenant
        self._found: list[Found] = []
        self._owners: dict[str, list[Value]] = {}  # by the id of what is owned
        self._partial: dict[str, str] = {}  # kind -> why it is not whole
        self._users = False  # whether there is a list of users
        self._whole = Whole()

    def read(self, folder: Path) -> None:
        """Read the files of one folder, and of the folders in it.

        Raises:
            UserError: it is no folder or has no files, or one of them is no JSON or holds what is no record.
        """
        if not folder.is_dir():
            raise UserError(f"`{folder}` is not a folder")
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        if not files:
            raise UserError(f"`{folder}` has no files")
        for path in files:
            if _is_text(path):
                self._file(ExportText.read(path))
            else:
                self._warn(f"`{path}` is no text: not imported")

    def _file(self, file: ExportText) -> None:
        if file.empty:
            self._warn(f"`{file.path}` is empty, as after a command that failed")
            return
        if file.data.lstrip()[:1] not in (b"{", b"["):
            self._warn(f"`{file.path}` is no JSON: not imported")
            return
        parent = parent_in(file.path.name)
        self._whole.named(parent)
        self._note_members(file, parent)
        if self._is_owners(parent):
            self._owners.setdefault(parent.id, [])
        known, unknown = 0, -1
        for offset, raw in file.values():
            records, more = self._records(file, offset, codec.decode_any(bytes(raw)))
            for record in records:
                if not isinstance(record, dict):
                    file.wrong(offset, "this is no record: expected an object")
                found = classify(record, parent)
                if found is None:
                    unknown = offset if unknown < 0 else unknown
                    continue
                known += 1  # also what is known and not kept
                self._keep(file, parent, record, found, more=more)
        if unknown >= 0 and known:
            file.wrong(unknown, "this is no record that is known, and others in the file are")
        if unknown >= 0:
            self._warn(f"`{file.path}` holds nothing that the analysis reads: not imported")

    def _note_members(self, file: ExportText, parent: Parent) -> None:
        """Note that a list of members shows no service principals: only beta's does, or one that has some."""
        head = file.data[:_HEAD]
        beta = b"@odata.context" in head and b"/beta/" in head
        if parent.kind == kinds.GROUP_MEMBERS and not beta and b"microsoft.graph.servicePrincipal" not in file.data:
            self._partial.setdefault(parent.kind, _WITHOUT_PRINCIPALS.format(file.path.name))

    @staticmethod
    def _is_owners(parent: Parent) -> bool:
        return parent.kind == kinds.APPLICATION_OWNERS

    @staticmethod
    def _records(file: ExportText, offset: int, value: Any) -> tuple[list[Any], str]:
        """The records in a value, and how to get the others where another page of them follows."""
        if isinstance(value, list):
            return value, ""
        if not isinstance(value, dict):
            file.wrong(offset, "this is no record: expected an object")
        page = next((name for name in _PAGES if isinstance(value.get(name), list)), "")
        if not page or "id" in value:
            return [value], ""
        link = next((name for name in _MORE if value.get(name)), "")
        return value[page], _OTHER_PAGES.format(link, page) if link else ""

    def _keep(self, file: ExportText, parent: Parent, record: Value, found: list[Found], *, more: str) -> None:
        for one in found:
            if more:
                self._partial[one.kind] = f"another page follows the one in `{file.path.name}`: {more}"
            if self._is_owners(parent):
                kept: Value = {name: record[name] for name in ("id", "@odata.type") if name in record}
                self._owners.setdefault(parent.id, []).append(kept)
                self._person(one, record)
                continue
            if parent.kind:
                self._person(one, record)
            self._users = self._users or one.kind == kinds.USERS
            self._whole.saw(one)
            self._hold(one)

    def _person(self, one: Found, record: Value) -> None:
        """Keep who is named as an owner or a member: that is a user as lists of users show it."""
        if text(record, "userPrincipalName"):
            self._hold(Found(kind=kinds.USERS, value=record, id=one.id))

    def _hold(self, one: Found) -> None:
        # Half a million records are held until it is known which tenant they are of: as JSON, a tenth of the size.
        self._found.append(replace(one, value={}, json=codec.encode(one.value)))

    def write(self, writer: SnapshotWriter) -> None:
        """Write all records, then what is known of their completeness.

        Raises:
            UserError: there is nothing to write, or the disk refuses.
        """
        if not self._found:
            raise UserError("there is nothing in the import that the analysis reads")
        tenant = arm_ids.tenant(self._given or self._whole.tenant() or _UNKNOWN)
        by_kind: dict[str, list[Found]] = {}
        for one in self._found:
            by_kind.setdefault(one.kind, []).append(one)
        for kind, found in sorted(by_kind.items()):
            lines = self._lines(kind, found)
            writer.write(PROVIDER, kinds.scope_dir(tenant), kind, lines, drop=DROPS if kind in _OWNED else ())
        partial = {**self._whole.partial(), **self._partial}
        if not self._users:
            partial[kinds.USERS] = "only those whom lists of owners and members name are in the import"
        self._cover(writer, tenant, by_kind, partial)

    def _lines(self, kind: str, found: Sequence[Found]) -> Iterator[tuple[str, dict[str, Any], bytes]]:
        for one in found:
            json = one.json
            if kind in _OWNED and self._owners:
                value = codec.decode_any(json)
                owners = self._owners.get(one.id, self._owners.get(text(value, "appId").lower()))
                if owners is not None and "owners" not in value:
                    json = codec.encode({**value, "owners": owners})
            yield "", one.of or {}, json

    def _cover(
        self, writer: SnapshotWriter, tenant: str, by_kind: dict[str, list[Found]], partial: dict[str, str]
    ) -> None:
        counts: dict[tuple[str, str], int] = {}
        for kind, found in by_kind.items():
            for one in found:
                key = one.subscription or tenant, kind
                counts[key] = counts.get(key, 0) + 1
        for (scope, kind), rows in sorted(counts.items()):
            if scope == tenant and kind in OF_SUBSCRIPTIONS:
                continue  # what is assigned above subscriptions is listed with one of them: that says nothing of others
            why = partial.get(kind, "")
            status = CoverageStatus.PARTIAL if why else CoverageStatus.COMPLETE
            writer.cover(_row(scope, kind, status, why, rows))
        subscriptions = self._whole.subscriptions()
        for scope in sorted(subscriptions):
            given = {kind for place, kind in counts if place == scope}
            for kind, why in lacks_of_subscription(given):
                writer.cover(_row(scope, kind, CoverageStatus.FAILED, why, 0))
        for kind, status, why in lacks(set(by_kind), self._whole, subscriptions, counts):
            if status is CoverageStatus.COMPLETE and kind in partial:
                status, why = CoverageStatus.PARTIAL, partial[kind]  # noqa: PLW2901 - what was asked and is empty
            if (tenant, kind) not in counts or kind in OF_SUBSCRIPTIONS:
                writer.cover(_row(tenant, kind, status, why, 0))


def _row(scope: str, kind: str, status: CoverageStatus, detail: str, records: int) -> Coverage:
    return Coverage(provider=PROVIDER, scope_id=scope, record_kind=kind, status=status, detail=detail, records=records)
