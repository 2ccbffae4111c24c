"""Those about whom techniques are judged: what their documents say about the actions that escalation is about.

Identities whose documents say the same about these few actions are one subject, however much else the documents say.
Statements are read without the conditions that a caller meets or avoids at will.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from nhi_scan.access.aws.asking import Asking, Chosen
from nhi_scan.access.aws.conditions.variables import Look
from nhi_scan.access.aws.reach import Reach, Sides, state
from nhi_scan.access.aws.stacks import Level, Stack
from nhi_scan.access.aws.terms import Term, View
from nhi_scan.model.arns import partition_of
from nhi_scan.model.identity import Identity

Signs = frozenset[tuple[int, int, bool]]
"""What statements say: which actions, the number of the shape, whether it is a deny."""


class Said(NamedTuple):
    """A statement that speaks of actions in focus."""

    focus: int  # these actions
    shape: int  # number of what it says about them; equal for statements that say the same
    term: Term


@dataclass(slots=True, eq=False)
class Excerpt:
    """What a level of documents says about the actions in focus."""

    allows: tuple[Said, ...]
    denies: tuple[Said, ...]
    signs: Signs  # what excerpts have in common that say the same
    focus: int = 0  # actions that it may allow on something

    def __post_init__(self) -> None:
        allowed = banned = 0
        for focus, _, _ in self.allows:
            allowed |= focus
        for focus, _, term in self.denies:
            if term.rule.everywhere and not term.open:
                banned |= focus
        self.focus = allowed & ~banned


_NOTHING = Excerpt((), (), frozenset())


@dataclass(slots=True, eq=False)
class Subject:
    """Those who share an account and an excerpt, and one of them who speaks for all."""

    account: str
    partition: str
    look: Look
    own: Excerpt  # of their policies
    boundary: Excerpt | None
    above: tuple[Excerpt, ...]  # of the guardrails
    limits: tuple[Level, ...]  # boundary and guardrails
    complete: bool
    excerpts: tuple[Excerpt, ...] = ()  # all of them
    focus: int = -1  # the actions that may be allowed on something
    reaches: dict[str, Reach] = field(default_factory=dict)  # action -> where it is allowed
    memo: dict[object, object] = field(default_factory=dict)  # answers about this subject

    def __post_init__(self) -> None:
        bounds = () if self.boundary is None else (self.boundary,)
        self.excerpts = (self.own, *bounds, *self.above)
        for excerpt in self.excerpts:
            self.focus &= excerpt.focus

    @property
    def guardrails(self) -> tuple[Level, ...]:
        """The limits that are not the boundary."""
        return self.limits if self.boundary is None else self.limits[1:]

    def unbound(self) -> "Subject":
        """Return what they would be without their boundary."""
        return Subject(
            self.account, self.partition, self.look, self.own, None, self.above, self.guardrails, self.complete
        )


class Subjects:
    """Finds subjects."""

    def __init__(self, chosen: Chosen) -> None:
        """Begin with none.

        Args:
            chosen: condition keys whose values a caller picks.
        """
        self._chosen = chosen
        self._shapes: dict[tuple[object, ...], int] = {}
        self._of_views: dict[View, Excerpt] = {}
        self._excerpts: dict[Signs, Excerpt] = {}
        self._limits: dict[Level, tuple[Level, Excerpt]] = {}
        self._subjects: dict[tuple[object, ...], Subject] = {}
        self._of_stacks: dict[tuple[Stack, str], Subject] = {}
        self._reaches: dict[tuple[object, ...], Reach] = {}
        self._joined: dict[tuple[Subject, Subject], Subject] = {}

    def of(self, identity: Identity, stack: Stack, look: Look) -> Subject:
        """Return the subject of which an identity is one.

        Args:
            identity: anyone.
            stack: the documents that bound it.
            look: finds the condition keys that it fixes.
        """
        known = self._of_stacks.get((stack, identity.scope_id))
        if known is None:
            known = self._of_stacks[stack, identity.scope_id] = self._find(identity, stack, look)
        return known

    def _find(self, identity: Identity, stack: Stack, look: Look) -> Subject:
        own = self._whole([self._of_view(view, look) for view in stack.identity.views])
        limits = [self._limit(level, look) for level in stack.levels[1:]]
        key = (identity.scope_id, own, stack.complete, stack.boundary is None, *[level for level, _ in limits])
        subject = self._subjects.get(key)
        if subject is None:
            levels = tuple([level for level, _ in limits])
            excerpts = tuple([excerpt for _, excerpt in limits])
            boundary, above = (None, excerpts) if stack.boundary is None else (excerpts[0], excerpts[1:])
            partition = partition_of(identity.id)
            subject = self._subjects[key] = Subject(
                identity.scope_id, partition, look, own, boundary, above, levels, stack.complete
            )
        return subject

    def joined(self, one: Subject, other: Subject) -> Subject:
        """Return what a subject would be with another's documents beside its own."""
        found = self._joined.get((one, other))
        if found is None:
            own = self._whole([one.own, other.own])
            found = self._joined[one, other] = Subject(
                one.account, one.partition, one.look, own, one.boundary, one.above, one.limits, complete=True
            )
        return found

    def reach(self, subject: Subject, action: str, bit: int) -> Reach:
        """Return where an action is allowed: one object for all to whom the statements about it say the same."""
        reach = subject.reaches.get(action)
        if reach is None:
            found = [
                ([said for said in each.allows if said[0] & bit], [said for said in each.denies if said[0] & bit])
                for each in subject.excerpts
            ]
            key = tuple(
                [
                    (frozenset([said[1] for said in allows]), frozenset([said[1] for said in denies]))
                    for allows, denies in found
                ]
            )
            reach = self._reaches.get(key)
            if reach is None:
                reach = self._reaches[key] = Reach(tuple([_sides(*said) for said in found]))
            subject.reaches[action] = reach
        return reach

    def _whole(self, parts: Iterable[Excerpt]) -> Excerpt:
        """Return the one excerpt of several documents."""
        parts = [part for part in parts if part.signs]
        nothing: Signs = frozenset()
        signs = parts[0].signs if len(parts) == 1 else nothing.union(*[part.signs for part in parts])
        found = self._excerpts.get(signs)
        if found is None:
            allows = tuple([said for part in parts for said in part.allows])
            denies = tuple([said for part in parts for said in part.denies])
            found = self._excerpts[signs] = Excerpt(allows, denies, signs)
        return found

    def _of_view(self, view: View, look: Look) -> Excerpt:
        found = self._of_views.get(view)
        if found is None:
            found = self._of_views[view] = self._read(view, look)
        return found

    def _read(self, view: View, look: Look) -> Excerpt:
        allows = [term for term in view.allows if term.rule.focus]
        denies = [term for term in view.denies if term.rule.focus]
        if not allows and not denies:
            return _NOTHING
        if view.open:
            allows, denies = self._as_met(allows, denies, look)
        allowing = tuple([Said(term.rule.focus, self._shape(term), term) for term in allows])
        denying = tuple([Said(term.rule.focus, self._shape(term), term) for term in denies])
        signs = [(focus, shape, False) for focus, shape, _ in allowing]
        signs += [(focus, shape, True) for focus, shape, _ in denying]
        return Excerpt(allowing, denying, frozenset(signs))

    def _shape(self, term: Term) -> int:
        if term.rule.everywhere and not term.open:
            key: tuple[object, ...] = ()
        else:
            conditions = (term.rule.statement.conditions, term.variables, term.loose, term.who) if term.open else ()
            key = (term.resources, term.not_resources, conditions)
        return self._shapes.setdefault(key, len(self._shapes))

    def _limit(self, level: Level, look: Look) -> tuple[Level, Excerpt]:
        """Return a boundary or a level of guardrails as a caller meets it."""
        found = self._limits.get(level)
        if found is None:
            lenient = Level(tuple([self._lenient(view, look) for view in level.views])) if level.open else level
            excerpt = self._whole([self._of_view(view, look) for view in level.views])
            found = self._limits[level] = (lenient, excerpt)
        return found

    def _lenient(self, view: View, look: Look) -> View:
        """Return a document without the conditions that a caller meets or avoids at will."""
        allows, denies = self._as_met(view.allows, view.denies, look)
        return replace(view, allows=tuple(allows), denies=tuple(denies))

    def _as_met(self, allows: Iterable[Term], denies: Iterable[Term], look: Look) -> tuple[list[Term], list[Term]]:
        asking = Asking(look, self._chosen)
        return (
            [row for row in [_settled(term, asking) for term in allows] if row is not None],
            [term for term in denies if not term.open or state(term, asking) is not False],
        )


def _sides(allows: Iterable[Said], denies: Iterable[Said]) -> Sides:
    return Sides(tuple([said.term for said in allows]), tuple([said.term for said in denies]))


def _settled(term: Term, asking: Asking) -> Term | None:
    """Return a statement as it stands once it is known what the caller picks; None where it can never be met."""
    if not term.open:
        return term
    met = state(term, asking)
    if met is False:
        return None
    return replace(term, open=False) if met is True else term
