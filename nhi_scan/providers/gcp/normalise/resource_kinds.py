"""What sort of resource an asset type is, and what is lost with one."""

import re
from functools import lru_cache
from typing import Literal

Sensitivity = Literal["none", "data", "secret", "key", "control"]

_KINDS = {
    "bigquery.googleapis.com/Dataset": "bigquery_dataset",
    "bigquery.googleapis.com/Table": "bigquery_table",
    "cloudkms.googleapis.com/CryptoKey": "kms_key",
    "cloudkms.googleapis.com/KeyRing": "kms_key_ring",
    "secretmanager.googleapis.com/Secret": "secret",
    "sqladmin.googleapis.com/Instance": "sql_instance",
    "storage.googleapis.com/Bucket": "storage_bucket",
}
_SENSITIVITY: dict[str, Sensitivity] = {
    "bigquery_dataset": "data",
    "bigquery_table": "data",
    "kms_key": "key",
    "kms_key_ring": "key",
    "secret": "secret",
    "sql_instance": "data",
    "storage_bucket": "data",
}
_BY_NAME = (
    ("//storage.googleapis.com/", "storage_bucket"),
    ("//secretmanager.googleapis.com/", "secret"),
    ("//run.googleapis.com/", "run_service"),
    ("//cloudfunctions.googleapis.com/", "cloudfunctions_function"),
    ("//pubsub.googleapis.com/", "pubsub_topic"),
    ("//iam.googleapis.com/", "service_account"),
)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def kind_of(asset_type: str, name: str = "") -> str:
    """`storage_bucket`, `secret`, ...; by the name alone where the type is not known."""
    if asset_type:
        return _of_type(asset_type)
    return next((kind for start, kind in _BY_NAME if name.startswith(start)), "resource")


@lru_cache(maxsize=1024)
def _of_type(asset_type: str) -> str:
    service, _, noun = asset_type.partition("/")
    return _KINDS.get(asset_type) or f"{service.partition('.')[0]}_{_WORD.sub('_', noun).lower()}"


def sensitivity_of(kind: str) -> Sensitivity | None:
    """What is lost where a stranger gets at one; None for what nothing is known of."""
    return _SENSITIVITY.get(kind)
