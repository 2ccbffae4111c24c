"""Identity providers know what makes use of them."""

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.identity import Resource
from nhi_scan.model.policy import Trust
from nhi_scan.model.records import Records

IAM = "arn:aws:iam::111122223333:"
GITHUB = f"{IAM}oidc-provider/token.actions.githubusercontent.com"
CLUSTER_ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/A1"
CLUSTER = f"{IAM}oidc-provider/{CLUSTER_ISSUER}"
OKTA = f"{IAM}saml-provider/okta"


def resource(id_: str, kind: str, **attributes: str) -> Resource:
    return Resource(
        id=id_,
        provider="aws",
        kind=kind,
        name=id_,
        scope_id="111122223333",
        attributes=tuple(sorted(attributes.items())),
    )


PROVIDERS = [
    resource(GITHUB, "oidc_provider", url="token.actions.githubusercontent.com"),
    resource(CLUSTER, "oidc_provider", url=CLUSTER_ISSUER),
    resource(OKTA, "saml_provider"),
]


def trust(role: str, subject: str, kind: str = "federated") -> Trust:
    return Trust(id=f"{role}-{subject}", identity_id=role, subject=subject, subject_kind=kind)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trusts", "resources", "provider", "users"),
    [
        ([trust("b", GITHUB), trust("a", GITHUB)], [], GITHUB, ("a", "b")),
        ([trust("a", OKTA)], [], OKTA, ("a",)),
        ([trust("a", OKTA)], [], GITHUB, ()),
        ([trust("a", GITHUB, "identity")], [], GITHUB, ()),  # no token is asked for
        ([], [resource("c", "eks_cluster", oidc_issuer=CLUSTER_ISSUER)], CLUSTER, ("c",)),
        ([trust("a", CLUSTER)], [resource("c", "eks_cluster", oidc_issuer=CLUSTER_ISSUER)], CLUSTER, ("a", "c")),
        ([], [resource("c", "eks_cluster", oidc_issuer="oidc.eks.eu-west-1.amazonaws.com/id/B2")], CLUSTER, ()),
        ([], [resource("c", "eks_cluster")], CLUSTER, ()),
        ([], [resource("p", "cognito_identity_pool", identity_providers=f"{GITHUB} {OKTA}")], OKTA, ("p",)),
        ([trust("a", "accounts.google.com")], [], GITHUB, ()),
    ],
)
def test_who_uses_a_provider(
    trusts: list[Trust], resources: list[Resource], provider: str, users: tuple[str, ...]
) -> None:
    inventory = build([Records(trusts=trusts, resources=[*resources, *PROVIDERS])])
    assert inventory.resources[provider].used_by == users
    assert list(inventory.resources) == sorted(inventory.resources)


def test_what_is_no_provider_keeps_its_own_users() -> None:
    profile = Resource(
        id="i", provider="aws", kind="instance_profile", name="i", scope_id="111122223333", used_by=("m",)
    )
    assert build([Records(resources=[profile, *PROVIDERS])]).resources["i"].used_by == ("m",)
