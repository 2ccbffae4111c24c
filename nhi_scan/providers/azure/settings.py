"""What the Azure provider can be told, read strictly from its section of the settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.model.errors import UserError
from nhi_scan.providers.section import check_forms, read_section

CREDENTIALS = ("default", "environment", "workload_identity", "managed_identity", "cli")

_MICROSOFTS_OWN = ("managed_identity", "cli")  # wherever they are asked

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)(?:{_LABEL}\.)+[A-Za-z][A-Za-z0-9-]{{1,62}}")
# https://learn.microsoft.com/azure/governance/management-groups/create-management-group-portal: what a name may hold
_MANAGEMENT_GROUP = re.compile(r"[A-Za-z0-9_().-]{1,90}")
_ENDPOINT = re.compile(r"https://[A-Za-z0-9.\[\]:-]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Where one of Microsoft's clouds is.

    https://learn.microsoft.com/graph/deployments and
    https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure

    Attributes:
        authority: host of the login service.
        graph: address of Microsoft Graph; no slash at its end.
        arm: address of Azure Resource Manager; no slash at its end.
    """

    authority: str
    graph: str
    arm: str

    @property
    def graph_scope(self) -> str:
        """What a token for Microsoft Graph is asked for with."""
        return f"{self.graph}/.default"

    @property
    def arm_scope(self) -> str:
        """What a token for Azure Resource Manager is asked for with."""
        return f"{self.arm}/.default"


CLOUDS: Mapping[str, Cloud] = MappingProxyType(
    {
        "public": Cloud(
            authority="login.microsoftonline.com",
            graph="https://graph.microsoft.com",
            arm="https://management.azure.com",
        ),
        "usgov": Cloud(
            authority="login.microsoftonline.us",
            graph="https://graph.microsoft.us",
            arm="https://management.usgovcloudapi.net",
        ),
        "usgov_dod": Cloud(
            authority="login.microsoftonline.us",
            graph="https://dod-graph.microsoft.us",
            arm="https://management.usgovcloudapi.net",
        ),
        "china": Cloud(
            authority="login.chinacloudapi.cn",
            graph="https://microsoftgraph.chinacloudapi.cn",
            arm="https://management.chinacloudapi.cn",
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureSettings:
    """One run's choices. The defaults are those of a run without options."""

    tenant: str = ""  # GUID or domain; empty: the one of the credentials
    subscriptions: tuple[str, ...] = ()  # GUIDs; none: all that can be seen
    management_groups: tuple[str, ...] = ()  # names; with all below them
    credential: str = "default"  # one of CREDENTIALS
    client_id: str = ""  # of a user-assigned identity, or of the certificate's application
    certificate: str = ""  # path
    cloud: str = "public"  # a key of CLOUDS
    usage: bool = False  # also ask what only beta APIs tell
    authority: str = ""  # the three addresses of a server that stands in
    graph_endpoint: str = ""
    arm_endpoint: str = ""
    ca_file: str = ""  # path
    max_attempts: int = 6  # tries of one request, the first included
    timeout: int = 120  # seconds
    give_up_after: int = 5  # requests of one kind that fail in a row before the rest is not asked
    # https://learn.microsoft.com/graph/throttling-limits#identity-and-access-reports-service-limits
    reports_per_ten_seconds: int = 5
    groups_at_most: int = 2000  # groups asked for their members without --usage

    @property
    def place(self) -> Cloud:
        """The cloud, whose tokens are asked for also where another server stands in for it."""
        return CLOUDS[self.cloud]

    @property
    def graph_url(self) -> str:
        """Address that Microsoft Graph is asked at."""
        return self.graph_endpoint or self.place.graph

    @property
    def arm_url(self) -> str:
        """Address that Azure Resource Manager is asked at."""
        return self.arm_endpoint or self.place.arm

    @property
    def names_places(self) -> bool:
        """Whether it says which subscriptions are collected."""
        return bool(self.subscriptions or self.management_groups)


def parse(section: Mapping[str, Any]) -> AzureSettings:
    """Read the provider's section.

    Raises:
        UserError: an unknown key, a value of another type, or one that cannot be what it should.
    """
    written = dict(section)
    for key, prefix in (
        ("subscriptions", "/subscriptions/"),
        ("management_groups", arm_ids.management_group("")),
    ):
        if key in written:
            written[key] = _names(written[key], prefix)
    for key in ("tenant", "client_id"):
        if isinstance(value := written.get(key), str):
            written[key] = value.strip().lower()
    for key in ("authority", "graph_endpoint", "arm_endpoint"):
        if isinstance(value := written.get(key), str):
            written[key] = value.rstrip("/")
    settings = read_section("azure", written, AzureSettings)
    _check(settings)
    return settings


def _names(value: Any, prefix: str) -> Any:
    """Take a full id for the name at its end; ids of Resource Manager have no case."""
    if isinstance(value, list | tuple):
        return [_names(one, prefix) for one in value]
    if isinstance(value, str):
        text = value.strip().rstrip("/").lower()
        return text.removeprefix(prefix)
    return value


def is_guid(text: str) -> bool:
    """Say whether a text is a GUID, as Microsoft writes them."""
    return _GUID.fullmatch(text) is not None


def _check(settings: AzureSettings) -> None:
    if settings.tenant and not (is_guid(settings.tenant) or _DOMAIN.fullmatch(settings.tenant)):
        raise UserError(
            f"`providers.azure.tenant`: `{settings.tenant[:80]}` is neither the id nor a domain of a tenant"
        )
    check_forms(
        "azure",
        settings,
        ("subscriptions", _GUID, "no id of a subscription"),
        ("management_groups", _MANAGEMENT_GROUP, "no name of a management group"),
        ("client_id", _GUID, "no id of an application"),
    )
    for key, known in (("credential", CREDENTIALS), ("cloud", tuple(CLOUDS))):
        if (value := getattr(settings, key)) not in known:
            raise UserError(
                f"`providers.azure.{key}`: `{value[:80]}` is none of {', '.join(f'`{one}`' for one in known)}"
            )
    _check_sign_in(settings)
    _check_addresses(settings)


def _check_sign_in(settings: AzureSettings) -> None:
    if settings.certificate:
        if settings.credential != "default":
            raise UserError(
                "`providers.azure.certificate` and `providers.azure.credential` are two ways to sign in: choose one"
            )
        for key in ("client_id", "tenant"):
            if not getattr(settings, key):
                raise UserError(f"`providers.azure.certificate` needs `providers.azure.{key}`: whose it is")


def _check_addresses(settings: AzureSettings) -> None:
    """Refuse to send tokens of Microsoft's login service anywhere else: a stand-in stands in for all."""
    keys = ("authority", "graph_endpoint", "arm_endpoint")
    wrong = "no address of a server (`https://host:port`)"
    check_forms("azure", settings, *((key, _ENDPOINT, wrong) for key in keys))
    given = [bool(getattr(settings, key)) for key in keys]
    if settings.authority and settings.credential in _MICROSOFTS_OWN:
        raise UserError(
            f"`providers.azure.credential`: `{settings.credential}` hands out tokens of Microsoft's own login service, "
            "which no other server may get: leave out `providers.azure.authority`"
        )
    if any(given) and not all(given):
        names = ", ".join(f"`providers.azure.{key}`" for key in keys)
        raise UserError(f"{names} are given together or not at all")
