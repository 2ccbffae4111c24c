"""Trust policies: one trust for each principal of each statement that lets somebody in."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.model.policy import Trust
from nhi_scan.model.records import Records

ROLE = "arn:aws:iam::111122223333:role/r"
GITHUB = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
EKS = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"
SAML = "arn:aws:iam::111122223333:saml-provider/okta"

Normalised = Callable[..., Records]


def trusts(normalised: Normalised, *statements: dict[str, Any]) -> list[Trust]:
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"} | s for s in statements],
    }
    return normalised({"iam-roles": [{"Arn": ROLE, "AssumeRolePolicyDocument": document}]}).trusts


@pytest.mark.parametrize(
    ("principal", "kind", "subject"),
    [
        ({"AWS": "444455556666"}, "account", "444455556666"),
        ({"AWS": "arn:aws:iam::444455556666:root"}, "account", "444455556666"),
        ({"AWS": "arn:aws-cn:iam::444455556666:root"}, "account", "444455556666"),
        ({"AWS": "arn:aws:iam::444455556666:role/x/root"}, "identity", "arn:aws:iam::444455556666:role/x/root"),
        ({"AWS": "arn:aws:iam::111122223333:user/ann"}, "identity", "arn:aws:iam::111122223333:user/ann"),
        (
            {"AWS": "arn:aws:sts::111122223333:assumed-role/r/s"},
            "identity",
            "arn:aws:sts::111122223333:assumed-role/r/s",
        ),
        ({"AWS": "AIDAJQABLZS4A3QDU576Q"}, "deleted", "AIDAJQABLZS4A3QDU576Q"),
        ({"AWS": "AROAJQABLZS4A3QDU576Q"}, "deleted", "AROAJQABLZS4A3QDU576Q"),
        ({"AWS": "*"}, "anyone", "*"),
        ("*", "anyone", "*"),
        ({"Service": "lambda.amazonaws.com"}, "service", "lambda.amazonaws.com"),
        ({"Federated": GITHUB}, "federated", GITHUB),
        ({"CanonicalUser": "79a59df900b949e5"}, "canonical_user", "79a59df900b949e5"),
    ],
)
def test_who_is_meant(normalised: Normalised, principal: Any, kind: str, subject: str) -> None:
    (trust,) = trusts(normalised, {"Principal": principal})
    assert (trust.subject_kind, trust.subject) == (kind, subject)
    assert trust.identity_id == ROLE
    assert trust.policy_id == f"{ROLE}#trust"
    assert trust.id == f"{ROLE}#trust/{subject}"
    assert trust.mechanism == ("federate" if kind == "federated" else "assume")


def test_not_principal_lets_in_anyone_else(normalised: Normalised) -> None:
    (trust,) = trusts(normalised, {"NotPrincipal": {"AWS": "444455556666"}})
    assert (trust.subject_kind, trust.subject) == ("anyone", "*")


@pytest.mark.parametrize(
    ("statement", "lets_in"),
    [
        ({"Effect": "Deny"}, False),
        ({"Action": "sts:TagSession"}, False),
        ({"Action": ["sts:TagSession", "STS:ASSUMEROLE"]}, True),
        ({"Action": "sts:Assume*"}, True),
        ({"Action": "*"}, True),
        ({"Action": "sts:[a]ssumeRole"}, False),  # a bracket is no wildcard
        ({"Unheard": "of"}, False),
    ],
    ids=str,
)
def test_only_statements_that_let_somebody_assume_count(
    normalised: Normalised, statement: Any, *, lets_in: bool
) -> None:
    assert bool(trusts(normalised, {"Principal": {"AWS": "444455556666"}} | statement)) is lets_in


def test_not_action(normalised: Normalised) -> None:
    document = {"Statement": {"Effect": "Allow", "Principal": "*", "NotAction": "iam:*"}}
    assert normalised({"iam-roles": [{"Arn": ROLE, "AssumeRolePolicyDocument": document}]}).trusts


def test_the_second_trust_in_the_same_subject_has_an_id_of_its_own(normalised: Normalised) -> None:
    found = trusts(
        normalised,
        {"Principal": {"AWS": "444455556666"}, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        {"Principal": {"AWS": ["arn:aws:iam::444455556666:root", "777788889999"]}},
    )
    assert [(t.id.removeprefix(f"{ROLE}#trust/"), t.statement_index, len(t.conditions)) for t in found] == [
        ("444455556666", 0, 1),
        ("444455556666~2", 1, 0),
        ("777788889999", 1, 0),
    ]


@pytest.mark.parametrize(
    ("principal", "condition", "claims"),
    [
        (
            GITHUB,
            {
                "StringLike": {"token.actions.githubusercontent.com:sub": ["repo:o/r:*", "repo:o/s:*"]},
                "StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"},
            },
            {"sub": ("repo:o/r:*", "repo:o/s:*"), "aud": ("sts.amazonaws.com",)},
        ),
        (GITHUB, {"StringLike": {"TOKEN.actions.githubusercontent.com:SUB": "repo:*"}}, {"sub": ("repo:*",)}),
        (GITHUB, {"StringEquals": {"accounts.google.com:sub": "x"}}, {}),  # another issuer's claim
        (GITHUB, {"StringNotEquals": {"token.actions.githubusercontent.com:sub": "x"}}, {}),
        (GITHUB, {"Null": {"token.actions.githubusercontent.com:sub": "false"}}, {}),
        (GITHUB, {}, {}),
        (
            GITHUB,
            {"ForAllValues:StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}},
            {"sub": ("repo:*",)},  # every token has a subject
        ),
        (GITHUB, {"StringLikeIfExists": {"token.actions.githubusercontent.com:actor": "ann"}}, {}),
        (
            EKS,
            {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:ns:app"}},
            {"sub": ("system:serviceaccount:ns:app",)},
        ),
        (
            SAML,
            {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            {"aud": ("https://signin.aws.amazon.com/saml",)},
        ),
        (
            "cognito-identity.amazonaws.com",
            {"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}},
            {"amr": ("authenticated",)},
        ),
    ],
)
def test_claims_of_federated_principals(normalised: Normalised, principal: str, condition: Any, claims: Any) -> None:
    statement = {
        "Principal": {"Federated": principal},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    (trust,) = trusts(normalised, statement)
    assert dict(trust.claim_patterns) == claims


def test_equal_documents_of_two_roles_share_what_was_read(normalised: Normalised) -> None:
    document = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    records = normalised(
        {"iam-roles": [{"Arn": f"{ROLE}{n}", "AssumeRolePolicyDocument": document} for n in range(2)]},
    )
    one, two = records.policies
    assert one.statements is two.statements
    assert [t.identity_id for t in records.trusts] == [f"{ROLE}0", f"{ROLE}1"]
