"""Decisions put into words: the verdict, the statements that decided, what stayed open."""

from collections.abc import Iterable, Sequence

from nhi_scan.access.gcp.collect import Match
from nhi_scan.access.gcp.request import Request
from nhi_scan.model.access import Decision, Layer, Residual, StatementRef, Verdict

_RANKS: dict[Layer, int] = {"principal_access_boundary": 0, "deny": 1, "allow": 2}
_NAMES: dict[Layer, str] = {
    "principal_access_boundary": "principal access boundary",
    "deny": "deny policy",
    "allow": "role",
}
_LAYERS: dict[Layer, str] = {
    "principal_access_boundary": "the principal access boundaries",
    "deny": "the deny policies",
    "allow": "the allow policies",
}


def allowed(by: Sequence[Match]) -> Decision:
    """Allowed by these bindings. The one nearest to the root is named in the reason."""
    statements = references(by)
    first = _first(by)
    reason = f"role `{first.reference.policy_id}` on `{first.place}` allows it"
    return Decision(verdict=Verdict.ALLOWED, statements=statements, reason=reason)


def denied_explicitly(by: Sequence[Match]) -> Decision:
    """Denied by rules of deny policies, or by boundaries, which count as explicit too: no role helps."""
    first = _first(by)
    layer = first.reference.layer
    verb = "is not for what is asked about" if layer == "principal_access_boundary" else "denies it"
    return Decision(
        verdict=Verdict.DENIED,
        explicit=True,
        blocked_by=layer,
        statements=references(by),
        reason=f"{_NAMES[layer]} `{first.reference.policy_id}` on `{first.place}` {verb}",
    )


def denied_by_default(permission: str) -> Decision:
    """Denied because no binding gives the permission, there or above."""
    reason = f"no role there or above it gives `{permission}`"
    return Decision(verdict=Verdict.DENIED, blocked_by="allow", reason=reason)


def unseen(asked: Request) -> Decision:
    """Unknown: no binding gives the permission, and not all that may hold one were collected."""
    return Decision(verdict=Verdict.UNKNOWN, reason=f"nothing collected gives `{asked.permission}`, and {asked.gap}")


def uncollected(layer: Layer, allows: Iterable[Match] = ()) -> Decision:
    """Unknown, since policies that could change the answer were not all collected."""
    reason = f"{_LAYERS[layer]} were not all collected"
    return Decision(verdict=Verdict.UNKNOWN, statements=references(allows), reason=reason)


def conditional(allows: Sequence[Match], against: Sequence[Match]) -> Decision:
    """Allowed if what stayed open turns out well; unknown where even that cannot be said.

    Args:
        allows: bindings that allow it, or may.
        against: what must not match.
    """
    pending = [] if any(match.certain for match in allows) else list(allows)
    statements = references([*allows, *against])
    residual = _residual(pending, must=True) + _residual(against, must=False)
    # A binding that only waits for its condition makes others that nobody can read matter less.
    clear = [match for match in pending if not match.unknown]
    unreadable = [match for match in (*against, *(() if clear else pending)) if match.unknown]
    if unreadable:
        reason = min(match.unknown for match in unreadable)
        return Decision(verdict=Verdict.UNKNOWN, statements=statements, residual=residual, reason=reason)
    reason = "it depends on conditions that only the request can meet"
    return Decision(verdict=Verdict.CONDITIONAL, statements=statements, residual=residual, reason=reason)


_Order = tuple[int, str, int, str]


def _order(reference: StatementRef) -> _Order:
    return (_RANKS[reference.layer], reference.policy_id, reference.index, reference.binding_id)


def _first(matches: Sequence[Match]) -> Match:
    return min(matches, key=lambda match: _order(match.reference))


def references(matches: Iterable[Match]) -> tuple[StatementRef, ...]:
    """Return the names of statements, each once, sorted."""
    return tuple(sorted({match.reference for match in matches}, key=_order))


def _residual(matches: Iterable[Match], *, must: bool) -> tuple[Residual, ...]:
    found = {
        (_order(match.reference), condition.values): Residual(match.reference, condition, must)
        for match in matches
        for condition in match.open
    }
    return tuple([found[key] for key in sorted(found)])
