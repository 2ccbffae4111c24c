"""Expressions: what `${{ ... }}` can stand for, as far as the file itself tells.

https://docs.github.com/actions/reference/workflows-and-actions/expressions. Nothing is computed that would need the
run: what is not written in the file is `?`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product

UNKNOWN = "?"
Known = Mapping[str, tuple[str, ...]]  # `env.role`, `matrix.account`, `inputs.name` in lower case -> possible texts

_MOST = 64  # texts that one value may stand for
_LONGEST = 2_000  # letters of one of them
_MOST_READ = 5_000  # letters of an expression that is taken apart: GitHub takes none above 21,000
_DEEPEST = 10  # brackets within brackets
_STOP = re.compile(r"'|\}\}")
_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_*-]+|\[\s*(?:'[^'\]]*'|\d+|\*)\s*\])*")
_INDEX = re.compile(r"\[\s*(?:'([^'\]]*)'|\d+|\*)\s*\]")
_QUOTED = re.compile(r"'((?:[^']|'')*)'")
_QUOTED_VALUES = re.compile(r"'(?:[^']|'')*'")
_BOOLEAN = re.compile(
    r"\s*!|\s*(?:contains|startsWith|endsWith|hashFiles|success|failure|always|cancelled)\s*\(", re.IGNORECASE
)


def expressions(text: str) -> Iterator[str]:
    """Go through what stands between `${{` and `}}`."""
    for inner, _ in _pieces(text):
        if inner is not None:
            yield inner


def has_expression(text: str) -> bool:
    """Say whether a text holds any."""
    return next(expressions(text), None) is not None


def paths(expression: str) -> tuple[str, ...]:
    """Return the contexts that an expression names, in lower case and with dots: `github.event['issue'].title`."""
    return tuple(plain_path(found.group()) for found in _PATH.finditer(_QUOTED_VALUES.sub(_blank, expression)))


@lru_cache(maxsize=4096)  # the same ones stand in a thousand files
def operands(expression: str, depth: int = 0) -> tuple[str, ...]:
    """Return what an expression can come out as: the sides of `||`, and the last of each `&&`.

    What can only be true or false is left out. What is nested deeper than anybody writes stays as it is.
    """
    if len(expression) > _MOST_READ:
        return (expression,)
    kept: list[str] = []
    for side in split(expression, "||"):
        last = split(side, "&&")[-1].strip()
        if depth < _DEEPEST and last.startswith("(") and closes_last(last):
            kept.extend(operands(last[1:-1], depth + 1))
        elif not _BOOLEAN.match(last) and not _compares(last):
            kept.append(last)
    return tuple(kept)


def resolve(text: str, known: Known) -> tuple[str, ...]:
    """Return the texts that a value can come out as, sorted; what nobody can tell is `?` in them.

    Args:
        text: as it stands in the file.
        known: what the file says of contexts.
    """
    choices: list[tuple[str, ...]] = []
    count = 1
    for inner, plain in _pieces(text):
        found = (plain,) if inner is None else _values(inner, known)
        count *= len(found)
        if count > _MOST:
            return (UNKNOWN,)
        choices.append(found)
    return tuple(sorted({"".join(parts)[:_LONGEST] for parts in product(*choices)}))


def secrets_in(text: str) -> tuple[str, ...]:
    """Return the names of the secrets that a text's expressions name, as written, sorted; `?` where it may be any."""
    found = set()
    for expression in expressions(text):
        for match in _PATH.finditer(_QUOTED_VALUES.sub(_blank, expression)):
            name, _, rest = _INDEX.sub(_dotted, match.group()).partition(".")
            if name.lower() == "secrets":
                found.add(rest.partition(".")[0] if rest and rest != "*" else UNKNOWN)
    return tuple(sorted(found))


def plain_path(path: str) -> str:
    """Write a context with dots alone, in lower case: GitHub compares them so."""
    return _INDEX.sub(_dotted, path).lower()


def _blank(found: "re.Match[str]") -> str:
    """A text in quotes names nothing, but where it is an index."""
    before = found.string[max(found.start() - 5, 0) : found.start()].rstrip()
    return found.group() if before.endswith("[") else " " * len(found.group())


def _dotted(found: "re.Match[str]") -> str:
    return f".{found.group(1)}" if found.group(1) is not None else ".*"


def _values(expression: str, known: Known) -> tuple[str, ...]:
    if len(expression) > _MOST_READ:
        return (UNKNOWN,)
    found: list[str] = []
    for operand in operands(expression):
        literal = _QUOTED.fullmatch(operand)
        if literal:
            if literal.group(1):  # an empty one is what `||` passes over
                found.append(literal.group(1).replace("''", "'"))
        elif _PATH.fullmatch(operand):
            found += known.get(plain_path(operand), (UNKNOWN,))
        else:
            found.append(UNKNOWN)
    return tuple(dict.fromkeys(found)) or (UNKNOWN,)


def _pieces(text: str) -> Iterator[tuple[str | None, str]]:
    """The expressions of a text, and as second members what stands between them."""
    at = 0
    while (start := text.find("${{", at)) >= 0:
        end = _end(text, start + 3)
        if end < 0:
            break
        if start > at:
            yield None, text[at:start]
        yield text[start + 3 : end].strip(), ""
        at = end + 2
    if at < len(text) or not text:
        yield None, text[at:]


def _end(text: str, at: int) -> int:
    """Where the expression that begins here ends: `}}` inside a quoted text does not end it."""
    while (found := _STOP.search(text, at)) is not None:
        if found.group() != "'":
            return found.start()
        at = text.find("'", found.end()) + 1
        if not at:
            return -1
    return -1


def split(expression: str, operator: str) -> list[str]:
    """Return the sides of an operator that stands in no quotes and no brackets."""
    if operator not in expression:
        return [expression]
    sides, depth, quoted, start, at = [], 0, False, 0, 0
    while at < len(expression):
        letter = expression[at]
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "([":
            depth += 1
        elif not quoted and letter in ")]":
            depth -= 1
        elif not quoted and depth == 0 and expression.startswith(operator, at):
            sides.append(expression[start:at])
            at += len(operator)
            start = at
            continue
        at += 1
    return [*sides, expression[start:]]


def closes_last(expression: str) -> bool:
    """Say whether the bracket that opens an expression is the one that closes it."""
    depth, quoted = 0, False
    for at, letter in enumerate(expression):
        if letter == "'":
            quoted = not quoted
        elif not quoted:
            depth += (letter == "(") - (letter == ")")
            if depth == 0:
                return at == len(expression) - 1
    return False


def _compares(expression: str) -> bool:
    return any(len(split(expression, sign)) > 1 for sign in ("==", "!=", "<", ">"))
