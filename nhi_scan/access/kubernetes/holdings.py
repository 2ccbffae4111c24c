"""Where somebody has an action, and by which rules."""

from collections.abc import Iterable

from nhi_scan.access.combine import Truth
from nhi_scan.access.kubernetes.builtin import in_no_namespace, is_namespace
from nhi_scan.access.kubernetes.evaluate import Grant, pattern, reference
from nhi_scan.access.kubernetes.request import carried
from nhi_scan.model.access import StatementRef
from nhi_scan.model.kube_actions import Action
from nhi_scan.model.kube_ids import namespace, object_id
from nhi_scan.model.policy import Statement
from nhi_scan.model.record import value


@value
class Holding:
    """A place where an action is held: a cluster, a namespace, or an object where rules name it."""

    place_id: str
    state: Truth  # True: surely; None: it takes a group that only the authenticator can tell, or a role is unread
    refs: tuple[StatementRef, ...] = ()


def holdings(grants: Iterable[Grant], action: Action, cluster_id: str) -> tuple[Holding, ...]:
    """Return where bindings give an action, sorted by place.

    A rule with names gives objects without a namespace where it counts in all of them.

    Args:
        grants: what is bound to somebody.
        action: what is asked about.
        cluster_id: where the bindings are.
    """
    found: dict[str, dict[StatementRef, Truth]] = {}
    for grant in grants:
        if grant.namespace and in_no_namespace(action):
            continue
        state = None if grant.group else True
        if grant.role is None or not grant.role.complete:
            here = namespace(cluster_id, grant.namespace) if grant.namespace else cluster_id
            found.setdefault(here, {})[reference(grant.binding)] = None
            continue
        for rule in grant.role.statements:
            given = None if rule.malformed else state
            if rule.malformed or any(one is not None and one.covers(action) for one in map(pattern, rule.actions)):
                for place in _places(rule, action, cluster_id, grant.namespace):
                    found.setdefault(place, {})[reference(grant.binding, rule.index)] = given
    return tuple(
        Holding(place, True if True in refs.values() else None, tuple(sorted(refs, key=order)))
        for place, refs in sorted(found.items())
    )


def order(one: StatementRef) -> tuple[str, int, str]:
    """Return what references are sorted by."""
    return one.policy_id, one.index, one.binding_id


def _places(rule: Statement, action: Action, cluster_id: str, inside: str) -> list[str]:
    if action.url or not rule.resources or rule.malformed:
        return [namespace(cluster_id, inside) if inside else cluster_id]
    names = carried(action, rule.resources, inside)
    if inside and is_namespace(action):
        return [namespace(cluster_id, name) for name in names]
    return [object_id(cluster_id, action.resource, name, inside) for name in names]
