"""What bounds each identity of an inventory: which documents, as they read for it, beneath which guardrails."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from nhi_scan.access.aws.ask import SCP
from nhi_scan.access.aws.conditions.variables import Look
from nhi_scan.access.aws.documents import Document, Documents, view
from nhi_scan.access.aws.principals import Principals
from nhi_scan.access.aws.stacks import Guardrails, Level, Stack, Stacks
from nhi_scan.access.aws.terms import View
from nhi_scan.inventory.build import Inventory
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


class Bounding:
    """Finds the stacks of identities."""

    def __init__(self, inventory: Inventory, documents: Documents, principals: Principals, now: datetime) -> None:
        """Begin with nothing found.

        Args:
            inventory: who is bound to which policies.
            documents: the policies' documents.
            principals: what each identity fixes about its requests.
            now: decides which bindings have expired; aware.
        """
        self.stacks = Stacks()
        self._inventory = inventory
        self._documents = documents
        self._principals = principals
        self._now = now
        self._of: dict[str, Stack] = {}
        self._guardrail_documents: dict[str, tuple[tuple[Document | None, ...], ...] | None] = {}
        self._same_guardrails: dict[str, Guardrails] = {}  # of accounts in which they read the same for everyone

    def stack(self, identity: Identity) -> Stack:
        """Return the documents that bound an identity, shared with all to whom they say the same."""
        stack = self._of.get(identity.id)
        if stack is None:
            stack = self._of[identity.id] = self._find(identity)
        return stack

    def stack_of_policies(self, identity: Identity, policy_ids: Iterable[str]) -> Stack:
        """Return the stack that an identity would have with these policies and no boundary."""
        look = self._principals.look(identity)
        own, complete = self._level([self._documents.of(policy_id) for policy_id in policy_ids], look)
        return self.stacks.stack(own, None, self._guardrails(identity, look), complete=complete)

    def stack_with(self, identity: Identity, replaced: Mapping[str, str]) -> Stack:
        """Return the stack that an identity would have with other documents in place of some.

        Args:
            identity: whose.
            replaced: ids of policies that grant something or bound it, and of what would stand in their place.
        """
        return self._find(identity, replaced)

    def granted(self, identity_id: str) -> Iterator[tuple[str, Document | None]]:
        """Yield an identity's own policies, each once, with their documents where the snapshot has them."""
        seen: set[str] = set()
        for binding in self._inventory.bindings_of.get(identity_id, ()):
            if binding.purpose != "grants" or binding.policy_id in seen:
                continue
            if binding.expires_at is None or binding.expires_at > self._now:
                seen.add(binding.policy_id)
                yield binding.policy_id, self._documents.of(binding.policy_id)

    def _find(self, identity: Identity, replaced: Mapping[str, str] = MappingProxyType({})) -> Stack:
        look = self._principals.look(identity)
        boundary = None
        if identity.kind == "root_user":
            own, complete = self.stacks.level((self._view_of_root(),)), True
        else:
            documents: list[Document | None] = []
            bounds: list[Document | None] = []
            for row in self._inventory.bindings_of.get(identity.id, ()):
                document = self._documents.of(replaced.get(row.policy_id, row.policy_id))
                if row.purpose == "bounds":
                    bounds.append(document)
                elif row.expires_at is None or row.expires_at > self._now:
                    documents.append(document)
            own, complete = self._level(documents, look)
            if bounds:
                level, bounded = self._level(bounds, look)
                boundary = level if bounded else None
                complete = complete and bounded
        guardrails = self._guardrails(identity, look)
        complete = complete and guardrails.complete
        return self.stacks.stack(own, boundary, guardrails, complete=complete)

    def _view_of_root(self) -> View:
        document = Documents((_ALL,), self._documents.catalogue).of("")
        assert document is not None  # noqa: S101 - it was given one line above
        return view(document, lambda _key: None)

    def _level(self, documents: list[Document | None], look: Look) -> tuple[Level, bool]:
        """Return the level of some documents and whether all of them could be read. Their order does not count."""
        views = [document.only or view(document, look) for document in documents if document is not None]
        level = self.stacks.level(views)
        return level, level.complete and len(views) == len(documents)

    def _guardrails(self, identity: Identity, look: Look) -> Guardrails:
        """Return the service control policies above an identity.

        They do not limit service-linked roles:
        https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html#scp-effects-on-permissions
        """
        if ":role/aws-service-role/" in identity.id:
            return self.stacks.guardrails(())
        same = self._same_guardrails.get(identity.scope_id)
        if same is not None:
            return same
        levels = self._guardrail_levels(identity.scope_id)
        if levels is None:
            found = self.stacks.guardrails((), known=False)
        else:
            found = self.stacks.guardrails(self._level(list(documents), look)[0] for documents in levels)
        if not any(document is not None and document.varying for level in levels or () for document in level):
            self._same_guardrails[identity.scope_id] = found
        return found

    def _guardrail_levels(self, scope_id: str) -> tuple[tuple[Document | None, ...], ...] | None:
        if scope_id not in self._guardrail_documents:
            levels = self._inventory.guardrails_for(scope_id, SCP)
            self._guardrail_documents[scope_id] = (
                None
                if levels is None
                else tuple(tuple(self._documents.of(policy.id) for policy in level) for level in levels)
            )
        return self._guardrail_documents[scope_id]
