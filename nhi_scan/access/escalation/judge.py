"""Whether effective access allows what a technique requires, asked for a whole stack of documents at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nhi_scan.access.asking import Asking, Chosen
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.combine import Truth
from nhi_scan.access.conditions.variables import Look
from nhi_scan.access.escalation.about import ASSOCIATED, Telling, depends_on_target, looking
from nhi_scan.access.escalation.spread import NO, OPEN, combine, spread_of
from nhi_scan.access.escalation.targets import Candidates
from nhi_scan.access.escalation.technique import ADMINISTRATIVE_POLICIES, EscalationCatalogue, Requirement
from nhi_scan.access.match import may_match
from nhi_scan.access.reach import Reach, intersection, state
from nhi_scan.access.stacks import Level, Stack
from nhi_scan.access.summarise import Access
from nhi_scan.access.terms import Term, View
from nhi_scan.model.identity import Identity

Hits = Mapping[str, bool]
"""Targets on which something is allowed, each with whether an open condition remains."""


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Those who share a stack and an account, and one of them who speaks for all."""

    stack: Stack
    account: str
    partition: str
    look: Look
    focus: int  # the escalation actions that may be allowed on something


class Judge:
    """Answers for requirements. Remembers what it found for equal sets of statements."""

    def __init__(self, access: Access, catalogue: EscalationCatalogue, administrative: tuple[str, ...]) -> None:
        """Take the actions that the techniques ask about into focus.

        Args:
            access: whose permissions.
            catalogue: the techniques.
            administrative: ids of the managed policies that hold everything.
        """
        names = {action for technique in catalogue.techniques for action in technique.actions}
        names |= {"sts:assumerole", "iam:passrole", *(row.action.lower() for row in catalogue.sensitive)}
        self.actions = Catalogue(sorted(names))
        self._access = access
        self._administrative = administrative
        self._chosen = Chosen(catalogue.caller_chooses)
        access.documents.focus(self.actions)
        self._same: dict[tuple[int, int], tuple[Candidates, Hits]] = {}
        self._hits: dict[tuple[object, ...], Hits] = {}
        self._views: dict[int, View] = {}
        self._levels: dict[int, Level] = {}

    def subject(self, identity: Identity, stack: Stack) -> Subject:
        """Return the subject of which an identity is one."""
        look = self._access.principals.look(identity)
        lenient = self.lenient(stack, look)
        partition = identity.id.split(":", 2)[1] if identity.id.startswith("arn:") else "aws"
        return Subject(lenient, identity.scope_id, partition, look, _focus(lenient))

    @staticmethod
    def subject_of(stack: Stack, like: Subject) -> Subject:
        """Return what a subject would be with other documents."""
        return replace(like, stack=stack, focus=_focus(stack))

    def lenient(self, stack: Stack, look: Look) -> Stack:
        """Return a stack without the conditions that a caller meets or avoids at will."""
        known = stack.memo.get("lenient")
        if known is None:
            levels = [self._lenient_level(level, look) for level in stack.levels]
            known = levels
            if not all(new is old for new, old in zip(levels, stack.levels, strict=True)):
                guardrails = replace(stack.guardrails, levels=tuple(levels[1 + (stack.boundary is not None) :]))
                boundary = None if stack.boundary is None else levels[1]
                known = Stack(levels[0], boundary, guardrails, stack.complete)
            else:
                known = stack
            stack.memo["lenient"] = known
        return known  # type: ignore[return-value] # the memo holds answers of many kinds

    def _lenient_level(self, level: Level, look: Look) -> Level:
        known = self._levels.get(id(level))
        if known is None:
            views = tuple([self._lenient_view(view, look) for view in level.views])
            same = all(new is old for new, old in zip(views, level.views, strict=True))
            known = self._levels[id(level)] = level if same else Level(views)
        return known

    def _lenient_view(self, view: View, look: Look) -> View:
        known = self._views.get(id(view))
        if known is None:
            known = view
            if any(term.open for term in (*view.allows, *view.denies)):
                asking = Asking(look, self._chosen)
                allows = tuple([row for row in (_settled(term, asking) for term in view.allows) if row is not None])
                denies = tuple([term for term in view.denies if not term.open or state(term, asking) is not False])
                if allows != view.allows or len(denies) < len(view.denies):
                    known = replace(view, allows=allows, denies=denies)
            self._views[id(view)] = known
        return known

    def reach(self, subject: Subject, action: str) -> Reach:
        """Return where an action, in lower case, is allowed."""
        key = ("reach", action)
        reach = subject.stack.memo.get(key)
        if reach is None:
            bit = self.actions.bit(action)
            reach = subject.stack.memo[key] = Reach(subject.stack, lambda rule: bool(rule.focus & bit))
        return reach  # type: ignore[return-value] # as above

    def on(
        self, subject: Subject, requirement: Requirement, resource: str, about: Mapping[str, tuple[str, ...]]
    ) -> Truth:
        """Say whether a requirement is met on one resource, about which some condition keys are known."""
        reach = self.reach(subject, requirement.action.lower())
        if reach.everywhere:
            return True
        answers = [reach.on(resource, self._asking(subject, {**about, **keys})) for keys in self._choices(requirement)]
        return _best(answers)

    def somewhere(self, subject: Subject, requirements: Iterable[Requirement]) -> Truth:
        """Say whether requirements on new things are met, equal kinds on one and the same thing."""
        result: Truth = True
        shared: dict[str, list[tuple[str, bool]]] = {}
        for requirement in requirements:
            reach = self.reach(subject, requirement.action.lower())
            for place in requirement.on:
                if reach.everywhere:
                    continue
                if place == "none":
                    met = _best(reach.on("*", self._asking(subject, keys)) for keys in self._choices(requirement))
                else:
                    met = self._narrow(shared, place, self.patterns(subject, requirement, place))
                if met is False:
                    return False
                if met is None:
                    result = None
        return result

    def patterns(self, subject: Subject, requirement: Requirement, template: str) -> list[tuple[str, bool]]:
        """Return patterns of things like a template on which a requirement is met, each with whether surely."""
        reach = self.reach(subject, requirement.action.lower())
        like = template.format(partition=subject.partition, account=subject.account)
        return [
            found for keys in self._choices(requirement) for found in reach.patterns(like, self._asking(subject, keys))
        ]

    @staticmethod
    def _narrow(shared: dict[str, list[tuple[str, bool]]], place: str, patterns: list[tuple[str, bool]]) -> Truth:
        """Keep what all actions on one kind of thing have in common."""
        before = shared.get(place)
        if before is not None:
            patterns = [
                (intersection(one, other) or one, sure and certain)
                for one, sure in before
                for other, certain in patterns
                if may_match(one, other)
            ]
        shared[place] = patterns
        return _best(True if sure else None for _, sure in patterns)

    def hits(
        self,
        subject: Subject,
        requirement: Requirement,
        candidates: Candidates,
        about: Telling,
    ) -> Hits:
        """Return the candidates on which a requirement is met."""
        reach = self.reach(subject, requirement.action.lower())
        signature = "*" if reach.everywhere else _signature(reach)
        key = (id(candidates), requirement, signature)
        found = self._hits.get(key)
        if found is None:
            found = self._hits[key] = self._find_hits(subject, requirement, candidates, about)
        return found

    def _find_hits(self, subject: Subject, requirement: Requirement, candidates: Candidates, about: Telling) -> Hits:
        reach = self.reach(subject, requirement.action.lower())
        if not any(map(depends_on_target, reach.terms())):
            return self._spread_hits(subject, requirement, candidates, reach)
        found = {}
        for target in _allowed_ids(reach, candidates):
            met = self.on(subject, requirement, target, about(target))
            if met is not False:
                found[target] = met is None
        return found

    def _spread_hits(self, subject: Subject, requirement: Requirement, candidates: Candidates, reach: Reach) -> Hits:
        """Judge all candidates together; where they all get the same answer, it is one shared object."""
        spreads = [spread_of(reach, candidates, self._asking(subject, keys)) for keys in self._choices(requirement)]
        spread = combine(spreads, max)
        if not spread.given:
            key = (id(candidates), spread.rest)
            if key not in self._same:
                whole = {} if spread.rest == NO else dict.fromkeys(candidates.ids, spread.rest == OPEN)
                self._same[key] = (candidates, whole)
            return self._same[key][1]
        if spread.rest == NO:
            return {target: rank == OPEN for target, rank in sorted(spread.given.items()) if rank != NO}
        ranks = ((target, spread.of(target)) for target in candidates.ids)
        return {target: rank == OPEN for target, rank in ranks if rank != NO}

    def _choices(self, requirement: Requirement) -> list[dict[str, tuple[str, ...]]]:
        """Return the condition keys that a technique may fix, in each way that it may."""
        choices: list[dict[str, tuple[str, ...]]] = [{}]
        for key, values in requirement.keys:
            options = self._administrative if ADMINISTRATIVE_POLICIES in values else values
            if not options:
                choices = [{**choice, key: ()} for choice in choices]
            else:
                choices = [{**choice, key: (option,)} for choice in choices for option in options]
        return choices

    def _asking(self, subject: Subject, keys: Mapping[str, tuple[str, ...]]) -> Asking:
        return Asking(looking(keys, subject.look), self._chosen, keys.get(ASSOCIATED, ("",))[0])


