"""What is said of an identity at each level of privilege that means the same in every cloud."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from nhi_scan.model.access import Privilege, StatementRef, Step

ACCESS = "access"
"""What a step is called that does not become anybody and reads what is sensitive."""


_MAY_RISE = ("latent", "reaches_sensitive", "ordinary")


class Grip(Protocol):
    """What makes somebody an administrator by itself."""

    @property
    def conditional(self) -> bool:
        """Whether it depends on an open condition."""


G = TypeVar("G", bound=Grip)


def administering(grips: Sequence[G], *, surely_becomes: bool) -> Sequence[G]:
    """Return by what somebody is an administrator, the certain before the open; nothing where that is not the level.

    Args:
        grips: what makes them one by itself.
        surely_becomes: they become one by a way without an open condition, which tells more than an open grip does.
    """
    certain = [grip for grip in grips if not grip.conditional]
    return certain or ([] if surely_becomes else grips)


def doubted(found: Privilege, *clauses: str) -> Privilege:
    """Say in the reason of a level that could be higher what may give more; empty clauses say nothing."""
    more = "".join(f"; {clause}" for clause in clauses if clause)
    return replace(found, reason=found.reason + more) if more and found.level in _MAY_RISE else found


def administrator(identity_id: str, step: Step, reason: str) -> Privilege:
    """Say that an identity is an administrator by one step of its own."""
    return Privilege(
        identity_id=identity_id,
        level="administrator",
        conditional=step.conditional,
        path=(step,),
        statements=step.statements,
        reason=reason,
    )


def can_become(identity_id: str, path: tuple[Step, ...], *, conditional: bool) -> Privilege:
    """Say that an identity becomes an administrator by a way of one step or more."""
    count = "in one step" if len(path) == 1 else f"in {len(path)} steps, beginning with"
    return Privilege(
        identity_id=identity_id,
        level="can_become_administrator",
        conditional=conditional,
        path=path,
        reason=f"{count}: {lower(path[0].detail)}",
    )


def latent(identity_id: str, step: Step) -> Privilege:
    """Say that an identity holds all that a technique takes, and that there is nothing yet to use it on."""
    return Privilege(
        identity_id=identity_id,
        level="latent",
        conditional=step.conditional,
        path=(step,),
        reason=f"once this finds a target: {lower(step.detail)}",
    )


def reaches(identity_id: str, path: tuple[Step, ...], *, conditional: bool) -> Privilege:
    """Say that an identity gets at what is sensitive, by a way whose last step is `reading`."""
    return Privilege(
        identity_id=identity_id,
        level="reaches_sensitive",
        conditional=conditional,
        path=path,
        reason=f"{path[-1].detail} on what is sensitive",
    )


def ordinary(identity_id: str) -> Privilege:
    """Say that an identity gets at nothing that it should not, as far as anybody knows."""
    return Privilege(identity_id=identity_id, level="ordinary", reason="no way to more was found")


def reading(
    source_id: str, action: str, target_id: str, statements: tuple[StatementRef, ...], *, conditional: bool
) -> Step:
    """Return the step that gets at what a resource holds."""
    return Step(
        technique=ACCESS,
        source_id=source_id,
        target_id=target_id,
        statements=statements,
        conditional=conditional,
        detail=f"may {action}",
    )


def lower(title: str) -> str:
    """Return a title as it stands within a sentence."""
    return title[:1].lower() + title[1:]
