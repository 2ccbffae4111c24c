"""How Google Cloud's records are named in a snapshot."""

import re

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


def asset_kind(asset_type: str) -> str:
    """Return the record kind of an asset type of Cloud Asset Inventory.

    `iam.googleapis.com/ServiceAccountKey` is `asset-iam-service-account-key`.
    """
    service, _, name = asset_type.partition("/")
    return f"asset-{service.partition('.')[0]}-{_WORD.sub('-', name).lower()}"


def scope_dir(scope_id: str) -> str:
    """Return the name of a scope's folder in a snapshot: `organizations/123` is `organizations-123`."""
    return _UNSAFE.sub("-", scope_id)
