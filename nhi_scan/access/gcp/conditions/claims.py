"""Claims of a token, as attribute mappings and conditions of a pool's provider read them: `assertion.sub`.

https://cloud.google.com/iam/docs/workload-identity-federation#mapping
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.access.gcp.conditions.values import UNKNOWN, Value, contains

ASSERTION = "assertion"


@dataclass(frozen=True, slots=True)
class Claims:
    """What is inside `assertion`, or inside one of its claims.

    Claims inside others are named with dots (`model.assertion.Claim`), whatever of a name is a key and whatever a dot:
    `assertion['kubernetes.io'].namespace` and `assertion['kubernetes.io']['namespace']` are `kubernetes.io.namespace`.
    """

    values: Mapping[str, Value]
    complete: bool  # whether a claim that is not among them is absent
    within: str = ""  # `kubernetes.io.`

    def get(self, key: Any) -> Value:
        """Look a claim up. One that is absent is unknown: asking for it is an error."""
        name = f"{self.within}{key}"
        if name in self.values:
            return self.values[name]
        return Claims(self.values, self.complete, f"{name}.") if self._has_inside(name) else UNKNOWN

    def has(self, key: Any) -> Value:
        """Say whether a claim is there."""
        name = f"{self.within}{key}"
        if name in self.values or self._has_inside(name):
            return True
        return False if self.complete else UNKNOWN

    def _has_inside(self, name: str) -> bool:
        return any(one.startswith(f"{name}.") for one in self.values)


def claim(of: Value, path: str) -> Value:
    """Look up `a.b.c` in claims."""
    found = of
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Claims | dict) else UNKNOWN
    return UNKNOWN if found is None else found


def inside(item: Value, container: Value) -> Value:
    """`in`: a claim of a token, or as of any other value."""
    if isinstance(container, Claims):
        return container.has(item) if isinstance(item, str) else UNKNOWN
    return contains(item, container)
