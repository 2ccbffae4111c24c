"""Fine-grained personal access tokens that an organization has approved. Classic ones no interface lists.

https://docs.github.com/rest/orgs/personal-access-tokens. A token acts for a person and never has more than they. Its
owner is that person. Attributes: `repository_selection` (`all`, `subset`, `none`), `acts_for` (the person's name),
`token_id`, `granted_at`.
"""

from collections.abc import Mapping
from typing import Any, Literal

from nhi_scan.model import github_ids
from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, Credential, Identity, LastUsed, Nature
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.normalise.grants import bind, selected, write_policy
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, number, told, word
from nhi_scan.snapshot.values import moment, text, within


def read_tokens(source: Source, places: Places) -> None:
    """Read the grants of every organization."""
    repositories = selected(source, places, kinds.TOKEN_GRANT_REPOSITORIES, "grant_id")
    seen: set[str] = set()
    for scope_id, _, record in source.plain(kinds.TOKEN_GRANTS):
        own = number(record, "id")
        if own is None:
            source.note(kinds.TOKEN_GRANTS, scope_id, "tokens without a number")
            continue
        id_ = github_ids.access_token(scope_id, own)
        if id_ in seen:
            continue
        seen.add(id_)
        identity = _identity(source, record, id_, scope_id, own)
        source.records.identities.append(identity)
        source.records.credentials.append(_credential(source, record, identity))
        policy = write_policy(source, id_, f"permissions of {identity.name}", scope_id, record.get("permissions"))
        selection = word(record, "repository_selection")
        listed = repositories.get((scope_id, own), ())
        bind(source, id_, policy, listed if selection == "subset" else [scope_id])


def last_used(record: Mapping[str, Any], name: str) -> LastUsed:
    """Return a last use: a null says never, a missing field nothing."""
    at = moment(record.get(name))
    if at is not None:
        return LastUsed.on(at)
    return NEVER_USED if name in record and record[name] is None else USE_UNKNOWN


def _identity(source: Source, record: Mapping[str, Any], id_: str, scope_id: str, own: str) -> Identity:
    person = text(within(record, "owner"), "login")
    return Identity(
        id=id_,
        provider=PROVIDER,
        kind="access_token",
        nature=Nature.UNKNOWN,
        nature_reason="a token that acts for a person: nothing tells whether they or a program use it",
        name=word(record, "token_name") or f"token {number(record, 'token_id') or own}",
        scope_id=scope_id,
        unique_id=number(record, "token_id"),
        last_authenticated=last_used(record, "token_last_used_at"),
        owner=source.owners.named(person, "token") if person else None,
        attributes=told(
            acts_for=person or None,
            granted_at=word(record, "access_granted_at"),
            repository_selection=word(record, "repository_selection"),
            token_id=number(record, "token_id"),
        ),
    )


def _credential(source: Source, record: Mapping[str, Any], identity: Identity) -> Credential:
    expires_at = moment(record.get("token_expires_at"))
    gone = record.get("token_expired") is True or (expires_at is not None and expires_at <= source.captured_at)
    status: Literal["active", "expired"] = "expired" if gone else "active"
    return Credential(
        id=f"{identity.id}#token",
        provider=PROVIDER,
        identity_id=identity.id,
        scope_id=identity.scope_id,
        kind="api_token",
        name=identity.name,
        status=status,
        expires_at=expires_at,
        last_used=identity.last_authenticated,
        attributes=told(never_expires=_never(record)),
    )


def _never(record: Mapping[str, Any]) -> str | None:
    if "token_expires_at" not in record:
        return None
    return str(record["token_expires_at"] is None).lower()
