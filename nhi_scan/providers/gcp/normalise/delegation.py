"""Domain-wide delegation: which service accounts may act as anybody of a Google Workspace, and for which scopes.

https://support.google.com/a/answer/162106: only the Admin console lists it, and no API of Google Cloud. What an import
brings of that list counts; where there is none, coverage says how to bring it.
"""

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import text, texts

KIND = "workspace-domain-wide-delegation"
NOT_LISTED = (
    "no API of Google Cloud lists which service accounts may act as anybody of Workspace: `import gcp` takes a CSV or"
    " JSON file of the Admin console's list (Security, API controls, domain-wide delegation)"
)


class Delegations:
    """What the Admin console lists, by client id: of a service account, its unique id."""

    def __init__(self, source: Source) -> None:
        """Read the list."""
        self._covered = source.coverage.covered
        self._scopes: dict[str, set[str]] = {}
        for scope_id, _, record in source.plain(KIND):
            client = text(record, "clientId")
            if not client:
                source.note(KIND, scope_id, "delegations without a client id")
                continue
            self._scopes.setdefault(client, set()).update(texts(record.get("scopes")))

    def of(self, unique_id: str, project: str) -> tuple[str, ...] | None:
        """Return for which scopes an account may act as anybody, sorted; None where nobody could look."""
        found = self._scopes.get(unique_id)
        if found is not None:
            return tuple(sorted(found))
        return () if unique_id and self._covered(project, KIND) is True else None


def note_missing(source: Source, hierarchy: Hierarchy) -> None:
    """Say of each topmost scope that it was not listed, where it was not."""
    for scope in hierarchy.scopes.values():
        if scope.parent_id not in hierarchy.scopes and source.coverage.covered(scope.id, KIND) is not True:
            source.records.coverage.append(
                Coverage(
                    provider=PROVIDER,
                    scope_id=scope.id,
                    record_kind=KIND,
                    status=CoverageStatus.SKIPPED,
                    detail=NOT_LISTED,
                )
            )
