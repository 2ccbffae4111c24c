"""Conditions parsed by cel-python and made into functions of what is known.

cel-python's own evaluation takes about two milliseconds and knows nothing of unknown values, so only its parser is
used. It is imported when the first condition is met: it is slow to load.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from nhi_scan.access.gcp.conditions import values
from nhi_scan.access.gcp.conditions.attributes import API, TAG_METHODS, TAGS, api_attribute, attribute, present, tag
from nhi_scan.access.gcp.conditions.claims import Claims, claim, inside
from nhi_scan.access.gcp.conditions.functions import function, method
from nhi_scan.access.gcp.conditions.known import Known
from nhi_scan.access.gcp.conditions.literals import literal, text, texts_end
from nhi_scan.access.gcp.conditions.values import UNKNOWN, Value

LONGEST = 12_000
"""Characters. Google takes no longer policies' conditions: https://cloud.google.com/iam/quotas."""

_DEEPEST = 60  # Google lets a condition have 12 logical operators
_MOST_TOKENS = 4_000
_WORD = re.compile(r"\w+|[^\w\s]")

Code = Callable[[Known], Value]

_BINARY: dict[str, Callable[[Value, Value], Value]] = {
    "relation_eq": values.equal,
    "relation_ne": lambda one, other: _not(values.equal(one, other)),
    "relation_lt": values.below,
    "relation_gt": lambda one, other: values.below(other, one),
    "relation_le": lambda one, other: _not(values.below(other, one)),
    "relation_ge": lambda one, other: _not(values.below(one, other)),
    "relation_in": inside,
    "addition_add": values.plus,
    "addition_sub": values.minus,
    "multiplication_mul": values.times,
    "multiplication_div": values.divided,
    "multiplication_mod": values.remainder,
}


class Compiled(NamedTuple):
    """A condition that can be asked."""

    code: Code
    reads: frozenset[str]


class _Unreadable(Exception):  # noqa: N818 - never leaves this file
    """The expression is none, or none of those that are understood."""


@lru_cache(maxsize=1 << 14)
def compiled(expression: str) -> Compiled | None:
    """Compile an expression; None where it is none, is longer than Google allows, or is too deeply nested."""
    if len(expression) > LONGEST or len(_WORD.findall(expression)) > _MOST_TOKENS or not texts_end(expression):
        return None
    from celpy.celparser import CELParseError, CELParser  # noqa: PLC0415 - slow to import, and few scans need it

    try:
        tree = CELParser().parse(expression)
    except (CELParseError, RecursionError, ValueError, IndexError):
        return None
    compiler = _Compiler()
    try:
        code = compiler.of(tree, 0)
    except (_Unreadable, ValueError, OverflowError):
        return None
    return Compiled(code, frozenset(compiler.reads))


def _not(value: Value) -> Value:
    return not value if isinstance(value, bool) else UNKNOWN


