"""Questions about an inventory, put to the definition: names, bindings and gaps are found, `decide` answers."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from nhi_scan.access.engine import Keys
from nhi_scan.access.kubernetes import node
from nhi_scan.access.kubernetes.builtin import in_no_namespace
from nhi_scan.access.kubernetes.evaluate import Grant, Known, decide
from nhi_scan.access.kubernetes.grants import Grants
from nhi_scan.access.kubernetes.holdings import Holding, holdings
from nhi_scan.access.kubernetes.request import Asked, asked
from nhi_scan.access.kubernetes.seen import Seen
from nhi_scan.access.kubernetes.subjects import NODES, Names, Subjects, is_superuser
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision
from nhi_scan.model.errors import UserError
from nhi_scan.model.kube_actions import ANY, Action, parse
from nhi_scan.model.kube_ids import Place, group, is_kubernetes, take_apart

_GROUP = "group"


class Questions:
    """Finds what is known of whoever asks. Who is gone is answered for by name: whoever takes the name has it."""

    def __init__(self, inventory: Inventory, grants: Grants, subjects: Subjects, seen: Seen) -> None:
        """Take an inventory and what is known of its bindings."""
        self._inventory = inventory
        self._grants = grants
        self._subjects = subjects
        self._seen = seen

    def ask(
        self,
        identity_id: str,
        action: Action,
        resource: str | None = None,
        context: Keys | None = None,
        *,
        strict: bool = False,
    ) -> Decision:
        """Decide whether somebody may do something.

        Args:
            identity_id: who asks: an identity, or a group for whoever is in it.
            action: what is asked about.
            resource: a place, `*` for the whole cluster; None: where they may most.
            context: `group`: the groups that the authenticator says, all of them beside those that Kubernetes adds.
            strict: take nobody for a member of a group of which only the authenticator knows the members.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: the resource is none that can be named, or the context is not about Kubernetes.
        """
        names = self.names(identity_id, context)
        if resource is None:
            return self._best(names, action, strict=strict)
        place = self.place(action, names.cluster_id if resource == ANY else resource)
        if place.cluster_id != names.cluster_id:
            raise UserError(f"`{identity_id}` is not of the cluster that `{resource}` is in")
        return self.at(names, asked(action, place), strict=strict)

    def at(self, names: Names, request: Asked, *, strict: bool = False, anywhere: bool = False) -> Decision:
        """Put one request to the definition.

        Args:
            names: who asks.
            request: what the authorizer would be asked.
            strict: see `ask`.
            anywhere: whether it stands for all places, so that a gap in any of them counts.
        """
        inside = None if anywhere and not in_no_namespace(request.action) else request.namespace
        is_node = group(names.cluster_id, NODES) in names.sure
        known = Known(
            grants=tuple(self.grants(names)),
            superuser=is_superuser(names),
            gap=self._seen.gap(names.cluster_id, inside),
            anywhere=anywhere,
            other=node.OTHER if is_node and node.may_allow(request.action) else "",
        )
        return decide(request, known, strict=strict)

    def names(self, identity_id: str, context: Keys | None = None) -> Names:
        """Return the names of somebody, with the groups that a context says.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: the context says something else.
        """
        for key in context or ():
            if key != _GROUP:
                raise UserError(f"`{key}` is nothing that Kubernetes knows of a request: expected `{_GROUP}`")
        if not context:
            return self._subjects.names(identity_id)
        said = context[_GROUP]
        return self._subjects.stated(identity_id, (said,) if isinstance(said, str) else said)

    def grants(self, names: Names) -> Iterator[Grant]:
        """Yield the bindings that mean somebody, and those that do if they are in a group."""
        for name in names.sure:
            yield from self._grants.bound(name)
        for name in sorted(self.open_groups(names)):
            yield from self._grants.bound(name, take_apart(name).name)

    def open_groups(self, names: Names) -> Iterable[str]:
        """Return the ids of groups that somebody may be in."""
        return self._subjects.open_groups(names)

    def holdings(self, names: Names, action: Action) -> tuple[Holding, ...]:
        """Return where somebody has an action, sorted by place."""
        if is_superuser(names):
            return (Holding(names.cluster_id, state=True),)
        return holdings(self.grants(names), action, names.cluster_id)

    def place(self, action: Action, resource: str) -> Place:
        """Return what a place is.

        Raises:
            UserError: it is none of Kubernetes, of no cluster of the snapshot, or not what the action is about.
        """
        place = take_apart(resource)
        if not is_kubernetes(resource) or place.cluster_id not in self._inventory.scopes:
            raise UserError(f"`{resource}` is in no cluster that the snapshot knows")
        if place.plural and not action.url and place.plural != action.resource:
            raise UserError(
                f"`{action.text}` is about `{action.resource}`, and `{resource}` is one of `{place.plural}`"
            )
        return place

    def _best(self, names: Names, action: Action, *, strict: bool) -> Decision:
        """Decide about a place where most is allowed, the widest of those."""
        if names.free or names.said:
            # What is sure needs no group that somebody may be in: there may be thousands of bindings to those.
            alone = replace(names, free=False, said=())
            if any(one.state for one in self.holdings(alone, action)):
                names = alone
        held = self.holdings(names, action)
        if not held:
            return self.at(names, Asked(action), strict=strict, anywhere=True)
        states = True, None
        best = min(held, key=lambda one: (states.index(one.state), len(take_apart(one.place_id)[1:]), one.place_id))
        return self.at(names, asked(action, take_apart(best.place_id)), strict=strict, anywhere=True)


def read(action: str) -> Action:
    """Read an action.

    Raises:
        UserError: it is none.
    """
    found = parse(action)
    if found is None:
        raise UserError(f"`{action}` is no action of Kubernetes: expected the like of `get secrets`")
    return found
