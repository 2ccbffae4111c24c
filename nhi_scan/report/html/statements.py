"""Policies, bindings and the statements that a report cites, in as few bytes as a person needs."""

from collections.abc import Callable
from typing import Any

from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import StatementRef
from nhi_scan.model.policy import Binding, Condition, Policy, Statement
from nhi_scan.report.html.columns import Table, seconds
from nhi_scan.report.wording import LANGUAGES, SIGNED_IN, condition_text, layer_of

_OF_RULES = frozenset({"kubernetes"})  # whose roles are short lists of rules, so that one of them is worth showing
_SHOWN = 24  # patterns of one element; a statement of 10,000 actions is evidence, not reading matter


class Citations:
    """Numbers policies, bindings and statements as they are cited; what nothing cites is not in the page.

    A statement is `[policy, index, sid, layer, body, binding]`; `body` and `binding` are numbers, or -1. Where there is
    a binding it says what the statement does, and mostly there is no body: a role's lists a thousand permissions.
    """

    def __init__(self, inventory: Inventory, text: Callable[[str], int], pointer: Callable[[str], int | str]) -> None:
        """Take where the cited things are.

        Args:
            inventory: where they are.
            text: numbers a text that many rows share.
            pointer: numbers an identity, or gives its id back.
        """
        self._inventory = inventory
        self._text = text
        self._pointer = pointer
        self.policies: Table[str] = Table(self._policy)
        self.statements: Table[StatementRef] = Table(self._statement)
        self.bodies: Table[tuple[str, int]] = Table(self._body)
        self.givings: Table[str] = Table(self._giving)

    def policy(self, policy_id: str) -> int:
        """Return the number of a policy."""
        return self.policies.number(policy_id)

    def cite(self, references: tuple[StatementRef, ...]) -> list[int]:
        """Return the numbers of some statements."""
        return [self.statements.number(reference) for reference in references]

    def given(self, one: Binding, home: str) -> int | list[Any]:
        """Return a binding as its holder's page shows it: the policy alone where nothing else is to be said.

        Args:
            one: the binding.
            home: the scope that its holder is in.

        Returns:
            The policy's number, `[policy, place]` where that is all, or `[policy, purpose, source, via, expiry, place,
            condition]`; -1 for a place that is the holder's own and for no condition; the source is `e` where it counts
            only once it was activated.
        """
        policy = self.policy(one.policy_id)
        elsewhere = one.scope_id != home
        special = one.source != "direct" or one.purpose != "grants" or one.expires_at or one.eligible
        if not special and one.condition is None:
            return [policy, self._text(one.scope_id)] if elsewhere else policy
        place = self._text(one.scope_id) if elsewhere else -1
        condition = -1 if one.condition is None else self._text(condition_text(one.condition))
        source = "e" if one.eligible else one.source[0]
        return [policy, one.purpose[0], source, one.via, seconds(one.expires_at), place, condition]

    def _policy(self, policy_id: str) -> list[Any]:
        policy = self._inventory.policies.get(policy_id)
        if policy is None:
            return [policy_id]
        row = [policy_id, policy.name, policy.kind, int(policy.managed_by_provider), int(policy.complete)]
        return [*row, _size(policy)] if policy.kind == "role" else row

    def _statement(self, reference: StatementRef) -> list[Any]:
        giving = self.givings.number(reference.binding_id) if reference.binding_id else -1
        policy = self._inventory.policies.get(reference.policy_id)
        short = policy is not None and policy.provider in _OF_RULES
        body = -1 if giving >= 0 and not short else self.bodies.number((reference.policy_id, reference.index))
        layer = layer_of(self._inventory, reference)
        return [self.policy(reference.policy_id), reference.index, reference.sid, layer, body, giving]

    def _body(self, key: tuple[str, int]) -> dict[str, Any] | None:
        policy = self._inventory.policies.get(key[0])
        found = next((one for one in policy.statements if one.index == key[1]), None) if policy else None
        return None if found is None else statement_body(found)

    def _giving(self, binding_id: str) -> list[Any]:
        """Return a binding as a statement cites it: `[member, place, condition, expiry, eligible]`, or its id alone."""
        one = self._inventory.bindings.get(binding_id)
        if one is None:
            return [binding_id]
        condition = -1 if one.condition is None else self._text(condition_text(one.condition))
        row = [self._pointer(one.principal_id), self._text(one.scope_id), condition, seconds(one.expires_at)]
        return [*row, 1] if one.eligible else row


def _size(policy: Policy) -> int:
    return sum(len(one.actions) for one in policy.statements)


def statement_body(statement: Statement) -> dict[str, Any]:
    """Return a statement as its elements, long lists cut with the full length beside them."""
    body: dict[str, Any] = {"effect": statement.effect.value}
    for name, values in (
        ("actions", statement.actions),
        ("not_actions", statement.not_actions),
        ("resources", statement.resources),
        ("not_resources", statement.not_resources),
        ("principals", tuple(one.value for one in statement.principals)),
        ("not_principals", tuple(one.value for one in statement.not_principals)),
    ):
        if values:
            body[name] = [len(values), *values[:_SHOWN]]
    if statement.conditions:
        body["conditions"] = conditions(statement.conditions)
    if statement.malformed:
        body["malformed"] = statement.malformed
    return body


def conditions(items: tuple[Condition, ...]) -> list[list[Any]]:
    """Return conditions as `[operator, key, number of values, value, ...]`."""
    return [_condition(one) for one in items[:_SHOWN]]


def _condition(one: Condition) -> list[Any]:
    if one.operator in SIGNED_IN or one.operator in LANGUAGES:
        return [one.operator, "", 1, condition_text(one)]
    return [one.operator, one.key, len(one.values), *one.values[:_SHOWN]]
