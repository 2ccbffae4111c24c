"""Google Cloud's policy documents, from JSON to the vocabulary. Pure: what they mean is the evaluator's business.

- Allow policies: https://cloud.google.com/iam/docs/reference/rest/v1/Policy. A policy of version 1 hides conditions: a
  role in it may end in `_withcond_` and a hash, which says that there is a condition and not which
  (https://cloud.google.com/iam/docs/troubleshooting-withcond).
- Deny policies: https://cloud.google.com/iam/docs/reference/rest/v2/policies
- Principal access boundaries:
  https://cloud.google.com/iam/docs/reference/rest/v3/organizations.locations.principalAccessBoundaryPolicies
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nhi_scan.model.policy import Condition, Effect, PrincipalPattern, Statement
from nhi_scan.snapshot.values import text

LANGUAGE = "CEL"
LOST = "<not shown by version 1 of the policy: {}>"
"""Expression of a condition that is there and cannot be seen: no CEL, so that nobody can take it for true or false."""

UNREADABLE = "<unreadable>"
"""Expression of a condition that is not written as the API writes one."""

_HIDDEN = "_withcond_"


@dataclass(slots=True)
class Expression:
    """A condition as the API writes it."""

    expression: str | None = None
    title: str | None = None
    description: str | None = None


@dataclass(slots=True)
class AllowBinding:
    """A role and those who have it."""

    role: str | None = None
    members: list[str] | None = None
    condition: Expression | None = None


@dataclass(slots=True)
class AllowPolicy:
    """An allow policy, as far as it is read."""

    bindings: list[AllowBinding] | None = None
    version: int | None = None


@lru_cache(maxsize=65536)
def cel(expression: str) -> Condition:
    """A condition in Google's language; equal ones are one object."""
    return Condition(LANGUAGE, "", (expression,))


def role_and_condition(role: str, condition: Expression | None) -> tuple[str, Condition | None]:
    """Take a hidden condition off a role's name.

    Returns:
        The role, and the condition under which it is given; None where there is none.
    """
    name, hidden, digest = role.partition(_HIDDEN)
    if hidden:
        return name, cel(LOST.format(digest))
    if condition is None:
        return role, None
    return role, cel(condition.expression or UNREADABLE)


def hides_condition(condition: Condition | None) -> bool:
    """Whether a condition is known to exist and not what it says."""
    return condition is not None and condition.values[0].startswith("<")


def salvage(policy: object, fault: Callable[[str], None]) -> AllowPolicy:
    """Read what can be read of a policy that is not wholly as the API writes it.

    Args:
        policy: the decoded document.
        fault: told what cannot be read.
    """
    written = policy.get("bindings") if isinstance(policy, dict) else None
    if not isinstance(policy, dict) or (written is not None and not isinstance(written, list)):
        fault("a policy is not an object with a list of bindings")
        return AllowPolicy()
    return AllowPolicy(bindings=list(_salvaged(written or [], fault)))


def _salvaged(written: list[object], fault: Callable[[str], None]) -> Iterator[AllowBinding]:
    for entry in written:
        role = entry.get("role") if isinstance(entry, dict) else None
        members = entry.get("members", []) if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(role, str) or not isinstance(members, list):
            fault("a binding has no role or no list of members")
            continue
        known = [member for member in members if isinstance(member, str)]
        if len(known) < len(members):
            fault("a member is not a text")
        condition = entry.get("condition")
        if condition is not None and not isinstance(condition, dict):
            fault("a condition is not an object")
            condition = {}
        expression = None if condition is None else Expression(expression=text(condition, "expression") or None)
        yield AllowBinding(role=role, members=known, condition=expression)


def deny_statements(policy: Mapping[str, Any]) -> tuple[tuple[Statement, ...], str]:
    """Statements of a deny policy, one for each rule.

    Returns:
        The statements, and why there may be more; empty where all are there.
    """
    rules = policy.get("rules")
    if rules is None:
        return (), "the policy came without its rules, as lists of deny policies do"
    if not isinstance(rules, list):
        return (), "`rules` is not a list"
    return tuple(_deny_statement(index, rule) for index, rule in enumerate(rules)), ""


def _deny_statement(index: int, rule: object) -> Statement:
    denying = rule.get("denyRule") if isinstance(rule, dict) else None
    if not isinstance(rule, dict) or not isinstance(denying, dict):
        return Statement(effect=Effect.DENY, index=index, malformed="the rule has no `denyRule`")
    names = ("deniedPermissions", "exceptionPermissions", "deniedPrincipals", "exceptionPrincipals")
    lists = {name: _texts(denying.get(name)) for name in names}
    wrong = [name for name, found in lists.items() if found is None]
    condition = denying.get("denialCondition")
    if condition is not None and not (isinstance(condition, dict) and text(condition, "expression")):
        wrong.append("denialCondition")
    return Statement(
        sid=text(rule, "description"),
        effect=Effect.DENY,
        actions=lists["deniedPermissions"] or (),
        not_actions=lists["exceptionPermissions"] or (),
        principals=_patterns(lists["deniedPrincipals"]),
        not_principals=_patterns(lists["exceptionPrincipals"]),
        conditions=() if condition is None or wrong else (cel(condition["expression"]),),
        index=index,
        malformed=f"`{wrong[0]}` cannot be read" if wrong else "",
    )


def boundary_statements(details: object, place: Callable[[str], str]) -> tuple[tuple[Statement, ...], str]:
    """Statements of a principal access boundary, one for each rule.

    Args:
        details: the policy's `details`.
        place: turns a resource's name into the id of its scope.

    Returns:
        The statements, and why there may be more; empty where all are there.
    """
    rules = details.get("rules", []) if isinstance(details, dict) else None
    if not isinstance(rules, list):
        return (), "`details.rules` is not a list"
    return tuple(_boundary_statement(index, rule, place) for index, rule in enumerate(rules)), ""


def _boundary_statement(index: int, rule: object, place: Callable[[str], str]) -> Statement:
    resources = _texts(rule.get("resources")) if isinstance(rule, dict) else None
    if not isinstance(rule, dict) or resources is None:
        return Statement(effect=Effect.ALLOW, index=index, malformed="`resources` cannot be read")
    return Statement(
        sid=text(rule, "description"),
        effect=Effect.ALLOW,
        resources=tuple(map(place, resources)),
        index=index,
        malformed="" if rule.get("effect", "ALLOW") == "ALLOW" else "`effect` is none that is known",
    )


def _patterns(members: tuple[str, ...] | None) -> tuple[PrincipalPattern, ...]:
    return tuple(PrincipalPattern("member", member) for member in members or ())


def _texts(value: object) -> tuple[str, ...] | None:
    """The texts of a list; None where it is something else, so that nobody takes half of it for all."""
    if value is None:
        return ()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None
