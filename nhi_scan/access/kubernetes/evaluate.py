"""`decide`: the definition of what RBAC gives on Kubernetes.

As https://kubernetes.io/docs/reference/access-authn-authz/rbac/ says, and as the authorizer does it:
https://github.com/kubernetes/kubernetes/blob/master/plugin/pkg/auth/authorizer/rbac/rbac.go (`RuleAllows`) and
https://github.com/kubernetes/kubernetes/blob/master/pkg/registry/rbac/validation/rule.go (`VisitRulesFor`):
cluster role bindings count everywhere, role bindings in their namespace; rules only add up; nothing denies. Members of
`system:masters` are asked nothing
(https://kubernetes.io/docs/concepts/security/rbac-good-practices/#least-privilege).
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from nhi_scan.access.combine import Truth
from nhi_scan.access.kubernetes.request import Asked
from nhi_scan.model.access import Decision, Residual, StatementRef, Verdict
from nhi_scan.model.kube_actions import Action, parse
from nhi_scan.model.policy import Binding, Condition, Policy, Statement
from nhi_scan.model.record import record, value

GROUP: Final = "Group"
"""The operator of the condition that somebody's token or certificate names a group."""

SUPERUSERS: Final = "system:masters"


@value
class Grant:
    """A binding with its role, as it counts for whoever is asked about."""

    binding: Binding
    role: Policy | None  # None: nobody knows it
    namespace: str = ""  # empty: everywhere
    group: str = ""  # the group that one must be in, where nobody can tell whether one is


@record
class Known:
    """What is known of whoever asks."""

    grants: Sequence[Grant] = ()
    superuser: bool = False
    gap: str = ""  # what was not collected of what may give something there; empty: nothing
    anywhere: bool = False  # whether the request stands for one in any place: there are no bindings but these
    other: str = ""  # who else may allow it, of whom nothing is known: another authorizer


def decide(asked: Asked, known: Known, *, strict: bool = False) -> Decision:
    """Answer whether RBAC allows a request, and why.

    Args:
        asked: the request.
        known: who asks, by what is bound to them.
        strict: take nobody for a member of a group of which only the authenticator knows the members.

    Returns:
        Allowed; conditional, where it takes a group that only the authenticator can tell; unknown, where a role that is
        bound is not known, or bindings were not all collected; denied: by RBAC, whatever other authorizers say.
    """
    if known.superuser:
        return Decision(verdict=Verdict.ALLOWED, reason=f"members of `{SUPERUSERS}` are asked nothing")
    sure: list[StatementRef] = []
    unread: list[StatementRef] = []
    pending: list[Residual] = []
    for grant in known.grants:
        for reference, state in giving(grant, asked):
            if state is None:
                unread.append(reference)
            elif not grant.group:
                sure.append(reference)
            elif not strict:
                pending.append(Residual(reference, Condition(GROUP, "group", (grant.group,)), must=True))
    if sure:
        first = min(sure, key=_order)
        reason = f"role `{first.policy_id}` by binding `{first.binding_id}` allows it"
        return Decision(verdict=Verdict.ALLOWED, statements=_sorted(sure), reason=reason)
    if pending or unread:
        return _open(pending, unread)
    if known.gap or known.other:
        reason = f"nothing collected gives `{asked.action.text}`, and {known.gap or known.other}"
        return Decision(verdict=Verdict.UNKNOWN, reason=reason)
    where = (
        f" that counts in namespace `{asked.namespace}` or everywhere" if asked.namespace else " that counts everywhere"
    )
    where = "" if known.anywhere else where
    reason = f"no binding{where} gives `{asked.action.text}`; other authorizers are not part of this"
    return Decision(verdict=Verdict.DENIED, blocked_by="allow", reason=reason)


def _open(pending: Sequence[Residual], unread: Sequence[StatementRef]) -> Decision:
    """Allowed if what stayed open turns out well; unknown where nothing but roles that nobody can read is left."""
    residual = tuple(sorted(set(pending), key=lambda one: (_order(one.statement), one.condition.values)))
    found = _sorted([*unread, *(one.statement for one in pending)])
    if not residual:
        reason = f"what role `{found[0].policy_id}` gives is not known"
        return Decision(verdict=Verdict.UNKNOWN, statements=found, reason=reason)
    reason = f"it takes the group `{residual[0].condition.values[0]}`, which only the authenticator can tell"
    return Decision(verdict=Verdict.CONDITIONAL, statements=found, residual=residual, reason=reason)


def giving(grant: Grant, asked: Asked) -> Iterable[tuple[StatementRef, Truth]]:
    """Yield the rules by which a binding allows a request; None: by one that cannot be read it may."""
    if grant.namespace and grant.namespace != asked.namespace:
        return
    if grant.role is None or not grant.role.complete:
        yield reference(grant.binding), None
        return
    for statement in grant.role.statements:
        if statement.malformed:
            yield reference(grant.binding, statement.index), None
        elif allows(statement, asked):
            yield reference(grant.binding, statement.index), True


def allows(statement: Statement, asked: Asked) -> bool:
    """Say whether a rule allows a request: `RuleAllows`. Names count for resources only."""
    action = asked.action
    if statement.resources and not action.url and asked.name not in statement.resources:
        return False
    return any(one.covers(action) for one in map(pattern, statement.actions) if one is not None)


@lru_cache(maxsize=1 << 16)
def pattern(text: str) -> Action | None:
    """Read a pattern of a rule, each text once."""
    return parse(text)


def reference(binding: Binding, index: int = 0) -> StatementRef:
    """Name a rule, with the binding that gives it."""
    return StatementRef(binding.policy_id, index, "", "allow", binding.id)


def _order(one: StatementRef) -> tuple[str, int, str]:
    return one.policy_id, one.index, one.binding_id


def _sorted(found: Iterable[StatementRef]) -> tuple[StatementRef, ...]:
    return tuple(sorted(set(found), key=_order))
