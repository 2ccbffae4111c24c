"""AWS policy documents, from JSON to statements. Pure: what a statement *means* is the evaluator's business.

Follows the grammar of the IAM JSON policy language
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html):

- Element names and the two effects are case-sensitive: the service refuses `statement` or `allow`. Whatever is not in
  the grammar makes its statement `malformed`, and a malformed statement decides "unknown", never "nothing".
- An element may not occur twice in one block. JSON readers keep the last of two equal keys, and so does this one.
- Numbers and booleans need no quotation marks; they become the text they stand for (`5`, `true`).
- A document without `Version` is of 2008-10-17.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any, Literal
from urllib.parse import unquote

from nhi_scan.model.policy import Condition, Effect, PrincipalPattern, Statement
from nhi_scan.snapshot import codec

DEFAULT_VERSION = "2008-10-17"
"""Language version of a document that does not say.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
"""

_VERSIONS = (DEFAULT_VERSION, "2012-10-17")  # compared one by one: a document may hold what cannot be hashed
_DOCUMENT_ELEMENTS = frozenset({"Version", "Id", "Statement"})
_STATEMENT_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
    },
)
_EFFECTS = {"Allow": Effect.ALLOW, "Deny": Effect.DENY}
_ANYONE = PrincipalPattern("any", "*")
_PRINCIPAL_KINDS: dict[str, Literal["aws", "service", "federated", "canonical_user"]] = {
    "AWS": "aws",
    "Service": "service",
    "Federated": "federated",
    "CanonicalUser": "canonical_user",
}
_STAR = ("*",)
_MAX_NAME = 60  # characters of an attacker's element name that a sentence repeats
_ACCOUNT_DIGITS = 12


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A policy document as statements, and why it could not be read where it could not."""

    statements: tuple[Statement, ...] = ()
    version: str = DEFAULT_VERSION
    malformed: str = ""  # not empty: statements may be missing, so what the document says is unknown


class _MalformedError(ValueError):
    """An element is not what the grammar says; the message names it."""


def parse_document(document: bytes | str | Mapping[str, Any]) -> ParsedDocument:
    """Read a policy document; never raises, whatever the document holds.

    Equal documents give the same `ParsedDocument` object, so that everything which is computed from statements can be
    shared by identity.

    Args:
        document: JSON bytes; JSON text, also URL-encoded as the IAM API sends it; or the decoded object. Bytes that
            hold a JSON string are read as the document in that string (SQS and SNS attributes are of this kind).
    """
    if isinstance(document, bytes):
        return _parse_bytes(document)
    if isinstance(document, str):
        return _parse_bytes(_json_text(document))
    try:
        raw = codec.encode(document)
    except (TypeError, ValueError, RecursionError):
        return ParsedDocument(malformed="the document is not JSON")
    return _parse_bytes(raw)


class Documents:
    """The documents of one run, each distinct one parsed once. Drop it when the run is over: it keeps their bytes."""

    __slots__ = ("_parsed",)

    def __init__(self) -> None:
        self._parsed: dict[bytes, ParsedDocument] = {}

    def parse(self, raw: bytes) -> ParsedDocument:
        """Read a document as `parse_document` does; the same bytes give the same object."""
        parsed = self._parsed.get(raw)
        if parsed is None:
            parsed = self._parsed[raw] = _read(raw)
        return parsed


def _read(raw: bytes) -> ParsedDocument:
    try:
        value = codec.decode_any(raw)
        if isinstance(value, str):
            value = codec.decode_any(_json_text(value))
    except codec.CodecError as fault:
        return ParsedDocument(malformed=f"the document is not JSON: {fault}")
    return _document(value)


_parse_bytes = lru_cache(maxsize=4096)(_read)


def _json_text(text: str) -> bytes:
    stripped = text.strip()
    return (unquote(stripped) if stripped[:1] == "%" else stripped).encode("utf-8", "replace")


def _document(value: object) -> ParsedDocument:
    if not isinstance(value, dict):
        return ParsedDocument(malformed="not an object")
    malformed = ""
    for name in value:
        if name not in _DOCUMENT_ELEMENTS:
            malformed = f"unknown element `{name[:_MAX_NAME]}`"
    version = value.get("Version", DEFAULT_VERSION)
    if version not in _VERSIONS:
        version, malformed = DEFAULT_VERSION, "unknown `Version`"
    entries = value.get("Statement")
    if isinstance(entries, dict):
        entries = [entries]
    if not isinstance(entries, list):
        return ParsedDocument(version=version, malformed=malformed or "`Statement` is missing or not a list")
    statements = tuple([_statement(index, entry) for index, entry in enumerate(entries)])
    return ParsedDocument(statements, version, malformed)


