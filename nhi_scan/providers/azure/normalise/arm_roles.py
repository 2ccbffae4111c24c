"""Roles of Resource Manager: Microsoft's own and those that customers make.

https://learn.microsoft.com/azure/role-based-access-control/role-definitions. What is in `notActions` is taken from
`actions` of the same set and denies nothing; a set may have a condition, and then gives nothing without it
(https://learn.microsoft.com/azure/role-based-access-control/conditions-overview).
"""

from collections.abc import Iterator
from sys import intern

from nhi_scan.model import arm_ids
from nhi_scan.model.policy import Effect, Policy, PrincipalPattern, Statement
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Record, abac, arm_role, properties
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, objects, text, texts

_LISTS = (kinds.ARG_ROLE_DEFINITIONS, "arm-role-definitions")
_PLANES = (("control", "actions", "notActions"), ("data", "dataActions", "notDataActions"))
_CUSTOM = "customrole"


def read_arm_roles(source: Source, scopes: Scopes) -> None:
    """All role definitions, each once: a subscription lists Microsoft's again.

    Only newer versions of the API tell the conditions inside a role: a record that has them goes before one that does
    not (https://learn.microsoft.com/rest/api/authorization/role-definitions/list).
    """
    found: dict[str, Policy] = {}
    for kind in _LISTS:
        for scope_id, _, record in source.plain(kind):
            id_ = arm_role(text(record, "id"))
            own = properties(record)
            if not id_ or not isinstance(own.get("permissions"), list):
                source.note(kind, scope_id, "role definitions without an id or without permissions")
            if id_ and (id_ not in found or (not _conditional(found[id_]) and _tells_condition(own))):
                found[id_] = _policy(id_, own, scopes, scope_id)
    source.records.policies += found.values()


def _conditional(policy: Policy) -> bool:
    return any(one.conditions for one in policy.statements)


def _tells_condition(own: Record) -> bool:
    return any(_spelled(one).get("condition") for one in objects(own, "permissions"))


def _policy(id_: str, own: Record, scopes: Scopes, scope_id: str) -> Policy:
    builtin = _CUSTOM not in (text(own, "type").lower(), text(own, "roleType").lower())  # `az` has another name for it
    assignable = texts(own.get("assignableScopes"))
    home = "" if builtin or not assignable else scopes.place(assignable[0], scope_id)
    statements, fault = permission_sets(own.get("permissions"), Effect.ALLOW)
    return Policy(
        id=id_,
        provider=PROVIDER,
        kind="role",
        name=text(own, "roleName") or arm_ids.name_of(id_),
        scope_id=home or scopes.tenant_of(scope_id),
        managed_by_provider=builtin,
        statements=statements,
        version="",
        created_at=moment(own.get("createdOn")),
        updated_at=moment(own.get("updatedOn")),
        complete=not fault,
    )


def permission_sets(
    written: object,
    effect: Effect,
    principals: tuple[PrincipalPattern, ...] = (),
    not_principals: tuple[PrincipalPattern, ...] = (),
) -> tuple[tuple[Statement, ...], bool]:
    """The statements of a list of permission sets, one for each plane that a set says something of.

    Args:
        written: the list as Microsoft writes it, of a role or of a deny assignment.
        effect: what the sets do.
        principals: whom they are about, where they say so themselves.
        not_principals: whom they are not about.

    Returns:
        The statements, and whether something in the list could not be read.
    """
    if not isinstance(written, list):
        return (), True
    found: list[Statement] = []
    fault = False
    for position, item in enumerate(written):
        if not isinstance(item, dict):
            fault = True
            continue
        one = _spelled(item)
        condition = abac(one)
        for plane, actions, not_actions in _PLANES:
            fault = fault or not all(_is_texts(one.get(name)) for name in (actions, not_actions))
            if one.get(actions):
                found.append(
                    Statement(
                        sid=f"permissions[{position}].{actions}",
                        effect=effect,
                        actions=tuple(_interned(one.get(actions))),
                        not_actions=tuple(_interned(one.get(not_actions))),
                        principals=principals,
                        not_principals=not_principals,
                        conditions=(condition,) if condition else (),
                        index=len(found),
                        plane=plane,
                    )
                )
    return tuple(found), fault


def _spelled(one: Record) -> Record:
    """Spell the names of a permission set as Resource Manager does: Resource Graph and PowerShell write `Actions`, too.

    https://learn.microsoft.com/azure/governance/resource-graph/samples/samples-by-table#authorizationresources
    """
    return {name[:1].lower() + name[1:]: value for name, value in one.items()}


def _is_texts(written: object) -> bool:
    return written is None or (isinstance(written, list) and all(isinstance(one, str) for one in written))


def _interned(written: object) -> Iterator[str]:
    for one in texts(written):
        try:
            yield intern(one)
        except TypeError:  # a subclass of str, which no decoder gives
            yield one
