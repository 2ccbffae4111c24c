"""Who answers for a thing: from its tags, else from the tags of the scope it is in."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from nhi_scan.model.identity import Owner

Tags = tuple[tuple[str, str], ...]

OWNER_TAGS = (
    "owner",
    "owners",
    "owner-email",
    "owned-by",
    "team",
    "squad",
    "contact",
    "contact-email",
    "technical-contact",
    "responsible",
    "maintainer",
)
"""Tag keys that name an owner, the most telling first; compared without case, hyphens, underscores and spaces."""

_SEPARATORS = re.compile(r"[-_.: /]+")
_COLLECTIVE = frozenset({"team", "squad"})


@dataclass(frozen=True, slots=True)
class OwnerRules:
    """How an owner is found, and how we know that one has left.

    Attributes:
        keys: tag keys, in the order of preference.
        people: e-mail addresses and names of present staff; None where nobody gave a list.
    """

    keys: tuple[str, ...] = OWNER_TAGS
    people: frozenset[str] | None = None
    _rank: dict[str, int] = field(init=False, repr=False, compare=False)
    _people: frozenset[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rank: dict[str, int] = {}
        for position, key in enumerate(self.keys):
            rank.setdefault(_plain(key), position)
        object.__setattr__(self, "_rank", rank)
        known = None if self.people is None else frozenset(person.strip().casefold() for person in self.people)
        object.__setattr__(self, "_people", known)

    def find(self, tags: Tags, scope_tags: Tags = ()) -> Owner | None:
        """The owner that the tags name; None where they name nobody."""
        return self._among(tags, "tag") or (self._among(scope_tags, "scope") if scope_tags else None)

    def named(self, name: str, source: str, *, left: bool | None = None) -> Owner:
        """An owner whom a cloud's own directory names.

        Args:
            name: of a person or a team.
            source: where it was read.
            left: whether the directory itself says that they are gone.
        """
        known = None if self._people is None else name.strip().casefold() not in self._people
        return Owner(name=name, source=source, gone=True if left else known if known is not None else left)

    def _among(self, tags: Tags, source: str) -> Owner | None:
        best: tuple[int, str, str] | None = None
        for key, value in tags:
            rank = self._rank.get(_plain(key))
            name = value.strip()
            if rank is not None and name and (best is None or (rank, key, name) < best):
                best = (rank, key, name)
        if best is None:
            return None
        _, key, name = best
        return Owner(name=name, source=f"{source}:{key}", gone=self._gone(key, name))

    def _gone(self, key: str, name: str) -> bool | None:
        if self._people is None:
            return None
        folded = name.casefold()
        if folded in self._people:
            return False
        # A list of people says nothing about teams, so a team's name is only judged where it looks like a person's.
        return None if _plain(key) in _COLLECTIVE and "@" not in name else True


@lru_cache(maxsize=4096)  # an estate has thousands of resources and a few dozen keys
def _plain(key: str) -> str:
    return _SEPARATORS.sub("", key).casefold()
