"""Reading scopes, from Resource Graph or from Resource Manager.

https://learn.microsoft.com/azure/governance/resource-graph/samples/starter#resourcecontainers. What lies above what is
told by `managementGroupAncestorsChain` or `details.parent` and, in Resource Manager's own list of management groups, by
the tree below `children`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.scopes import TENANTS, Scopes
from nhi_scan.providers.azure.normalise.shapes import Record, guid, properties, tags_of
from nhi_scan.providers.azure.normalise.source import Source
from nhi_scan.snapshot import codec
from nhi_scan.snapshot.values import objects, text, within

_UNKNOWN = "unknown"
_MANAGEMENT_GROUPS = "microsoft.management/managementgroups"
_GROUPS = ("microsoft.resources/subscriptions/resourcegroups", "microsoft.resources/resourcegroups")
_DEEPEST = 100  # of a tree of management groups in a record: Azure allows 6 levels


def read_scopes(source: Source) -> Scopes:
    """All scopes that have records or that were asked about."""
    scopes = Scopes(source)
    _read_tenants(source, scopes)
    if not scopes.tenant:
        scopes.tenant = _first_tenant(source) or arm_ids.tenant(_UNKNOWN)
    _read_containers(source, scopes)
    _read_subscriptions(source, scopes)
    _read_management_groups(source, scopes)
    _read_resource_groups(source, scopes)
    for id_ in sorted(source.swept):
        _add_asked(scopes, id_)
    for id_ in {scopes.tenant, *(one.parent_id for one in list(scopes.scopes.values()) if one.parent_id)}:
        if id_.startswith(TENANTS):
            scopes.add(id_, "tenant", "", "")
        elif arm_ids.is_management_group(id_):
            scopes.add(id_, "management_group", "", None)
    scopes.index()
    return scopes


def _add_asked(scopes: Scopes, id_: str) -> None:
    if id_.startswith(TENANTS):
        scopes.add(id_, "tenant", "", "")
    elif arm_ids.is_management_group(id_):
        scopes.add(id_, "management_group", "", None)
    elif id_ == arm_ids.subscription_of(id_):
        scopes.add(id_, "subscription", "", None)


def _read_tenants(source: Source, scopes: Scopes) -> None:
    for kind, field, shown in (
        (kinds.ORGANIZATION, "id", "displayName"),
        (kinds.ARM_TENANTS, "tenantId", "displayName"),
    ):
        for scope_id, _, record in source.plain(kind):
            if not guid(record, field):
                source.note(kind, scope_id, "tenants without an id")
                continue
            id_ = arm_ids.tenant(guid(record, field))
            # Resource Manager lists all tenants that the caller is a guest of; only one of them is asked.
            if kind == kinds.ORGANIZATION or id_ in source.swept:
                scopes.add(id_, "tenant", text(record, shown), "")
                scopes.tenant = scopes.tenant or id_


def _first_tenant(source: Source) -> str:
    """The tenant of the subscriptions, where nothing was collected of the directory."""
    kinds_ = (kinds.ARG_CONTAINERS, kinds.ARM_SUBSCRIPTIONS)
    named = {guid(record, "tenantId") for kind in kinds_ for _, record in _objects(source, kind)} - {""}
    return arm_ids.tenant(min(named)) if named else ""


def _objects(source: Source, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Records of a kind that will be read again: what is wrong with them is told then."""
    for scope_id, envelope in source.envelopes(kind):
        try:
            record = codec.decode_any(envelope.record)
        except codec.CodecError:
            continue
        if isinstance(record, dict):
            yield scope_id, record


def _read_containers(source: Source, scopes: Scopes) -> None:
    kind = kinds.ARG_CONTAINERS
    for scope_id, _, row in source.plain(kind):
        id_, type_ = arm_ids.canonical(text(row, "id")), text(row, "type").lower()
        if not arm_ids.name_of(id_):
            source.note(kind, scope_id, "scopes without an id")
        elif type_ == _MANAGEMENT_GROUPS or arm_ids.is_management_group(id_):
            details, tenant = within(properties(row), "details"), _tenant(scopes, scope_id, row)
            shown = text(properties(row), "displayName") or text(row, "name")
            parent = _above(details, tenant)
            scopes.add(id_, "management_group", shown, parent)
            _add_line(scopes, _chain(details), tenant)
        elif type_ in _GROUPS or id_ == arm_ids.resource_group_of(id_):
            _add_group(scopes, id_, row)
        elif id_ == arm_ids.subscription_of(id_):
            tenant = _tenant(scopes, scope_id, row)
            line = _chain(properties(row))
            scopes.belongs(id_, guid(row, "tenantId") or tenant.removeprefix(TENANTS))
            state = text(properties(row), "state").lower()
            scopes.add(
                id_, "subscription", text(row, "name"), line[0] if line else None, status=state, tags=tags_of(row)
            )
            _add_line(scopes, line, tenant)
        else:
            source.note(kind, scope_id, "scopes of a kind that is not known")


