"""What the Azure provider can be told, and what it refuses."""

from typing import Any

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers.azure.kinds import scope_dir
from nhi_scan.providers.azure.provider import PROVIDER
from nhi_scan.providers.azure.settings import CLOUDS, AzureSettings, parse

TENANT = "6d1a0f00-0000-4000-8000-000000000001"
HERE = {"authority": "https://localhost:1", "graph_endpoint": "https://localhost:2", "arm_endpoint": "https://[::1]:3"}


def test_nothing_said_is_the_whole_of_the_public_cloud() -> None:
    settings = parse({})

    assert settings == AzureSettings()
    assert (settings.graph_url, settings.arm_url) == ("https://graph.microsoft.com", "https://management.azure.com")
    assert settings.place.graph_scope == "https://graph.microsoft.com/.default"
    assert settings.place.arm_scope == "https://management.azure.com/.default"
    assert settings.names_places is False


def test_every_option_is_known_and_explained() -> None:
    fields = AzureSettings.__dataclass_fields__

    assert sorted(PROVIDER.options) == sorted(fields)
    assert all(text and text[0].islower() and not text.endswith(".") for text in PROVIDER.options.values())


@pytest.mark.parametrize(
    ("cloud", "authority", "graph", "arm"),
    [
        ("usgov", "login.microsoftonline.us", "https://graph.microsoft.us", "https://management.usgovcloudapi.net"),
        (
            "usgov_dod",
            "login.microsoftonline.us",
            "https://dod-graph.microsoft.us",
            "https://management.usgovcloudapi.net",
        ),
        (
            "china",
            "login.chinacloudapi.cn",
            "https://microsoftgraph.chinacloudapi.cn",
            "https://management.chinacloudapi.cn",
        ),
    ],
)
def test_sovereign_clouds_are_asked_where_they_are(cloud: str, authority: str, graph: str, arm: str) -> None:
    settings = parse({"cloud": cloud})

    assert (settings.place.authority, settings.graph_url, settings.arm_url) == (authority, graph, arm)
    assert (settings.place.graph_scope, settings.place.arm_scope) == (f"{graph}/.default", f"{arm}/.default")


def test_a_stand_in_is_asked_with_tokens_for_the_cloud_it_stands_in_for() -> None:
    settings = parse({**HERE, "cloud": "usgov"})

    assert (settings.graph_url, settings.arm_url) == ("https://localhost:2", "https://[::1]:3")
    assert settings.place == CLOUDS["usgov"]


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ({"tenant": f" {TENANT.upper()} "}, {"tenant": TENANT}),
        ({"tenant": "Northwind.Example"}, {"tenant": "northwind.example"}),
        ({"tenant": "contoso.onmicrosoft.com"}, {"tenant": "contoso.onmicrosoft.com"}),
        ({"subscriptions": TENANT.upper()}, {"subscriptions": (TENANT,)}),
        ({"subscriptions": [f"/subscriptions/{TENANT}", TENANT]}, {"subscriptions": (TENANT,)}),
        ({"management_groups": ["Prod", "nw(eu).x_1"]}, {"management_groups": ("prod", "nw(eu).x_1")}),
        (
            {"management_groups": "/providers/Microsoft.Management/managementGroups/Prod"},
            {"management_groups": ("prod",)},
        ),
        ({"graph_endpoint": "https://localhost:2/", **{k: v for k, v in HERE.items() if k != "graph_endpoint"}}, {}),
    ],
)
def test_spellings_of_the_same_are_the_same(section: dict[str, Any], expected: dict[str, Any]) -> None:
    settings = parse(section)

    assert {key: getattr(settings, key) for key in expected} == expected
    assert not settings.graph_url.endswith("/")


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"tenants": TENANT}, "unknown key `tenants`"),
        ({"tenant": 5}, "`5` is no text"),
        ({"tenant": "nope"}, "`providers.azure.tenant`: `nope` is neither the id nor a domain of a tenant"),
        ({"tenant": "a.b/c"}, "is neither the id nor a domain"),
        ({"tenant": "-a.example"}, "is neither the id nor a domain"),
        ({"tenant": TENANT + "0"}, "is neither the id nor a domain"),
        ({"subscriptions": ["x"]}, "`providers.azure.subscriptions`: `x` is no id of a subscription"),
        ({"management_groups": ["a/b"]}, "`a/b` is no name of a management group"),
        ({"management_groups": ["x" * 91]}, "is no name of a management group"),
        ({"client_id": "x"}, "`providers.azure.client_id`: `x` is no id of an application"),
        ({"credential": "secret"}, "`providers.azure.credential`: `secret` is none of `default`, `environment`"),
        ({"cloud": "mars"}, "`providers.azure.cloud`: `mars` is none of `public`, `usgov`, `usgov_dod`, `china`"),
        ({"certificate": "a.pem"}, "`providers.azure.certificate` needs `providers.azure.client_id`"),
        ({"certificate": "a.pem", "client_id": TENANT}, "`providers.azure.certificate` needs `providers.azure.tenant`"),
        (
            {"certificate": "a.pem", "client_id": TENANT, "tenant": TENANT, "credential": "cli"},
            "are two ways to sign in",
        ),
        ({"graph_endpoint": "https://localhost:1"}, "are given together or not at all"),
        ({**HERE, "arm_endpoint": ""}, "are given together or not at all"),
        ({**HERE, "authority": "http://localhost:1"}, "`http://localhost:1` is no address of a server"),
        ({**HERE, "arm_endpoint": "https://h/path"}, "`https://h/path` is no address of a server"),
        ({**HERE, "graph_endpoint": "https://u@h"}, "`https://u@h` is no address of a server"),
        ({"max_attempts": 0}, "`0` is no whole number from 1"),
        ({"usage": "yes"}, "`yes` is neither true nor false"),
    ],
)
def test_what_cannot_be_is_a_sentence(section: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        parse(section)

    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("scope", "folder"),
    [
        (f"/tenants/{TENANT}", f"tenants-{TENANT}"),
        (f"/subscriptions/{TENANT}", f"subscriptions-{TENANT}"),
        (
            "/providers/microsoft.management/managementgroups/a (b)",
            "providers-microsoft.management-managementgroups-a--b-",
        ),
        ("/../../etc", "..-..-etc"),
    ],
)
def test_folders_of_scopes(scope: str, folder: str) -> None:
    assert scope_dir(scope) == folder
