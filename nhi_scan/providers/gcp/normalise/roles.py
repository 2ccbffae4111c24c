"""Roles: predefined ones, basic ones, and those that customers make.

https://cloud.google.com/iam/docs/reference/rest/v1/roles. A disabled or deleted role gives nothing, though bindings
to it remain: https://cloud.google.com/iam/docs/creating-custom-roles#disabling-custom-role
"""

from collections.abc import Iterator
from dataclasses import dataclass
from sys import intern

from nhi_scan.model.policy import Effect, Policy, Statement
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source

VERSION = ""
_CUSTOM = ("projects/", "organizations/")


@dataclass(slots=True)
class Role:
    """`Role`, with its permissions."""

    name: str = ""
    title: str | None = None
    stage: str | None = None
    deleted: bool | None = None
    includedPermissions: list[str] | None = None  # noqa: N815 - Google's spelling


@dataclass(slots=True)
class _Data:
    data: Role


@dataclass(slots=True)
class _Asset:
    resource: _Data
    name: str = ""


def read_roles(source: Source, hierarchy: Hierarchy) -> dict[str, frozenset[str]]:
    """All roles.

    Returns:
        The permissions that each gives, by the role's id.
    """
    permissions: dict[str, frozenset[str]] = {}
    for kind, scope_id, role in _roles(source):
        if not role.name.startswith(("roles/", *_CUSTOM)) or role.name.count("/") not in (1, 3):
            source.note(kind, scope_id, "roles without a name")
            continue
        policy = _policy(role, hierarchy)
        source.records.policies.append(policy)
        permissions[policy.id] = frozenset(action for one in policy.statements for action in one.actions)
    return permissions


def _roles(source: Source) -> Iterator[tuple[str, str, Role]]:
    for kind in ("iam-predefined-roles", "iam-custom-roles"):
        for scope_id, role in source.typed(kind, Role):
            yield kind, scope_id, role
    for scope_id, asset in source.typed("asset-iam-role", _Asset):
        role = asset.resource.data
        role.name = role.name or asset.name.partition("iam.googleapis.com/")[2]
        yield "asset-iam-role", scope_id, role


def _policy(role: Role, hierarchy: Hierarchy) -> Policy:
    predefined = role.name.startswith("roles/")
    gives = not role.deleted and role.stage != "DISABLED"
    actions = tuple(sorted({intern(name) for name in role.includedPermissions or ()})) if gives else ()
    id_ = role.name
    scope_id = ""
    if not predefined:
        scope_id = hierarchy.scope_id(role.name.partition("/roles/")[0])
        id_ = f"{scope_id}/roles/{role.name.rpartition('/')[2]}"
    return Policy(
        id=id_,
        provider=PROVIDER,
        kind="role",
        name=role.title or id_,
        scope_id=scope_id,
        managed_by_provider=predefined,
        statements=(Statement(effect=Effect.ALLOW, actions=actions),) if actions else (),
        version=VERSION,
        attachable=gives,
    )
