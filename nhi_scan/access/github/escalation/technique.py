"""What an escalation technique of GitHub is. The catalogue itself is data: `providers/github/escalation.yaml`."""

from dataclasses import dataclass
from typing import Literal, get_args

from nhi_scan.access.judged import NotByItself
from nhi_scan.model.record import record, value

Actor = Literal["holder", "anyone", "code", "owner"]
TargetKind = Literal["code", "repository", "organization", "job", "none"]
Find = Literal["own", "protected", "called", "used", "self_hosted", "checks_out_head", "injects"]
Yield = Literal["become", "control", "latent"]
At = Literal["repository", "organization"]

ACTORS: tuple[str, ...] = get_args(Actor)
TARGETS: tuple[str, ...] = get_args(TargetKind)
FINDS: tuple[str, ...] = get_args(Find)
YIELDS: tuple[str, ...] = get_args(Yield)
PLACES: tuple[str, ...] = get_args(At)


@value
class Requirement:
    """A permission that must be held."""

    permission: str  # `contents=write`
    at: At  # on a repository; or on an organization, which for what is about repositories means on all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """A way from one identity's permissions, or from what it can make run, to more."""

    id: str
    title: str  # what is done, as an order
    by: Actor
    target: TargetKind
    yields: Yield
    requires: tuple[Requirement, ...] = ()
    events: tuple[str, ...] = ()  # the job must run on one of these; of code: the repository must have such a job
    finds: Find | None = None  # what of a job is made use of
    contexts: tuple[str, ...] = ()  # beginnings of what is injected, for `injects`
    needs: tuple[str, ...] = ()  # what no snapshot tells, a clause each: it is always conditional then
    conditions: str = ""  # what else has to be so, in words
    docs: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    attack: tuple[str, ...] = ()  # ids of MITRE ATT&CK techniques

    @property
    def permissions(self) -> tuple[str, ...]:
        """Every permission that must be held."""
        return tuple(row.permission for row in self.requires)


@record
class Sensitive:
    """What it means to get at the content of a kind of resource."""

    kind: str  # `Resource.kind`
    action: str
    resource: str = "{id}"  # pattern of the name that the action is about
    where: tuple[tuple[str, str], ...] = ()  # attributes that the resource must have


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationCatalogue:
    """The techniques of GitHub."""

    provider: str
    techniques: tuple[Technique, ...]
    sensitive: tuple[Sensitive, ...] = ()
    not_by_itself: tuple[NotByItself, ...] = ()
