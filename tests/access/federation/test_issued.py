"""What identities of each cloud can show elsewhere."""

from typing import Any

import pytest

from nhi_scan.access.aws.issued import issued as of_aws
from nhi_scan.access.azure.issued import issued as of_azure
from nhi_scan.access.gcp.issued import issued as of_gcp
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model import arm_ids
from nhi_scan.model.assertion import Assertion, Claim
from nhi_scan.model.identity import Identity, Nature, Resource
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

AWS, GOOGLE = frozenset({"sts.amazonaws.com"}), frozenset({"accounts.google.com"})
TENANT = "11111111-1111-1111-1111-111111111111"
V1, V2 = f"sts.windows.net/{TENANT}", f"login.microsoftonline.com/{TENANT}/v2.0"


def identity(**fields: Any) -> Identity:
    given = {"nature": Nature.NON_HUMAN, "nature_reason": "a test says so", "name": fields["id"], **fields}
    return Identity(**given)


def inventory(*identities: Identity, resources: tuple[Resource, ...] = (), scopes: tuple[Scope, ...] = ()) -> Inventory:
    records = Records()
    records.identities += identities
    records.resources += resources
    records.scopes += scopes
    return build([records])


def claims(assertion: Assertion) -> dict[str, Claim]:
    return {one.name: one for one in assertion.claims}


def test_aws_says_the_arn_of_users_and_of_sessions() -> None:
    aws = {"provider": "aws", "scope_id": "1"}
    role = identity(id="arn:aws-cn:iam::1:role/path/r", kind="iam_role", **aws | {"name": "r", "unique_id": "AROA1"})
    user = identity(id="arn:aws:iam::1:user/u", kind="iam_user", **aws)
    gone = identity(id="arn:aws:iam::1:role/gone", kind="iam_role", status="deleted", **aws)
    root = identity(id="arn:aws:iam::1:root", kind="root_user", **aws)
    known = inventory(role, user, gone, root)
    of_role, of_user = of_aws(known, AWS)
    assert claims(of_role)["arn"] == Claim("arn", ("arn:aws-cn:sts::1:assumed-role/r/*",), "glob")
    assert claims(of_role)["userid"] == Claim("userid", ("AROA1:*",), "glob")
    assert (claims(of_user)["arn"].values, claims(of_user)["userid"].form) == ((user.id,), "any")
    assert list(of_aws(known, GOOGLE)) == []


def test_google_says_who_asked() -> None:
    gcp = {"provider": "gcp", "scope_id": "projects/p", "kind": "service_account"}
    known = inventory(
        identity(id="serviceAccount:a@p", **gcp | {"name": "a@p", "unique_id": "123"}),
        identity(id="serviceAccount:b@p", **gcp | {"name": "b@p"}),
        identity(id="serviceAccount:off@p", status="disabled", **gcp),
    )
    one, other = of_gcp(known, GOOGLE)
    assert {name: claim.values for name, claim in claims(one).items()} == {
        "aud": (), "azp": ("123",), "email": ("a@p",), "email_verified": ("true",), "sub": ("123",),
    }  # fmt: skip
    assert claims(one)["aud"].form == "any"
    assert "sub" not in claims(other)
    assert not one.complete
    assert list(of_gcp(known, AWS)) == []


@pytest.mark.parametrize(
    ("issuer", "audiences", "client"),
    [(V1, {"api://mine", "app-1", "app-2"}, "appid"), (V2, {"app-1", "app-3"}, "azp")],
)
def test_entra_gives_tokens_for_applications_of_the_tenant(issuer: str, audiences: set[str], client: str) -> None:
    home = arm_ids.tenant(TENANT)
    applications = tuple(
        Resource(id=name, provider="azure", kind="application", name=name, scope_id=home, attributes=attributes)
        for name, attributes in {
            "one": (("app_id", "app-1"), ("identifier_uris", "api://mine")),
            "two": (("app_id", "app-2"), ("token_version", "1")),
            "three": (("app_id", "app-3"), ("identifier_uris", "api://third"), ("token_version", "2")),
        }.items()
    )
    azure = {"provider": "azure", "scope_id": home}
    known = inventory(
        identity(id="0a", kind="service_principal", attributes=(("app_id", "client-1"),), **azure),
        identity(id="0b", kind="managed_identity", **azure),
        identity(id="0c", kind="service_principal", status="disabled", **azure),
        identity(id="0d", kind="app", **azure),
        resources=applications,
        scopes=(Scope(id=home, provider="azure", kind="tenant", name="acme", parent_id=""),),
    )
    principal, managed = of_azure(known, frozenset({issuer}))
    said = claims(principal)
    exchange = {one for one in said["aud"].values if one.endswith("Exchange") or one.startswith("fb60f99c")}
    assert said["aud"].form == "one_of"
    assert set(said["aud"].values) - exchange == audiences
    assert (said["sub"].values, said["oid"].values, said["tid"].values) == (("0a",), ("0a",), (TENANT,))
    assert said[client].values == ("client-1",)
    assert client not in claims(managed)
    assert list(of_azure(known, AWS)) == []
