"""Resource Manager tags, which conditions of policies can ask for.

https://cloud.google.com/resource-manager/docs/tags/tags-overview. A condition names a key by its namespaced name and
a value by its short one (`resource.matchTag`), or both by their permanent ids (`resource.matchTagId`): so both pairs
are kept.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.source import Source
from nhi_scan.snapshot.values import Tags, text, within

BINDINGS = "asset-cloudresourcemanager-tag-binding"
ASKED = "crm-tag-bindings"  # of scopes alone
_KEYS = "asset-cloudresourcemanager-tag-key"
_VALUES = "asset-cloudresourcemanager-tag-value"


class PolicyTags:
    """The tags that are bound to each place."""

    def __init__(self, source: Source, hierarchy: Hierarchy) -> None:
        self._source = source
        self._bound: dict[str, set[tuple[str, str]]] = {}
        self._unclear: set[str] = set()  # places with a tag of which nothing tells what it is called
        keys = {text(data, "name"): text(data, "namespacedName") for _, data in self._data(_KEYS)}
        values = {name: _pairs(data, keys) for _, data in self._data(_VALUES) if (name := text(data, "name"))}
        for kind, scope_id, data in self._bindings():
            place, value = hierarchy.place(text(data, "parent")), text(data, "tagValue")
            pairs = values.get(value) or _named(text(data, "tagValueNamespacedName"))
            if not place or not pairs:
                source.note(kind, hierarchy.project_in(place) or scope_id, "tags without a known value")
                self._unclear.add(place)
            else:
                self._bound.setdefault(place, set()).update(pairs)

    def _data(self, kind: str, *, names: bool = True) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for scope_id, _, asset in self._source.plain(kind):
            data = within(within(asset, "resource"), "data")
            if names and not (text(data, "name") and text(data, "namespacedName")):
                self._source.note(kind, scope_id, "keys or values of tags without a name")
            yield scope_id, data

    def _bindings(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for scope_id, data in self._data(BINDINGS, names=False):
            yield BINDINGS, scope_id, data
        for scope_id, _, record in self._source.plain(ASKED):
            yield ASKED, scope_id, record

    def of(self, place: str, scope_id: str) -> Tags | None:
        """What is bound right there; None where nobody could look.

        Args:
            place: id of a scope or a resource.
            scope_id: the scope whose coverage tells; the place itself, where it is one.
        """
        kinds = (BINDINGS, ASKED) if place == scope_id else (BINDINGS,)
        covered = any(self._source.coverage.covered(scope_id, kind) is True for kind in kinds)
        if place in self._unclear or not covered:
            return None
        return tuple(sorted(self._bound.get(place, ())))


def _pairs(value: Mapping[str, Any], keys: Mapping[str, str]) -> set[tuple[str, str]]:
    short, key = text(value, "shortName"), text(value, "parent")
    named = keys.get(key) or text(value, "namespacedName").removesuffix(f"/{short}")
    pairs = {(named, short)} if named and short else set()
    return pairs | {(key, text(value, "name"))} if key.startswith("tagKeys/") and pairs else pairs


def _named(namespaced: str) -> set[tuple[str, str]]:
    """`123/env/prod`; a short name has no `/` in it."""
    key, _, short = namespaced.rpartition("/")
    return {(key, short)} if key and short else set()
