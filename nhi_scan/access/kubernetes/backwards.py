"""Who may: from the bindings that give an action back to those whom they mean."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property

from nhi_scan.access.combine import Truth
from nhi_scan.access.engine import Keys
from nhi_scan.access.kubernetes.ask import Questions
from nhi_scan.access.kubernetes.builtin import in_no_namespace
from nhi_scan.access.kubernetes.evaluate import SUPERUSERS
from nhi_scan.access.kubernetes.grants import Extent, Grants
from nhi_scan.access.kubernetes.request import Asked, asked
from nhi_scan.access.kubernetes.seen import Seen
from nhi_scan.access.kubernetes.subjects import is_superuser
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, Verdict
from nhi_scan.model.kube_actions import ANY, Action
from nhi_scan.model.kube_ids import Place, cluster_of, group, take_apart


class Backwards:
    """Answers who, by the bindings that give an action."""

    def __init__(self, inventory: Inventory, grants: Grants, questions: Questions, seen: Seen) -> None:
        """Take an inventory and what is known of its bindings."""
        self._inventory = inventory
        self._grants = grants
        self._questions = questions
        self._seen = seen

    def holders(self, action: Action, place: Place | None) -> tuple[tuple[str, Truth], ...]:
        """Name whom bindings give an action (in a place), sorted; see `Access.holders`."""
        found: dict[str, Truth] = dict.fromkeys(self._meant(self._grants.unread, action, place))
        found.update(dict.fromkeys(self._meant(self._grants.extents(action), action, place), True))
        superusers = [id_ for id_ in self._inventory.groups if self._is_superusers(id_)]
        found.update((id_, True) for id_ in superusers if place is None or cluster_of(id_) == place.cluster_id)
        return tuple(sorted(found.items()))

    def who_can(
        self, action: Action, resource: str | None, context: Keys | None, *, strict: bool
    ) -> list[tuple[str, Decision]]:
        """Name the identities that may do an action; see `Access.who_can`."""
        place = None
        if resource not in (None, ANY):
            place = self._questions.place(action, resource or "")
        principals = {id_ for id_, _ in self.holders(action, place)}
        known: dict[object, Decision] = {}
        found = []
        for identity_id in self._candidates(principals, action, place, context):
            names = self._questions.names(identity_id, context)
            meant = tuple(name for name in (*names.sure, *self._questions.open_groups(names)) if name in principals)
            alike = (names.cluster_id, meant, names.free, is_superuser(names), self._other(identity_id))
            decision = known.get(alike)
            if decision is None:
                decision = known[alike] = self._questions.ask(identity_id, action, resource, context, strict=strict)
            if decision.verdict is not Verdict.DENIED:
                found.append((identity_id, decision))
        return found

    def members(self, group_id: str) -> tuple[str, ...]:
        """Return the identities that are surely in a group, sorted."""
        return tuple(self._members.get(group_id, ()))

    def _candidates(
        self, principals: set[str], action: Action, place: Place | None, context: Keys | None
    ) -> Iterable[str]:
        """Return the identities of which not surely nothing speaks for them, sorted."""
        clusters = {place.cluster_id} if place is not None else self._clusters.keys()
        found: set[str] = set()
        for cluster_id in clusters:
            inside = None if place is None else place.namespace
            gap = self._seen.gap(cluster_id, "" if in_no_namespace(action) else inside)
            everybody = self._clusters.get(cluster_id, ())
            if gap or context:
                found.update(everybody)
                continue
            found.update(id_ for id_ in everybody if self._other(id_) or id_ in self._free)
        for principal in principals:
            found.update(self._members.get(principal, ()))
            if principal in self._inventory.identities:
                found.add(principal)
        return sorted(found)

    @staticmethod
    def _other(identity_id: str) -> bool:
        return take_apart(identity_id).name.startswith("system:node:")

    @staticmethod
    def _is_superusers(group_id: str) -> bool:
        return group_id == group(cluster_of(group_id), SUPERUSERS)

    def _meant(self, extents: Mapping[str, Extent], action: Action, place: Place | None) -> Iterable[str]:
        if place is None:
            return extents.keys()
        request: Asked = asked(action, place)
        cluster_id = place.cluster_id
        return [id_ for id_, one in extents.items() if cluster_of(id_) == cluster_id and one.covers(request)]

    @cached_property
    def _clusters(self) -> dict[str, list[str]]:
        """The identities of each cluster."""
        found: dict[str, list[str]] = defaultdict(list)
        for identity in self._inventory.identities.values():
            if identity.provider == "kubernetes":
                found[cluster_of(identity.id)].append(identity.id)
        return found

    @cached_property
    def _free(self) -> frozenset[str]:
        ids = (id_ for identities in self._clusters.values() for id_ in identities)
        return frozenset(id_ for id_ in ids if (names := self._questions.names(id_)).free or names.said)

    @cached_property
    def _members(self) -> dict[str, list[str]]:
        """The identities that are surely in each group."""
        found: dict[str, list[str]] = defaultdict(list)
        for identities in self._clusters.values():
            for identity_id in identities:
                for group_id in self._questions.names(identity_id).sure[1:]:
                    found[group_id].append(identity_id)
        return {group_id: sorted(ids) for group_id, ids in found.items()}
