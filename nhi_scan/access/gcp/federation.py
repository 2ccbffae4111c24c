"""Which members of pools somebody becomes by a token of an outside issuer, or by a signed request of AWS.

A provider of a pool checks issuer and audience, makes attributes of the claims by its mapping and takes the token if
its condition holds (https://cloud.google.com/iam/docs/workload-identity-federation). Whoever is let in is every member
that policies name by an attribute that the token gives: one subject, a set, the whole pool. What such a member may
become in turn, a service account for one, Google Cloud's own graph says.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import takewhile

from nhi_scan.access.combine import Truth, both
from nhi_scan.access.federation import Entry
from nhi_scan.access.gcp.clusters import Clusters
from nhi_scan.access.gcp.conditions import of_token, reads
from nhi_scan.access.gcp.conditions.claims import ASSERTION, Claims
from nhi_scan.access.gcp.conditions.values import UNKNOWN, Beginning, Value, equal
from nhi_scan.access.gcp.members import Members
from nhi_scan.access.gcp.pools import Member, Pools, Provider, word_of
from nhi_scan.access.gcp.shown import Shown, condition_of, mapped_by, outline
from nhi_scan.access.witnesses import Pattern, meets, tokens
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import StatementRef
from nhi_scan.model.assertion import AWS, Assertion, Claim, issuer_key

_TEXT = re.compile(r"'([^'\\]*)'|\"([^\"\\]*)\"")
_NUMBERED = re.compile(r"iam\.googleapis\.com/projects/[0-9]+/")
_SCHEMES = ("https://", "//")
_SUBJECT = "google.subject"
_LONGEST_SUBJECT = 127  # bytes
_OPEN = "whether the token makes {} under the condition and the mapping of the provider"
_AUDIENCE = "whether the token is for an audience that the provider takes"


class Federation:
    """Whom tokens become. Read-only once it was made."""

    def __init__(self, inventory: Inventory, members: Members) -> None:
        """Take an inventory. It is indexed when somebody asks: it may be of one cloud alone."""
        self._inventory = inventory
        self._names = members
        self._texts: dict[int, list[str]] = {}
        self._audiences: dict[tuple[str, str, Claim | None, bool], Truth] = {}

    @cached_property
    def _pools(self) -> Pools:
        return Pools(self._inventory, self._names)

    @cached_property
    def _clusters(self) -> Clusters:
        return Clusters(self._inventory, self._names, self._pools)

    @cached_property
    def trusted_issuers(self) -> frozenset[str]:
        """See `access.engine.Engine`."""
        return frozenset(self._pools.by_issuer) | self._clusters.issuers

    def entries(self, assertion: Assertion) -> tuple[Entry, ...]:
        """See `access.engine.Engine`."""
        found: dict[tuple[str, str], Entry] = {}
        for one in self._all(assertion):
            found.setdefault((one.identity_id, one.trust_id), one)
        return tuple([found[key] for key in sorted(found)])

    def _all(self, assertion: Assertion) -> Iterator[Entry]:
        yield from self._clusters.entries(assertion)
        if not assertion.issuer:
            return  # no configuration of a holder names a member of a pool, but those of pods, which clusters know
        shown = Shown(assertion)
        for provider in self._pools.by_issuer.get(issuer_key(assertion.issuer), ()):
            yield from self._let_in(provider, shown)

    def _let_in(self, provider: Provider, shown: Shown) -> Iterator[Entry]:
        assertion = shown.assertion
        audience = self._takes(provider, assertion)
        if audience is False:
            return
        mapped = shown.mapped(provider)
        condition = shown.condition(provider, mapped)
        if condition is False or _is_no_subject(mapped.get(_SUBJECT, UNKNOWN)):
            return
        if _is_error(provider, assertion, mapped, condition):
            return
        for member, same in self._members(provider, mapped):
            state = both(condition, same)
            if state is None:
                state = _proven(provider, assertion, member)
            if state is False:
                continue
            open_ = () if state else (_OPEN.format(member.value or "a member of the pool"),)
            open_ = open_ if audience else (*open_, _AUDIENCE)
            yield Entry(
                identity_id=member.identity_id,
                trust_id=provider.id,
                state=None if open_ else True,
                statements=(StatementRef(policy_id=provider.id, index=0, layer="trust", binding_id=provider.id),),
                residual=open_,
                detail=f"by the provider {provider.id.rpartition('/')[2]} of its pool",
            )

    def _takes(self, provider: Provider, assertion: Assertion) -> Truth:
        """Do as `_audience`, once for all who can have the same audiences."""
        claim = assertion.claim("account" if provider.kind == "aws" else "aud")
        key = (provider.id, assertion.issuer, claim, assertion.complete)
        if key not in self._audiences:
            self._audiences[key] = _audience(provider, assertion)
        return self._audiences[key]

    def _members(self, provider: Provider, mapped: Mapping[str, Value]) -> Iterator[tuple[Member, Truth]]:
        """The members of the pool that a token may give, and whether it surely does."""
        pool = self._pools.pool(provider.pool)
        for identity_id in pool.whole:
            yield Member(identity_id, ""), True
        for attribute in provider.mapping:
            known = pool.by_attribute.get(word_of(attribute))
            if known is None:
                continue
            value = mapped[attribute]
            near = self._beginning(known, value.text) if isinstance(value, Beginning) else known
            for text, same in _chosen(near, value):
                for identity_id in known[text]:
                    yield Member(identity_id, attribute, text), same

    def _beginning(self, known: dict[str, list[str]], head: str) -> dict[str, list[str]]:
        """Of the values that policies name of a pool's members, those that begin like this."""
        texts = self._texts.get(id(known))  # the pools stay
        if texts is None:
            texts = self._texts[id(known)] = sorted(known)
        found = (texts[place] for place in range(bisect_left(texts, head), len(texts)))
        return {text: known[text] for text in takewhile(lambda text: text.startswith(head), found)}


