"""Who asks, and which organizations, folders and projects are asked about."""

from typing import TYPE_CHECKING, Any, NamedTuple

from nhi_scan.model.errors import UserError
from nhi_scan.providers import Call
from nhi_scan.providers.gcp.answers import parameters, records_of
from nhi_scan.providers.gcp.calls.hierarchy import ORGANIZATIONS, PROJECTS
from nhi_scan.providers.gcp.faults import CallError
from nhi_scan.providers.gcp.places import Place
from nhi_scan.providers.gcp.settings import GcpSettings

if TYPE_CHECKING:
    from nhi_scan.providers.gcp.client import Clients

_LOGIN = "(`gcloud auth application-default login` makes some; `GOOGLE_APPLICATION_CREDENTIALS` names a file of some)"
_LIBRARIES = ("google", "googleapiclient", "grpc", "proto", "requests")


def connect(settings: GcpSettings) -> "Clients":
    """Log in.

    Raises:
        UserError: the libraries are not installed, or no credentials work.
    """
    try:
        from nhi_scan.providers.gcp.client import Clients  # noqa: PLC0415 - the libraries are an extra, and slow to load
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        raise UserError(
            "Google's client libraries are not installed: `pip install 'nhi-governance-scan[gcp]'` brings them"
        ) from error
    try:
        clients = Clients(settings)
        clients.login()
    except CallError as error:
        raise UserError(f"the current Google credentials do not work: {error.sentence} {_LOGIN}") from error
    return clients


class Found(NamedTuple):
    """What is asked about, and which searches for it failed: there may be more than was found."""

    places: tuple[Place, ...]
    failed: tuple[tuple[Call, CallError], ...] = ()


def places(settings: GcpSettings, clients: "Clients") -> Found:
    """Find what is asked about: what the settings name, else every organization that can be seen, else every project.

    Raises:
        UserError: there is nothing.
    """
    named = [
        *(
            Place(id=f"organizations/{number}", organization=f"organizations/{number}")
            for number in settings.organizations
        ),
        *(Place(id=f"folders/{number}") for number in settings.folders),
        *(Place(id=f"projects/{project}") for project in settings.projects),
    ]
    return Found(tuple(named)) if named else _found(clients)


def _found(clients: "Clients") -> Found:
    failed: list[tuple[Call, CallError]] = []
    organizations = _searched(clients, ORGANIZATIONS, failed)
    if names := {str(record.get("name")) for record in organizations}:
        return Found(tuple(Place(id=name, organization=name) for name in sorted(names)), tuple(failed))
    active = {
        f"projects/{id_}": str(record.get("name", "")).rpartition("/")[2]
        for record in _searched(clients, PROJECTS, failed)
        if isinstance(id_ := record.get("projectId"), str) and record.get("state", "ACTIVE") == "ACTIVE"
    }
    if active:
        return Found(tuple(Place(id=name, number=number) for name, number in sorted(active.items())), tuple(failed))
    if clients.project:
        return Found((Place(id=f"projects/{clients.project}"),), tuple(failed))
    reason = f" ({failed[0][1].sentence})" if failed else ""
    raise UserError(
        f"no organization and no project can be found{reason} and the credentials have no project: "
        "name one with `--organization`, `--folder` or `--project`"
    )


def _searched(clients: "Clients", call: Call, failed: list[tuple[Call, CallError]]) -> list[dict[str, Any]]:
    """Search what the credentials can see; a search that breaks off is noted, and keeps what it found."""
    found: list[dict[str, Any]] = []
    try:
        for page in clients.pages(call.service, call.operation, parameters(call, Place(id="").words, {}) or {}):
            found += [record for record in records_of(call, page) if isinstance(record, dict)]
    except CallError as error:
        failed.append((call, error))
    return found
