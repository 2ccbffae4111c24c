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
    Technique,
)
from nhi_scan.model.errors import UserError
from nhi_scan.providers.escalation_file import check_keys, check_texts, described, each, read_catalogue, word, words

_PATH = Path(__file__).with_name("escalation.yaml")
_FIELDS = frozenset({"by", "events", "finds", "contexts"})
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
    return read_catalogue(text, "github", _technique, _check_permission)


def _technique(row: Any, at: str) -> Technique:
    description = described(row, at, more=_FIELDS)
    by = word(row, "by", at, ACTORS)
    requires = each(row, "requires", at, _requirement)
    if bool(requires) != (by == "holder"):
        raise UserError(
            f"permissions are required of a holder, and of nobody else, at {at} of the escalation catalogue"
        )
    return Technique(
        **description,
        by=by,
        target=word(row, "target", at, TARGETS),
        yields=word(row, "yields", at, YIELDS),
        requires=requires,
        events=words(row, "events", at),
        finds=word(row, "finds", at, FINDS) if "finds" in row else None,
        contexts=words(row, "contexts", at),
        needs=words(row, "needs", at),
    )


def _requirement(row: Any, at: str) -> Requirement:
    check_keys(row, frozenset({"permission", "at"}), at)
    check_texts(row, ("permission",), at)
    _check_permission(row["permission"], at)
    return Requirement(row["permission"], word(row, "at", at, PLACES))


def _check_permission(name: str, at: str) -> None:
    if not _PERMISSION.fullmatch(name):
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no permission")
