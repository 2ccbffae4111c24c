"""Service accounts, from Cloud Asset Inventory or from IAM's own interface.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts. Neither says when one was created.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.scope import Scope
from nhi_scan.model.service_accounts import project_in
from nhi_scan.providers.gcp.normalise.activity import Activity
from nhi_scan.providers.gcp.normalise.agents import is_service_agent, is_unlisted, number_in
from nhi_scan.providers.gcp.normalise.delegation import Delegations
from nhi_scan.providers.gcp.normalise.hierarchy import IAM, Hierarchy, project_of
from nhi_scan.providers.gcp.normalise.source import PROVIDER, Source

ACCOUNT_KINDS = ("asset-iam-service-account", "iam-service-accounts")
_REASON = "a service account"
_AGENT_REASON = "a service account that Google makes and keeps"


@dataclass(slots=True)
class Account:
    """`ServiceAccount`."""

    name: str = ""
    email: str = ""
    uniqueId: str = ""  # noqa: N815 - Google's spelling
    projectId: str = ""  # noqa: N815 - Google's spelling
    displayName: str | None = None  # noqa: N815 - Google's spelling
    description: str | None = None
    disabled: bool | None = None


@dataclass(slots=True)
class _Data:
    data: Account


@dataclass(slots=True)
class _Asset:
    resource: _Data
    name: str = ""
    ancestors: list[str] | None = None


def read_accounts(source: Source, hierarchy: Hierarchy, activity: Activity) -> None:
    """All service accounts; afterwards the hierarchy knows them by unique id."""
    owners = _Owners(source, hierarchy)
    delegations = Delegations(source)
    seen: dict[str, str] = {}  # unique id -> email
    for kind, scope_id, account, project in _accounts(source, hierarchy):
        if "@" not in account.email:
            source.note(kind, project or scope_id, "service accounts without an email address")
            continue
        unique = account.uniqueId
        if unique and seen.setdefault(unique, account.email) != account.email:
            source.note(kind, project or scope_id, "unique ids that several service accounts have")
        identity = _identity(account, project, owners, activity, delegations)
        if unique:
            hierarchy.accounts.setdefault(unique, identity.id)
        source.records.identities.append(identity)


def _accounts(source: Source, hierarchy: Hierarchy) -> Iterator[tuple[str, str, Account, str]]:
    listed, plain = ACCOUNT_KINDS
    for scope_id, asset in source.typed(listed, _Asset):
        account = asset.resource.data
        if not account.email:  # its asset is named by its unique id, so nothing else gives the address
            account.email = account.name.rpartition("/")[2]
        account.uniqueId = account.uniqueId or _digits(asset.name)
        ancestors = asset.ancestors or []
        project = hierarchy.line(ancestors) if project_of(ancestors) else hierarchy.project_in(asset.name)
        yield listed, scope_id, account, project
    for scope_id, account in source.typed(plain, Account):
        named = f"projects/{account.projectId}" if account.projectId else account.name
        yield plain, scope_id, account, hierarchy.project_in(named) or hierarchy.scope_id(scope_id)


def _digits(name: str) -> str:
    last = name.removeprefix(IAM).rpartition("/")[2]
    return last if last.isdecimal() else ""


class _Owners:
    """Owners of service accounts, which have no labels: those of their projects."""

    def __init__(self, source: Source, hierarchy: Hierarchy) -> None:
        self._source = source
        self._scopes = hierarchy.scopes
        self._found: dict[str, Any] = {}

    def of(self, project: str) -> Any:
        if project not in self._found:
            scope: Scope | None = self._scopes.get(project)
            self._found[project] = self._source.owners.find((), scope.tags) if scope else None
        return self._found[project]


def _identity(
    account: Account, project: str, owners: _Owners, activity: Activity, delegations: Delegations
) -> Identity:
    # Agents live in projects of Google's, whose accounts nobody else can list: one that calls itself so is none.
    agent = is_service_agent(account.email) and f"projects/{project_in(account.email)}" != project
    return Identity(
        id=f"serviceAccount:{account.email}",
        provider=PROVIDER,
        kind="service_account",
        nature=Nature.NON_HUMAN,
        nature_reason=_AGENT_REASON if agent else _REASON,
        name=account.email,
        scope_id=project,
        unique_id=account.uniqueId or None,
        status="disabled" if account.disabled else "active",
        managed_by_provider=agent,
        last_authenticated=activity.of_account(account.email, account.uniqueId, project),
        owner=owners.of(project),
        description=account.description or account.displayName or "",
        workspace_scopes=delegations.of(account.uniqueId, project),
    )


def named_account(source: Source, hierarchy: Hierarchy, email: str) -> Identity:
    """A service account that is only known from what names it: an agent, or one of somebody else's project."""
    agent = _is_foreign_agent(hierarchy, email)
    project = home_of(hierarchy, email)
    status: Literal["active", "deleted", "unknown"] = "unknown"
    reason = f"{_REASON} that is named; its project was not collected"
    if agent or is_unlisted(email):
        status, reason = "active", _AGENT_REASON
    elif project in hierarchy.scopes and any(source.coverage.covered(project, kind) for kind in ACCOUNT_KINDS):
        status, reason = "deleted", f"{_REASON} that is named and that its project no longer has"
    return Identity(
        id=f"serviceAccount:{email}",
        provider=PROVIDER,
        kind="service_account",
        nature=Nature.NON_HUMAN,
        nature_reason=reason,
        name=email,
        scope_id=project,
        status=status,
        managed_by_provider=agent,
    )


def home_of(hierarchy: Hierarchy, email: str) -> str:
    """The project of a service account, as far as its address tells: who made it may have chosen the first part."""
    name = "" if _is_foreign_agent(hierarchy, email) else project_in(email)
    if name:
        return f"projects/{name}"
    number = number_in(email)
    return hierarchy.scope_id(f"projects/{number}") if number else ""


def _is_foreign_agent(hierarchy: Hierarchy, email: str) -> bool:
    """Whether Google makes and keeps an account; one of a customer's own project may only be called so."""
    return is_service_agent(email) and f"projects/{project_in(email)}" not in hierarchy.scopes
