"""What an escalation technique of Azure is. The catalogue itself is data: `providers/azure/escalation.yaml`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from nhi_scan.access import technique
from nhi_scan.model.record import record, value

TargetKind = Literal[
    "application",
    "service_principal",
    "disabled_service_principal",
    "agent_blueprint",
    "agent_identity",
    "agent_user",
    "user",
    "helpdesk_user",
    "authentication_user",
    "user_admin_user",
    "any_user",
    "group",
    "role_group",
    "any_group",
    "dynamic_group",
    "workload",
    "identity",
    "cluster",
    "node_group",
    "place",
    "directory",
    "root",
    "own_role",
    "approval",
    "none",
]
Yield = Literal[
    "become",  # the target's permissions
    "control",  # whatever one likes, on the target and below it
    "join",  # what a group gives its members
    "latent",  # nothing by itself
]
RoleYield = Literal["control", "workloads", "content"]
Need = Literal["unlisted_thing"]
At = Literal["target", "anywhere"]
Blocker = Literal["password_restricted", "locked", "no_local_accounts", "no_azure_rbac", "asks_entra"]

TARGETS: tuple[TargetKind, ...] = get_args(TargetKind)
YIELDS: tuple[Yield, ...] = get_args(Yield)
ROLE_YIELDS: tuple[RoleYield, ...] = get_args(RoleYield)
NEEDS: tuple[Need, ...] = get_args(Need)
PLACES: tuple[At, ...] = get_args(At)
BLOCKERS: tuple[Blocker, ...] = get_args(Blocker)

DIRECTORY_PLANE = "microsoft.directory/"
"""How the actions of the directory begin."""


@value
class Requirement:
    """What must be held: an action of any plane, or a role of the directory by its id."""

    action: str = ""
    role: str = ""  # `directory/roledefinitions/<id>`, `directory/owners/<what>`; exactly one of the two is set
    at: At = "target"

    @property
    def name(self) -> str:
        """What it is called."""
        return self.action or self.role


Alternative = tuple[Requirement, ...]
"""Everything that must be held at once."""


@dataclass(frozen=True, kw_only=True)
class Technique(technique.Described):
    """A way from one identity's permissions to more."""

    target: TargetKind
    yields: Yield
    requires: tuple[Alternative, ...] = ()  # one of them is enough
    workloads: tuple[str, ...] = ()  # kinds of those that are made use of
    blocked_by: tuple[Blocker, ...] = ()  # what protects a target
    needs: tuple[Need, ...] = ()  # facts that a snapshot does not tell: with one, it is always conditional

    @cached_property
    def actions(self) -> frozenset[str]:
        """Every action that an alternative names, as it is written."""
        return frozenset(row.action for rows in self.requires for row in rows if row.action)

    @cached_property
    def roles(self) -> frozenset[str]:
        """Every role that an alternative names."""
        return frozenset(row.role for rows in self.requires for row in rows if row.role)


@record
class Sensitive(technique.Sensitive):
    """What it means to get at the content of a kind of resource, or (kind `tenant`) of what a whole tenant keeps."""

    title: str = ""  # what it is good for, after "may"; empty: the action says so itself


@value
class StrongRole:
    """A built-in role that is worth giving oneself, for those who may give some roles and not others."""

    id: str  # `/providers/microsoft.authorization/roledefinitions/<id>`
    name: str
    yields: RoleYield
    kinds: tuple[str, ...] = ()  # of workloads or resources; none: all


@record
class EscalationCatalogue(technique.EscalationCatalogue[Technique]):
    """The techniques of Azure and Entra, and what was judged beside them."""

    roles: tuple[StrongRole, ...] = ()
    sensitive: tuple[Sensitive, ...] = ()
