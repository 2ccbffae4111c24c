"""What ARNs say, and what is none."""

import pytest

from nhi_scan.model import arns

ROLE = "arn:aws-cn:iam::111122223333:role/x/deploy"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"


def test_the_parts_of_an_arn() -> None:
    assert (arns.partition_of(ROLE), arns.service_of(ROLE), arns.region_of(ROLE)) == ("aws-cn", "iam", "")
    assert (arns.account_of(ROLE), arns.resource_of(ROLE), arns.name_of(ROLE)) == (
        "111122223333",
        "role/x/deploy",
        "deploy",
    )
    assert arns.region_of(KEY) == "eu-west-1"


@pytest.mark.parametrize("text", ["", "x", "arn:aws:iam", "arn", "urn:aws:iam::111122223333:role/r", "projects/p"])
def test_what_is_no_arn_names_no_service(text: str) -> None:
    assert arns.service_of(text) == arns.region_of(text) == ""
    assert arns.account_named(text) == ""


@pytest.mark.parametrize(
    ("principal", "account"),
    [
        (ROLE, "111122223333"),
        ("111122223333", "111122223333"),
        ("arn:aws:iam::aws:policy/x", "aws"),
        ("AIDAEXAMPLE", ""),
        ("١١١١٢٢٢٢٣٣٣٣", ""),
    ],
)
def test_the_account_that_a_principal_names(principal: str, account: str) -> None:
    assert arns.account_named(principal) == account
