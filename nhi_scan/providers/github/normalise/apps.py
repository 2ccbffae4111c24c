"""Installations of GitHub Apps.

https://docs.github.com/rest/orgs/orgs#list-app-installations-for-an-organization. Attributes: `app_id`, `client_id`,
`repository_selection` (`all`, `selected`), `suspended`, `events` (with spaces between them), `updated_at`.

GitHub's own apps, which nobody else can register under the name, are managed by the provider.
"""

from nhi_scan.model import github_ids
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.normalise.grants import bind, names, selected, write_policy
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, number, told, word
from nhi_scan.snapshot.values import moment

_OWN = frozenset(
    {
        "copilot-pull-request-reviewer",
        "copilot-swe-agent",
        "dependabot",
        "github-actions",
        "github-advanced-security",
        "github-code-quality",
        "github-code-scanning",
        "github-codespaces",
        "github-merge-queue",
        "github-pages",
    }
)


def read_apps(source: Source, places: Places) -> None:
    """Read the installations of every organization."""
    repositories = selected(source, places, kinds.INSTALLATION_REPOSITORIES, "installation_id")
    seen: set[str] = set()
    for scope_id, _, record in source.plain(kinds.INSTALLATIONS):
        own = number(record, "id")
        if own is None:
            source.note(kinds.INSTALLATIONS, scope_id, "installations without a number")
            continue
        id_ = github_ids.installation(scope_id, own)
        if id_ in seen:
            continue
        seen.add(id_)
        slug = word(record, "app_slug") or f"app {number(record, 'app_id') or own}"
        suspended = word(record, "suspended_at")
        selection = word(record, "repository_selection")
        source.records.identities.append(
            Identity(
                id=id_,
                provider=PROVIDER,
                kind="app",
                nature=Nature.NON_HUMAN,
                nature_reason="an installation of a GitHub App",
                name=slug,
                scope_id=scope_id,
                unique_id=number(record, "app_id"),
                status="disabled" if suspended else "active",
                managed_by_provider=slug in _OWN,
                created_at=moment(record.get("created_at")),
                owner=places.owner(scope_id),
                attributes=told(
                    app_id=number(record, "app_id"),
                    client_id=word(record, "client_id"),
                    events=names(record.get("events")),
                    repository_selection=selection,
                    suspended=str(bool(suspended)).lower(),
                    updated_at=word(record, "updated_at"),
                ),
            )
        )
        policy = write_policy(source, id_, f"permissions of {slug}", scope_id, record.get("permissions"))
        if selection != "selected":
            bind(source, id_, policy, [scope_id])
        else:
            bind(source, id_, policy, repositories.get((scope_id, own), ()))
