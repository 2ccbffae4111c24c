"""How an operation's pages follow each other: as botocore's paginators say, or by the names that tokens have."""

from collections.abc import Mapping, Sequence
from typing import Any

import jmespath

# Output name -> input name, for operations without a paginator, in this order.
_TOKENS = (
    ("NextToken", "NextToken"),
    ("nextToken", "nextToken"),
    ("NextMarker", "Marker"),
    ("nextMarker", "marker"),
    ("Marker", "Marker"),
    ("NextPageToken", "NextPageToken"),
    ("nextPageToken", "nextPageToken"),
    ("NextContinuationToken", "ContinuationToken"),
    ("ContinuationToken", "ContinuationToken"),
)
_METADATA = "ResponseMetadata"


class Paging:
    """Finds the parameters of the next page in an answer.

    Args:
        config: the operation's entry in botocore's `paginators-1.json`; empty where it has none.
        members: names of the operation's parameters.
    """

    def __init__(self, config: Mapping[str, Any], members: Sequence[str]) -> None:
        self._pairs: list[tuple[Any, str]] = []
        self._more = jmespath.compile(config["more_results"]) if config.get("more_results") else None
        self.tokens: frozenset[str] = frozenset()
        if config:
            outputs, inputs = _listed(config["output_token"]), _listed(config["input_token"])
            self._pairs = [(jmespath.compile(out), name) for out, name in zip(outputs, inputs, strict=False)]
            self.tokens = frozenset(outputs) | frozenset(_listed(config.get("more_results") or []))
        else:
            self._guess(members)

    def _guess(self, members: Sequence[str]) -> None:
        for output, name in _TOKENS:
            if name in members:
                self._pairs.append((jmespath.compile(output), name))
                self.tokens |= {output}

    def next_token(self, page: Mapping[str, Any]) -> dict[str, Any]:
        """Give the parameters that ask for the page after this one; empty where it was the last."""
        if self._more is not None and not self._more.search(page):
            return {}
        token: dict[str, Any] = {}
        for path, name in self._pairs:
            value = path.search(page)
            if value and name not in token:
                token[name] = value
        return token


def without_tokens(page: Mapping[str, Any], paging: Paging) -> dict[str, Any]:
    """Take off what belongs to the transport: no record may hold it."""
    return {key: value for key, value in page.items() if key != _METADATA and key not in paging.tokens}


def _listed(value: str | Sequence[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
