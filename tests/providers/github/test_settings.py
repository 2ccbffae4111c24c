"""What the section `providers.github` may say."""

import sys
from typing import Any

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers.github.provider import PROVIDER
from nhi_scan.providers.github.sessions import connect
from nhi_scan.providers.github.settings import GitHubSettings, parse


def test_every_key_is_documented_and_the_other_way_round() -> None:
    assert set(PROVIDER.options) == set(GitHubSettings.__dataclass_fields__)
    assert set(PROVIDER.files) <= set(PROVIDER.options)


@pytest.mark.parametrize(
    ("section", "host"),
    [
        ({}, "github.com"),
        ({"base_url": "https://api.github.com/"}, "github.com"),
        ({"base_url": "https://api.acme.ghe.com"}, "acme.ghe.com"),
        ({"base_url": "https://git.acme.example/api/v3/"}, "git.acme.example"),
        ({"base_url": "https://localhost:8443/api/v3", "web_host": "github.com"}, "github.com"),
    ],
)
def test_the_host_of_ids_is_that_of_the_web_site(section: dict[str, Any], host: str) -> None:
    assert parse(section).host == host


@pytest.mark.parametrize(
    ("typed", "api"),
    [
        ("https://github.com/", "https://api.github.com"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://git.acme.example", "https://git.acme.example/api/v3"),
        ("https://git.acme.example:8443/", "https://git.acme.example:8443/api/v3"),
        ("https://git.acme.example/api/v3/", "https://git.acme.example/api/v3"),
    ],
)
def test_the_address_of_a_web_site_leads_to_its_api(typed: str, api: str) -> None:
    assert parse({"base_url": typed}).api == api


def test_numbers_of_apps_may_be_numbers() -> None:
    told = parse({"app_id": 42, "private_key": "key.pem", "installation_id": 7})
    assert (told.app_id, told.installation_id, told.asks) == ("42", "7", True)


@pytest.mark.parametrize(
    ("section", "asks"),
    [
        ({}, True),
        ({"workflows": ["shop"]}, False),
        ({"workflows": ["shop"], "organizations": ["northwind"]}, True),
        ({"workflows": ["shop"], "repositories": ["northwind/shop"]}, True),
    ],
)
def test_checkouts_alone_ask_nobody(section: dict[str, Any], asks: bool) -> None:
    assert parse(section).asks is asks


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ({"orgs": ["a"]}, "unknown key `orgs`"),
        ({"organizations": ["a/b"]}, "`a/b` is no name of an organization"),
        ({"organizations": ["../x"]}, "is no name of an organization"),
        ({"repositories": ["shop"]}, "`shop` is not of the form `owner/name`"),
        ({"repositories": ["a/b/c"]}, "is not of the form `owner/name`"),
        ({"base_url": "http://git.acme.example/api/v3"}, "is no address of an API"),
        ({"base_url": "https://token@git.acme.example"}, "is no address of an API"),
        ({"web_host": "a b"}, "is no name of a host"),
        (
            {"app_id": "42"},
            "`--github-app-id` (`providers.github.app_id`) needs `--github-private-key` (`providers.",
        ),
        ({"private_key": "key.pem"}, "`--github-private-key` (`providers.github.private_key`) needs `--github-app-id`"),
        (
            {"installation_id": "7"},
            "`providers.github.installation_id` needs `--github-app-id` (`providers.github.app_id`)",
        ),
        ({"app_id": "4 2", "private_key": "key.pem"}, "neither the id nor the client id"),
        ({"installation_id": "x", "app_id": "42", "private_key": "k"}, "no number of an installation"),
        ({"wait_at_most": 0}, "is no whole number from 1"),
        ({"archived": "no"}, "is neither true nor false"),
    ],
)
def test_what_cannot_be_is_said_with_its_key(section: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=r"`providers\.github") as error:
        parse(section)
    assert told in str(error.value)


@pytest.mark.parametrize("library", ["httpx", "jwt"])
def test_without_what_github_is_asked_with_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch, library: str) -> None:
    for name in [name for name in sys.modules if name.startswith("nhi_scan.providers.github.client")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setenv("GH_TOKEN", "t")

    with pytest.raises(UserError, match=r"`pip install 'nhi-governance-scan\[github\]'` brings it"):
        connect(parse({}))
