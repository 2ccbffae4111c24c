"""What assignments and deny assignments have in common: when a statement matches, surely or under what stays open."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from nhi_scan.access.azure import directory
from nhi_scan.access.azure.actions import covers, planes_of_policy
from nhi_scan.access.azure.conditions import evaluate, readable
from nhi_scan.access.azure.request import Request
from nhi_scan.access.combine import Truth
from nhi_scan.model.access import StatementRef
from nhi_scan.model.policy import Binding, Condition, Effect, Policy, Statement

ABAC = "ABAC"
ENTRA = "Entra"
DELEGATED = "Delegated"
KEY_VAULT = "KeyVault"
"""Operator of the condition that somebody signs in through one application: of entries of access policies that name one
(https://learn.microsoft.com/azure/key-vault/general/assign-access-policy)."""
ACTIVATION = "PIM"
"""Operator of the condition that stands for an eligible assignment or membership: it has to be activated first."""
_ACTIVATED = " is activated"
_VERSIONS = ("", "1.0", "2.0")
_UNSEEN = Statement(effect=Effect.ALLOW)


class Match(NamedTuple):
    """A statement that matches, or may."""

    reference: StatementRef
    place: str  # where it is assigned
    principal: str = ""  # to whom
    open: tuple[Condition, ...] = ()  # what must hold for it to match
    unknown: str = ""  # what was not collected or cannot be read, and would settle it

    @property
    def certain(self) -> bool:
        """Whether it matches, come what may."""
        return not self.open and not self.unknown


class Settled(NamedTuple):
    """What a condition, a principal or a role comes to."""

    holds: Truth
    open: tuple[Condition, ...] = ()
    unknown: str = ""


YES = Settled(holds=True)
NO = Settled(holds=False)


def together(parts: Iterable[Settled]) -> Settled:
    """All must hold: false where one does not, else everything that is open and the first thing that is unknown."""
    found = list(parts)
    if any(one.holds is False for one in found):
        return NO
    open_ = tuple(dict.fromkeys(condition for one in found for condition in one.open))
    unknown = next((one.unknown for one in found if one.unknown), "")
    return Settled(None, open_, unknown) if open_ or unknown else YES


def truth(matches: Iterable[Match]) -> Truth:
    """True where one match is certain, None where there are open ones only, False without any."""
    found: Truth = False
    for match in matches:
        if match.certain:
            return True
        found = None
    return found


def settle(condition: Condition, asked: Request, *, strict: bool) -> Settled:
    """Hold a condition against a request. Of one that cannot be read nobody knows whether it is met, strict or not."""
    text = condition.values[0] if condition.values else ""
    if condition.operator == ABAC and not text.strip():
        return YES
    if condition.operator == ABAC and condition.key in _VERSIONS and readable(text):
        return _open(condition, evaluate(text, asked.known), strict=strict)
    if condition.operator == ENTRA and directory.readable(text):
        return _open(condition, directory.holds(text, asked), strict=strict)
    if condition.operator in (DELEGATED, KEY_VAULT, ACTIVATION):
        return _open(condition, None, strict=strict)
    return Settled(None, (), "a condition cannot be read")


def _open(condition: Condition, holds: Truth, *, strict: bool) -> Settled:
    if holds is None:
        return NO if strict else Settled(None, (condition,))
    return YES if holds else NO


def activation(what: str) -> Condition:
    """Return the condition that something eligible is activated."""
    return Condition(ACTIVATION, "", (f"{what}{_ACTIVATED}",))


def not_activated(condition: Condition) -> Condition:
    """Return the contrary of a condition that something is activated."""
    return Condition(ACTIVATION, "", (condition.values[0].removesuffix(_ACTIVATED) + " is not activated",))


def standing(principal_id: str, asked: Request, *, direct: bool = False, strict: bool = False) -> Settled:
    """Say whether a principal of an assignment stands for who asks.

    Args:
        principal_id: of a user, a group, a service principal; the all-zero one where it stands for everybody.
        asked: the request.
        direct: only direct members of a group count.
        strict: read a membership that has to be activated as none.
    """
    stands = asked.stands_directly if direct and asked.stands_directly is not None else asked.stands
    holds = stands(principal_id)
    if holds is not None:
        return YES if holds else NO
    if principal_id in asked.eligible:
        return NO if strict else Settled(None, (activation(f"membership of `{principal_id}`"),))
    return Settled(None, (), f"whether this identity is in group `{principal_id}` was not collected")


def matching(
    policy: Policy | None, policy_id: str, asked: Request, *, strict: bool = False
) -> Iterator[tuple[Statement, Settled]]:
    """Yield the statements of a role or a deny assignment that are about an action, or may be.

    Its actions less its notActions, statement by statement:
    https://learn.microsoft.com/azure/role-based-access-control/role-definitions#notactions. Of a definition that was
    not collected, one that stands for what nobody knows.
    """
    if policy is None or not policy.complete:
        if asked.plane in planes_of_policy(policy_id):
            yield _UNSEEN, Settled(None, (), f"what role `{policy_id}` allows was not collected")
        if policy is None:
            return
    for statement in policy.statements:
        if statement.malformed:
            yield statement, Settled(None, (), statement.malformed)
        elif statement.plane == asked.plane:
            found = _covered(statement, asked, policy_id, strict=strict)
            if found.holds is not False:
                yield statement, found


def _covered(statement: Statement, asked: Request, role: str, *, strict: bool) -> Settled:
    plane, action = asked.plane, asked.action
    if any(covers(plane, pattern, action) for pattern in statement.not_actions):
        return NO
    if plane != directory.PLANE:
        return YES if any(covers(plane, pattern, action) for pattern in statement.actions) else NO
    names = directory.names(asked)
    patterns = [one for one in statement.actions if any(covers(plane, one, name) for name in names)]
    part = directory.limit(patterns, asked, role)
    if not part:
        return NO if part is None else YES
    if directory.is_object(asked.place):
        return Settled(None, (), f"whether `{asked.place}` is one of {part} was not collected")
    return NO if strict else Settled(None, (Condition(ENTRA, "", (f"the object is one of {part}",)),))


def conditions_of(statement: Statement, extra: Condition | None = None) -> Iterator[Condition]:
    """Yield the conditions of a statement and that of what gives it, which must all hold."""
    yield from statement.conditions
    if extra is not None:
        yield extra


def lapsed(binding: Binding, now: datetime | None) -> bool:
    """Say whether an assignment has ended."""
    return now is not None and binding.expires_at is not None and binding.expires_at <= now
