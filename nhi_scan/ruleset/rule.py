"""What a rule is, after it was read: plain data, checked against the facts that exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nhi_scan.model.finding import Confidence, Reference, Severity, SubjectKind

Scalar = bool | int | str
Value = Scalar | tuple[Scalar, ...]

Operator = Literal["is", "is_not", "in", "not_in", "at_least", "at_most", "more_than", "less_than", "matches"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name` in a rule: replaced by the rule's value, or by the user's."""

    name: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact held against one value. Unknown where the fact is unknown."""

    fact: str  # `credential.idle_days`
    operator: Operator
    value: Value | Parameter
    path: str  # where it stands in the file: `when.all[0]`; for error sentences


@dataclass(frozen=True, slots=True)
class All:
    """True where every part is; false where one is false, however unknown the rest."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Any:
    """True where one part is, however unknown the rest; false where every part is."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True where the part is false; unknown where it is unknown."""

    part: "Expression"


Expression = Comparison | All | Any | Not


@dataclass(frozen=True, slots=True)
class ConfidenceDrop:
    """What makes a finding less than certain."""

    to: Confidence
    when: Expression


@dataclass(frozen=True, slots=True)
class Case:
    """One example of a rule: facts of one subject and what the rule has to say about it."""

    name: str
    expect: Literal["finding", "quiet", "unknown"]
    facts: Mapping[str, Scalar | None]  # full fact name -> value; None, or a fact left out, is unknown
    params: Mapping[str, Value] = field(default_factory=dict)
    message: str = ""  # where given, the exact message of the finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One question asked of every subject of a kind."""

    id: str  # equals the file's stem
    title: str  # one sentence, no names in it
    question: str  # the folder: `lifecycle`, `privilege`, ...
    subject: SubjectKind
    severity: Severity
    confidence: Confidence = Confidence.HIGH
    confidence_drops: tuple[ConfidenceDrop, ...] = ()  # the lowest that applies wins
    why: str  # what can happen if it stays
    references: tuple[Reference, ...]  # of every provider
    references_by: Mapping[str, tuple[Reference, ...]] = field(default_factory=dict)  # those that concern a provider
    params: Mapping[str, Value] = field(default_factory=dict)  # sorted by name
    when: Expression
    identity_of_finding: tuple[str, ...] = ()  # facts that belong to the fingerprint beside rule and subject
    message: str  # a template over facts and params
    messages: Mapping[str, str] = field(default_factory=dict)  # provider -> its template, where it differs
    remediation: str  # a template; `{fact!sh}` quotes a value for a POSIX shell; that of every provider, with headings
    remedies: Mapping[str, str] = field(default_factory=dict)  # provider -> its template, where it differs
    evidence: tuple[str, ...] = ()  # names of evidence builders
    aliases: tuple[str, ...] = ()  # ids it had before, so that waivers and overrides still find it
    cases: tuple[Case, ...] = ()
    source: str = ""  # the file it was read from, as the user knows it

    def said(self, provider: str) -> str:
        """The template of the message about a subject of a provider."""
        return self.messages.get(provider, self.message)

    def remedy(self, provider: str) -> str:
        """The template of the fix for a subject of a provider."""
        return self.remedies.get(provider, self.remediation)

    def references_for(self, provider: str) -> tuple[Reference, ...]:
        """What backs a finding about a subject of a provider: no other cloud's benchmark."""
        return self.references_by.get(provider, self.references)
