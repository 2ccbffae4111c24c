"""A question: may this principal use this permission there?"""

from collections.abc import Callable
from dataclasses import field

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.conditions import Known
from nhi_scan.model.record import record


@record
class Request:
    """One request, as Google Cloud would see it."""

    permission: str  # as roles write it: `storage.objects.get`
    chain: tuple[str, ...]  # places from the root down to the one that is asked about, which is the last
    stands: Callable[[str], Truth]  # whether a principal, as a policy writes it, stands for the one who asks
    known: Known = field(default_factory=Known)
    gap: str = ""  # what was not collected of what may give it there, one sentence; empty: nothing
    rooted: bool = True  # False where there are places above the first of the chain that nobody knows
