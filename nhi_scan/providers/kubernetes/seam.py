"""What the collector asks of a client: the seam itself is imported only where somebody collects."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from nhi_scan.providers.kubernetes.calls import PLAIN


class Seam(Protocol):
    """One API server under one identity; see `client.Client`."""

    def get(self, path: str, params: Mapping[str, str | int] | None = None, accept: str = PLAIN) -> dict[str, Any]:
        """Ask for one thing; raises `CallError` and `Stopped`."""

    def pages(self, path: str, params: Mapping[str, str | int], accept: str = PLAIN) -> Iterator[list[Any]]:
        """List, page by page; raises `CallError` and `Stopped`."""
