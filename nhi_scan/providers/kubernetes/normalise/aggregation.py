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


@dataclass(slots=True)
class Aggregated:
    """A cluster role, as far as others may gather its rules."""

    labels: Mapping[str, str]
    selectors: Sequence[Mapping[str, Any]] | None  # None: it gathers nothing
    statements: tuple[Statement, ...] | None  # None: its own rules cannot be read


def selected_rules(roles: Mapping[str, Aggregated], name: str) -> tuple[Statement, ...] | None:
    """Return the statements of a role; None where it cannot be told what they are."""
    one = roles[name]
    if one.statements or one.statements is None or one.selectors is None:
        return one.statements
    found: dict[Statement, None] = {}
    seen, waiting = {name}, [name]
    while waiting:
        for other in _selected(roles, roles[waiting.pop()].selectors or ()):
            if other in seen:
                continue
            seen.add(other)
            inner = roles[other]
            if inner.statements is None:
                return None
            if not inner.statements and inner.selectors is not None:
                waiting.append(other)
            found.update(dict.fromkeys(replace(statement, index=0) for statement in inner.statements))
    return tuple(replace(statement, index=index) for index, statement in enumerate(sorted(found, key=_order)))


def _order(statement: Statement) -> tuple[Any, ...]:
    return statement.plane, statement.actions, statement.resources, statement.malformed


def _selected(roles: Mapping[str, Aggregated], selectors: Sequence[Mapping[str, Any]]) -> list[str]:
    return [name for name, one in roles.items() if any(matches(selector, one.labels) for selector in selectors)]


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
