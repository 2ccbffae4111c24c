"""On whom each technique is used: which set of targets, and which projects' of them."""

from collections.abc import Callable

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.constraints import CROSS_PROJECT, Constraints
from nhi_scan.access.gcp.escalation.sets import Family, Listing, Sets
from nhi_scan.access.gcp.escalation.targets import Member, Targets
from nhi_scan.access.gcp.escalation.technique import Technique

DELEGATE, STORAGE = "delegate/", "storage/"
"""Before the id of a service account: in its name a third one's token is minted; it is used on Cloud Storage alone."""

ACCOUNTS = Family("accounts")
"""All service accounts that are not disabled."""

_Naming = Callable[[Technique], str]


class Families:
    """Defines the sets that techniques lead to."""

    def __init__(self, sets: Sets, targets: Targets, constraints: Constraints) -> None:
        """Define those that are the same for all techniques."""
        self._sets = sets
        self._targets = targets
        self._constraints = constraints
        self._known: dict[str, Family] = {}
        self._able: dict[str, Callable[[str], bool]] = {}
        listings: dict[str, Listing] = {
            "accounts": targets.accounts,
            "disabled_account": targets.disabled,
            "cluster": lambda scope: targets.in_clusters(scope, nodes=True),
            "cluster_pool": lambda scope: targets.in_clusters(scope, nodes=False),
            "pool": targets.outsiders,
            "workforce_pool": targets.workforce,
        }
        for base, listing in listings.items():
            sets.define(base, listing)
        self._plain = frozenset(listings)
        self._naming: dict[str, _Naming] = {
            "agent": self._agents,
            "workload": self._workloads,
            "dag_bucket": self._buckets,
        }

    def define(self, prefix: str, able: Callable[[str], bool]) -> None:
        """Say which service accounts have a node of another sort: `DELEGATE` or `STORAGE`."""

        def listing(scope_id: str) -> list[Member]:
            return [one for one in self._targets.accounts(scope_id) if able(one[0])]

        self._able[prefix] = able
        self._sets.define(prefix, listing, prefix)

    def of(self, technique: Technique) -> Family:
        """Return on whom a technique is used."""
        family = self._known.get(technique.id)
        if family is None:
            family = self._known[technique.id] = Family(self._base(technique), self._guard(technique))
        return family

    def elsewhere(self) -> Family:
        """Return the accounts that something in another project can run as, as far as constraints tell."""
        names = (CROSS_PROJECT,)
        return Family("accounts", self._sets.guard(names, lambda project: self._constraints.allow(project, names)))

    def on_storage(self, technique: Technique) -> Family:
        """Return whom workloads run as whose access scopes leave their tokens nothing but Cloud Storage."""
        kinds, needs, targets, able = technique.workloads, told(technique), self._targets, self._able[STORAGE]
        guests, cluster = all(row.at != "target" for row in technique.requires), technique.target == "cluster"

        def listing(scope_id: str) -> list[Member]:
            if cluster:
                found = targets.nodes(scope_id, storage=True)
            else:
                found = targets.running(scope_id, kinds, needs, guests=guests, storage=True)
            return [one for one in found if able(one[0])]

        name = ":".join(("on storage", "pods" if cluster else "all" if guests else "own", *kinds, *needs))
        return Family(self._sets.define(name, listing, STORAGE))

    def _base(self, technique: Technique) -> str:
        if technique.yields == "storage":
            return STORAGE
        if technique.target == "delegate":
            return DELEGATE
        if technique.target in self._naming:
            return self._naming[technique.target](technique)
        return technique.target if technique.target in self._plain else ACCOUNTS.base

    def _agents(self, technique: Technique) -> str:
        agents, targets = technique.agents, self._targets
        return self._sets.define(":".join(("agents", *agents)), lambda scope: targets.agents(scope, agents))

    def _workloads(self, technique: Technique) -> str:
        kinds, needs, targets = technique.workloads, told(technique), self._targets
        if all(row.at != "target" for row in technique.requires):
            name = ":".join(("workloads", *kinds, *needs))
            return self._sets.define(name, lambda scope: targets.running(scope, kinds, needs, guests=True))
        name = ":".join(("workloads", "own", *kinds, *needs))
        return self._sets.define(name, lambda scope: targets.running(scope, kinds, needs, guests=False))

    def _buckets(self, technique: Technique) -> str:
        kinds, targets = technique.workloads, self._targets
        return self._sets.define(
            ":".join(("buckets", *kinds)), lambda scope: targets.with_code_in_buckets(scope, kinds)
        )

    def _guard(self, technique: Technique) -> tuple[str, ...]:
        blocked_by, exists = technique.blocked_by, technique.exists
        if not blocked_by and not exists:
            return ()

        def lets_in(project_id: str) -> Truth:
            if not self._targets.has(project_id, exists):
                return False
            return self._constraints.allow(project_id, blocked_by)

        return self._sets.guard((*blocked_by, *exists), lets_in)


def told(technique: Technique) -> tuple[str, ...]:
    """The needs that an attribute of a workload may answer."""
    return tuple(need for need in technique.needs if need != "unlisted_thing")
