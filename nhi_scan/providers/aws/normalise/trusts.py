"""Who can become a role: one record for each principal of each statement of its trust policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from nhi_scan.model.arns import account_of, is_account, is_unique_id, resource_of
from nhi_scan.model.policy import Condition, Effect, PrincipalPattern, Statement, Trust

_ASSUMING = ("sts:assumerole", "sts:assumerolewithwebidentity", "sts:assumerolewithsaml")
_CLAIM_OPERATORS = frozenset(
    {"stringequals", "stringlike", "stringequalsignorecase", "arnequals", "arnlike"},
)
_ALWAYS_PRESENT = frozenset({"sub", "aud", "iss"})  # every OpenID Connect token has them (OpenID Connect Core, 2)

SubjectKind = Literal["identity", "account", "service", "federated", "anyone", "deleted", "canonical_user"]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A trust without the role that it belongs to: equal documents share these."""

    subject: str
    kind: SubjectKind
    mechanism: Literal["assume", "federate"]
    claims: tuple[tuple[str, tuple[str, ...]], ...]
    conditions: tuple[Condition, ...]
    index: int


class TrustReader:
    """Reads trust policies, each distinct one once."""

    __slots__ = ("_entries",)

    def __init__(self) -> None:
        self._entries: dict[int, tuple[tuple[Statement, ...], tuple[_Entry, ...]]] = {}

    def read(self, role_id: str, policy_id: str, statements: tuple[Statement, ...]) -> list[Trust]:
        """The trusts of a role, in the order of its document.

        An id is the role and the subject, so that moving a statement does not make a new trust; the second trust in
        the same subject gets `~2`.
        """
        seen: dict[str, int] = {}
        trusts: list[Trust] = []
        for entry in self._of(statements):
            count = seen[entry.subject] = seen.get(entry.subject, 0) + 1
            trusts.append(
                Trust(
                    id=f"{policy_id}/{entry.subject}" + (f"~{count}" if count > 1 else ""),
                    identity_id=role_id,
                    subject=entry.subject,
                    subject_kind=entry.kind,
                    claim_patterns=entry.claims,
                    mechanism=entry.mechanism,
                    conditions=entry.conditions,
                    policy_id=policy_id,
                    statement_index=entry.index,
                ),
            )
        return trusts

    def _of(self, statements: tuple[Statement, ...]) -> tuple[_Entry, ...]:
        # The tuple is kept beside its entries, so that its identity cannot be given to another one.
        known = self._entries.get(id(statements))
        if known is None:
            known = self._entries[id(statements)] = (statements, tuple(_entries(statements)))
        return known[1]


def _entries(statements: tuple[Statement, ...]) -> Iterable[_Entry]:
    for statement in statements:
        if statement.effect is Effect.ALLOW and not statement.malformed and _lets_assume(statement):
            for pattern in statement.principals:
                yield _entry(statement, pattern)
            if statement.not_principals:  # everyone but these: for the question "who?", anyone
                yield _Entry("*", "anyone", "assume", (), statement.conditions, statement.index)


def _lets_assume(statement: Statement) -> bool:
    if statement.not_actions:
        return not all(_matches(statement.not_actions, action) for action in _ASSUMING)
    return any(_matches(statement.actions, action) for action in _ASSUMING)


def _matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(fnmatch.fnmatchcase(action, pattern.lower().replace("[", "[[]")) for pattern in patterns)


def _entry(statement: Statement, pattern: PrincipalPattern) -> _Entry:
    kind = subject_kind(pattern)
    subject = pattern.value
    if kind == "account":
        subject = account_of(subject) or subject
    federated = kind == "federated"
    return _Entry(
        subject=subject,
        kind=kind,
        mechanism="federate" if federated else "assume",
        claims=_claims(subject, statement.conditions) if federated else (),
        conditions=statement.conditions,
        index=statement.index,
    )


def subject_kind(pattern: PrincipalPattern) -> SubjectKind:
    """What a principal of a policy is."""
    value = pattern.value
    if pattern.kind == "any":
        return "anyone"
    match pattern.kind:
        case "service" | "federated" | "canonical_user" as kind:
            return kind
    if is_account(value) or (account_of(value) and resource_of(value) == "root"):
        return "account"
    return "deleted" if is_unique_id(value) else "identity"


def issuer_of(subject: str) -> str:
    """The issuer that a federated principal stands for, as its condition keys are prefixed: without the scheme."""
    resource = resource_of(subject)
    if resource.startswith("oidc-provider/"):
        return resource.removeprefix("oidc-provider/")
    return "saml" if resource.startswith("saml-provider/") else resource


def _claims(subject: str, conditions: tuple[Condition, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Which values of which claims are accepted.

    Only operators that restrict a claim to patterns count, and an operator that is true for an absent claim counts
    for those claims only that every token has.
    """
    prefix = f"{issuer_of(subject)}:".lower()
    found: list[tuple[str, tuple[str, ...]]] = []
    for condition in conditions:
        key = condition.key.lower()
        if not key.startswith(prefix):
            continue
        claim = key[len(prefix) :]
        operator = condition.operator.lower()
        lenient = operator.startswith("forallvalues:") or operator.endswith("ifexists")
        plain = operator.removeprefix("forallvalues:").removeprefix("foranyvalue:").removesuffix("ifexists")
        if plain in _CLAIM_OPERATORS and (not lenient or claim in _ALWAYS_PRESENT):
            found.append((claim, condition.values))
    return tuple(found)
