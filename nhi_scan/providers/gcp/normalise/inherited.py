"""What a scope inherits is not all known where something above it could not be read.

A policy of a folder or an organization holds for everything below it
(https://cloud.google.com/resource-manager/docs/cloud-platform-resource-hierarchy#inheritance), so that a scope whose
own policies were all read still lacks those: its coverage has to say so, for it is looked up at the scope first.
"""

from collections.abc import Iterator, Mapping

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.scope import Scope

# Record kinds of a scope -> kinds of the scopes above it, without which they are not all that holds.
_FROM_ABOVE = {
    "asset-iam-policies": "crm-iam-policies",
    "crm-iam-policies": "crm-iam-policies",
    "iam-deny-policies": "iam-deny-policies",
    "iam-pab-policies": "iam-pab-policies",
    "iam-pab-bindings": "iam-pab-bindings",
}
# Kinds without which nobody knows what is above the scope itself.
_LINE = ("crm-ancestries", "crm-folders")
_DEEPEST = 20  # a crafted import may hold a ring


def lacks_from_above(rows: list[Coverage], scopes: Mapping[str, Scope]) -> Iterator[Coverage]:
    """Yield a row of coverage for each complete one of a scope to which something above the scope is missing.

    Args:
        rows: as collected, scopes by their ids.
        scopes: by id.
    """
    gaps = {(row.scope_id, row.record_kind): row for row in reversed(rows) if row.status.is_gap}
    if not gaps:
        return
    for row in rows:
        kind = _FROM_ABOVE.get(row.record_kind)
        if kind is None or row.status is not CoverageStatus.COMPLETE:
            continue
        lacking = _lacking(row.scope_id, kind, gaps, scopes)
        if lacking is not None:
            detail = f"what `{lacking.scope_id}` gives to all below it is not known: {lacking.detail}"
            yield Coverage(
                provider=row.provider,
                scope_id=row.scope_id,
                record_kind=row.record_kind,
                status=CoverageStatus.PARTIAL,
                detail=detail[:300],
                permission=lacking.permission,
            )


def _lacking(
    scope_id: str, kind: str, gaps: Mapping[tuple[str, str], Coverage], scopes: Mapping[str, Scope]
) -> Coverage | None:
    at = scope_id
    for _ in range(_DEEPEST):
        scope = scopes.get(at)
        above = scope.parent_id if scope else None
        hidden = next((gaps[at, one] for one in _LINE if (at, one) in gaps), None) if above not in scopes else None
        if hidden is not None:
            return hidden
        if not above:
            return None
        if (above, kind) in gaps:
            return gaps[above, kind]
        at = above
    return None
