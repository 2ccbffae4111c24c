"""A snapshot's records of GitHub; see `nhi_scan.providers.source`."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.inventory.owners import OwnerRules
from nhi_scan.model import github_ids
from nhi_scan.providers.github.kinds import scope_dir
from nhi_scan.providers.source import Source
from nhi_scan.snapshot.reader import Snapshot

__all__ = ["PROVIDER", "Source", "flag", "number", "open_source", "told"]

PROVIDER = "github"

Attributes = tuple[tuple[str, str], ...]


def open_source(snapshot: Snapshot, owners: OwnerRules) -> Source:
    """Begin with what the manifest says was collected of GitHub."""
    return Source.open(PROVIDER, snapshot, owners, _folder_of, _scope_of)


def _folder_of(scope_id: str) -> str:
    """Name the folder of an organization. A repository has none: `a/b` would be taken for the organization `a-b`."""
    return scope_dir(scope_id) if github_ids.is_organization(scope_id) else ""


def _scope_of(folder: str) -> str:
    """Guess a scope from the name of its folder: `github.com-northwind`."""
    host, _, owner = folder.partition("-")
    return f"{host}/{owner}" if owner else folder


def told(**values: str | None) -> Attributes:
    """Return attributes, sorted; what is None is not known and left out, what is empty is known to be nothing."""
    return tuple(sorted((name, value) for name, value in values.items() if value is not None))


def flag(record: Mapping[str, Any], name: str) -> str | None:
    """Return a truth value as `true` or `false`; None where it is missing or something else."""
    value = record.get(name)
    return str(value).lower() if isinstance(value, bool) else None


def number(record: Mapping[str, Any], name: str) -> str | None:
    """Return a whole number as text; None where it is missing or something else."""
    value = record.get(name)
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18
    return str(value) if whole else None


def word(record: Mapping[str, Any], name: str) -> str | None:
    """Return a text; None where it is missing, empty or something else."""
    value = record.get(name)
    return value if isinstance(value, str) and value else None
