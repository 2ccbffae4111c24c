"""What an escalation technique of Google Cloud is. The catalogue itself is data: `providers/gcp/escalation.yaml`."""

from dataclasses import dataclass
from typing import Literal, get_args

from nhi_scan.access.judged import NotByItself
from nhi_scan.model.record import record, value

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

TARGETS: tuple[str, ...] = get_args(TargetKind)
YIELDS: tuple[str, ...] = get_args(Yield)
NEEDS: tuple[str, ...] = get_args(Need)
PLACES: tuple[str, ...] = get_args(At)


@value
class Requirement:
    """A permission that must be held."""

    permission: str  # `service.resource.verb`
    at: At  # on what


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """A way from one identity's permissions to more."""

    id: str
    title: str  # what is done, as an order
    target: TargetKind
    yields: Yield
    requires: tuple[Requirement, ...] = ()
    workloads: tuple[str, ...] = ()  # kinds of those that are made use of
    exists: tuple[str, ...] = ()  # kinds of workloads of which the target's project must have one
    blocked_by: tuple[str, ...] = ()  # organization policy constraints; one that is enforced prevents it
    agents: tuple[str, ...] = ()  # e-mail addresses of the target with {number} for the project's
    needs: tuple[Need, ...] = ()  # facts that a snapshot may not tell
    conditions: str = ""  # what else has to be so, in words
    docs: tuple[str, ...] = ()  # pages of the documentation that the requirements are from
    published: tuple[str, ...] = ()  # who published the technique
    attack: tuple[str, ...] = ()  # ids of MITRE ATT&CK techniques

    @property
    def permissions(self) -> tuple[str, ...]:
        """Every permission that must be held."""
        return tuple(row.permission for row in self.requires)

    @property
    def attaches(self) -> bool:
        """Whether the target is attached to something that is made in a project."""
        return self.target == "attached_account"


@record
class Sensitive:
    """What it means to get at the content of a kind of resource."""

    kind: str  # `Resource.kind`
    action: str
    resource: str = "{id}"  # pattern of the name that the action is about
    where: tuple[tuple[str, str], ...] = ()  # attributes that the resource must have


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationCatalogue:
    """The techniques of a provider."""

    provider: str
    techniques: tuple[Technique, ...]
    sensitive: tuple[Sensitive, ...] = ()
    not_by_itself: tuple[NotByItself, ...] = ()
