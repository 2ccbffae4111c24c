"""Policies and the statements that a report cites, in as few bytes as a person needs."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model.access import StatementRef
from nhi_scan.model.policy import Condition, Policy, Statement
from nhi_scan.report.html.columns import Table

_SHOWN = 24  # patterns of one element; a statement of 10,000 actions is evidence, not reading matter


class Citations:
    """Numbers policies and statements as they are cited; what nothing cites is not in the page."""

    def __init__(self, policies: Mapping[str, Policy]) -> None:
        self._known = policies
        self.policies: Table[str] = Table(self._policy)
        self.statements: Table[StatementRef] = Table(self._statement)

    def policy(self, policy_id: str) -> int:
        """Return the number of a policy."""
        return self.policies.number(policy_id)

    def cite(self, references: tuple[StatementRef, ...]) -> list[int]:
        """Return the numbers of some statements."""
        return [self.statements.number(reference) for reference in references]

    def _policy(self, policy_id: str) -> list[Any]:
        policy = self._known.get(policy_id)
        if policy is None:
            return [policy_id]
        return [policy_id, policy.name, policy.kind, int(policy.managed_by_provider), int(policy.complete)]

    def _statement(self, reference: StatementRef) -> list[Any]:
        row: list[Any] = [self.policy(reference.policy_id), reference.index, reference.sid, reference.layer]
        policy = self._known.get(reference.policy_id)
        if policy is not None:
            found = next((one for one in policy.statements if one.index == reference.index), None)
            if found is not None:
                row.append(statement_body(found))
        return row


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
    return [[one.operator, one.key, len(one.values), *one.values[:_SHOWN]] for one in items[:_SHOWN]]
