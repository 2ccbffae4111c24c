"""An estate at a moment: what hangs below what, who is who, and when things happened."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from nhi_scan.demo.azure.estate import Estate, Lazy, Record, Rows
from nhi_scan.model import arm_ids
from nhi_scan.model.entra import GRAPH

_WHEN = re.compile(r"(ago|in)\((\d+)\)")
_DIRECTORY = ("applications", "service_principals", "users", "groups", "administrative_units")
ROOT = "/"


class World:
    """An estate, and the moment at which it plays (aware); every answer of the server is read from here."""

    def __init__(self, estate: Estate, now: datetime) -> None:
        self.estate, self.now = estate, now.astimezone(UTC).replace(microsecond=0)
        self._objects: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._lazy: list[tuple[str, Lazy]] = []
        for collection in _DIRECTORY:
            rows = getattr(estate, collection)
            if isinstance(rows, Lazy):
                self._lazy.append((collection, rows))
            else:
                self._objects.update((row["id"], (collection, row)) for row in rows)
        self.parents = {
            arm_ids.management_group(one["name"]): _group_or_root(one.get("parent", ""))
            for one in estate.management_groups
        }
        for one in estate.subscriptions:
            self.parents[f"/subscriptions/{one['subscriptionId'].lower()}"] = _group_or_root(one.get("parent", ""))
        self._grouped: dict[tuple[str, str], dict[str, list[Any]]] = {}

    def at(self, row: Any) -> Any:
        """Return a value with its moments as dates: `ago(30)` is thirty days before the moment of this world."""
        if isinstance(row, str):
            found = _WHEN.fullmatch(row)
            return self.date(int(found[2]) * (-1 if found[1] == "ago" else 1)) if found else row
        if isinstance(row, Mapping):
            return {key: self.at(value) for key, value in row.items()}
        return [self.at(value) for value in row] if isinstance(row, list | tuple) else row

    def date(self, days: int) -> str:
        """Return the moment so many days from now, as Microsoft writes it."""
        return (self.now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def find(self, id_: str) -> tuple[str, Mapping[str, Any]] | None:
        """Return a directory object by its id, with the collection that it is in; None: there is none."""
        found = self._objects.get(id_.lower())
        for collection, rows in self._lazy if found is None else ():
            number = rows.number_of(id_.lower())
            if number is not None:
                return collection, rows[number]
        return found

    def by(self, name: str, rows: Rows, key: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """Return rows by the value of a property, lower case; worked out once for each name."""
        if (name, key) not in self._grouped:
            grouped: dict[str, list[Any]] = defaultdict(list)
            for row in rows:
                grouped[str(_at_path(row, key)).lower()].append(row)
            self._grouped[name, key] = grouped
        return self._grouped[name, key]

    def above(self, scope: str) -> tuple[str, ...]:
        """Return a scope of Resource Manager and everything above it, outermost first; the root is `/`."""
        place = arm_ids.canonical(scope)
        if place == ROOT:
            return (ROOT,)
        within = arm_ids.lineage(place)
        top = arm_ids.subscription_of(place) or within[0]
        groups: list[str] = []
        parent = self.parents.get(top, ROOT)
        while parent != ROOT and parent not in groups:
            groups.append(parent)
            parent = self.parents.get(parent, ROOT)
        return (ROOT, *reversed(groups), *within)

    def is_below(self, scope: str, place: str) -> bool:
        """Tell whether a scope is a place or lies below it."""
        return arm_ids.canonical(place) in self.above(scope)

    def is_scope(self, scope: str) -> bool:
        """Tell whether the tenant has this management group or subscription, or a scope in such a one."""
        place = arm_ids.canonical(scope)
        top = arm_ids.subscription_of(place) or place
        return place == ROOT or top in self.parents

    def assigned(self) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
        """Return what the estate gives the scanner: its permissions at Graph, and its actions by scope."""
        estate = self.estate
        values = {
            role["id"]: role["value"]
            for one in estate.service_principals
            if one.get("appId") == GRAPH
            for role in one.get("appRoles", ())
        }
        graph = {
            values[one["appRoleId"]]
            for one in estate.app_role_assignments
            if one["principalId"] == estate.caller and one["appRoleId"] in values
        }
        return frozenset(graph), {scope: frozenset(actions) for scope, actions in self._actions().items()}

    def _actions(self) -> dict[str, set[str]]:
        roles = {arm_ids.name_of(row["name"]): row for row in self.estate.role_definitions}
        found: dict[str, set[str]] = defaultdict(set)
        for one in self.estate.role_assignments:
            given = one["properties"]
            if given["principalId"] == self.estate.caller:
                role = roles[arm_ids.name_of(given["roleDefinitionId"])]
                for permission in role["properties"]["permissions"]:
                    found[arm_ids.canonical(given["scope"])].update(permission["actions"])
        return found


def _group_or_root(name: str) -> str:
    return arm_ids.management_group(name) if name else ROOT


def _at_path(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for part in path.split("."):
        value = value.get(part, "") if isinstance(value, Mapping) else ""
    return value


def merged(rows: Iterable[Mapping[str, Any]]) -> list[Record]:
    """Return rows as dictionaries of their own."""
    return [dict(row) for row in rows]
