"""Human or not: which evidence wins, and that a reason is always given."""

from typing import Any

import pytest

from nhi_scan.model.identity import Nature
from nhi_scan.model.policy import Condition, Trust
from nhi_scan.providers.aws.normalise.nature import nature_of_role, nature_of_root, nature_of_user

HUMAN, MACHINE, UNKNOWN = Nature.HUMAN, Nature.NON_HUMAN, Nature.UNKNOWN
NOTHING: dict[str, Any] = {"has_password": None, "has_mfa": None, "has_keys": None}
PASSWORD = {"has_password": True, "has_mfa": False, "has_keys": False}
KEYS_ONLY = {"has_password": False, "has_mfa": False, "has_keys": True}
EMPTY = {"has_password": False, "has_mfa": False, "has_keys": False}


@pytest.mark.parametrize(
    ("name", "path", "tags", "evidence", "nature", "because"),
    [
        ("ann", "/", (), PASSWORD, HUMAN, "console password"),
        ("ann", "/", (), PASSWORD | {"has_mfa": True}, HUMAN, "MFA"),
        ("ann", "/", (), KEYS_ONLY, MACHINE, "access keys and no console password"),
        ("ann", "/", (), NOTHING, UNKNOWN, "not collected"),
        ("ann", "/", (), EMPTY, UNKNOWN, "neither"),
        ("svc-billing", "/", (), PASSWORD, MACHINE, "`svc`"),  # the mistake that is worth finding
        ("release-bot", "/", (), NOTHING, MACHINE, "`bot`"),
        ("GithubActionsDeploy", "/", (), NOTHING, MACHINE, "`github`"),
        ("team-s3-upload", "/", (), NOTHING, MACHINE, "`s3`"),
        ("cinderella", "/", (), NOTHING, UNKNOWN, ""),  # `ci` is no word in it
        ("abbot", "/", (), NOTHING, UNKNOWN, ""),
        ("ann@example.com", "/", (), KEYS_ONLY, HUMAN, "e-mail"),
        ("ci-bot@example.com", "/", (), PASSWORD, MACHINE, "`ci`"),
        ("ann.smith", "/", (), KEYS_ONLY, HUMAN, "first and a last name"),
        ("ann", "/people/", (), KEYS_ONLY, HUMAN, "`people`"),
        ("ann", "/service/x/", (), PASSWORD, MACHINE, "`service`"),
        ("svc-x", "/", (("identity-type", "Human"),), KEYS_ONLY, HUMAN, "tag"),
        ("ann", "/", (("Identity_Type", "service account"),), PASSWORD, MACHINE, "tag"),
        ("ann", "/", (("identity-type", "other"),), PASSWORD, HUMAN, "password"),
    ],
)
def test_users(name: str, path: str, tags: Any, evidence: Any, nature: Nature, because: str) -> None:
    found, reason = nature_of_user(name, path, tags, **evidence)
    assert found is nature, reason
    assert because in reason
    assert reason


def trust(kind: Any, subject: str, *conditions: Condition) -> Trust:
    return Trust(id="t", identity_id="r", subject=subject, subject_kind=kind, conditions=conditions)


SERVICE = trust("service", "lambda.amazonaws.com")
OIDC = trust("federated", "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com")
COGNITO = trust("federated", "cognito-identity.amazonaws.com")
SAML = trust("federated", "arn:aws:iam::1:saml-provider/okta")
ACCOUNT = trust("account", "444455556666")
VENDOR = trust("account", "444455556666", Condition("StringEquals", "sts:ExternalId", ("x",)))
MFA = trust("account", "444455556666", Condition("Bool", "aws:MultiFactorAuthPresent", ("true",)))
ROLE = trust("identity", "arn:aws:iam::111122223333:role/other")
SSO = trust("identity", "arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef")


@pytest.mark.parametrize(
    ("name", "path", "trusts", "nature", "because"),
    [
        ("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/", [SERVICE], MACHINE, "service-linked"),
        ("AWSReservedSSO_Admin_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/", [SAML], HUMAN, "Identity Center"),
        ("r", "/", [SERVICE], MACHINE, "lambda.amazonaws.com"),
        ("r", "/", [OIDC], MACHINE, "githubusercontent"),
        ("r", "/", [SAML], HUMAN, "okta"),
        ("r", "/", [COGNITO], HUMAN, "cognito"),
        ("r", "/", [SAML, SERVICE], UNKNOWN, "both"),
        ("r", "/", [VENDOR], MACHINE, "external id"),
        ("r", "/", [MFA], HUMAN, "MFA"),
        ("r", "/", [ROLE], MACHINE, "other roles only"),
        ("r", "/", [ROLE, ACCOUNT], UNKNOWN, "do not tell"),
        ("r", "/", [SSO], HUMAN, "Identity Center"),
        ("r", "/", [ACCOUNT], UNKNOWN, "do not tell"),
        ("r", "/", [], UNKNOWN, "do not tell"),
        ("DeveloperAccess", "/", [ACCOUNT], HUMAN, "`developer`"),
        ("terraform-apply", "/", [ACCOUNT], MACHINE, "`terraform`"),
        ("terraform-apply", "/", [SAML], HUMAN, "okta"),  # who is let in says more than a name
        ("r", "/ci/", [ACCOUNT], MACHINE, "`ci`"),
    ],
)
def test_roles(name: str, path: str, trusts: list[Trust], nature: Nature, because: str) -> None:
    found, reason = nature_of_role(name, path, (), trusts)
    assert found is nature, reason
    assert because in reason


def test_a_tag_outweighs_the_trust_policy() -> None:
    assert nature_of_role("r", "/", (("nature", "human"),), [SERVICE])[0] is HUMAN


def test_the_root_user_is_a_person() -> None:
    assert nature_of_root()[0] is HUMAN
