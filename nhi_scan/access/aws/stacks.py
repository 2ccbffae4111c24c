"""What bounds an identity: its policies, its boundary and the guardrails above it, interned.

Identities whose documents say the same to them share one `Stack`, and everything that is computed from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_

from nhi_scan.access.aws.terms import View, union


class Level:
    """Views of which one must allow and none may deny: an identity's policies, a boundary, one level of guardrails.

    Attributes:
        views: what it consists of.
        complete: whether everything that it says is known.
        open: whether a condition of it is not decided before the request.
    """

    def __init__(self, views: tuple[View, ...]) -> None:
        """Take the views."""
        self.views = views
        self.complete = all(view.complete for view in views)
        self.open = any(view.open for view in views)

    @cached_property
    def banned(self) -> int:
        """Actions denied on everything, whatever the request."""
        return union([view.banned for view in self._denying])

    @cached_property
    def may(self) -> int:
        """Actions that may be allowed on something: a sound upper bound of what can be read."""
        return _without(union([view.may for view in self.views]), self.banned)

    @cached_property
    def everywhere(self) -> int:
        """Actions allowed on everything, no condition open and nothing taken away."""
        return _without(self._everywhere, self._narrow, self._away)

    @cached_property
    def sure(self) -> int:
        """Actions allowed on something, no condition open.

        A deny of named things leaves the others to an allow of everything. Beside an allow of particular things no
        deny is judged here: `decide` does.
        """
        particular = _without(union([view.sure for view in self.views]), self._narrow)
        return _without(union((self._everywhere, particular)), self._away)

    @property
    def _everywhere(self) -> int:
        return union([view.everywhere for view in self.views])

    @cached_property
    def _denying(self) -> tuple[View, ...]:
        """The views that deny anything: mostly none, which spares every set that follows a union."""
        return tuple([view for view in self.views if view.banned or view.narrow or view.wide])

    @property
    def _narrow(self) -> int:
        return union([view.narrow for view in self._denying])

    @property
    def _away(self) -> int:
        return union((self.banned, *[view.wide for view in self._denying]))


@dataclass(slots=True, eq=False)
class Guardrails:
    """The levels above an account, root first, as they read for some of its identities."""

    levels: tuple[Level, ...] = ()
    known: bool = True  # False: the organization was not looked at; judged as if nothing stood above

    @property
    def complete(self) -> bool:
        """Whether everything that they say is known."""
        return all(level.complete for level in self.levels)


@dataclass(eq=False)
class Stack:
    """Everything that decides what a set of identities may do by their own permissions."""

    identity: Level
    boundary: Level | None
    guardrails: Guardrails
    complete: bool  # False: evidence that could change answers is missing or could not be read
    memo: dict[object, object] = field(default_factory=dict)  # answers computed from this stack alone
    levels: tuple[Level, ...] = field(init=False)  # all of them, each of which must allow

    def __post_init__(self) -> None:
        bounds = () if self.boundary is None else (self.boundary,)
        self.levels = (self.identity, *bounds, *self.guardrails.levels)

    @property
    def policies_known(self) -> bool:
        """As `complete`: on AWS who is in a group is known wherever the group is."""
        return self.complete

    @property
    def guardrails_known(self) -> bool:
        """False where nobody looked at the organization; answers are as if no guardrail stood above."""
        return self.guardrails.known

    @cached_property
    def actions(self) -> int:
        """Actions that may be allowed on some resource: a sound upper bound."""
        return reduce(and_, (level.may for level in self.levels))

    @cached_property
    def everywhere(self) -> int:
        """Actions allowed on every resource, no condition open and nothing subtracted."""
        return reduce(and_, (level.everywhere for level in self.levels)) if self.complete else 0

    @cached_property
    def certain(self) -> int:
        """Actions allowed on some resource, no condition open.

        One level may speak of particular things as long as all others allow the action on everything.
        """
        if not self.complete:
            return 0
        if len(self.levels) == 1:
            return self.identity.sure
        found = self.everywhere
        for i, level in enumerate(self.levels):
            others = (other.everywhere for j, other in enumerate(self.levels) if j != i)
            found = union((found, reduce(and_, others, level.sure)))
        return found


class Stacks:
    """Interns levels and stacks."""

    def __init__(self) -> None:
        """Begin with none."""
        self._levels: dict[tuple[int, ...], Level] = {}
        self._guardrails: dict[tuple[int, ...], Guardrails] = {}
        self._stacks: dict[tuple[int, ...], Stack] = {}

    def level(self, views: Sequence[View]) -> Level:
        """Return the one level of these views. Neither their order counts nor how often each is there."""
        key = tuple(sorted({view.number for view in views}))
        level = self._levels.get(key)
        if level is None:
            numbered = {view.number: view for view in views}
            level = self._levels[key] = Level(tuple([numbered[number] for number in key]))
        return level

    def guardrails(self, levels: Iterable[Level], *, known: bool = True) -> Guardrails:
        """Return the one stack of these levels."""
        levels = tuple(levels)
        key = (known, *map(id, levels))
        found = self._guardrails.get(key)
        if found is None:
            found = self._guardrails[key] = Guardrails(levels, known)
        return found

    def stack(self, identity: Level, boundary: Level | None, guardrails: Guardrails, *, complete: bool) -> Stack:
        """Return the one stack of these layers."""
        key = (id(identity), id(boundary), id(guardrails), complete)
        found = self._stacks.get(key)
        if found is None:
            found = self._stacks[key] = Stack(identity, boundary, guardrails, complete)
        return found

    def __len__(self) -> int:
        return len(self._stacks)


def _without(mask: int, *others: int) -> int:
    """Take sets out of a set; the very object where there is nothing to take."""
    for other in others:
        if mask and other:
            mask &= ~other
    return mask
