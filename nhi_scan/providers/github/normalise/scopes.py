"""Organizations and repositories, with the settings that decide what their workflows may do.

https://docs.github.com/rest/orgs/orgs, https://docs.github.com/rest/repos/repos and
https://docs.github.com/rest/actions/permissions.

Attributes of an organization: `type` (`Organization`, `User`), `organization_id`, `default_permission` (what members
may do in every repository: `none`, `read`, `write`, `admin`), `two_factor_required`, `members_can_create_repositories`,
`actions_enabled` (`all`, `none`, `selected`), `actions_allowed` (`all`, `local_only`, `selected`),
`sha_pinning_required`, `default_workflow_permissions` (`read`, `write`), `can_approve_reviews`, `fork_pr_approval`,
`oidc_sub_keys` (with spaces between them), `oidc_immutable`.

Attributes of a repository: `visibility` (`public`, `private`, `internal`), `default_branch`, `repository_id`, `fork`,
`allows_forking`, `actions_enabled`, `actions_allowed`, `sha_pinning_required`, `default_workflow_permissions` (its own,
else the organization's), `can_approve_reviews`, `fork_pr_approval`, `oidc_use_default`, `oidc_sub_keys`,
`oidc_immutable`, `oidc_sub_prefix`, `default_branch_protected` and `rulesets` (see `branches`).

Tags of a repository are its custom properties (https://docs.github.com/rest/orgs/custom-properties) and its topics,
which have no value.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from nhi_scan.inventory.coverage import CoverageIndex, coverage_parents
from nhi_scan.model import github_ids
from nhi_scan.model.scope import Scope
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, flag, number, told, word
from nhi_scan.snapshot.values import objects, text, texts

Values = Mapping[str, str | None]

_CREATE = "members_can_create_repositories"


def read_scopes(source: Source) -> Places:
    """Read organizations, repositories and their settings; afterwards coverage walks up from repositories."""
    places = Places(source)
    for scope_id in sorted(source.folders.values()):
        places.organization(scope_id)
    _organizations(source, places)
    _repositories(source, places)
    _settings(source, places)
    _properties(source, places)
    _inherit(places)
    source.coverage = CoverageIndex(source.records.coverage, coverage_parents(places.scopes.values()))
    return places


def _organizations(source: Source, places: Places) -> None:
    for scope_id, _, record in source.plain(kinds.ORGANIZATIONS):
        login = word(record, "login") or ""
        if github_ids.organization(github_ids.host_in(scope_id), login) != scope_id:
            source.note(kinds.ORGANIZATIONS, scope_id, "organizations without a name, or of another")
            continue
        status = "archived" if word(record, "archived_at") else "active"
        places.scopes[scope_id] = replace(places.scopes[scope_id], name=login, status=status)
        places.tell(
            scope_id,
            {
                "type": word(record, "type"),
                "organization_id": number(record, "id"),
                "default_permission": word(record, "default_repository_permission"),
                "two_factor_required": flag(record, "two_factor_requirement_enabled"),
                _CREATE: flag(record, _CREATE),
            },
        )


def _repositories(source: Source, places: Places) -> None:
    for scope_id, _, record in source.plain(kinds.REPOSITORIES):
        full_name = word(record, "full_name") or ""
        owner, _, name = full_name.partition("/")
        id_ = github_ids.of_full_name(github_ids.host_in(scope_id), full_name)
        if not id_:
            source.note(kinds.REPOSITORIES, scope_id, "repositories without a name")
            continue
        parent = places.organization(github_ids.organization_of(id_), owner)
        places.add(
            Scope(
                id=id_,
                provider=PROVIDER,
                kind="repository",
                name=name,
                parent_id=parent,
                status="archived" if record.get("archived") is True else "active",
                collected=scope_id in source.swept,
                tags=tuple((topic, "") for topic in sorted(set(texts(record.get("topics"))))),
                attributes=told(
                    visibility=word(record, "visibility") or _visibility(record),
                    default_branch=word(record, "default_branch"),
                    repository_id=number(record, "id"),
                    fork=flag(record, "fork"),
                    allows_forking=flag(record, "allow_forking"),
                ),
            ),
            number(record, "id"),
        )


def _visibility(record: Mapping[str, Any]) -> str | None:
    """Of a server that does not say it in a word."""
    private = flag(record, "private")
    return None if private is None else "private" if private == "true" else "public"


def _actions(record: Mapping[str, Any]) -> Values:
    return {
        "actions_enabled": flag(record, "enabled") or word(record, "enabled_repositories"),
        "actions_allowed": word(record, "allowed_actions"),
        "sha_pinning_required": flag(record, "sha_pinning_required"),
    }


def _workflow(record: Mapping[str, Any]) -> Values:
    default = word(record, "default_workflow_permissions")
    return {
        "default_workflow_permissions": default if default in ("read", "write") else None,
        "can_approve_reviews": flag(record, "can_approve_pull_request_reviews"),
    }


def _oidc(record: Mapping[str, Any]) -> Values:
    keys = record.get("include_claim_keys")
    return {
        "oidc_use_default": flag(record, "use_default"),
        "oidc_sub_keys": " ".join(texts(keys)) if isinstance(keys, list) else None,
        "oidc_immutable": flag(record, "use_immutable_subject"),
        "oidc_sub_prefix": word(record, "sub_claim_prefix"),
    }


def _forks(record: Mapping[str, Any]) -> Values:
    return {"fork_pr_approval": word(record, "approval_policy")}


def _selected(record: Mapping[str, Any]) -> Values:
    return {
        "actions_github_owned": flag(record, "github_owned_allowed"),
        "actions_verified": flag(record, "verified_allowed"),
        "actions_patterns": " ".join(texts(record.get("patterns_allowed"))),
    }


_OF_ORGANIZATION: tuple[tuple[str, Callable[[Mapping[str, Any]], Values]], ...] = (
    (kinds.ORG_ACTIONS_PERMISSIONS, _actions),
    (kinds.ORG_SELECTED_ACTIONS, _selected),
    (kinds.ORG_WORKFLOW_PERMISSIONS, _workflow),
    (kinds.ORG_FORK_APPROVAL, _forks),
    (kinds.ORG_OIDC, _oidc),
)
_OF_REPOSITORY: tuple[tuple[str, Callable[[Mapping[str, Any]], Values]], ...] = (
    (kinds.REPO_ACTIONS_PERMISSIONS, _actions),
    (kinds.REPO_WORKFLOW_PERMISSIONS, _workflow),
    (kinds.REPO_FORK_APPROVAL, _forks),
    (kinds.REPO_OIDC, _oidc),
)


def _settings(source: Source, places: Places) -> None:
    for kind, read in _OF_ORGANIZATION:
        for scope_id, _, record in source.plain(kind):
            places.tell(scope_id, read(record))
    for kind, read in _OF_REPOSITORY:
        for scope_id, fields, record in source.plain(kind):
            repository = places.of(scope_id, fields)
            if repository:
                places.tell(repository, read(record))
            else:
                source.note(kind, scope_id, "settings of a repository that nothing names")


def _properties(source: Source, places: Places) -> None:
    for scope_id, _, record in source.plain(kinds.REPOSITORY_PROPERTIES):
        repository = places.repository(scope_id, record, "repository_full_name", "repository_id")
        if not repository:
            source.note(kinds.REPOSITORY_PROPERTIES, scope_id, "properties of a repository that nothing names")
            continue
        scope = places.scopes[repository]
        places.scopes[repository] = replace(
            scope, tags=tuple(sorted({**dict(scope.tags), **dict(_values(record))}.items()))
        )


def _values(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in objects(record, "properties"):
        name, value = text(one, "property_name"), one.get("value")
        if name:
            yield name, value if isinstance(value, str) else ", ".join(texts(value))


def _inherit(places: Places) -> None:
    """A repository of which nobody could ask has its organization's default; whether Actions are on is its own."""
    for scope in places.repositories():
        parent = scope.parent_id or ""
        for name in ("default_workflow_permissions", "can_approve_reviews"):
            places.tell(scope.id, {name: places.told(parent, name)})
        if places.told(parent, "actions_enabled") == "none":
            places.tell(scope.id, {"actions_enabled": "false"})
