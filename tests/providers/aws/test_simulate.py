import gc
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.providers.aws.simulate import simulate_lines

ALICE = "arn:aws:iam::111111111111:user/alice"
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
MFA = {
    "Version": "2012-10-17",
    "Statement": {
        "Sid": "WithMfa",
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": True}},
    },
}
PUBLIC = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
CASE = {
    "name": "it",
    "principal": ALICE,
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::logs/a",
    "resource_account": "111111111111",
    "identity_policies": [FULL],
}


def answers(*cases: dict[str, Any] | bytes | str, **more: Any) -> list[dict[str, Any]]:
    lines = [case if isinstance(case, bytes | str) else json.dumps(case) for case in cases]
    return list(simulate_lines(lines, **more))


def answer(**changes: Any) -> dict[str, Any]:
    return answers({**CASE, **changes})[0]


def test_an_answer_has_exactly_the_promised_members() -> None:
    assert answer(expected="allowed") == {
        "name": "it",
        "decision": "allowed",
        "blocked_by": None,
        "statements": [{"layer": "identity", "policy": "identity_policies[0]", "statement": 0, "sid": ""}],
        "residual_conditions": [],
        "expected": "allowed",
        "ok": True,
    }


def test_without_an_expectation_nothing_is_met_or_missed() -> None:
    assert answer()["ok"] is None
    assert answer(expected="implicit_deny")["ok"] is False


def test_the_four_decisions() -> None:
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
    assert answer()["decision"] == "allowed"
    assert answer(identity_policies=[])["decision"] == "implicit_deny"
    assert answer(identity_policies=[FULL, deny])["decision"] == "explicit_deny"
    assert answer(identity_policies=[MFA], context_complete=False)["decision"] == "conditional"


def test_a_key_that_is_not_given_is_absent_in_a_complete_context_and_unknown_in_another() -> None:
    assert answer(identity_policies=[MFA])["decision"] == "implicit_deny"
    assert answer(identity_policies=[MFA], context={"AWS:multifactorauthpresent": True})["decision"] == "allowed"
    opened = answer(identity_policies=[MFA], context_complete=False)
    assert opened["residual_conditions"] == [
        {
            "layer": "identity",
            "policy": "identity_policies[0]",
            "statement": 0,
            "sid": "WithMfa",
            "condition": {"Bool": {"aws:MultiFactorAuthPresent": ["true"]}},
            "must": True,
        }
    ]


def test_a_complete_context_holds_nothing_that_was_not_given() -> None:
    mine = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::logs/${aws:username}"}],
    }
    asked = {"identity_policies": [mine], "resource": "arn:aws:s3:::logs/alice"}
    assert answer(**asked)["decision"] == "implicit_deny"
    assert answer(**asked, context={"aws:username": "alice"})["decision"] == "allowed"
    assert answer(**asked, context_complete=False)["decision"] == "allowed"


@pytest.mark.parametrize(
    ("changes", "decision", "blocked_by"),
    [
        ({"permission_boundaries": None}, "allowed", None),
        ({"permission_boundaries": []}, "allowed", None),
        ({"permission_boundaries": [FULL]}, "allowed", None),
        ({"permission_boundaries": [MFA]}, "implicit_deny", "boundary"),
        ({"scps": []}, "allowed", None),
        ({"scps": [[FULL], []]}, "implicit_deny", "scp"),
        ({"scps": [[FULL], [MFA, FULL]]}, "allowed", None),
        ({"rcps": [[], []]}, "allowed", None),
        ({"session_policy": None}, "allowed", None),
        ({"session_policy": MFA}, "implicit_deny", "session"),
        ({"vpc_endpoint_policies": None}, "allowed", None),
        ({"vpc_endpoint_policies": [PUBLIC]}, "allowed", None),
        ({"vpc_endpoint_policies": [PUBLIC], "action": "s3:PutObject"}, "implicit_deny", "endpoint"),
        ({"resource_account": "222222222222"}, "implicit_deny", "resource"),
        ({"resource_account": "222222222222", "resource_policy": PUBLIC}, "allowed", None),
        ({"principal": "anonymous", "resource_policy": PUBLIC}, "allowed", None),
        ({"principal": "anonymous", "resource_policy": None}, "implicit_deny", "resource"),
        (
            {
                "principal": "anonymous",
                "resource_policy": PUBLIC,
                "s3_public_access_block": {"RestrictPublicBuckets": True},
            },
            "implicit_deny",
            "public_access_block",
        ),
        ({"principal": "logging.s3.amazonaws.com", "resource_policy": PUBLIC}, "allowed", None),
    ],
)
def test_every_layer_is_read(changes: dict[str, Any], decision: str, blocked_by: str | None) -> None:
    found = answer(**changes)
    assert (found.get("decision"), found.get("blocked_by")) == (decision, blocked_by), found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"principal": None}, "`principal`"),
        ({"principal": "alice"}, "`alice` is not a principal"),
        ({"action": "GetObject"}, "`GetObject`"),
        ({"action": "s3:*"}, "not one action"),
        ({"context": []}, "`context`"),
        ({"context": {"aws:SourceIp": {"a": 1}}}, "`context.aws:SourceIp`"),
        ({"context_complete": "yes"}, "`context_complete`"),
        ({"identity_policies": FULL}, "`identity_policies`"),
        ({"identity_policies": [{"Statement": 5}]}, "`identity_policies[0]`"),
        ({"identity_policies": [{"Statement": [{"Effect": "allow", "Action": "*"}]}]}, "`Effect`"),
        ({"identity_policies": [PUBLIC]}, "names no principal"),
        ({"scps": [[{"Statement": [{"Effect": "Allow", "Action": "*"}]}]]}, "`scps[0][0]`, statement 0"),
        ({"s3_public_access_block": {"RestrictPublicBucket": True}}, "`RestrictPublicBucket`"),
        ({"expected": "deny"}, "`expected` is `deny`"),
        ({"identity_policy": [FULL]}, "did you mean `identity_policies`?"),
        (
            {
                "identity_policies": [
                    {
                        "Statement": [
                            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Like": {"a": "b"}}}
                        ]
                    }
                ]
            },
            "an identity policy cannot be read",
        ),
    ],
)
def test_a_fault_is_one_sentence_about_its_line(changes: dict[str, Any], words: str) -> None:
    found = answer(**changes)
    assert words in found["error"]
    assert found["ok"] is False
    assert "\n" not in found["error"]
    assert found["name"] == "it"


