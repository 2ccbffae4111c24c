"""Which file of an export answers which call: names as the AWS CLI's, `<service>-<operation>.json`.

A file may lie below a folder named after its region, may be one of several numbered pages (`-2`, `.2`, `_2`), and may
name the parent it was asked for: `lambda-get-policy.my-function.json`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nhi_scan.model.errors import UserError
from nhi_scan.providers import Call
from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.providers.aws.settings import REGION

_CLI_SERVICE = {"s3": "s3api"}  # where `aws help` calls a service otherwise than the SDK does
_PAGE = re.compile(r"[.\-_](\d{1,6})$")
_CREDENTIAL_REPORT = "credential-report"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file whose name is understood."""

    path: Path
    calls: tuple[Call, ...]  # the rows of the call table that share this answer
    region: str  # empty where it does not lie below a region's folder
    suffix: str  # what its name says after the operation: a page, a parent, both, or nothing

    @property
    def order(self) -> tuple[str, str, int, str]:
        """Pages in the order of their numbers, page 10 after page 9."""
        page = _PAGE.search(self.suffix)
        return (self.region, _PAGE.sub("", self.suffix), int(page[1]) if page else 0, self.path.name)

    def parents(self) -> Iterator[str]:
        """What the name may say about the parent, the likelier first: digits at its end may be a page or part of it."""
        if self.suffix.startswith("."):
            yield self.suffix[1:]
            if without := _PAGE.sub("", self.suffix)[1:]:
                yield without


@cache
def accepted_names() -> Mapping[str, tuple[Call, ...]]:
    """Every name that the AWS CLI would give to an answer of the call table, and the rows that it answers."""
    names: dict[str, tuple[Call, ...]] = {}
    for call in CALLS:
        service = _CLI_SERVICE.get(call.service, call.service)
        name = f"{service}-{call.operation.replace('_', '-')}"
        names[name] = (*names.get(name, ()), call)
    names[_CREDENTIAL_REPORT] = names["iam-get-credential-report"]
    return names


def name_to_add(call: Call) -> str:
    """The name under which an export would answer a row of the call table."""
    if call.kind == "iam-credential-report":
        return f"{_CREDENTIAL_REPORT}.csv"
    return next(f"{name}.json" for name, calls in accepted_names().items() if call in calls)


def discover(folder: Path, warn: Callable[[str], None]) -> list[ExportFile]:
    """Find what can be imported, in a stable order; each file that is not understood is named in a warning.

    Raises:
        UserError: it is no folder, or cannot be read.
    """
    if not folder.is_dir():
        raise UserError(f"`{folder}` is not a folder")
    try:
        found = [*_in_folder(folder, "", warn)]
        for path in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
            if REGION.fullmatch(path.name):
                found += _in_folder(path, path.name, warn)
            else:
                warn(f"`{path}` is not named after a region: what is in it is not imported")
    except OSError as error:
        raise UserError(f"`{folder}` cannot be read: {error.strerror}") from error
    return sorted(found, key=lambda file: file.order)


def _in_folder(folder: Path, region: str, warn: Callable[[str], None]) -> Iterator[ExportFile]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_file():
            file = _understood(path, region)
            if file is None:
                warn(f"`{path}` is not the answer of a call that is known here: it is not imported")
            else:
                yield file
        elif region:
            warn(f"`{path}` lies below a region's folder and is not a file: it is not imported")


def _understood(path: Path, region: str) -> ExportFile | None:
    extension = path.suffix.lower()
    stem = path.name[: len(path.name) - len(extension)]
    for name in _prefixes(stem):
        calls = accepted_names().get(name)
        if calls is None:
            continue
        suffix = stem[len(name) :]
        report = calls[0].kind == "iam-credential-report"
        if extension == ".json" or (extension == ".csv" and report):
            region = "" if all(call.scope != "region" for call in calls) else region
            return ExportFile(path=path, calls=calls, region=region, suffix=suffix)
    return None


def _prefixes(stem: str) -> Iterator[str]:
    """What of a name can be an operation, the longest first: up to a dot, or without a number at the end."""
    yield stem
    yield _PAGE.sub("", stem)
    yield stem.partition(".")[0]
