"""Reads `escalation.yaml`: strictly, so that a misspelt word is an error and not a technique that never fires."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from nhi_scan.access.azure.escalation.technique import (
    BLOCKERS,
    NEEDS,
    PLACES,
    TARGETS,
    YIELDS,
    Alternative,
    EscalationCatalogue,
    Requirement,
    Sensitive,
    StrongRole,
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
_TOP = frozenset({"not_by_itself", "roles", "sensitive", "techniques"})
_FIELDS = frozenset(
    {
        "id",
        "title",
        "target",
        "requires",
        "workloads",
        "blocked_by",
        "needs",
        "yields",
        "conditions",
        "docs",
        "published",
        "attack",
    }
)
_ROLE_YIELDS = ("control", "workloads", "content")
_ACTION = re.compile(r"[A-Za-z][A-Za-z0-9.]*(/[A-Za-z0-9._$-]+)+")
_ROLE = re.compile(r"directory/(roledefinitions/[0-9a-f-]{36}|owners/[a-z]+)")
_ARM_ROLE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BY_NATURE = frozenset({"agent_identity", "agent_user", "approval"})  # nothing has to be held: what they are is enough


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
    return EscalationCatalogue(
        provider="azure",
        techniques=tuple(found),
        roles=tuple([_role(row, f"roles[{i}]") for i, row in enumerate(rows(whole, "roles", "top"))]),
        sensitive=tuple([_sensitive(row, f"sensitive[{i}]") for i, row in enumerate(rows(whole, "sensitive", "top"))]),
        not_by_itself=not_by_itself(whole, _check_action),
    )


def _role(row: Any, at: str) -> StrongRole:
    check_keys(row, frozenset({"id", "name", "yields", "kinds"}), at)
    check_texts(row, ("id", "name", "yields"), at)
    check_word(row["yields"], _ROLE_YIELDS, f"{at}.yields")
    if not _ARM_ROLE.fullmatch(row["id"]):
        raise UserError(f"`{row['id']}` at {at} of the escalation catalogue is no id of a role")
    id_ = f"/providers/microsoft.authorization/roledefinitions/{row['id']}"
    return StrongRole(id_, row["name"], row["yields"], words(row, "kinds", at))


def _sensitive(row: Any, at: str) -> Sensitive:
    check_keys(row, frozenset({"kind", "action", "resource", "where", "title"}), at)
    check_texts(row, ("kind", "action"), at)
    _check_action(row["action"], at)
    where = row.get("where", {})
    check_keys(where, frozenset(where) if isinstance(where, dict) else frozenset(), f"{at}.where")
    return Sensitive(
        kind=row["kind"],
        action=row["action"],
        resource=str(row.get("resource", "{id}")),
        where=tuple(sorted((str(key), str(word)) for key, word in where.items())),
        title=str(row.get("title", "")),
    )


def _technique(row: Any, at: str) -> Technique:
    check_keys(row, _FIELDS, at)
    check_texts(row, ("id", "title", "target", "yields"), at)
    check_word(row["target"], TARGETS, f"{at}.target")
    check_word(row["yields"], YIELDS, f"{at}.yields")
    for name, known in (("needs", NEEDS), ("blocked_by", BLOCKERS)):
        for word in words(row, name, at):
            check_word(word, known, f"{at}.{name}")
    requires = tuple(_alternative(each, f"{at}.requires[{i}]") for i, each in enumerate(rows(row, "requires", at)))
    if not requires and row["target"] not in _BY_NATURE:
        raise UserError(f"nothing is required at {at} of the escalation catalogue")
    return Technique(
        id=row["id"],
        title=row["title"],
        target=row["target"],
        yields=row["yields"],
        requires=requires,
        workloads=words(row, "workloads", at),
        blocked_by=words(row, "blocked_by", at),  # type: ignore[arg-type] # checked above
        needs=words(row, "needs", at),  # type: ignore[arg-type] # checked above
        conditions=str(row.get("conditions", "")),
        docs=words(row, "docs", at),
        published=words(row, "published", at),
        attack=words(row, "attack", at),
    )


def _alternative(row: Any, at: str) -> Alternative:
    """Read what must be held at once: a list, or one requirement alone."""
    each = row if isinstance(row, list) else [row]
    if not each:
        raise UserError(f"nothing is required at {at} of the escalation catalogue")
    return tuple(_requirement(one, f"{at}[{i}]") for i, one in enumerate(each))


def _requirement(row: Any, at: str) -> Requirement:
    """Read an action on the target, or a mapping that says more."""
    if isinstance(row, str):
        row = {"action": row}
    check_keys(row, frozenset({"action", "role", "at"}), at)
    if ("action" in row) == ("role" in row):
        raise UserError(f"either `action` or `role` is needed at {at} of the escalation catalogue")
    check_word(row.get("at", "target"), PLACES, f"{at}.at")
    name = str(row.get("action", row.get("role")))
    if "action" in row:
        _check_action(name, at)
    elif not _ROLE.fullmatch(name):
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no role of the directory")
    return Requirement(str(row.get("action", "")), str(row.get("role", "")), row.get("at", "target"))


def _check_action(name: str, at: str) -> None:
    if not _ACTION.fullmatch(name):
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no action")
