"""Policy unit tests: one request with its policies a line, one decision a line, by the evaluator used everywhere else.

The vocabulary is that of SimulateCustomPolicy, extended to all layers evaluated here:
https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
"""

import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from nhi_scan.access.aws.context import Context
from nhi_scan.access.aws.evaluate import decide
from nhi_scan.access.aws.layers import BLOCK_SETTINGS, Layers, PublicAccessBlock, public_access_block
from nhi_scan.access.aws.principal import Principal, parse_principal
from nhi_scan.access.aws.request import Request
from nhi_scan.access.match import has_wildcard
from nhi_scan.model.access import Decision, Residual, StatementRef, Verdict
from nhi_scan.model.errors import UserError
from nhi_scan.model.policy import Policy, PolicyKind
from nhi_scan.providers.aws.policy import literal, parse_document
from nhi_scan.snapshot import codec

DECISIONS = ("allowed", "conditional", "explicit_deny", "implicit_deny")
"""The words of `decision` and `expected`."""

_SIMILAR = 0.87  # `identity_policy` is meant to be `identity_policies`, `source` is not meant to be `resource`
_REMARKABLE = 3  # letters of which a shortened name has more: `expect`
_ACCOUNT_DIGITS = 12
_KINDS: dict[str, PolicyKind] = {
    "identity_policies": "identity",
    "permission_boundaries": "boundary",
    "session_policy": "session",
    "scps": "guardrail",
    "rcps": "resource",
    "resource_policy": "resource",
    "vpc_endpoint_policies": "endpoint",
}
_NAMES_ITS_PRINCIPAL = frozenset({"rcps", "resource_policy", "vpc_endpoint_policies"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line, its `session_policy` and `resource_policy` left aside: the codec knows no Raw that may be missing."""

    principal: str  # an ARN, `anonymous` or a service
    action: str
    resource: str | None = "*"
    resource_account: str | int | None = None  # None: as the ARN says, else the principal's
    context: dict[str, Any] | None = None  # condition key to value or values
    context_complete: bool | None = True  # False: a key that is not in `context` is unknown, not absent
    identity_policies: list[codec.Raw] | None = None
    permission_boundaries: list[codec.Raw] | None = None  # None: the principal has none
    scps: list[list[codec.Raw]] | None = None  # per level, root first
    rcps: list[list[codec.Raw]] | None = None  # per level, root first; RCPFullAWSAccess is implied
    vpc_endpoint_policies: list[codec.Raw] | None = None  # None: not through an endpoint
    s3_public_access_block: dict[str, bool] | None = None  # S3's names of the settings
    name: str | None = None
    expected: str | None = None


_KEYS = (*[member.name for member in fields(Case)], "session_policy", "resource_policy")

Members = dict[str, codec.Raw]


def simulate_lines(
    lines: Iterable[bytes | str],
    *,
    now: datetime | None = None,
    strict: bool = False,
) -> Iterator[dict[str, Any]]:
    """Decide every line, in order. A fault in a line is that line's `error`; the rest goes on.

    Args:
        lines: JSON objects, one a line; blank lines are passed over.
        now: decides the time keys of lines whose context is not complete; None leaves them open.
        strict: read open conditions as not met.

    Yields:
        `name`, `decision`, `blocked_by`, `statements`, `residual_conditions`, `expected` and `ok` (None where nothing
        was expected); where the line has a fault `name`, `error`, `expected` and `ok` (False).
    """
    collecting = gc.isenabled()
    gc.disable()  # a third of the time, and statements hold no cycles
    try:
        for number, line in enumerate(lines, 1):
            raw = line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line
            if raw.strip():
                yield _line(raw, f"line {number}", now=now, strict=strict)
    finally:
        if collecting:
            gc.enable()


def _line(raw: bytes, place: str, *, now: datetime | None, strict: bool) -> dict[str, Any]:
    name, expected = place, None
    try:
        given = _members(raw)
        name, expected = _label(given, "name") or place, _label(given, "expected")
        for key in given:
            if key not in _KEYS:
                _check_unknown(key)
        case = _case(raw)
        decision = decide(_request(case, now), _layers(case, given), strict=strict)
        word = _word(decision)
    except UserError as fault:
        return {"name": name, "error": str(fault), "expected": expected, "ok": False}
    return {
        "name": name,
        "decision": word,
        "blocked_by": decision.blocked_by,
        "statements": [_reference(reference) for reference in decision.statements],
        "residual_conditions": [_residual(residual) for residual in decision.residual],
        "expected": expected,
        "ok": None if expected is None else word == expected,
    }


def _word(decision: Decision) -> str:
    if decision.verdict is Verdict.UNKNOWN:
        raise UserError(decision.reason)
    if decision.verdict is Verdict.DENIED:
        return "explicit_deny" if decision.explicit else "implicit_deny"
    return "allowed" if decision.verdict is Verdict.ALLOWED else "conditional"


def _reference(reference: StatementRef) -> dict[str, Any]:
    return {
        "layer": reference.layer,
        "policy": reference.policy_id,
        "statement": reference.index,
        "sid": reference.sid,
    }


def _residual(residual: Residual) -> dict[str, Any]:
    condition = residual.condition
    return {
        **_reference(residual.statement),
        "condition": {condition.operator: {condition.key: list(condition.values)}},
        "must": residual.must,
    }


def _members(raw: bytes) -> Members:
    try:
        return codec.decode(raw, Members)
    except codec.CodecError as fault:
        raise UserError(f"the line is not a JSON object: {fault}") from fault


@lru_cache(maxsize=256)
def _check_unknown(key: str) -> None:
    """Remarks may stand beside a request; a slip of the pen in a name would silently change the question."""
    word = key.lower().replace("-", "_")
    begun = [known for known in _KEYS if known.startswith(word)] if len(word) > _REMARKABLE else []
    meant = begun or get_close_matches(word, _KEYS, n=1, cutoff=_SIMILAR)
    if meant:
        raise UserError(f"unknown key `{key}`: did you mean `{meant[0]}`?")


def _label(given: Members, key: str) -> str | None:
    """A text by which the line is known even where the rest of it is at fault."""
    try:
        return codec.decode(bytes(given[key]), str | None) if key in given else None  # type: ignore[arg-type]
    except codec.CodecError as fault:
        raise UserError(f"`{key}` is not a string") from fault


def _case(raw: bytes) -> Case:
    try:
        case = codec.decode(raw, Case)
    except codec.CodecError as fault:
        raise UserError(f"{fault}".replace("`$.", "`")) from fault
    if case.expected is not None and case.expected not in DECISIONS:
        raise UserError(f"`expected` is `{case.expected}`, which is none of {', '.join(DECISIONS)}")
    return case


def _request(case: Case, now: datetime | None) -> Request:
    service, colon, name = case.action.partition(":")
    if not (service and colon and name) or has_wildcard(case.action):
        raise UserError(f"`action` is `{case.action}`, which is not one action such as `s3:GetObject`")
    known = Context(values=_context(case), complete=case.context_complete is not False, now=now)
    return Request(
        principal=_identified(parse_principal(case.principal), known),
        action=case.action,
        resource=case.resource or "*",
        resource_account=_account(case.resource_account),
        context=known,
    )


def _account(number: str | int | None) -> str | None:
    return str(number).zfill(_ACCOUNT_DIGITS) if isinstance(number, int) else number


def _context(case: Case) -> dict[str, tuple[str, ...]]:
    return {
        key.lower(): tuple([_literal(key, item) for item in (value if isinstance(value, list) else [value])])
        for key, value in (case.context or {}).items()
        if value is not None
    }


def _literal(key: str, value: object) -> str:
    text = literal(value)
    if text is None:
        raise UserError(f"`context.{key}` has a value that is not a string, number or boolean")
    return text


def _identified(principal: Principal, known: Context) -> Principal:
    """A unique id that the context tells lets `AIDA...` and `AROA...` principals be recognised."""
    user_id = known.values.get("aws:userid")
    if not user_id or not principal.in_account:
        return principal
    return replace(principal, unique_id=user_id[0].partition(":")[0])


def _layers(case: Case, given: Members) -> Layers:
    return Layers(
        identity=_policies(case.identity_policies or (), "identity_policies"),
        boundary=_policies(case.permission_boundaries or (), "permission_boundaries") or None,
        session=_policies(_given(given, "session_policy"), "session_policy") or None,
        scps=_levels(case.scps, "scps"),
        rcps=_levels(case.rcps, "rcps"),
        resource=next(iter(_policies(_given(given, "resource_policy"), "resource_policy")), None),
        endpoint=_policies(case.vpc_endpoint_policies or (), "vpc_endpoint_policies") or None,
        public_access=_public_access(case.s3_public_access_block),
    )


def _given(given: Members, key: str) -> tuple[codec.Raw, ...]:
    return (given[key],) if key in given and bytes(given[key]) != b"null" else ()


def _levels(levels: list[list[codec.Raw]] | None, key: str) -> tuple[tuple[Policy, ...], ...]:
    return tuple([_policies(level, key, f"{key}[{index}]") for index, level in enumerate(levels or ())])


def _policies(documents: Iterable[codec.Raw], key: str, place: str = "") -> tuple[Policy, ...]:
    single = key in ("session_policy", "resource_policy")
    return tuple(
        [_policy(bytes(raw), key, key if single else f"{place or key}[{index}]") for index, raw in enumerate(documents)]
    )


@lru_cache(maxsize=1 << 14)
def _policy(raw: bytes, key: str, place: str) -> Policy:
    """Read a policy as AWS would take it in its place.

    Raises:
        UserError: AWS would refuse it.
    """
    parsed = parse_document(raw)
    if parsed.malformed:
        raise UserError(f"`{place}`: {parsed.malformed}")
    for statement in parsed.statements:
        at = f"`{place}`, statement {statement.index}"
        if statement.malformed:
            raise UserError(f"{at}: {statement.malformed}")
        if key in _NAMES_ITS_PRINCIPAL:
            continue
        if statement.principals or statement.not_principals:
            raise UserError(f"{at}: a policy of this kind names no principal")
        if not statement.resources and not statement.not_resources:
            raise UserError(f"{at}: there must be one of `Resource` and `NotResource`")
    return Policy(
        id=place,
        provider="aws",
        kind=_KINDS[key],
        name=place,
        scope_id="",
        statements=parsed.statements,
        version=parsed.version,
    )


def _public_access(settings: dict[str, bool] | None) -> PublicAccessBlock | None:
    if settings is None:
        return None
    for name in settings:
        if name not in BLOCK_SETTINGS:
            raise UserError(f"`s3_public_access_block`: unknown setting `{name}`")
    return public_access_block(settings)
