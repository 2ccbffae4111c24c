"""The provider's section is read strictly, and options that contradict each other are refused."""

from typing import Any

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers import BUILT_IN, provider_names
from nhi_scan.providers.aws.provider import PROVIDER
from nhi_scan.providers.aws.settings import AwsSettings, parse
from nhi_scan.providers.protocol import load_provider


def test_an_empty_section_is_the_defaults() -> None:
    assert parse({}) == AwsSettings()


def test_values_are_taken_over() -> None:
    section = {"organization": True, "role_name": "path/Reader", "external_id": "x:1", "regions": ["eu-west-1"] * 2}
    parsed = parse(section)
    assert (parsed.organization, parsed.role_name, parsed.regions) == (True, "path/Reader", ("eu-west-1",))
    assert parse({"profiles": "one"}).profiles == ("one",)


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"region": ["eu-west-1"]}, "unknown key `region` (known: accounts_at_once,"),
        ({"usage": "yes"}, "`providers.aws.usage`: `yes` is neither true nor false"),
        ({"max_attempts": 0}, "`providers.aws.max_attempts`: `0` is no whole number from 1"),
        ({"max_attempts": True}, "`True` is no whole number"),
        ({"role_name": 3}, "`providers.aws.role_name`: `3` is no text"),
        ({"profiles": [1]}, "`providers.aws.profiles`: `[1]` is no list of texts"),
        ({"regions": ["Ireland"]}, "`Ireland` is no name of a region"),
        ({"regions": ["../../x"]}, "`../../x` is no name of a region"),
        ({"organization": True}, "`--organization` needs `--role-name`"),
        ({"organization": True, "role_name": "r", "profiles": ["a", "b"]}, "at most one `--profile`"),
        ({"role_name": "r"}, "`--role-name` is used only with `--organization`"),
        ({"external_id": "e1"}, "`--external-id` is used only with `--role-name`"),
        ({"organization": True, "role_name": "a b"}, "`a b` is no name of a role"),
        ({"organization": True, "role_name": "r", "external_id": "e"}, "an external id has 2 to 1224"),
    ],
)
def test_what_is_wrong_is_named(section: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(section)
    assert sentence in str(caught.value)


def test_every_option_is_described() -> None:
    assert set(PROVIDER.options) == set(AwsSettings.__dataclass_fields__)


def test_the_built_in_providers_load() -> None:
    for name in BUILT_IN:
        assert load_provider(name).name == name
        assert name in provider_names()


def test_a_provider_that_nobody_brought_is_named() -> None:
    with pytest.raises(UserError, match=r"no provider `oracle` \(there are: aws"):
        load_provider("oracle")
