"""Decisions put into words: the verdict, the statements that decided, what stayed open."""

from collections.abc import Iterable

from nhi_scan.access.aws.collect import Match
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
_RANKS = {layer: rank for rank, layer in enumerate(_ORDER)}
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
    layer = min((reference.layer for reference in statements), key=_RANKS.__getitem__)
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
    ordered = _residual(wanted, must=True) + _residual(unwanted, must=False)
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


_Place = tuple[int, str, int, str]


def _place(match: Match) -> _Place:
    statement = match.statement
    return (_RANKS[match.layer], match.policy_id, statement.index, statement.sid)


def _references(matches: Iterable[Match]) -> tuple[StatementRef, ...]:
    placed = {_place(match): match for match in matches}
    return tuple([placed[place].reference() for place in sorted(placed)])


def _residual(matches: Iterable[Match], *, must: bool) -> tuple[Residual, ...]:
    placed = {
        (_place(match), condition.operator, condition.key, condition.values): (match, condition)
        for match in matches
        for condition in match.open
    }
    found = [placed[place] for place in sorted(placed)]
    return tuple([Residual(match.reference(), condition, must) for match, condition in found])
