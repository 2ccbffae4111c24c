"""Reads a condition into a tree that answers. Written by hand: every word is looked at once, nesting is bounded.

    or    = and {OR and} | and     (AND and OR beside each other without parentheses are ambiguous, and not read)
    unary = NOT unary | ( or ) | function | operand operator operand

https://learn.microsoft.com/azure/role-based-access-control/conditions-format#condition-syntax
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from nhi_scan.access.azure.actions import covers
from nhi_scan.access.azure.conditions.compare import Operator, Unknown, operator
from nhi_scan.access.azure.conditions.known import ACTION, ASSIGNING, SUB_OPERATION, Known, attribute_key
from nhi_scan.access.azure.conditions.tokens import Token, tokens
from nhi_scan.access.combine import Truth, both, either

_DEEPEST = 100
_MOST_REMEMBERED = 1 << 13
_AND, _OR, _NOT, _EXISTS = "&&", "||", "!", "exists"
_WORDS = {"and": _AND, "or": _OR, "not": _NOT}
_NOBODY: frozenset[str] = frozenset()
_END = Token("sign", "")


class Node(NamedTuple):
    """A part of a condition."""

    holds: Callable[[Known], Truth]
    reads: frozenset[str]


class _Operand(NamedTuple):
    key: str  # of an attribute; empty for literals
    values: tuple[str, ...] = ()

    def of(self, known: Known) -> tuple[str, ...] | None:
        return known.values(self.key) if self.key else self.values


class _UnreadableError(Exception):
    pass


@lru_cache(maxsize=_MOST_REMEMBERED)
def parsed(expression: str) -> Node | Unknown:
    """Return a condition as a tree; `Unknown` where it cannot be read."""
    words = tokens(expression)
    if words is None:
        return Unknown()
    parser = _Parser(words)
    try:
        found = parser.alternatives(0)
        parser.end()
    except _UnreadableError:
        return Unknown()
    return found


class _Parser:
    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._at = 0

    def alternatives(self, depth: int) -> Node:
        """What is joined by AND, or by OR; by both, nobody can say what it means."""
        if depth > _DEEPEST:
            raise _UnreadableError
        parts = [self._unary(depth)]
        joined = self._joint()
        while (joint := self._joint()) in (_AND, _OR):
            if joint != joined:
                raise _UnreadableError
            self._next()
            parts.append(self._unary(depth))
        return parts[0] if len(parts) == 1 else _join(both if joined == _AND else either, parts)

    def end(self) -> None:
        if self._at < len(self._words):
            raise _UnreadableError

    def _unary(self, depth: int) -> Node:
        negated = False
        while self._joint() == _NOT:  # a thousand of them nest nothing
            self._next()
            negated = not negated
        node = self._group(depth) if self._is_sign("(") else self._leaf()
        return _negated(node) if negated else node

    def _group(self, depth: int) -> Node:
        self._next()
        node = self.alternatives(depth + 1)
        self._expect(")")
        return node

    def _leaf(self) -> Node:
        word = self._peek()
        if word.kind == "word" and word.text.lower() == _EXISTS:
            self._next()
            return self._exists()
        if word.kind == "word" and self._is_sign("{", ahead=1):
            self._next()
            return _function(word.text, self._braces())
        left = self._operand()
        name = self._next()
        if name.kind != "word":
            raise _UnreadableError
        return _comparison(left, operator(name.text), self._operand())

    def _exists(self) -> Node:
        word = self._next()
        if word.kind != "attribute":
            raise _UnreadableError
        key = attribute_key(word.text, word.name)

        def holds(known: Known) -> Truth:
            values = known.values(key)
            return None if values is None else bool(values)

        return Node(holds, frozenset({key}))

    def _operand(self) -> _Operand:
        if self._is_sign("{"):
            return _Operand("", self._braces())
        word = self._next()
        if word.kind == "attribute":
            return _Operand(attribute_key(word.text, word.name))
        if word.kind == "sign":
            raise _UnreadableError
        return _Operand("", (word.text,))

    def _braces(self) -> tuple[str, ...]:
        self._expect("{")
        values = [self._value()]
        while self._is_sign(","):
            self._next()
            values.append(self._value())
        self._expect("}")
        return tuple(values)

    def _value(self) -> str:
        word = self._next()
        if word.kind not in ("string", "word"):
            raise _UnreadableError
        return word.text

    def _joint(self) -> str:
        word = self._peek()
        return word.text if word.kind == "sign" else _WORDS.get(word.text.lower(), "") if word.kind == "word" else ""

    def _is_sign(self, sign: str, ahead: int = 0) -> bool:
        word = self._peek(ahead)
        return word.kind == "sign" and word.text == sign

    def _expect(self, sign: str) -> None:
        if not self._is_sign(sign):
            raise _UnreadableError
        self._next()

    def _peek(self, ahead: int = 0) -> Token:
        at = self._at + ahead
        return self._words[at] if at < len(self._words) else _END

    def _next(self) -> Token:
        word = self._peek()
        self._at += 1
        return word


def _join(combine: Callable[..., Truth], parts: list[Node]) -> Node:
    reads = _NOBODY.union(*(part.reads for part in parts))
    return Node(lambda known: combine(*[part.holds(known) for part in parts]), reads)


def _negated(node: Node) -> Node:
    def holds(known: Known) -> Truth:
        found = node.holds(known)
        return None if found is None else not found

    return Node(holds, node.reads)


def _function(name: str, patterns: tuple[str, ...]) -> Node:
    """`ActionMatches` and `SubOperationMatches`; any other function is unknown, and leaves the rest as it is."""
    if name.lower() == "actionmatches":
        return Node(lambda known: _matches(known.action, patterns), frozenset({ACTION}))
    if name.lower() == "suboperationmatches":
        return Node(lambda known: _matches(known.sub_operation, patterns), frozenset({SUB_OPERATION}))
    return Node(lambda _: None, _NOBODY)


def _matches(value: str | None, patterns: tuple[str, ...]) -> Truth:
    """Match as the actions of roles are matched."""
    return None if value is None else any(covers("control", pattern, value) for pattern in patterns)


def _comparison(left: _Operand, test: Operator | None, right: _Operand) -> Node:
    reads = frozenset(filter(None, (left.key, right.key)))
    if left.key.startswith(tuple(ASSIGNING.values())):
        reads |= {ACTION}

    def holds(known: Known) -> Truth:
        mine, its = left.of(known), right.of(known)
        if test is None or its is None:
            return None
        if mine is None:
            return test.whatever(its) if known.has_one(left.key) else None
        return test.holds(mine, its)

    return Node(holds, reads)


__all__ = ["Node", "parsed"]
