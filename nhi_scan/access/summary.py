"""What one identity may do, in a few sets of bits."""

from typing import Protocol

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.model.access import StatementRef, Verdict


class Stack(Protocol):
    """Everything that decides what a set of identities may do. Those to whom it says the same share one object."""

    @property
    def actions(self) -> int:
        """Actions that may be allowed on some resource: a sound upper bound of what is known."""

    @property
    def certain(self) -> int:
        """Actions allowed on some resource, no condition open."""

    @property
    def everywhere(self) -> int:
        """Actions allowed on every resource of the identity's scope, no condition open, nothing subtracted.

        On Azure, where the scope is mostly a tenant: of one subscription at least, or of the directory.
        """

    @property
    def complete(self) -> bool:
        """False where evidence that could change an answer was not collected or could not be read."""

    @property
    def policies_known(self) -> bool:
        """False where a policy that is surely about them could not be read; whether others are, too, is not asked."""

    @property
    def guardrails_known(self) -> bool:
        """False where nobody looked at what may stand above; answers are as if nothing did."""

    @property
    def memo(self) -> dict[object, object]:
        """Answers computed from this stack alone."""


class Reach(Protocol):
    """Where one action is allowed to those who share a stack."""

    @property
    def everywhere(self) -> bool:
        """Whether on every resource, no condition open."""

    @property
    def possible(self) -> bool:
        """Whether perhaps on something."""

    @property
    def certain(self) -> bool:
        """Whether on something, no condition open."""


class Answers(Protocol):
    """What a summary asks of the engine that it belongs to."""

    @property
    def catalogue(self) -> Catalogue:
        """The actions that exist."""

    def reach(self, identity_id: str, action: str) -> Reach:
        """Return on what an identity may do an action."""

    def statements(self, identity_id: str, action: str, resource: str | None = None) -> tuple[StatementRef, ...]:
        """Name the statements that may allow an action."""


class Summary:
    """What one identity may do. Sets of actions are bits over the catalogue of its provider's engine.

    On AWS: by its own policies, its boundary and the guardrails above it. Grants of resource policies are not in it:
    they belong to a resource. On Google Cloud: by all bindings of all its principals, on whatever resource. On Azure:
    by all assignments to it and to its groups, of roles, of application permissions and by ownership, in all planes.
    """

    __slots__ = ("_access", "identity_id", "stack")

    def __init__(self, access: Answers, identity_id: str, stack: Stack) -> None:
        """Take whom it is about.

        Args:
            access: answers what the bits do not tell.
            identity_id: whose summary.
            stack: the documents that bound the identity.
        """
        self._access = access
        self.identity_id = identity_id
        self.stack = stack

    @property
    def catalogue(self) -> Catalogue:
        """The actions that the sets are about."""
        return self._access.catalogue

    @property
    def actions(self) -> int:
        """Actions that may be allowed on some resource: a sound upper bound of what is known."""
        return self.stack.actions

    @property
    def certain(self) -> int:
        """Actions allowed on some resource, no condition open."""
        return self.stack.certain

    @property
    def everywhere(self) -> int:
        """Actions allowed on every resource, no condition open, nothing subtracted."""
        return self.stack.everywhere

    @property
    def complete(self) -> bool:
        """False where evidence that could change an answer was not collected or could not be read."""
        return self.stack.complete

    @property
    def policies_known(self) -> bool:
        """False where a policy that is surely about it could not be read; a group nobody could list is none such."""
        return self.stack.policies_known

    @property
    def guardrails_known(self) -> bool:
        """False where nobody looked at the organization; answers are as if no guardrail stood above."""
        return self.stack.guardrails_known

    def allows(self, action: str, *, everywhere: bool = False) -> bool:
        """Say whether an action may be allowed on something; with `everywhere`, whether it surely is on everything."""
        bit = self._access.catalogue.bit(action)
        if bit:
            return bool((self.everywhere if everywhere else self.actions) & bit)
        reach = self._access.reach(self.identity_id, action)
        return reach.everywhere if everywhere else reach.possible

    def verdict(self, action: str) -> Verdict:
        """Judge an action on at least one resource.

        Returns:
            ALLOWED where some resource is certain; CONDITIONAL where there may be one; DENIED where there is none;
            UNKNOWN where what could allow or deny it was not read.
        """
        bit = self._access.catalogue.bit(action)
        if bit & self.certain:
            return Verdict.ALLOWED
        if not self.complete:
            return Verdict.UNKNOWN
        if not self.allows(action):
            return Verdict.DENIED
        return Verdict.ALLOWED if self._access.reach(self.identity_id, action).certain else Verdict.CONDITIONAL

    def services(self) -> tuple[str, ...]:
        """Name the services of which at least one action may be allowed, sorted."""
        found = self.stack.memo.get("services")
        if found is None:
            found = self.stack.memo["services"] = self._access.catalogue.services(self.actions)
        return found  # type: ignore[return-value] # the memo holds answers of many kinds

    def full_services(self) -> tuple[str, ...]:
        """Name the services whose every action is allowed on everything, sorted."""
        found = self.stack.memo.get("full_services")
        if found is None:
            found = self.stack.memo["full_services"] = self._access.catalogue.full_services(self.everywhere)
        return found  # type: ignore[return-value] # as above

    def statements(self, action: str) -> tuple[StatementRef, ...]:
        """Name the statements of the identity's policies that may allow an action, sorted."""
        return self._access.statements(self.identity_id, action)
