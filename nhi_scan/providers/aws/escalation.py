"""Reads `escalation.yaml`: strictly, so that a misspelt word is an error and not a technique that never fires."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import yaml

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

_PATH = Path(__file__).with_name("escalation.yaml")
_TOP = frozenset({"format_version", "caller_chooses", "arns", "techniques", "sensitive"})
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
    try:
        whole = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as fault:
        raise UserError(f"the escalation catalogue is no YAML: {fault}") from fault
    _check_keys(whole, _TOP, "top")
    arns = {str(name): str(pattern) for name, pattern in whole.get("arns", {}).items()}
    found = [_technique(row, arns, f"techniques[{i}]") for i, row in enumerate(whole.get("techniques", ()))]
    ids = [technique.id for technique in found]
    twice = next((id_ for id_ in ids if ids.count(id_) > 1), None)
    if twice is not None:
        raise UserError(f"the escalation catalogue has two techniques `{twice}`")
    chosen = tuple(str(key).lower() for key in whole.get("caller_chooses", ()))
    sensitive = [_sensitive(row, f"sensitive[{i}]") for i, row in enumerate(whole.get("sensitive", ()))]
    return EscalationCatalogue(
        provider="aws", techniques=tuple(found), sensitive=tuple(sensitive), caller_chooses=chosen
    )


def _sensitive(row: Any, at: str) -> Sensitive:
    _check_keys(row, frozenset({"kind", "action", "resource"}), at)
    if not all(isinstance(row.get(name), str) for name in ("kind", "action", "resource")):
        raise UserError(f"a kind, an action and a resource are needed at {at} of the escalation catalogue")
    return Sensitive(kind=row["kind"], action=row["action"], resource=row["resource"])


def _technique(row: Any, arns: Mapping[str, str], at: str) -> Technique:
    _check_keys(row, _FIELDS, at)
    for name in ("id", "title", "target", "yields"):
        if not isinstance(row.get(name), str):
            raise UserError(f"`{name}` is missing at {at} of the escalation catalogue")
    _check_word(row["target"], get_args(TargetKind), f"{at}.target")
    _check_word(row["yields"], get_args(Yield), f"{at}.yields")
    for need in row.get("needs", ()):
        _check_word(need, get_args(Need), f"{at}.needs")
    requires = tuple(_requirement(each, arns, f"{at}.requires[{i}]") for i, each in enumerate(row.get("requires", ())))
    return Technique(
        id=row["id"],
        title=row["title"],
        target=row["target"],
        yields=row["yields"],
        requires=requires,
        services=_words(row, "services"),
        passes=row.get("passes", row["target"] == "service_role"),
        workloads=_words(row, "workloads"),
        exists=_words(row, "exists"),
        needs=_words(row, "needs"),  # type: ignore[arg-type] # checked above
        pathfinding=_words(row, "pathfinding"),
        attack=_words(row, "attack"),
    )


def _requirement(row: Any, arns: Mapping[str, str], at: str) -> Requirement:
    _check_keys(row, _REQUIREMENT, at)
    places = row.get("at")
    if not isinstance(row.get("action"), str) or not places:
        raise UserError(f"an action and where it is done, `at`, are missing in {at} of the escalation catalogue")
    names = (places,) if isinstance(places, str) else tuple(places)
    for name in names:
        _check_word(name, (*_PLACES, *arns), f"{at}.at")
    keys = {
        str(key).lower(): (value,) if isinstance(value, str) else tuple(value)
        for key, value in row.get("keys", {}).items()
    }
    return Requirement(
        action=row["action"], on=tuple(arns.get(name, name) for name in names), keys=tuple(sorted(keys.items()))
    )


def _words(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(str(word) for word in row.get(name, ()))


def _check_keys(row: Any, known: frozenset[str], at: str) -> None:
    if not isinstance(row, Mapping):
        raise UserError(f"{at} of the escalation catalogue is no mapping")
    unknown = sorted(str(key) for key in row if key not in known)
    if unknown:
        raise UserError(f"unknown key `{unknown[0]}` at {at} of the escalation catalogue")


def _check_word(word: object, known: Sequence[str], at: str) -> None:
    if word not in known:
        raise UserError(f"unknown word `{word}` at {at} of the escalation catalogue")
