"""Permissions of GitHub Apps and of fine-grained tokens, and the repositories that they count in.

https://docs.github.com/rest/overview/permissions-required-for-github-apps
"""

from collections.abc import Iterable, Mapping
from typing import Any

from nhi_scan.model import github_ids
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, number


def actions_of(permissions: object) -> tuple[str, ...] | None:
    """Write permissions as actions, `contents=write`, sorted; None where they are nothing of the kind.

    Those of a token stand below `organization`, `repository` and `other`.
    """
    if not isinstance(permissions, dict):
        return None
    found: set[str] = set()
    for name, level in permissions.items():
        if isinstance(level, str) and isinstance(name, str) and name and level:
            found.add(f"{name}={level}")
        elif isinstance(level, dict):
            found.update(f"{inner}={word}" for inner, word in level.items() if inner and isinstance(word, str) and word)
    return tuple(sorted(action for action in found if not any(letter.isspace() for letter in action)))


def write_policy(source: Source, identity_id: str, name: str, scope_id: str, permissions: object) -> str:
    """Add the policy of an installation or a token, and return its id."""
    actions = actions_of(permissions)
    id_ = github_ids.permissions(identity_id)
    source.records.policies.append(
        Policy(
            id=id_,
            provider=PROVIDER,
            kind="role",
            name=name,
            scope_id=scope_id,
            version="",
            statements=(Statement(effect=Effect.ALLOW, actions=actions),) if actions else (),
            complete=actions is not None,
            attachable=False,  # it is its holder's own, and nobody else can be given it
        )
    )
    return id_


def bind(source: Source, identity_id: str, policy_id: str, scope_ids: Iterable[str]) -> None:
    """Give a policy to an identity at places."""
    for scope_id in sorted(set(scope_ids)):
        source.records.bindings.append(
            Binding(id=f"{policy_id}@{scope_id}", principal_id=identity_id, policy_id=policy_id, scope_id=scope_id)
        )


def selected(source: Source, places: Places, kind: str, key: str) -> Mapping[tuple[str, str], list[str]]:
    """Return the repositories of each installation or token, by organization and number."""
    found: dict[tuple[str, str], list[str]] = {}
    for scope_id, fields, record in source.plain(kind):
        repository, of = places.repository(scope_id, record), number(fields, key)
        if repository and of:
            found.setdefault((scope_id, of), []).append(repository)
        else:
            source.note(kind, scope_id, "repositories of a grant that nothing names")
    return found


def names(value: Any) -> str:
    """Return the texts of a list as one, with spaces between them."""
    return " ".join(sorted(one for one in value if isinstance(one, str))) if isinstance(value, list) else ""
