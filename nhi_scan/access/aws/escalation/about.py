"""What a target fixes about a request that is about it: its tags, its boundary."""

from collections.abc import Callable, Mapping

from nhi_scan.access.aws.conditions.variables import Look
from nhi_scan.access.aws.context import Found
from nhi_scan.access.aws.summarise import Access
from nhi_scan.access.aws.tagging import PREFIXES, tags_of
from nhi_scan.access.aws.terms import Term
from nhi_scan.model.policy import Condition

Telling = Callable[[str], Mapping[str, tuple[str, ...]]]
"""Tells which condition keys a target fixes."""

_OF_TARGET = "tags"  # under this key stand a target's tags, names and values in turn
ASSOCIATED = ""  # and under this one what a passed role is associated with


class About:
    """Finds the condition keys that a target fixes."""

    def __init__(self, access: Access, fixed: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """Take the keys that are the same for all targets."""
        self._access = access
        self._fixed = fixed or {}

    def __call__(self, target: str) -> dict[str, tuple[str, ...]]:
        """Return a target's keys: its tags, its boundary."""
        keys = dict(self._fixed)
        inventory = self._access.inventory
        tags = tags_of(inventory, target)
        if tags is not None:
            keys[_OF_TARGET] = tuple(word for tag in tags for word in tag)
        if target in inventory.identities:
            rows = inventory.bindings_of.get(target, ())
            keys["iam:permissionsboundary"] = tuple(row.policy_id for row in rows if row.purpose == "bounds")
        return keys


def looking(keys: Mapping[str, tuple[str, ...]], look: Look) -> Look:
    """Return what finds the keys of a request: what is given, then a target's tags, then what the principal fixes."""
    if not keys:
        return look

    def find(key: str) -> Found:
        found = keys.get(key)
        if found is None and key.startswith(PREFIXES) and _OF_TARGET in keys:
            words, name = keys[_OF_TARGET], key.partition("/")[2]
            return next(
                ((value,) for tag, value in zip(words[::2], words[1::2], strict=True) if tag.lower() == name), None
            )
        if found is None:
            return look(key)
        return found or None

    return find


def depends_on_target(term: Term) -> bool:
    """Say whether a statement's conditions read the target, so that each has to be asked about by itself."""
    return term.open and any(_reads_target(condition) for condition in term.rule.statement.conditions)


def _reads_target(condition: Condition) -> bool:
    key = condition.key.lower()
    if key.startswith(PREFIXES) or key == "iam:permissionsboundary":
        return True
    return any("resourcetag/" in each.lower() for each in condition.values if "${" in each)
