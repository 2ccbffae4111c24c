"""Cluster roles that gather the rules of others.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles

A controller of the control plane writes the gathered rules into the role itself, and the authorizer reads only those.
So a role's own rules count. Where it has none (an API server without that controller, manifests that were never
applied), the rules of the roles that its labels select are taken for it, as the controller would gather them:
https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nhi_scan.model.policy import Statement
from nhi_scan.snapshot.values import objects, text, texts

_MOST = 100
"""Roles whose rules are not filled in, of which it is worked out what they gather: a new cluster has three or four."""


@dataclass(slots=True)
class Aggregated:
    """A cluster role, as far as others may gather its rules."""

    labels: Mapping[str, str]
    selectors: Sequence[Mapping[str, Any]] | None  # None: it gathers nothing
    statements: tuple[Statement, ...] | None  # None: its own rules cannot be read


class Gathering:
    """The cluster roles of one cluster, by name.

    Args:
        roles: all of them.
    """

    def __init__(self, roles: Mapping[str, Aggregated]) -> None:
        self._roles = roles
        self._open = {name for name, one in roles.items() if one.selectors is not None and one.statements == ()}
        self._selected: dict[str, frozenset[str]] = {}

    def statements(self, name: str) -> tuple[Statement, ...] | None:
        """Return the statements of a role, its own or those that it gathers; None where they cannot be told."""
        if name not in self._open:
            return self._roles[name].statements
        if len(self._open) > _MOST:
            return None
        found: dict[Statement, None] = {}
        for other in self._reached(name):
            statements = self._roles[other].statements
            if statements is None:
                return None
            found.update(dict.fromkeys(replace(statement, index=0) for statement in statements))
        return tuple(replace(statement, index=index) for index, statement in enumerate(sorted(found, key=_order)))

    def _reached(self, name: str) -> set[str]:
        """What a role selects, and what that does where it has no rules of its own."""
        reached: set[str] = set()
        waiting, seen = [name], {name}
        while waiting:
            selected = self._of(waiting.pop())
            reached |= selected
            more = (selected & self._open) - seen
            seen |= more
            waiting += more
        return reached

    def _of(self, name: str) -> frozenset[str]:
        found = self._selected.get(name)
        if found is None:
            selectors = self._roles[name].selectors or ()
            chosen = (
                other for other, one in self._roles.items() if any(matches(each, one.labels) for each in selectors)
            )
            found = self._selected[name] = frozenset(chosen)
        return found


def _order(statement: Statement) -> tuple[Any, ...]:
    return statement.plane, statement.actions, statement.resources, statement.malformed


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Say whether a label selector selects an object; an empty one selects everything.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements
    """
    wanted = selector.get("matchLabels")
    if isinstance(wanted, dict) and any(labels.get(key) != value for key, value in wanted.items()):
        return False
    return all(_meets(one, labels) for one in objects(selector, "matchExpressions"))


def _meets(requirement: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, operator, values = text(requirement, "key"), text(requirement, "operator"), texts(requirement.get("values"))
    if operator == "In":
        return key in labels and labels[key] in values
    if operator == "NotIn":
        return labels.get(key) not in values
    if operator == "Exists":
        return key in labels
    return operator == "DoesNotExist" and key not in labels
