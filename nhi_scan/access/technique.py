"""What the escalation catalogues of the providers have in common, whatever their techniques are used on."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from nhi_scan.access.combine import Truth, both
from nhi_scan.model.identity import Resource
from nhi_scan.model.record import record, value

TechniqueT = TypeVar("TechniqueT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What every technique says of itself. Whom it is used on and what it takes, each provider adds."""

    id: str
    title: str  # what is done, as an order
    conditions: str = ""  # what else has to be so, in words
    docs: tuple[str, ...] = ()  # pages of the documentation that the requirements are from
    published: tuple[str, ...] = ()  # who published the technique
    attack: tuple[str, ...] = ()  # ids of MITRE ATT&CK techniques


@record
class Sensitive:
    """What it means to get at the content of a kind of resource."""

    kind: str  # `Resource.kind`
    action: str
    resource: str = "{id}"  # pattern of the name that the action is about: `{id}/*`
    where: tuple[tuple[str, str], ...] = ()  # attributes that the resource must have

    def fits(self, resource: Resource) -> Truth:
        """Say whether this is about a resource; None where an attribute that it asks for is not known."""
        if self.kind != resource.kind:
            return False
        told = dict(resource.attributes)
        return both(*[None if key not in told else told[key] == word for key, word in self.where])


@value
class NotByItself:
    """Permissions that others call escalating and that are not by themselves."""

    why: str  # one sentence
    permissions: tuple[str, ...]  # as the provider writes them


@record
class EscalationCatalogue(Generic[TechniqueT]):
    """The techniques of a provider, and what was judged beside them."""

    provider: str  # whose identities they are judged for
    techniques: tuple[TechniqueT, ...]
    sensitive: tuple[Sensitive, ...] = ()
    not_by_itself: tuple[NotByItself, ...] = ()