def _chosen(known: Mapping[str, object], value: Value) -> Iterator[tuple[str, Truth]]:
    """Of the values that policies name, those that an attribute has or may have."""
    if isinstance(value, str):
        if value in known:
            yield value, True
    elif isinstance(value, list):
        for text in known:
            answers = [equal(text, one) for one in value]
            if True in answers or UNKNOWN in answers:
                yield text, True if True in answers else None
    else:
        for text in known:
            if not isinstance(value, Beginning) or value.may_be(text):
                yield text, None


def _is_no_subject(subject: Value) -> bool:
    """Say whether what a mapping makes surely is no subject: that is a text, of 127 bytes at most.

    https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers#WorkloadIdentityPoolProvider
    """
    text = subject.text if isinstance(subject, Beginning) else subject
    if isinstance(text, str):
        return len(text.encode("utf-8", "replace")) > _LONGEST_SUBJECT
    return text is not UNKNOWN


def _is_error(provider: Provider, assertion: Assertion, mapped: Mapping[str, Value], condition: Truth) -> bool:
    """Say whether the condition, or the subject, asks for a claim that no token of the holder has: that is refused.

    So it is where everything else is known and some value in place of the claim would give an answer.
    """
    open_ = any(one.form != "exact" for one in assertion.claims)
    if not assertion.complete or open_:
        return False
    missing = condition is None and _answers_with(provider, provider.condition, assertion)
    subject = provider.mapping.get(_SUBJECT, "")
    return missing or (mapped.get(_SUBJECT) is UNKNOWN and _answers_with(provider, subject, assertion))


def _answers_with(provider: Provider, expression: str, assertion: Assertion) -> bool:
    read = {name for each in (expression, *provider.mapping.values()) for name in reads(each)}
    absent = {
        name.removeprefix(f"{ASSERTION}.")
        for name in read
        if name.startswith(f"{ASSERTION}.") and assertion.claim(name.removeprefix(f"{ASSERTION}.")) is None
    }
    fillings: tuple[Value, ...] = ("", [])
    for filling in fillings:
        values = {**outline(assertion).values, **dict.fromkeys(absent, filling)}
        if of_token(expression, mapped_by(provider, Claims(values, complete=True))) is not UNKNOWN:
            return bool(absent)
    return False


def _proven(provider: Provider, assertion: Assertion, member: Member) -> Truth:
    """Make tokens up that the holder can get, and see whether one of them gives the member."""
    open_ = [one for one in assertion.claims if one.form != "exact"]
    if not open_:
        return None
    expressions = (provider.condition, provider.mapping.get(member.attribute, ""), *provider.mapping.values())
    wanted = _patterns(expressions, member.value)
    read = {name for each in expressions for name in reads(each)}
    asked = {one.name: wanted if _is_read(one.name, read) else [] for one in open_}
    asked = {name: patterns for name, patterns in asked.items() if patterns}
    whole = outline(assertion)
    for token in tokens(assertion, asked):
        values = {**whole.values, **{name: texts[0] for name, texts in token.claims if name in asked}}
        mapped = mapped_by(provider, Claims(values, assertion.complete))
        state = both(condition_of(provider, mapped), _gives(mapped, member))
        if state is True and token.together:
            return True
    return None


def _is_read(claim: str, read: Iterable[str]) -> bool:
    """Whether an expression reads a claim, also where it asks for it by a text: then only `assertion` is named."""
    return any(name in {ASSERTION, f"{ASSERTION}.{claim}"} for name in read)


def _gives(mapped: Mapping[str, Value], member: Member) -> Truth:
    if not member.attribute:
        return True
    found = [same for text, same in _chosen({member.value: None}, mapped.get(member.attribute, UNKNOWN))]
    return found[0] if found else False


@lru_cache(maxsize=1 << 12)
def _patterns(expressions: tuple[str, ...], wanted: str) -> list[Pattern]:
    """What a claim may have to be like: the member's value, and the texts of the expressions, whole or in part."""
    texts = [one or other for each in dict.fromkeys(expressions) for one, other in _TEXT.findall(each)]
    exact = [text for text in dict.fromkeys([wanted, *texts]) if text]
    return [
        *[Pattern(text) for text in exact],
        *[Pattern(form.format(text), "*") for text in exact if "*" not in text for form in ("{}*", "*{}*", "*{}")],
    ]


def _audience(provider: Provider, assertion: Assertion) -> Truth:
    """Whether a token may be for an audience that a provider takes: by default its own name.

    https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers#oidc
    """
    if provider.kind == "aws":
        account = assertion.claim("account")
        if issuer_key(assertion.issuer) != issuer_key(AWS) or account is None:
            return False
        return provider.issuer in account.values
    if provider.kind != "oidc" or provider.workforce:
        return None
    claim = assertion.claim("aud")
    if claim is None:
        return False if assertion.complete else None
    return (
        any(meets(claim, Pattern(one)) for one in provider.audiences) if provider.audiences else _own(provider, claim)
    )


def _own(provider: Provider, claim: Claim) -> Truth:
    """Whether an audience may be the provider's own name; its project stands in it by number."""
    numbered = [name for name in provider.names if _NUMBERED.match(name)]
    if numbered:
        return any(meets(claim, Pattern(f"{scheme}{name}")) for name in numbered for scheme in _SCHEMES)
    if claim.form == "any":
        return True
    tail = provider.names[0].partition("/locations/")[2]
    named = (one.partition("//")[2] for one in claim.values if one.startswith(_SCHEMES))
    return None if any(_NUMBERED.match(one) and one.endswith(f"/locations/{tail}") for one in named) else False
