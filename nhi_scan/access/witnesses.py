"""Tokens that a holder could show, made up to prove that one of them is let in.

What a holder can get is known as patterns (`model.assertion.Claim`). That some token of those meets a policy is proven
by such a token, held against the policy as any real one would be: patterns alone cannot tell whether several conditions
hold together.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import islice, product

from nhi_scan.access.match import covers, expression
from nhi_scan.model.assertion import Assertion, Claim
from nhi_scan.model.record import value

_REMEMBERED = 1 << 15
_MOST = 256  # tokens that are tried for one policy
_FILLER = "a"
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_STARS = re.compile(r"\*+")
_WORD = "anything"
_LONGEST = 400  # characters of two patterns that are held against each other; of what is longer no text is made up


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
    """Say whether a holder can get a token with a value of this claim that a pattern matches. False is certain."""
    if claim.form in {"exact", "one_of"}:
        return any(_matches(one, pattern) for one in claim.values)
    if _too_long(_pattern(claim), pattern) or reached(claim, pattern) is not None:
        return True
    # So many are kept out that one of what a `?` may be could have been missed.
    return "?" in pattern.wildcards and "?" in pattern.text and len(claim.excluded) >= len(_LETTERS)


def reached(claim: Claim, pattern: Pattern) -> str | None:
    """Find a text that a pattern of a policy matches and that a claim known as a pattern can be; None: there is none.

    Where what both match first is kept out (`Claim.excluded`), a longer one is tried in place of each `*` of the
    policy's, and other letters in place of each `?`.
    """
    glob = _pattern(claim)
    text = meeting(glob, pattern)
    if text is None or not is_excluded(claim, text):
        return text
    run = _FILLER * (max(map(len, claim.excluded)) + 1)
    for at, one in enumerate(pattern.text):
        for filling in (f"*{run}*",) if one == "*" else _LETTERS if one == "?" else ():
            if one in pattern.wildcards:
                narrowed = Pattern(f"{pattern.text[:at]}{filling}{pattern.text[at + 1 :]}", pattern.wildcards)
                text = meeting(glob, narrowed)
                if text is not None and not is_excluded(claim, text):
                    return text
    return None


def is_excluded(claim: Claim, text: str) -> bool:
    """Say whether a claim surely is not a text, though its pattern matches it."""
    return any(covers(one.lower(), text.lower()) for one in claim.excluded)


def _matches(text: str, pattern: Pattern) -> bool:
    if not pattern.wildcards:
        return text == pattern.text
    pieces = [(one, one in pattern.wildcards) for one in pattern.text]
    return re.match(expression(pieces), text, re.DOTALL) is not None


def _too_long(glob: str, pattern: Pattern) -> bool:
    return "*" in glob and bool(pattern.wildcards) and max(len(glob), len(pattern.text)) > _LONGEST


def _pattern(claim: Claim) -> str:
    return "*" if claim.form == "any" or not claim.values else claim.values[0]


def _candidates(claim: Claim, patterns: Sequence[Pattern]) -> list[str]:
    if claim.form == "one_of":
        found = [one for one in claim.values if any(_matches(one, each) for each in patterns)]
        return found or list(claim.values[:1])
    found = [text for one in patterns if (text := reached(claim, one)) is not None]
    other = _pattern(claim).replace("*", _WORD)
    return list(dict.fromkeys([*found, *([] if is_excluded(claim, other) else [other])]))


def _align(globs: Sequence[Claim], choices: dict[str, list[str]]) -> None:
    """Let what fills one pattern fill the others, too: the branch of a subject is the `ref` of the same token."""
    fillings = dict.fromkeys(_filling(one, text) for one in globs for text in choices[one.name])
    for one in globs:
        head, inner, tail = _parts(one)
        more = [f"{head}{filling}{tail}" for of, filling in fillings if of == inner]
        free = [text for text in more if not is_excluded(one, text)]
        choices[one.name] = list(dict.fromkeys([*choices[one.name], *free]))


def _parts(claim: Claim) -> tuple[str, str, str]:
    """What is before the first star of a pattern, from that to the last one, and after it: `refs/heads/`, `*/*`, ``."""
    glob = _pattern(claim)
    head, star, _ = glob.partition("*")
    tail = glob.rpartition("*")[2] if star else ""
    return head, glob[len(head) : len(glob) - len(tail)], tail


def _filling(claim: Claim, text: str) -> tuple[str, str]:
    """The stars of a pattern, with what is between them, and what stands for that."""
    head, inner, tail = _parts(claim)
    return inner, text[len(head) : len(text) - len(tail)]


def _filled_alike(globs: Sequence[Claim], made: Mapping[str, str]) -> bool:
    return len({_filling(one, made[one.name]) for one in globs}) < 2


@lru_cache(maxsize=_REMEMBERED)
def meeting(glob: str, pattern: Pattern) -> str | None:
    """Find a text that both match; None where there is none.

    Where there is one in which something stands for each `*` of the first, that is preferred; a branch or a tag is
    always called something, and nothing that git refuses (https://git-scm.com/docs/git-check-ref-format): the `*` of
    `refs/heads/*` stands for no colon.

    Args:
        glob: what a holder can get; only `*` means something.
        pattern: what a policy asks for.
    """
    if _too_long(glob, pattern):
        return None
    glob = _STARS.sub("*", glob)
    other = [_WILD.get(one, one) if one in pattern.wildcards else one for one in pattern.text]
    if "*" in glob:
        found = _meeting(_pieces(glob, filled=True), other)
        if found is not None:
            return found
    return _meeting(_pieces(glob, filled=False), other)


class _Wild(Enum):
    """A piece of a pattern that is more than one character."""

    ONE = "one"
    RUN = "run"
    REF_ONE = "one of a name of git"
    REF_RUN = "a run of a name of git"


_Piece = str | _Wild
_WILD: Mapping[str, _Piece] = {"*": _Wild.RUN, "?": _Wild.ONE}
_RUNS = frozenset({_Wild.RUN, _Wild.REF_RUN})
_OF_GIT = frozenset({_Wild.REF_ONE, _Wild.REF_RUN})
_NOT_IN_REFS = frozenset(" ~^:?*[\\\x7f")


def _pieces(glob: str, *, filled: bool) -> list[_Piece]:
    """Take what a holder can get apart."""
    found: list[_Piece] = []
    for at, one in enumerate(glob):
        if one != "*":
            found.append(one)
        elif glob[:at].rpartition(":")[2].rpartition("@")[2].startswith("refs/"):
            found += [_Wild.REF_ONE, _Wild.REF_RUN]
        else:
            found += [_Wild.ONE, _Wild.RUN] if filled else [_Wild.RUN]
    return found


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
    if mine in _RUNS:
        yield (one + 1, other), ""
    if its in _RUNS:
        yield (one, other + 1), ""
    character = None if mine is None or its is None else _common(mine, its)
    if character is not None:
        yield (one + (mine not in _RUNS), other + (its not in _RUNS)), character


def _common(mine: _Piece, its: _Piece) -> str | None:
    """A character that both pieces may be."""
    if isinstance(mine, str):
        return mine if mine == its or isinstance(its, _Wild) else None
    if isinstance(its, str):
        return None if mine in _OF_GIT and its in _NOT_IN_REFS else its
    return _FILLER


def _read(seen: Mapping[tuple[int, int], tuple[tuple[int, int], str] | None], end: tuple[int, int]) -> str:
    characters: list[str] = []
    step = seen[end]
    while step is not None:
        place, character = step
        characters.append(character)
        step = seen[place]
    return "".join(reversed(characters))
