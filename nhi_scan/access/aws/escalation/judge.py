"""Whether effective access allows what a technique requires, asked for a whole stack of documents at once."""

from collections.abc import Iterable, Mapping, Sequence

from nhi_scan.access.aws.asking import Asking, Chosen
from nhi_scan.access.aws.escalation.about import ASSOCIATED, Telling, depends_on_target, looking
from nhi_scan.access.aws.escalation.candidates import Candidates, Hits
from nhi_scan.access.aws.escalation.spread import spread_of
from nhi_scan.access.aws.escalation.subject import Subject, Subjects
from nhi_scan.access.aws.escalation.technique import ADMINISTRATIVE_POLICIES, EscalationCatalogue, Requirement
from nhi_scan.access.aws.reach import Reach, intersection, state
from nhi_scan.access.aws.stacks import Stack
from nhi_scan.access.aws.summarise import Access
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.combine import Truth
from nhi_scan.access.match import may_match
from nhi_scan.model.identity import Identity

States = frozenset[tuple[Truth, ...]]
"""Of which statements of a reach the conditions are met, in each way that it may be asked; empty: none has any open."""

_CLOSED: States = frozenset({()})


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
        self.chosen = Chosen(catalogue.caller_chooses)
        access.documents.focus(self.actions)
        self.subjects = Subjects(self.chosen)
        self._reading: dict[Reach, bool] = {}
        # Keys hold addresses of requirements, values keep these alive: hashing their content takes as long as judging.
        self._hits: dict[tuple[object, ...], tuple[Requirement, Hits]] = {}
        self._known_states: dict[tuple[Reach, int], tuple[Requirement, States]] = {}
        self._somewhere: dict[tuple[object, ...], tuple[Sequence[Requirement], Truth]] = {}
        self._asked: dict[int, tuple[Requirement, list[dict[str, tuple[str, ...]]]]] = {}

    def subject(self, identity: Identity, stack: Stack) -> Subject:
        """Return the subject of which an identity is one."""
        return self.subjects.of(identity, stack, self._access.principals.look(identity))

    def reach(self, subject: Subject, action: str) -> Reach:
        """Return where an action, in lower case, is allowed."""
        return subject.reaches.get(action) or self.subjects.reach(subject, action, self.actions.bit(action))

    def on(
        self, subject: Subject, requirement: Requirement, resource: str, about: Mapping[str, tuple[str, ...]]
    ) -> Truth:
        """Say whether a requirement is met on one resource, about which some condition keys are known."""
        reach = self.reach(subject, requirement.action.lower())
        if not reach.open:
            return reach.on(resource)
        answers = [reach.on(resource, self._asking(subject, {**about, **keys})) for keys in self._choices(requirement)]
        return _best(answers)

    def somewhere(self, subject: Subject, requirements: Sequence[Requirement]) -> Truth:
        """Say whether requirements on new things are met, equal kinds on one and the same thing."""
        key = (id(requirements), subject.account, *[self.reach(subject, row.action.lower()) for row in requirements])
        known = self._somewhere.get(key)
        if known is None:
            known = self._somewhere[key] = (requirements, self._find_somewhere(subject, requirements))
        return known[1]

    def _find_somewhere(self, subject: Subject, requirements: Iterable[Requirement]) -> Truth:
        result: Truth = True
        shared: dict[str, list[tuple[str, bool]]] = {}
        for requirement in requirements:
            reach = self.reach(subject, requirement.action.lower())
            for place in requirement.on:
                if reach.everywhere:
                    continue
                if place == "none":
                    met = self.on(subject, requirement, "*", {})
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
        if not reach.open:
            return list(reach.patterns(like))
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
        """Return the candidates on which a requirement is met. Where no condition is open, only its action counts."""
        reach = self.reach(subject, requirement.action.lower())
        if self.reads_target(reach):
            key: tuple[object, ...] = (candidates, reach, id(requirement))
            found = self._hits.get(key)
            if found is None:
                found = self._hits[key] = (requirement, self._one_by_one(subject, requirement, candidates, about))
            return found[1]
        states = self._states(subject, requirement, reach) if reach.open else _CLOSED
        found = self._hits.get((candidates, reach, states))
        if found is None:
            found = self._hits[candidates, reach, states] = (requirement, self._together(candidates, reach, states))
        return found[1]

    def reads_target(self, reach: Reach) -> bool:
        """Say whether a condition reads the target, so that each has to be asked about by itself."""
        if not reach.open:
            return False
        known = self._reading.get(reach)
        if known is None:
            known = self._reading[reach] = any(map(depends_on_target, reach.terms()))
        return known

    def _one_by_one(self, subject: Subject, requirement: Requirement, candidates: Candidates, about: Telling) -> Hits:
        found = {}
        for target in _allowed_ids(self.reach(subject, requirement.action.lower()), candidates):
            met = self.on(subject, requirement, target, about(target))
            if met is not False:
                found[target] = met is None
        return candidates.hits_among(found)

    def _states(self, subject: Subject, requirement: Requirement, reach: Reach) -> States:
        """Say of which statements the conditions are met, in each way that a technique may ask."""
        known = self._known_states.get((reach, id(requirement)))
        if known is None:
            askings = [self._asking(subject, keys) for keys in self._choices(requirement)]
            states = frozenset(tuple([state(term, asking) for term in reach.terms()]) for asking in askings)
            known = self._known_states[reach, id(requirement)] = (requirement, states)
        return known[1]

    @staticmethod
    def _together(candidates: Candidates, reach: Reach, states: States) -> Hits:
        """Judge all candidates together, in each way that may be asked."""
        sure = perhaps = 0
        for each in states:
            surely, maybe = spread_of(reach, candidates, each)
            sure |= surely
            perhaps |= maybe
        return candidates.hits(sure, perhaps)

    def _choices(self, requirement: Requirement) -> list[dict[str, tuple[str, ...]]]:
        """Return the condition keys that a technique may fix, in each way that it may."""
        known = self._asked.get(id(requirement))
        if known is None:
            known = self._asked[id(requirement)] = (requirement, self._find_choices(requirement))
        return known[1]

    def _find_choices(self, requirement: Requirement) -> list[dict[str, tuple[str, ...]]]:
        choices: list[dict[str, tuple[str, ...]]] = [{}]
        for key, values in requirement.keys:
            options = self._administrative if ADMINISTRATIVE_POLICIES in values else values
            if not options:
                choices = [{**choice, key: ()} for choice in choices]
            else:
                choices = [{**choice, key: (option,)} for choice in choices for option in options]
        return choices

    def _asking(self, subject: Subject, keys: Mapping[str, tuple[str, ...]]) -> Asking:
        return Asking(looking(keys, subject.look), self.chosen, keys.get(ASSOCIATED, ("",))[0])


def _allowed_ids(reach: Reach, candidates: Candidates) -> Iterable[str]:
    """Return the candidates that the identity's own statements name, sorted."""
    own = reach.levels[0].allows
    if any(term.rule.everywhere or term.rule.statement.not_resources for term in own):
        return candidates.ids
    patterns = dict.fromkeys(pattern for term in own for pattern in term.resources)
    found = [candidates.matching(pattern) for pattern in patterns]
    return found[0] if len(found) == 1 else sorted({target for ids in found for target in ids})


def _best(answers: Iterable[Truth]) -> Truth:
    """Return the best of several ways to ask."""
    result: Truth = False
    for answer in answers:
        if answer is True:
            return True
        if answer is None:
            result = None
    return result
