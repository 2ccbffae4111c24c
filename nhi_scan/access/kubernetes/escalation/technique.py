"""What an escalation technique of Kubernetes is. The catalogue is data: `providers/kubernetes/escalation.yaml`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from nhi_scan.access.judged import NotByItself
from nhi_scan.model.record import record, value

TargetKind = Literal[
    "account",
    "account_name",
    "namespace_account",
    "workload_account",
    "absent_account",
    "inside",
    "inside_node",
    "inside_cluster",
    "token_secret",
    "bootstrap_group",
    "node",
    "user",
    "group",
    "anybody",
    "agent",
    "role",
    "cluster_role",
    "bound_role",
    "bound_cluster_role",
    "own_role",
    "scope",
    "namespace",
    "cluster",
    "none",
]
Yield = Literal[
    "become",  # what the target may do
    "control",  # everything in the target, given to oneself: whoever does so to a cluster is its administrator
    "reach",  # control of the target, by way of something that is not oneself
    "latent",  # nothing by itself
]
Need = Literal["unlisted_thing", "aws_auth", "mutating_webhook"]
At = Literal["target", "namespace", "cluster", "anywhere"]
Standard = Literal["", "privileged", "unrestricted"]

TARGETS: tuple[str, ...] = get_args(TargetKind)
YIELDS: tuple[str, ...] = get_args(Yield)
NEEDS: tuple[str, ...] = get_args(Need)
PLACES: tuple[str, ...] = get_args(At)
STANDARDS: tuple[str, ...] = get_args(Standard)


@value
class Requirement:
    """Actions of which one must be held."""

    actions: tuple[str, ...]  # `create pods`
    at: At  # on what
    names: tuple[str, ...] = ()  # where a rule is about named objects alone: one of these must be among them


@dataclass(frozen=True, kw_only=True)
class Technique:
    """A way from what one identity may do to more. The first of what it requires is about the target."""

    id: str
    title: str  # what is done, as an order
    target: TargetKind
    yields: Yield
    requires: tuple[Requirement, ...]
    namespaces: tuple[str, ...] = ()  # names of those in which alone it works
    workloads: tuple[str, ...] = ()  # kinds of workloads of which one must exist
    agents: tuple[str, ...] = ()  # names of service accounts of which one must exist in the cluster
    pod_security: Standard = ""  # what the namespace has to let in: privileged pods, or more than restricted ones
    before: str = ""  # the first version in which it does not work any more: `1.35`
    versions: tuple[str, ...] = ()  # texts of which the server's version must have one: `k3s`
    needs: tuple[Need, ...] = ()  # facts that a snapshot may not tell
    conditions: str = ""  # what else has to be so, in words
    docs: tuple[str, ...] = ()  # pages that the requirements are from
    published: tuple[str, ...] = ()  # who published the technique
    attack: tuple[str, ...] = ()  # ids of MITRE ATT&CK techniques

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """Every action that it speaks of."""
        return tuple(action for row in self.requires for action in row.actions)


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
