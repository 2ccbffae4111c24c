"""What an escalation technique of GitHub is. The catalogue itself is data: `providers/github/escalation.yaml`."""

from dataclasses import dataclass
from typing import Literal, get_args

from nhi_scan.access import technique
from nhi_scan.model.record import value

Actor = Literal["holder", "anyone", "code", "owner"]
TargetKind = Literal["code", "repository", "organization", "job", "none"]
Find = Literal["own", "protected", "called", "used", "self_hosted", "checks_out_head", "injects"]
Yield = Literal["become", "control", "latent"]
At = Literal["repository", "organization"]

ACTORS: tuple[Actor, ...] = get_args(Actor)
TARGETS: tuple[TargetKind, ...] = get_args(TargetKind)
FINDS: tuple[Find, ...] = get_args(Find)
YIELDS: tuple[Yield, ...] = get_args(Yield)
PLACES: tuple[At, ...] = get_args(At)


@value
class Requirement:
    """A permission that must be held."""

    permission: str  # `contents=write`
    at: At  # on a repository; or on an organization, which for what is about repositories means on all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique(technique.Described):
    """A way from one identity's permissions, or from what it can make run, to more."""

    by: Actor
    target: TargetKind
    yields: Yield
    requires: tuple[Requirement, ...] = ()
    events: tuple[str, ...] = ()  # the job must run on one of these; of code: the repository must have such a job
    finds: Find | None = None  # what of a job is made use of
    contexts: tuple[str, ...] = ()  # beginnings of what is injected, for `injects`
    needs: tuple[str, ...] = ()  # what no snapshot tells, a clause each: it is always conditional then

    @property
    def permissions(self) -> tuple[str, ...]:
        """Every permission that must be held."""
        return tuple(row.permission for row in self.requires)


EscalationCatalogue = technique.EscalationCatalogue[Technique]
"""The techniques of a provider, and what was judged beside them."""
