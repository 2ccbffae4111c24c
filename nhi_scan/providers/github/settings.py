"""What the GitHub provider can be told, read strictly from its section of the settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nhi_scan.model import github_ids
from nhi_scan.model.errors import UserError
from nhi_scan.providers.section import check_forms, read_section

PUBLIC_API = "https://api.github.com"

# https://docs.github.com/get-started/learning-about-github/types-of-github-accounts; people of a company have an `_`
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?")
_REPOSITORY = re.compile(rf"{_OWNER.pattern}/[A-Za-z0-9._-]{{1,100}}")
_ADDRESS = re.compile(r"https://[A-Za-z0-9.\[\]:-]{1,253}(/[\w./-]*)?")
_APP = re.compile(r"[A-Za-z0-9._-]{1,64}")  # a number, or a client id: `Iv23liABCDEF`
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::\d{1,5})?")
_NUMBER = re.compile(r"\d{1,20}")
# Key -> the option of the command line that fills it.
_OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "app_id": "--github-app-id",
        "private_key": "--github-private-key",
    }
)


def called(key: str) -> str:
    """Name a setting in a message, with the option that fills it: whoever typed that has not read of the other."""
    setting = f"`providers.github.{key}`"
    return f"`{_OPTIONS[key]}` ({setting})" if key in _OPTIONS else setting


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubSettings:
    """One run's choices. The defaults are those of a run without options."""

    organizations: tuple[str, ...] = ()  # names
    repositories: tuple[str, ...] = ()  # owner/name
    workflows: tuple[str, ...] = ()  # folders
    base_url: str = ""  # of the REST API; empty: that of github.com
    web_host: str = ""  # of the web site, with which ids begin; empty: as the address of the API tells
    app_id: str = ""
    private_key: str = ""  # path of a file
    installation_id: str = ""
    archived: bool = True  # also look into archived repositories
    ca_file: str = ""
    max_attempts: int = 6  # tries of one request, the first included
    timeout: int = 60  # seconds
    wait_at_most: int = 7200  # seconds that limits are waited for, in all; a window is an hour
    # https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api: 900 points, and a GET is one
    requests_per_minute: int = 800
    give_up_after: int = 5  # requests that fail in a row before others are tried only once

    @property
    def api(self) -> str:
        """Address of the REST API, without a slash at its end."""
        return self.base_url or PUBLIC_API

    @property
    def host(self) -> str:
        """Host of the web site, with which ids begin."""
        return self.web_host or github_ids.host_of(self.api)

    @property
    def asks(self) -> bool:
        """Whether GitHub is asked at all: checkouts alone take no credentials."""
        return bool(self.organizations or self.repositories or self.app_id or not self.workflows)


def parse(section: Mapping[str, Any]) -> GitHubSettings:
    """Read the provider's section.

    Raises:
        UserError: an unknown key, a value of another type, or one that cannot be what it should.
    """
    written = dict(section)
    for key in ("app_id", "installation_id"):  # YAML reads them as numbers
        if isinstance(value := written.get(key), int) and not isinstance(value, bool):
            written[key] = str(value)
    if isinstance(value := written.get("base_url"), str):
        written["base_url"] = _api_of(value.strip().rstrip("/"))
    settings = read_section("github", written, GitHubSettings)
    _check(settings)
    return settings


def _api_of(address: str) -> str:
    """Find the API of a web site; an address with a path, or of an API, stays.

    https://docs.github.com/enterprise-server@latest/rest/enterprise-admin: below `/api/v3` of the same host; where a
    company's data has a place of its own, and for github.com itself, at `api.` and the name.
    """
    scheme, _, host = address.partition("://")
    if scheme != "https" or "/" in host or host.startswith("api."):
        return address
    if host in ("github.com", "www.github.com"):
        return PUBLIC_API
    return f"https://api.{host}" if host.endswith(".ghe.com") else f"{address}/api/v3"


def _check(settings: GitHubSettings) -> None:
    check_forms(
        "github",
        settings,
        ("organizations", _OWNER, "no name of an organization"),
        ("repositories", _REPOSITORY, "not of the form `owner/name`"),
        ("base_url", _ADDRESS, "no address of an API (`https://HOST/api/v3`)"),
        ("web_host", _HOST, "no name of a host"),
        ("app_id", _APP, "neither the id nor the client id of a GitHub App"),
        ("installation_id", _NUMBER, "no number of an installation"),
    )
    for key, other in (("app_id", "private_key"), ("private_key", "app_id"), ("installation_id", "app_id")):
        if getattr(settings, key) and not getattr(settings, other):
            raise UserError(f"{called(key)} needs {called(other)}")
