"""A tenant of two thousand: what is asked grows with the pages and not with what is on them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.large import large

PRINCIPALS, ASSIGNMENTS = 2_000, 5_000


def test_requests_are_one_for_a_hundred_principals_and_a_constant(scan: Callable[..., Any]) -> None:
    scanned = scan(large(PRINCIPALS, ASSIGNMENTS, 3), Conduct(), usage=False)
    assert scanned.statuses <= {"complete", "skipped"}
    kinds = Counter(one.kind for one in scanned.assessment.inventory.identities.values() if one.kind != "user")
    assert kinds["service_principal"] + kinds["managed_identity"] == PRINCIPALS
    constant = 45  # collections and settings of a tenant, signing in, and the three subscriptions
    assert sum(scanned.requests.values()) <= PRINCIPALS / 100 + ASSIGNMENTS / 1000 + constant
