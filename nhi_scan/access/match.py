"""Patterns with `*` and `?`: does one match a text, does one cover another, can two meet?

AWS's wildcards (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html): `*` stands
for any run of characters, `?` for exactly one, anywhere in an action or in a resource's ARN. A `*` reaches over `:`
and `/`. Actions are compared without case
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html), ARNs with it.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

Matcher = Callable[[str], object]
"""Answers something true where a text matches."""

_CACHE = 1 << 16
_LITERAL = re.compile(r"[^*?]*")
_WILDCARDS = re.compile(r"[*?]{2,}")


def has_wildcard(pattern: str) -> bool:
    """Whether a pattern can match more than one text."""
    return "*" in pattern or "?" in pattern


@lru_cache(maxsize=_CACHE)
def matcher(pattern: str) -> Matcher:
    """Compile a case-sensitive pattern, for ARNs and for values of `StringLike`."""
    if pattern and not pattern.strip("*"):
        return _anything
    if not has_wildcard(pattern):
        return pattern.__eq__
    head = pattern[:-1]
    if pattern[-1] == "*" and not has_wildcard(head):
        return lambda text: text.startswith(head)
    return re.compile(expression([(pattern, True)]), re.DOTALL).match


@lru_cache(maxsize=_CACHE)
def action_matcher(pattern: str) -> Matcher:
    """Compile an action pattern. The text to match must be in lower case already."""
    return matcher(pattern.lower())


def expression(parts: Sequence[tuple[str, bool]], one: str = ".") -> str:
    """Turn a pattern into a regular expression that no author of a policy can make slow.

    A run of literal characters after a `*` is an atomic group: the first place where it fits is as good as any later
    one, so nothing is tried twice.

    Args:
        parts: pieces of text, and whether `*` and `?` in them are wildcards (in the value of a variable they are not).
        one: the expression that `?` becomes.
    """
    runs: list[list[str]] = [[]]
    for text, live in parts:
        for character in text:
            if live and character == "*":
                runs.append([])
            else:
                runs[-1].append(one if live and character == "?" else re.escape(character))
    first, *rest = ["".join(run) for run in runs]
    if not rest:
        return first + r"\Z"
    middle = "".join(f"(?>.*?{run})" for run in rest[:-1] if run)
    return f"{first}{middle}.*{rest[-1]}\\Z"


@lru_cache(maxsize=_CACHE)
def covers(wide: str, narrow: str) -> bool:
    """Whether every text that `narrow` matches is matched by `wide` too.

    Sound: True is certain. Both are read with case; fold it before where it does not count.
    """
    if wide == narrow or (wide and not wide.strip("*")):
        return True
    if not has_wildcard(narrow):
        return bool(matcher(wide)(narrow))
    wide, narrow = _canonical(wide), _canonical(narrow)
    # Read `narrow` as a text in which `*` is a character that only a `*` of `wide` swallows.
    states = _closure(wide, {0})
    for character in narrow:
        if character == "*":
            states = {state for state in states if state < len(wide) and wide[state] == "*"}
        else:
            states = _advance(wide, states, character)
        if not states:
            return False
        states = _closure(wide, states)
    return len(wide) in states


def _canonical(pattern: str) -> str:
    """Write `*?`, which means the same, as `?*`, and `**` as `*`."""
    return _WILDCARDS.sub(lambda run: "?" * run[0].count("?") + "*" * ("*" in run[0]), pattern)


def _advance(pattern: str, states: set[int], character: str) -> set[int]:
    moved = set()
    for state in states:
        if state == len(pattern):
            continue
        here = pattern[state]
        if here == "*":
            moved.add(state)
        elif here == "?" or here == character:  # noqa: PLR1714 - `in (...)` would build a tuple for every character
            moved.add(state + 1)
    return moved


def _closure(pattern: str, states: set[int]) -> set[int]:
    """Add the states behind each `*`, which may stand for nothing."""
    closed = set(states)
    for state in states:
        after = state
        while after < len(pattern) and pattern[after] == "*":
            after += 1
            closed.add(after)
    return closed


@lru_cache(maxsize=_CACHE)
def may_match(first: str, second: str) -> bool:
    """Whether some text is matched by both patterns. Exact, both ways. Both are read with case."""
    if not has_wildcard(second):
        return bool(matcher(first)(second))
    if not has_wildcard(first):
        return bool(matcher(second)(first))
    if _differ(_LITERAL.match(first), _LITERAL.match(second)):
        return False
    reached = [True] + [False] * len(second)
    _spread(reached, second)
    for character in first:
        reached = _row(reached, second, character)
        if True not in reached:
            return False
    return reached[-1]


def _differ(first: re.Match[str] | None, second: re.Match[str] | None) -> bool:
    """Whether two patterns begin differently, before the first wildcard of either: mostly they do."""
    one, other = first[0] if first else "", second[0] if second else ""
    return not (one.startswith(other) or other.startswith(one))


def _row(above: list[bool], second: str, character: str) -> list[bool]:
    """One more character of the first pattern: which prefixes of the second can meet it."""
    row = above.copy() if character == "*" else [False] * len(above)
    for index, other in enumerate(second):
        if row[index + 1]:
            continue
        if character == "*":
            row[index + 1] = row[index]
        elif other == "*":
            row[index + 1] = above[index + 1] or above[index]
        elif above[index] and (other in (character, "?") or character == "?"):
            row[index + 1] = True
    _spread(row, second)
    return row


def _spread(row: list[bool], pattern: str) -> None:
    """A `*` of the second pattern may stand for nothing."""
    for index, character in enumerate(pattern):
        if character == "*" and row[index]:
            row[index + 1] = True


def _anything(_text: str) -> bool:
    return True
