"""The section of the settings is read strictly, and a mistake is told in one sentence."""

from typing import Any

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers.gcp.provider import PROVIDER
from nhi_scan.providers.gcp.settings import GcpSettings, parse


def test_the_defaults_are_those_of_a_run_without_options() -> None:
    assert parse({}) == GcpSettings()
    assert (parse({}).assets_per_minute, parse({}).searches_per_minute) == (100, 400)


def test_every_option_is_described_to_the_user() -> None:
    assert set(PROVIDER.options) == set(GcpSettings.__dataclass_fields__)


@pytest.mark.parametrize(
    ("section", "read"),
    [
        ({"organizations": ["1", "organizations/1", "2"]}, {"organizations": ("1", "2")}),
        ({"organizations": 123}, {"organizations": ("123",)}),
        ({"folders": "folders/7"}, {"folders": ("7",)}),
        ({"projects": ["shop", "example.com:web", "projects/lab"]}, {"projects": ("shop", "example.com:web", "lab")}),
        ({"impersonate_service_account": "a@b.iam.gserviceaccount.com"}, {}),
        ({"usage": True, "timeout": 5}, {"usage": True, "timeout": 5}),
    ],
)
def test_what_can_be_said(section: dict[str, Any], read: dict[str, Any]) -> None:
    settings = parse(section)

    assert {name: getattr(settings, name) for name in read} == read


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ({"regions": []}, "`providers.gcp`: unknown key `regions`"),
        ({"organizations": ["my-org"]}, "`providers.gcp.organizations`: `my-org` is no number of an organization"),
        ({"organizations": [True]}, "`providers.gcp.organizations`: `[True]` is no list of texts"),
        ({"folders": ["../2"]}, "`providers.gcp.folders`: `../2` is no number of a folder"),
        ({"projects": ["Shop/x"]}, "`providers.gcp.projects`: `Shop/x` is no id of a project"),
        ({"projects": [""]}, "`providers.gcp.projects`: `['']` is no list of texts"),
        ({"usage": "yes"}, "`providers.gcp.usage`: `yes` is neither true nor false"),
        ({"timeout": 0}, "`providers.gcp.timeout`: `0` is no whole number from 1"),
        ({"assets_per_minute": True}, "`providers.gcp.assets_per_minute`: `True` is no whole number from 1"),
        ({"quota_project": 5}, "`providers.gcp.quota_project`: `5` is no text"),
        (
            {"impersonate_service_account": "robot"},
            "`providers.gcp.impersonate_service_account`: `robot` is no email of a service account",
        ),
        (
            {"endpoint": "ftp://x", "grpc_endpoint": "x:1"},
            "`providers.gcp.endpoint`: `ftp://x` is no address of a server",
        ),
        ({"endpoint": "http://x", "grpc_endpoint": "x"}, "`providers.gcp.grpc_endpoint`: `x` is no host and port"),
        (
            {"endpoint": "http://x"},
            "`providers.gcp.endpoint` and `providers.gcp.grpc_endpoint` are given together or not at all",
        ),
    ],
)
def test_what_cannot(section: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as told:
        parse(section)

    assert str(told.value).startswith(sentence)
    assert "\n" not in str(told.value)
