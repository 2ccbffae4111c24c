"""What each provider's engine of effective access answers, whatever its policies look like.

An engine speaks its provider's own terms: the names of actions and resources, what a condition key is. What it answers
with is neutral: verdicts, statements, steps, bits over its own catalogue of actions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.federation import Entry
from nhi_scan.access.summary import Summary
from nhi_scan.access.technique import Sensitive
from nhi_scan.graph.graph import Edge, Graph
from nhi_scan.graph.paths import Ways
from nhi_scan.model.access import Decision, Privilege, StatementRef, Step
from nhi_scan.model.assertion import Assertion
from nhi_scan.model.scope import Scope

Keys = Mapping[str, Iterable[str] | str]
"""What is known of a request, by the provider's names for it, as `--context key=value` gives it."""


class Engine(Protocol):
    """Effective access of one provider's identities. Read-only, apart from what it remembers of its own answers."""

    @property
    def catalogue(self) -> Catalogue:
        """The actions that exist."""

    def understands(self, action: str) -> bool:
        """Say whether a text has the form of this provider's actions (`s3:GetObject`, `storage.objects.get`)."""

    def summary(self, identity_id: str) -> Summary:
        """Return what an identity may do.

        Raises:
            KeyError: the inventory has no such identity.
        """

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
            action: as the provider writes it.
            resource: the provider's name of it; None: that on which the identity is allowed most.
            context: what is known of the request.
            strict: read a condition that stays open as not met.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: the identity is none that can make requests, or the resource is none that can be named.
        """

    def who_can(
        self, action: str, resource: str | None = None, context: Keys | None = None, *, strict: bool = False
    ) -> list[tuple[str, Decision]]:
        """Name the identities that may do an action, with the decisions, sorted; not those who surely may not."""

    def statements(self, identity_id: str, action: str, resource: str | None = None) -> tuple[StatementRef, ...]:
        """Name the statements that may allow an action (on a resource), sorted."""

    @property
    def trusted_issuers(self) -> frozenset[str]:
        """Keys (`model.assertion.issuer_key`) of the issuers whose assertions let somebody in."""

    def issued(self, issuers: frozenset[str]) -> Iterator[Assertion]:
        """Yield what its identities can show elsewhere, in the order of their ids.

        Args:
            issuers: keys; only what these issue, what nobody knows the issuer of, and what identities show that ask for
                something elsewhere.
        """

    def entries(self, assertion: Assertion) -> tuple[Entry, ...]:
        """Say who the holder of an assertion becomes; sorted by identity and trust, none that surely is not let in.

        Where the issuer is not known, only identities that the holder asks for can be entered, and never surely.
        """


class Steps(Protocol):
    """Turns edges of an escalation graph into steps that a person can follow."""

    def along(self, edges: tuple[Edge, ...]) -> tuple[Step, ...]:
        """Return the steps of a way. An edge to a set and the one from it to a member are one step."""


class Report(Protocol):
    """How far the identities of one provider get, and what that rests on."""

    @property
    def privileges(self) -> Mapping[str, Privilege]:
        """The level of each identity, by id."""

    @property
    def graph(self) -> Graph:
        """Who can become whom. Identities are nodes under their ids."""

    @property
    def ways(self) -> Ways:
        """The shortest way of each node to what makes an administrator: an identity that is one, control of a place."""

    @property
    def steps(self) -> Steps:
        """Explains its edges."""

    def control(self, chain: Sequence[Scope]) -> tuple[str, ...]:
        """Name the nodes of the graph whose holder controls the last of these scopes, root first.

        None where a provider knows nobody who controls a scope as one: an AWS account has administrators of its own.
        """

    @property
    def sensitive(self) -> Sequence[Sensitive]:
        """What it means to get at the content of a kind of resource."""
