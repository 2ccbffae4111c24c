"""What service accounts can show elsewhere: ID tokens of Google, for whatever audience their holder likes.

https://cloud.google.com/iam/docs/create-short-lived-credentials-direct#sa-credentials-oidc and
https://cloud.google.com/docs/authentication/token-types#id-contents: subject and `azp` are the unique id.
"""

from collections.abc import Iterator

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import Assertion, Claim, issuer_key

ISSUER = "https://accounts.google.com"


def issued(inventory: Inventory, issuers: frozenset[str]) -> Iterator[Assertion]:
    """Yield an assertion for each service account that may be in use, where anybody trusts Google."""
    if issuer_key(ISSUER) not in issuers:
        return
    for identity in inventory.identities.values():
        if identity.provider != "gcp" or identity.kind != "service_account" or identity.status in _GONE:
            continue
        claims = [Claim("aud", (), "any"), Claim("email", (identity.name,)), Claim("email_verified", ("true",))]
        if identity.unique_id:
            claims += [Claim("azp", (identity.unique_id,)), Claim("sub", (identity.unique_id,))]
        yield Assertion(
            holder_id=identity.id,
            provider="gcp",
            issuer=ISSUER,
            claims=tuple(sorted(claims, key=lambda one: one.name)),
            complete=False,  # on a machine, what Compute Engine says of it
            detail="by an ID token of Google",
        )


_GONE = frozenset({"disabled", "deleted"})
