"""Whether deny policies may take something away, whoever asks: where who asks is somebody that has yet to be made able.

https://cloud.google.com/iam/docs/deny-overview
"""

from nhi_scan.access.gcp.permissions import covers
from nhi_scan.access.gcp.summarise import Access


class Denied:
    """The deny policies of an inventory, by what they deny."""

    def __init__(self, access: Access) -> None:
        """Take the deny policies, each where it is attached."""
        self._places = access.places
        policies = access.inventory.policies
        self._rules = [
            (one.scope_id, {name for row in policies[one.policy_id].statements for name in row.actions})
            for one in access.inventory.guardrails
            if one.kind == "deny_policy"
        ]
        self._known: dict[tuple[str, str], bool] = {}

    def perhaps(self, permission: str, place_id: str) -> bool:
        """Say whether any deny policy above a place, on it or below it is about a permission."""
        key = (permission, place_id)
        if key not in self._known:
            self._known[key] = any(
                any(covers(pattern, permission) for pattern in patterns) and self._bears(scope_id, place_id)
                for scope_id, patterns in self._rules
            )
        return self._known[key]

    def attached(self, place_id: str) -> tuple[str, ...]:
        """Return where the deny policies are attached that bear on a place, sorted."""
        chain = self._places.chain(place_id)
        return tuple(sorted({scope_id for scope_id, _ in self._rules if self._places.canonical(scope_id) in chain}))

    def _bears(self, scope_id: str, place_id: str) -> bool:
        scope = self._places.canonical(scope_id)
        return scope in self._places.chain(place_id) or place_id in self._places.chain(scope)
