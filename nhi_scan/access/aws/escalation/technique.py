"""What an escalation technique of AWS is. The catalogue itself is data: `providers/aws/escalation.yaml`."""

from dataclasses import dataclass
from typing import Literal, get_args

from nhi_scan.access import technique
from nhi_scan.model.record import record

TargetKind = Literal[
    "self_user",
    "self_role",
    "self",
    "own_group",
    "group",
    "user",
    "role",
    "assumable_role",
    "service_role",
    "federated_role",
    "workload",
    "policy",
    "new",
]
Yield = Literal[
    "become",  # the target's permissions as they are
    "rewrite",  # whatever the target's boundary and guardrails let through
    "join",  # the group's permissions beside one's own
    "enrich",  # a group is given everything, and joined
    "unbind",  # the target's permissions without its boundary
    "restore",  # the target's permissions with another version of one of its policies
    "rights",  # another identity gets everything, and nobody can be said to become it
]
Need = Literal["room_for_key", "password", "no_password", "instance_profile", "managed_by_ssm"]

TARGETS: tuple[TargetKind, ...] = get_args(TargetKind)
YIELDS: tuple[Yield, ...] = get_args(Yield)
NEEDS: tuple[Need, ...] = get_args(Need)

ADMINISTRATIVE_POLICIES = "{administrative_policies}"
"""In the values of a key: the managed policies that hold everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """An action that must be allowed."""

    action: str  # as the provider writes it
    # `target`, its `policy`, `boundary` or `provider`, `workload`, `none`, or ARNs with {partition} and {account}
    on: tuple[str, ...]
    keys: tuple[
        tuple[str, tuple[str, ...]], ...
    ] = ()  # condition keys (lower case) that the technique fixes; () absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """A way from one identity's permissions to more."""

    id: str
    title: str
    target: TargetKind
    yields: Yield
    requires: tuple[Requirement, ...] = ()
    services: tuple[str, ...] = ()  # any of which the target role must trust
    passes: bool = False  # the target role must be passed to one of the services
    workloads: tuple[str, ...] = ()  # kinds
    exists: tuple[str, ...] = ()  # kinds of workloads or resources of which the account must have one
    needs: tuple[Need, ...] = ()
    pathfinding: tuple[str, ...] = ()  # ids at pathfinding.cloud
    attack: tuple[str, ...] = ()  # ids of MITRE ATT&CK techniques

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action that must be allowed, lower case."""
        passing = ("iam:passrole",) if self.passes else ()
        return (*passing, *(requirement.action.lower() for requirement in self.requires))


@record
class EscalationCatalogue(technique.EscalationCatalogue[Technique]):
    """The techniques of AWS, and what was judged beside them."""

    caller_chooses: tuple[str, ...] = ()  # condition keys (lower case, `/` at the end: a prefix) that keep nobody out
