"""Conditions of role assignments, role definitions and deny assignments on Azure (ABAC), three-valued.

https://learn.microsoft.com/azure/role-based-access-control/conditions-format. What cannot be known is unknown:
`false AND unknown` is false, `true OR unknown` is true. What cannot be read is unknown too, never false.
"""

from nhi_scan.access.azure.conditions.compare import Unknown
from nhi_scan.access.azure.conditions.known import ACTION, ASSIGNING, SUB_OPERATION, Known, attribute_key
from nhi_scan.access.azure.conditions.parse import parsed
from nhi_scan.access.combine import Truth

__all__ = ["ACTION", "ASSIGNING", "SUB_OPERATION", "Known", "attribute_key", "evaluate", "readable", "reads"]


def evaluate(expression: str, known: Known) -> Truth:
    """Say whether a condition is met: True, False, or None where nobody can tell.

    Args:
        expression: as written; the empty one is always met, as no condition is.
        known: what is known of the request.
    """
    if not expression.strip():
        return True
    found = parsed(expression)
    return None if isinstance(found, Unknown) else found.holds(known)


def readable(expression: str) -> bool:
    """Say whether a condition can be read at all; the empty one can."""
    return not expression.strip() or not isinstance(parsed(expression), Unknown)


def reads(expression: str) -> frozenset[str]:
    """Name what a condition reads: keys of attributes as `attribute_key` writes them, `ACTION`, `SUB_OPERATION`.

    Nothing for one that cannot be read: it is unknown whatever is known.
    """
    found = parsed(expression) if expression.strip() else Unknown()
    return frozenset() if isinstance(found, Unknown) else found.reads
