"""What roles give of the actions that techniques speak of, and where.

Each role is read once, whoever it is bound to, and each set of roles in places (a *stack*) is put together once:
thousands of accounts have the same. How a rule is read is `access.kubernetes.evaluate`; here it is turned around, from
the rule to the actions.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from nhi_scan.access.kubernetes.builtin import in_no_namespace
from nhi_scan.access.kubernetes.evaluate import pattern
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.kube_actions import ANY, Action, parse
from nhi_scan.model.policy import Policy, Statement
from nhi_scan.model.record import value

Pair = tuple[str, str]
"""A role, and the cluster or namespace that it is given in."""

Pairs = tuple[Pair, ...]
Names = frozenset[str] | None
"""Names of the objects that a rule is about; None: all."""

Held = Mapping[str, Mapping[str, Names]]
"""By action and scope: on which objects there."""

EVERYTHING: Final = f"{ANY} {ANY}.{ANY}"
_NAMELESS: Final = frozenset(("create", "deletecollection"))


@value
class Given:
    """What one rule of a role gives of an action."""

    index: int
    names: Names


class Roles:
    """Reads roles."""

    def __init__(self, inventory: Inventory, actions: Iterable[str]) -> None:
        """Take the actions that anybody asks about."""
        self._policies = inventory.policies
        self._actions = {text: found for text in actions if (found := parse(text)) is not None}
        self._by_resource: dict[str, list[str]] = defaultdict(list)
        for text, action in self._actions.items():
            self._by_resource[action.resource].append(text)
        self._by_pattern: dict[str, tuple[str, ...]] = {}
        self._roles: dict[str, Mapping[str, tuple[Given, ...]]] = {}
        self._stacks: dict[Pairs, Held] = {}

    def gives(self, policy_id: str) -> Mapping[str, tuple[Given, ...]]:
        """Return what a role gives, by action: the rules that do."""
        known = self._roles.get(policy_id)
        if known is None:
            known = self._roles[policy_id] = self._read(self._policies.get(policy_id))
        return known

    def unread(self, policy_id: str) -> bool:
        """Say whether a role gives something that nobody could read."""
        policy = self._policies.get(policy_id)
        return policy is None or not policy.complete or any(one.malformed for one in policy.statements)

    def is_everything(self, policy_id: str) -> bool:
        """Say whether a role gives every verb on all resources."""
        return any(one.names is None for one in self.gives(policy_id).get(EVERYTHING, ()))

    def held(self, pairs: Pairs) -> Held:
        """Put together what a stack gives."""
        known = self._stacks.get(pairs)
        if known is None:
            known = self._stacks[pairs] = self._stack(pairs)
        return known

    def counts(self, action: str, *, everywhere: bool) -> bool:
        """Say whether an action can be given in a namespace, or only (`everywhere`) in the whole cluster."""
        found = self._actions[action]
        return everywhere or not in_no_namespace(found)

    def _stack(self, pairs: Pairs) -> Held:
        found: dict[str, dict[str, Names]] = {}
        for policy_id, scope_id in pairs:
            everywhere = "/" not in scope_id
            for action, rules in self.gives(policy_id).items():
                if not self.counts(action, everywhere=everywhere):
                    continue
                places = found.setdefault(action, {})
                for rule in rules:
                    known = places.get(scope_id, frozenset())
                    places[scope_id] = None if known is None or rule.names is None else known | rule.names
        return found

    def _read(self, policy: Policy | None) -> Mapping[str, tuple[Given, ...]]:
        found: dict[str, list[Given]] = defaultdict(list)
        for statement in policy.statements if policy is not None and policy.complete else ():
            if statement.malformed:
                continue
            names = frozenset(statement.resources) if statement.resources else None
            for action in self._actions_of(statement):
                if names is None or self._can_be_named(action):
                    found[action].append(Given(statement.index, names))
        return {action: tuple(rules) for action, rules in found.items()}

    def _actions_of(self, statement: Statement) -> Iterable[str]:
        return dict.fromkeys(action for text in statement.actions for action in self._of_pattern(text))

    def _of_pattern(self, text: str) -> tuple[str, ...]:
        known = self._by_pattern.get(text)
        if known is None:
            read = pattern(text)
            known = self._by_pattern[text] = () if read is None else self._matching(read)
        return known

    def _matching(self, read: Action) -> tuple[str, ...]:
        among = self._actions if read.resource == ANY else self._by_resource.get(read.resource, ())
        return tuple(text for text in among if read.covers(self._actions[text]))

    def _can_be_named(self, action: str) -> bool:
        """What is made has no name yet, so that a rule with names never allows it; a part of an object has."""
        found = self._actions[action]
        return found.verb not in _NAMELESS or bool(found.subresource)
