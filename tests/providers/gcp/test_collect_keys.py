"""What is known of keys where projects are asked one by one."""

from dataclasses import replace
from typing import Any

from nhi_scan.demo.gcp.gate import Conduct

LEAK = "https://example.com/leak"


def test_a_key_that_google_found_in_public_says_so(gather: Any, estate: Any) -> None:
    account, *others = estate.accounts
    key = replace(account.keys[0], exposed=LEAK)
    leaking = replace(estate, accounts=[replace(account, keys=(key,)), *others])
    allowed = Conduct(permissions={"projects/shop": frozenset({"*"})})

    (found,) = gather(allowed, leaking, organizations=["1"]).records("projects-shop", "iam-service-account-keys")

    assert [status["value"] for status in found["extendedStatus"]] == [LEAK]
