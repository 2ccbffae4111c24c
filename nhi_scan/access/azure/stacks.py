"""What identities hold, interned: those who hold the same share one `Stack`, and everything computed from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nhi_scan.access.azure.grants import Gift

Held = tuple[Gift, int]
"""What an assignment gives, and the actions that are taken from it where it is given."""


class Unions:
    """What sets of gifts come to, each worked out once. Equal results are one object: many sets come to the same."""

    def __init__(self) -> None:
        """Begin with none."""
        self._possible: dict[frozenset[Held], int] = {}
        self._sure: dict[frozenset[Held], int] = {}
        self._masks: dict[int, int] = {}

    def possible(self, held: frozenset[Held]) -> int:
        """Return what gifts may give together, after what is taken from each."""
        found = self._possible.get(held)
        if found is None:
            found = 0
            for gift, away in held:
                found |= gift.possible & ~away if away else gift.possible
            found = self._possible[held] = self._masks.setdefault(found, found)
        return found

    def sure(self, held: frozenset[Held]) -> int:
        """Return what gifts surely give together, after what may be taken from each."""
        found = self._sure.get(held)
        if found is None:
            found = 0
            for gift, away in held:
                found |= gift.sure & ~away if away else gift.sure
            found = self._sure[held] = self._masks.setdefault(found, found)
        return found


@dataclass(slots=True, eq=False)
class Stack:
    """What everybody holds who holds just this."""

    unions: Unions
    given: frozenset[Held]
    certainly: frozenset[Held]
    whole: frozenset[Held]
    complete: bool  # False: a role is unknown, or whether somebody is in a group
    guardrails_known: bool
    policies_known: bool = True  # False: a role that is given to them holds what nobody can tell
    memo: dict[object, object] = field(default_factory=dict)

    @property
    def actions(self) -> int:
        """Actions that may be allowed on something: a sound upper bound of what is known."""
        return self.unions.possible(self.given)

    @property
    def certain(self) -> int:
        """Actions allowed on something, no condition open and nothing taken away."""
        return self.unions.sure(self.certainly)

    @property
    def everywhere(self) -> int:
        """Actions allowed on the whole of a subscription or of the directory; see `summarise.Access`."""
        return self.unions.sure(self.whole)


class Stacks:
    """Interns stacks, and the sets that they are made of: most are the same one three times."""

    def __init__(self) -> None:
        """Begin with none."""
        self._unions = Unions()
        self._sets: dict[frozenset[Held], frozenset[Held]] = {}
        self._stacks: dict[tuple[frozenset[Held], frozenset[Held], frozenset[Held], bool, bool, bool], Stack] = {}

    def of(
        self,
        given: Iterable[Held],
        certainly: Iterable[Held],
        whole: Iterable[Held],
        *,
        complete: bool,
        guardrails_known: bool,
        policies_known: bool,
    ) -> Stack:
        """Return the one stack of this."""
        one, two, three = map(self._one, (given, certainly, whole))
        key = (one, two, three, complete, guardrails_known, policies_known)
        found = self._stacks.get(key)
        if found is None:
            found = self._stacks[key] = Stack(self._unions, *key)
        return found

    def _one(self, held: Iterable[Held]) -> frozenset[Held]:
        found = held if isinstance(held, frozenset) else frozenset(held)
        return self._sets.setdefault(found, found)

    def __len__(self) -> int:
        return len(self._stacks)
