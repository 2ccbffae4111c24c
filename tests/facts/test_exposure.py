"""What looks like a secret, and what is public."""

from typing import Any

import pytest

from nhi_scan.facts.exposure import looks_secret
from nhi_scan.model.identity import Resource
from nhi_scan.model.policy import Condition, Effect, Policy, PrincipalPattern, Statement


@pytest.mark.parametrize(
    "name",
    ["DB_PASSWORD", "dbPassword", "API_KEY", "apiKey", "APIKEY", "GITHUB_TOKEN", "githubToken", "CLIENT_SECRET",
     "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "PRIVATE_KEY", "private-key", "SLACK_TOKEN_2", "DB_PWD"],
)  # fmt: skip
def test_names_of_secrets(name: str) -> None:
    assert looks_secret(name)


@pytest.mark.parametrize(
    "name",
    ["", "STAGE", "SECRET_ARN", "DB_SECRET_NAME", "SECRET_ID", "TOKEN_TTL", "PASSWORD_MIN_LENGTH", "KEYBOARD", "MONKEY",
     "TOKENIZER", "TABLE_KEY", "PARTITION_KEY", "API_KEY_HEADER", "TOKEN_URL", "KMS_KEY_ID", "KEY_ID", "\ud800", "_"],
)  # fmt: skip
def test_names_of_other_things(name: str) -> None:
    assert not looks_secret(name)


def public(facts: Any, make: Any, statement: Statement | None, **fields: Any) -> Any:
    complete = fields.pop("complete", True)
    bucket = Resource(
        **{
            "id": "arn:aws:s3:::www",
            "provider": "aws",
            "kind": "s3_bucket",
            "name": "www",
            "scope_id": make.account,
            "policy_id": "arn:aws:s3:::www#policy" if statement else None,
            **fields,
        }
    )
    policies = [
        Policy(
            id="arn:aws:s3:::www#policy",
            provider="aws",
            kind="resource",
            name="www",
            scope_id=make.account,
            statements=(statement,),
            complete=complete,
        )
        for _ in range(bool(statement))
        if statement
    ]
    return make.cell(facts(resources=[bucket], policies=policies), "resource.public")


ANYONE = Statement(
    effect=Effect.ALLOW, actions=("s3:GetObject",), resources=("*",), principals=(PrincipalPattern("any", "*"),)
)
OURS = Statement(
    effect=Effect.ALLOW,
    actions=("s3:GetObject",),
    resources=("*",),
    principals=(PrincipalPattern("any", "*"),),
    conditions=(Condition("StringEquals", "aws:PrincipalOrgID", ("o-1",)),),
)


def test_public_is_a_statement_for_anyone_that_nothing_blocks(facts: Any, make: Any) -> None:
    assert public(facts, make, ANYONE, public_access_blocked=False) is True
    assert public(facts, make, ANYONE, public_access_blocked=True) is False
    assert public(facts, make, ANYONE, public_access_blocked=None) is None
    assert public(facts, make, ANYONE, kind="sqs_queue") is True
    assert public(facts, make, OURS, public_access_blocked=False) is False


def test_no_policy_is_not_public_and_one_that_was_not_read_is_unknown(facts: Any, make: Any) -> None:
    assert public(facts, make, None) is False
    assert public(facts, make, ANYONE, complete=False) is None
