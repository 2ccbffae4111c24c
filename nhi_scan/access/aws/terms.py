"""Statements as they read for a principal, and documents as views of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count

from nhi_scan.access.aws.conditions.compile import CompiledCondition
from nhi_scan.model.policy import Statement

_numbers = count()


@dataclass(slots=True, eq=False)
class Rule:
    """One statement with its actions as bits."""

    statement: Statement
    deny: bool
    mask: int  # the actions it speaks of
    everywhere: bool  # it speaks of every resource
    varies: bool  # its conditions or resources name the principal
    focus: int = 0  # the actions it speaks of, among those that escalation asks about
    tests: tuple[CompiledCondition | None, ...] = ()  # its conditions; None: one that nobody can judge


@dataclass(slots=True, eq=False)
class Term:
    """A statement that may apply to a principal."""

    rule: Rule
    open: bool  # its conditions are not decided before the request; False: they are met, or there are none
    resources: tuple[str, ...]  # with the principal's variables filled in
    not_resources: tuple[str, ...]
    variables: bool = True  # False: `${...}` is plain text, as in a document of version 2008-10-17
    loose: bool = False  # `resources` holds more than is meant, because a variable's value is not known
    who: tuple[str, ...] = ()  # the principal, where the open conditions read differently for another one


@dataclass(slots=True, eq=False)
class View:
    """A document as it reads for one principal, or for all of whom it says the same. Sets of actions are bits."""

    allows: tuple[Term, ...]
    denies: tuple[Term, ...]
    complete: bool  # False: a part of it could not be read, so it may say anything
    number: int = field(default_factory=_numbers.__next__)  # in the order in which they are made
    open: bool = False  # a condition of a statement is not decided before the request
    may: int = 0  # allowed on something, perhaps under an open condition
    sure: int = 0  # allowed on something, no open condition
    everywhere: int = 0  # allowed on everything, no open condition
    banned: int = 0  # denied on everything, no open condition
    narrow: int = 0  # denied on named things
    wide: int = 0  # denied on whole kinds of things, or under an open condition


def make_view(terms: Sequence[Term], *, complete: bool) -> View:
    """Sort the statements of a document that may apply, and sum them up."""
    allows = tuple([term for term in terms if not term.rule.deny])
    denies = tuple([term for term in terms if term.rule.deny]) if len(allows) < len(terms) else ()
    certain = [term for term in allows if not term.open]
    everywhere = [term.rule.mask for term in certain if term.rule.everywhere]
    sure = [term.rule.mask for term in certain if term.rule.everywhere or names_something(term)]
    everywhere_union = union(everywhere)
    sure_union = everywhere_union if len(sure) == len(everywhere) else union(sure)
    view = View(
        allows,
        denies,
        complete,
        open=len(certain) < len(allows),
        may=sure_union if len(sure) == len(allows) else union([term.rule.mask for term in allows]),
        sure=sure_union,
        everywhere=everywhere_union,
    )
    if denies:
        _add_denies(view, denies)
    return view


def _add_denies(view: View, denies: Sequence[Term]) -> None:
    view.open = view.open or any(term.open for term in denies)
    view.banned = union([term.rule.mask for term in denies if not term.open and term.rule.everywhere])
    view.narrow = union([term.rule.mask for term in denies if is_narrow(term)])
    wide = [term for term in denies if (term.open or not term.rule.everywhere) and not is_narrow(term)]
    view.wide = union([term.rule.mask for term in wide])


def union(masks: Iterable[int]) -> int:
    """Return the union of sets: the very object where one of them holds all others, because each takes 3 kB."""
    whole = 0
    for mask in masks:
        if not whole:
            whole = mask
        elif mask and mask is not whole:
            joined = whole | mask
            if joined == mask:
                whole = mask
            elif joined != whole:
                whole = joined
    return whole


def names_something(term: Term) -> bool:
    """Whether some resource is left for the statement to speak of, once variables are filled in."""
    return bool(term.resources) or bool(term.rule.statement.not_resources)


def is_narrow(term: Term) -> bool:
    """Whether a statement speaks of named things only, so that other things of the same kind are left."""
    return bool(term.resources) and all(map(_is_name, term.resources))


def _is_name(pattern: str) -> bool:
    """Whether an ARN pattern fixes a part of the resource's own name, not just its type, account and region."""
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return False
    tail = parts[5]
    if parts[2] == "s3":
        name = tail.partition("/")[0]
    else:
        kind = min((i for i in (tail.find("/"), tail.find(":")) if i >= 0), default=-1)
        name = tail[kind + 1 :]
        if kind < 0 and ("*" in tail or "?" in tail):
            return False
    return bool(name.strip("*?/:"))
