"""What the Google Cloud provider can be told, read strictly from its section of the settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.model.errors import UserError
from nhi_scan.providers.section import check_forms, read_section

_PLACES = ("organizations", "folders", "projects")
_NUMBER = re.compile(r"\d{1,20}")
# https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin; older ones have a domain
_PROJECT = re.compile(r"(?:[a-z0-9.-]{1,63}:)?[a-z][a-z0-9-]{0,62}|\d{1,20}")
_EMAIL = re.compile(r"[^@\s/]{1,128}@[A-Za-z0-9.-]{1,253}")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9.\[\]:-]{1,253}(/[\w./-]*)?")
_HOST = re.compile(r"[A-Za-z0-9.\[\]:-]{1,253}:\d{1,5}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GcpSettings:
    """One run's choices. The defaults are those of a run without options."""

    organizations: tuple[str, ...] = ()  # numbers
    folders: tuple[str, ...] = ()  # numbers
    projects: tuple[str, ...] = ()  # ids
    impersonate_service_account: str = ""  # email
    quota_project: str = ""  # project that the requests are counted against
    usage: bool = False  # also ask what only each project can be asked
    endpoint: str = ""  # stands in for all REST APIs, without credentials
    grpc_endpoint: str = ""  # host:port, stands in for the gRPC APIs
    max_attempts: int = 6  # tries of one request, the first included
    timeout: int = 120  # seconds
    # https://cloud.google.com/asset-inventory/docs/quota
    assets_per_minute: int = 100
    searches_per_minute: int = 400
    requests_per_minute: int = 600  # of every other API
    give_up_after: int = 5  # requests of one kind that fail in a row before the rest is not asked
    deny_policies_at_most: int = 100  # folders and projects asked for deny policies without --usage
    groups_at_most: int = 500  # groups asked for their members without --usage

    @property
    def names_places(self) -> bool:
        """Whether it says what is asked about."""
        return bool(self.organizations or self.folders or self.projects)


def parse(section: Mapping[str, Any]) -> GcpSettings:
    """Read the provider's section.

    Raises:
        UserError: an unknown key, a value of another type, or one that cannot be what it should.
    """
    written = {key: _names(key, value) if key in _PLACES else value for key, value in section.items()}
    settings = read_section("gcp", written, GcpSettings)
    _check(settings)
    return settings


def _names(key: str, value: Any) -> Any:
    """Take `organizations/123` and 123 for `123`: YAML reads the number of an organization as a number."""
    if isinstance(value, list | tuple):
        return [_names(key, one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.removeprefix(f"{key}/") if isinstance(value, str) else value


def _check(settings: GcpSettings) -> None:
    check_forms(
        "gcp",
        settings,
        ("organizations", _NUMBER, "no number of an organization"),
        ("folders", _NUMBER, "no number of a folder"),
        ("projects", _PROJECT, "no id of a project"),
        ("impersonate_service_account", _EMAIL, "no email of a service account"),
        ("quota_project", _PROJECT, "no id of a project"),
        ("endpoint", _ENDPOINT, "no address of a server"),
        ("grpc_endpoint", _HOST, "no host and port"),
    )
    if bool(settings.endpoint) != bool(settings.grpc_endpoint):
        raise UserError("`providers.gcp.endpoint` and `providers.gcp.grpc_endpoint` are given together or not at all")
