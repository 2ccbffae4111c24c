"""Reads `escalation.yaml`: strictly, so that a misspelt word is an error and not a technique that never fires."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from nhi_scan.access.github.escalation.technique import (
    ACTORS,
    FINDS,
    PLACES,
    TARGETS,
    YIELDS,
    EscalationCatalogue,
    Requirement,
    Sensitive,
    Technique,
)
from nhi_scan.model.errors import UserError
from nhi_scan.providers.escalation_file import (
    check_keys,
    check_once,
    check_texts,
    check_word,
    not_by_itself,
    read_top,
    rows,
    words,
)

_PATH = Path(__file__).with_name("escalation.yaml")
_TOP = frozenset({"not_by_itself", "sensitive", "techniques"})
_FIELDS = frozenset(
    {
        "id",
        "title",
        "by",
        "target",
        "requires",
        "events",
        "finds",
        "contexts",
        "needs",
        "yields",
        "conditions",
        "docs",
        "published",
        "attack",
    }
)
_PERMISSION = re.compile(r"[a-z][a-z_]*=(read|write|admin|use)")


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
    found = [_technique(row, f"techniques[{i}]") for i, row in enumerate(rows(whole, "techniques", "top"))]
    check_once(technique.id for technique in found)
    sensitive = [_sensitive(row, f"sensitive[{i}]") for i, row in enumerate(rows(whole, "sensitive", "top"))]
    return EscalationCatalogue(
        provider="github",
        techniques=tuple(found),
        sensitive=tuple(sensitive),
        not_by_itself=not_by_itself(whole, _check_permission),
    )


def _sensitive(row: Any, at: str) -> Sensitive:
    check_keys(row, frozenset({"kind", "action", "resource"}), at)
    if not all(isinstance(row.get(name), str) for name in ("kind", "action")):
        raise UserError(f"a kind and an action are needed at {at} of the escalation catalogue")
    _check_permission(row["action"], at)
    return Sensitive(kind=row["kind"], action=row["action"], resource=str(row.get("resource", "{id}")))


def _technique(row: Any, at: str) -> Technique:
    check_keys(row, _FIELDS, at)
    check_texts(row, ("id", "title", "by", "target", "yields"), at)
    check_word(row["by"], ACTORS, f"{at}.by")
    check_word(row["target"], TARGETS, f"{at}.target")
    check_word(row["yields"], YIELDS, f"{at}.yields")
    if "finds" in row:
        check_word(row["finds"], FINDS, f"{at}.finds")
    requires = tuple(_requirement(each, f"{at}.requires[{i}]") for i, each in enumerate(rows(row, "requires", at)))
    if bool(requires) != (row["by"] == "holder"):
        raise UserError(
            f"permissions are required of a holder, and of nobody else, at {at} of the escalation catalogue"
        )
    return Technique(
        id=row["id"],
        title=row["title"],
        by=row["by"],
        target=row["target"],
        yields=row["yields"],
        requires=requires,
        events=words(row, "events", at),
        finds=row.get("finds"),
        contexts=words(row, "contexts", at),
        needs=words(row, "needs", at),
        conditions=str(row.get("conditions", "")),
        docs=words(row, "docs", at),
        published=words(row, "published", at),
        attack=words(row, "attack", at),
    )


def _requirement(row: Any, at: str) -> Requirement:
    check_keys(row, frozenset({"permission", "at"}), at)
    check_texts(row, ("permission",), at)
    _check_permission(row["permission"], at)
    check_word(row.get("at"), PLACES, f"{at}.at")
    return Requirement(row["permission"], row["at"])


def _check_permission(name: str, at: str) -> None:
    if not _PERMISSION.fullmatch(name):
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no permission")
