"""Tokens that a holder could show, made up to prove that one of them is let in.

What a holder can get is known as patterns (`model.assertion.Claim`). That some token of those meets a policy is proven
by such a token, held against the policy as any real one would be: patterns alone cannot tell whether several conditions
hold together.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice, product

from nhi_scan.model.assertion import Assertion, Claim
from nhi_scan.model.record import value

_REMEMBERED = 1 << 15
_MOST = 256  # tokens that are tried for one policy
_FILLER = "a"
_WORD = "anything"
_LONGEST = 2000  # characters of a pattern that is compared; what is longer meets nothing that can be shown


@value
class Pattern:
    """What a policy compares a claim with."""

    text: str
    wildcards: str = ""  # the characters of it that are wildcards: `*` is any run, `?` one character


@value
class Token:
    """One token: the claims that a policy asks about."""

    claims: tuple[tuple[str, tuple[str, ...]], ...]
    # False where two patterns were filled in differently: that one token has both, nobody can tell (a branch in the
    # subject, and another one in `ref`).
    together: bool = True

    @property
    def values(self) -> dict[str, tuple[str, ...]]:
        """The claims by name."""
        return dict(self.claims)


def tokens(assertion: Assertion, asked: Mapping[str, Sequence[Pattern]]) -> Iterator[Token]:
    """Make up tokens that a holder can get, those first that most likely meet what is asked.

    Args:
        assertion: what is known of the holder's tokens.
        asked: claims that a policy asks about, with what it compares each with. Other claims are left out.
    """
    open_ = [one for one in assertion.claims if one.form != "exact" and one.name in asked]
    fixed = [(one.name, one.values) for one in assertion.claims if one.form == "exact" and one.name in asked]
    choices = {one.name: _candidates(one, asked[one.name]) for one in open_}
    globs = [one for one in open_ if one.form == "glob"]
    if len(globs) > 1:
        _align(globs, choices)
    for picked in islice(product(*choices.values()), _MOST):
        made = dict(zip(choices, picked, strict=True))
        claims = tuple(sorted([*fixed, *[(name, (text,)) for name, text in made.items()]]))
        yield Token(claims, together=_filled_alike(globs, made))


def meets(claim: Claim, pattern: Pattern) -> bool:
    """Say whether a holder can get a token with a value of this claim that a pattern matches."""
    if claim.form == "exact":
        return any(meeting(_escaped(one), pattern) is not None for one in claim.values)
    return meeting(_pattern(claim), pattern) is not None


def _pattern(claim: Claim) -> str:
    return "*" if claim.form == "any" or not claim.values else claim.values[0]


def _candidates(claim: Claim, patterns: Sequence[Pattern]) -> list[str]:
    glob = _pattern(claim)
    found = [text for one in patterns if (text := meeting(glob, one)) is not None]
    return list(dict.fromkeys([*found, glob.replace("*", _WORD)]))


def _align(globs: Sequence[Claim], choices: dict[str, list[str]]) -> None:
    """Let what fills one pattern fill the others, too: the branch of a subject is the `ref` of the same token."""
    fillings = dict.fromkeys(
        filling for one in globs for text in choices[one.name] if (filling := _filling(one, text)) is not None
    )
    for one in globs:
        more = [one.values[0].replace("*", filling) for filling in fillings if one.values[0].count("*") == 1]
        choices[one.name] = list(dict.fromkeys([*choices[one.name], *more]))


def _filling(claim: Claim, text: str) -> str | None:
    """What stands for the only `*` of a pattern."""
    head, star, tail = claim.values[0].partition("*")
    return text[len(head) : len(text) - len(tail)] if star and "*" not in tail else None


def _filled_alike(globs: Sequence[Claim], made: Mapping[str, str]) -> bool:
    fillings = {_filling(one, made[one.name]) for one in globs}
    return len(globs) < 2 or (len(fillings) == 1 and None not in fillings)


def _escaped(text: str) -> str:
    return text.replace("*", "\0")


@lru_cache(maxsize=_REMEMBERED)
def meeting(glob: str, pattern: Pattern) -> str | None:
    """Find a text that both match; None where there is none.

    Where there is one in which something stands for each `*` of the first, that is preferred: no branch is called "".

    Args:
        glob: what a holder can get; only `*` means something.
        pattern: what a policy asks for.
    """
    if len(glob) > _LONGEST or len(pattern.text) > _LONGEST:
        return None
    other = [(one, one in pattern.wildcards) for one in pattern.text]
    if "*" in glob:
        filled = [part for one in glob for part in ([("?", True), ("*", True)] if one == "*" else [(one, False)])]
        found = _meeting(filled, other)
        if found is not None:
            return found
    return _meeting([("*" if one == "*" else "*" if one == "\0" else one, one == "*") for one in glob], other)


_Piece = tuple[str, bool]


def _meeting(first: list[_Piece], second: list[_Piece]) -> str | None:
    """Walk both patterns at once, the shortest way; a place is how far each was read."""
    seen: dict[tuple[int, int], tuple[tuple[int, int], str] | None] = {(0, 0): None}
    waiting = [(0, 0)]
    end = (len(first), len(second))
    for place in waiting:  # grows while it is walked
        if place == end:
            return _read(seen, end)
        for after, character in _steps(first, second, place):
            if after not in seen:
                seen[after] = (place, character)
                waiting.append(after)
    return None


def _steps(first: list[_Piece], second: list[_Piece], place: tuple[int, int]) -> Iterator[tuple[tuple[int, int], str]]:
    one, other = place
    mine = first[one] if one < len(first) else None
    its = second[other] if other < len(second) else None
    if mine == ("*", True):
        yield (one + 1, other), ""
    if its == ("*", True):
        yield (one, other + 1), ""
    if mine is None or its is None:
        return
    if mine[1] and its[1]:
        character = _FILLER
    elif mine[1] or its[1]:
        character = its[0] if mine[1] else mine[0]
    elif mine[0] == its[0]:
        character = mine[0]
    else:
        return
    yield (one + (mine != ("*", True)), other + (its != ("*", True))), character


def _read(seen: Mapping[tuple[int, int], tuple[tuple[int, int], str] | None], end: tuple[int, int]) -> str:
    characters: list[str] = []
    step = seen[end]
    while step is not None:
        place, character = step
        characters.append(character)
        step = seen[place]
    return "".join(reversed(characters))
