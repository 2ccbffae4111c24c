"""Reads `escalation.yaml`: strictly, so that a misspelt word is an error and not a technique that never fires."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from nhi_scan.access.aws.escalation.technique import (
    EscalationCatalogue,
    Need,
    Requirement,
    Sensitive,
    TargetKind,
    Technique,
    Yield,
)
from nhi_scan.model.errors import UserError
from nhi_scan.providers.escalation_file import check_keys, check_once, check_texts, check_word, read_top, rows, words

_PATH = Path(__file__).with_name("escalation.yaml")
_TOP = frozenset({"caller_chooses", "arns", "techniques", "sensitive"})
_FIELDS = frozenset(
    {
        "id",
        "title",
        "target",
        "requires",
        "services",
        "passes",
        "workloads",
        "exists",
        "needs",
        "yields",
        "pathfinding",
        "attack",
    }
)
_REQUIREMENT = frozenset({"action", "at", "keys"})
_PLACES = frozenset({"target", "policy", "boundary", "provider", "workload", "none"})


@lru_cache(maxsize=1)
def techniques() -> EscalationCatalogue:
    """Return the catalogue that is shipped.

    Raises:
        UserError: it cannot be read.
    """
    return parse(_PATH.read_text("utf-8"))


def parse(text: str) -> EscalationCatalogue:
    """Read a catalogue.

    Raises:
        UserError: something in it is not what it should be; the message says where it stands.
    """
    whole = read_top(text, _TOP)
    arns = {str(name): str(pattern) for name, pattern in whole.get("arns", {}).items()}
    found = [_technique(row, arns, f"techniques[{i}]") for i, row in enumerate(rows(whole, "techniques", "top"))]
    check_once(technique.id for technique in found)
    chosen = tuple(key.lower() for key in words(whole, "caller_chooses", "top"))
    sensitive = [_sensitive(row, f"sensitive[{i}]") for i, row in enumerate(rows(whole, "sensitive", "top"))]
    return EscalationCatalogue(
        provider="aws", techniques=tuple(found), sensitive=tuple(sensitive), caller_chooses=chosen
    )


def _sensitive(row: Any, at: str) -> Sensitive:
    check_keys(row, frozenset({"kind", "action", "resource"}), at)
    if not all(isinstance(row.get(name), str) for name in ("kind", "action", "resource")):
        raise UserError(f"a kind, an action and a resource are needed at {at} of the escalation catalogue")
    return Sensitive(kind=row["kind"], action=row["action"], resource=row["resource"])


def _technique(row: Any, arns: Mapping[str, str], at: str) -> Technique:
    check_keys(row, _FIELDS, at)
    check_texts(row, ("id", "title", "target", "yields"), at)
    check_word(row["target"], get_args(TargetKind), f"{at}.target")
    check_word(row["yields"], get_args(Yield), f"{at}.yields")
    for need in words(row, "needs", at):
        check_word(need, get_args(Need), f"{at}.needs")
    requires = tuple(
        _requirement(each, arns, f"{at}.requires[{i}]") for i, each in enumerate(rows(row, "requires", at))
    )
    return Technique(
        id=row["id"],
        title=row["title"],
        target=row["target"],
        yields=row["yields"],
        requires=requires,
        services=words(row, "services", at),
        passes=row.get("passes", row["target"] == "service_role"),
        workloads=words(row, "workloads", at),
        exists=words(row, "exists", at),
        needs=words(row, "needs", at),  # type: ignore[arg-type] # checked above
        pathfinding=words(row, "pathfinding", at),
        attack=words(row, "attack", at),
    )


def _requirement(row: Any, arns: Mapping[str, str], at: str) -> Requirement:
    check_keys(row, _REQUIREMENT, at)
    places = row.get("at")
    if not isinstance(row.get("action"), str) or not places:
        raise UserError(f"an action and where it is done, `at`, are missing in {at} of the escalation catalogue")
    names = (places,) if isinstance(places, str) else tuple(places)
    for name in names:
        check_word(name, (*_PLACES, *arns), f"{at}.at")
    keys = {
        str(key).lower(): (value,) if isinstance(value, str) else tuple(value)
        for key, value in row.get("keys", {}).items()
    }
    return Requirement(
        action=row["action"], on=tuple(arns.get(name, name) for name in names), keys=tuple(sorted(keys.items()))
    )
