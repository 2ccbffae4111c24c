"""What the AWS provider can be told, read strictly from its section of the settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nhi_scan.model.errors import UserError
from nhi_scan.providers.section import check_forms, read_section

REGION = re.compile(r"[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}")
_ROLE = re.compile(r"[\w+=,.@/-]{1,576}")  # a role name, with its path where it has one
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsSettings:
    """One run's choices. The defaults are those of a run without options."""

    profiles: tuple[str, ...] = ()  # names in the shared configuration; none: the credentials that boto3 finds
    organization: bool = False  # every active account of the organization
    role_name: str = ""  # role to assume in each of them
    external_id: str = ""  # sent when assuming it
    regions: tuple[str, ...] = ()  # none: all that are enabled in each account
    usage: bool = False  # also ask when each service and action was last used
    max_attempts: int = 6  # tries of one request, the first included
    connect_timeout: int = 10  # seconds
    read_timeout: int = 60  # seconds
    wait_seconds: int = 300  # longest wait for a report or job to be ready
    give_up_after: int = 5  # requests of one kind that fail in a row before the rest is not asked
    accounts_at_once: int = 2  # how many accounts are open at a time: memory grows with this and not with their number


def parse(section: Mapping[str, Any]) -> AwsSettings:
    """Read the provider's section.

    Raises:
        UserError: an unknown key, a value of another type, or options that contradict each other.
    """
    settings = read_section("aws", section, AwsSettings)
    _check(settings)
    return settings


def _check(settings: AwsSettings) -> None:
    check_forms("aws", settings, ("regions", REGION, "no name of a region"))
    if settings.organization and not settings.role_name:
        raise UserError("`--organization` needs `--role-name`: the role to assume in each account")
    if settings.organization and len(settings.profiles) > 1:
        raise UserError("`--organization` takes at most one `--profile`: that of the account that lists the others")
    if settings.role_name and not settings.organization:
        raise UserError("`--role-name` is used only with `--organization`")
    if settings.external_id and not settings.role_name:
        raise UserError("`--external-id` is used only with `--role-name`")
    if settings.external_id and not _EXTERNAL_ID.fullmatch(settings.external_id):
        raise UserError("`providers.aws.external_id`: an external id has 2 to 1224 letters, digits or `+=,.@:/-_`")
    check_forms("aws", settings, ("role_name", _ROLE, "no name of a role"))
