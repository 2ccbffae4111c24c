"""Effective access of every identity of Google Cloud, fast: a sound upper bound of what `evaluate.decide` answers.

Each role is a set of bits, computed once; each distinct set of roles is united once, on demand. Nothing is expanded to
identity x permission x resource.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from nhi_scan.access.combine import Truth
from nhi_scan.access.engine import Keys
from nhi_scan.access.federation import Entry
from nhi_scan.access.gcp.ask import Questions
from nhi_scan.access.gcp.bounding import Bounding
from nhi_scan.access.gcp.catalogue import gcp_catalogue
from nhi_scan.access.gcp.federation import Federation
from nhi_scan.access.gcp.grants import Grants, ref
from nhi_scan.access.gcp.holdings import Holding, Holdings
from nhi_scan.access.gcp.issued import issued
from nhi_scan.access.gcp.limits import Limits
from nhi_scan.access.gcp.members import Members
from nhi_scan.access.gcp.places import Places
from nhi_scan.access.gcp.seen import Seen
from nhi_scan.access.gcp.stacks import Roles, Stack
from nhi_scan.access.summary import Summary
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, StatementRef, Verdict
from nhi_scan.model.assertion import Assertion

_DOTS = 2
_BEST = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.UNKNOWN, Verdict.DENIED)
_TRUTHS = {Verdict.ALLOWED: True, Verdict.DENIED: False}


@dataclass(slots=True, frozen=True)
class Reach:
    """Where a permission is granted to those who share a stack, as far as its bits tell."""

    everywhere: bool
    possible: bool
    certain: bool


class Access:
    """Effective access of an inventory's identities. Read-only, apart from what it remembers of its own answers.

    What a summary's sets say here:

    - `actions`: what any binding of any string that stands for the identity grants, wherever it hangs, without what has
      lapsed and without what is surely denied wherever it is granted. Of a pool's principals, what each token gives:
      what a token gives that shows another attribute, too, belongs to the set that goes by that attribute.
    - `certain`: what is granted without an open condition on a place on which no deny policy and no boundary may take
      it away.
    - `everywhere`: what is certain on the whole of the identity's own project: granted on it or above it, and taken
      away nowhere in it. Whoever has no project of their own (people, federated principals): on the whole of any
      project or of anything above one.

    Attributes:
        inventory: whose identities it answers for.
        now: decides conditions on the time.
        catalogue: the permissions of all roles of the snapshot.
        places: the tree of what policies hang on.
        members: who stands behind the names in policies.
        seen: where allow policies were not collected, so that nobody is surely denied. The sets of a summary, holdings
            and `as_found` are of what was found: as if what was not collected gave nothing.
    """

    def __init__(self, inventory: Inventory, now: datetime) -> None:
        """Read the roles. See `summarise`."""
        self.inventory = inventory
        self.now = now
        self.catalogue = gcp_catalogue(inventory.policies.values())
        self.places = Places(inventory)
        self.members = Members(inventory, self.places)
        self.roles = Roles(inventory.policies.values(), self.catalogue)
        self._grants = Grants(inventory, self.places, now)
        limits = Limits(inventory, self.places, self.catalogue, now)
        self._bounding = Bounding(inventory, self.places, self.members, self.roles, self._grants, limits)
        self._holdings = Holdings(self.roles, self._grants, self.places)
        self.stacks = self._bounding.stacks
        self.seen = Seen(inventory, self.places)
        self._questions = Questions(inventory, self.places, self.members, now, self.seen)
        self._federation = Federation(inventory, self.members)

    def understands(self, action: str) -> bool:
        """Say whether a text has the form of a permission: `storage.objects.get`; deny policies' form is another."""
        return action.count(".") >= _DOTS and not any(mark in action for mark in ":/ ")

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
        """Return how far a permission is granted."""
        stack, bit = self.stack(identity_id), self.catalogue.bit(action)
        return Reach(bool(stack.everywhere & bit), bool(stack.actions & bit), bool(stack.certain & bit))

    def holdings(self, identity_id: str, permission: str) -> tuple[Holding, ...]:
        """Return where a permission is granted to an identity, sorted by place.

        A place below another one on which it is wholly and surely held is left out, and so is one where it is surely
        taken away. A role of which nobody can tell what it holds is not in it: `Stack.complete` says so.

        Raises:
            KeyError: the inventory has no such identity.
        """
        identity = self.inventory.identities[identity_id]
        bit = self.catalogue.bit(permission)
        if not bit & self._bounding.stack(identity).actions:
            return ()
        return self._holdings.of(identity_id, self._bounding.names(identity_id), permission)

    def truth(self, identity_id: str, permission: str, place_id: str) -> Truth:
        """Say whether an identity has a permission on a place: what `decide` says, found faster.

        Raises:
            KeyError: the inventory has no such identity.
        """
        found = self.as_found(identity_id, permission, place_id)
        if found is not False or not self.seen.gap(place_id):
            return found
        deleted = self.inventory.identities[identity_id].status == "deleted"
        if not deleted and self._bounding.names(identity_id).profile.empty:
            return None
        return _TRUTHS.get(self.decide(identity_id, permission, place_id).verdict)

    def as_found(self, identity_id: str, permission: str, place_id: str) -> Truth:
        """Say whether an identity has a permission on a place by what was collected, as if nothing else gave any.

        What an escalation rests on: were everything open that nobody could look at, everybody could become anybody.

        Raises:
            KeyError: the inventory has no such identity.
        """
        stack = self.stack(identity_id)
        granted = stack.actions & self.catalogue.bit(permission)
        if stack.complete and not granted and not self._bounding.names(identity_id).shown:
            return False
        chain = self.places.chain(place_id)
        held = self.holdings(identity_id, permission) if granted else ()
        states = [one.state for one in held if one.place_id in chain]
        if True in states:
            return True
        if not states and not any(one.scope_id in chain for one in self._bounding.perhaps(identity_id, permission)):
            return False
        return _TRUTHS.get(self._questions.as_found(identity_id, permission, place_id).verdict)

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
            action: a permission, `storage.objects.get`.
            resource: a place: a scope, an e-mail address of a service account, a full resource name; None: the place
                where the identity is granted most.
            context: what is known of the request, by CEL's names.
            strict: read a condition that stays open as not met.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: the resource is none that can be named.
        """
        action = self.catalogue.display(action)
        ask = self._questions.ask
        if resource is not None:
            return ask(identity_id, action, resource, context, strict=strict)
        held = self.holdings(identity_id, action)
        # One place is enough where it is sure, as far as the clock tells, that nothing takes the permission away there.
        sure = None if context else next((one.place_id for one in held if one.state), None)
        found = ask(identity_id, action, sure, context, strict=strict)
        if found.verdict is not Verdict.ALLOWED and held:
            # A boundary may leave nothing of what is granted but places below those on which it is granted.
            for place in self._bounding.names(identity_id).profile.eligible():
                if any(one.place_id in self.places.chain(place) for one in held):
                    other = ask(identity_id, action, place, context, strict=strict)
                    found = other if _BEST.index(other.verdict) < _BEST.index(found.verdict) else found
        return found

    def who_can(
        self, action: str, resource: str | None = None, context: Keys | None = None, *, strict: bool = False
    ) -> list[tuple[str, Decision]]:
        """Name the identities that may have a permission, with the decisions, sorted; not those who surely have not.

        Where allow policies were not collected, that is everybody; `Decision.baseless` tells for whom nothing speaks.

        Args:
            action: a permission.
            resource: as in `decide`; None: on anything.
            context: what is known of the request.
            strict: read a condition that stays open as not met.

        Raises:
            UserError: the resource is none that can be named.
        """
        action = self.catalogue.display(action)
        if resource is not None:
            resource = self._questions.place(resource)
        bound = self._bound(action, resource)
        unseen = self.seen.lacking(action) if resource is None else self.seen.gap(resource)
        known: dict[object, Decision] = {}
        found = []
        for identity_id in self._bounding.standing_behind(None if unseen else bound) if unseen or bound else ():
            alike = self._alike(identity_id, bound, anywhere=resource is None)
            decision = known.get(alike) if alike is not None else None
            if decision is None:
                decision = self.decide(identity_id, action, resource, context, strict=strict)
                if alike is not None:
                    known[alike] = decision
            if decision.verdict is not Verdict.DENIED:
                found.append((identity_id, decision))
        return found

    def statements(self, identity_id: str, action: str, resource: str | None = None) -> tuple[StatementRef, ...]:
        """Name the bindings that may give an identity a permission (on a resource), sorted."""
        chain = None if resource is None else set(self.places.chain(resource))
        names = self._bounding.names(identity_id)
        found = {
            binding.id: ref(binding)
            for name in (*names.sure, *names.open)
            for binding, _ in self._holdings.given(name, action, own=name == identity_id)
            if chain is None or binding.scope_id in chain
        }
        return tuple([found[key] for key in sorted(found)])

    def _bound(self, permission: str, resource: str | None) -> set[str]:
        """The names to which bindings may give a permission (on a resource)."""
        roles = self.roles.having(permission) | self.roles.unknown
        if resource is None:
            return {one.principal_id for role in roles for one in self.inventory.bindings_to.get(role, ())}
        hanging = (one for place in self.places.chain(resource) for one in self._grants.at(place))
        return {one.principal_id for one in hanging if one.policy_id in roles}

    def _alike(self, identity_id: str, bound: set[str], *, anywhere: bool) -> object:
        """What tells the answer about one resource: who is the same in this gets the same. None: each gets their own.

        So it is with the answer about anything, of those whom no binding may mean. A bucket that is open to everybody
        has one answer, and not one for each of a hundred thousand.
        """
        if self._personal:
            return None
        names = self._bounding.names(identity_id)
        status = self.inventory.identities[identity_id].status
        meant = [tuple(filter(bound.__contains__, each)) for each in names.bound]
        return None if anywhere and any(meant) else (*meant, names.profile, status)

    @cached_property
    def _personal(self) -> bool:
        """Whether a condition asks who somebody is, beyond the names that stand for them."""
        inventory = self.inventory
        limits = [inventory.policies[one.policy_id] for one in inventory.guardrails]
        conditions = {binding.condition for binding in inventory.bindings.values()}
        conditions.update(guardrail.condition for guardrail in inventory.guardrails)
        conditions.update(one for policy in limits for rule in policy.statements for one in rule.conditions)
        return any("principal" in text for condition in conditions if condition for text in condition.values)


def summarise(inventory: Inventory, now: datetime) -> Access:
    """Make ready to answer what every identity of Google Cloud may do.

    Args:
        inventory: identities, roles, bindings and what limits them.
        now: decides conditions on the time; aware.
    """
    return Access(inventory, now)
