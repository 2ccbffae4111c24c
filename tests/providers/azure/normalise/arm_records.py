"""Records of roles and of who has them, as Resource Manager answers them."""

from collections.abc import Callable
from typing import Any

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.records import Records

Read = Callable[..., Records]
TENANT = "/tenants/aaaaaaaa-0000-0000-0000-000000000001"
SUB = "/subscriptions/55555555-0000-0000-0000-000000000001"
AUTH = "/providers/Microsoft.Authorization"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
ROLE = f"/providers/microsoft.authorization/roledefinitions/{CONTRIBUTOR}"
GRAPH = "00000003-0000-0000-c000-000000000000"
VAULT = f"{SUB}/resourceGroups/Prod/providers/Microsoft.KeyVault/vaults/KV"


def definition(id_: str, permissions: list[Any], **more: Any) -> dict[str, Any]:
    own = {
        "roleName": "Mine",
        "type": "CustomRole",
        "assignableScopes": [f"{SUB.upper()}/"],
        "permissions": permissions,
    }
    return {"id": id_, "properties": {**own, **more}}


def assignment(name: str = "a1", **more: Any) -> dict[str, Any]:
    own = {
        "roleDefinitionId": f"{SUB}{AUTH}/roleDefinitions/{CONTRIBUTOR.upper()}",
        "principalId": "SP-1",
        "principalType": "ServicePrincipal",
        "scope": SUB,
    }
    return {"id": f"{SUB}{AUTH}/roleAssignments/{name}", "properties": {**own, **more}}


def instance(kind: str, name: str, **more: Any) -> dict[str, Any]:
    record = assignment(name, **{"memberType": "Direct", **more})
    return {"of": {"scope": SUB}, "record": {**record, "id": f"{SUB}{AUTH}/{kind}/{name}"}}


def partial(records: Records) -> set[tuple[str, str]]:
    return {(row.record_kind, row.detail) for row in records.coverage if row.status is CoverageStatus.PARTIAL}
