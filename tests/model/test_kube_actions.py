"""Actions of Kubernetes as texts: what a rule says comes through, and nothing else."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.model.kube_actions import Action, action, parse, patterns, url_action

PATTERNS: list[tuple[dict[str, Any], tuple[str, ...]]] = [
    ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}, ("get pods",)),
    ({"verbs": ["get"], "apiGroups": ["apps"], "resources": ["deployments/scale"]}, ("get deployments.apps/scale",)),
    ({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}, ("* *.*",)),
    ({"verbs": ["*"], "apiGroups": [""], "resources": ["*"]}, ("* *",)),
    ({"verbs": ["update"], "apiGroups": ["*"], "resources": ["*/scale"]}, ("update *.*/scale",)),
    ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods/*", "po*"]}, ("get po%2A", "get pods/%2A")),
    ({"verbs": ["Get", ""], "apiGroups": [""], "resources": ["a.b"]}, ("%- a%2Eb", "%47et a%2Eb")),
    ({"verbs": ["get"], "apiGroups": [""], "resources": ["pods/", "/log"]}, ("get %2Flog", "get pods%2F")),
    ({"verbs": ["get"], "nonResourceURLs": ["*", "/a*", "/b*c", "x"]}, ("get /*", "get /a*", "get /b%2Ac")),
    ({"verbs": ["get"], "apiGroups": [""]}, ()),
    ({"verbs": ["get", 3, None], "apiGroups": [""], "resources": "pods"}, ()),
    ({"verbs": "get", "apiGroups": {"": 1}, "resources": ["pods"]}, ()),
    ({}, ()),
]


@pytest.mark.parametrize(("rule", "wanted"), PATTERNS)
def test_the_patterns_of_a_rule(rule: dict[str, Any], wanted: tuple[str, ...]) -> None:
    assert patterns(rule) == wanted


@pytest.mark.parametrize("text", ["get", "get ", " pods", "get  pods", "get pods now", "", "get .apps"])
def test_what_is_no_action(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("get pods", "get pods"),
        ("%67et p%6fds", "get pods"),
        ("Get pods", "%47et pods"),
        ("get /Logs", "get /%4Cogs"),
        ("get po*", "get po%2A"),
        ("get po%2a", "get po%2A"),
        ("get a/b/c", "get a/b%2Fc"),
        ("get 100%", "get 100%25"),
    ],
)
def test_an_action_is_written_in_one_way(text: str, wanted: str) -> None:
    found = parse(text)
    assert found is not None
    assert found.text == wanted


# What Kubernetes does itself: https://github.com/kubernetes/kubernetes/blob/master/pkg/apis/rbac/v1/evaluation_helpers.go
def by_the_book(rule: dict[str, list[str]], asked: tuple[str, str, str, str]) -> bool:
    verb, group, resource, below = asked
    combined = f"{resource}/{below}" if below else resource
    return (
        any(one in ("*", verb) for one in rule["verbs"])
        and any(one in ("*", group) for one in rule["apiGroups"])
        and any(one in ("*", combined) or (below and one == f"*/{below}") for one in rule["resources"])
    )


def url_by_the_book(urls: Sequence[str], path: str) -> bool:
    return any(one in ("*", path) or (one.endswith("*") and path.startswith(one.rstrip("*"))) for one in urls)


PARTS = st.text("ab*.%é A-", max_size=3)
BELOW = st.text("ab*.%é A-/", max_size=3)
SOME = st.lists(st.one_of(st.just("*"), PARTS), min_size=1, max_size=2)
THINGS = st.lists(st.one_of(st.just("*"), st.builds("{}/{}".format, PARTS, BELOW), PARTS), min_size=1, max_size=3)


@given(SOME, SOME, THINGS, st.tuples(PARTS, PARTS, PARTS, BELOW))
def test_patterns_cover_what_the_authorizer_allows(
    verbs: list[str], groups: list[str], resources: list[str], asked: tuple[str, str, str, str]
) -> None:
    rule = {"verbs": verbs, "apiGroups": groups, "resources": resources}
    text = action(*asked)
    one = parse(text)
    assert one is not None
    assert one.text == text
    if "" not in asked[:3:2]:  # a request without a verb or a resource there is not
        assert _covered(patterns(rule), one) is by_the_book(rule, asked)


@given(st.lists(st.text("/ab*A%", max_size=4), max_size=3), st.text("/ab*A%", max_size=4).map("/{}".format))
def test_patterns_cover_the_urls_that_the_authorizer_allows(urls: list[str], path: str) -> None:
    one = parse(url_action("get", path.rstrip("*")))
    assert one is not None
    assert _covered(patterns({"verbs": ["get"], "nonResourceURLs": urls}), one) is url_by_the_book(
        urls, path.rstrip("*")
    )


def _covered(texts: Sequence[str], one: Action) -> bool:
    read = [parse(text) for text in texts]
    assert [pattern.text for pattern in read if pattern is not None] == list(texts)
    return any(pattern.covers(one) for pattern in read if pattern is not None)
