"""Secrets by their names: no interface gives what they hold.

https://docs.github.com/rest/actions/secrets. Attributes: `kind` (`actions`, `dependabot`), `updated_at`,
`visibility` (of an organization's: `all`, `private`, `selected`), `repositories` (of `selected`: ids, with spaces
between them; missing where they could not be listed).
"""

from nhi_scan.model import github_ids
from nhi_scan.model.identity import Resource
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, told, word
from nhi_scan.snapshot.values import moment

_KINDS = (
    (kinds.ORG_SECRETS, "actions"),
    (kinds.ORG_DEPENDABOT_SECRETS, "dependabot"),
    (kinds.REPO_SECRETS, "actions"),
    (kinds.ENVIRONMENT_SECRETS, "actions"),
    (kinds.DEPENDABOT_SECRETS, "dependabot"),
)
_OF_ORGANIZATION = frozenset({kinds.ORG_SECRETS, kinds.ORG_DEPENDABOT_SECRETS})


def read_secrets(source: Source, places: Places) -> None:
    """Read the secrets of organizations, repositories and environments."""
    shared = _shared(source, places)
    seen: set[str] = set()
    for kind, sort in _KINDS:
        for scope_id, fields, record in source.plain(kind):
            parent = scope_id if kind in _OF_ORGANIZATION else places.of(scope_id, fields)
            environment, name = word(fields, "environment"), word(record, "name")
            if not parent or not name or (kind == kinds.ENVIRONMENT_SECRETS and not environment):
                source.note(kind, scope_id, "secrets without a name or a place")
                continue
            above = github_ids.environment(parent, environment) if environment else parent
            id_ = github_ids.secret(above, name, sort)
            if id_ in seen:
                continue
            seen.add(id_)
            listed = shared.get((scope_id, name.lower())) if kind == kinds.ORG_SECRETS else None
            source.records.resources.append(
                Resource(
                    id=id_,
                    provider=PROVIDER,
                    kind="actions_secret",
                    name=name,
                    scope_id=parent,
                    sensitivity="secret",
                    created_at=moment(record.get("created_at")),
                    attributes=told(
                        kind=sort,
                        updated_at=word(record, "updated_at"),
                        visibility=word(record, "visibility"),
                        repositories=_repositories(source, scope_id, word(record, "visibility"), listed, kind),
                    ),
                )
            )


def _shared(source: Source, places: Places) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for scope_id, fields, record in source.plain(kinds.ORG_SECRET_REPOSITORIES):
        repository, name = places.repository(scope_id, record), word(fields, "secret")
        if repository and name:
            found.setdefault((scope_id, name.lower()), set()).add(repository)
        else:
            source.note(kinds.ORG_SECRET_REPOSITORIES, scope_id, "repositories of a secret that nothing names")
    return found


def _repositories(
    source: Source, scope_id: str, visibility: str | None, listed: set[str] | None, kind: str
) -> str | None:
    if visibility != "selected" or kind != kinds.ORG_SECRETS:
        return None
    if listed is None and not source.coverage.covered(scope_id, kinds.ORG_SECRET_REPOSITORIES):
        return None
    return " ".join(sorted(listed or ()))
