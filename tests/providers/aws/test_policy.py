"""Documents as AWS writes them, as AWS never would, and as an attacker might."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.model.policy import Condition, Effect, PrincipalPattern, Statement
from nhi_scan.providers.aws.policy import Documents, parse_document

ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def statement(**elements: object) -> Statement:
    document = {"Version": "2012-10-17", "Statement": [ALLOW_ALL | elements]}
    return parse_document(json.dumps(document).encode()).statements[0]


def only(**elements: object) -> Statement:
    return parse_document({"Statement": elements}).statements[0]


def test_every_element_of_the_grammar_is_read() -> None:
    parsed = parse_document(
        {
            "Version": "2012-10-17",
            "Id": "cd3ad3d9",
            "Statement": [
                {
                    "Sid": "One",
                    "Effect": "Deny",
                    "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:root", "111122223333"], "Service": "x.aws"},
                    "NotAction": ["s3:Get*", "s3:List*"],
                    "NotResource": "arn:aws:s3:::a/*",
                    "Condition": {
                        "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a", "b*"]},
                        "NumericLessThan": {"s3:max-keys": 10, "aws:MultiFactorAuthAge": 1.5},
                        "Bool": {"aws:SecureTransport": False},
                    },
                },
                {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": ["*"]},
            ],
        },
    )
    assert parsed.version == "2012-10-17"
    assert parsed.malformed == ""
    assert parsed.statements[0] == Statement(
        sid="One",
        effect=Effect.DENY,
        not_actions=("s3:Get*", "s3:List*"),
        not_resources=("arn:aws:s3:::a/*",),
        not_principals=(
            PrincipalPattern("aws", "arn:aws:iam::111122223333:root"),
            PrincipalPattern("aws", "111122223333"),
            PrincipalPattern("service", "x.aws"),
        ),
        # `parse_document` writes a decoded object with sorted keys before it reads it
        conditions=(
            Condition("Bool", "aws:SecureTransport", ("false",)),
            Condition("ForAnyValue:StringLikeIfExists", "aws:TagKeys", ("a", "b*")),
            Condition("NumericLessThan", "aws:MultiFactorAuthAge", ("1.5",)),
            Condition("NumericLessThan", "s3:max-keys", ("10",)),
        ),
        index=0,
    )
    assert parsed.statements[1].principals == (PrincipalPattern("any", "*"),)
    assert parsed.statements[1].index == 1


def test_a_document_without_a_version_is_of_2008() -> None:
    assert parse_document({"Statement": []}).version == "2008-10-17"


def test_one_statement_needs_no_list() -> None:
    assert parse_document({"Statement": ALLOW_ALL}).statements == (statement(),)


@pytest.mark.parametrize(
    ("principal", "patterns"),
    [
        ("*", [("any", "*")]),
        ({"AWS": "*"}, [("any", "*")]),
        ({"Service": "*"}, [("service", "*")]),
        ({"Federated": "accounts.google.com"}, [("federated", "accounts.google.com")]),
        ({"CanonicalUser": "79a5"}, [("canonical_user", "79a5")]),
        ({"AWS": 12345}, [("aws", "000000012345")]),
        ({"AWS": ["AIDAEXAMPLEEXAMPLEEXA", "*"]}, [("aws", "AIDAEXAMPLEEXAMPLEEXA"), ("any", "*")]),
    ],
)
def test_principals_in_all_their_forms(principal: object, patterns: list[tuple[str, str]]) -> None:
    assert [(p.kind, p.value) for p in statement(Principal=principal).principals] == patterns


@pytest.mark.parametrize(
    "elements",
    [
        {"Effect": "allow"},
        {"Effect": None},
        {"Effect": ["Allow"]},
        {"Sid": 5},
        {"Action": []},
        {"Action": None},
        {"Action": {"a": 1}},
        {"Action": ["s3:Get*", 5]},
        {"NotAction": "s3:*"},  # beside Action
        {"NotResource": "*"},  # beside Resource
        {"Principal": "arn:aws:iam::111122223333:root"},
        {"Principal": {}},
        {"Principal": {"AWS": []}},
        {"Principal": {"AWS": None}},
        {"Principal": {"aws": "*"}},
        {"Principal": "*", "NotPrincipal": "*"},
        {"Condition": []},
        {"Condition": {"StringEquals": "x"}},
        {"Condition": {"StringEquals": {"aws:x": None}}},
        {"Condition": {"StringEquals": {"aws:x": [{"deep": 1}]}}},
        {"action": "s3:*"},  # element names are case-sensitive
        {"Unheard": "of"},
    ],
    ids=str,
)
def test_what_the_grammar_does_not_know_makes_its_statement_unknown(elements: dict[str, object]) -> None:
    broken = statement(**elements)
    assert broken.malformed
    assert broken.actions == ()
    assert statement().malformed == ""


def test_a_malformed_deny_is_still_a_deny() -> None:
    assert statement(Effect="Deny", Unheard="of").effect is Effect.DENY


def test_a_statement_without_an_action_is_malformed() -> None:
    assert only(Effect="Allow", Resource="*").malformed


def test_one_bad_statement_leaves_the_others() -> None:
    parsed = parse_document({"Statement": [ALLOW_ALL, 5, ALLOW_ALL]})
    assert [bool(s.malformed) for s in parsed.statements] == [False, True, False]
    assert parsed.malformed == ""


@pytest.mark.parametrize(
    "raw",
    [b"", b"[", b"null", b"[]", b'"text"', b"5", b"{}", b"\xff\xfe", b'{"Statement": 5}', b"[" * 100_000, b"%7B"],
    ids=lambda raw: repr(raw[:20]),
)
def test_a_document_that_is_none_says_so(raw: bytes) -> None:
    parsed = parse_document(raw)
    assert parsed.malformed
    assert parsed.statements == ()


@pytest.mark.parametrize("document", [{"Statement": [], "Extra": 1}, {"Statement": [], "Version": "2013-01-01"}])
def test_a_document_with_something_unknown_is_not_complete(document: dict[str, object]) -> None:
    assert parse_document(document).malformed


def test_the_last_of_two_equal_keys_counts() -> None:
    raw = b'{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}'
    assert parse_document(raw).statements[0].effect is Effect.DENY


def test_documents_come_as_text_url_encoded_and_inside_json_strings() -> None:
    text = json.dumps({"Statement": [ALLOW_ALL | {"Resource": "arn:aws:s3:::a b/ü"}]})
    wanted = parse_document(text.encode()).statements
    assert wanted[0].resources == ("arn:aws:s3:::a b/ü",)
    for form in (text, quote(text), json.dumps(text).encode(), json.dumps(quote(text)).encode()):
        assert parse_document(form).statements == wanted


def test_equal_documents_are_one_object() -> None:
    raw = json.dumps({"Statement": [ALLOW_ALL]}).encode()
    assert parse_document(raw) is parse_document(bytes(bytearray(raw)))
    documents = Documents()
    assert documents.parse(raw) is documents.parse(bytes(bytearray(raw)))
    assert documents.parse(raw) == parse_document(raw)


def test_ten_thousand_statements() -> None:
    parsed = parse_document({"Statement": [ALLOW_ALL | {"Sid": f"S{n}"} for n in range(10_000)]})
    assert len(parsed.statements) == 10_000
    assert parsed.statements[-1].index == 9_999


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
ELEMENTS = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"]
WORDS = st.sampled_from(["Allow", "Deny", "*", "AWS", "Bool", "s3:Get*"]) | st.text(max_size=8)
ODD = st.dictionaries(
    st.sampled_from(ELEMENTS) | st.text(max_size=8),
    WORDS | st.lists(WORDS, max_size=3) | st.dictionaries(WORDS, WORDS | JSON, max_size=2) | JSON,
)


@given(st.binary())
def test_bytes_never_crash_it(raw: bytes) -> None:
    parsed = parse_document(raw)
    assert parsed.statements == () or not parsed.malformed


@given(st.one_of(st.text(), st.dictionaries(st.sampled_from(["Version", "Statement"]), st.lists(ODD) | ODD | JSON)))
def test_objects_never_crash_it(document: str | dict[str, object]) -> None:
    for position, parsed in enumerate(parse_document(document).statements):
        assert parsed.index == position
        assert parsed.malformed or parsed.actions or parsed.not_actions


PATTERNS = st.lists(st.text(min_size=1), min_size=1, max_size=4)
GOOD = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Sid": st.text(),
        "Resource": PATTERNS,
        "Condition": st.dictionaries(st.text(), st.dictionaries(st.text(), PATTERNS, max_size=2), max_size=2),
        "Principal": st.dictionaries(st.sampled_from(["Service", "Federated", "CanonicalUser"]), PATTERNS, min_size=1),
    },
).flatmap(
    lambda base: st.sampled_from(["Action", "NotAction"]).flatmap(
        lambda name: PATTERNS.map(lambda patterns: base | {name: patterns}),
    )
)


def written(parsed: Statement) -> dict[str, object]:
    """The statement in AWS's own terms again."""
    back: dict[str, object] = {"Effect": parsed.effect.value.capitalize()}
    if parsed.sid:
        back["Sid"] = parsed.sid
    for name, patterns in (
        ("Action", parsed.actions),
        ("NotAction", parsed.not_actions),
        ("Resource", parsed.resources),
    ):
        if patterns:
            back[name] = list(patterns)
    names = {"service": "Service", "federated": "Federated", "canonical_user": "CanonicalUser"}
    principals: dict[str, list[str]] = {}
    for pattern in parsed.principals:
        principals.setdefault(names[pattern.kind], []).append(pattern.value)
    if principals:
        back["Principal"] = principals
    conditions: dict[str, dict[str, list[str]]] = {}
    for condition in parsed.conditions:
        conditions.setdefault(condition.operator, {})[condition.key] = list(condition.values)
    if conditions:
        back["Condition"] = conditions
    return back


@given(st.lists(GOOD, max_size=3))
def test_statements_survive_the_way_there_and_back(statements: list[dict[str, object]]) -> None:
    parsed = parse_document({"Statement": statements}).statements
    assert [one.malformed for one in parsed] == [""] * len(statements)
    again = parse_document({"Statement": [written(one) for one in parsed]}).statements
    assert again == parsed
