"""Assertions as the expressions of a pool's provider read them.

https://cloud.google.com/iam/docs/workload-identity-federation#mapping
"""

from collections.abc import Mapping

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.conditions import of_token, reads
from nhi_scan.access.gcp.conditions.claims import ASSERTION, Claims
from nhi_scan.access.gcp.conditions.values import UNKNOWN, Beginning, Value
from nhi_scan.access.gcp.pools import Provider
from nhi_scan.model.assertion import Assertion, Claim

_TRUTHS = frozenset({"email_verified", "phone_number_verified"})
_ARRAYS = frozenset({"amr", "groups", "roles"})


class Shown:
    """An assertion that is shown to many providers: what the same expression makes of it is worked out once.

    Attributes:
        assertion: it.
        claims: what is known of all tokens of its holder alike.
    """

    def __init__(self, assertion: Assertion) -> None:
        """Read it."""
        self.assertion = assertion
        self.claims = outline(assertion)
        self._token: dict[str, Value] = {ASSERTION: self.claims}
        self._made: dict[str, Value] = {}
        self._answers: dict[str, Truth] = {}

    def mapped(self, provider: Provider) -> dict[str, Value]:
        """Return the token as conditions read it: with what the mapping makes of it."""
        made = self._made
        for expression in provider.mapping.values():
            if expression not in made:
                made[expression] = of_token(expression, self._token)
        return {**self._token, **{name: made[expression] for name, expression in provider.mapping.items()}}

    def condition(self, provider: Provider, mapped: Mapping[str, Value]) -> Truth:
        """Say whether a provider's condition holds for what its mapping makes."""
        expression = provider.condition
        if not expression or not all(_is_claim(name) for name in reads(expression)):
            return condition_of(provider, mapped)
        if expression not in self._answers:
            self._answers[expression] = condition_of(provider, mapped)
        return self._answers[expression]


def outline(assertion: Assertion) -> Claims:
    """Return what is known of all tokens of the holder alike."""
    values: dict[str, Value] = {}
    for one in assertion.claims:
        glob = one.values[0] if one.form == "glob" and one.values else ""
        if one.form == "exact" or (glob and "*" not in glob):
            values[one.name] = _value(one)
        elif glob:
            values[one.name] = Beginning(
                glob.partition("*")[0], frozenset(text.lower() for text in one.excluded if "*" not in text)
            )
        else:
            values[one.name] = UNKNOWN
    values.setdefault("iss", assertion.issuer)
    return Claims(values, assertion.complete)


def _value(claim: Claim) -> Value:
    """A claim as a token has it: an array where it has several values, or is one of those that always are."""
    if len(claim.values) != 1 or claim.name in _ARRAYS:
        return list(claim.values)
    # GitHub says `ref_protected` as a text, OpenID Connect `email_verified` as a truth value.
    return claim.values[0] == "true" if claim.name in _TRUTHS else claim.values[0]


def mapped_by(provider: Provider, claims: Claims) -> dict[str, Value]:
    """Return the token as conditions read it: with what the mapping makes of it."""
    token: dict[str, Value] = {ASSERTION: claims}
    made = {name: of_token(expression, token) for name, expression in provider.mapping.items()}
    return {**token, **made}


def condition_of(provider: Provider, mapped: Mapping[str, Value]) -> Truth:
    """Say whether a provider's condition holds for a token and what its mapping makes of it."""
    if not provider.condition:
        return True
    answer = of_token(provider.condition, mapped)
    return answer if isinstance(answer, bool) else None


def _is_claim(name: str) -> bool:
    return name == ASSERTION or name.startswith(f"{ASSERTION}.")
