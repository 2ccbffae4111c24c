"""What engines say about each other's identities: what an assertion lets its holder become.

A *bridge* is an edge from an identity of one provider to one of another, proven by what the second one trusts.
"""

from nhi_scan.access.combine import Truth
from nhi_scan.model.access import StatementRef
from nhi_scan.model.record import value

FEDERATES = "federates"
"""What a step over a bridge is called: no technique of one provider, but what federation is for."""


@value
class Entry:
    """What the holder of an assertion becomes in one cloud."""

    identity_id: str  # who it becomes
    trust_id: str  # the Trust or the Binding that lets it in
    state: Truth  # True: surely; None: an open condition, or a claim that nobody can tell. Never False
    statements: tuple[StatementRef, ...] = ()  # what proves it, sorted
    residual: tuple[str, ...] = ()  # what stayed open, a sentence each
    detail: str = ""  # how, for a person: `as GKE workload identity`


@value
class Bridge:
    """An entry, with who makes use of it."""

    source_id: str
    target_id: str
    conditional: bool
    declared: bool  # the holder's own configuration asks for it; else only the trusting side says so
    trust_id: str
    statements: tuple[StatementRef, ...] = ()
    residual: tuple[str, ...] = ()
    detail: str = ""
