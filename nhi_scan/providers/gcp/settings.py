"""What the Google Cloud provider can be told, read strictly from its section of the settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from nhi_scan.model.errors import UserError

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


def parse(section: Mapping[str, Any]) -> GcpSettings:
    """Read the provider's section.

    Raises:
        UserError: an unknown key, a value of another type, or one that cannot be what it should.
    """
    known = {field.name: field for field in fields(GcpSettings)}
    values: dict[str, Any] = {}
    for key, value in section.items():
        if key not in known:
            raise UserError(f"`providers.gcp`: unknown key `{key}` (known: {', '.join(sorted(known))})")
        values[key] = _typed(key, value, known[key].default)
    for key in ("organizations", "folders", "projects"):
        values[key] = tuple(dict.fromkeys(text.removeprefix(f"{key}/") for text in values.get(key, ())))
    settings = GcpSettings(**values)
    _check(settings)
    return settings


def _typed(key: str, value: Any, default: Any) -> Any:
    where = f"`providers.gcp.{key}`"
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise UserError(f"{where}: `{value}` is neither true nor false")
        return value
    if isinstance(default, int):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise UserError(f"{where}: `{value}` is no whole number from 1")
        return value
    if isinstance(default, str):
        if not isinstance(value, str):
            raise UserError(f"{where}: `{value}` is no text")
        return value
    # YAML reads the number of an organization as a number.
    texts = [value] if isinstance(value, str | int) and not isinstance(value, bool) else value
    if not isinstance(texts, list | tuple) or not all(_is_text(text) for text in texts):
        raise UserError(f"{where}: `{value}` is no list of texts")
    return tuple(dict.fromkeys(str(text) for text in texts))


def _is_text(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and bool(str(value))


def _check(settings: GcpSettings) -> None:
    for key, texts in (("organizations", settings.organizations), ("folders", settings.folders)):
        for text in texts:
            if not _NUMBER.fullmatch(text):
                raise UserError(f"`providers.gcp.{key}`: `{text[:80]}` is no number of {_article(key)}")
    for text in settings.projects:
        if not _PROJECT.fullmatch(text):
            raise UserError(f"`providers.gcp.projects`: `{text[:80]}` is no id of a project")
    single = (
        ("impersonate_service_account", _EMAIL, "no email of a service account"),
        ("quota_project", _PROJECT, "no id of a project"),
        ("endpoint", _ENDPOINT, "no address of a server"),
        ("grpc_endpoint", _HOST, "no host and port"),
    )
    for key, pattern, complaint in single:
        value = getattr(settings, key)
        if value and not pattern.fullmatch(value):
            raise UserError(f"`providers.gcp.{key}`: `{value[:80]}` is {complaint}")
    if bool(settings.endpoint) != bool(settings.grpc_endpoint):
        raise UserError("`providers.gcp.endpoint` and `providers.gcp.grpc_endpoint` are given together or not at all")


def _article(key: str) -> str:
    return "an organization" if key == "organizations" else "a folder"
