"""Which applications and managed identities somebody becomes by a token of an outside issuer.

Entra compares issuer, subject and audience of a federated credential letter by letter
(https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations); a flexible one has an
expression instead of the subject. Of Entra's own tokens it takes those of its tenant alone
(https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity).
"""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from nhi_scan.access.alike import Answers
from nhi_scan.access.azure.matching import Comparison, comparisons, holds
from nhi_scan.access.combine import Truth, both
from nhi_scan.access.federation import Entry
from nhi_scan.access.subjects import BySubject
from nhi_scan.access.witnesses import Pattern, meets, tokens
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import StatementRef
from nhi_scan.model.assertion import Assertion, issuer_key
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Trust

_FEDERATED = "#federated/"
_ENTRA = re.compile(
    r"https://(?:login\.(?:microsoftonline\.(?:com|us)|partner\.microsoftonline\.cn)/([^/]+)/v2\.0|sts\.windows\.net/([^/]+)/)"
)
# What Entra's tokens for the exchange are for, by its name and by its id: a token of version 2 has the id.
_EXCHANGE = ("api://AzureADTokenExchange", "fb60f99c-7a34-4190-8149-302f77469936")
_FLEXIBLE = "ClaimsMatching"
_NO_ISSUER = "who issues the holder's tokens is not known: `{}` is what it trusts"
_OPEN = "whether the token has what is asked for: {}"
_UNREADABLE = "its expression cannot be read"


