"""What the Kubernetes provider can be told, read strictly from its section of the settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from nhi_scan.model.errors import UserError
from nhi_scan.providers.section import check_forms, read_section

_NOTHING: Mapping[str, str] = MappingProxyType({})
# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST_NAME = 100  # letters: with what is put before it, the name of a folder
_MOST_OBJECTS = 10_000  # in one answer


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesSettings:
    """One run's choices. The defaults are those of a run without options."""

    contexts: tuple[str, ...] = ()  # of the kubeconfig; none: the current one, or the cluster that this runs in
    kubeconfig: str = ""  # path
    namespaces: tuple[str, ...] = ()  # none: all
    audit_logs: tuple[str, ...] = ()  # paths
    secrets: bool = True  # ask for the metadata of token secrets
    max_attempts: int = 5  # tries of one request, the first included
    timeout: int = 60  # seconds
    page_size: int = 500  # objects in one answer, as kubectl asks for
    names: Mapping[str, str] = field(default_factory=lambda: _NOTHING)  # context -> what its cluster is called

    def name_of(self, context: str) -> str:
        """Return what the cluster of a context is called in reports."""
        return self.names.get(context, context)


def parse(section: Mapping[str, Any]) -> KubernetesSettings:
    """Read the provider's section.

    Raises:
        UserError: an unknown key, a value of another type, or one that cannot be what it should.
    """
    names = _names(section.get("names"))
    rest = {key: value for key, value in section.items() if key != "names"}
    settings = replace(read_section("kubernetes", rest, KubernetesSettings), names=names)
    check_forms("kubernetes", settings, ("namespaces", _NAMESPACE, "no name of a namespace"))
    if settings.page_size > _MOST_OBJECTS:
        raise UserError(f"`providers.kubernetes.page_size`: `{settings.page_size}` is more than {_MOST_OBJECTS}")
    return settings


def _names(value: Any) -> Mapping[str, str]:
    where = "`providers.kubernetes.names`"
    if value is None:
        return _NOTHING
    if not isinstance(value, Mapping):
        raise UserError(f"{where}: `{str(value)[:80]}` is no mapping of contexts to names")
    for context, name in value.items():
        if not isinstance(context, str) or not isinstance(name, str) or not name:
            raise UserError(f"{where}: `{str(context)[:80]}` has no text as its name")
        check_name(name, f"{where}: ")
    return MappingProxyType(dict(value))


def check_name(name: str, where: str) -> None:
    """Refuse what a cluster cannot be called: its name is a part of every id and of a folder's name.

    Raises:
        UserError: it is too long, or holds a letter that cannot be printed.
    """
    if len(name) > _LONGEST_NAME or not name.isprintable() or not name.strip(" .-"):
        raise UserError(
            f"{where}`{name[:80]}` cannot be the name of a cluster in reports (up to {_LONGEST_NAME} letters): "
            "`providers.kubernetes.names` gives it another"
        )
