"""Names of actions: of which plane they are, and which patterns of roles cover them.

Planes never mix: what a role says of the control plane gives nothing of the data plane
(https://learn.microsoft.com/azure/role-based-access-control/role-definitions#control-and-data-actions), and no role of
Resource Manager gives anything in the directory.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from nhi_scan.access.azure.operations import DOCUMENTED
from nhi_scan.access.match import expression
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.entra import app_role_action
from nhi_scan.model.policy import Policy

PLANES = ("app_role", "control", "data", "delegated", "directory")
_DIRECTORY = "microsoft.directory/"
_OF_DIRECTORY = {"directory"}
_DELEGATED = "/delegated/"
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_API = re.compile(
    r"(?:microsoft\.graph|windows\.azure\.activedirectory|office365\.(?:exchange|sharepoint)"
    r"|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/"
)
_CACHE = 1 << 16
_ANY_SEGMENT = "/*/"
_CONSENT = "managepermissiongrants"  # each names the policy that it is subject to
_ALL_ENTITIES, _ALL_PROPERTIES, _ALL_TASKS = "allentities", "allproperties", "alltasks"
_OF_POLICY = (
    ("directory/", ("directory",)),
    ("approles/", ("app_role",)),
    ("delegated/", ("delegated",)),
    ("/providers/microsoft.authorization/roledefinitions/", ("control", "data")),
)


class Planes:
    """Tells of which plane an action is.

    Microsoft says of each operation of a resource provider whether it is a data action
    (https://learn.microsoft.com/rest/api/authorization/provider-operations-metadata/list). What no list of operations,
    no role and no table of ours names may be of either plane: it is never guessed. Of other services, such as
    `microsoft.office365.serviceHealth`, only roles of the directory speak: such namespaces are the directory's. One
    with a single dot (`microsoft.insights`) may be Resource Manager's as well.
    """

    def __init__(self, inventory: Inventory) -> None:
        """Read the literal names in all roles of an inventory, and in the list of operations where it is there."""
        self._known: dict[str, set[str]] = {}
        self._namespaces: dict[str, set[str]] = {}
        for policy in inventory.policies.values():
            if policy.provider == "azure":
                for plane, name in _names(policy):
                    self._namespaces.setdefault(name.partition("/")[0], set()).add(plane)
                    if "*" not in name:
                        self._known.setdefault(name, set()).add(plane)

    def of(self, action: str) -> tuple[str, ...]:
        """Return the planes that an action may be of, sorted. More than one: nobody can tell which."""
        name = action.lower()
        if _API.match(name):
            return ("delegated",) if _DELEGATED in name else ("app_role",)
        namespace = name.partition("/")[0]
        service = namespace.count(".") > 1 and self._namespaces.get(namespace) == _OF_DIRECTORY
        if service or name.startswith(_DIRECTORY):
            return ("directory",)
        documented = DOCUMENTED.get(name)
        return tuple(sorted(self._known.get(name, (documented,) if documented else ("control", "data"))))


def spelled(action: str) -> str:
    """Return an action as roles have it, where somebody writes an API by its id: `Microsoft.Graph/Mail.Send`."""
    api, slash, rest = action.partition("/")
    return app_role_action(api, rest) if slash and _GUID.match(api.lower()) else action


def planes_of_policy(policy_id: str) -> tuple[str, ...]:
    """Return the planes in which a role may give something, by its id alone: of one that was not collected."""
    if "#accesspolicy/" in policy_id:
        return ("data",)
    return next((planes for start, planes in _OF_POLICY if policy_id.startswith(start)), PLANES)


@lru_cache(maxsize=_CACHE)
def covers(plane: str, pattern: str, action: str) -> bool:
    """Say whether an action in a role stands for an action.

    In Resource Manager's planes `*` stands for any run of characters, `/` too, anywhere; there is no other wildcard,
    and case does not count: https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions. See
    `readings` for a `*` between two slashes.
    In the directory `allTasks` stands for whatever can be done, `allProperties` for all of an entity's properties,
    `allEntities` for every entity of a namespace
    (https://learn.microsoft.com/entra/identity/role-based-access-control/privileged-roles-permissions#how-to-understand-role-permissions).
    To consent for others is not one of them, since that is said with the policy that it is subject to
    (https://learn.microsoft.com/entra/identity/role-based-access-control/custom-consent-permissions).
    `applications.myOrganization` names some of `applications`, which `narrowed` tells. Permissions of APIs stand for
    themselves.

    Args:
        plane: of both.
        pattern: as a role writes it.
        action: as somebody asks for it.
    """
    low, name = pattern.lower(), action.lower()
    if low == name:
        return True
    if plane == "directory":
        return _covers_directory(low, name)
    return plane in ("control", "data") and "*" in low and any(_matches(one, name) for one in readings(low))


@lru_cache(maxsize=_CACHE)
def readings(pattern: str) -> tuple[str, ...]:
    """Return what a pattern of Resource Manager may stand for: a `*` that is a whole segment stands for none, too.

    Managed Identity Operator holds `Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action`, and it is the
    role to assign an identity with, which is checked as the same name without the star:
    https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/identity#managed-identity-operator,
    https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-configure-managed-identities.
    """
    return (pattern, pattern.replace(_ANY_SEGMENT, "/")) if _ANY_SEGMENT in pattern else (pattern,)


def narrowed(pattern: str, action: str) -> str:
    """Return the part of an entity to which a directory action is limited that covers a wider one; empty: to none.

    `microsoft.directory/applications.myOrganization/credentials/update` covers that of `applications` on those that
    only this tenant uses: `myOrganization`
    (https://learn.microsoft.com/entra/identity/role-based-access-control/custom-available-permissions).
    """
    mine, asked = _parts(pattern.lower()).entity, _parts(action.lower()).entity
    kind, _, part = mine.partition(".")
    return part if part and mine != asked and kind == asked.partition(".")[0] else ""


def _covers_directory(pattern: str, action: str) -> bool:
    given, asked = _parts(pattern), _parts(action)
    return (
        given.namespace == asked.namespace
        and (given.task == asked.task or (given.task == _ALL_TASKS and not asked.task.startswith(_CONSENT)))
        and _covers_entity(given.entity, asked.entity)
        and _covers_properties(given, asked)
    )


def _covers_entity(given: str, asked: str) -> bool:
    """Where only a part of an entity is given and the whole is asked for, that is `narrowed`, and covered."""
    kind, _, part = asked.partition(".")
    return given in (_ALL_ENTITIES, asked, kind) or (not part and given.partition(".")[0] == kind)


def _covers_properties(given: "_Parts", asked: "_Parts") -> bool:
    if given.properties == asked.properties:
        return True
    if not given.properties:
        return given.task == _ALL_TASKS or given.entity == _ALL_ENTITIES
    *within, last = given.properties
    if last != _ALL_PROPERTIES or asked.properties[: len(within)] != tuple(within):
        return False
    # To create and to delete is about no property: only `allTasks` is that, too.
    return len(asked.properties) > len(within) or given.task == _ALL_TASKS


class _Parts(NamedTuple):
    """`namespace/entity[/property set]/task`, see https://learn.microsoft.com/graph/api/resources/unifiedrolepermission."""

    namespace: str
    entity: str
    properties: tuple[str, ...]
    task: str


def _parts(name: str) -> _Parts:
    namespace, _, rest = name.partition("/")
    entity, *properties = rest.split("/")
    task = properties.pop() if properties else ""
    return _Parts(namespace, entity, tuple(properties), task)


def _matches(pattern: str, name: str) -> bool:
    if pattern == "*":
        return True
    if pattern.find("*") == len(pattern) - 1:
        return name.startswith(pattern[:-1])
    return _compiled(pattern).match(name) is not None


@lru_cache(maxsize=_CACHE)
def _compiled(pattern: str) -> re.Pattern[str]:
    # A `?` is a character like any other here.
    parts = [(part, part != "?") for part in re.split(r"(\?)", pattern) if part]
    return re.compile(expression(parts), re.DOTALL)


def _names(policy: Policy) -> Iterator[tuple[str, str]]:
    for statement in policy.statements:
        if statement.plane in PLANES:
            for name in (*statement.actions, *statement.not_actions):
                yield statement.plane, name.lower()
