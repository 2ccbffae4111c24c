"""Which statements of a layer match a request: surely, or under conditions that stay open."""

from collections.abc import Iterable
from typing import NamedTuple

from nhi_scan.access.aws.compile import CompiledStatement, compiled
from nhi_scan.access.aws.naming import Named, named
from nhi_scan.access.aws.principal import Level
from nhi_scan.access.aws.request import Look, Request
from nhi_scan.access.combine import Truth
from nhi_scan.model.access import Layer, StatementRef
from nhi_scan.model.policy import Condition, Effect, Policy, Statement

_NONE_OPEN: tuple[Condition, ...] = ()
_ANYONE: tuple[Named, ...] = ((Level.DIRECT, None),)
_FOR_EVERYONE: tuple[Layer, ...] = ("rcp", "endpoint")  # where a statement that names nobody means everybody


class Match(NamedTuple):
    """A statement that matches."""

    policy_id: str
    layer: Layer
    statement: Statement
    level: Level = Level.DIRECT
    open: tuple[Condition, ...] = ()  # what must hold for it to match; empty: it matches
    unreadable: bool = False  # nobody can say whether it matches, or what it would mean

    @property
    def certain(self) -> bool:
        """Whether it matches whatever the open keys turn out to be."""
        return not self.open and not self.unreadable

    def reference(self) -> StatementRef:
        """Its name in a decision."""
        return StatementRef(self.policy_id, self.statement.index, self.statement.sid, self.layer)


class Side(NamedTuple):
    """What one layer says to a request."""

    allows: tuple[Match, ...] = ()
    denies: tuple[Match, ...] = ()

    @property
    def allow(self) -> Truth:
        """Whether it allows, its denials left aside."""
        return truth(self.allows)


NOTHING = Side()


def truth(matches: Iterable[Match]) -> Truth:
    """True where one match is certain, None where there are open ones only, False without any."""
    found: Truth = False
    for match in matches:
        if not match.open and not match.unreadable:
            return True
        found = None
    return found


class Question(NamedTuple):
    """A request prepared for being held against statements."""

    asked: Request
    action: str  # in lower case
    look: Look
    strict: bool  # an open condition counts as not met
    bounded: bool  # the requester has a permissions boundary


def collect(policies: Iterable[Policy], layer: Layer, question: Question, *, by_principal: bool = False) -> Side:
    """Hold a layer's statements against a request.

    Args:
        policies: of one layer.
        layer: its name, for references.
        question: what is asked.
        by_principal: whether statements name whom they are for (resource-based policies).
    """
    allows: list[Match] = []
    denies: list[Match] = []
    for policy in policies:
        if not policy.complete:
            _unreadable(policy.id, layer, Statement(effect=Effect.ALLOW), allows, denies)
        for statement in compiled(policy).about(question.action):
            if statement.broken:
                _unreadable(policy.id, layer, statement.statement, allows, denies)
                continue
            hit = _NONE_OPEN if statement.plain else _open_conditions(statement, question)
            if hit is None:
                continue
            into = allows if statement.allow else denies
            if not by_principal:
                into.append(Match(policy.id, layer, statement.statement, Level.DIRECT, hit))
                continue
            for level, needed in _ways(statement, question, layer):
                if needed is None:
                    into.append(Match(policy.id, layer, statement.statement, level, hit))
                elif not question.strict:
                    into.append(Match(policy.id, layer, statement.statement, level, (*hit, needed)))
    return Side(tuple(allows), tuple(denies)) if allows or denies else NOTHING


def missing(layer: Layer) -> Side:
    """A layer that exists and was not collected: it may allow, it may deny."""
    unknown = Match("", layer, Statement(effect=Effect.ALLOW, malformed="not collected"), unreadable=True)
    return Side((unknown,), (unknown,))


def _unreadable(policy_id: str, layer: Layer, statement: Statement, allows: list[Match], denies: list[Match]) -> None:
    match = Match(policy_id, layer, statement, unreadable=True)
    allows.append(match)
    denies.append(match)


def _open_conditions(statement: CompiledStatement, question: Question) -> tuple[Condition, ...] | None:
    """The conditions that stay open, none where it surely matches; None where it does not match.

    All conditions of a statement must hold
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html).
    """
    look = question.look
    touches = statement.touches(question.asked.resource, look)
    if touches is False:
        return None
    pending: list[Condition] = []
    if touches is None:
        elements = statement.statement.not_resources
        operator = "ArnNotLike" if elements else "ArnLike"
        pending.append(Condition(operator, "Resource", elements or statement.statement.resources))
    for condition in statement.conditions:
        holds = condition.holds(look)
        if holds is False:
            return None
        if holds is None:
            pending.append(condition.condition)
    if not pending:
        return ()
    return None if question.strict else tuple(pending)


def _ways(statement: CompiledStatement, question: Question, layer: Layer) -> tuple[Named, ...]:
    """A Deny with NotPrincipal meets everyone who has a permissions boundary, whomever it excepts.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-eval-logic
    """
    element = statement.statement
    if layer in _FOR_EVERYONE and not element.principals and not element.not_principals:
        return _ANYONE
    if question.bounded and not statement.allow and element.not_principals:
        return _ANYONE
    return named(element, question.asked.principal, complete=question.asked.context.complete)
