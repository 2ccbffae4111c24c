"""Google groups and who is in them, as far as the directory tells it.

https://cloud.google.com/identity/docs/reference/rest/v1/groups.memberships. Groups may be in groups, also in a ring.
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model.identity import Group
from nhi_scan.providers.gcp.normalise.principals import Principals
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source
from nhi_scan.snapshot.values import moment, text, within

GROUPS = "cloudidentity-groups"
MEMBERSHIPS = "cloudidentity-memberships"

_PREFIXES = {"USER": "user:", "SERVICE_ACCOUNT": "serviceAccount:", "GROUP": "group:"}


def read_groups(source: Source, principals: Principals) -> None:
    """All groups that could be looked up, with their direct members."""
    listed: dict[str, tuple[str, Mapping[str, Any], str]] = {}  # native name -> id, record, scope
    for scope_id, of, record in source.plain(GROUPS):
        email = text(of, "email") or text(within(record, "groupKey"), "id")
        if not email or not text(record, "name"):
            source.note(GROUPS, scope_id, "groups without a name or an email address")
            continue
        listed[text(record, "name")] = (f"group:{email}", record, scope_id)
    members, unclear = _members(source, {name: one[0] for name, one in listed.items()}, principals)
    for id_, record, scope_id in listed.values():
        source.records.groups.append(
            Group(
                id=id_,
                provider=PROVIDER,
                kind="google_group",
                name=id_.partition(":")[2],
                scope_id=scope_id,
                member_ids=tuple(sorted(members.get(id_, ()))),
                created_at=moment(record.get("createTime")),
                complete=id_ not in unclear and source.coverage.covered(scope_id, MEMBERSHIPS) is True,
            )
        )


def _members(source: Source, ids: Mapping[str, str], principals: Principals) -> tuple[dict[str, set[str]], set[str]]:
    """Members by group, and the groups that have a member of whom nothing tells who that is."""
    members: dict[str, set[str]] = {}
    unclear: set[str] = set()
    groups = frozenset(ids.values())
    for scope_id, of, record in source.plain(MEMBERSHIPS):
        email = text(of, "email")
        native = text(of, "group") or text(of, "name") or text(record, "name").partition("/memberships/")[0]
        group = ids.get(native) or (f"group:{email}" if email else "")
        member = _member(record, groups)
        if not group:
            source.note(MEMBERSHIPS, scope_id, "memberships of no group")
        elif not member:
            source.note(MEMBERSHIPS, scope_id, "members of groups that are nobody in particular")
            unclear.add(group)
        else:
            members.setdefault(group, set()).add(member)
            principals.see(member)
    return members, unclear


def _member(record: Mapping[str, Any], groups: frozenset[str]) -> str:
    email = text(within(record, "preferredMemberKey"), "id") or text(within(record, "memberKey"), "id")
    if "@" not in email:
        return ""
    kind = text(record, "type")
    if kind not in _PREFIXES:
        if email.endswith(".gserviceaccount.com"):
            kind = "SERVICE_ACCOUNT"
        else:
            kind = "GROUP" if f"group:{email}" in groups else "USER"
    return f"{_PREFIXES[kind]}{email}"
