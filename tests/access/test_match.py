from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.access.match import action_matcher, covers, matcher, may_match

PATTERNS = st.text("ab*?", max_size=5)
TEXTS = ["".join(letters) for size in range(6) for letters in product("ab", repeat=size)]


def slow_match(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return slow_match(pattern[1:], text) or (bool(text) and slow_match(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and slow_match(pattern[1:], text[1:])


@given(PATTERNS)
def test_a_pattern_matches_what_its_definition_says(pattern: str) -> None:
    match = matcher(pattern)
    assert [text for text in TEXTS if match(text)] == [text for text in TEXTS if slow_match(pattern, text)]


@given(PATTERNS, PATTERNS)
@settings(max_examples=400)
def test_two_patterns_meet_exactly_where_a_text_matches_both(first: str, second: str) -> None:
    meets = any(slow_match(first, text) and slow_match(second, text) for text in TEXTS)
    # Five characters each need at most ten letters to meet; TEXTS go to five, so only one direction is exhaustive.
    assert may_match(first, second) or not meets
    assert may_match(first, second) == may_match(second, first)
    if len(first) + len(second) <= 5:
        assert may_match(first, second) == meets


@given(PATTERNS, PATTERNS)
@settings(max_examples=400)
def test_a_pattern_that_covers_another_matches_all_of_its_texts(wide: str, narrow: str) -> None:
    if covers(wide, narrow):
        assert all(slow_match(wide, text) for text in TEXTS if slow_match(narrow, text))
    else:
        assert wide != narrow


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("*", "s3:*", True),
        ("s3:*", "*", False),
        ("s3:Get*", "s3:GetObject*", True),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:Get?bject", "s3:Get*", False),
        ("s3:*Object", "s3:Get*Object", True),
        ("a?*", "a*?", True),
        ("arn:aws:s3:::logs/*", "arn:aws:s3:::logs/2024/*", True),
        ("arn:aws:s3:::logs/*", "arn:aws:s3:::logs*", False),
    ],
)
def test_covering(wide: str, narrow: str, *, expected: bool) -> None:
    assert covers(wide, narrow) is expected


def test_a_star_reaches_over_colons_and_slashes() -> None:
    assert matcher("arn:aws:ec2:*:instance/*")("arn:aws:ec2:us-east-1:111111111111:instance/i-1")


def test_arns_are_compared_with_case_and_actions_without() -> None:
    assert not matcher("arn:aws:s3:::Logs")("arn:aws:s3:::logs")
    assert action_matcher("S3:getOBJECT")("s3:getobject")


def test_a_hostile_pattern_is_not_slow() -> None:
    assert not matcher("*a" * 200 + "b")("a" * 5000)
