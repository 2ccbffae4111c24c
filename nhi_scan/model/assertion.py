"""What an issuer says about somebody to others: an OIDC token by its claims, or a signed request to AWS by its ARN.

The word is that of RFC 7521 (https://www.rfc-editor.org/rfc/rfc7521): a statement about a holder which a third party
takes in exchange for credentials of its own. Here it is what a holder *could* show, as far as that is known beforehand;
no token is ever kept.
"""

from typing import Literal

from nhi_scan.model.record import record, value

Form = Literal["exact", "glob", "any", "one_of"]


@value
class Claim:
    """One claim of an assertion. What is inside another claim is named with dots: `kubernetes.io.namespace`."""

    name: str
    values: tuple[str, ...] = ()  # several: an array, all of them in the token; none for the form `any`
    # glob: the holder can get a token with any text that matches `values[0]`, where only `*` has a meaning (what a
    # job may choose to run on: `repo:acme/app:ref:refs/heads/*`); any: with whatever text it likes (an audience);
    # one_of: with one of `values`, whichever it likes (the audiences that an issuer knows).
    form: Form = "exact"
    # Of a glob: what it surely is not, in any case, `*` standing for any text here too (the environments that whoever
    # can push is kept out of, where they may name any other).
    excluded: tuple[str, ...] = ()


@record
class Assertion:
    """What one holder can show to whoever trusts an issuer. A holder may have several."""

    holder_id: str  # whose code can get it; empty for a token that somebody asks about
    provider: str  # key of the provider table of the holder
    issuer: str  # as in `iss`: a URL; for a request signed by AWS `AWS`; empty where nobody knows it
    claims: tuple[Claim, ...] = ()
    complete: bool = True  # False where the token has claims that nobody can tell beforehand
    # Ids, addresses or client ids of what the holder's own configuration says that it wants to become: an annotation of
    # a service account, an input of a workflow's step.
    asks_for: tuple[str, ...] = ()
    detail: str = ""  # which of a holder's assertions it is, for a person: `on push to any branch`
    open: str = ""  # what else has to be so before the holder gets it, as a clause: what it lets in is never sure then

    def claim(self, name: str) -> Claim | None:
        """Return a claim; None where the assertion has none of that name (see `complete`)."""
        return next((one for one in self.claims if one.name == name), None)


AWS = "https://sts.amazonaws.com"
"""The issuer of a signed GetCallerIdentity request: how AWS principals prove themselves elsewhere. Its claims are
`account`, `arn` (of the session, for a role) and `userid`, as
https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html answers."""


def issuer_key(issuer: str) -> str:
    """Return what issuers are compared by: no scheme, no slash at the end, the host in lower case.

    https://openid.net/specs/openid-connect-core-1_0.html#IDToken wants the address with its scheme; AWS names a
    provider without it, and Kubernetes and Entra are not of one mind about the slash.
    """
    name = issuer.strip().rpartition("://")[2].rstrip("/")
    host, slash, path = name.partition("/")
    return host.lower() + slash + path
