"""Who can become an identity, judged by what the trust demands."""

from typing import Any

import pytest

from nhi_scan.model.policy import Condition, Trust
from nhi_scan.model.scope import Scope

GITHUB = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
EKS = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"


def trust(role: Any, subject: str, kind: Any, **fields: Any) -> Trust:
    return Trust(
        **{
            "id": f"{role.id}#trust/{subject}",
            "identity_id": role.id,
            "subject": subject,
            "subject_kind": kind,
            "policy_id": f"{role.id}#trust",
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("issuer", "claims", "expected"),
    [
        (GITHUB, {}, "absent"),
        (GITHUB, {"aud": ["sts.amazonaws.com"]}, "absent"),
        (GITHUB, {"sub": ["*"]}, "anyone"),
        (GITHUB, {"sub": ["repo:*"]}, "anyone"),
        (GITHUB, {"sub": ["repo:acme*"]}, "anyone"),
        (GITHUB, {"sub": ["repo:*/app:ref:refs/heads/main"]}, "anyone"),
        (GITHUB, {"sub": ["repo:acme/app:ref:refs/heads/main", "repo:acme*"]}, "anyone"),
        (GITHUB, {"sub": ["*:environment:production"]}, "anyone"),
        (GITHUB, {"sub": ["repo:acme/*"]}, "within"),
        (GITHUB, {"sub": ["repo:acme/app:*"]}, "within"),
        (GITHUB, {"sub": ["repo:acme/app:ref:refs/heads/main"]}, "exact"),
        (GITHUB, {"token.actions.githubusercontent.com:sub": ["repo:acme/app:*"]}, "within"),
        (EKS, {}, "absent"),
        (EKS, {"sub": ["*"]}, "anyone"),
        (EKS, {"sub": ["system:serviceaccount:*:*"]}, "within"),
        (EKS, {"sub": ["system:serviceaccount:prod:web"]}, "exact"),
        ("gitlab.com", {"sub": ["project_path:acme*"]}, "anyone"),
        ("gitlab.com", {"sub": ["project_path:acme/app:*"]}, "within"),
        ("app.terraform.io", {"sub": ["organization:acme:project:*"]}, "within"),
        ("cognito-identity.amazonaws.com", {"aud": ["eu-west-1:pool"]}, "exact"),
        ("cognito-identity.amazonaws.com", {}, "absent"),
        ("graph.facebook.com", {"app_id": ["123"]}, "exact"),
    ],
)
def test_subject_claims(facts: Any, make: Any, issuer: str, claims: dict[str, list[str]], expected: str) -> None:
    role = make.role()
    patterns = tuple((name, tuple(values)) for name, values in claims.items())
    tables = facts(identities=[role], trusts=[trust(role, issuer, "federated", claim_patterns=patterns)])
    assert make.cell(tables, "trust.subject_claim") == expected
    assert make.cell(tables, "trust.oidc") is True


def test_a_star_under_string_equals_is_a_star(facts: Any, make: Any) -> None:
    role = make.role()
    key = "token.actions.githubusercontent.com:sub"
    demand = Condition("StringEquals", key, ("repo:*",))
    tables = facts(
        identities=[role],
        trusts=[trust(role, GITHUB, "federated", claim_patterns=(("sub", ("repo:*",)),), conditions=(demand,))],
    )
    assert make.cell(tables, "trust.subject_claim") == "exact"


def test_saml_is_no_token_issuer(facts: Any, make: Any) -> None:
    role = make.role()
    tables = facts(identities=[role], trusts=[trust(role, "arn:aws:iam::111122223333:saml-provider/corp", "federated")])
    assert make.cell(tables, "trust.oidc") is False


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("StringEquals", "sts:ExternalId", ("abc",), True),
        ("StringLike", "STS:externalid", ("abc-*",), True),
        ("StringLike", "sts:ExternalId", ("*",), False),
        ("StringNotEquals", "sts:ExternalId", ("abc",), False),
        ("StringEqualsIfExists", "sts:ExternalId", ("abc",), False),
        ("ForAllValues:StringEquals", "sts:ExternalId", ("abc",), False),
        ("ForAnyValue:StringEquals", "sts:ExternalId", ("abc",), True),
        ("Null", "sts:ExternalId", ("false",), False),
        ("StringEquals", "aws:PrincipalOrgID", ("o-1",), False),
    ],
)
def test_external_ids(facts: Any, make: Any, operator: str, key: str, values: tuple[str, ...], expected: Any) -> None:
    role = make.role()
    demand = Condition(operator, key, values)
    tables = facts(identities=[role], trusts=[trust(role, "999988887777", "account", conditions=(demand,))])
    assert make.cell(tables, "trust.external_id") is expected


def organization(listed: Any) -> list[Scope]:
    scopes = [
        Scope(id="111122223333", provider="aws", kind="account", name="main", parent_id="r-1" if listed else None)
    ]
    if listed:
        scopes += [
            Scope(id="r-1", provider="aws", kind="root", name="root"),
            Scope(id="444455556666", provider="aws", kind="account", name="other", parent_id="r-1"),
        ]
    return scopes


@pytest.mark.parametrize(
    ("listed", "subject", "known"),
    [
        (True, "444455556666", True),
        (True, "999988887777", False),
        (True, "arn:aws:iam::999988887777:role/x", False),
        (False, "999988887777", None),
        (False, "111122223333", True),
    ],
)
def test_an_account_is_foreign_where_the_organization_was_listed(
    facts: Any, make: Any, listed: Any, subject: str, known: Any
) -> None:
    role = make.role()
    tables = facts(
        identities=[role],
        scopes=organization(listed),
        trusts=[trust(role, subject, "identity" if ":" in subject else "account")],
        coverage=make.covered("organizations-accounts", scope="o-1") if listed else [],
    )
    assert make.cell(tables, "trust.account_known") is known
    assert make.cell(tables, "trust.cross_account") is (subject != "111122223333")


@pytest.mark.parametrize(
    ("subject", "kinds", "missing"),
    [
        ("arn:aws:iam::111122223333:role/gone", ["iam-roles"], True),
        ("arn:aws:iam::111122223333:user/gone", ["iam-roles"], None),
        ("arn:aws:iam::111122223333:user/team/gone", ["iam-users"], True),
        ("arn:aws:iam::444455556666:role/gone", ["iam-roles"], None),
        ("arn:aws:iam::111122223333:role/app", ["iam-roles"], False),
        ("arn:aws:sts::111122223333:assumed-role/gone/session", ["iam-roles"], False),
    ],
)
def test_a_named_identity_is_missing_where_its_account_was_listed(
    facts: Any, make: Any, subject: str, kinds: list[str], missing: Any
) -> None:
    role = make.role("app")
    tables = facts(identities=[role], trusts=[trust(role, subject, "identity")], coverage=make.covered(*kinds))
    assert make.cell(tables, "trust.subject_missing") is missing
