"""What the collector could see of Resource Manager, and what it could not.

Resource Graph answers with what the caller may read and says nothing of the rest: no read permission, no results
(https://learn.microsoft.com/azure/governance/resource-graph/overview#permissions-in-azure-resource-graph). And a
subscription is listed to whoever has any role anywhere in it, be it on one resource
(https://learn.microsoft.com/rest/api/resources/subscriptions/list). So an empty answer means nothing by itself. Three
things are asked besides:

1. What may the caller do at each subscription, and at each management group that is shown? Resource Manager tells
   callers that of themselves (https://learn.microsoft.com/rest/api/authorization/permissions). A kind is complete in a
   subscription where those permissions have every action that its rows take *at the subscription*, so that everything
   in it inherits them. Where they lack one, what came is a part.
2. What lies above a subscription? Roles that are assigned there count in it. Resource Graph names the management groups
   above each subscription; and role assignments at a subscription and above it are listed to whoever may read those of
   the subscription, whether the groups may be read or not
   (https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest): one subscription below each
   chain of groups is asked. Role assignments of a group are complete where such a subscription answered, or where they
   may be read at the group itself.
3. Are there more subscriptions? Nothing tells of those that the caller has no role in. Only a role on the root
   management group holds for all there are
   (https://learn.microsoft.com/azure/governance/management-groups/overview#root-management-group-for-each-directory):
   the tenant's own row is complete only where the caller has one.

Lists of resources leave out what is hidden as well, where a subscription is asked by itself; role assignments, role
definitions, deny assignments and PIM are refused to whoever may not read those of the whole scope, so that an answer is
all of them.

A deny assignment that hides a resource from the caller alone, and a condition on the caller's own role, stay unnoticed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from nhi_scan.providers import Call
from nhi_scan.providers.azure.faults import CallError

_SHOWN = 5  # actions that a sentence names
Sets = Sequence[Mapping[str, Any]]


class Sight:
    """What the caller may do, by scope."""

    def __init__(self) -> None:
        self._sets: dict[str, Sets | CallError] = {}

    def learn(self, scope: str, sets: Iterable[Any], error: CallError | None) -> None:
        """Note the permissions that were answered for a scope, or why none were."""
        self._sets[scope] = error if error is not None else [one for one in sets if isinstance(one, dict)]

    def why_not(self, scope: str) -> CallError | None:
        """Return why nothing is known of a scope; None where something is."""
        known = self._sets.get(scope)
        if known is None:
            return CallError("failed", "NotAsked", "its permissions were not asked for")
        return known if isinstance(known, CallError) else None

    def lacking(self, scope: str, actions: Iterable[str]) -> tuple[str, ...]:
        """Return the actions that the caller lacks at a scope; all where nothing is known of it.

        Sets of permissions are added to each other; within one, what `notActions` name is not given:
        https://learn.microsoft.com/azure/role-based-access-control/role-definitions#notactions
        """
        known = self._sets.get(scope)
        sets = known if isinstance(known, Sequence) else ()
        return tuple(action for action in actions if not any(_gives(one, action) for one in sets))


def _gives(permission: Mapping[str, Any], action: str) -> bool:
    return _matches(permission.get("actions"), action) and not _matches(permission.get("notActions"), action)


def _matches(patterns: Any, action: str) -> bool:
    known = patterns if isinstance(patterns, list) else []
    return any(isinstance(one, str) and _pattern(one).fullmatch(action) is not None for one in known)


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.IGNORECASE)


def shown(actions: Sequence[str]) -> str:
    """Write down some actions for a row of coverage."""
    more = f" and {len(actions) - _SHOWN} more" if len(actions) > _SHOWN else ""
    return ", ".join(actions[:_SHOWN]) + more


def wanted(call: Call) -> tuple[str, ...]:
    """Return the actions that a row takes of the scope whose things it reads."""
    return tuple(one for one in call.permissions if not one.startswith(_NOT_OF_SCOPES))


# Submitting a query and reading management groups say nothing of what is in a subscription.
_NOT_OF_SCOPES = ("Microsoft.ResourceGraph/", "Microsoft.Management/")
