"""Whoever may get some token of a kind becomes at least perhaps whom one such token becomes, and surely only by one.

Worlds are drawn: patterns and texts over so few letters that they often meet.
"""

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.access.engine import Engine
from nhi_scan.access.witnesses import is_excluded
from nhi_scan.model.assertion import Assertion, Claim
from tests.access.federation import aws, azure, gcp

TEXT = st.text("ab", max_size=3)
PATTERN = st.text("ab*?", min_size=1, max_size=4)
GLOB = st.text("ab*", min_size=1, max_size=4)
ISSUER = "https://idp.example.com"
FILLINGS = ["".join(letters) for size in range(4) for letters in product("ab", repeat=size)]
EXCLUDED = st.lists(TEXT, max_size=3)
OPERATORS = st.sampled_from(
    ["StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase", "StringLikeIfExists"]
)
CONDITION = st.dictionaries(
    OPERATORS, st.fixed_dictionaries({"sub": st.lists(PATTERN, min_size=1, max_size=2)}), max_size=2
)
ALLOW = st.sampled_from(["Allow", "Allow", "Deny"])


def assertion(subject: Claim) -> Assertion:
    return Assertion(
        holder_id="h", provider="p", issuer=ISSUER, claims=(Claim("aud", ("app",)), subject), complete=True
    )


def check(engine: Engine, glob: str, excluded: list[str]) -> None:
    """Compare what a pattern becomes with what each short text that it stands for becomes."""
    claim = Claim("sub", (glob,), "glob", tuple(excluded if "*" in glob else ()))
    whole = {one.identity_id: one.state for one in engine.entries(assertion(claim))}
    instances = {glob.replace("*", "{}").format(*fill) for fill in product(FILLINGS[:7], repeat=glob.count("*"))}
    single: dict[str, set[bool | None]] = {}
    for text in sorted(one for one in instances if not is_excluded(claim, one)):
        for one in engine.entries(assertion(Claim("sub", (text,)))):
            single.setdefault(one.identity_id, set()).add(one.state)
    assert set(single) <= set(whole), f"{set(single) - set(whole)} is overlooked for {glob}"
    for identity_id, states in single.items():
        if True in states and "?" not in glob:
            assert whole[identity_id] in {True, None}
    if "*" not in glob:
        assert {key: {state} for key, state in whole.items()} == single


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(ALLOW, CONDITION), min_size=1, max_size=3), GLOB, EXCLUDED)
def test_aws(statements: list[tuple[str, dict[str, Any]]], glob: str, excluded: list[str]) -> None:
    trust = [
        {
            "Effect": effect,
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": f"arn:aws:iam::{aws.ACCOUNT}:oidc-provider/idp.example.com"},
            "Condition": {operator: {"idp.example.com:sub": said["sub"]} for operator, said in condition.items()},
        }
        for effect, condition in statements
    ]
    engine, _ = aws.engine({"providers": {"idp.example.com": ["app"]}, "roles": {"r": trust}})
    check(engine, glob, excluded)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["eq", "matches"]), PATTERN), min_size=1, max_size=2), GLOB, EXCLUDED)
def test_azure(compared: list[tuple[str, str]], glob: str, excluded: list[str]) -> None:
    expression = " and ".join(f"claims['sub'] {operator} '{text}'" for operator, text in compared)
    credential = {"issuer": ISSUER, "audiences": ["app"], "claimsMatchingExpression": {"value": expression}}
    plain = {"issuer": ISSUER, "audiences": ["app"], "subject": compared[0][1]}
    engine, _ = azure.engine({"credentials": {"flexible": [credential], "plain": [plain]}})
    check(engine, glob, excluded)


CEL = st.sampled_from(
    [
        "assertion.sub == '{}'",
        "assertion.sub != '{}'",
        "assertion.sub.startsWith('{}')",
        "!assertion.sub.startsWith('{}')",
        "assertion.sub.endsWith('{}')",
        "assertion.sub.contains('{}')",
        "attribute.first == '{}'",
        "assertion.sub in ['{}', 'b']",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(CEL, TEXT), max_size=2), st.sampled_from([" && ", " || "]), TEXT, GLOB, EXCLUDED)
def test_gcp(conditions: list[tuple[str, str]], joined: str, member: str, glob: str, excluded: list[str]) -> None:
    written = joined.join(form.format(text) for form, text in conditions)
    mapping = {"google.subject": "assertion.sub", "attribute.first": "assertion.sub.extract('{x}b')"}
    provider = {"issuer": ISSUER, "audiences": ["app"], "mapping": mapping, "condition": written}
    members = {"pool": "set:ci/*", "subject": f"one:ci/subject/{member}a", "first": f"set:ci/attribute.first/{member}a"}
    engine, _ = gcp.engine({"providers": {"ci/idp": provider}, "members": members})
    check(engine, glob, excluded)
