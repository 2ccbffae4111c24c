"""Reads `escalation.yaml`: strictly, so that a misspelt word is an error and not a technique that never fires."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from nhi_scan.access.gcp.escalation.technique import (
    NEEDS,
    PLACES,
    TARGETS,
    YIELDS,
    EscalationCatalogue,
    NotByItself,
    Requirement,
    Sensitive,
    Technique,
)
from nhi_scan.model.errors import UserError

_PATH = Path(__file__).with_name("escalation.yaml")
_VERSION = 1
_TOP = frozenset({"format_version", "not_by_itself", "sensitive", "techniques"})
_FIELDS = frozenset(
    {
        "id",
        "title",
        "target",
        "requires",
        "workloads",
        "exists",
        "blocked_by",
        "agents",
        "needs",
        "yields",
        "conditions",
        "docs",
        "published",
        "attack",
    }
)
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
    try:
        whole = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as fault:
        raise UserError(f"the escalation catalogue is no YAML: {fault}") from fault
    _check_keys(whole, _TOP, "top")
    if whole.get("format_version") != _VERSION:
        raise UserError(f"`format_version` of the escalation catalogue is not {_VERSION}")
    found = [_technique(row, f"techniques[{i}]") for i, row in enumerate(_rows(whole, "techniques", "top"))]
    ids = [technique.id for technique in found]
    twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if twice is not None:
        raise UserError(f"the escalation catalogue has two techniques `{twice}`")
    sensitive = [_sensitive(row, f"sensitive[{i}]") for i, row in enumerate(_rows(whole, "sensitive", "top"))]
    rows = _rows(whole, "not_by_itself", "top")
    return EscalationCatalogue(
        provider="gcp",
        techniques=tuple(found),
        sensitive=tuple(sensitive),
        not_by_itself=tuple([_not_by_itself(row, f"not_by_itself[{i}]") for i, row in enumerate(rows)]),
    )


def _not_by_itself(row: Any, at: str) -> NotByItself:
    _check_keys(row, frozenset({"why", "permissions"}), at)
    if not isinstance(row.get("why"), str):
        raise UserError(f"`why` is missing at {at} of the escalation catalogue")
    permissions = _words(row, "permissions", at)
    for name in permissions:
        _check_permission(name, at)
    return NotByItself(row["why"], permissions)


def _sensitive(row: Any, at: str) -> Sensitive:
    _check_keys(row, frozenset({"kind", "action", "resource"}), at)
    if not all(isinstance(row.get(name), str) for name in ("kind", "action")):
        raise UserError(f"a kind and an action are needed at {at} of the escalation catalogue")
    _check_permission(row["action"], at)
    return Sensitive(kind=row["kind"], action=row["action"], resource=str(row.get("resource", "{id}")))


def _technique(row: Any, at: str) -> Technique:
    _check_keys(row, _FIELDS, at)
    for name in ("id", "title", "target", "yields"):
        if not isinstance(row.get(name), str):
            raise UserError(f"`{name}` is missing at {at} of the escalation catalogue")
    _check_word(row["target"], TARGETS, f"{at}.target")
    _check_word(row["yields"], YIELDS, f"{at}.yields")
    for need in _words(row, "needs", at):
        _check_word(need, NEEDS, f"{at}.needs")
    requires = tuple(_requirement(each, f"{at}.requires[{i}]") for i, each in enumerate(_rows(row, "requires", at)))
    if not requires:
        raise UserError(f"no permission is required at {at} of the escalation catalogue")
    return Technique(
        id=row["id"],
        title=row["title"],
        target=row["target"],
        yields=row["yields"],
        requires=requires,
        workloads=_words(row, "workloads", at),
        exists=_words(row, "exists", at),
        blocked_by=_words(row, "blocked_by", at),
        agents=_words(row, "agents", at),
        needs=_words(row, "needs", at),  # type: ignore[arg-type] # checked above
        conditions=str(row.get("conditions", "")),
        docs=_words(row, "docs", at),
        published=_words(row, "published", at),
        attack=_words(row, "attack", at),
    )


def _requirement(row: Any, at: str) -> Requirement:
    _check_keys(row, frozenset({"permission", "at"}), at)
    if not isinstance(row.get("permission"), str):
        raise UserError(f"`permission` is missing at {at} of the escalation catalogue")
    _check_permission(row["permission"], at)
    _check_word(row.get("at"), PLACES, f"{at}.at")
    return Requirement(row["permission"], row["at"])


def _rows(whole: Mapping[str, Any], name: str, at: str) -> list[Any]:
    rows = whole.get(name, [])
    if not isinstance(rows, list):
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no list")
    return rows


def _words(row: Mapping[str, Any], name: str, at: str) -> tuple[str, ...]:
    words = _rows(row, name, at)
    wrong = next((word for word in words if not isinstance(word, str)), None)
    if wrong is not None:
        raise UserError(f"`{wrong}` in `{name}` at {at} of the escalation catalogue is no text")
    return tuple(words)


def _check_permission(name: str, at: str) -> None:
    if not _PERMISSION.fullmatch(name):
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no permission")


def _check_keys(row: Any, known: frozenset[str], at: str) -> None:
    if not isinstance(row, Mapping):
        raise UserError(f"{at} of the escalation catalogue is no mapping")
    unknown = sorted(str(key) for key in row if key not in known)
    if unknown:
        raise UserError(f"unknown key `{unknown[0]}` at {at} of the escalation catalogue")


def _check_word(word: object, known: Sequence[str], at: str) -> None:
    if word not in known:
        raise UserError(f"unknown word `{word}` at {at} of the escalation catalogue")
