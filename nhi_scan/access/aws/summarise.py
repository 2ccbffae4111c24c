"""Effective access of every identity, fast: a sound upper bound of what `evaluate.decide` answers.

Each distinct document is compiled once, each distinct stack of documents is summarised once, on demand. Nothing is
expanded to identity x action x resource.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

from nhi_scan.access.aws import special
from nhi_scan.access.aws.actions import aws_catalogue
from nhi_scan.access.aws.ask import Questions
from nhi_scan.access.aws.bounding import Bounding
from nhi_scan.access.aws.documents import Documents, view
from nhi_scan.access.aws.federation import Federation
from nhi_scan.access.aws.issued import issued
from nhi_scan.access.aws.principals import Principals
from nhi_scan.access.aws.reach import Reach, allowing, speaking_of
from nhi_scan.access.aws.stacks import Stack
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.engine import Keys
from nhi_scan.access.federation import Entry
from nhi_scan.access.summary import Summary
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, StatementRef, Verdict
from nhi_scan.model.assertion import Assertion
from nhi_scan.model.identity import Identity


class Access:
    """Effective access of an inventory's identities. Read-only, apart from what it remembers of its own answers."""

    def __init__(self, inventory: Inventory, now: datetime, catalogue: Catalogue) -> None:
        """Compile the policies. See `summarise`."""
        self.inventory = inventory
        self.now = now
        self.principals = Principals(inventory, now)
        self.documents = Documents(inventory.policies.values(), catalogue)
        self.catalogue = self.documents.catalogue
        self._bounding = Bounding(inventory, self.documents, self.principals, now)
        self.stacks = self._bounding.stacks
        self._reaches: dict[str, dict[Stack, Reach]] = defaultdict(dict)  # action -> stack -> where it is allowed
        self._questions = Questions(inventory, self.principals)

    def understands(self, action: str) -> bool:
        """Say whether a text has the form of an AWS action, `service:Action`."""
        service, _, name = action.partition(":")
        return bool(service and name) and " " not in action

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
        return Federation(self.inventory, self.now, self.decide)

    def summary(self, identity_id: str) -> Summary:
        """Return what an identity may do.

        Raises:
            KeyError: the inventory has no such identity.
        """
        return Summary(self, identity_id, self.stack(identity_id))

    def stack(self, identity_id: str) -> Stack:
        """Return the documents that bound an identity, shared with all to whom they say the same."""
        return self._bounding.stack(self.inventory.identities[identity_id])

    def stack_of_policies(self, identity: Identity, policy_ids: Iterable[str]) -> Stack:
        """Return the stack that an identity would have with these policies and no boundary."""
        return self._bounding.stack_of_policies(identity, policy_ids)

    def stack_with(self, identity: Identity, replaced: Mapping[str, str]) -> Stack:
        """Return the stack that an identity would have with other policies in place of some, by id."""
        return self._bounding.stack_with(identity, replaced)

    def reach(self, identity_id: str, action: str) -> Reach:
        """Return on what an identity may do an action, by its own permissions."""
        stack = self.stack(identity_id)
        reaches = self._reaches[action.lower()]
        reach = reaches.get(stack)
        if reach is None:
            reach = reaches[stack] = Reach.of(stack, action, self.catalogue)
        return reach

    def decide(
        self,
        identity_id: str,
        action: str,
        resource: str | None = None,
        context: Keys | None = None,
        *,
        strict: bool = False,
    ) -> Decision:
        """Answer with the definition, with all layers that the inventory has.

        An organization that nobody looked at counts as one without guardrails (`Summary.guardrails_known`).

        Args:
            identity_id: who asks.
            action: `service:Action`.
            resource: an ARN; None: the resource on which the identity's own policies allow most.
            context: condition keys that are known, and their values.
            strict: read a condition that stays open as not met.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: the identity is none that can make requests.
        """
        if resource is not None:
            return self._questions.ask(identity_id, action, resource, context, strict=strict)
        found = sorted(self.reach(identity_id, action).patterns("*"), key=lambda each: not each[1])
        first, *rest = [pattern for pattern, _ in found] or ["*"]
        best = self._questions.ask(identity_id, action, first, context, strict=strict)
        for pattern in rest:
            if best.verdict is Verdict.ALLOWED:
                break
            other = self._questions.ask(identity_id, action, pattern, context, strict=strict)
            best = other if other.verdict is Verdict.ALLOWED else best
        return best

    def who_can(
        self, action: str, resource: str | None = None, context: Keys | None = None, *, strict: bool = False
    ) -> list[tuple[str, Decision]]:
        """Name the identities that may do an action, with the decisions, sorted; those who surely may not are left out.

        Args:
            action: `service:Action`.
            resource: an ARN; None: on anything.
            context: condition keys that are known, and their values.
            strict: read a condition that stays open as not met.
        """
        if resource is not None:
            resource = special.asked_about(action.lower(), resource)
        granting = None if resource is None else self._questions.resource(resource)[0]
        asked = self.inventory.identities if granting is not None else self._perhaps(action, resource)
        found = []
        for identity_id in asked:
            decision = self.decide(identity_id, action, resource, context, strict=strict)
            if decision.verdict is not Verdict.DENIED:
                found.append((identity_id, decision))
        return found

    def _perhaps(self, action: str, resource: str | None) -> Iterator[str]:
        """Yield the identities whose summary leaves an action possible, and those of whom not everything is known."""
        bit = self.catalogue.bit(action)
        name = action.lower()
        if name in special.FREE:
            yield from self.inventory.identities
            return
        find, reaches = self._bounding.stack, self._reaches[name]
        for identity_id, identity in self.inventory.identities.items():
            stack = find(identity)
            if stack.complete:
                if bit and not stack.actions & bit:
                    continue
                reach = reaches.get(stack) or self.reach(identity_id, action)
                if resource is not None and reach.on(resource) is False:
                    continue
            yield identity_id

    def statements(self, identity_id: str, action: str, resource: str | None = None) -> tuple[StatementRef, ...]:
        """Name the statements of an identity's own policies that may allow an action (on a resource), sorted."""
        bit = self.catalogue.bit(action)
        if bit and not self.stack(identity_id).identity.may & bit:
            return ()
        look = self.principals.look(self.inventory.identities[identity_id])
        speaks = speaking_of(action, self.catalogue)
        found: dict[tuple[str, int], StatementRef] = {}
        for policy_id, document in self._bounding.granted(identity_id):
            if document is not None:
                for term in allowing(view(document, look), speaks, resource):
                    statement = term.rule.statement
                    found[policy_id, statement.index] = StatementRef(policy_id, statement.index, statement.sid)
        return tuple([found[key] for key in sorted(found)])


def summarise(inventory: Inventory, now: datetime, catalogue: Catalogue | None = None) -> Access:
    """Make ready to answer what every identity of an inventory may do.

    Args:
        inventory: identities, policies and what binds them.
        now: decides the time keys of conditions; aware.
        catalogue: the actions that exist; None for AWS's.
    """
    return Access(inventory, now, catalogue or aws_catalogue())
