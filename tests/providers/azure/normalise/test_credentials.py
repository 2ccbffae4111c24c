"""Secrets, certificates, federated credentials: whose they are, how old, when used."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, Credential, LastUsed
from nhi_scan.model.policy import Condition
from nhi_scan.model.records import Records
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.normalise.federation import claims_of

Read = Callable[..., Records]

UAMI = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/u"
PRINCIPAL = {"id": "sp-1", "appId": "app-1", "servicePrincipalType": "Application"}
APPLICATION = {"id": "obj-1", "appId": "app-1", "signInAudience": "AzureADMyOrg"}


def by_id(records: Records) -> dict[str, Credential]:
    return {one.id: one for one in records.credentials}


def test_credentials_of_an_application_are_its_service_principals(read: Read) -> None:
    secret = {
        "keyId": "K1",
        "displayName": "ci",
        "startDateTime": "2025-01-01T00:00:00Z",
        "endDateTime": "2026-05-31T00:00:00Z",
    }
    key = {"keyId": "K2", "type": "AsymmetricX509Cert", "usage": "Verify", "customKeyIdentifier": "AB"}
    records = read(
        {
            kinds.SERVICE_PRINCIPALS: [PRINCIPAL],
            kinds.APPLICATIONS: [{**APPLICATION, "passwordCredentials": [secret], "keyCredentials": [key]}],
            kinds.APP_CREDENTIAL_SIGN_INS: [
                {"keyId": "k1", "signInActivity": {"lastSignInDateTime": "2026-05-01T00:00:00Z"}}
            ],
        }
    )
    found = by_id(records)
    password, certificate = found["obj-1#password/k1"], found["obj-1#key/k2"]
    assert (password.kind, password.identity_id, password.status, password.name) == (
        "client_secret",
        "sp-1",
        "expired",
        "ci",
    )
    assert password.created_at == password.rotated_at == datetime(2025, 1, 1, tzinfo=UTC)
    assert password.last_used == LastUsed.on(datetime(2026, 5, 1, tzinfo=UTC))
    assert dict(password.attributes) == {"holder": "application", "holder_id": "obj-1", "key_id": "k1"}
    assert (certificate.kind, certificate.status, certificate.last_used) == ("certificate", "active", NEVER_USED)
    assert dict(certificate.attributes)["thumbprint"] == "AB"


def test_use_that_was_not_asked_for_is_unknown(read: Read) -> None:
    records = read(
        {kinds.SERVICE_PRINCIPALS: [{**PRINCIPAL, "passwordCredentials": [{"keyId": "k"}]}]},
        missing={kinds.APP_CREDENTIAL_SIGN_INS: CoverageStatus.SKIPPED},
    )
    (found,) = records.credentials
    assert (found.last_used, dict(found.attributes)["holder"]) == (USE_UNKNOWN, "service_principal")


def test_use_of_what_has_no_id_is_unknown(read: Read) -> None:
    records = read(
        {kinds.SERVICE_PRINCIPALS: [{"id": "sp", "passwordCredentials": [{"displayName": "x"}]}]},
        also=(kinds.APP_CREDENTIAL_SIGN_INS, kinds.SERVICE_PRINCIPAL_SIGN_INS),
    )
    assert [one.last_used for one in records.credentials] == [USE_UNKNOWN]
    assert [one.last_authenticated for one in records.identities] == [USE_UNKNOWN]


def test_a_secret_that_is_not_valid_yet(read: Read) -> None:
    later = {"keyId": "k", "startDateTime": "2026-07-01T00:00:00Z", "endDateTime": "2027-07-01T00:00:00Z"}
    (found,) = read({kinds.SERVICE_PRINCIPALS: [{**PRINCIPAL, "passwordCredentials": [later]}]}).credentials
    assert found.status == "inactive"


def test_a_certificate_that_signs_saml_is_one(read: Read) -> None:
    signing = [
        {"keyId": "s", "usage": "Sign", "customKeyIdentifier": "CC"},
        {"keyId": "v", "usage": "Verify", "customKeyIdentifier": "CC"},
        {"keyId": "o", "usage": "Verify", "customKeyIdentifier": "DD"},
    ]
    guard = [{"keyId": "s", "customKeyIdentifier": "CC"}, {"keyId": "real"}]
    records = read(
        {
            kinds.SERVICE_PRINCIPALS: [
                {
                    **PRINCIPAL,
                    "preferredSingleSignOnMode": "saml",
                    "keyCredentials": signing,
                    "passwordCredentials": guard,
                }
            ]
        }
    )
    assert sorted(by_id(records)) == ["sp-1#key/o", "sp-1#key/s", "sp-1#password/real"]


@pytest.mark.parametrize("listed", [True, False])
def test_federated_credentials_of_an_application(read: Read, listed: bool) -> None:
    record = {"name": "main", "issuer": "https://i", "subject": "repo:o/r", "audiences": ["b", "a"]}
    records = read(
        {
            kinds.APPLICATIONS: [APPLICATION],
            kinds.SERVICE_PRINCIPALS: [PRINCIPAL] if listed else [],
            kinds.FEDERATED_CREDENTIALS: [{"of": {"id": "OBJ-1", "appId": "APP-1"}, "record": record}] * 2,
        }
    )
    (trust,) = records.trusts
    assert (trust.id, trust.identity_id) == ("obj-1#federated/main", "sp-1" if listed else "obj-1")
    assert (trust.subject, trust.subject_kind, trust.mechanism) == ("https://i", "federated", "federate")
    assert trust.claim_patterns == (("aud", ("a", "b")), ("iss", ("https://i",)), ("sub", ("repo:o/r",)))
    assert trust.conditions == ()


def test_a_flexible_credential_has_its_expression_as_a_condition(read: Read) -> None:
    text = "claims['sub'] matches 'repo:o/*' and claims['job_workflow_ref'] eq 'o/r/w.yml'"
    told: dict[str, Any] = {"value": text, "languageVersion": 1}
    record: dict[str, Any] = {
        "name": "flex",
        "issuer": "https://i",
        "subject": None,
        "audiences": [],
        "claimsMatchingExpression": told,
    }
    records = read(
        {
            kinds.APPLICATIONS: [APPLICATION],
            kinds.FEDERATED_CREDENTIALS: [{"of": {"id": "obj-1", "appId": "app-1"}, "record": record}],
        }
    )
    (trust,) = records.trusts
    assert trust.conditions == (Condition("ClaimsMatching", "1", (text,)),)
    assert dict(trust.claim_patterns) == {
        "iss": ("https://i",),
        "sub": ("repo:o/*",),
        "job_workflow_ref": ("o/r/w.yml",),
    }


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "claims['sub'] matches 'a' or claims['sub'] matches 'b'",
        "claims['sub'] ne 'a'",
        "not claims['sub'] eq 'a'",
        "claims['sub'] matches 'a' and claims['sub'] matches 'b'",
        "claims['sub'] matches 'it\\'s'",
        "claims['a'] eq 'x' and " * 1000,
    ],
)
def test_an_expression_that_is_more_than_an_and_gives_no_patterns(expression: str) -> None:
    assert claims_of(expression) == {}


@given(st.text(alphabet="claims['sub'] matcheqnd\\*x", max_size=80))
def test_no_expression_breaks_it(expression: str) -> None:
    assert all(len(words) == 1 for words in claims_of(expression).values())


def test_federated_credentials_of_a_user_assigned_identity(read: Read) -> None:
    record = {
        "id": f"{UAMI}/federatedIdentityCredentials/k8s",
        "name": "k8s",
        "properties": {"issuer": "https://o", "subject": "system:serviceaccount:a:b", "audiences": ["x"]},
    }
    records = read(
        {
            kinds.ARM_USER_ASSIGNED_IDENTITIES: [{"id": UAMI, "properties": {"principalId": "MI", "clientId": "c"}}],
            kinds.ARM_FEDERATED_CREDENTIALS: [{"of": {"id": UAMI}, "record": record}],
        }
    )
    (trust,) = records.trusts
    assert (trust.id, trust.identity_id) == (f"{UAMI.lower()}#federated/k8s", "mi")


def test_federated_credentials_of_an_identity_that_nothing_tells(read: Read) -> None:
    record = {"name": "k8s", "properties": {"issuer": "https://o", "subject": "s"}}
    records = read({kinds.ARM_FEDERATED_CREDENTIALS: [{"of": {"id": UAMI}, "record": record}]})
    assert not records.trusts
    partial = {row.record_kind for row in records.coverage if row.status is CoverageStatus.PARTIAL}
    assert partial == {kinds.ARM_FEDERATED_CREDENTIALS}