def _settled(term: Term, asking: Asking) -> Term | None:
    """Return a statement as it stands once it is known what the caller picks; None where it can never be met."""
    met = state(term, asking) if term.open else None
    if met is False:
        return None
    return replace(term, open=False) if met is True else term


def _allowed_ids(reach: Reach, candidates: Candidates) -> Iterable[str]:
    """Return the candidates that the identity's own statements name, sorted."""
    own = reach.levels[0].allows
    if any(term.rule.everywhere or term.rule.statement.not_resources for term in own):
        return candidates.ids
    patterns = dict.fromkeys(pattern for term in own for pattern in term.resources)
    found = [candidates.matching(pattern) for pattern in patterns]
    return found[0] if len(found) == 1 else sorted({target for ids in found for target in ids})


def _signature(reach: Reach) -> tuple[object, ...]:
    """Return what equal sets of statements have in common, wherever they stand."""
    return tuple((frozenset(map(_term, sides.allows)), frozenset(map(_term, sides.denies))) for sides in reach.levels)


def alike(stack: Stack) -> tuple[object, ...]:
    """Return what stacks have in common that say the same about the actions in focus beneath the same limits."""
    terms = [
        (term.rule.deny, term.rule.focus, _term(term))
        for view in stack.identity.views
        for term in (*view.allows, *view.denies)
        if term.rule.focus
    ]
    return (frozenset(terms), stack.complete, *map(id, stack.levels[1:]))


def _term(term: Term) -> tuple[object, ...]:
    if term.rule.everywhere and not term.open:
        return ()
    conditions = term.rule.statement.conditions if term.open else ()
    return (term.resources, term.not_resources, conditions, term.loose, term.who)


def _focus(stack: Stack) -> int:
    """Return the escalation actions that a stack may allow on something."""
    focus = -1
    for level in stack.levels:
        allowed = banned = 0
        for view in level.views:
            for term in view.allows:
                allowed |= term.rule.focus
            for term in view.denies:
                if term.rule.everywhere and not term.open:
                    banned |= term.rule.focus
        focus &= allowed & ~banned
    return focus


def _best(answers: Iterable[Truth]) -> Truth:
    """Return the best of several ways to ask."""
    result: Truth = False
    for answer in answers:
        if answer is True:
            return True
        if answer is None:
            result = None
    return result
