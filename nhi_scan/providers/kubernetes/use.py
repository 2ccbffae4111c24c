"""Who used what: files of the API server's audit log, added up into the snapshot of the cluster that they are of.

The API itself tells nobody's use, but for tokens that are secrets (a label of theirs). The log is a file of the control
plane: https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
"""

from collections.abc import Generator, Iterable
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.asking import Asker
from nhi_scan.providers.kubernetes.audit import audit_lines, is_log, read_audit
from nhi_scan.providers.kubernetes.places import PART
from nhi_scan.providers.kubernetes.settings import KubernetesSettings

_KIND = kinds.AUDIT_USERS
_FIRST = 1000  # lines that are looked at before anything is asked
_KEY = "`providers.kubernetes.audit_logs`"


def check_logs(settings: KubernetesSettings) -> None:
    """Refuse logs that cannot be read, before anything is asked.

    Raises:
        UserError: one is no file, or there are several clusters and nothing says which one the log is of.
    """
    if settings.audit_logs and len(settings.contexts) > 1:
        raise UserError(f"{_KEY}: of several contexts nothing says which the log is of: collect that one by itself")
    for name in settings.audit_logs:
        if not Path(name).is_file():
            raise UserError(f"{_KEY}: `{name}` is no file")
        with closing(audit_lines(Path(name))) as lines:
            if not is_log(islice(lines, _FIRST)):
                raise UserError(f"{_KEY}: `{name}` is no audit log: none of its first lines is an event")


def note_use(asker: Asker) -> None:
    """Add up the logs that the settings name.

    Raises:
        UserError: one cannot be read to its end.
    """
    names = asker.settings.audit_logs
    if not names:
        asker.skip(_KIND, "no audit log was given: `--audit-log` names one")
        return
    if asker.done(_KIND):
        return
    faults: list[int] = []
    place = asker.session.place
    with (
        asker.writer.part(kinds.PROVIDER, place.folder, _KIND, PART) as sink,
        closing(_lines(names)) as lines,
    ):
        for record in read_audit(lines, lambda number, _: faults.append(number)):
            sink.add("", {}, record)
        entry = sink.close()
        row = asker.row(_KIND, CoverageStatus.COMPLETE)
        if faults:
            detail = f"{len(faults)} lines of the audit log cannot be read, the first of them line {faults[0]}"
            if len(faults) == 1:
                detail = f"1 line of the audit log cannot be read: line {faults[0]}"
            row = asker.row(_KIND, CoverageStatus.PARTIAL, detail)
        asker.writer.commit(PART, entry, replace(row, records=sink.records))


def _lines(names: Iterable[str]) -> Generator[bytes, None, None]:
    for name in names:
        yield from audit_lines(Path(name))
