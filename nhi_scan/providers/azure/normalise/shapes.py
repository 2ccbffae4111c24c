"""Shapes that Microsoft's records share: GUIDs in any case, flags, ABAC conditions, ISO 8601 durations."""

import re
from collections.abc import Mapping
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.model.policy import Condition
from nhi_scan.snapshot.values import text, within

Record = Mapping[str, Any]
Pairs = tuple[tuple[str, str], ...]

_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_HOURS = (8760, 720, 168, 24, 1, 1 / 60, 1 / 3600)
_LONGEST = 12  # digits that any one part of a duration may have: more are no duration
_DEFINITION = "/roledefinitions/"

UNREADABLE = "\x00"  # stands for an expression that is there and is no text


def guid(record: Record, name: str) -> str:
    """An object's or application's id, in the one spelling that is used here; empty where it is missing."""
    return text(record, name).strip().lower()


def flag(value: object) -> str:
    """`true` or `false`; empty where nothing tells. Exports write them as texts, too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    written = value.strip().lower() if isinstance(value, str) else ""
    return written if written in ("true", "false") else ""


def flag_or_null(record: Record, name: str) -> str:
    """A flag of which Microsoft says null where nobody ever set it: `false` then."""
    return flag(record.get(name)) or ("false" if name in record and record[name] is None else "")


def pairs(*told: tuple[str, str]) -> Pairs:
    """Attributes, sorted, without those that nothing tells."""
    return tuple(sorted(pair for pair in told if pair[1]))


def properties(record: Record) -> Record:
    """What Resource Manager says of a thing; exports of `az` have it beside its id."""
    return within(record, "properties") if isinstance(record.get("properties"), dict) else record


def tags_of(record: Record) -> Pairs:
    """A record's tags, sorted."""
    return tuple(sorted((key, word) for key, word in within(record, "tags").items() if isinstance(word, str)))


def abac(record: Record) -> Condition | None:
    """The condition of an assignment or of a permission set; None where it has none.

    https://learn.microsoft.com/azure/role-based-access-control/conditions-format
    """
    written = record.get("condition")
    if written is None or written == "":
        return None
    return Condition("ABAC", text(record, "conditionVersion"), (written if isinstance(written, str) else UNREADABLE,))


def arm_role(written: str) -> str:
    """The id that a role definition of Resource Manager has here; empty for what is none.

    Its GUID is unique in a tenant, so whatever stands before it in an id says only where it was asked for:
    https://learn.microsoft.com/azure/role-based-access-control/role-definitions-list
    """
    before, found, name = arm_ids.canonical(written).rpartition(_DEFINITION)
    if not found or not name or "/" in name or not before.endswith("microsoft.authorization"):
        return ""
    return f"/providers/microsoft.authorization/roledefinitions/{name}"


def hours(written: object) -> float | None:
    """How long an ISO 8601 duration is, a month taken as 30 days; None for what is none."""
    found = _DURATION.fullmatch(written) if isinstance(written, str) else None
    if not found or not any(found.groups()) or any(len(part or "") > _LONGEST for part in found.groups()):
        return None
    return sum(int(part) * factor for part, factor in zip(found.groups(), _HOURS, strict=True) if part)


def whole(number: float) -> str:
    """A number as people write it: `8`, `0.5`."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def type_name(record: Record) -> str:
    """What kind of directory object it is: `user`, `group`, `servicePrincipal`; empty where it does not say."""
    return text(record, "@odata.type").rpartition(".")[2]
