"""What an escalation technique of Google Cloud is. The catalogue itself is data: `providers/gcp/escalation.yaml`."""

from dataclasses import dataclass
from typing import Literal, get_args

from nhi_scan.access import technique
from nhi_scan.model.record import value

TargetKind = Literal[
    "service_account",
    "disabled_account",
    "delegate",
    "attached_account",
    "workload",
    "dag_bucket",
    "cluster",
    "cluster_pool",
    "agent",
    "pool",
    "workforce_pool",
    "project",
    "folder",
    "organization",
    "own_role",
    "deny_policy",
    "boundary",
    "tag",
    "none",
]
Yield = Literal[
    "become",  # the target's permissions
    "control",  # whatever one likes, on the target and below it
    "storage",  # the target's permissions on Cloud Storage alone
    "invoke",  # something that is signed in the target's name and opens no Google API at large: no edge
    "unlisted",  # permissions that no API of Google Cloud lists: no edge
    "latent",  # nothing by itself
]
Need = Literal["os_login", "project_keys", "unlisted_thing"]
At = Literal["target", "project", "scope", "workload", "anywhere"]

TARGETS: tuple[TargetKind, ...] = get_args(TargetKind)
YIELDS: tuple[Yield, ...] = get_args(Yield)
NEEDS: tuple[Need, ...] = get_args(Need)
PLACES: tuple[At, ...] = get_args(At)


@value
class Requirement:
    """A permission that must be held."""

    permission: str  # `service.resource.verb`
    at: At  # on what


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique(technique.Described):
    """A way from one identity's permissions to more."""

    target: TargetKind
    yields: Yield
    requires: tuple[Requirement, ...] = ()
    workloads: tuple[str, ...] = ()  # kinds of those that are made use of
    exists: tuple[str, ...] = ()  # kinds of workloads of which the target's project must have one
    blocked_by: tuple[str, ...] = ()  # organization policy constraints; one that is enforced prevents it
    agents: tuple[str, ...] = ()  # e-mail addresses of the target with {number} for the project's
    needs: tuple[Need, ...] = ()  # facts that a snapshot may not tell

    @property
    def permissions(self) -> tuple[str, ...]:
        """Every permission that must be held."""
        return tuple(row.permission for row in self.requires)

    @property
    def attaches(self) -> bool:
        """Whether the target is attached to something that is made in a project."""
        return self.target == "attached_account"


EscalationCatalogue = technique.EscalationCatalogue[Technique]
"""The techniques of a provider, and what was judged beside them."""
