"""What of a token AWS shows to a role's trust policy, and under which condition keys.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from nhi_scan.access.aws.conditions.compile import operator_name
from nhi_scan.access.aws.context import Context
from nhi_scan.access.match import covers
from nhi_scan.access.witnesses import Pattern, Token, meets
from nhi_scan.model.assertion import Assertion, Claim, issuer_key
from nhi_scan.model.policy import Condition, Policy

GOOGLE = "accounts.google.com"
_SESSION = "sts:rolesessionname"  # the caller picks it; a claim of no token has this name
_TAGS = "https://aws.amazon.com/tags.principal_tags."
_FLAT_TAGS = "https://aws.amazon.com/tags/principal_tags/"
_REQUEST_TAG = "aws:requesttag/"
# Who somebody is, kept through all sessions that follow:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
_SOURCE = "https://aws.amazon.com/source_identity"
_SOURCE_KEY = "sts:sourceidentity"

# Condition key, behind the issuer, -> claim.
_EVERYWHERE = {name: name for name in ("sub", "aud", "amr", "email")}
_OF_GITHUB = (
    *("actor", "actor_id", "job_workflow_ref", "repository", "repository_id", "workflow", "ref", "environment"),
    "enterprise_id",
)
# Validated since January 2026: https://aws.amazon.com/about-aws/whats-new/2026/01/aws-sts-supports-validation-identity-provider-claims/
_OF_ISSUER: Mapping[str, Mapping[str, str]] = {
    "token.actions.githubusercontent.com": {name: name for name in _OF_GITHUB},
    GOOGLE: {"oaud": "oaud", "google/organization_number": "google.organization_number"},
    "oidc.circleci.com": {"oidc.circleci.com/project-id": "oidc.circleci.com/project-id"},
}
_NEGATED = frozenset({"stringnotequals", "stringnotlike"})
_LITERAL = frozenset({"stringequals", "stringnotequals", "stringequalsignorecase", "stringnotequalsignorecase"})
_PLAIN = frozenset({"null", "stringequals", "stringnotequals", "stringlike", "stringnotlike"})
_PATTERNS = frozenset({"stringlike", "stringnotlike", "arnlike", "arnequals", "arnnotlike", "arnnotequals"})


class Keys:
    """The condition keys of one issuer's tokens."""

    def __init__(self, written: str) -> None:
        """Take the issuer as a trust policy writes it: without a scheme."""
        self.prefix = f"{written.lower()}:"
        self.host = issuer_key(written).partition("/")[0]
        self._claims = {**_EVERYWHERE, **_OF_ISSUER.get(self.host, {})}

    def claim_of(self, key: str) -> str:
        """Return the claim that a condition key shows; empty where it is none of a token, or AWS has no such key."""
        key = key.lower()
        if key.startswith(self.prefix):
            return self._claims.get(key[len(self.prefix) :], "")
        if key.startswith(_REQUEST_TAG):
            return _TAGS + key[len(_REQUEST_TAG) :]
        return {_SESSION: _SESSION, _SOURCE_KEY: _SOURCE}.get(key, "")

    def shown(self, assertion: Assertion) -> Assertion:
        """Return the assertion as AWS reads it.

        Google says in `azp` who asked for a token, and so do others; AWS takes that for the audience where it is there:
        https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html. Tags are inside one claim
        or claims of their own: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
        """
        claims = {one.name: one for one in assertion.claims}
        for name in list(claims):
            for written in (_TAGS, _FLAT_TAGS):
                if name.startswith(written):
                    claims[_TAGS + name[len(written) :].lower()] = claims[name]
        if self.host == GOOGLE:
            claims |= {"oaud": claims["aud"]} if "aud" in claims else {}
        claims |= {"aud": claims["azp"]} if "azp" in claims else {}
        claims[_SESSION] = Claim(_SESSION, (), "any")
        return Assertion(
            holder_id=assertion.holder_id,
            provider=assertion.provider,
            issuer=assertion.issuer,
            claims=tuple([_named(name, one) for name, one in sorted(claims.items())]),
            complete=assertion.complete,
        )

    def asked(self, policies: Iterable[Policy]) -> dict[str, list[Pattern]]:
        """Return what policies compare the claims with."""
        found: dict[str, list[Pattern]] = {}
        for condition in conditions_of(policies):
            claim = self.claim_of(condition.key)
            if claim:
                found.setdefault(claim, []).extend(_patterns(condition))
        return found

    def compared(self, policies: Iterable[Policy]) -> dict[str, list[Pattern] | None]:
        """Return with what policies compare the claims and nothing else; None where a claim's very text counts."""
        found: dict[str, list[Pattern] | None] = {}
        for condition in conditions_of(policies):
            claim, name = self.claim_of(condition.key), operator_name(condition.operator)
            known = found.setdefault(claim, []) if claim else None
            plain = name is not None and name.base in _PLAIN and not any("${" in one for one in condition.values)
            if known is not None and plain:
                known += _patterns(condition)
            elif claim:
                found[claim] = None
        return found

    def context(self, assertion: Assertion, token: Token, policies: Iterable[Policy], now: datetime) -> Context:
        """Return what is known of the request that a token makes.

        Keys of other issuers are not in it. A key of this one that AWS does not document stays open.
        """
        claims = token.values
        named = {one.name for one in assertion.claims}
        values: dict[str, tuple[str, ...]] = {"aws:securetransport": ("true",)}
        absent = {"sts:externalid"} | ({_SOURCE_KEY} if assertion.complete and _SOURCE not in named else set())
        for condition in conditions_of(policies):
            key = condition.key.lower()
            claim = self.claim_of(key)
            if claim in claims:
                values[key] = claims[claim]
            elif (claim and claim not in named and assertion.complete) or self._of_another(key):
                absent.add(key)
        return Context(values=values, absent=frozenset(absent), now=now)

    def _of_another(self, key: str) -> bool:
        issuer, colon, _ = key.rpartition(":")
        return bool(colon) and "." in issuer.partition("/")[0] and not key.startswith(self.prefix)

    def refutes(self, assertion: Assertion, condition: Condition) -> bool:
        """Say whether no token of the holder's meets a condition, because of what one claim can be."""
        name, claim = operator_name(condition.operator), assertion.claim(self.claim_of(condition.key))
        if name is None or name.base == "null" or claim is None:
            return False
        if name.negated:
            return name.base == "stringnotlike" and _is_within(claim, condition)
        if name.if_exists or name.qualifier == "forallvalues" or any("${" in one for one in condition.values):
            return False
        if name.base == "stringequalsignorecase":
            claim = replace(claim, values=tuple(one.lower() for one in claim.values))
            return not any(meets(claim, Pattern(one.lower())) for one in condition.values)
        return name.base in _LITERAL | _PATTERNS and not any(meets(claim, one) for one in _patterns(condition))

    def surely_met(self, assertion: Assertion, condition: Condition) -> bool:
        """Say whether every token of the holder's meets a condition, because of what one claim can be."""
        name, claim = operator_name(condition.operator), assertion.claim(self.claim_of(condition.key))
        if name is None or name.qualifier or claim is None or any("${" in one for one in condition.values):
            return False
        if name.base == "stringlike":
            return _is_within(claim, condition)
        return name.base in _NEGATED and not any(meets(claim, one) for one in _patterns(condition))


