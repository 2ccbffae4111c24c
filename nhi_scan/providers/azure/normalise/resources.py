"""Resources of subscriptions, from Resource Graph, or from Resource Manager where that was denied.

https://learn.microsoft.com/azure/governance/resource-graph/reference/supported-tables-resources

Attributes of storage accounts: `shared_key` (`true`: whoever holds one of its two keys may do anything; the default),
`public_blob` (`true`: containers may be open to everybody), `public_network`, `https_only`. Of user-assigned
identities: `principal_id`, `client_id`, `isolation` (`Regional`). Of key vaults see `key_vaults`. Of others:
`public_network`, and `local_auth` (`true`: keys or passwords of its own let in whoever has them).
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.model.identity import Resource
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise import key_vaults
from nhi_scan.providers.azure.normalise.key_vaults import VaultReader, public_network
from nhi_scan.providers.azure.normalise.managed_identities import USER_ASSIGNED, Managed, read_user_assigned
from nhi_scan.providers.azure.normalise.resource_kinds import LOCAL_AUTH, RESOURCES
from nhi_scan.providers.azure.normalise.shapes import Pairs, Record, flag, guid, pairs, tags_of
from nhi_scan.providers.azure.normalise.source import PROVIDER, Source
from nhi_scan.providers.azure.normalise.workloads import WorkloadReader
from nhi_scan.snapshot.paths import reach
from nhi_scan.snapshot.values import moment, text, within

# Kinds that begin with `arm-` and are no resources; all others are lists of resources of one type, or of all.
_OTHERS = frozenset(
    {
        *(value for name, value in vars(kinds).items() if name.isupper() and isinstance(value, str)),
        "arm-resource-groups",
        "arm-role-assignments",
        "arm-role-definitions",
    }
)
_STORAGE = "microsoft.storage/storageaccounts"


def read_resources(source: Source, managed: Managed, workloads: WorkloadReader, vaults: VaultReader) -> None:
    """All resources, each once; afterwards all identities are known by their resource."""
    seen: set[str] = set()
    reader = _Reader(source, managed, vaults)
    identities = dict(read_user_assigned(source, managed))
    for kind, scope_id, id_, type_, record in _found(source):
        if not type_:
            source.note(kind, scope_id, "resources without an id or a type")
        elif type_ == USER_ASSIGNED:
            managed.user_assigned(id_, record)
            identities.setdefault(id_, record)
        elif id_ not in seen:
            seen.add(id_)
            workloads.read(kind, scope_id, id_, type_, record)
            reader.read(kind, scope_id, id_, type_, record)
    for id_, record in identities.items():  # once all are known that say which principal one is
        reader.read(kinds.ARM_USER_ASSIGNED_IDENTITIES, arm_ids.subscription_of(id_), id_, USER_ASSIGNED, record)
    workloads.finish()
    _note_use(source, workloads)


def _found(source: Source) -> Iterator[tuple[str, str, str, str, Mapping[str, Any]]]:
    lists = [one for one in source.kinds() if one.startswith("arm-") and one not in _OTHERS]
    # A list of one type tells more of its things than the list of all.
    for kind in (kinds.ARG_RESOURCES, *sorted(lists, key=lambda one: (one == "arm-resources", one))):
        for scope_id, _, record in source.plain(kind):
            id_ = arm_ids.canonical(text(record, "id"))
            yield kind, scope_id, id_, arm_ids.type_of(id_), record


class _Reader:
    def __init__(self, source: Source, managed: Managed, vaults: VaultReader) -> None:
        self._source = source
        self._managed = managed
        self._vaults = vaults

    def read(self, kind: str, scope_id: str, id_: str, type_: str, record: Record) -> None:
        if type_ not in RESOURCES:
            return
        sort, sensitivity = RESOURCES[type_]
        own = within(record, "properties")
        if type_ == key_vaults.TYPE:
            attributes = self._vaults.read(kind, scope_id, id_, own)
        elif type_ == USER_ASSIGNED:
            principal = self._managed.by_resource.get(id_, "") or guid(own, "principalId")
            attributes = pairs(
                ("principal_id", principal),
                ("client_id", self._managed.client_of(principal) or guid(own, "clientId")),
                ("isolation", text(own, "isolationScope")),
            )
        else:
            attributes = _attributes(type_, own)
        self._source.records.resources.append(
            Resource(
                id=id_,
                provider=PROVIDER,
                kind=sort,
                name=text(record, "name") or arm_ids.name_of(id_),
                scope_id=arm_ids.subscription_of(id_) or scope_id,
                region=text(record, "location").lower(),
                sensitivity=sensitivity,
                public_access_blocked=_blocked(type_, own),
                created_at=moment(own.get("creationTime")) or moment(within(record, "systemData").get("createdAt")),
                attributes=attributes,
                tags=tags_of(record),
            )
        )


def _attributes(type_: str, own: Record) -> Pairs:
    if type_ == _STORAGE:
        return pairs(
            # Null and absent mean that it is allowed:
            # https://learn.microsoft.com/azure/storage/common/shared-key-authorization-prevent
            ("shared_key", flag(own.get("allowSharedKeyAccess")) or ("true" if own else "")),
            ("oldest_key_at", _oldest_key(own)),
            ("public_blob", flag(own.get("allowBlobPublicAccess"))),
            ("public_network", public_network(own)),
            ("https_only", flag(own.get("supportsHttpsTrafficOnly"))),
        )
    told = ""
    if type_ in LOCAL_AUTH and own:
        path, off = LOCAL_AUTH[type_]
        said = next((word for one in reach(own, path) if (word := flag(one))), "false")
        told = "false" if said == off else "true"
    return pairs(("public_network", public_network(own)), ("local_auth", told))


def _oldest_key(own: Record) -> str:
    """When the older of a storage account's two keys was made; empty where that is not told.

    A key that was not renewed since Azure notes when is as old as the account: it has no date of its own.
    https://learn.microsoft.com/azure/storage/common/storage-account-get-info#get-the-creation-time-of-the-account-access-keys-for-a-storage-account
    """
    noted = own.get("keyCreationTime")
    if not isinstance(noted, dict):
        return ""
    told = [own.get("creationTime") if (date := noted.get(key)) is None else date for key in ("key1", "key2")]
    made = [one for date in told if isinstance(date, str) and (one := moment(date))]
    return min(made).isoformat() if len(made) == len(told) else ""


def _blocked(type_: str, own: Record) -> bool | None:
    """Whether no container of a storage account can be open to everybody; None for anything else."""
    if type_ != _STORAGE:
        return None
    return {"true": False, "false": True}.get(flag(own.get("allowBlobPublicAccess")))


def _note_use(source: Source, workloads: WorkloadReader) -> None:
    """Note on user-assigned identities what has them."""
    used = workloads.used_by()
    resources = source.records.resources
    for position, one in enumerate(resources):
        if one.kind == "user_assigned_identity":
            principal = dict(one.attributes).get("principal_id", "")
            if principal in used:
                resources[position] = replace(one, used_by=tuple(sorted(used[principal])))
