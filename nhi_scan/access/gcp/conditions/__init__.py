"""Conditions of Google Cloud's policies, three-valued.

They are written in CEL (https://cloud.google.com/iam/docs/conditions-overview). What cannot be known is unknown:
`false && unknown` is false, `true || unknown` is true. An expression that cannot be read, or that joins what does not
fit together, is unknown too, never false.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.conditions.attributes import TAGS
from nhi_scan.access.gcp.conditions.compile import compiled
from nhi_scan.access.gcp.conditions.known import Known
from nhi_scan.access.gcp.conditions.values import UNKNOWN, Value

__all__ = ["TAGS", "Known", "evaluate", "of_token", "readable", "reads"]

_REMEMBERED = 1 << 16
_Pairs = frozenset[tuple[str, str]]


def evaluate(expression: str, known: Known) -> Truth:
    """Say whether a condition is met: True, False, or None where nobody can tell.

    Answers are remembered by the expression and what it reads.

    Args:
        expression: CEL, as written; the empty one is always met, as no condition is.
        known: what is known of the request.
    """
    if not expression:
        return True
    parts = compiled(expression)
    if parts is None:
        return None
    read = parts.reads
    return _evaluate(
        expression,
        known.resource_name if "resource.name" in read else None,
        known.resource_prefix if "resource.name" in read else None,
        known.resource_type if "resource.type" in read else None,
        known.resource_service if "resource.service" in read else None,
        known.now if "request.time" in read else None,
        None if known.tags is None or TAGS not in read else frozenset(known.tags.items()),
        _stated(known.extra, read),
    )


def of_token(expression: str, token: Mapping[str, Value]) -> Value:
    """Work an expression of a pool's provider out: a text, a list, True or False; UNKNOWN where nobody can tell.

    Args:
        expression: CEL, of its attribute mapping or its condition.
        token: `assertion`, as `Claims`; for a condition also what the mapping makes of it, by name.
    """
    parts = compiled(expression)
    if parts is None:
        return UNKNOWN
    try:
        return parts.code(Known(token=token))
    except (OverflowError, ValueError, TypeError, RecursionError):  # as below
        return UNKNOWN


def readable(expression: str) -> bool:
    """Say whether a condition can be read at all; the empty one can."""
    return not expression or compiled(expression) is not None


def reads(expression: str) -> frozenset[str]:
    """Name what a condition reads: `resource.name`, `request.time`, `resource.tags`, what `api.getAttribute` asks for.

    Nothing for one that cannot be read: it is unknown whatever is known.
    """
    parts = compiled(expression) if expression else None
    return frozenset() if parts is None else parts.reads


def _stated(extra: Mapping[str, str], read: frozenset[str]) -> _Pairs:
    return frozenset((name, extra[name]) for name in extra if name in read) if extra else frozenset()


@lru_cache(maxsize=_REMEMBERED)
def _evaluate(  # noqa: PLR0913, PLR0917 - the key by which answers are remembered
    expression: str,
    name: str | None,
    prefix: str | None,
    kind: str | None,
    service: str | None,
    now: datetime | None,
    tags: _Pairs | None,
    extra: _Pairs,
) -> Truth:
    parts = compiled(expression)
    if parts is None:
        return None
    asked = Known(
        resource_name=name,
        resource_prefix=prefix,
        resource_type=kind,
        resource_service=service,
        now=now,
        tags=None if tags is None else dict(tags),
        extra=dict(extra),
    )
    try:
        answer = parts.code(asked)
    except (OverflowError, ValueError, TypeError, RecursionError):  # what an author of policies can still arrange
        return None
    return answer if isinstance(answer, bool) else None