class Federation:
    """Federated credentials by issuer. Read-only once it was made."""

    def __init__(self, inventory: Inventory) -> None:
        """Index the credentials."""
        self._inventory = inventory
        self._trusts: dict[str, BySubject[Trust]] = {}
        for trust in inventory.trusts.values():
            if _is_credential(trust) and self._holder(trust) is not None and not self._is_of_another_tenant(trust):
                self._trusts.setdefault(issuer_key(trust.subject), BySubject()).add(trust, _subjects(trust))
        self._answers: Answers[Trust, Entry | None] = Answers(_compared)

    def _holder(self, trust: Trust) -> Identity | None:
        """Whom a credential is of; nobody signs in as one that is disabled or deleted."""
        identity = self._inventory.identities.get(trust.identity_id)
        there = identity is not None and identity.provider == "azure" and identity.status not in {"disabled", "deleted"}
        return identity if there else None

    def _is_of_another_tenant(self, trust: Trust) -> bool:
        """Say whether a credential trusts another tenant, which Entra refuses: AADSTS700236."""
        found = _ENTRA.fullmatch(trust.subject)
        chain = self._inventory.scope_chain(self._inventory.identities[trust.identity_id].scope_id)
        own = next((one.id.rpartition("/")[2] for one in chain if one.kind == "tenant"), "")
        return found is not None and bool(own) and (found[1] or found[2]).lower() != own.lower()

    @cached_property
    def trusted_issuers(self) -> frozenset[str]:
        """See `access.engine.Engine`."""
        return frozenset(self._trusts)

    def entries(self, assertion: Assertion) -> tuple[Entry, ...]:
        """See `access.engine.Engine`."""
        found = {(one.identity_id, one.trust_id): one for one in self._all(assertion)}
        return tuple([found[key] for key in sorted(found)])

    def _all(self, assertion: Assertion) -> Iterator[Entry]:
        if not assertion.issuer:
            yield from self._asked_for(assertion)
            return
        trusts = self._trusts.get(issuer_key(assertion.issuer))
        keys: dict[int, Hashable] = {}
        for trust in trusts.find(assertion.claim("sub")) if trusts else ():
            if _same_issuer(trust.subject, assertion.issuer):
                entry = self._answers.of(trust, assertion, keys, lambda one: _enter(one, assertion))
                if entry is not None:
                    yield entry

    def _asked_for(self, assertion: Assertion) -> Iterator[Entry]:
        """Where nobody knows the issuer, what the holder asks for, by its client id, may trust it."""
        for asked in assertion.asks_for:
            for identity_id in self._by_client_id.get(asked.lower(), ()):
                for trust in self._inventory.trusts_of.get(identity_id, ()):
                    entry = _enter(trust, assertion) if _is_credential(trust) and self._holder(trust) else None
                    if entry is not None:
                        residual = (*entry.residual, _NO_ISSUER.format(trust.subject))
                        yield replace(entry, state=None, residual=residual)

    @cached_property
    def _by_client_id(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in self._inventory.identities.values():
            if one.provider == "azure":
                for name in {one.id.lower(), dict(one.attributes).get("app_id", "").lower()} - {""}:
                    found.setdefault(name, []).append(one.id)
        return found


def _is_credential(trust: Trust) -> bool:
    return trust.subject_kind == "federated" and trust.mechanism == "federate" and _FEDERATED in trust.id


def _same_issuer(written: str, issuer: str) -> bool:
    """Letter by letter, the slash at the end included; some say an issuer without its scheme."""
    return written == issuer or ("://" not in issuer and written.partition("://")[2] == issuer)


def _claim(trust: Trust, name: str) -> tuple[str, ...]:
    return next((words for claim, words in trust.claim_patterns if claim == name), ())


def _subjects(trust: Trust) -> tuple[str, ...] | None:
    """What subjects a credential takes; None where that is not said as a text or a pattern."""
    if not trust.conditions:
        return _claim(trust, "sub")
    compared = _subject(trust)
    subjects = [one.pattern.text for one in compared or () if one.claim == "sub"]
    return tuple(subjects[:1]) or None


def _compared(trust: Trust) -> Mapping[str, Sequence[Pattern] | None]:
    """With what a credential compares claims; the very audience counts."""
    found: dict[str, list[Pattern]] = {}
    for one in _subject(trust) or ():
        found.setdefault(one.claim, []).append(one.pattern)
    return {**found, "aud": None}


def _enter(trust: Trust, assertion: Assertion) -> Entry | None:
    compared = _subject(trust)
    state, residual = _audience(trust, assertion)
    if compared is None:
        expression = trust.conditions[0].values[0] if trust.conditions else ""
        written = f": `{expression}`" if expression.isprintable() and expression else ""
        state, residual = both(state, None), (*residual, f"{_UNREADABLE}{written}")
    else:
        met = _met(compared, assertion)
        state = both(state, met)
        if met is None:
            names = sorted({f"`{one.claim}` {one.pattern.text}" for one in compared})
            residual = (*residual, _OPEN.format(", ".join(names)))
    if state is False:
        return None
    ref = StatementRef(policy_id=trust.id, index=0, layer="trust", binding_id=trust.id)
    detail = f"by the federated credential {trust.id.partition(_FEDERATED)[2]}"
    return Entry(trust.identity_id, trust.id, state, (ref,), residual, detail)


def _subject(trust: Trust) -> tuple[Comparison, ...] | None:
    """What a credential asks of the claims besides issuer and audience; None where nobody can read it."""
    flexible = [one for one in trust.conditions if one.operator == _FLEXIBLE]
    if flexible:
        return comparisons(flexible[0].values[0].strip()) if flexible[0].values else None
    subject = _claim(trust, "sub")
    return tuple(Comparison("sub", Pattern(one)) for one in subject[:1]) if subject else None


def _audience(trust: Trust, assertion: Assertion) -> tuple[Truth, tuple[str, ...]]:
    """Whether a token may be for what the credential takes: `api://AzureADTokenExchange`; other clouds have others."""
    wanted, claim = _claim(trust, "aud"), assertion.claim("aud")
    if claim is None:
        return (False, ()) if assertion.complete else (None, (_OPEN.format("`aud`"),))
    if not wanted:
        return None, (_OPEN.format("`aud`"),)
    if _EXCHANGE[0] in wanted and _ENTRA.fullmatch(trust.subject):
        wanted = (*wanted, *_EXCHANGE)
    return any(meets(claim, Pattern(one)) for one in wanted), ()


def _met(compared: tuple[Comparison, ...], assertion: Assertion) -> Truth:
    """Whether the holder can get a token that meets all comparisons."""
    asked: dict[str, list[Pattern]] = {}
    for one in compared:
        asked.setdefault(one.claim, []).append(one.pattern)
    for one in compared:
        claim = assertion.claim(one.claim)
        if claim is not None and not meets(claim, one.pattern):
            return False
    best: Truth = False
    for token in tokens(assertion, asked):
        met = holds(compared, token.values, complete=assertion.complete)
        if met is True and token.together:
            return True
        best = None if met is not False else best
    # Two patterns that each can be met, and no text was found that meets both.
    several = any(len(patterns) > 1 for patterns in asked.values())
    return None if best is False and several and not _all_exact(assertion, asked) else best


def _all_exact(assertion: Assertion, asked: dict[str, list[Pattern]]) -> bool:
    claims = [claim for name in asked if (claim := assertion.claim(name)) is not None]
    return all(one.form == "exact" for one in claims)
