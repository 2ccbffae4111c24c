"""Who may do an action: asked backwards, everybody who is alike once."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Final

from nhi_scan.access.azure import directory
from nhi_scan.access.azure.bounding import Bounding
from nhi_scan.access.azure.collect import ABAC, ENTRA
from nhi_scan.access.azure.quick import Quick
from nhi_scan.access.azure.seen import Seen
from nhi_scan.access.azure.vaults import mode
from nhi_scan.access.engine import Keys
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, Verdict
from nhi_scan.model.identity import Identity, Nature

_SOMEBODY: Final = Identity(
    id="", provider="azure", kind="user", nature=Nature.HUMAN, nature_reason="", name="somebody", scope_id=""
)
"""A person: what may be given to people only and was not collected concerns somebody."""


class Backwards:
    """Finds those who may do an action."""

    def __init__(
        self,
        inventory: Inventory,
        quick: Quick,
        bounding: Bounding,
        seen: Seen,
        decide: Callable[..., Decision],
    ) -> None:
        """Take the parts of the engine; `decide` as `summarise.Access.decide`."""
        self._inventory = inventory
        self._quick = quick
        self._bounding = bounding
        self._seen = seen
        self._decide = decide

    def who_can(
        self, action: str, resource: str | None, context: Keys | None, *, strict: bool
    ) -> list[tuple[str, Decision]]:
        """Name the identities that may do an action; see `summarise.Access.who_can`."""
        action = self._bounding.catalogue.display(action)
        if resource is not None:
            resource = self._quick.places.resolve(resource)
        bound = self._bound(action, resource)
        known: dict[object, Decision] = {}
        found = []
        for identity_id in self._bounding.standing_behind(None if self._unseen(action, resource) else bound):
            alike = self._alike(identity_id, bound, action, anywhere=resource is None)
            decision = known.get(alike) if alike is not None else None
            if decision is None:
                decision = self._decide(identity_id, action, resource, context, strict=strict)
                if alike is not None:
                    known[alike] = decision
            if decision.verdict is not Verdict.DENIED:
                found.append((identity_id, decision))
        return found

    def _bound(self, action: str, resource: str | None) -> set[str]:
        """The principals to which assignments may give an action (on a resource)."""
        roles = self._bounding.unknown.union(self._quick.holdings.giving(action))
        rows = (row for role in roles for row in self._inventory.bindings_to.get(role, ()))
        around = None if resource is None else self._quick.around(resource)
        return {row.principal_id for row in rows if around is None or row.scope_id in around}

    def _unseen(self, action: str, resource: str | None) -> bool:
        """Whether something may be given to anybody by what was not collected."""
        planes, seen = self._quick.planes.of(action), self._seen
        if resource is None:
            return any(seen.lacking(plane, _SOMEBODY, action) for plane in planes)
        if "data" in planes and mode(self._inventory, self._quick.places, resource) == "unknown":
            return True
        return any(seen.gap(resource, plane, _SOMEBODY, action) for plane in planes)

    def _alike(self, identity_id: str, bound: set[str], action: str, *, anywhere: bool) -> object:
        """What tells the answer about one resource: who is the same in this gets the same. None: each gets their own.

        So it is with the answer about anything, of those whom no assignment may mean.
        """
        if self._personal or (self._of_oneself and directory.PLANE in self._quick.planes.of(action)):
            return None
        names, identity = self._bounding.names(identity_id), self._inventory.identities[identity_id]
        meant = tuple([pair for pair in names.given if pair[0] in bound])
        unknown = tuple([name for name in names.unknown if name in bound])
        if anywhere and (meant or unknown):
            return None
        return meant, unknown, names.profile, identity.status, identity.kind == _SOMEBODY.kind

    @cached_property
    def _personal(self) -> bool:
        """Whether a condition asks who somebody is, beyond the principals that stand for them."""
        return any("principal[" in text.lower().replace(" ", "") for text in self._conditions(ABAC))

    @cached_property
    def _of_oneself(self) -> bool:
        """Whether a role of the directory says something of oneself, or of what one owns."""
        return any(True for _ in self._conditions(ENTRA))

    def _conditions(self, language: str) -> Iterator[str]:
        inventory = self._inventory
        rows = {one.condition for one in inventory.bindings.values() if one.condition}
        rows.update(one.condition for one in inventory.guardrails if one.condition)
        rows.update(
            one for policy in inventory.policies.values() for rule in policy.statements for one in rule.conditions
        )
        yield from (text for one in rows if one.operator == language for text in one.values)