def _tenant(scopes: Scopes, scope_id: str, row: Record) -> str:
    named = guid(row, "tenantId") or guid(properties(row), "tenantId")
    return arm_ids.tenant(named) if named else scopes.tenant_of(scope_id)


def _chain(details: Record) -> list[str]:
    """Management groups above something, the nearest first."""
    names = (text(one, "name") for one in objects(details, "managementGroupAncestorsChain"))
    return [arm_ids.management_group(name) for name in names if name and "/" not in name]


def _above(details: Record, tenant: str) -> str | None:
    line = _chain(details)
    if line:
        return line[0]
    parent = arm_ids.canonical(text(within(details, "parent"), "id"))
    if arm_ids.is_management_group(parent):
        return parent
    known = "parent" in details or "managementGroupAncestorsChain" in details
    return tenant if known else None


def _add_line(scopes: Scopes, line: list[str], tenant: str) -> None:
    for position, id_ in enumerate(line):
        above = line[position + 1] if position + 1 < len(line) else tenant
        scopes.add(id_, "management_group", "", above)


def _add_group(scopes: Scopes, id_: str, row: Record) -> None:
    scopes.made_by(id_, arm_ids.canonical(text(row, "managedBy")) if text(row, "managedBy") else "")
    scopes.add(id_, "resource_group", text(row, "name"), arm_ids.subscription_of(id_) or None, tags=tags_of(row))


def _read_subscriptions(source: Source, scopes: Scopes) -> None:
    kind = kinds.ARM_SUBSCRIPTIONS
    for scope_id, _, record in source.plain(kind):
        written = text(record, "subscriptionId") or arm_ids.name_of(arm_ids.canonical(text(record, "id")))
        if not written:
            source.note(kind, scope_id, "subscriptions without an id")
            continue
        id_ = arm_ids.canonical(f"subscriptions/{written}")
        scopes.belongs(id_, guid(record, "tenantId"))
        scopes.add(
            id_,
            "subscription",
            text(record, "displayName"),
            None,
            status=text(record, "state").lower(),
            tags=tags_of(record),
        )


def _read_management_groups(source: Source, scopes: Scopes) -> None:
    kind = kinds.ARM_MANAGEMENT_GROUPS
    for scope_id, _, record in source.plain(kind):
        id_ = arm_ids.canonical(text(record, "id"))
        if not arm_ids.is_management_group(id_):
            source.note(kind, scope_id, "management groups without an id")
            continue
        own = properties(record)
        details = within(own, "details") or within(record, "details")
        tenant = _tenant(scopes, scope_id, record)
        # The root management group is named after its tenant.
        above = tenant if arm_ids.name_of(id_) == arm_ids.name_of(tenant) else _above(details, tenant)
        scopes.add(id_, "management_group", text(own, "displayName") or text(record, "displayName"), above)
        _add_children(scopes, id_, objects(own, "children") or objects(record, "children"), 0)


def _add_children(scopes: Scopes, parent: str, children: Iterable[Record], depth: int) -> None:
    for child in children if depth < _DEEPEST else ():
        id_ = arm_ids.canonical(text(child, "id"))
        if arm_ids.is_management_group(id_):
            scopes.add(id_, "management_group", text(child, "displayName"), parent)
            _add_children(scopes, id_, objects(child, "children"), depth + 1)
        elif arm_ids.name_of(id_) and id_ == arm_ids.subscription_of(id_):
            scopes.add(id_, "subscription", text(child, "displayName"), parent)


def _read_resource_groups(source: Source, scopes: Scopes) -> None:
    kind = "arm-resource-groups"
    for scope_id, _, record in source.plain(kind):
        id_ = arm_ids.canonical(text(record, "id"))
        if not arm_ids.subscription_of(id_) or id_ != arm_ids.resource_group_of(id_):
            source.note(kind, scope_id, "resource groups without an id")
        else:
            _add_group(scopes, id_, record)
