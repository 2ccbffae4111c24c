"""An entry names the trust that lets in: each one that does is in use, and one that lets nobody in is not."""

import pytest

from nhi_scan.model.assertion import Assertion, Claim
from tests.access.federation import aws, azure

ISSUER = "token.actions.githubusercontent.com"


def statement(subject: str) -> dict[str, object]:
    return {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": f"arn:aws:iam::{aws.ACCOUNT}:oidc-provider/{ISSUER}"},
        "Condition": {"StringLike": {f"{ISSUER}:sub": subject}},
    }


def test_each_statement_that_lets_in_is_named() -> None:
    subjects = ["repo:acme/app:*", "repo:acme/other:*", "repo:acme/app:ref:refs/heads/main"]
    engine, _ = aws.engine({"roles": {"deploy": [statement(one) for one in subjects]}})
    claims = (Claim("aud", (), "any"), Claim("sub", ("repo:acme/app:ref:refs/heads/*",), "glob"))
    found = engine.entries(Assertion(holder_id="h", provider="p", issuer=f"https://{ISSUER}", claims=claims))
    trusts = {one.id: one.statement_index for one in engine.inventory.trusts.values()}
    assert [trusts[one.trust_id] for one in found] == [0, 2]
    assert [[ref.index for ref in one.statements] for one in found] == [[0], [2]]
    assert all(one.state for one in found)


def test_a_deny_beside_it_counts_for_each() -> None:
    denied = {**statement("*"), "Effect": "Deny", "Principal": "*"}
    engine, _ = aws.engine({"roles": {"deploy": [statement("repo:acme/app:*"), denied]}})
    claims = (Claim("aud", (), "any"), Claim("sub", ("repo:acme/app:ref:refs/heads/*",), "glob"))
    assert engine.entries(Assertion(holder_id="h", provider="p", issuer=f"https://{ISSUER}", claims=claims)) == ()


@pytest.mark.parametrize(
    ("written", "told"),
    [("claims['sub'] startsWith 'a'", "its expression cannot be read: `claims['sub'] startsWith 'a'`"),
     ("", "its expression cannot be read"), (7, "its expression cannot be read")],
)  # fmt: skip
def test_an_expression_that_nobody_can_read_is_told(written: object, told: str) -> None:
    credential = {"issuer": f"https://{ISSUER}", "claimsMatchingExpression": {"value": written}}
    engine, _ = azure.engine({"credentials": {"app": [credential]}})
    claims = (Claim("aud", (azure.EXCHANGE,)), Claim("sub", ("a",)))
    (found,) = engine.entries(Assertion(holder_id="h", provider="p", issuer=f"https://{ISSUER}", claims=claims))
    assert (found.state, found.residual) == (None, (told,))
