"""Effective access of every identity of Kubernetes, fast: what `evaluate.decide` answers, asked of all at once.

Each list of rules is a set of bits, computed once; each distinct set of bindings is united once, on demand. Each
action's bindings are looked at once. Nothing is expanded to identity x action x place.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from nhi_scan.access.combine import Truth
from nhi_scan.access.engine import Keys
from nhi_scan.access.federation import Entry
from nhi_scan.access.kubernetes import federation
from nhi_scan.access.kubernetes.ask import Questions, read
from nhi_scan.access.kubernetes.aws_principals import AwsPrincipals
from nhi_scan.access.kubernetes.backwards import Backwards
from nhi_scan.access.kubernetes.grants import Extent, Grants
from nhi_scan.access.kubernetes.holdings import Holding, order
from nhi_scan.access.kubernetes.request import Asked, asked
from nhi_scan.access.kubernetes.roles import Roles
from nhi_scan.access.kubernetes.seen import Seen
from nhi_scan.access.kubernetes.stacks import Stack, Stacks
from nhi_scan.access.kubernetes.subjects import Names, Subjects, is_superuser
from nhi_scan.access.summary import Summary
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, StatementRef
from nhi_scan.model.assertion import Assertion
from nhi_scan.model.kube_actions import parse
from nhi_scan.model.kube_ids import is_kubernetes, take_apart


@dataclass(slots=True, frozen=True)
class Reach:
    """Where an action is given to somebody."""

    everywhere: bool
    possible: bool
    certain: bool


class Access:
    """Effective access of an inventory's identities. Read-only, apart from what it remembers of its own answers.

    Whatever takes the id of an identity takes that of a group, too, and answers for whoever is in it.

    Attributes:
        inventory: whose identities it answers for.
        now: nothing on Kubernetes depends on it.
        catalogue: the actions of every cluster, and those that roles name.
        questions: puts single requests to the definition.
        stacks: what is shared by all who are given the same.
    """

    def __init__(self, inventory: Inventory, now: datetime) -> None:
        """Read the roles. See `summarise`."""
        self.inventory = inventory
        self.now = now
        roles = Roles(
            policy
            for policy in inventory.policies.values()
            if policy.provider == "kubernetes" or is_kubernetes(policy.id)
        )
        self.catalogue = roles.bits.catalogue
        self._subjects = Subjects(inventory)
        self._grants = Grants(inventory, roles)
        self._seen = Seen(inventory)
        self.stacks = Stacks(roles, self._grants, self._subjects, self._seen)
        self.questions = Questions(inventory, self._grants, self._subjects, self._seen)
        self._backwards = Backwards(inventory, self._grants, self.questions, self._seen)
        self._aws = AwsPrincipals(inventory)

    def understands(self, action: str) -> bool:
        """Say whether a text has the form of an action: `get pods`, `create pods/exec`, `get /metrics`."""
        return parse(action) is not None

    @property
    def trusted_issuers(self) -> frozenset[str]:
        """See `access.engine.Engine`."""
        return self._aws.issuers

    def issued(self, issuers: frozenset[str]) -> Iterator[Assertion]:
        """See `access.engine.Engine`."""
        return federation.issued(self.inventory, issuers)

    def entries(self, assertion: Assertion) -> tuple[Entry, ...]:
        """See `access.engine.Engine`."""
        return self._aws.entries(assertion)

    def summary(self, identity_id: str) -> Summary:
        """Return what an identity may do.

        Raises:
            KeyError: the inventory has no such identity.
        """
        return Summary(self, identity_id, self.stack(identity_id))

    def stack(self, identity_id: str) -> Stack:
        """Return what is shared by all who are given the same.

        Raises:
            KeyError: the inventory has no such identity.
        """
        return self.stacks.of(self._subjects.names(identity_id))

    def reach(self, identity_id: str, action: str) -> Reach:
        """Return how far an action is given."""
        names = self._subjects.names(identity_id)
        if is_superuser(names):
            return Reach(everywhere=True, possible=True, certain=True)
        extents = self._grants.extents(read(action))
        sure = [extents[name] for name in names.sure if name in extents]
        open_ = any(name in extents for name in self.questions.open_groups(names))
        everywhere = any(extent.everywhere for extent in sure)
        return Reach(everywhere=everywhere, possible=bool(sure) or open_, certain=bool(sure))

    def groups_of(self, identity_id: str) -> tuple[str, ...]:
        """Return the ids of the groups that somebody is surely in.

        Raises:
            KeyError: the inventory has no such identity.
        """
        return self._subjects.names(identity_id).sure[1:]

    def may(self, identity_id: str, action: str, place_id: str) -> Truth:
        """Say whether somebody may do something in a place by what was collected: what `decide` says, found faster.

        What was not collected gives nothing here: were everything open that nobody could look at, everybody could
        become anybody. A role that is bound and not known leaves it open, and so does a group that somebody may be in.

        Args:
            identity_id: who.
            action: what.
            place_id: a cluster: in all its namespaces, or what lies in none; a namespace; an object.

        Raises:
            KeyError: the inventory has no such identity.
        """
        names = self._subjects.names(identity_id)
        one, place = read(action), take_apart(place_id)
        if place.cluster_id != names.cluster_id:
            return False
        return self._covered(names, asked(one, place))

    def _covered(self, names: Names, request: Asked) -> Truth:
        if is_superuser(names):
            return True
        extents, unread = self._grants.extents(request.action), self._grants.unread
        if _any(names.sure, extents, request):
            return True
        open_groups = tuple(self.questions.open_groups(names))
        maybe = _any(names.sure, unread, request)
        maybe = maybe or _any(open_groups, extents, request) or _any(open_groups, unread, request)
        return None if maybe else False

    def holdings(self, identity_id: str, action: str) -> tuple[Holding, ...]:
        """Return where somebody has an action, sorted by place, with the rules that give it.

        Raises:
            KeyError: the inventory has no such identity.
        """
        names, one = self._subjects.names(identity_id), read(action)
        extents, unread = self._grants.extents(one), self._grants.unread
        meant = (*names.sure, *self.questions.open_groups(names))
        if not is_superuser(names) and not any(name in extents or name in unread for name in meant):
            return ()
        return self.questions.holdings(names, one)

    def holders(self, action: str, place_id: str | None = None) -> tuple[tuple[str, Truth], ...]:
        """Name whom bindings give an action (in a place): identities, and groups that stand for all their members.

        Groups are not taken apart, so that what a group has is one row; `members` does. None: a role is not known.

        Returns:
            Ids with how sure it is, sorted.
        """
        return self._backwards.holders(read(action), None if place_id is None else take_apart(place_id))

    def members(self, group_id: str) -> tuple[str, ...]:
        """Return the identities that are surely in a group, sorted."""
        return self._backwards.members(group_id)

    def decide(
        self,
        identity_id: str,
        action: str,
        resource: str | None = None,
        context: Keys | None = None,
        *,
        strict: bool = False,
    ) -> Decision:
        """Answer with the definition.

        Args:
            identity_id: who asks.
            action: `get pods`, `create pods/exec`, `get /metrics`.
            resource: the id of a cluster, a namespace or an object; `*`: the cluster; None: where they may most.
            context: `group`: all groups that the authenticator says.
            strict: take nobody for a member of a group of which only the authenticator knows the members.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: it is no action, or the resource is none that can be named.
        """
        return self.questions.ask(identity_id, read(action), resource, context, strict=strict)

    def who_can(
        self, action: str, resource: str | None = None, context: Keys | None = None, *, strict: bool = False
    ) -> list[tuple[str, Decision]]:
        """Name the identities that may do something, with the decisions, sorted; not those who surely may not.

        Raises:
            UserError: it is no action, or the resource is none that can be named.
        """
        return self._backwards.who_can(read(action), resource, context, strict=strict)

    def statements(self, identity_id: str, action: str, resource: str | None = None) -> tuple[StatementRef, ...]:
        """Name the rules that may give somebody an action (on a resource), sorted."""
        if resource is not None:
            return self.decide(identity_id, action, resource).statements
        held = self.holdings(identity_id, action)
        return tuple(sorted({ref for one in held for ref in one.refs}, key=order))


def _any(names: tuple[str, ...], extents: Mapping[str, Extent], request: Asked) -> bool:
    return any(name in extents and extents[name].covers(request) for name in names)


def summarise(inventory: Inventory, now: datetime) -> Access:
    """Make ready to answer what every identity of Kubernetes may do.

    Args:
        inventory: identities, roles and bindings.
        now: a moment; nothing depends on it.
    """
    return Access(inventory, now)
