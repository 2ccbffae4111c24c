"""On whom each technique is used: which set of targets."""

from collections.abc import Callable

from nhi_scan.access.azure.escalation.directory import AUTHENTICATION, HELPDESK, USER_ADMIN, DirectoryTargets
from nhi_scan.access.azure.escalation.running import RunningTargets
from nhi_scan.access.azure.escalation.sets import Listing, Sets, Target
from nhi_scan.access.azure.escalation.technique import Technique
from nhi_scan.access.azure.members import Members
from nhi_scan.access.azure.places import Places
from nhi_scan.inventory.build import Inventory

EVERYTHING = "everything"
"""Whom somebody becomes who may do all that Resource Manager offers on a place."""
WITH_CREDENTIALS = "with credentials"
"""Who takes a credential in the directory: whom whoever controls it becomes."""
PEOPLE = "people"
"""Everybody whose way of signing in can be changed by whoever controls the directory."""

_JOINED = frozenset({"group", "role_group", "any_group", "dynamic_group"})


class Families:
    """Defines the sets that techniques lead to."""

    def __init__(self, inventory: Inventory, members: Members, places: Places, sets: Sets) -> None:
        """Define those that are not of one technique."""
        self.directory = DirectoryTargets(inventory, members)
        self.running = RunningTargets(inventory, places)
        self._sets = sets
        self._known: dict[str, str] = {}
        sets.define(EVERYTHING, self.running.everything)
        sets.define(WITH_CREDENTIALS, self._with_credentials)
        sets.define(PEOPLE, lambda: self.directory.users(everybody=True))

    def of(self, technique: Technique) -> str:
        """Return the family of the targets of a technique."""
        family = self._known.get(technique.id)
        if family is None:
            name = ":".join((technique.target, *technique.workloads, *technique.blocked_by))
            kind = "group" if technique.target in _JOINED else "identity"
            family = self._known[technique.id] = self._sets.define(name, self._listing(technique), kind)
        return family

    def workloads(self, kinds: tuple[str, ...]) -> str:
        """Return the family of those as whom workloads of some kinds run."""
        running = self.running
        return self._sets.define(":".join(("workload", *kinds)), lambda: running.workloads(kinds))

    def _listing(self, technique: Technique) -> Listing:
        blocked, kinds = technique.blocked_by, technique.workloads
        directory, running = self.directory, self.running
        listings: dict[str, Callable[[], list[Target]]] = {
            "application": lambda: directory.applications(blocked),
            "service_principal": lambda: directory.service_principals(blocked),
            "disabled_service_principal": lambda: directory.service_principals(blocked, disabled=True),
            "agent_blueprint": lambda: [
                *directory.applications(blocked, blueprints=True),
                *directory.service_principals(blocked, blueprints=True),
            ],
            "user": directory.users,
            "helpdesk_user": lambda: directory.users(resetting=HELPDESK),
            "authentication_user": lambda: directory.users(resetting=AUTHENTICATION),
            "user_admin_user": lambda: directory.users(resetting=USER_ADMIN),
            "any_user": lambda: directory.users(everybody=True),
            "workload": lambda: running.workloads(kinds),
            "identity": running.identities,
            "cluster": lambda: running.clusters(blocked),
            "node_group": running.node_groups,
        }
        if technique.target in _JOINED:
            return lambda: directory.groups(technique.target)
        return listings.get(technique.target, list)

    def _with_credentials(self) -> list[Target]:
        directory = self.directory
        every = (directory.applications(()), directory.applications((), blueprints=True))
        own = (directory.service_principals(()), directory.service_principals((), blueprints=True))
        disabled = directory.service_principals((), disabled=True)
        return [*[Target(one.node, one.node, one.conditional) for row in (*every, *own) for one in row], *disabled]
