"""Which statements of a layer match a request: surely, or under something that stays open."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.conditions import TAGS, evaluate, readable, reads
from nhi_scan.access.gcp.permissions import covers
from nhi_scan.access.gcp.request import Request
from nhi_scan.access.gcp.tokens import condition_of
from nhi_scan.model.access import Layer, StatementRef
from nhi_scan.model.policy import Condition, Policy, PrincipalPattern, Statement

_FEW = 8
_MOST_SETS = 1 << 13
_SETS: dict[int, tuple[tuple[str, ...], frozenset[str]]] = {}


class Match(NamedTuple):
    """A statement that matches, or may."""

    reference: StatementRef
    place: str  # where it is attached
    open: tuple[Condition, ...] = ()  # what must hold for it to match
    unknown: str = ""  # what was not collected or cannot be read, and would settle it

    @property
    def certain(self) -> bool:
        """Whether it matches, come what may."""
        return not self.open and not self.unknown


def truth(matches: Iterable[Match]) -> Truth:
    """True where one match is certain, None where there are open ones only, False without any."""
    found: Truth = False
    for match in matches:
        if match.certain:
            return True
        found = None
    return found


class Settled(NamedTuple):
    """What a condition of a statement comes to."""

    holds: Truth
    open: tuple[Condition, ...] = ()
    unknown: str = ""


def settle(condition: Condition | None, asked: Request, *, strict: bool) -> Settled:
    """Hold a condition against a request. Of one that cannot be read nobody knows whether it is met, strict or not."""
    if condition is None:
        return Settled(holds=True)
    expression = condition.values[0] if condition.values else ""
    if condition.operator != "CEL" or not readable(expression):
        return Settled(None, (), "a condition cannot be read")
    holds = evaluate(expression, asked.known)
    if holds is not None:
        return Settled(holds)
    return Settled(holds=False) if strict else Settled(None, (condition,))


def holds_permission(role: Policy | None, permission: str) -> Truth:
    """Say whether a role has a permission.

    A custom role that is deleted or disabled has none
    (https://cloud.google.com/iam/docs/creating-custom-roles#disabling_a_custom_role). Of a role whose definition was
    not collected, nothing tells.
    """
    if role is None:
        return None
    if any(permission in _as_set(statement.actions) for statement in role.statements):
        return True
    return None if not role.complete or any(one.malformed for one in role.statements) else False


def _as_set(actions: tuple[str, ...]) -> frozenset[str]:
    """The permissions of a role, which may be ten thousand, made ready for looking one up."""
    if len(actions) < _FEW:
        return frozenset(actions)
    known = _SETS.get(id(actions))
    if known is None:
        if len(_SETS) >= _MOST_SETS:
            _SETS.clear()
        # The tuple is kept with its set, so that nothing else can come by its address.
        known = _SETS[id(actions)] = (actions, frozenset(actions))
    return known[1]


def named(patterns: Iterable[PrincipalPattern], asked: Request, *, strict: bool, against: bool = False) -> Settled:
    """Say whether one of the principals stands for who asks.

    Args:
        patterns: principals.
        asked: the request.
        strict: read a condition that stays open as not met.
        against: say whether none of them does.

    Returns:
        Where only a token shows it: open, with the condition that the token must meet.
    """
    states = [(pattern.value, asked.stands(pattern.value)) for pattern in patterns]
    if any(state is True for _, state in states):
        return Settled(holds=not against)
    doubtful = [condition_of(name) for name, state in states if state is None]
    if not doubtful:
        return Settled(holds=against)
    conditions = [one.values[0] for one in doubtful if one is not None]
    if len(conditions) < len(doubtful):
        return Settled(None, (), "whether a principal that a policy names stands for this one is not known")
    expression = " || ".join(dict.fromkeys(conditions))
    return settle(Condition("CEL", "", (f"!({expression})" if against else expression,)), asked, strict=strict)


def denies(statement: Statement, permission: str) -> bool:
    """Say whether a rule of a deny policy is about a permission: one of those denied, and no exception.

    https://cloud.google.com/iam/docs/deny-overview#deny-rules
    """
    return any(covers(one, permission) for one in statement.actions) and not any(
        covers(one, permission) for one in statement.not_actions
    )


def is_about(statement: Statement, asked: Request, *, strict: bool) -> tuple[Settled, Settled]:
    """Say whether a rule of a deny policy is about who asks, as far as principals go: named, and not excepted.

    An exception takes out whoever it names, however a wider principal is denied.
    """
    meant = named(statement.principals, asked, strict=strict)
    if meant.holds is False:
        return meant, meant
    return meant, named(statement.not_principals, asked, strict=strict, against=True)


def asks_for_tags(condition: Condition | None) -> bool:
    """Say whether a condition reads the tags of what is asked about."""
    return condition is not None and bool(condition.values) and TAGS in reads(condition.values[0])


def reference(policy: Policy, statement: Statement, layer: Layer) -> StatementRef:
    """Name a rule of a guardrail."""
    return StatementRef(policy.id, statement.index, statement.sid, layer)


def conditions_of(statement: Statement) -> Iterator[Condition]:
    """Yield the conditions of a rule that ask for something."""
    for condition in statement.conditions:
        if condition.values and condition.values[0]:
            yield condition
