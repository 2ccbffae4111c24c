"""Owners: which tag names one, and when one is gone."""

from collections.abc import Callable
from typing import Any

import pytest

from nhi_scan.model.identity import Owner
from nhi_scan.model.records import Records
from nhi_scan.providers.aws.normalise.owners import OWNER_TAGS, OwnerRules

IAM = "arn:aws:iam::111122223333:"


@pytest.mark.parametrize(
    ("tags", "name", "source"),
    [
        ((("owner", "ann"),), "ann", "tag:owner"),
        ((("Team", "data"), ("OWNER", " ann ")), "ann", "tag:OWNER"),
        ((("Owner_Email", "a@b.c"),), "a@b.c", "tag:Owner_Email"),
        ((("contact", "x"), ("team", "data")), "data", "tag:team"),
        ((("owner", "  "), ("team", "data")), "data", "tag:team"),
    ],
)
def test_the_most_telling_tag_wins(tags: Any, name: str, source: str) -> None:
    assert OwnerRules().find(tags) == Owner(name=name, source=source)


@pytest.mark.parametrize("tags", [(), (("owner", ""),), (("env", "prod"),), (("downer", "x"),)])
def test_nobody(tags: Any) -> None:
    assert OwnerRules().find(tags) is None


def test_the_account_owns_what_names_no_owner() -> None:
    rules = OwnerRules()
    assert rules.find((), (("team", "platform"),)) == Owner(name="platform", source="scope:team")
    assert rules.find((("owner", "ann"),), (("team", "platform"),)) == Owner(name="ann", source="tag:owner")


def test_the_order_of_keys_is_the_users() -> None:
    tags = (("owner", "ann"), ("cost-centre", "42"))
    assert OwnerRules(("CostCentre", *OWNER_TAGS)).find(tags) == Owner(name="42", source="tag:cost-centre")


@pytest.mark.parametrize(
    ("tag", "gone"),
    [
        (("owner", "Ann@Example.com"), False),
        (("owner", "bob@example.com"), True),
        (("owner", "bob"), True),
        (("team", "data"), None),  # a list of people says nothing about teams
        (("team", "bob@example.com"), True),
    ],
)
def test_a_list_of_people_tells_who_is_gone(tag: tuple[str, str], *, gone: bool | None) -> None:
    owner = OwnerRules(people=frozenset({"ann@example.com"})).find((tag,))
    assert owner is not None
    assert owner.gone is gone


@pytest.mark.parametrize(
    ("owner", "unasked", "gone"),
    [
        (f"{IAM}user/ann", (), False),
        (f"{IAM}user/left", (), True),
        (f"{IAM}user/left", ("iam-users",), None),
        ("arn:aws:iam::999988887777:user/left", (), None),  # an account nobody looked into
        (f"{IAM}role/left", (), None),
        ("left@example.com", (), None),
    ],
)
def test_an_owner_who_is_a_user_is_gone_where_all_users_are_known(
    normalised: Callable[..., Records],
    owner: str,
    unasked: Any,
    *,
    gone: bool | None,
) -> None:
    records = normalised(
        {
            "iam-users": [
                {"UserName": "ann", "Arn": f"{IAM}user/ann"},
                {"UserName": "bot", "Arn": f"{IAM}user/bot", "Tags": [{"Key": "owner", "Value": owner}]},
            ],
        },
        unasked=unasked,
    )
    (found,) = [identity.owner for identity in records.identities if identity.owner]
    assert found.gone is gone


def test_settings_reach_the_records(normalised: Callable[..., Records]) -> None:
    user = {"UserName": "bot", "Arn": f"{IAM}user/bot", "Tags": [{"Key": "squeak", "Value": "x"}]}
    settings = {"owner_tags": ("squeak",), "people": frozenset({"y"})}
    records = normalised({"iam-users": [user]}, settings=settings)
    assert records.identities[0].owner == Owner(name="x", source="tag:squeak", gone=True)
