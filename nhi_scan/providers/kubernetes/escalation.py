"""Reads `escalation.yaml`: strictly, so that a misspelt word is an error and not a technique that never fires."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from nhi_scan.access.kubernetes.escalation.technique import (
    NEEDS,
    PLACES,
    STANDARDS,
    TARGETS,
    YIELDS,
    EscalationCatalogue,
    Requirement,
    Sensitive,
    Technique,
)
from nhi_scan.model.errors import UserError
from nhi_scan.model.kube_actions import parse as parse_action
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
_TEXTS = ("before", "conditions")
_LISTS = ("namespaces", "workloads", "agents", "versions", "docs", "published", "attack")
_FIELDS = frozenset({"id", "title", "target", "requires", "yields", "pod_security", "needs", *_TEXTS, *_LISTS})


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
        provider="kubernetes",
        techniques=tuple(found),
        sensitive=tuple(sensitive),
        not_by_itself=not_by_itself(whole, _check_action),
    )


def _sensitive(row: Any, at: str) -> Sensitive:
    check_keys(row, frozenset({"kind", "action"}), at)
    check_texts(row, ("kind", "action"), at)
    _check_action(row["action"], at)
    return Sensitive(kind=row["kind"], action=row["action"])


def _technique(row: Any, at: str) -> Technique:
    check_keys(row, _FIELDS, at)
    check_texts(row, ("id", "title", "target", "yields", *(name for name in _TEXTS if name in row)), at)
    check_word(row["target"], TARGETS, f"{at}.target")
    check_word(row["yields"], YIELDS, f"{at}.yields")
    check_word(row.get("pod_security", ""), STANDARDS, f"{at}.pod_security")
    for need in words(row, "needs", at):
        check_word(need, NEEDS, f"{at}.needs")
    requires = tuple(_requirement(each, f"{at}.requires[{i}]") for i, each in enumerate(rows(row, "requires", at)))
    if not requires:
        raise UserError(f"no action is required at {at} of the escalation catalogue")
    if requires[0].at != "target":
        raise UserError(f"what is required first at {at} of the escalation catalogue is not about the target")
    lists = {name: words(row, name, at) for name in _LISTS}
    return Technique(
        id=row["id"],
        title=row["title"],
        target=row["target"],
        yields=row["yields"],
        requires=requires,
        pod_security=row.get("pod_security", ""),
        needs=words(row, "needs", at),  # type: ignore[arg-type] # checked above
        before=row.get("before", ""),
        conditions=row.get("conditions", ""),
        **lists,
    )


def _requirement(row: Any, at: str) -> Requirement:
    check_keys(row, frozenset({"any", "at", "names"}), at)
    actions = words(row, "any", at)
    if not actions:
        raise UserError(f"`any` is missing at {at} of the escalation catalogue")
    for action in actions:
        _check_action(action, at)
    check_word(row.get("at"), PLACES, f"{at}.at")
    return Requirement(actions, row["at"], words(row, "names", at))


def _check_action(name: str, at: str) -> None:
    read = parse_action(name)
    if read is None or read.text != name:
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no action")
