"""Workflow files and the actions beside them, taken apart; one that GitHub would refuse is a row of coverage."""

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.github_ids import WORKFLOWS
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, word
from nhi_scan.providers.github.workflows.calls import Files
from nhi_scan.providers.github.workflows.jobs import read_action, read_workflow
from nhi_scan.providers.github.workflows.nodes import MalformedError

_SUFFIXES = (".yml", ".yaml")
_ACTIONS = ("action.yml", "action.yaml")
_MOST_ROWS = 20  # of files of one repository that cannot be read, each in a row of its own

Named = dict[tuple[str, str], str]  # (`owner/name` in lower case, path) -> id of the repository


def read_files(source: Source, places: Places) -> tuple[Files, Named]:
    """Read all workflow files.

    Returns:
        The files, and of which repository each is.
    """
    files, named = Files(), Named()
    faults: dict[str, list[str]] = {}
    for scope_id, fields, record in source.plain(kinds.WORKFLOW_FILES):
        repository, path = places.of(scope_id, fields), word(record, "path")
        if not repository or not path:
            source.note(kinds.WORKFLOW_FILES, scope_id, "workflow files without a path or a repository")
            continue
        text = record.get("text")
        if not isinstance(text, str):
            faults.setdefault(repository, []).append(f"`{path}` was not read: it is too large")
            continue
        place = (places.full_name(repository).lower(), path)
        try:
            _keep(files, named, place, repository, text)
        except MalformedError as error:
            faults.setdefault(repository, []).append(f"{path}:{error.line}:{error.column}: {_printable(error.problem)}")
    for repository in sorted(faults):
        _report(source, repository, faults[repository])
    return files, named


def _keep(files: Files, named: Named, place: tuple[str, str], repository: str, text: str) -> None:
    path = place[1]
    if path.startswith(WORKFLOWS) and path.endswith(_SUFFIXES):
        if place not in files.workflows:
            files.workflows[place] = read_workflow(text)
            named[place] = repository
    elif path.rpartition("/")[2] in _ACTIONS:
        files.actions.setdefault(place[0], {}).setdefault(path.rpartition("/")[0], (path, read_action(text)))


def _report(source: Source, repository: str, faults: list[str]) -> None:
    rows = faults[:_MOST_ROWS]
    if len(faults) > _MOST_ROWS:
        rows.append(f"workflow files that cannot be read besides: {len(faults) - _MOST_ROWS}")
    for detail in rows:
        source.records.coverage.append(
            Coverage(
                provider=PROVIDER,
                scope_id=repository,
                record_kind=kinds.WORKFLOW_FILES,
                status=CoverageStatus.PARTIAL,
                detail=detail[:500],
            )
        )


def _printable(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
