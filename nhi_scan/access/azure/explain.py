"""Decisions put into words: the verdict, the statements that decided, what stayed open."""

from collections.abc import Iterable, Sequence

from nhi_scan.access.azure.collect import Match
from nhi_scan.access.azure.layers import Layers
from nhi_scan.access.azure.request import Request
from nhi_scan.model.access import Decision, Layer, Residual, StatementRef, Verdict

_RANKS: dict[Layer, int] = {"deny": 0, "allow": 1}


def allowed(by: Sequence[Match], layers: Layers, unguarded: str = "") -> Decision:
    """Allowed by these assignments. The one nearest to the root is named in the reason, and whose it is."""
    first = min(by, key=lambda match: (match.place.count("/"), _order(match.reference)))
    group = layers.groups.get(first.principal)
    whose = f" of group `{group.name}`" if group is not None else ""
    reason = f"role `{_name(first, layers)}`{whose} on `{first.place}` allows it"
    if unguarded:
        reason = f"{reason}; {unguarded}"
    return Decision(verdict=Verdict.ALLOWED, statements=references(by), reason=reason)


def denied_explicitly(by: Sequence[Match], layers: Layers) -> Decision:
    """Denied by deny assignments."""
    first = min(by, key=lambda match: _order(match.reference))
    return Decision(
        verdict=Verdict.DENIED,
        explicit=True,
        blocked_by="deny",
        statements=references(by),
        reason=f"deny assignment `{_name(first, layers)}` on `{first.place}` denies it",
    )


def denied_by_default(action: str) -> Decision:
    """Denied because no assignment gives the action, there or above."""
    reason = f"no role there or above it gives `{action}`"
    return Decision(verdict=Verdict.DENIED, blocked_by="allow", reason=reason)


def unseen(asked: Request) -> Decision:
    """Unknown: no assignment gives the action, and not all that may were collected."""
    return Decision(verdict=Verdict.UNKNOWN, reason=f"nothing collected gives `{asked.action}`, and {asked.gap}")


def deleted() -> Decision:
    """Denied because who asks is no more."""
    return Decision(verdict=Verdict.DENIED, blocked_by="allow", reason="the identity is deleted")


def unplaced(action: str, planes: Sequence[str], answers: Sequence[Decision]) -> Decision:
    """Unknown: the action may be of several planes, and the answer is not the same in each."""
    statements = tuple(sorted({one for each in answers for one in each.statements}, key=_order))
    residual = tuple(one for each in answers for one in each.residual)
    reason = f"nothing tells whether `{action}` is of the {' or of the '.join(planes)} plane"
    return Decision(verdict=Verdict.UNKNOWN, statements=statements, residual=residual, reason=reason)


def conditional(allows: Sequence[Match], against: Sequence[Match]) -> Decision:
    """Allowed if what stayed open turns out well; unknown where even that cannot be said.

    Args:
        allows: assignments that allow it, or may.
        against: deny assignments that must not match.
    """
    pending = [] if any(match.certain for match in allows) else list(allows)
    statements = references([*allows, *against])
    residual = _residual(pending, must=True) + _residual(against, must=False)
    # An assignment that only waits for its condition makes others that nobody can read matter less.
    clear = [match for match in pending if not match.unknown]
    unreadable = [match for match in (*against, *(() if clear else pending)) if match.unknown]
    if unreadable:
        reason = min(match.unknown for match in unreadable)
        return Decision(verdict=Verdict.UNKNOWN, statements=statements, residual=residual, reason=reason)
    return Decision(
        verdict=Verdict.CONDITIONAL,
        statements=statements,
        residual=residual,
        reason=_waits(clear, against),
    )


def _waits(pending: Sequence[Match], against: Sequence[Match]) -> str:
    """One sentence on what a conditional answer waits for."""
    kinds = {one.operator for match in (*pending, *against) for one in match.open}
    if kinds == {"PIM"}:
        return "it has to be activated first"
    if kinds <= {"Delegated", "KeyVault"}:
        return "it is granted for when somebody is signed in"
    return "it depends on conditions that only the request can meet"


_Order = tuple[int, str, int, str]


def _order(reference: StatementRef) -> _Order:
    return (_RANKS[reference.layer], reference.policy_id, reference.index, reference.binding_id)


def references(matches: Iterable[Match]) -> tuple[StatementRef, ...]:
    """Return the names of statements, each once, sorted."""
    return tuple(sorted({match.reference for match in matches}, key=_order))


def _residual(matches: Iterable[Match], *, must: bool) -> tuple[Residual, ...]:
    found = {
        (_order(match.reference), condition.operator, condition.values): Residual(match.reference, condition, must)
        for match in matches
        for condition in match.open
    }
    return tuple([found[key] for key in sorted(found)])


def _name(match: Match, layers: Layers) -> str:
    """The name of a role or a deny assignment, and not its GUID, where it has one."""
    id_ = match.reference.policy_id
    if match.reference.layer == "deny":
        policy = next((one.policy for one in layers.denies if one.policy.id == id_), None)
    else:
        policy = layers.roles.get(id_)
    return policy.name if policy is not None and policy.name else id_
