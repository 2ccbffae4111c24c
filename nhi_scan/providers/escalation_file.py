"""What reading an escalation catalogue is in every provider: strict, with the place of a mistake in each message.

A misspelt word is an error and not a technique that never fires.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import yaml

from nhi_scan.access.judged import NotByItself
from nhi_scan.model.errors import UserError

_VERSION = 1


def read_top(text: str, known: frozenset[str]) -> Mapping[str, Any]:
    """Read a catalogue's text as far as it is the same everywhere.

    Args:
        text: YAML.
        known: keys that the top may have beside `format_version`.

    Raises:
        UserError: it is no YAML, of another version, or has other keys.
    """
    try:
        whole = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as fault:
        raise UserError(f"the escalation catalogue is no YAML: {fault}") from fault
    check_keys(whole, known | {"format_version"}, "top")
    if whole.get("format_version") != _VERSION:
        raise UserError(f"`format_version` of the escalation catalogue is not {_VERSION}")
    return dict(whole)


def rows(whole: Mapping[str, Any], name: str, at: str) -> list[Any]:
    """Return a list; an empty one where the key is absent.

    Raises:
        UserError: it is no list.
    """
    found = whole.get(name, [])
    if not isinstance(found, list):
        raise UserError(f"`{name}` at {at} of the escalation catalogue is no list")
    return found


def words(row: Mapping[str, Any], name: str, at: str) -> tuple[str, ...]:
    """Return a list of texts; an empty one where the key is absent.

    Raises:
        UserError: it is no list, or something in it is no text.
    """
    found = rows(row, name, at)
    wrong = next((word for word in found if not isinstance(word, str)), None)
    if wrong is not None:
        raise UserError(f"`{wrong}` in `{name}` at {at} of the escalation catalogue is no text")
    return tuple(found)


def not_by_itself(whole: Mapping[str, Any], check: Callable[[str, str], None]) -> tuple[NotByItself, ...]:
    """Read what was judged to be no technique.

    Args:
        whole: the catalogue.
        check: refuses what is no name of a permission; is told where it stands.

    Raises:
        UserError: something in it is not what it should be.
    """
    found = []
    for i, row in enumerate(rows(whole, "not_by_itself", "top")):
        at = f"not_by_itself[{i}]"
        check_keys(row, frozenset({"why", "permissions"}), at)
        check_texts(row, ("why",), at)
        permissions = words(row, "permissions", at)
        for name in permissions:
            check(name, at)
        found.append(NotByItself(row["why"], permissions))
    return tuple(found)


def check_keys(row: Any, known: frozenset[str], at: str) -> None:
    """Refuse what is no mapping, or has a key that nothing reads.

    Raises:
        UserError: it is.
    """
    if not isinstance(row, Mapping):
        raise UserError(f"{at} of the escalation catalogue is no mapping")
    unknown = sorted(str(key) for key in row if key not in known)
    if unknown:
        raise UserError(f"unknown key `{unknown[0]}` at {at} of the escalation catalogue")


def check_texts(row: Mapping[str, Any], names: Sequence[str], at: str) -> None:
    """Refuse a row without one of the texts that it needs.

    Raises:
        UserError: one is missing, or is no text.
    """
    for name in names:
        if not isinstance(row.get(name), str):
            raise UserError(f"`{name}` is missing at {at} of the escalation catalogue")


def check_word(word: object, known: Sequence[str], at: str) -> None:
    """Refuse a word that means nothing.

    Raises:
        UserError: it is none of those that are known.
    """
    if word not in known:
        raise UserError(f"unknown word `{word}` at {at} of the escalation catalogue")


def check_once(ids: Iterable[str]) -> None:
    """Refuse two techniques of one id.

    Raises:
        UserError: there are.
    """
    seen: set[str] = set()
    for id_ in ids:
        if id_ in seen:
            raise UserError(f"the escalation catalogue has two techniques `{id_}`")
        seen.add(id_)
