"""Owners that are IAM users which no longer exist; how an owner is found in tags is the same for all providers."""

from collections.abc import Sequence
from dataclasses import replace

from nhi_scan.inventory.owners import OWNER_TAGS, OwnerRules
from nhi_scan.model.arns import account_of, resource_of
from nhi_scan.model.identity import Identity, Workload

__all__ = ["OWNER_TAGS", "OwnerRules", "mark_departed"]


def mark_departed(
    identities: list[Identity],
    workloads: list[Workload],
    user_ids: frozenset[str],
    complete_accounts: frozenset[str],
) -> None:
    """Note, in place, which owners are IAM users that no longer exist.

    Args:
        identities: all identities; changed ones are replaced.
        workloads: all workloads; changed ones are replaced.
        user_ids: ARNs of the users that exist.
        complete_accounts: accounts whose users were collected completely: only there does absence mean "gone".
    """
    for things in (identities, workloads):
        _mark(things, user_ids, complete_accounts)


def _mark(things: "Sequence[Identity | Workload]", user_ids: frozenset[str], complete: frozenset[str]) -> None:
    for position, thing in enumerate(things):
        owner = thing.owner
        if owner is None or not owner.name.startswith("arn:"):
            continue
        if resource_of(owner.name).startswith("user/") and account_of(owner.name) in complete:
            gone = owner.name not in user_ids
            things[position] = replace(thing, owner=replace(owner, gone=gone))  # type: ignore[index]
