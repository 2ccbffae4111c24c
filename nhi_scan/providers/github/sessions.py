"""Who asks, and which organizations are asked about."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from nhi_scan.model.errors import UserError
from nhi_scan.providers.github import permissions
from nhi_scan.providers.github.faults import CallError
from nhi_scan.providers.github.places import Place
from nhi_scan.providers.github.settings import GitHubSettings

if TYPE_CHECKING:
    from nhi_scan.providers.github.client import Clients

_LIBRARIES = ("httpx", "httpcore", "h11", "anyio", "certifi", "jwt", "cryptography")
_ATTEMPTS = 2  # of the first request: a wrong address is to be told soon
_PER_PAGE = {"per_page": 100}
_SUSPENDED = "the installation of the app is suspended: an owner of the organization can lift that"
_PARTIAL = (
    "organizations that want single sign-on are left out: authorize the token for them (`Configure SSO`), or name them"
)


class Found(NamedTuple):
    """What is asked about; `lacking` says why there may be more."""

    places: tuple[Place, ...]
    lacking: str = ""


def connect(settings: GitHubSettings) -> "Clients":
    """Find credentials and see whether they work.

    Raises:
        UserError: the libraries are not installed, there are no credentials, or they do not work.
    """
    try:
        from nhi_scan.providers.github.client import Clients  # noqa: PLC0415 - the libraries are an extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        raise UserError(
            "what GitHub is asked with is not installed: `pip install 'nhi-governance-scan[github]'` brings it"
        ) from error
    clients = Clients(settings, permissions.wanted())
    try:
        _try_out(clients)
    except BaseException as error:
        clients.close()
        if isinstance(error, CallError):
            raise UserError(_refused(error, settings)) from error
        raise
    return clients


def _try_out(clients: "Clients") -> None:
    """Ask what costs nothing and anybody may.

    https://docs.github.com/rest/rate-limit/rate-limit: GitHub Enterprise Server without limits answers 404, to whom it
    knows.
    """
    path = "/app" if clients.app else "/rate_limit"
    try:
        list(clients.pages(path, {}, "", _ATTEMPTS))
    except CallError as error:
        if error.kind != "absent" or clients.app:
            raise


def _refused(error: CallError, settings: GitHubSettings) -> str:
    if error.kind == "expired":
        whose = "the app (`app_id`, `private_key`)" if settings.app_id else "the token"
        return f"GitHub at `{settings.api}` does not take {whose}: {error.sentence}"
    return f"GitHub at `{settings.api}` cannot be asked: {error.sentence}"


def find(settings: GitHubSettings, clients: "Clients") -> Found:
    """Find what is asked about: what the settings name, else where the app is installed, else what the token sees.

    Raises:
        UserError: there is nothing.
        Stopped: the run is over.
    """
    named = _named(settings)
    try:
        if clients.app:
            found = _installed(settings, clients, named)
        elif named:
            found = Found(tuple(Place(host=settings.host, owner=one, repositories=of) for one, of in named.items()))
        else:
            found = _seen(settings, clients)
    except CallError as error:
        raise UserError(f"GitHub at `{settings.api}` cannot be asked: {error.sentence}") from error
    if not found.places:
        raise UserError(_nowhere(settings, clients))
    return found


def _nowhere(settings: GitHubSettings, clients: "Clients") -> str:
    if settings.installation_id:
        return f"`providers.github.installation_id`: the app has no installation `{settings.installation_id}`"
    who = "the app is installed nowhere" if clients.app else "the token sees no organization"
    return f"{who}: name an organization (`--github-org`) that the credentials may see"


def _named(settings: GitHubSettings) -> dict[str, tuple[str, ...]]:
    """Return the owners that were named, each with its repositories; none where all are asked about."""
    spelled: dict[str, str] = {}
    for name in (*settings.organizations, *(one.partition("/")[0] for one in settings.repositories)):
        spelled.setdefault(name.lower(), name)
    whole = {name.lower() for name in settings.organizations}
    return {
        name: ()
        if key in whole
        else tuple(sorted(one for one in settings.repositories if one.partition("/")[0].lower() == key))
        for key, name in sorted(spelled.items())
    }


def _installed(settings: GitHubSettings, clients: "Clients", named: Mapping[str, tuple[str, ...]]) -> Found:
    """Find the installations of the app.

    https://docs.github.com/rest/apps/apps#list-installations-for-the-authenticated-app
    """
    wanted = {name.lower(): repositories for name, repositories in named.items()}
    places: dict[str, Place] = {}
    for record in _listed(clients, "/app/installations", ""):
        owner, number = _login(record), record.get("id")
        if not owner or not isinstance(number, int) or (wanted and owner.lower() not in wanted):
            continue
        if settings.installation_id and str(number) != settings.installation_id:
            continue
        granted = record.get("permissions")
        if clients.app:
            clients.app.installed(owner, number, granted if isinstance(granted, dict) else {})
        lacking = CallError("denied", "Suspended", _SUSPENDED, everywhere=True) if record.get("suspended_at") else None
        places[owner.lower()] = Place(
            host=settings.host,
            owner=owner,
            repositories=wanted.get(owner.lower(), ()),
            installation=number,
            selected=record.get("repository_selection") == "selected",
            lacking=lacking,
        )
    for name, repositories in named.items():
        if name.lower() not in places:
            error = CallError("denied", "NotInstalled", f"the app is not installed in `{name}`", everywhere=True)
            places[name.lower()] = Place(host=settings.host, owner=name, repositories=repositories, lacking=error)
    return Found(tuple(places[key] for key in sorted(places)))


def _seen(settings: GitHubSettings, clients: "Clients") -> Found:
    """Find what a token sees: the organizations of a person, or the repositories of an installation.

    https://docs.github.com/rest/orgs/orgs#list-organizations-for-the-authenticated-user and
    https://docs.github.com/rest/apps/installations#list-repositories-accessible-to-the-app-installation
    """
    if clients.is_installation:
        owned: dict[str, tuple[str, list[str]]] = {}
        for page in clients.pages("/installation/repositories", _PER_PAGE, ""):
            records = page.body.get("repositories") if isinstance(page.body, dict) else None
            for record in records if isinstance(records, list) else ():
                full_name = record.get("full_name") if isinstance(record, dict) else None
                if isinstance(full_name, str) and full_name.count("/") == 1:
                    owner = full_name.partition("/")[0]
                    owned.setdefault(owner.lower(), (owner, []))[1].append(full_name)
        return Found(
            tuple(
                Place(host=settings.host, owner=owner, repositories=tuple(sorted(set(names))))
                for _, (owner, names) in sorted(owned.items())
            )
        )
    lacking, logins = "", dict[str, str]()
    for page in clients.pages("/user/orgs", _PER_PAGE, ""):
        lacking = lacking or (_PARTIAL if page.partial else "")
        for record in page.body if isinstance(page.body, list) else ():
            login = record.get("login") if isinstance(record, dict) else None
            if isinstance(login, str) and login:
                logins.setdefault(login.lower(), login)
    return Found(tuple(Place(host=settings.host, owner=logins[key]) for key in sorted(logins)), lacking)


def _listed(clients: "Clients", path: str, owner: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in clients.pages(path, _PER_PAGE, owner):
        found += [one for one in page.body if isinstance(one, dict)] if isinstance(page.body, list) else []
    return found


def _login(record: Mapping[str, Any]) -> str:
    account = record.get("account")
    login = account.get("login") if isinstance(account, dict) else None
    return login if isinstance(login, str) else ""
