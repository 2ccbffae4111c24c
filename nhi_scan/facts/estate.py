"""What every fact is computed from: the inventory as rows, the access answers, the moment."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.summary import Summary
from nhi_scan.facts.listed import KINDS
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Privilege
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.finding import SubjectKind
from nhi_scan.model.identity import Credential, Identity, LastUsed, Resource, UseState, Workload
from nhi_scan.model.policy import Policy, Trust
from nhi_scan.model.scope import Scope

T = TypeVar("T")


class Estate:
    """Everything a fact may look at. Rows are in the order of the inventory, which is sorted by id."""

    def __init__(
        self, inventory: Inventory, access: EffectiveAccess, privileges: Mapping[str, Privilege], now: datetime
    ) -> None:
        self.inventory = inventory
        self.access = access
        self.privileges = privileges
        self.now = now
        self.identities: tuple[Identity, ...] = tuple(inventory.identities.values())
        self.credentials: tuple[Credential, ...] = tuple(inventory.credentials.values())
        self.workloads: tuple[Workload, ...] = tuple(inventory.workloads.values())
        self.trusts: tuple[Trust, ...] = tuple(inventory.trusts.values())
        self.policies: tuple[Policy, ...] = tuple(inventory.policies.values())
        self.scopes: tuple[Scope, ...] = tuple(inventory.scopes.values())
        self._covered: dict[tuple[str, str], bool | None] = {}
        self._listed: dict[tuple[str, str, str], bool | None] = {}
        self._chains: dict[str, tuple[str, ...]] = {}
        self._once: dict[object, object] = {}

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """Resources and, as resources that hold permissions for nobody or somebody, groups."""
        groups = [
            Resource(
                id=group.id,
                provider=group.provider,
                kind=group.kind,
                name=group.name,
                scope_id=group.scope_id,
                used_by=group.member_ids,
                created_at=group.created_at,
                attributes=group.attributes,
            )
            for group in self.inventory.groups.values()
            if group.id not in self.inventory.resources
        ]
        return tuple(sorted([*self.inventory.resources.values(), *groups], key=lambda row: row.id))

    @cached_property
    def summaries(self) -> list[Summary | None]:
        """Effective access by identity row; None for the root user, which no policy describes."""
        summary = self.access.summary
        return [None if identity.kind == "root_user" else summary(identity.id) for identity in self.identities]

    def rows(self, subject: SubjectKind) -> list[str]:
        """Ids of a subject's rows, in order."""
        if subject == "identity":
            return list(self.inventory.identities)
        return [row.id for row in self._records(subject)]

    def _records(self, subject: SubjectKind) -> tuple[Credential | Workload | Trust | Policy | Resource | Scope, ...]:
        match subject:
            case "credential":
                return self.credentials
            case "workload":
                return self.workloads
            case "trust":
                return self.trusts
            case "policy":
                return self.policies
            case "resource":
                return self.resources
            case _:
                return self.scopes

    def once(self, compute: "Callable[[Estate], T]") -> T:
        """Compute something that several facts are read from, the first time one of them asks."""
        if compute not in self._once:
            self._once[compute] = compute(self)
        return self._once[compute]  # type: ignore[return-value]  # what `compute` yielded

    def of_summary(self, ask: Callable[[Summary], T]) -> list[T | None]:
        """Ask every identity's summary, each distinct one once: thousands of identities share a policy stack."""
        known: dict[int, T] = {}
        answers: list[T | None] = []
        for summary in self.summaries:
            if summary is None:
                answers.append(None)
                continue
            key = id(summary.stack)  # alive as long as `self.access`, so no other object can get the number
            if key not in known:
                known[key] = ask(summary)
            answers.append(known[key])
        return answers

    def covered(self, scope_id: str, record_kind: str) -> bool | None:
        """Whether a record kind of a scope was collected completely (None: never asked)."""
        key = (scope_id, record_kind)
        if key not in self._covered:
            self._covered[key] = self.inventory.covered(scope_id, record_kind)
        return self._covered[key]

    @cached_property
    def accounts_listed(self) -> bool:
        """Whether the accounts of every organization in the snapshot were listed completely."""
        rows = [row.status for row in self.inventory.coverage if row.record_kind == "organizations-accounts"]
        return bool(rows) and all(status is CoverageStatus.COMPLETE for status in rows)

    @cached_property
    def _projects(self) -> Mapping[str, str]:
        """Google Cloud projects by number."""
        return {scope.number: scope.id for scope in self.scopes if scope.kind == "project" and scope.number}

    def project_of(self, name: str) -> str:
        """Return the scope id of a Google Cloud project that is named by its id or number."""
        return self._projects.get(name) or f"projects/{name}"

    def scope_chain(self, scope_id: str) -> tuple[str, ...]:
        """Ids of the scopes above one, root first, itself last; empty where it is not known."""
        if scope_id not in self._chains:
            known = scope_id in self.inventory.scopes
            chain = self.inventory.scope_chain(scope_id) if known else ()
            self._chains[scope_id] = tuple(scope.id for scope in chain)
        return self._chains[scope_id]

    def listed_whole(self, identity: Identity) -> bool:
        """Whether the listing that this identity comes from is complete, so that what it lacks is truly absent."""
        return self.listed(identity.provider, identity.kind, identity.scope_id) is True

    def listed(self, provider: str, sort: str, scope_id: str) -> bool | None:
        """Whether everything of a sort in a scope was collected, by one of the ways there are to it.

        Args:
            provider: whose scope it is.
            sort: a key of `listed.KINDS`.
            scope_id: where.

        Returns:
            True: completely; False: some of it is missing; None: nobody asked, or no record kind shows it all.
        """
        key = (provider, sort, scope_id)
        if key not in self._listed:
            answers = [
                _all(self.covered(scope_id, kind) for kind in kinds) for kinds in KINDS.get((provider, sort), ())
            ]
            self._listed[key] = True if True in answers else False if False in answers else None
        return self._listed[key]

    @cached_property
    def projects_listed(self) -> bool:
        """Whether a Google Cloud organization's projects were all listed, so that another one is a stranger."""
        return any(
            self.listed("gcp", "projects", scope.id) is True
            for scope in self.scopes
            if scope.provider == "gcp" and scope.kind == "organization"
        )

    def days_since(self, moment: datetime | None) -> int | None:
        """Whole days from a moment until now; 0 for one in the future (a clock that is off), None for none."""
        return None if moment is None else max((self.now - moment).days, 0)

    def days_until(self, moment: datetime | None) -> int | None:
        """Whole days from now until a moment, rounded down; negative where it has passed."""
        return None if moment is None else (moment - self.now).days

    def idle_days(self, used: LastUsed) -> int | None:
        """Whole days since the last use; None for never and for unknown, which `ever_used` tells apart."""
        return self.days_since(used.at) if used.state is UseState.AT else None


def _all(answers: Iterable[bool | None]) -> bool | None:
    found = list(answers)
    return False if False in found else None if None in found else True


def ever_used(used: LastUsed) -> bool | None:
    """Tell the three constructors of `LastUsed` apart: used, never used, unknown."""
    return {UseState.AT: True, UseState.NEVER: False, UseState.UNKNOWN: None}[used.state]


def use_text(used: LastUsed) -> str | None:
    """Write the day of a last use; `never`; None for unknown."""
    if used.at is not None:
        return used.at.date().isoformat()
    return "never" if used.state is UseState.NEVER else None
