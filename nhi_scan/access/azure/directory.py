"""What roles of Microsoft Entra say in ways of their own: owners, oneself, parts of a kind, role-assignable groups.

Application Administrators may add credentials to any application and service principal, those with more rights than
their own included: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference. No
exception is made for any of them here but for agents: for their objects roles have permissions of their own, and no
page says whether those for all applications reach them.
"""

import re

from nhi_scan.access.azure.actions import covers, narrowed
from nhi_scan.access.azure.request import Request
from nhi_scan.access.azure.scoped import OWNER_ROLES, concerns
from nhi_scan.access.combine import Truth, both, either

PLANE = "directory"
_GROUPS = re.compile(r"(microsoft\.directory)/groups(?:\.\w+)*/(.+)\Z")
_MEMBERS = re.compile(r"microsoft\.directory/groups(?:assignabletoroles)?(?:\.\w+)?/members/update\Z")
AGENTS = {
    "applications": ("agentIdentityBlueprints",),
    "serviceprincipals": ("agentIdentityBlueprintPrincipals", "agentIdentities"),
}
"""Kinds of objects, in lower case, and what those of them are called that are an agent's."""
_APPLICATIONS = re.compile(r"(microsoft\.directory)/(applications|servicePrincipals)(?:\.\w+)*/(.+)\Z", re.IGNORECASE)
_READ = "/read"
_SELF, _OWNER = "$resourceisself", "$subjectisowner"
_JOINTS = (("||", either), ("&&", both))


def is_object(place: str) -> bool:
    """Say whether a place of the directory is one object, and neither the tenant nor an administrative unit."""
    return "/" not in place


def readable(text: str) -> bool:
    """Say whether a condition of a permission of a directory role is one that we know.

    https://learn.microsoft.com/graph/api/resources/unifiedrolepermission. They are in Microsoft's own roles only.
    """
    return all(part.strip().lower() in (_SELF, _OWNER) for part in re.split(r"\|\||&&", text))


def holds(text: str, asked: Request) -> Truth:
    """Evaluate `$SubjectIsOwner` and `$ResourceIsSelf`, also joined by `||` or `&&`.

    Args:
        text: as the role writes it.
        asked: the request.
    """
    for joint, combine in _JOINTS:
        if joint in text:
            return combine(*[holds(part, asked) for part in text.split(joint)])
    name = text.strip().lower()
    if name == _SELF:
        return asked.place == asked.identity_id if is_object(asked.place) else None
    return asked.owned if name == _OWNER else None


def limit(patterns: list[str], asked: Request, role: str) -> str | None:
    """Tell what narrows the permissions of a role that cover an action, at the place that is asked about.

    Args:
        patterns: those of the role that cover the action.
        asked: the request.
        role: id of the role.

    Returns:
        Empty: nothing does. None: they are not for this place at all. Else what the place has to be, as
        `applications.myOrganization`: nobody can tell whether it is that.
    """
    left: list[str] = []
    for pattern in patterns:
        if asked.role_assignable is not False and not _for_role_assignable(pattern, asked.action, role):
            if asked.role_assignable is None:
                left.append("groups that no directory role can be given to")
            continue
        if _of_agents(asked) != asked.action and not role.startswith(OWNER_ROLES):
            if covers(PLANE, pattern, _of_agents(asked)):
                return ""
            left.append("what permissions for all of its kind reach")
            continue
        part = narrowed(pattern, asked.action)
        if not part or (asked.part is not None and part in asked.part):
            return ""
        if asked.part is None:
            left.append(pattern.lower().split("/")[1])
    return min(left) if left else None


def names(asked: Request) -> frozenset[str]:
    """Return the names under which roles may have what is asked for: of agents and of some groups it has two."""
    assignable = candidates(asked.action, role_assignable=asked.role_assignable is not False)
    return frozenset({asked.action, assignable, _of_agents(asked)})


def of_agents(action: str) -> tuple[str, ...]:
    """Return the names under which roles have an action on applications or service principals for those of agents."""
    found = _APPLICATIONS.match(action)
    if found is None or action.lower().endswith(_READ):
        return ()
    return tuple([f"{found[1]}/{entity}/{found[3]}" for entity in AGENTS[found[2].lower()]])


def _of_agents(asked: Request) -> str:
    """The name of an action on an object of an agent; the action itself on all others."""
    mine = [one for one in of_agents(asked.action) if f"/{asked.own_entity}/" in one]
    return mine[0] if mine and asked.own_entity else asked.action


def candidates(action: str, *, role_assignable: bool) -> str:
    """Return the name under which roles that change a role-assignable group have an action; else the action itself."""
    found = _GROUPS.match(action.lower())
    if found is None or not role_assignable or action.lower().endswith(_READ):
        return action
    return f"{found[1]}/groupsAssignableToRoles/{found[2]}"


def changes_members(action: str) -> bool:
    """Say whether an action adds somebody to a group, or removes somebody.

    Nobody does in a group whose members a rule chooses, its owners and administrators included:
    https://learn.microsoft.com/entra/identity/users/groups-create-rule
    """
    return _MEMBERS.match(action.lower()) is not None


def kept_away(scope_id: str, asked: Request) -> Truth:
    """Say whether what is assigned on a scope changes nothing of an object in a restricted administrative unit.

    Whoever is not assigned on such a unit may read it and no more, its owners and Global Administrators included. Who
    may change role-assignable groups in the whole tenant may change those in one all the same
    (https://learn.microsoft.com/entra/identity/role-based-access-control/admin-units-restricted-management).

    Args:
        scope_id: of the assignment.
        asked: the request.
    """
    if not asked.restricted or scope_id in asked.restricted or asked.action.lower().endswith(_READ):
        return False
    if not concerns("unit", asked.action):  # users, groups and devices are what is in such units
        return False
    if scope_id != asked.chain[0] or asked.role_assignable is False:
        return True
    return None if asked.role_assignable is None else False


def _for_role_assignable(pattern: str, action: str, role: str) -> bool:
    """Whether a permission is for a group that directory roles can be given to.

    Permissions to change groups leave those out; theirs are `groupsAssignableToRoles`, and their owners may change them
    (https://learn.microsoft.com/entra/identity/role-based-access-control/groups-concept).
    """
    name = candidates(action, role_assignable=True)
    return name == action or role.startswith(OWNER_ROLES) or covers(PLANE, pattern, name)
