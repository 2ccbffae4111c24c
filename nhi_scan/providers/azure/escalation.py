"""Reads `escalation.yaml`: strictly, so that a misspelt word is an error and not a technique that never fires."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from nhi_scan.access.azure.escalation.technique import (
    BLOCKERS,
    NEEDS,
    PLACES,
    ROLE_YIELDS,
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
    TOP,
    check_keys,
    check_texts,
    described,
    each,
    each_technique,
    not_by_itself,
    read_top,
    word,
    words,
    words_of,
)

_PATH = Path(__file__).with_name("escalation.yaml")
_TOP = frozenset({"not_by_itself", "roles", "sensitive", "techniques"})
_FIELDS = frozenset({"workloads", "blocked_by"})
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
    return EscalationCatalogue(
        provider="azure",
        techniques=each_technique(whole, _technique),
        roles=each(whole, "roles", TOP, _role),
        sensitive=each(whole, "sensitive", TOP, _sensitive),
        not_by_itself=not_by_itself(whole, _check_action),
    )


def _role(row: Any, at: str) -> StrongRole:
    check_keys(row, frozenset({"id", "name", "yields", "kinds"}), at)
    check_texts(row, ("id", "name", "yields"), at)
    yields = word(row, "yields", at, ROLE_YIELDS)
    if not _ARM_ROLE.fullmatch(row["id"]):
        raise UserError(f"`{row['id']}` at {at} of the escalation catalogue is no id of a role")
    id_ = f"/providers/microsoft.authorization/roledefinitions/{row['id']}"
    return StrongRole(id_, row["name"], yields, words(row, "kinds", at))


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
    description = described(row, at, more=_FIELDS)
    requires = each(row, "requires", at, _alternative)
    if not requires and row["target"] not in _BY_NATURE:
        raise UserError(f"nothing is required at {at} of the escalation catalogue")
    return Technique(
        **description,
        target=word(row, "target", at, TARGETS),
        yields=word(row, "yields", at, YIELDS),
        requires=requires,
        workloads=words(row, "workloads", at),
        blocked_by=words_of(row, "blocked_by", at, BLOCKERS),
        needs=words_of(row, "needs", at, NEEDS),
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
    where = word({"at": "target", **row}, "at", at, PLACES)
    name = str(row.get("action", row.get("role")))
    if "action" in row:
        _check_action(name, at)
    elif not _ROLE.fullmatch(name):
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no role of the directory")
    return Requirement(str(row.get("action", "")), str(row.get("role", "")), where)


def _check_action(name: str, at: str) -> None:
    if not _ACTION.fullmatch(name):
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no action")
