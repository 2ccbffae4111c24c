"""What many records share, written once under a short key and named by it everywhere else."""

from collections.abc import Callable, Hashable, Iterator
from hashlib import blake2b
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)

_SHORTEST = 8  # hexadecimal digits


class Once(Generic[T]):
    """Gives each distinct value a key made of its content, so that a change elsewhere changes no key.

    A key is eight digits of the value's digest, or more where another value has taken those: what an attacker writes
    into a name can make a key longer, never make two values one.
    """

    def __init__(self, spell: Callable[[T], bytes]) -> None:
        """Begin with none.

        Args:
            spell: writes a value's content; distinct values have distinct contents.
        """
        self._spell = spell
        self._keys: dict[T, str] = {}
        self._taken: dict[str, T] = {}

    def key(self, value: T) -> str:
        """Return the key of a value, a new one at its first time."""
        key = self._keys.get(value)
        if key is None:
            digest = blake2b(self._spell(value)).hexdigest()
            lengths = range(_SHORTEST, len(digest) + 1, 4)
            key = next(digest[:length] for length in lengths if digest[:length] not in self._taken)
            self._keys[value] = key
            self._taken[key] = value
        return key

    def __iter__(self) -> Iterator[T]:
        """Return the values in the order they came in."""
        return iter(self._keys)

    def items(self) -> Iterator[tuple[str, T]]:
        """Return every key with its value, sorted by key."""
        return iter(sorted(self._taken.items(), key=lambda item: item[0]))
