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
    Technique,
)
from nhi_scan.model.errors import UserError
from nhi_scan.model.kube_actions import parse as parse_action
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
_LISTS = ("namespaces", "workloads", "agents", "versions")
_FIELDS = frozenset({"pod_security", "before", *_LISTS})


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
    return read_catalogue(text, "kubernetes", _technique, _check_action)


def _technique(row: Any, at: str) -> Technique:
    description = described(row, at, more=_FIELDS)
    if "before" in row:
        check_texts(row, ("before",), at)
    requires = each(row, "requires", at, _requirement)
    if not requires:
        raise UserError(f"no action is required at {at} of the escalation catalogue")
    if requires[0].at != "target":
        raise UserError(f"what is required first at {at} of the escalation catalogue is not about the target")
    lists = {name: words(row, name, at) for name in _LISTS}
    return Technique(
        **description,
        target=word(row, "target", at, TARGETS),
        yields=word(row, "yields", at, YIELDS),
        requires=requires,
        pod_security=word(row, "pod_security", at, STANDARDS) if "pod_security" in row else "",
        needs=words_of(row, "needs", at, NEEDS),
        before=row.get("before", ""),
        **lists,
    )


def _requirement(row: Any, at: str) -> Requirement:
    check_keys(row, frozenset({"any", "at", "names"}), at)
    actions = words(row, "any", at)
    if not actions:
        raise UserError(f"`any` is missing at {at} of the escalation catalogue")
    for action in actions:
        _check_action(action, at)
    return Requirement(actions, word(row, "at", at, PLACES), words(row, "names", at))


def _check_action(name: str, at: str) -> None:
    read = parse_action(name)
    if read is None or read.text != name:
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no action")
