"""Reads `escalation.yaml`: strictly, so that a misspelt word is an error and not a technique that never fires."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from nhi_scan.access.gcp.escalation.technique import (
    NEEDS,
    PLACES,
    TARGETS,
    YIELDS,
    EscalationCatalogue,
    Requirement,
    Technique,
)
from nhi_scan.model.errors import UserError
from nhi_scan.providers.escalation_file import (
    check_keys,
    check_texts,
    described,
    each,
    read_catalogue,
    word,
    words,
    words_of,
)

_PATH = Path(__file__).with_name("escalation.yaml")
_FIELDS = frozenset({"workloads", "exists", "blocked_by", "agents"})
_PERMISSION = re.compile(r"[a-z][a-z0-9]*(\.[A-Za-z0-9]+)+")


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
    return read_catalogue(text, "gcp", _technique, _check_permission)


def _technique(row: Any, at: str) -> Technique:
    description = described(row, at, more=_FIELDS)
    requires = each(row, "requires", at, _requirement)
    if not requires:
        raise UserError(f"no permission is required at {at} of the escalation catalogue")
    return Technique(
        **description,
        target=word(row, "target", at, TARGETS),
        yields=word(row, "yields", at, YIELDS),
        requires=requires,
        workloads=words(row, "workloads", at),
        exists=words(row, "exists", at),
        blocked_by=words(row, "blocked_by", at),
        agents=words(row, "agents", at),
        needs=words_of(row, "needs", at, NEEDS),
    )


def _requirement(row: Any, at: str) -> Requirement:
    check_keys(row, frozenset({"permission", "at"}), at)
    check_texts(row, ("permission",), at)
    _check_permission(row["permission"], at)
    return Requirement(row["permission"], word(row, "at", at, PLACES))


def _check_permission(name: str, at: str) -> None:
    if not _PERMISSION.fullmatch(name):
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no permission")
