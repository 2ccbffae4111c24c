"""What an import has and lacks, as coverage: without it nothing could be said to be absent."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.answers import search
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.calls import OWNER, REPOSITORIES, Row
from nhi_scan.providers.github.import_paths import OF_ORGANIZATION, OF_REPOSITORY

_PROVIDER = "github"
# What few organizations have or may ask for: no gap.
_EXTRA = frozenset(
    {
        kinds.REPOSITORY_PROPERTIES,
        kinds.ORG_DEPENDABOT_SECRETS,
        kinds.DEPENDABOT_SECRETS,
        kinds.ORG_FORK_APPROVAL,
        kinds.REPO_FORK_APPROVAL,
        kinds.TOKEN_GRANTS,
        kinds.ORG_WEBHOOKS,
        kinds.WEBHOOKS,
    }
)
_APPS = "only an app can list the repositories of its installation"

Fields = tuple[tuple[str, Any], ...]


@dataclass(slots=True)
class Given:
    """What an import has of one organization.

    Attributes:
        scope_id: its id.
        records: by kind, each with what it was asked for with.
        answers: by kind, the requests that were answered.
        faults: by kind, what GitHub answered instead.
        checkouts: full names of the repositories that are there as a checkout.
        listed: by full name in lower case, the paths of the workflow files that a repository has.
        gaps: one sentence for each workflow file that could not be read.
    """

    scope_id: str
    records: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = field(default_factory=dict)
    answers: dict[str, set[tuple[str, Fields]]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    checkouts: set[str] = field(default_factory=set)
    listed: dict[str, set[str]] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)

    def has(self, kind: str, full_name: str, fields: Fields) -> None:
        """Note that a request was answered."""
        self.answers.setdefault(kind, set()).add((full_name.lower(), fields))

    def fail(self, row: Row, told: str) -> None:
        """Note what GitHub answered instead."""
        self.faults.setdefault(row.kind, told)

    def add(self, kind: str, of: dict[str, Any], record: dict[str, Any]) -> None:
        """Keep a record."""
        self.records.setdefault(kind, []).append((of, record))

    @property
    def repositories(self) -> set[str]:
        """Names of all repositories that anything tells of, in lower case."""
        listed = {str(one.get("full_name", "")).lower() for _, one in self.records.get(kinds.REPOSITORIES, ())}
        named = {name for answers in self.answers.values() for name, _ in answers}
        return (listed | named | self.listed.keys() | {name.lower() for name in self.checkouts}) - {""}


def cover(given: Given) -> Iterator[Coverage]:
    """Say of each kind how far the import has it."""
    for row in OF_ORGANIZATION:
        yield _row(given, row.kind, *_verdict(given, row, _expected(given, row, 1)))
    count = len(given.repositories)
    for row in OF_REPOSITORY:
        yield _row(given, row.kind, *_verdict(given, row, _expected(given, row, count)))
    yield _row(given, kinds.INSTALLATION_REPOSITORIES, *_installed(given))
    yield _row(given, kinds.WORKFLOW_FILES, *_files(given, count))


_SKIPPED = CoverageStatus.SKIPPED


def _expected(given: Given, row: Row, otherwise: int) -> int:
    """How often a request is made: for each record of another kind that wants it, else for each place."""
    if not row.for_each:
        return otherwise
    parents = given.records.get(row.for_each, ())
    return sum(1 for _, one in parents if not row.only_if or search(row.only_if, one))


def _verdict(given: Given, row: Row, expected: int) -> tuple[CoverageStatus, str]:
    if not given.answers and not given.faults:
        return _SKIPPED, "only workflow files were read"
    has = len(given.answers.get(row.kind, ()))
    if row.kind in given.faults:
        status = CoverageStatus.PARTIAL if has else CoverageStatus.DENIED
        return status, f"GitHub answered `{given.faults[row.kind]}`"
    if row.kind == REPOSITORIES.kind:
        whole = any(not name for name, _ in given.answers.get(row.kind, ()))
        return (CoverageStatus.COMPLETE, "") if whole else _absent(row, has)
    if row.for_each and row.for_each not in given.answers:
        return CoverageStatus.FAILED, f"`{row.for_each}` is not in the import"
    return (CoverageStatus.COMPLETE, "") if has >= expected else _absent(row, has, expected)


def _absent(row: Row, has: int, expected: int = 1) -> tuple[CoverageStatus, str]:
    command = f"gh api --paginate {row.operation.lstrip('/')}"
    if has:
        return CoverageStatus.PARTIAL, f"in the import for {has} of {expected}: add what `{command}` writes"
    extra = row.kind in _EXTRA and row is not OWNER
    return (
        (_SKIPPED, "not in the import")
        if extra
        else (
            CoverageStatus.FAILED,
            f"not in the import: add what `{command}` writes",
        )
    )


def _installed(given: Given) -> tuple[CoverageStatus, str]:
    """The repositories of installations: there is nothing to list where all are of all repositories."""
    if kinds.INSTALLATIONS not in given.answers:
        return (
            (CoverageStatus.FAILED, f"`{kinds.INSTALLATIONS}` is not in the import")
            if given.answers
            else (
                _SKIPPED,
                "only workflow files were read",
            )
        )
    apps = given.records.get(kinds.INSTALLATIONS, ())
    chosen = any(one.get("repository_selection") != "all" for _, one in apps)
    return (CoverageStatus.FAILED, _APPS) if chosen else (CoverageStatus.COMPLETE, "")


def _files(given: Given, count: int) -> tuple[CoverageStatus, str]:
    """Workflow files: all of those of a checkout; one by one where they came as answers."""
    if given.gaps:
        return CoverageStatus.PARTIAL, "; ".join(sorted(given.gaps)[:3])
    came: dict[str, set[str]] = {}
    for of, one in given.records.get(kinds.WORKFLOW_FILES, ()):
        came.setdefault(str(of.get("full_name", "")).lower(), set()).add(str(one.get("path", "")))
    listed = {name for name, paths in given.listed.items() if paths <= came.get(name, set())}
    seen = {name.lower() for name in given.checkouts} | listed
    if len(seen) >= count:
        return CoverageStatus.COMPLETE, ""
    command = "gh api repos/OWNER/NAME/contents/.github/workflows"
    status = CoverageStatus.PARTIAL if given.records.get(kinds.WORKFLOW_FILES) else CoverageStatus.FAILED
    told = (
        f"those of {len(seen)} of {count} repositories are in the import: add checkouts of the others, or what "
        f"`{command}` writes, and the same for each file in it"
    )
    return status, told


def _row(given: Given, kind: str, status: CoverageStatus, detail: str) -> Coverage:
    return Coverage(
        provider=_PROVIDER,
        scope_id=given.scope_id,
        record_kind=kind,
        status=status,
        detail=detail,
        records=len(given.records.get(kind, ())),
    )
