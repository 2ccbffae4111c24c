"""Effective access of every identity of GitHub."""

from collections.abc import Iterator
from datetime import datetime

from nhi_scan.access.combine import Truth
from nhi_scan.access.engine import Keys
from nhi_scan.access.federation import Entry
from nhi_scan.access.github.ask import Questions
from nhi_scan.access.github.grants import UNLISTED, Grants
from nhi_scan.access.github.issued import Issuing
from nhi_scan.access.github.permissions import canonical, github_catalogue, understood
from nhi_scan.access.github.places import Places
from nhi_scan.access.github.secrets import Secrets
from nhi_scan.access.github.stacks import Holding, Reach, Stack
from nhi_scan.access.summary import Summary
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import github_ids
from nhi_scan.model.access import Decision, StatementRef, Verdict
from nhi_scan.model.assertion import Assertion
from nhi_scan.model.identity import Identity


class Access:
    """Effective access of an inventory's identities. Read-only, apart from what it remembers of its own answers.

    What a summary's sets say here: `actions` all that was granted anywhere; `certain` what depends on nothing;
    `everywhere` what is certain on the whole place that the identity is of: an organization for an installation or a
    token, a repository for a deploy key, a job or whoever can push. What is public is in none of them.

    Attributes:
        inventory: whose identities it answers for.
        now: the moment of the questions.
        catalogue: the permissions.
        places: organizations and repositories.
        secrets: which code is handed which secret.
    """

    def __init__(self, inventory: Inventory, now: datetime) -> None:
        """Make ready. See `summarise`."""
        self.inventory = inventory
        self.now = now
        self.catalogue = github_catalogue(inventory.policies.values())
        self.places = Places(inventory)
        self.secrets = Secrets(inventory, self.places)
        self.grants = Grants(inventory, self.places, self.catalogue)
        self.identities = tuple(one for one in inventory.identities.values() if one.provider == "github")
        self._questions = Questions(self.places, self.grants, self.secrets, self.catalogue)
        self._issuing = Issuing(inventory, self.places, self.secrets)
        self._stacks: dict[str, Stack] = {}
        self._alike: dict[tuple[int, int, int, bool, bool], Stack] = {}

    def understands(self, action: str) -> bool:
        """Say whether a text has the form of an action: `contents=write`."""
        return understood(action)

    @property
    def trusted_issuers(self) -> frozenset[str]:
        """None: no assertion of somebody else's lets software into GitHub.

        https://docs.github.com/rest/authentication/authenticating-to-the-rest-api
        """
        return frozenset()

    def issued(self, issuers: frozenset[str]) -> Iterator[Assertion]:
        """Yield the tokens that jobs can get; see `issued.Issuing`."""
        return self._issuing.issued(issuers)

    def entries(self, assertion: Assertion) -> tuple[Entry, ...]:  # noqa: ARG002 - the question of every engine
        """Nobody: see `trusted_issuers`."""
        return ()

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
        found = self._stacks.get(identity_id)
        if found is None:
            found = self._stacks[identity_id] = self._stack(self.inventory.identities[identity_id])
        return found

    def reach(self, identity_id: str, action: str) -> Reach:
        """Return how far a permission is granted."""
        stack, bit = self.stack(identity_id), self.catalogue.bit(canonical(action))
        return Reach(bool(stack.everywhere & bit), bool(stack.actions & bit), bool(stack.certain & bit))

    def holdings(self, identity_id: str, action: str) -> tuple[Holding, ...]:
        """Return where an identity has a permission, sorted; what nobody could read is not in it.

        Raises:
            KeyError: the inventory has no such identity.
        """
        action = canonical(action)
        found: dict[str, bool] = {}
        for grant in self._questions.matching(self.inventory.identities[identity_id], action, None):
            if not grant.unread:
                found[grant.place_id] = found.get(grant.place_id, False) or bool(grant.state)
        return tuple(Holding(place, sure) for place, sure in sorted(found.items()))

    def truth(self, identity_id: str, action: str, place_id: str) -> Truth:
        """Say whether an identity has a permission on a place, by what was found.

        Raises:
            KeyError: the inventory has no such identity.
        """
        return self._questions.truth(self.inventory.identities[identity_id], canonical(action), place_id)

    def decide(
        self,
        identity_id: str,
        action: str,
        resource: str | None = None,
        context: Keys | None = None,  # noqa: ARG002 - the question of every engine; nothing on GitHub asks for any
        *,
        strict: bool = False,
    ) -> Decision:
        """Answer with the definition.

        Args:
            identity_id: who asks.
            action: `contents=write`.
            resource: an organization, a repository, or something in one; None: where the identity may most.
            context: not used.
            strict: read a condition that stays open as not met.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: the resource is none that is in the snapshot.
        """
        place = None if resource is None else self.places.named(resource)
        return self._questions.ask(self.inventory.identities[identity_id], canonical(action), place, strict=strict)

    def who_can(
        self, action: str, resource: str | None = None, context: Keys | None = None, *, strict: bool = False
    ) -> list[tuple[str, Decision]]:
        """Name the identities that may do an action, with the decisions, sorted; not those who surely may not.

        Raises:
            UserError: the resource is none that is in the snapshot.
        """
        found = []
        for identity in self.identities:
            decision = self.decide(identity.id, action, resource, context, strict=strict)
            if decision.verdict is not Verdict.DENIED:
                found.append((identity.id, decision))
        return found

    def statements(self, identity_id: str, action: str, resource: str | None = None) -> tuple[StatementRef, ...]:
        """Name what may give an identity a permission (on a resource), sorted.

        Raises:
            UserError: the resource is none that is in the snapshot.
        """
        place = None if resource is None else self.places.named(resource)
        grants = self._questions.matching(self.inventory.identities[identity_id], canonical(action), place)
        refs = {grant.ref for grant in grants}
        return tuple(sorted(refs, key=lambda ref: (ref.policy_id, ref.binding_id, ref.index)))

    def _stack(self, identity: Identity) -> Stack:
        actions = certain = everywhere = 0
        for grant in self.grants.of(identity):
            if grant.unread:
                continue
            actions |= grant.mask
            if grant.state:
                certain |= grant.mask
                whole = grant.place_id == identity.scope_id or github_ids.is_organization(grant.place_id)
                everywhere |= grant.mask if whole else 0
        gap = self.grants.gap(identity)
        key = (actions, certain, everywhere, not gap, gap in ("", UNLISTED))
        found = self._alike.get(key)
        if found is None:
            found = self._alike[key] = Stack(actions, certain, everywhere, not gap, gap in ("", UNLISTED))
        return found


def summarise(inventory: Inventory, now: datetime) -> Access:
    """Make ready to answer what every identity of GitHub may do.

    Args:
        inventory: identities, their permissions, organizations and repositories.
        now: the moment of the questions; aware.
    """
    return Access(inventory, now)
