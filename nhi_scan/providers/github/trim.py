"""What of a record is kept: the fields that its row names, and of a webhook no more than where it leads."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

_CONFIG = "config"


def trimmed(record: dict[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Keep the fields of a row.

    Args:
        record: as it was answered.
        fields: dotted paths, through lists; none: all is kept.
    """
    paths = [path.split(".") for path in fields]
    kept = _picked(record, paths) if paths else dict(record)
    if isinstance(kept.get(_CONFIG), dict):
        kept[_CONFIG] = _target(kept[_CONFIG])
    return kept


def _picked(value: Any, paths: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_picked(item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for name in value:
        rests = [path[1:] for path in paths if path[0] == name]
        if rests:
            kept[name] = value[name] if [] in rests else _picked(value[name], rests)
    return kept


def _target(config: dict[str, Any]) -> dict[str, Any]:
    """Say where a webhook leads: an address may hold a key in its path, its query or before its host.

    https://docs.github.com/rest/repos/webhooks: a secret that is there is answered as asterisks.
    """
    url = config.get("url")
    return {
        "host": _host(url) if isinstance(url, str) else None,
        "scheme": url.partition("://")[0][:10].lower() if isinstance(url, str) and "://" in url else None,
        "insecure_ssl": config.get("insecure_ssl"),
        "content_type": config.get("content_type"),
        "has_secret": bool(config.get("secret")),
    }


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
