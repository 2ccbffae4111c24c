"""Decisions put into words: the verdict, the statements that decided, what stayed open."""

from collections.abc import Iterable

from nhi_scan.access.collect import Match
from nhi_scan.model.access import Decision, Layer, Residual, StatementRef, Verdict

_ORDER: tuple[Layer, ...] = (
    "scp",
    "rcp",
    "endpoint",
    "boundary",
    "session",
    "identity",
    "trust",
    "resource",
    "public_access_block",
)
_NAMES: dict[Layer, str] = {
    "identity": "an identity policy",
    "boundary": "the permissions boundary",
    "session": "the session policy",
    "scp": "a service control policy",
    "rcp": "a resource control policy",
    "resource": "the resource policy",
    "trust": "the role's trust policy",
    "endpoint": "the VPC endpoint policy",
    "public_access_block": "S3 Block Public Access",
}
_NOT_ALLOWED: dict[Layer, str] = {
    "identity": "no policy allows it",
    "boundary": "the permissions boundary does not allow it",
    "session": "the session policy does not allow it",
    "scp": "no service control policy allows it at one of the levels",
    "resource": "no resource policy allows it",
    "trust": "the role's trust policy does not allow it",
    "endpoint": "the VPC endpoint policy does not allow it",
    "public_access_block": "S3 Block Public Access shuts out whom the public bucket policy lets in",
}


def allowed(by: Iterable[Match]) -> Decision:
    """Allowed by these statements; by none where AWS asks for no permission or the root user needs none."""
    statements = _references(by)
    reason = f"allowed by {_NAMES[statements[0].layer]}" if statements else "allowed without a policy"
    return Decision(verdict=Verdict.ALLOWED, statements=statements, reason=reason)


def denied_explicitly(by: Iterable[Match]) -> Decision:
    """Denied by these statements. The layer to blame is the outermost."""
    statements = _references(by)
    layer = min((reference.layer for reference in statements), key=_ORDER.index)
    return Decision(
        verdict=Verdict.DENIED,
        explicit=True,
        blocked_by=layer,
        statements=statements,
        reason=f"denied by {_NAMES[layer]}",
    )


def denied_by_default(layer: Layer) -> Decision:
    """Denied because a layer does not allow it."""
    return Decision(verdict=Verdict.DENIED, blocked_by=layer, reason=_NOT_ALLOWED.get(layer, "no policy allows it"))


def conditional(allows: Iterable[Match], denies: Iterable[Match], certain: Iterable[Match]) -> Decision:
    """Allowed if what stayed open turns out well; unknown where even that cannot be said.

    Args:
        allows: allowing statements of which one would be needed.
        denies: denying statements that must not match.
        certain: statements that surely allow it, as far as they reach.
    """
    wanted, unwanted = list(allows), list(denies)
    unreadable = [match for match in (*wanted, *unwanted) if match.unreadable]
    residual = {
        Residual(match.reference(), condition, must)
        for matches, must in ((wanted, True), (unwanted, False))
        for match in matches
        for condition in match.open
    }
    ordered = tuple(sorted(residual, key=_residual_key))
    statements = _references([*wanted, *unwanted, *certain])
    if unreadable:
        first = unreadable[0]
        why = first.statement.malformed or "it has no text or an unknown condition operator"
        return Decision(
            verdict=Verdict.UNKNOWN,
            statements=statements,
            residual=ordered,
            reason=f"{_NAMES[first.layer]} cannot be read: {why}",
        )
    reason = "it depends on conditions that only the request can meet"
    return Decision(verdict=Verdict.CONDITIONAL, statements=statements, residual=ordered, reason=reason)


def _references(matches: Iterable[Match]) -> tuple[StatementRef, ...]:
    references = {match.reference() for match in matches}
    return tuple(sorted(references, key=_reference_key)) if len(references) > 1 else tuple(references)


def _reference_key(reference: StatementRef) -> tuple[int, str, int, str]:
    return (_ORDER.index(reference.layer), reference.policy_id, reference.index, reference.sid)


def _residual_key(residual: Residual) -> tuple[bool, tuple[int, str, int, str], str, str, tuple[str, ...]]:
    condition = residual.condition
    return (
        not residual.must,
        _reference_key(residual.statement),
        condition.operator,
        condition.key,
        condition.values,
    )
