"""Effective access of every identity, fast: a sound upper bound of what `evaluate.decide` answers.

Each distinct document is compiled once, each distinct stack of documents is summarised once, on demand. Nothing is
expanded to identity x action x resource.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property

from nhi_scan.access import special
from nhi_scan.access.ask import SCP, Keys, Questions
from nhi_scan.access.aws_actions import aws_catalogue
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.conditions.variables import Look
from nhi_scan.access.documents import Document, Documents, view
from nhi_scan.access.principals import Principals
from nhi_scan.access.reach import Reach, allowing, speaking_of
from nhi_scan.access.stacks import Guardrails, Level, Stack, Stacks
from nhi_scan.access.summary import Summary
from nhi_scan.access.terms import View
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, StatementRef, Verdict
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Effect, Policy, Statement

_ALL = Policy(
    id="",
    provider="aws",
    kind="identity",
    name="everything",
    scope_id="",
    statements=(Statement(effect=Effect.ALLOW, actions=("*",), resources=("*",)),),
    version="2012-10-17",
)
"""What a root user may do before guardrails."""


class Access:
    """Effective access of an inventory's identities. Read-only, apart from what it remembers of its own answers."""

    def __init__(self, inventory: Inventory, now: datetime, catalogue: Catalogue) -> None:
        """Compile the policies. See `summarise`."""
        self.inventory = inventory
        self.now = now
        self.principals = Principals(inventory, now)
        self.documents = Documents(inventory.policies.values(), catalogue)
        self.catalogue = self.documents.catalogue
        self.stacks = Stacks()
        self._stack_of: dict[str, Stack] = {}
        self._guardrail_documents: dict[str, tuple[tuple[Document | None, ...], ...] | None] = {}
        self._reaches: dict[tuple[int, str], Reach] = {}
        self._questions = Questions(inventory, self.principals)

    @cached_property
    def _root_view(self) -> View:
        return view(self._documents_of_root, lambda _key: None)

    @cached_property
    def _documents_of_root(self) -> Document:
        found = Documents((_ALL,), self.catalogue).of("")
        assert found is not None  # noqa: S101 - it was given one line above
        return found

    def summary(self, identity_id: str) -> Summary:
        """Return what an identity may do.

        Raises:
            KeyError: the inventory has no such identity.
        """
        return Summary(self, identity_id, self.stack(identity_id))

    def summaries(self) -> Mapping[str, Summary]:
        """Return the summary of every identity, by id."""
        return {identity_id: self.summary(identity_id) for identity_id in self.inventory.identities}

    def stack(self, identity_id: str) -> Stack:
        """Return the documents that bound an identity, shared with all to whom they say the same."""
        stack = self._stack_of.get(identity_id)
        if stack is None:
            stack = self._stack_of[identity_id] = self._find_stack(self.inventory.identities[identity_id])
        return stack

    def stack_of_policies(self, identity: Identity, policy_ids: Iterable[str]) -> Stack:
        """Return the stack that an identity would have with these policies and no boundary."""
        look = self.principals.look(identity)
        own, complete = self._level([self.documents.of(policy_id) for policy_id in policy_ids], look)
        return self.stacks.stack(own, None, self._guardrails(identity, look), complete=complete)

    def reach(self, identity_id: str, action: str) -> Reach:
        """Return on what an identity may do an action, by its own permissions."""
        stack = self.stack(identity_id)
        key = (id(stack), action.lower())
        reach = self._reaches.get(key)
        if reach is None:
            reach = self._reaches[key] = Reach.of(stack, action, self.catalogue)
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
        stacks, reaches = self._stack_of, self._reaches
        for identity_id in self.inventory.identities:
            stack = stacks.get(identity_id) or self.stack(identity_id)
            if stack.complete:
                if bit and not stack.actions & bit:
                    continue
                reach = reaches.get((id(stack), name)) or self.reach(identity_id, action)
                if resource is not None and reach.on(resource) is False:
                    continue
            yield identity_id

    def statements(self, identity_id: str, action: str, resource: str | None = None) -> tuple[StatementRef, ...]:
        """Name the statements of an identity's own policies that may allow an action (on a resource), sorted."""
        look = self.principals.look(self.inventory.identities[identity_id])
        speaks = speaking_of(action, self.catalogue)
        found: set[StatementRef] = set()
        for policy_id, document in self._granted(identity_id):
            if document is None:
                continue
            if any(not rule.deny and speaks(rule) for rule in document.rules):
                for term in allowing(view(document, look), speaks, resource):
                    statement = term.rule.statement
                    found.add(StatementRef(policy_id, statement.index, statement.sid))
        return tuple(sorted(found, key=lambda ref: (ref.policy_id, ref.index)))

    def _granted(self, identity_id: str) -> Iterable[tuple[str, Document | None]]:
        """Yield an identity's own policies, each once."""
        seen: set[str] = set()
        for binding in self.inventory.bindings_of.get(identity_id, ()):
            expired = binding.expires_at is not None and binding.expires_at <= self.now
            if binding.purpose == "grants" and not expired and binding.policy_id not in seen:
                seen.add(binding.policy_id)
                yield binding.policy_id, self.documents.of(binding.policy_id)

    def _find_stack(self, identity: Identity) -> Stack:
        look = self.principals.look(identity)
        if identity.kind == "root_user":
            own, complete, boundary = self.stacks.level((self._root_view,)), True, None
        else:
            documents = [document for _, document in self._granted(identity.id)]
            own, complete = self._level(documents, look)
            boundary, bounded = self._boundary(identity.id, look)
            complete = complete and bounded
        guardrails = self._guardrails(identity, look)
        complete = complete and all(level.complete for level in guardrails.levels)
        return self.stacks.stack(own, boundary, guardrails, complete=complete)

    def _level(self, documents: Iterable[Document | None], look: Look) -> tuple[Level, bool]:
        """Return the level of some documents and whether all of them could be read. Their order does not count."""
        views = {id(found): found for found in (view(document, look) for document in documents if document is not None)}
        level = self.stacks.level(tuple(sorted(views.values(), key=id)))
        return level, level.complete and None not in documents

    def _boundary(self, identity_id: str, look: Look) -> tuple[Level | None, bool]:
        """Return an identity's permissions boundary; None where it has none or its content is not known."""
        bounds = [row for row in self.inventory.bindings_of.get(identity_id, ()) if row.purpose == "bounds"]
        if not bounds:
            return None, True
        level, complete = self._level([self.documents.of(row.policy_id) for row in bounds], look)
        return (level, True) if complete else (None, False)

    def _guardrails(self, identity: Identity, look: Look) -> Guardrails:
        """Return the service control policies above an identity.

        They do not limit service-linked roles:
        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#scp-effects-on-permissions
        """
        if ":role/aws-service-role/" in identity.id:
            return self.stacks.guardrails(())
        levels = self._guardrail_levels(identity.scope_id)
        if levels is None:
            return self.stacks.guardrails((), known=False)
        return self.stacks.guardrails(self._level(documents, look)[0] for documents in levels)

    def _guardrail_levels(self, scope_id: str) -> tuple[tuple[Document | None, ...], ...] | None:
        if scope_id not in self._guardrail_documents:
            levels = self.inventory.guardrails_for(scope_id, SCP)
            self._guardrail_documents[scope_id] = (
                None
                if levels is None
                else tuple(tuple(self.documents.of(policy.id) for policy in level) for level in levels)
            )
        return self._guardrail_documents[scope_id]


def summarise(inventory: Inventory, now: datetime, catalogue: Catalogue | None = None) -> Access:
    """Make ready to answer what every identity of an inventory may do.

    Args:
        inventory: identities, policies and what binds them.
        now: decides the time keys of conditions; aware.
        catalogue: the actions that exist; None for AWS's.
    """
    return Access(inventory, now, catalogue or aws_catalogue())