def _named(name: str, claim: Claim) -> Claim:
    one_text = claim.form == "glob" and not any("*" in one for one in claim.values)
    return replace(claim, name=name, form="exact" if one_text else claim.form)


def _is_within(claim: Claim, condition: Condition) -> bool:
    """Whether one pattern of a condition matches whatever a claim can be."""
    wide = [one for one in condition.values if "${" not in one]
    return (
        len(claim.values) == 1 and claim.form in {"exact", "glob"} and any(covers(one, claim.values[0]) for one in wide)
    )


def conditions_of(policies: Iterable[Policy]) -> Iterator[Condition]:
    """Yield every condition of some policies."""
    for policy in policies:
        for statement in policy.statements:
            yield from statement.conditions


def _patterns(condition: Condition) -> list[Pattern]:
    name = operator_name(condition.operator)
    base = name.base if name else ""
    return [Pattern(one, "*?" if base in _PATTERNS else "") for one in condition.values] if base != "null" else []


def besides(assertion: Assertion) -> tuple[str, ...]:
    """Name what the role must let somebody do, besides assuming it: where a token brings tags or says who it is of.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_adding-assume-role-idp
    """
    names = [one.name for one in assertion.claims]
    tags = ("sts:TagSession",) if any(name.startswith(_TAGS) for name in names) else ()
    return (*tags, "sts:SetSourceIdentity") if _SOURCE in names else tags
