"""Two listings by Cloud Asset Inventory that give nearly everything of an organization, a folder or a project."""

from nhi_scan.providers import Call
from nhi_scan.providers.gcp.calls.drops import in_asset
from nhi_scan.providers.gcp.kinds import ASSET_TYPES, asset_kind

# Every call of this API needs the second one, on the project that the requests are counted against:
# https://cloud.google.com/asset-inventory/docs/access-control#required_permissions
_USE = "serviceusage.services.use"

ASSETS: tuple[Call, ...] = tuple(
    Call(
        kind=asset_kind(asset_type),
        service="asset_v1",
        operation="list_assets",
        params={"parent": "{scope}", "asset_types": [asset_type], "content_type": "RESOURCE", "page_size": 1000},
        result="assets",
        permissions=("cloudasset.assets.listResource", _USE),
        scope="sweep",
        drop=in_asset(asset_type),
        note="one listing asks for all types; its records are sorted into their kinds as they come",
    )
    for asset_type in ASSET_TYPES
)

SEARCH: tuple[Call, ...] = (
    Call(
        kind="asset-iam-policies",
        service="asset_v1",
        operation="search_all_iam_policies",
        params={"scope": "{scope}", "page_size": 500},
        result="results",
        permissions=("cloudasset.assets.searchAllIamPolicies", _USE),
        scope="sweep",
    ),
)
