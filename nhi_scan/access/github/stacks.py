"""What identities of GitHub hold, as sets: those who hold the same share one `Stack`."""

from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Stack:
    """What an identity may do (see `access.summary.Stack`). Nothing stands above what GitHub grants."""

    actions: int
    certain: int
    everywhere: int
    complete: bool
    policies_known: bool
    guardrails_known: bool = True
    memo: dict[object, object] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Reach:
    """Where a permission is granted, as far as the sets tell."""

    everywhere: bool
    possible: bool
    certain: bool


@dataclass(slots=True, frozen=True)
class Holding:
    """A permission on a place."""

    place_id: str  # a repository; an organization: all its repositories, or itself
    certain: bool
