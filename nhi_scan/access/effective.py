"""Effective access of a whole inventory: each identity's questions go to the engine of its provider."""

from collections.abc import Mapping

from nhi_scan.access.bridges import Bridges
from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.engine import Engine, Keys
from nhi_scan.access.summary import Summary
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, StatementRef


class EffectiveAccess:
    """Who may do what, in every cloud of an inventory.

    Attributes:
        inventory: whose identities it answers for.
        engines: by provider, sorted.
        bridges: who of one cloud becomes whom of another; none where nobody asked the engines for them.
    """

    def __init__(self, inventory: Inventory, engines: Mapping[str, Engine], bridges: Bridges | None = None) -> None:
        """Take the engines, by provider."""
        self.inventory = inventory
        self.engines = dict(sorted(engines.items()))
        self.bridges = bridges if bridges is not None else Bridges(inventory)

    def of(self, identity_id: str) -> Engine:
        """Return the engine that answers for an identity.

        Raises:
            KeyError: the inventory has no such identity.
        """
        return self.engines[self.inventory.identities[identity_id].provider]

    def catalogue(self, identity_id: str) -> Catalogue:
        """Return the actions that an identity's sets are about."""
        return self.of(identity_id).catalogue

    def understanding(self, action: str) -> tuple[Engine, ...]:
        """Return the engines to whose provider an action belongs by its form."""
        return tuple(engine for engine in self.engines.values() if engine.understands(action))

    def summary(self, identity_id: str) -> Summary:
        """Return what an identity may do; see `Engine.summary`."""
        return self.of(identity_id).summary(identity_id)

    def decide(
        self,
        identity_id: str,
        action: str,
        resource: str | None = None,
        context: Keys | None = None,
        *,
        strict: bool = False,
    ) -> Decision:
        """Answer with the definition of the identity's provider; see `Engine.decide`."""
        return self.of(identity_id).decide(identity_id, action, resource, context, strict=strict)

    def who_can(
        self, action: str, resource: str | None = None, context: Keys | None = None, *, strict: bool = False
    ) -> list[tuple[str, Decision]]:
        """Name the identities that may do an action; see `Engine.who_can`."""
        found = [
            pair
            for engine in self.understanding(action)
            for pair in engine.who_can(action, resource, context, strict=strict)
        ]
        return sorted(found, key=lambda pair: pair[0])

    def statements(self, identity_id: str, action: str, resource: str | None = None) -> tuple[StatementRef, ...]:
        """Name the statements that may allow an action; see `Engine.statements`."""
        return self.of(identity_id).statements(identity_id, action, resource)
