"""What reading an escalation catalogue is in every provider: strict, with the place of a mistake in each message.

A misspelt word is an error and not a technique that never fires.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypedDict, TypeVar

import yaml

from nhi_scan.access.technique import EscalationCatalogue, NotByItself, Sensitive
from nhi_scan.model.errors import UserError

TOP = "top"
"""Where the keys of the whole catalogue stand."""
DESCRIBED = frozenset(
    {"id", "title", "target", "requires", "needs", "yields", "conditions", "docs", "published", "attack"}
)
"""Keys that a technique has in every catalogue that names its sources."""

_VERSION = 1
_JUDGED = frozenset({"not_by_itself", "sensitive", "techniques"})

Check = Callable[[str, str], None]
"""Refuses what is no name of a permission or an action; is told where it stands."""
Word = TypeVar("Word", bound=str)
Read = TypeVar("Read")


class Named(Protocol):
    """What has an id."""

    @property
    def id(self) -> str:
        """By which reports name it."""


NamedT = TypeVar("NamedT", bound=Named)


class Description(TypedDict):
    """The fields of `access.technique.Described`."""

    id: str
    title: str
    conditions: str
    docs: tuple[str, ...]
    published: tuple[str, ...]
    attack: tuple[str, ...]


def read_catalogue(
    text: str, provider: str, technique: Callable[[Any, str], NamedT], check: Check
) -> EscalationCatalogue[NamedT]:
    """Read a catalogue of techniques, of what is sensitive, and of what is neither.

    Args:
        text: YAML.
        provider: whose identities the techniques are judged for.
        technique: reads a row of them, and is told where it stands.
        check: refuses what is no name of an action.

    Raises:
        UserError: something in it is not what it should be; the message says where it stands.
    """
    whole = read_top(text, _JUDGED)
    return EscalationCatalogue(
        provider=provider,
        techniques=each_technique(whole, technique),
        sensitive=sensitive(whole, check),
        not_by_itself=not_by_itself(whole, check),
    )


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
    check_keys(whole, known | {"format_version"}, TOP)
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


def each(row: Mapping[str, Any], name: str, at: str, one: Callable[[Any, str], Read]) -> tuple[Read, ...]:
    """Read every row of a list.

    Args:
        row: what has the list.
        name: of the list; an empty one where the key is absent.
        at: where `row` stands.
        one: reads one, and is told where it stands.

    Raises:
        UserError: it is no list.
    """
    inside = name if at == TOP else f"{at}.{name}"
    return tuple([one(part, f"{inside}[{i}]") for i, part in enumerate(rows(row, name, at))])


def each_technique(whole: Mapping[str, Any], one: Callable[[Any, str], NamedT]) -> tuple[NamedT, ...]:
    """Read the techniques of a catalogue.

    Raises:
        UserError: something in it is not what it should be, or two have one id.
    """
    found = each(whole, "techniques", TOP, one)
    seen: set[str] = set()
    for technique in found:
        if technique.id in seen:
            raise UserError(f"the escalation catalogue has two techniques `{technique.id}`")
        seen.add(technique.id)
    return found


def described(row: Any, at: str, *, more: frozenset[str]) -> Description:
    """Read what every technique says of itself, and refuse one without a target or what it yields.

    Args:
        row: of a technique.
        at: where it stands.
        more: keys that it may have beside `DESCRIBED`.

    Raises:
        UserError: a key is unknown, a text is missing, or something is of another type.
    """
    check_keys(row, DESCRIBED | more, at)
    check_texts(row, ("id", "title", "target", "yields"), at)
    if "conditions" in row:
        check_texts(row, ("conditions",), at)
    return Description(
        id=row["id"],
        title=row["title"],
        conditions=row.get("conditions", ""),
        docs=words(row, "docs", at),
        published=words(row, "published", at),
        attack=words(row, "attack", at),
    )


def sensitive(whole: Mapping[str, Any], check: Check) -> tuple[Sensitive, ...]:
    """Read what it means to get at the content of a kind of resource.

    Raises:
        UserError: something in it is not what it should be.
    """

    def one(row: Any, at: str) -> Sensitive:
        check_keys(row, frozenset({"kind", "action", "resource"}), at)
        check_texts(row, ("kind", "action"), at)
        check(row["action"], at)
        return Sensitive(kind=row["kind"], action=row["action"], resource=str(row.get("resource", "{id}")))

    return each(whole, "sensitive", TOP, one)


def not_by_itself(whole: Mapping[str, Any], check: Check) -> tuple[NotByItself, ...]:
    """Read what was judged to be no technique.

    Raises:
        UserError: something in it is not what it should be.
    """

    def one(row: Any, at: str) -> NotByItself:
        check_keys(row, frozenset({"why", "permissions"}), at)
        check_texts(row, ("why",), at)
        permissions = words(row, "permissions", at)
        for name in permissions:
            check(name, at)
        return NotByItself(row["why"], permissions)

    return each(whole, "not_by_itself", TOP, one)


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


def word(row: Mapping[str, Any], name: str, at: str, known: Sequence[Word]) -> Word:
    """Return a word that must be one of those that mean something.

    Raises:
        UserError: it is none of them.
    """
    return check_word(row.get(name), known, f"{at}.{name}")


def words_of(row: Mapping[str, Any], name: str, at: str, known: Sequence[Word]) -> tuple[Word, ...]:
    """Return a list of words that must all mean something; an empty one where the key is absent.

    Raises:
        UserError: it is no list, or one is none of those that are known.
    """
    return tuple([check_word(one, known, f"{at}.{name}") for one in words(row, name, at)])


def check_word(said: object, known: Sequence[Word], at: str) -> Word:
    """Refuse a word that means nothing.

    Raises:
        UserError: it is none of those that are known.
    """
    if said not in known:
        raise UserError(f"unknown word `{said}` at {at} of the escalation catalogue")
    return known[known.index(said)]
