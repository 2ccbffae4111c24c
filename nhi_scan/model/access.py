"""What the evaluator answers with. A verdict is never a bool: it names what decided it."""

from enum import Enum
from typing import Literal

from nhi_scan.model.policy import Condition
from nhi_scan.model.record import record, value


class Verdict(Enum):
    """The four answers of an access question."""

    ALLOWED = "allowed"
    CONDITIONAL = "conditional"  # allowed if the residual conditions hold, which the snapshot cannot tell
    DENIED = "denied"
    UNKNOWN = "unknown"  # evidence that could change the answer was not collected or could not be read


Layer = Literal[
    "identity",
    "boundary",
    "session",
    "scp",
    "rcp",
    "resource",
    "trust",
    "endpoint",
    "public_access_block",
    "allow",  # Google Cloud: a binding of an allow policy; Azure: an assignment of a role
    "deny",  # Google Cloud: a deny policy; Azure: a deny assignment
    "principal_access_boundary",
]


@value
class StatementRef:
    """A statement, named so that a person can find it."""

    policy_id: str
    index: int
    sid: str = ""
    layer: Layer = "identity"
    binding_id: str = ""  # what gives the policy to somebody somewhere, where the policy alone does not tell


@value
class Residual:
    """A condition that stayed open, in the provider's own terms."""

    statement: StatementRef
    condition: Condition
    must: bool  # True: the condition must hold; False: it must not (it guards a deny)


@value
class Decision:
    """The answer to "may this principal do this to that?", with its reasons."""

    verdict: Verdict
    explicit: bool = False  # for DENIED: a deny statement matched, as against nothing allowing it
    blocked_by: Layer | None = None  # the layer that lowered the verdict to DENIED
    statements: tuple[StatementRef, ...] = ()  # those that decided, sorted
    residual: tuple[Residual, ...] = ()
    reason: str = ""  # one sentence for a person

    @property
    def baseless(self) -> bool:
        """Whether it is unknown for all that was not collected, and nothing that was collected speaks for it."""
        return self.verdict is Verdict.UNKNOWN and not self.statements


PrivilegeLevel = Literal[
    "administrator",
    "can_become_administrator",
    "latent",
    "reaches_sensitive",
    "ordinary",
    "unknown",
]


@record
class Step:
    """One edge of an escalation path."""

    technique: str  # id in the provider's escalation catalogue
    source_id: str
    target_id: str
    statements: tuple[StatementRef, ...] = ()
    conditional: bool = False
    detail: str = ""


@record
class Privilege:
    """How much an identity can do in the end, and by which way."""

    identity_id: str
    level: PrivilegeLevel
    conditional: bool = False  # every way there depends on an open condition
    path: tuple[Step, ...] = ()
    statements: tuple[StatementRef, ...] = ()  # for `administrator`: what makes it one
    reason: str = ""
