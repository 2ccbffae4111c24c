"""Reads `escalation.yaml`: strictly, so that a misspelt word is an error and not a technique that never fires."""

from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from nhi_scan.access.aws.escalation.technique import (
    NEEDS,
    TARGETS,
    YIELDS,
    EscalationCatalogue,
    Requirement,
    Technique,
)
from nhi_scan.model.errors import UserError
from nhi_scan.providers.escalation_file import (
    TOP,
    check_keys,
    check_texts,
    check_word,
    each,
    each_technique,
    read_top,
    sensitive,
    word,
    words,
    words_of,
)

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
_PLACES = ("target", "policy", "boundary", "provider", "workload", "none")


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
    return EscalationCatalogue(
        provider="aws",
        techniques=each_technique(whole, partial(_technique, arns)),
        sensitive=sensitive(whole, _check_action),
        caller_chooses=tuple(key.lower() for key in words(whole, "caller_chooses", TOP)),
    )


def _technique(arns: Mapping[str, str], row: Any, at: str) -> Technique:
    check_keys(row, _FIELDS, at)
    check_texts(row, ("id", "title", "target", "yields"), at)
    return Technique(
        id=row["id"],
        title=row["title"],
        target=word(row, "target", at, TARGETS),
        yields=word(row, "yields", at, YIELDS),
        requires=each(row, "requires", at, partial(_requirement, arns)),
        services=words(row, "services", at),
        passes=row.get("passes", row["target"] == "service_role"),
        workloads=words(row, "workloads", at),
        exists=words(row, "exists", at),
        needs=words_of(row, "needs", at, NEEDS),
        pathfinding=words(row, "pathfinding", at),
        attack=words(row, "attack", at),
    )


def _requirement(arns: Mapping[str, str], row: Any, at: str) -> Requirement:
    check_keys(row, _REQUIREMENT, at)
    places = row.get("at")
    if not isinstance(row.get("action"), str) or not places:
        raise UserError(f"an action and where it is done, `at`, are missing in {at} of the escalation catalogue")
    names = (places,) if isinstance(places, str) else tuple(places)
    for name in names:
        check_word(name, (*_PLACES, *arns), f"{at}.at")
    _check_action(row["action"], at)
    keys = {
        str(key).lower(): (value,) if isinstance(value, str) else tuple(value)
        for key, value in row.get("keys", {}).items()
    }
    return Requirement(
        action=row["action"], on=tuple(arns.get(name, name) for name in names), keys=tuple(sorted(keys.items()))
    )


def _check_action(name: str, at: str) -> None:
    if ":" not in name:
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no action")
