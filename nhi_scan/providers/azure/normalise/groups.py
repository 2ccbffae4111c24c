"""Groups, who is in them and who may put themselves in, and administrative units.

https://learn.microsoft.com/graph/api/resources/group. Groups may be in groups. Devices and contacts are left out: no
permission is theirs. Who is eligible: https://learn.microsoft.com/graph/api/resources/privilegedaccessgroupeligibilityscheduleinstance

Attributes of groups: `role_assignable` (`true`: it may have directory roles, so only few may change it), `dynamic`
(`true`: a rule says who is in it), `membership_rule`, `synced` (`true`: from a directory on premises), `security`.
Of administrative units: `restricted` (`true`: only its own administrators may change who is in it), `dynamic`.
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model.identity import Group
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.owners import GROUP, Owners
from nhi_scan.providers.azure.normalise.principals import Principals
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.shapes import Pairs, Record, flag, flag_or_null, guid, pairs, type_name
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, text, texts

UNITS = "/administrativeunits/"
_NO_PRINCIPALS = frozenset({"device", "orgContact", "contact"})


def read_groups(source: Source, scopes: Scopes, principals: Principals, owners: Owners) -> None:
    """All groups that were looked up, with their direct members."""
    members = _members(source, principals, kinds.GROUP_MEMBERS)
    eligible = _eligible(source, principals, owners)
    kind, seen = kinds.GROUPS, set[str]()
    for scope_id, _, record in source.plain(kind):
        id_, tenant = guid(record, "id"), scopes.tenant_of(scope_id)
        if not id_:
            source.note(kind, scope_id, "groups without an id")
            continue
        if id_ in seen:
            continue
        seen.add(id_)
        owners.of(record, kinds.GROUP_OWNERS, tenant, GROUP)
        listed = source.coverage.covered(tenant, kinds.GROUP_MEMBERS) is True
        source.records.groups.append(
            Group(
                id=id_,
                provider=PROVIDER,
                kind="entra_group",
                name=text(record, "displayName") or id_,
                scope_id=tenant,
                member_ids=tuple(sorted(members.get(id_, ()))),
                created_at=moment(record.get("createdDateTime")),
                complete=listed and not _is_hidden(record, members.get(id_)),
                eligible_member_ids=tuple(sorted(eligible.get(id_, ()))),
                attributes=_attributes(record),
            )
        )


def _is_hidden(record: Record, members: set[str] | None) -> bool:
    """Whether nobody is shown because Graph hides them from callers without the permission `Member.Read.Hidden`.

    https://learn.microsoft.com/graph/api/group-list-members and
    https://learn.microsoft.com/graph/api/administrativeunit-list-members
    """
    return not members and text(record, "visibility").lower() == "hiddenmembership"


def _attributes(record: Record) -> Pairs:
    rule = text(record, "membershipRule")
    dynamic = bool(rule) or "DynamicMembership" in texts(record.get("groupTypes"))
    return pairs(
        ("role_assignable", flag_or_null(record, "isAssignableToRole")),
        ("dynamic", "true" if dynamic else ""),
        ("membership_rule", rule),
        ("synced", flag_or_null(record, "onPremisesSyncEnabled")),
        ("security", flag(record.get("securityEnabled"))),
    )


def _members(source: Source, principals: Principals, kind: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for scope_id, of, record in source.plain(kind):
        group, member, type_ = guid(of, "id"), guid(record, "id"), type_name(record)
        if not group or not member:
            source.note(kind, scope_id, "members of nothing, or without an id")
        elif type_ not in _NO_PRINCIPALS:
            found.setdefault(group, set()).add(member)
            principals.see(member, type_, scope_id)
    return found


def _eligible(source: Source, principals: Principals, owners: Owners) -> dict[str, set[str]]:
    """Who may become a member by activating it; who may become an owner gets a binding."""
    kind = kinds.GROUP_ELIGIBILITY_INSTANCES
    found: dict[str, set[str]] = {}
    for scope_id, of, record in source.plain(kind):
        group, principal = guid(record, "groupId") or guid(of, "id"), guid(record, "principalId")
        access = text(record, "accessId").lower()
        if not group or not principal or access not in ("member", "owner"):
            source.note(kind, scope_id, "eligibility of nobody, or for nothing that is known")
            continue
        principals.see(principal, "", scope_id)
        if access == "member":
            found.setdefault(group, set()).add(principal)
        else:
            owners.bind(principal, group, GROUP, eligible=True)
    return found


def read_units(source: Source, scopes: Scopes, principals: Principals) -> None:
    """Administrative units: https://learn.microsoft.com/graph/api/resources/administrativeunit."""
    members = _members(source, principals, kinds.ADMINISTRATIVE_UNIT_MEMBERS)
    kind, seen = kinds.ADMINISTRATIVE_UNITS, set[str]()
    for scope_id, _, record in source.plain(kind):
        id_, tenant = guid(record, "id"), scopes.tenant_of(scope_id)
        if not id_:
            source.note(kind, scope_id, "administrative units without an id")
        elif id_ not in seen:
            seen.add(id_)
            source.records.groups.append(_unit(source, id_, tenant, record, members))


def _unit(source: Source, id_: str, tenant: str, record: Mapping[str, Any], members: dict[str, set[str]]) -> Group:
    return Group(
        id=UNITS + id_,
        provider=PROVIDER,
        kind="administrative_unit",
        name=text(record, "displayName") or id_,
        scope_id=tenant,
        member_ids=tuple(sorted(members.get(id_, ()))),
        complete=source.coverage.covered(tenant, kinds.ADMINISTRATIVE_UNIT_MEMBERS) is True
        and not _is_hidden(record, members.get(id_)),
        attributes=pairs(
            ("restricted", flag(record.get("isMemberManagementRestricted"))),
            ("dynamic", "true" if text(record, "membershipType").lower() == "dynamic" else ""),
        ),
    )
