"""Records of resources and scopes, as Resource Graph answers them."""

from collections.abc import Callable
from typing import Any

from nhi_scan.model.records import Records

Read = Callable[..., Records]
GUID = "aaaaaaaa-0000-0000-0000-000000000001"
TENANT = f"/tenants/{GUID}"
SUB = "/subscriptions/55555555-0000-0000-0000-000000000001"
RG = f"{SUB}/resourceGroups/Prod"
GROUPS = "/providers/microsoft.management/managementgroups/"
UAMI = f"{RG}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/Deployer"


def resource(type_: str, name: str = "x", **more: Any) -> dict[str, Any]:
    return {"id": f"{RG}/providers/{type_}/{name}", "name": name, "type": type_.lower(), **more}


def row(id_: str, type_: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "name": id_.rpartition("/")[2], "type": type_, "tenantId": GUID, **more}
