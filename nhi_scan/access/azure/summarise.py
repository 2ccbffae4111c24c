"""Effective access of every identity of Azure and Entra, fast: a sound upper bound of what `evaluate.decide` answers.

Each role is a set of bits, computed once; each distinct set of what is given is united once, on demand. Nothing is
expanded to identity x action x resource.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from nhi_scan.access.azure.actions import Planes
from nhi_scan.access.azure.ask import ASSIGN, Questions
from nhi_scan.access.azure.backwards import Backwards
from nhi_scan.access.azure.bounding import Bounding
from nhi_scan.access.azure.catalogue import azure_catalogue
from nhi_scan.access.azure.federation import Federation
from nhi_scan.access.azure.grants import Grants
from nhi_scan.access.azure.holdings import Holding, Holdings
from nhi_scan.access.azure.issued import issued
from nhi_scan.access.azure.limits import Limits
from nhi_scan.access.azure.members import Members
from nhi_scan.access.azure.permissions import Roles
from nhi_scan.access.azure.places import Places
from nhi_scan.access.azure.quick import ASK, Quick
from nhi_scan.access.azure.seen import Seen
from nhi_scan.access.azure.stacks import Stack
from nhi_scan.access.azure.vaults import mode
from nhi_scan.access.combine import Truth
from nhi_scan.access.engine import Keys
from nhi_scan.access.federation import Entry
from nhi_scan.access.summary import Summary
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, StatementRef, Verdict
from nhi_scan.model.assertion import Assertion

_TRUTHS = {Verdict.ALLOWED: True, Verdict.DENIED: False}


@dataclass(slots=True, frozen=True)
class Reach:
    """Where an action is given to those who share a stack, as far as its bits tell."""

    everywhere: bool
    possible: bool
    certain: bool


class Access:
    """Effective access of an inventory's identities. Read-only, apart from what it remembers of its own answers.

    What a summary's sets say here, over the actions of all planes:

    - `actions`: what any assignment to the identity or to a group that it is in gives, wherever, also once it was
      activated; without what has lapsed, what a condition surely excludes and what is surely denied where it is given.
    - `certain`: what is given without anything left open, on a place on which nothing may take it away.
    - `everywhere`: what is certain on the whole of a subscription, that is, assigned on it or above it and taken away
      nowhere in it; what is assigned on a management group or the tenant and taken away nowhere in one subscription at
      least. Of the directory and of permissions of APIs: what is certain in the whole tenant, but for the few objects
      that Entra guards (agents, restricted administrative units).

    Attributes:
        inventory: whose identities it answers for.
        now: decides conditions on the time.
        catalogue: the actions of all planes that the snapshot names.
        places: what roles are assigned on.
        members: who is in which group.
        planes: tells the planes of an action.
        seen: what was not collected, so that nobody is surely denied. The sets of a summary, holdings and `as_found`
            are of what was found: as if what was not collected gave nothing.
    """

    def __init__(self, inventory: Inventory, now: datetime) -> None:
        """Read the roles. See `summarise`."""
        self.inventory = inventory
        self.now = now
        self.planes = Planes(inventory)
        self.catalogue = azure_catalogue(inventory, self.planes)
        self.places = Places(inventory)
        self.members = Members(inventory)
        self.roles = Roles(inventory.policies.values(), self.catalogue)
        self._grants = Grants(inventory, self.places, self.catalogue, self.roles, now)
        limits = Limits(inventory, self.members, self.places, self.roles, self._grants.settling)
        self._bounding = Bounding(inventory, self.members, self.roles, self._grants, limits)
        self._holdings = Holdings(inventory, self.roles, self._grants, self.places, self.planes)
        self.stacks = self._bounding.stacks
        self.seen = Seen(inventory, self.places)
        self._quick = Quick(inventory, self.places, self.planes, self._bounding, self._holdings)
        self._questions = Questions(inventory, self.places, self.members, now, self.seen, self.planes)
        self._backwards = Backwards(inventory, self._quick, self._bounding, self.seen, self.decide)

    def understands(self, action: str) -> bool:
        """Say whether a text has the form of an action: `Microsoft.Compute/virtualMachines/write`."""
        return "/" in action and ":" not in action and " " not in action

    @property
    def trusted_issuers(self) -> frozenset[str]:
        """See `access.engine.Engine`."""
        return self._federation.trusted_issuers

    def issued(self, issuers: frozenset[str]) -> Iterator[Assertion]:
        """See `access.engine.Engine`."""
        return issued(self.inventory, issuers)

    def entries(self, assertion: Assertion) -> tuple[Entry, ...]:
        """See `access.engine.Engine`."""
        return self._federation.entries(assertion)

    @cached_property
    def _federation(self) -> Federation:
        """Made when somebody asks: an inventory may be of one cloud alone."""
        return Federation(self.inventory)

    def summary(self, identity_id: str) -> Summary:
        """Return what an identity may do; see the class for what its sets mean.

        Raises:
            KeyError: the inventory has no such identity.
        """
        return Summary(self, identity_id, self.stack(identity_id))

    def stack(self, identity_id: str) -> Stack:
        """Return what an identity holds, shared with all who hold the same.

        Raises:
            KeyError: the inventory has no such identity.
        """
        return self._bounding.stack(self.inventory.identities[identity_id])

    def reach(self, identity_id: str, action: str) -> Reach:
        """Return how far an action is given."""
        stack, bit = self.stack(identity_id), self.catalogue.bit(action)
        if not bit:
            return Reach(everywhere=False, possible=bool(self.holdings(identity_id, action)), certain=False)
        return Reach(bool(stack.everywhere & bit), bool(stack.actions & bit), bool(stack.certain & bit))

    def holdings(self, identity_id: str, action: str) -> tuple[Holding, ...]:
        """Return where an action is given to an identity, sorted by place.

        A place below another one on which it is wholly and surely held is left out, and so is one where it is surely
        taken away. A role of which nobody can tell what it holds is not in it: `Stack.complete` says so.

        Raises:
            KeyError: the inventory has no such identity.
        """
        bit = self.catalogue.bit(action)
        if bit and not bit & self.stack(identity_id).actions:
            return ()
        return self._holdings.of(self._bounding.names(identity_id), action)

    def truth(self, identity_id: str, action: str, place_id: str) -> Truth:
        """Say whether an identity may do an action on a place: what `decide` says, found faster.

        Raises:
            KeyError: the inventory has no such identity.
        """
        found = self.as_found(identity_id, action, place_id)
        if found is not False:
            return found
        identity = self.inventory.identities[identity_id]
        planes = [plane for plane in self.planes.of(action) if self.places.governed(plane, place_id)]
        if identity.status == "deleted" or not planes:
            return False
        gaps = any(self.seen.gap(place_id, plane, identity, action) for plane in planes)
        vault = "data" in planes and mode(self.inventory, self.places, place_id) == "unknown"
        if not gaps and not vault:
            return False
        return _TRUTHS.get(self._questions.at(identity_id, action, place_id).verdict)

    def as_found(self, identity_id: str, action: str, place_id: str) -> Truth:
        """Say whether an identity may do an action on a place by what was collected, as if nothing else gave any.

        What an escalation rests on: were everything open that nobody could look at, everybody could become anybody.

        Raises:
            KeyError: the inventory has no such identity.
        """
        found = self._quick.of(identity_id, action, place_id)
        if found == ASK:
            return _TRUTHS.get(self._questions.as_found(identity_id, action, place_id).verdict)
        return found

    def may_assign(
        self,
        identity_id: str,
        place_id: str,
        role_id: str,
        principal_type: str | None = None,
        principal_id: str | None = None,
    ) -> Truth:
        """Say whether an identity may give a role to somebody on a place, by what was collected.

        Args:
            identity_id: who gives it.
            place_id: canonical.
            role_id: of the role that is given.
            principal_type: of who gets it: `User`, `Group`, `ServicePrincipal`; None: whichever.
            principal_id: who gets it; None: whoever.

        Raises:
            KeyError: the inventory has no such identity.
        """
        found = self._quick.of(identity_id, ASSIGN, place_id)
        if found is True or found is False:
            return found
        decision = self._questions.may_assign(
            identity_id, place_id, role_id, principal_type, principal_id, as_found=True
        )
        return _TRUTHS.get(decision.verdict)

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
            action: `Microsoft.Compute/virtualMachines/write`, `microsoft.directory/applications/create`,
                `Microsoft.Graph/Mail.Send`, `Microsoft.Graph/delegated/Mail.Send`.
            resource: a place, as `Places.resolve` reads it; None: where the identity is allowed most.
            context: what is known of the request, by the names of the attributes that conditions ask for.
            strict: read a condition that stays open as not met.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: the resource is none that can be named, or the context cannot be read.
        """
        action = self.catalogue.display(action)
        if resource is None and not context:
            # One place is enough where it is sure, as far as the clock tells, that nothing takes the action away there.
            sure = [one.place_id for one in self.holdings(identity_id, action) if one.state]
            resource = min(sure, key=lambda place: (len(self.places.chain(place)), place)) if sure else None
        return self._questions.ask(identity_id, action, resource, context, strict=strict)

    def who_can(
        self, action: str, resource: str | None = None, context: Keys | None = None, *, strict: bool = False
    ) -> list[tuple[str, Decision]]:
        """Name the identities that may do an action, with the decisions, sorted; not those who surely may not.

        Where role assignments were not collected, that is everybody; `Decision.baseless` tells for whom nothing speaks.

        Args:
            action: as in `decide`.
            resource: as in `decide`; None: anything.
            context: what is known of the request.
            strict: read a condition that stays open as not met.

        Raises:
            UserError: the resource is none that can be named, or the context cannot be read.
        """
        return self._backwards.who_can(action, resource, context, strict=strict)

    def statements(self, identity_id: str, action: str, resource: str | None = None) -> tuple[StatementRef, ...]:
        """Name the statements that may give an identity an action (on a resource), sorted."""
        chain = None if resource is None else self._quick.around(self.places.canonical(resource))
        found = {
            one
            for name, reading in self._bounding.names(identity_id).given
            for binding, gift in self._holdings.given(name, reading, action)
            if chain is None or binding.scope_id in chain
            for one in self._holdings.refs(binding, gift, action)
        }
        return tuple(sorted(found, key=lambda one: (one.binding_id, one.policy_id, one.index)))


def summarise(inventory: Inventory, now: datetime) -> Access:
    """Make ready to answer what every identity of Azure and Entra may do.

    Args:
        inventory: identities, roles, assignments and what limits them.
        now: decides conditions on the time, and which assignments have ended; aware.
    """
    return Access(inventory, now)
