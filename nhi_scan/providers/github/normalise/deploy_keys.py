"""Deploy keys: SSH keys that read or write one repository.

https://docs.github.com/rest/deploy-keys/deploy-keys. Attributes of the identity: `read_only`, `verified`, `added_by`
(a person's name), `enabled`.
"""

from nhi_scan.model import github_ids
from nhi_scan.model.identity import Credential, Identity, Nature
from nhi_scan.providers.github import kinds
from nhi_scan.providers.github.normalise.places import Places
from nhi_scan.providers.github.normalise.source import PROVIDER, Source, flag, number, told, word
from nhi_scan.providers.github.normalise.tokens import last_used
from nhi_scan.snapshot.values import moment


def read_deploy_keys(source: Source, places: Places) -> None:
    """Read the deploy keys of every repository."""
    seen: set[str] = set()
    for scope_id, fields, record in source.plain(kinds.DEPLOY_KEYS):
        repository, own = places.of(scope_id, fields), number(record, "id")
        if not repository or own is None:
            source.note(kinds.DEPLOY_KEYS, scope_id, "deploy keys without a number or a repository")
            continue
        id_ = github_ids.deploy_key(repository, own)
        if id_ in seen:
            continue
        seen.add(id_)
        created_at, used = moment(record.get("created_at")), last_used(record, "last_used")
        enabled = flag(record, "enabled")
        name = word(record, "title") or f"key {own}"
        source.records.identities.append(
            Identity(
                id=id_,
                provider=PROVIDER,
                kind="deploy_key",
                nature=Nature.NON_HUMAN,
                nature_reason="a deploy key",
                name=name,
                scope_id=repository,
                status="disabled" if enabled == "false" else "active",
                created_at=created_at,
                last_authenticated=used,
                owner=places.owner(repository),
                attributes=told(
                    added_by=word(record, "added_by"),
                    enabled=enabled,
                    read_only=flag(record, "read_only"),
                    verified=flag(record, "verified"),
                ),
            )
        )
        source.records.credentials.append(
            Credential(
                id=f"{id_}#key",
                provider=PROVIDER,
                identity_id=id_,
                scope_id=repository,
                kind="ssh_public_key",
                name=name,
                status="inactive" if enabled == "false" else "active",
                created_at=created_at,
                # A key cannot be changed, only replaced.
                rotated_at=created_at,
                last_used=used,
                attributes=told(read_only=flag(record, "read_only")),
            )
        )
