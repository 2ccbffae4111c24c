"""How a provider tells what it is at, while it collects."""

from typing import Protocol


class Progress(Protocol):
    """Told about every step; called from many threads, so an implementation locks for itself."""

    def start(self, account: str, total: int = 0) -> None:
        """Note that a scope begins, with about so many steps; 0 where that is not known."""

    def advance(self, account: str, service: str, region: str = "") -> None:
        """Note that a step of a scope is done."""

    def done(self, account: str) -> None:
        """Note that a scope is finished."""


class Silent:
    """Says nothing."""

    def start(self, account: str, total: int = 0) -> None:
        """Ignore it."""

    def advance(self, account: str, service: str, region: str = "") -> None:
        """Ignore it."""

    def done(self, account: str) -> None:
        """Ignore it."""
