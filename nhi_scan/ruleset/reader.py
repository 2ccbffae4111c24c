"""Takes values out of decoded YAML, checking each: every error names file, path and word."""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import Enum
from typing import Any, NoReturn, TypeVar

from nhi_scan.model.errors import UserError
from nhi_scan.ruleset.rule import Scalar, Value
from nhi_scan.ruleset.strict_yaml import name_of

E = TypeVar("E", bound=Enum)


class Reader:
    """One mapping at one path of one file. Keys that nobody took are refused at the end."""

    def __init__(self, source: str, value: object, path: str = "") -> None:
        self.source = source
        self.path = path
        if not isinstance(value, dict):
            self.fail(f"expected a mapping, not {name_of(value)}")
        self._left: dict[str, Any] = dict(value)
        self._known: list[str] = []

    def fail(self, problem: str, key: str = "") -> NoReturn:
        """Raise the error of this place.

        Raises:
            UserError: always.
        """
        place = self.at(key)
        raise UserError(f"{self.source}: {place}: {problem}" if place else f"{self.source}: {problem}")

    def mapping_keys(self) -> tuple[str, ...]:
        """The keys that were not taken yet, in the order of the file.

        Raises:
            UserError: there is none.
        """
        if not self._left:
            self.fail("expected a condition, not an empty mapping")
        return tuple(self._left)

    def at(self, key: str) -> str:
        """The path of a key of this mapping."""
        return f"{self.path}.{key}".strip(".")

    def take(self, key: str, *, default: object = ...) -> Any:
        """Take a value of any type.

        Raises:
            UserError: the key is missing and there is no default.
        """
        self._known.append(key)
        if key in self._left:
            return self._left.pop(key)
        if default is ...:
            self.fail(f"missing key `{key}`")
        return default

    def has(self, key: str) -> bool:
        """Whether there is such a key."""
        return key in self._left

    def is_mapping(self, key: str) -> bool:
        """Whether there is a mapping under a key; it is not taken."""
        return isinstance(self._left.get(key), dict)

    def by_word(self, key: str, known: Iterable[str]) -> "list[tuple[Reader, str]]":
        """Take a mapping whose keys are known words: a reader of it with each key that it has, sorted.

        Raises:
            UserError: it has none, or another.
        """
        inner = Reader(self.source, self.take(key), self.at(key))
        names = sorted(inner._left)
        if not names:
            self.fail("an empty mapping says nothing", key)
        return [(inner, inner.one_of(name, known)) for name in names]

    def text(self, key: str, *, default: str | None = None) -> str:
        """Take a text that says something."""
        value = self.take(key, default=... if default is None else default)
        if not isinstance(value, str) or (not value.strip() and default != value):
            self.fail(f"expected a text, not {name_of(value)}", key)
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts; missing is empty."""
        values = self.take(key, default=[])
        if not isinstance(values, list):
            self.fail(f"expected a list, not {name_of(values)}", key)
        for place, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                self.fail(f"expected a text, not {name_of(value)}", f"{key}[{place}]")
        if len(set(values)) != len(values):
            self.fail("the same entry twice", key)
        return tuple(values)

    def mapping(self, key: str) -> dict[str, Any]:
        """Take a mapping; missing is empty."""
        value = self.take(key, default={})
        if not isinstance(value, dict):
            self.fail(f"expected a mapping, not {name_of(value)}", key)
        return value

    def items(self, key: str) -> list[Any]:
        """Take a list; missing is empty."""
        value = self.take(key, default=[])
        if not isinstance(value, list):
            self.fail(f"expected a list, not {name_of(value)}", key)
        return value

    def choice(self, key: str, allowed: Iterable[str]) -> str:
        """Take one of several words."""
        return self.one_of(self.text(key), allowed, key)

    def member(self, key: str, enumeration: type[E], default: E | None = None) -> E:
        """Take the value of an enumeration's member."""
        allowed = [str(member.value) for member in enumeration]
        fallback = None if default is None else str(default.value)
        return enumeration(self.one_of(self.text(key, default=fallback), allowed, key))

    def one_of(self, word: str, allowed: Iterable[str], key: str = "") -> str:
        """Check a word against a list, and suggest the one that was meant."""
        names = list(allowed)
        if word not in names:
            self.fail(f"unknown {key.rpartition('.')[2] or 'word'} `{word}`{suggestion(word, names)}", key)
        return word

    def finish(self) -> None:
        """Refuse what is left over.

        Raises:
            UserError: a key that nobody knows.
        """
        for key in self._left:
            self.fail(f"unknown key `{key}`{suggestion(key, self._known)}")

    def value(self, raw: object, key: str) -> Value:
        """Check that a value is a scalar or a list of scalars, as rules and cases hold them."""
        if isinstance(raw, list):
            return tuple(self.scalar(one, f"{key}[{place}]") for place, one in enumerate(raw))
        return self.scalar(raw, key)

    def scalar(self, raw: object, key: str) -> Scalar:
        """Check that a value is one scalar."""
        if not isinstance(raw, bool | int | str):
            self.fail(f"expected a word, a whole number or true or false, not {name_of(raw)}", key)
        if isinstance(raw, int) and abs(raw) >= 2**63:
            self.fail(f"{name_of(raw)} is too large", key)
        return raw


def suggestion(word: str, known: Iterable[str]) -> str:
    """Say what was probably meant; else what there is, where that is short."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1)
    if close:
        return f" (did you mean `{close[0]}`?)"
    return f" (known: {', '.join(names)})" if len(names) <= 12 else ""
