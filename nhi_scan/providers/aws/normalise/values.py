"""Tags in the shapes that AWS's services write them in, and the readers of values that all providers share."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.snapshot.values import Tags, distinct, moment, objects, text, texts, within

__all__ = ["Tags", "distinct", "moment", "objects", "tags_of", "text", "texts", "within"]


def tags_of(record: Mapping[str, Any]) -> Tags:
    """Tags in any of the shapes that services use: a list of pairs under `Tags`, `tags` or `TagList`, or a mapping."""
    for name in ("Tags", "tags", "TagList", "TagSet"):
        value = record.get(name)
        if isinstance(value, dict):
            return tuple(sorted((key, word) for key, word in value.items() if isinstance(word, str)))
        if isinstance(value, list):
            return tuple(sorted(_pair(item) for item in value if isinstance(item, dict)))
    return ()


def _pair(item: Mapping[str, Any]) -> tuple[str, str]:
    for key, value in (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue")):
        if key in item:
            return text(item, key), text(item, value)
    return "", ""