class _Compiler:
    """Turns a tree of the parser into nested functions."""

    def __init__(self) -> None:
        self.reads: set[str] = set()

    def of(self, tree: Any, depth: int) -> Code:
        """Compile one tree."""
        if depth > _DEEPEST:
            raise _Unreadable
        while tree.data in _PASSED and len(tree.children) == 1 and hasattr(tree.children[0], "data"):
            tree = tree.children[0]
        if tree.data == "paren_expr":
            return self.of(tree.children[0], depth + 1)
        form = _FORMS.get(tree.data)
        if form is not None:
            return form(self, tree.children, depth + 1)
        if tree.data in ("relation", "addition", "multiplication") and len(tree.children) == 2:
            return self._binary(tree, depth + 1)
        raise _Unreadable

    def _binary(self, tree: Any, depth: int) -> Code:
        first, second = tree.children
        operator = _BINARY[first.data]
        one, other = self.of(first.children[0], depth), self.of(second, depth)

        def run(known: Known) -> Value:
            left, right = one(known), other(known)
            if right is UNKNOWN or left is UNKNOWN:
                return UNKNOWN
            return operator(left, right)

        return run

    def choice(self, children: list[Any], depth: int) -> Code:
        """`a ? b : c`."""
        test, yes, no = (self.of(child, depth) for child in children)

        def run(known: Known) -> Value:
            which = test(known)
            if isinstance(which, bool):
                return yes(known) if which else no(known)
            first, second = yes(known), no(known)
            same = first is not UNKNOWN and second is not UNKNOWN and values.equal(first, second) is True
            return first if which is UNKNOWN and same else UNKNOWN

        return run

    def any_of(self, children: list[Any], depth: int) -> Code:
        """`||`: true where one side is, whatever the other."""
        return self._logical(children, depth, settles=True)

    def all_of(self, children: list[Any], depth: int) -> Code:
        """`&&`: false where one side is, whatever the other."""
        return self._logical(children, depth, settles=False)

    def _logical(self, children: list[Any], depth: int, *, settles: bool) -> Code:
        one, other = (self.of(child, depth) for child in children)

        def run(known: Known) -> Value:
            left = one(known)
            if left is settles:
                return settles
            right = other(known)
            if right is settles:
                return settles
            return not settles if isinstance(left, bool) and isinstance(right, bool) else UNKNOWN

        return run

    def unary(self, children: list[Any], depth: int) -> Code:
        """`!a`, `-a`."""
        value = self.of(children[1], depth)
        if children[0].data == "unary_not":
            return lambda known: _not(value(known))
        return lambda known: values.minus(0, value(known))

    def dotted(self, children: list[Any], depth: int) -> Code:
        """`a.b.c`: an attribute; `a['b'].c`: what is inside a claim."""
        if not _path(children[0], strict=False):
            owner, key = self.of(children[0], depth), str(children[1])
            return lambda known: claim(owner(known), key)
        name = f"{_path(children[0])}.{children[1]}"
        self.reads.add(name)
        return lambda known: attribute(name, known)

    def alone(self, children: list[Any], _depth: int) -> Code:
        """`a`: no attribute has a name without a dot, apart from what somebody states."""
        name = str(children[0])
        self.reads.add(name)
        return lambda known: attribute(name, known)

    def called_on(self, children: list[Any], depth: int) -> Code:
        """`a.f(b)`."""
        name, arguments = str(children[1]), self._arguments(children[2:], depth)
        owner = _path(children[0], strict=False)
        if owner == "resource" and name in TAG_METHODS:
            self.reads.add(TAGS)
            return lambda known: tag(name, [argument(known) for argument in arguments], known)
        if f"{owner}.{name}" == API:
            return self._api(arguments, _literal_text(children[2:]))
        value = self.of(children[0], depth)
        return lambda known: method(name, value(known), [argument(known) for argument in arguments])

    def _api(self, arguments: list[Code], name: str) -> Code:
        if len(arguments) != 2 or not name:
            raise _Unreadable
        self.reads.add(name)
        default = arguments[1]
        return lambda known: api_attribute(name, default(known), known)

    def called(self, children: list[Any], depth: int) -> Code:
        """`f(a)`."""
        name = str(children[0])
        if name == "has":
            return self._has(children[1:])
        arguments = self._arguments(children[1:], depth)
        return lambda known: function(name, [argument(known) for argument in arguments])

    def _has(self, children: list[Any]) -> Code:
        """`has(a.b)`: surely there where it is known; nothing can tell that it is not."""
        if len(children) != 1 or len(children[0].children) != 1:
            raise _Unreadable
        name = _path(children[0].children[0])
        self.reads.add(name)
        return lambda known: present(name, known)

    def listed(self, children: list[Any], depth: int) -> Code:
        """`[a, b]`."""
        items = self._arguments(children, depth)
        return lambda known: [item(known) for item in items]

    def mapped(self, children: list[Any], depth: int) -> Code:
        """`{a: b}`."""
        items = [self.of(child, depth) for each in children for child in each.children]

        def run(known: Known) -> Value:
            found = [item(known) for item in items]
            keys = found[::2]
            if not all(isinstance(key, str | int) for key in keys):
                return UNKNOWN
            return dict(zip(keys, found[1::2], strict=True))

        return run

    def indexed(self, children: list[Any], depth: int) -> Code:
        """`a[b]`."""
        value, at = self.of(children[0], depth), self.of(children[1], depth)

        def run(known: Known) -> Value:
            found, key = value(known), at(known)
            if isinstance(found, Claims):
                return found.get(key)
            if isinstance(found, dict) and isinstance(key, str | int):
                return found.get(key, UNKNOWN)
            inside = isinstance(found, list) and isinstance(key, int) and 0 <= key < len(found)
            return found[key] if inside else UNKNOWN

        return run

    def literal(self, children: list[Any], _depth: int) -> Code:
        """A text, a number, true, false, null."""
        value = literal(children[0].type, str(children[0]))
        return lambda _known: value

    def _arguments(self, children: list[Any], depth: int) -> list[Code]:
        return [self.of(child, depth) for each in children for child in each.children]


_PASSED = frozenset(
    ("expr", "conditionalor", "conditionaland", "relation", "addition", "multiplication", "unary", "member", "primary")
)
_FORMS: dict[str, Callable[[_Compiler, list[Any], int], Code]] = {
    "expr": _Compiler.choice,
    "conditionalor": _Compiler.any_of,
    "conditionaland": _Compiler.all_of,
    "unary": _Compiler.unary,
    "member_dot": _Compiler.dotted,
    "member_dot_arg": _Compiler.called_on,
    "member_index": _Compiler.indexed,
    "ident": _Compiler.alone,
    "ident_arg": _Compiler.called,
    "list_lit": _Compiler.listed,
    "map_lit": _Compiler.mapped,
    "literal": _Compiler.literal,
}


def _path(tree: Any, *, strict: bool = True) -> str:
    """The dotted name that a tree is; not strictly: nothing where it is something else."""
    names: list[str] = []
    while True:
        while tree.data in _PASSED and len(tree.children) == 1 and hasattr(tree.children[0], "data"):
            tree = tree.children[0]
        if tree.data == "ident":
            return ".".join([str(tree.children[0]), *reversed(names)])
        if tree.data != "member_dot":
            if strict:
                raise _Unreadable
            return ""
        names.append(str(tree.children[1]))
        tree = tree.children[0]


def _literal_text(children: list[Any]) -> str:
    """The text that the first argument is; nothing where it is something else."""
    tree = children[0].children[0] if children else None
    while tree is not None and hasattr(tree, "data"):
        if tree.data == "literal":
            token = tree.children[0]
            return text(str(token)) if token.type in ("STRING_LIT", "MLSTRING_LIT") else ""
        tree = tree.children[0] if len(tree.children) == 1 else None
    return ""