def _statement(index: int, value: object) -> Statement:
    if not isinstance(value, dict):
        return Statement(effect=Effect.ALLOW, index=index, malformed="the statement is not an object")
    written = value.get("Sid", "")
    sid = written if isinstance(written, str) else ""
    word = value.get("Effect")
    effect = _EFFECTS.get(word, Effect.ALLOW) if isinstance(word, str) else Effect.ALLOW
    try:
        _check_elements(value)
        return Statement(
            sid=sid,
            effect=effect,
            actions=_strings(value, "Action") if "Action" in value else (),
            not_actions=_strings(value, "NotAction") if "NotAction" in value else (),
            resources=_strings(value, "Resource") if "Resource" in value else (),
            not_resources=_strings(value, "NotResource") if "NotResource" in value else (),
            principals=_principals(value, "Principal") if "Principal" in value else (),
            not_principals=_principals(value, "NotPrincipal") if "NotPrincipal" in value else (),
            conditions=_conditions(value["Condition"]) if "Condition" in value else (),
            index=index,
        )
    except _MalformedError as fault:
        return Statement(sid=sid, effect=effect, index=index, malformed=str(fault))


def _check_elements(value: dict[str, Any]) -> None:
    if not value.keys() <= _STATEMENT_ELEMENTS:
        name = min(value.keys() - _STATEMENT_ELEMENTS)
        raise _MalformedError(f"unknown element `{name[:_MAX_NAME]}`")
    if value.get("Effect") not in ("Allow", "Deny"):
        raise _MalformedError("`Effect` is neither `Allow` nor `Deny`")
    if not isinstance(value.get("Sid", ""), str):
        raise _MalformedError("`Sid` is not a string")
    if ("Action" in value) == ("NotAction" in value):
        raise _MalformedError("there must be one of `Action` and `NotAction`")
    if "NotResource" in value and "Resource" in value:
        raise _MalformedError("`Resource` and `NotResource` exclude each other")
    if "NotPrincipal" in value and "Principal" in value:
        raise _MalformedError("`Principal` and `NotPrincipal` exclude each other")


def _strings(value: dict[str, Any], name: str) -> tuple[str, ...]:
    entry = value[name]
    if isinstance(entry, str):
        return _STAR if entry == "*" else (intern(entry),)
    # An empty list is not in the grammar, and as a tuple it could not be told from an element that is absent.
    if not isinstance(entry, list) or not entry:
        raise _MalformedError(f"`{name}` is neither a string nor a list of strings")
    try:
        return tuple([intern(item) for item in entry])
    except TypeError:
        raise _MalformedError(f"`{name}` holds something that is not a string") from None


def _principals(value: dict[str, Any], name: str) -> tuple[PrincipalPattern, ...]:
    entry = value[name]
    if entry == "*":
        return (_ANYONE,)
    if not isinstance(entry, dict) or not entry:
        raise _MalformedError(f"`{name}` is neither `*` nor an object")
    patterns: list[PrincipalPattern] = []
    for word, subjects in entry.items():
        kind = _PRINCIPAL_KINDS.get(word)
        if kind is None:
            raise _MalformedError(f"unknown kind of principal `{word[:_MAX_NAME]}`")
        listed = subjects if isinstance(subjects, list) else [subjects]
        patterns += [_principal(kind, subject, name) for subject in listed]
    if not patterns:
        raise _MalformedError(f"`{name}` is empty")
    return tuple(patterns)


def _principal(
    kind: Literal["aws", "service", "federated", "canonical_user"],
    subject: object,
    name: str,
) -> PrincipalPattern:
    if isinstance(subject, int) and not isinstance(subject, bool) and kind == "aws":
        return PrincipalPattern(kind, str(subject).zfill(_ACCOUNT_DIGITS))
    if not isinstance(subject, str) or not subject:
        raise _MalformedError(f"`{name}` holds something that is not a string")
    # `{"AWS": "*"}` and `"*"` mean the same:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
    return _ANYONE if kind == "aws" and subject == "*" else PrincipalPattern(kind, subject)


def _conditions(value: object) -> tuple[Condition, ...]:
    if not isinstance(value, dict):
        raise _MalformedError("`Condition` is not an object")
    conditions: list[Condition] = []
    for operator, tests in value.items():
        if not isinstance(tests, dict):
            raise _MalformedError(f"condition operator `{operator[:_MAX_NAME]}` does not hold an object")
        for key, wanted in tests.items():
            conditions.append(Condition(intern(operator), intern(key), _condition_values(key, wanted)))
    return tuple(conditions)


def _condition_values(key: str, wanted: object) -> tuple[str, ...]:
    if isinstance(wanted, str):
        return (wanted,)
    listed = wanted if isinstance(wanted, list) else [wanted]
    return tuple([_literal(key, item) for item in listed])


def _literal(key: str, value: object) -> str:
    text = literal(value)
    if text is None:
        raise _MalformedError(f"condition key `{key[:_MAX_NAME]}` has a value that is not a string, number or boolean")
    return text


def literal(value: object) -> str | None:
    """The text that a string, number or boolean stands for; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, int | float) else None