def test_a_bad_line_leaves_the_others_alone() -> None:
    found = answers(CASE, "{", b"\xff\xfe", "[]", "", "  ", {**CASE, "name": None, "expected": "allowed"})
    assert [sorted(each) == ["error", "expected", "name", "ok"] for each in found] == [False, True, True, True, False]
    assert [each["name"] for each in found] == ["it", "line 2", "line 3", "line 4", "line 7"]


def test_remarks_beside_a_request_are_passed_over() -> None:
    assert answer(description="why", source="a page", id=7)["decision"] == "allowed"


def test_a_unique_id_in_the_context_is_the_principals() -> None:
    named = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "AROAEXAMPLEEXAMPLE02"},
                "Action": "s3:GetObject",
                "Resource": "*",
            }
        ]
    }
    session = "arn:aws:sts::111111111111:assumed-role/app/s"
    asked = {"identity_policies": [], "resource_policy": named, "principal": session}
    assert answer(**asked)["decision"] == "implicit_deny"
    assert answer(**asked, context={"aws:userid": "AROAEXAMPLEEXAMPLE02:s"})["decision"] == "allowed"


def test_now_decides_the_time_of_an_incomplete_context() -> None:
    until = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "*",
                "Resource": "*",
                "Condition": {"DateLessThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
            }
        ],
    }
    case = {**CASE, "identity_policies": [until], "context_complete": False}
    assert answers(case)[0]["decision"] == "conditional"
    assert answers(case, now=datetime(2025, 1, 1, tzinfo=UTC))[0]["decision"] == "allowed"
    assert answers(case, now=datetime(2027, 1, 1, tzinfo=UTC))[0]["decision"] == "implicit_deny"


def test_strictly_an_open_condition_is_not_met() -> None:
    case = {**CASE, "identity_policies": [MFA], "context_complete": False}
    assert answers(case, strict=True)[0]["decision"] == "implicit_deny"


def test_the_collector_is_as_it_was_afterwards() -> None:
    assert gc.isenabled()
    lines = simulate_lines([json.dumps(CASE)] * 3)
    next(lines)
    lines.close()
    assert gc.isenabled()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]) | JSON, "Action": st.sampled_from(["*", "s3:Get*"]) | JSON},
    optional={
        "Resource": st.sampled_from(["*", "arn:aws:s3:::${aws:username}/*", "${"]) | JSON,
        "Principal": st.sampled_from(["*", {"AWS": "111111111111"}]) | JSON,
        "Condition": st.dictionaries(
            st.sampled_from(["StringLike", "DateLessThan", "IpAddress", "NumericEquals", "ForAllValues:ArnLike"])
            | st.text(max_size=8),
            st.dictionaries(st.text(max_size=8), st.text(max_size=8) | JSON, max_size=2),
            max_size=2,
        )
        | JSON,
    },
)
DOCUMENTS = st.fixed_dictionaries({"Version": st.just("2012-10-17") | JSON, "Statement": STATEMENTS}) | JSON


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": JSON,
            "principal": st.just(ALICE) | st.text() | JSON,
            "action": st.just("s3:GetObject") | JSON,
            "resource": JSON,
            "resource_account": JSON,
            "context": JSON,
            "context_complete": JSON,
            "identity_policies": st.lists(DOCUMENTS, max_size=2) | JSON,
            "permission_boundaries": JSON,
            "session_policy": DOCUMENTS,
            "scps": st.lists(st.lists(DOCUMENTS, max_size=1), max_size=2) | JSON,
            "rcps": JSON,
            "resource_policy": DOCUMENTS,
            "vpc_endpoint_policies": JSON,
            "s3_public_access_block": JSON,
            "expected": JSON,
        },
    )
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_line_holds_it_gets_an_answer_or_a_sentence(case: dict[str, Any]) -> None:
    found = answers(case)[0]
    assert ("decision" in found) != ("error" in found)
    json.dumps(found)
