"""Self-hosted runners and their groups, and webhooks.

https://docs.github.com/rest/actions/self-hosted-runners, https://docs.github.com/rest/actions/self-hosted-runner-groups
and https://docs.github.com/rest/orgs/webhooks.

Attributes of a runner: `os`, `status`, `labels` (with spaces between them), `ephemeral`, `runner_group` (the number of
its group). Of a group: `visibility` (`all`, `private`, `selected`), `default`, `allows_public_repositories`,
`restricted_to_workflows`, `repositories` (ids, of `selected`). Of a webhook: `host` (of its address, the rest of which
may hold a key), `insecure_ssl`, `has_secret`, `active`, `events`.
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model import github_ids
from nhi_scan.model.identity import Resource, Workload
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.normalise.grants import names, selected
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, flag, number, told, word
from nhi_scan.snapshot.values import moment, objects, text, within

_INSECURE = {"0": "false", "1": "true"}


def read_runners(source: Source, places: Places) -> None:
    """Read the runners of organizations and repositories."""
    for kind in (kinds.RUNNERS, kinds.REPO_RUNNERS):
        for scope_id, fields, record in source.plain(kind):
            place = scope_id if kind == kinds.RUNNERS else places.of(scope_id, fields)
            own = number(record, "id")
            if not place or own is None:
                source.note(kind, scope_id, "runners without a number or a place")
                continue
            status = word(record, "status")
            labels = " ".join(sorted({text(label, "name") for label in objects(record, "labels")} - {""}))
            source.records.workloads.append(
                Workload(
                    id=github_ids.runner(place, own),
                    provider=PROVIDER,
                    kind="self_hosted_runner",
                    name=word(record, "name") or own,
                    scope_id=place,
                    owner=places.owner(place),
                    active=None if status is None else status == "online",
                    attributes=told(
                        os=word(record, "os"),
                        status=status,
                        labels=labels,
                        ephemeral=flag(record, "ephemeral"),
                        runner_group=number(record, "runner_group_id"),
                    ),
                )
            )


def read_runner_groups(source: Source, places: Places) -> None:
    """Read the groups of runners of organizations."""
    repositories = selected(source, places, kinds.RUNNER_GROUP_REPOSITORIES, "runner_group_id")
    for scope_id, _, record in source.plain(kinds.RUNNER_GROUPS):
        own = number(record, "id")
        if own is None:
            source.note(kinds.RUNNER_GROUPS, scope_id, "groups of runners without a number")
            continue
        listed = repositories.get((scope_id, own))
        if listed is None and source.coverage.covered(scope_id, kinds.RUNNER_GROUP_REPOSITORIES):
            listed = []
        chosen = word(record, "visibility") == "selected" and listed is not None
        source.records.resources.append(
            Resource(
                id=github_ids.runner_group(scope_id, own),
                provider=PROVIDER,
                kind="runner_group",
                name=word(record, "name") or own,
                scope_id=scope_id,
                sensitivity="control",
                attributes=told(
                    visibility=word(record, "visibility"),
                    default=flag(record, "default"),
                    inherited=flag(record, "inherited"),
                    allows_public_repositories=flag(record, "allows_public_repositories"),
                    restricted_to_workflows=flag(record, "restricted_to_workflows"),
                    repositories=" ".join(sorted(set(listed or ()))) if chosen else None,
                ),
            )
        )


def read_webhooks(source: Source, places: Places) -> None:
    """Read the webhooks of organizations and repositories."""
    for kind, what in ((kinds.ORG_WEBHOOKS, "organization_webhook"), (kinds.WEBHOOKS, "repository_webhook")):
        for scope_id, fields, record in source.plain(kind):
            place = scope_id if kind == kinds.ORG_WEBHOOKS else places.of(scope_id, fields)
            own = number(record, "id")
            if not place or own is None:
                source.note(kind, scope_id, "webhooks without a number or a place")
                continue
            config = within(record, "config")
            host = _host(config)
            source.records.resources.append(
                Resource(
                    id=github_ids.webhook(place, own),
                    provider=PROVIDER,
                    kind=what,
                    name=host or own,
                    scope_id=place,
                    created_at=moment(record.get("created_at")),
                    attributes=told(
                        active=flag(record, "active"),
                        events=names(record.get("events")),
                        has_secret=flag(config, "has_secret") or (str("secret" in config).lower() if config else None),
                        host=host or None,
                        insecure_ssl=_INSECURE.get(str(config.get("insecure_ssl"))),
                    ),
                )
            )


def _host(config: Mapping[str, Any]) -> str:
    """The host of an address alone: the rest of it may be all the secret there is."""
    address = text(config, "host") or text(config, "url")
    return address.rpartition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2].lower()[:255]
