"""What an escalation technique of Kubernetes is. The catalogue is data: `providers/kubernetes/escalation.yaml`."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from nhi_scan.access import technique
from nhi_scan.model.record import value

TargetKind = Literal[
    "account",
    "account_name",
    "namespace_account",
    "workload_account",
    "absent_account",
    "secret_account",
    "inside",
    "inside_node",
    "inside_cluster",
    "token_secret",
    "bootstrap_group",
    "node",
    "node_user",
    "user",
    "group",
    "anybody",
    "agent",
    "role",
    "cluster_role",
    "bound_role",
    "bound_cluster_role",
    "own_role",
    "gathering_role",
    "missing_role",
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
Need = Literal["unlisted_thing", "aws_auth", "no_aws_auth", "mutating_webhook"]
At = Literal["target", "namespace", "cluster", "anywhere"]
Standard = Literal["", "privileged", "unrestricted"]

TARGETS: tuple[TargetKind, ...] = get_args(TargetKind)
YIELDS: tuple[Yield, ...] = get_args(Yield)
NEEDS: tuple[Need, ...] = get_args(Need)
PLACES: tuple[At, ...] = get_args(At)
STANDARDS: tuple[Standard, ...] = get_args(Standard)


@value
class Requirement:
    """Actions of which one must be held."""

    actions: tuple[str, ...]  # `create pods`
    at: At  # on what
    names: tuple[str, ...] = ()  # where a rule is about named objects alone: one of these must be among them


@dataclass(frozen=True, kw_only=True)
class Technique(technique.Described):
    """A way from what one identity may do to more. The first of what it requires is about the target."""

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

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """Every action that it speaks of."""
        return tuple(action for row in self.requires for action in row.actions)


EscalationCatalogue = technique.EscalationCatalogue[Technique]
"""The techniques of a provider, and what was judged beside them."""
