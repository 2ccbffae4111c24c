"""Identities of one cloud that ask for something in another, and what lets them in there."""

from typing import Any

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Identity, Nature, Resource
from nhi_scan.model.scope import Scope
from nhi_scan.providers.aws.normalise.trusts import TrustReader
from nhi_scan.providers.aws.policy import parse_document

ACCOUNT = "111122223333"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
GITHUB = "token.actions.githubusercontent.com"
CLUSTER = "k8s:shop-prod"
BATCH = f"{CLUSTER}/namespaces/batch"
SCOPES = [
    Scope(id=ACCOUNT, provider="aws", kind="account", name="main"),
    Scope(
        id=CLUSTER,
        provider="kubernetes",
        kind="cluster",
        name="shop-prod",
        parent_id="",
        attributes=(("oidc_issuer", f"https://{ISSUER}"),),
    ),
    Scope(id=BATCH, provider="kubernetes", kind="namespace", name="batch", parent_id=CLUSTER),
]


def account(name: str, **attributes: str) -> Identity:
    return Identity(
        id=f"{BATCH}/serviceaccounts/{name}",
        provider="kubernetes",
        kind="service_account",
        nature=Nature.NON_HUMAN,
        nature_reason="a service account",
        name=name,
        scope_id=BATCH,
        attributes=tuple(sorted(attributes.items())),
    )


def arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def provider(issuer: str) -> Resource:
    return Resource(
        id=f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}",
        provider="aws",
        kind="oidc_provider",
        name=issuer,
        scope_id=ACCOUNT,
        attributes=(("client_ids", "sts.amazonaws.com"), ("url", issuer)),
    )


def complete(scope: str, *kinds: str, status: CoverageStatus = CoverageStatus.COMPLETE) -> list[Coverage]:
    provider = {"k": "kubernetes", "g": "github"}.get(scope[0], "aws")
    return [Coverage(provider=provider, scope_id=scope, record_kind=kind, status=status) for kind in kinds]


def trusting(make: Any, name: str, subject: str, issuer: str = ISSUER) -> dict[str, list[Any]]:
    """A role whose trust policy names one subject of an issuer, as the provider's own normaliser reads it."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider(issuer).id},
        "Condition": {"StringEquals": {f"{issuer}:sub": subject, f"{issuer}:aud": "sts.amazonaws.com"}},
    }
    parsed = parse_document({"Version": "2012-10-17", "Statement": [statement]})
    id_ = f"{arn(name)}#trust"
    return {
        "identities": [make.role(name, trust_policy_id=id_)],
        "policies": [
            make.gcp_role(id_=id_, provider="aws", kind="trust", statements=parsed.statements, version=parsed.version)
        ],
        "trusts": TrustReader().read(arn(name), id_, parsed.statements),
        "resources": [provider(issuer)],
    }


def row_of(tables: Any, subject: str, id_: str) -> int:
    return list(tables[subject].index).index(id_)
