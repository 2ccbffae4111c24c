"""Tokens that are made up are such as their holder can get, and none that meets a policy is overlooked."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.access.match import covers, may_match
from nhi_scan.access.subjects import BySubject
from nhi_scan.access.witnesses import Pattern, meeting, meets, tokens
from nhi_scan.model.assertion import Assertion, Claim

GLOBS = st.text("ab:*", max_size=8)
PATTERNS = st.text("ab:*?", max_size=8)


@settings(max_examples=300, deadline=None)
@given(GLOBS, PATTERNS)
def test_a_text_is_found_exactly_where_two_patterns_meet(glob: str, pattern: str) -> None:
    found = meeting(glob, Pattern(pattern, "*?"))
    assert (found is not None) == may_match(glob, pattern)
    if found is not None:
        assert covers(glob, found)
        assert covers(pattern, found)


@settings(max_examples=200, deadline=None)
@given(GLOBS, st.text("ab:*?", max_size=8))
def test_without_wildcards_a_pattern_is_a_text(glob: str, text: str) -> None:
    found = meeting(glob, Pattern(text))
    assert found in {None, text}
    if "*" not in text and "?" not in text:
        assert (found is not None) == may_match(glob, text)


@pytest.mark.parametrize(
    ("glob", "pattern", "expected"),
    [
        ("repo:acme/app:ref:refs/heads/*", "repo:acme/app:ref:refs/heads/main", True),
        ("repo:acme/app:ref:refs/heads/*", "repo:acme/*:environment:production", False),  # no branch has a colon
        ("repo:acme/app:ref:refs/heads/*", "repo:acme/app:ref:refs/heads/a b", False),
        ("repo:acme/app:ref:refs/heads/*", "repo:acme/app:ref:refs/heads/", False),  # and each has a name
        ("repo:acme/app:*", "repo:acme/*:environment:production", True),
        ("acme/ci/.github/workflows/x.yml@refs/heads/*", "acme/ci/*@refs/heads/release/*", True),
    ],
)
def test_names_of_git(glob: str, pattern: str, expected: bool) -> None:
    assert (meeting(glob, Pattern(pattern, "*?")) is not None) is expected


def test_a_star_in_a_value_is_a_star() -> None:
    assert meets(Claim("sub", ("a*",)), Pattern("a*"))
    assert not meets(Claim("sub", ("a*",)), Pattern("abc"))
    assert meets(Claim("sub", ("a*",)), Pattern("a?", "?"))


def test_one_of_several_is_picked() -> None:
    claim = Claim("aud", ("x", "y"), "one_of")
    assert meets(claim, Pattern("y"))
    assert not meets(claim, Pattern("z"))
    assertion = Assertion(holder_id="h", provider="p", issuer="i", claims=(claim,))
    assert [one.values for one in tokens(assertion, {"aud": [Pattern("y")]})] == [{"aud": ("y",)}]


def test_what_fills_one_claim_fills_the_other() -> None:
    claims = (Claim("ref", ("refs/heads/*",), "glob"), Claim("sub", ("repo:a/b:ref:refs/heads/*",), "glob"))
    assertion = Assertion(holder_id="h", provider="p", issuer="i", claims=claims)
    made = list(tokens(assertion, {"sub": [Pattern("*:refs/heads/main", "*")], "ref": [Pattern("*", "*")]}))
    of_one_run = [one.values for one in made if one.together]
    assert {"ref": ("refs/heads/main",), "sub": ("repo:a/b:ref:refs/heads/main",)} in of_one_run
    for one in of_one_run:
        assert one["sub"][0].rpartition("/")[2] == one["ref"][0].rpartition("/")[2]
    assert any(not one.together for one in made)


@pytest.mark.parametrize(("stars", "branch"), [("*", "main"), ("*/*", "team/x")])
def test_one_run_is_found_for_patterns_with_several_stars(stars: str, branch: str) -> None:
    claims = (
        Claim("ref", (f"refs/heads/{stars}",), "glob"),
        Claim("sub", (f"repo:a/b:ref:refs/heads/{stars}",), "glob"),
    )
    assertion = Assertion(holder_id="h", provider="p", issuer="i", claims=claims)
    asked = {"sub": [Pattern(f"repo:a/b:ref:refs/heads/{branch}")], "ref": [Pattern("refs/*", "*")]}
    made = [one.values for one in tokens(assertion, asked) if one.together]
    assert {"ref": (f"refs/heads/{branch}",), "sub": (f"repo:a/b:ref:refs/heads/{branch}",)} in made


def test_what_is_not_asked_about_is_left_out() -> None:
    assertion = Assertion(holder_id="h", provider="p", issuer="i", claims=(Claim("a", ("1",)), Claim("b", (), "any")))
    assert [one.claims for one in tokens(assertion, {})] == [()]


def test_of_what_is_too_long_nothing_is_made_up_and_nothing_excluded() -> None:
    long = Pattern("a*" * 900 + "b", "*")
    claim = Claim("sub", ("c*",), "glob")
    assert meeting("c*", long) is None
    assert meets(claim, long)
    assert meets(Claim("sub", ("a" * 5000,)), Pattern("a*", "*"))
    assert not meets(Claim("sub", ("a" * 5000,)), Pattern("b*", "*"))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text("ab*", max_size=5), max_size=6), st.text("ab*", max_size=5), st.sampled_from(["exact", "glob"]))
def test_the_index_overlooks_nothing(patterns: list[str], subject: str, form: str) -> None:
    index: BySubject[str] = BySubject()
    for number, pattern in enumerate(patterns):
        index.add(f"{number} {pattern}", [pattern])
    index.add("everybody", None)
    claim = Claim("sub", (subject,), form)  # type: ignore[arg-type] # a literal, drawn
    found = index.find(claim)
    assert len(found) == len(set(found))
    wanted = {f"{number} {pattern}" for number, pattern in enumerate(patterns) if meets(claim, Pattern(pattern, "*?"))}
    assert wanted | {"everybody"} <= set(found)
    assert set(index.find(None)) == {"everybody", *(f"{number} {pattern}" for number, pattern in enumerate(patterns))}
