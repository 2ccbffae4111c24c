"""What a handler of the server is given, and the table that handlers are entered in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.demo.gcp.errors import not_found
from nhi_scan.demo.gcp.gate import Gate
from nhi_scan.demo.gcp.paging import Listing
from nhi_scan.demo.gcp.world import World

Answer = Listing | dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that fits the discovery document."""

    method: str  # its id there
    service: str  # host
    parts: Mapping[str, str]  # of the path
    query: Mapping[str, list[str]]
    body: Mapping[str, Any]
    world: World
    gate: Gate

    def one(self, name: str) -> str:
        """Return a part of the path or a query parameter; empty where it is not given."""
        return self.parts.get(name) or next(iter(self.query.get(name, ())), "")

    def place(self, name: str) -> str:
        """Return the scope that a parameter names or begins with.

        Raises:
            ApiError: NOT_FOUND: there is none such.
        """
        scope = self.world.scope(self.one(name))
        if not scope:
            raise not_found(self.one(name))
        return scope

    def permit(self, permission: str, name: str) -> str:
        """Return the scope that a parameter names, having asked for a permission there.

        Raises:
            ApiError: PERMISSION_DENIED or NOT_FOUND.
        """
        named = self.world.scope(self.one(name))
        if not named:  # Google does not tell a stranger what exists
            self.gate.demand(permission, self.one(name), self.service)
            raise not_found(self.one(name))
        self.gate.demand(permission, named, self.service)
        return named


Handler = Callable[[Asked], Answer]
HANDLERS: dict[str, Handler] = {}


def answers(*methods: str) -> Callable[[Handler], Handler]:
    """Enter a function as what answers some methods, by their ids in the discovery documents."""

    def enter(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(methods, handler))
        return handler

    return enter
