"""Take what the AWS CLI prints into a snapshot, for those who cannot run a collector.

An export is a folder of files named as `import_files` says. Its answers become the records that a collector would
have written; what it lacks becomes coverage. Nothing is believed blindly: a file of another account, a record that
comes twice or a page that stops in the middle is refused with its line and column.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nhi_scan.model.arns import account_named, is_account, region_of
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers import Call
from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.providers.aws.import_files import ExportFile, discover
from nhi_scan.providers.aws.import_lacks import Lacks
from nhi_scan.providers.aws.import_parents import Parents
from nhi_scan.providers.aws.import_records import Page, Record, pages, report_rows
from nhi_scan.providers.aws.plan import steps
from nhi_scan.snapshot.coverage import combine
from nhi_scan.snapshot.export_text import ExportText
from nhi_scan.snapshot.sink import Line
from nhi_scan.snapshot.store import SnapshotWriter

PROVIDER = "aws"
_ORGANIZATION = re.compile(rb'"arn:aws[a-z-]*:organizations::\d{12}:\w+/(o-[a-z0-9]{10,32})')

Warn = Callable[[str], None]


def import_native(sources: Sequence[tuple[str, Path]], writer: SnapshotWriter, warn: Warn) -> None:
    """Write the exports of one or more accounts into a snapshot; the caller finishes the writer.

    Args:
        sources: account number and the folder of its export.
        writer: a new snapshot.
        warn: told one sentence for each file that is not imported.

    Raises:
        UserError: an account number is none or comes twice, or a file is not what its name says.
    """
    seen: set[str] = set()
    organizations: dict[str, Path] = {}
    for account, folder in sources:
        if not account:
            raise UserError(f"`--account` is missing: no file of `{folder}` says which account it is of")
        if not is_account(account):
            raise UserError(f"`{account}` is not an account number: it has twelve digits")
        if account in seen:
            raise UserError(f"account `{account}` is given twice")
        seen.add(account)
        export = _Export(account, discover(folder, warn), writer, warn)
        export.write_account()
        export.write_organization(organizations, folder)


class _Export:
    """One folder on its way into the snapshot."""

    def __init__(self, account: str, files: Sequence[ExportFile], writer: SnapshotWriter, warn: Warn) -> None:
        self._account = account
        self._writer = writer
        self._warn = warn
        self._files: dict[str, list[ExportFile]] = {}
        for file in files:
            for call in file.calls:
                self._files.setdefault(call.kind, []).append(file)
        # What a file says is kept until the last row that reads it is done: GetAccountAuthorizationDetails has four.
        self._left = {file.path: len(file.calls) for file in files}
        self._read: dict[Path, tuple[ExportText, list[Page]]] = {}
        self._parents = Parents(files)

    def write_account(self) -> None:
        self._write_all([call for call in CALLS if call.scope != "organization"], self._account)

    def write_organization(self, known: dict[str, Path], folder: Path) -> None:
        """Write what the folder says about its organization, unless another folder has said it."""
        calls = [call for call in CALLS if call.scope == "organization"]
        files = [file for call in calls for file in self._files.get(call.kind, ())]
        if not files:
            return
        organization = self._organization_id(files)
        if organization in known:
            self._warn(
                f"`{folder}` describes organization `{organization}` as `{known[organization]}` does: not imported"
            )
            return
        known[organization] = folder
        self._write_all(calls, organization)

    def _write_all(self, calls: Sequence[Call], scope: str) -> None:
        """Write the rows that have files, then judge the others: what they lack depends on the records there are."""
        lacks = Lacks(calls, self._files)
        for call in calls:
            if call.kind in self._files:
                self._write(call, scope, lacks)
        for step in steps(calls):
            for call in step.calls:
                if call.kind not in self._files:
                    status, detail = lacks.judge(call)
                    self._writer.cover(_row(call, scope, "", status, detail, 0))

    def _organization_id(self, files: Sequence[ExportFile]) -> str:
        for file in files:
            found = _ORGANIZATION.search(self._open(file)[0].data)
            if found:
                return found[1].decode()
        raise UserError(
            f"`{files[0].path}` does not say of which organization: what `aws organizations"
            " describe-organization` prints does"
        )

    def _write(self, call: Call, scope: str, lacks: Lacks) -> None:
        files = self._files[call.kind]
        reading = _Reading(call, self._account, scope, self._parents, self._warn)
        for file in files:
            text, answers = self._open(file)
            reading.file(file, text, answers)
        lines = reading.finish()
        records = self._writer.write(PROVIDER, scope, call.kind, lines, drop=call.drop) if lines else 0
        rows = list(reading.coverage(records))
        lacks.saw(call, lines, whole=all(row.status is CoverageStatus.COMPLETE for row in rows))
        for row in rows:
            self._writer.cover(row)
        for file in files:
            self._done(file)

    def _open(self, file: ExportFile) -> tuple[ExportText, list[Page]]:
        if file.path not in self._read:
            text = ExportText.read(file.path)
            table = file.calls[0].kind == "iam-credential-report"
            self._read[file.path] = (text, [] if table or text.empty else list(pages(text)))
        return self._read[file.path]

    def _done(self, file: ExportFile) -> None:
        self._left[file.path] -= 1
        if not self._left[file.path]:
            self._read.pop(file.path, None)


class _Reading:
    """The records of one kind, read file by file."""

    def __init__(self, call: Call, account: str, scope: str, parents: Parents, warn: Warn) -> None:
        self._call = call
        self._account = account
        self._scope = scope
        self._parents = parents
        self._warn = warn
        self._lines: list[Line] = []
        self._ids: dict[str, Path] = {}
        self._faults: dict[str, tuple[CoverageStatus, str]] = {}  # region -> what is wrong with it
        self._regions: set[str] = set()
        self._open_ends: dict[tuple[str, str], Path] = {}  # (region, parent) -> file whose last page names another

    def file(self, file: ExportFile, text: ExportText, answers: Sequence[Page]) -> None:
        """Read one file."""
        if text.empty:
            self._regions.add(file.region)
            self._fault(file.region, CoverageStatus.FAILED, f"`{file.path.name}` is empty")
            self._warn(f"`{file.path}` is empty, as after a command that failed")
            return
        if self._call.kind == "iam-credential-report":
            self._regions.add("")
            self._table(text)
            return
        for page in answers:
            records = page.records(self._call)
            if records is None:
                continue
            self._regions.add(file.region)
            ids = page.ids(self._call, records)
            self._check(page, ids)
            self._join(file, records, ids)
            key = (file.region, file.order[1])
            self._open_ends.pop(key, None)
            if page.has_more():
                self._open_ends[key] = file.path
        if file.region not in self._regions:
            self._fault(file.region, CoverageStatus.FAILED, f"not in `{file.path.name}`")

    def _table(self, text: ExportText) -> None:
        rows = report_rows(text)
        for row in rows:
            if account_named(row["arn"]) != self._account:
                text.wrong(text.find(row["user"]), self._foreign(row["arn"]))
        self._lines += [("", {}, row) for row in rows]

    def _check(self, page: Page, ids: Sequence[str | None]) -> None:
        for own in ids:
            if own is None:
                continue
            if self._call.scope != "organization" and account_named(own) not in ("", "aws", self._account):
                page.text.wrong(page.text.find(own, page.offset), self._foreign(own))
            if own in self._ids and not self._call.for_each and self._call.kind != "sts-caller-identity":
                at = page.text.find(own, page.offset)
                page.text.wrong(at, f"`{own}` comes twice, first in `{self._ids[own].name}`")
            self._ids[own] = page.text.path

    def _foreign(self, arn: str) -> str:
        return f"`{arn}` is not of account `{self._account}`"

    def _join(self, file: ExportFile, records: Sequence[Record], ids: Sequence[str | None]) -> None:
        of = self._parents.fields(self._call, file, records)
        if of is None:
            fields = ", ".join(self._call.keep)
            self._warn(f"`{file.path}` does not say of which `{fields}` it is: add that to its name, after a dot")
            self._fault(file.region, CoverageStatus.PARTIAL, f"`{file.path.name}` does not name its parent")
            return
        lines: list[Line] = [
            (file.region or self._region_of(own), of, record)
            for record, own in zip(records, _padded(ids, records), strict=True)
        ]
        self._parents.remember(self._call, lines)
        self._lines += lines

    def _region_of(self, own: str | None) -> str:
        """A regional record outside a region's folder mostly says itself where it is."""
        if own is None or self._call.scope != "region":
            return ""
        return region_of(own)

    def finish(self) -> list[Line]:
        """All lines in the order of their regions; pages keep their order."""
        for (region, _), path in self._open_ends.items():
            self._fault(region, CoverageStatus.PARTIAL, f"the last page in `{path.name}` names another")
        missing = self._parents.missing(self._call)
        if missing and self._regions:
            self._fault(
                "", CoverageStatus.PARTIAL, f"{missing} of those in `{self._call.for_each}` were not asked about"
            )
            self._regions.add("")
        return sorted(self._lines, key=lambda line: line[0])

    def coverage(self, records: int) -> Iterator[Coverage]:
        """What the import says about this kind."""
        rows = []
        for region in sorted(self._regions | set(self._faults)):
            status, detail = self._faults.get(region, (CoverageStatus.COMPLETE, ""))
            held = sum(line[0] == region for line in self._lines)
            rows.append(_row(self._call, self._scope, region, status, detail, held))
        for row in combine(rows):
            yield row if row.region else replace(row, records=records)

    def _fault(self, region: str, status: CoverageStatus, detail: str) -> None:
        self._faults.setdefault(region, (status, detail))


def _row(call: Call, scope: str, region: str, status: CoverageStatus, detail: str, records: int) -> Coverage:
    # No permission: what an import lacks is a file, or a part of one, and nobody knows why.
    return Coverage(
        provider=PROVIDER,
        scope_id=scope,
        record_kind=call.kind,
        status=status,
        region=region,
        detail=detail,
        records=records,
    )


def _padded(ids: Sequence[str | None], records: Sequence[Record]) -> Sequence[str | None]:
    return ids if len(ids) == len(records) else [None] * len(records)
