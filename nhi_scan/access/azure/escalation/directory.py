"""What there is to escalate to in the directory: applications, service principals, users, groups, agents."""

from collections.abc import Iterable, Mapping

from nhi_scan.access.azure.escalation.sets import Target
from nhi_scan.access.azure.escalation.subject import OWNERS
from nhi_scan.access.azure.members import Members
from nhi_scan.access.combine import Truth
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.identity import Group, Identity

GROUP = "member of "
"""Before the id of a group, in the name of the node for what it gives its members."""

_ROLES = "directory/roledefinitions/"
# Holders of these alone can have their passwords reset by who may reset those of people without any role:
# https://learn.microsoft.com/entra/identity/role-based-access-control/privileged-roles-permissions#who-can-reset-passwords
LESSER = frozenset(
    {
        f"{_ROLES}88d8e3e3-8f55-4a1e-953a-9b9898b8876b",  # Directory Readers
        f"{_ROLES}95e79109-95c0-4d8e-aee3-d01accf2d47b",  # Guest Inviter
        f"{_ROLES}966707d0-3269-4727-9be2-8c3a10f19b9d",  # Password Administrator
    }
)
_READERS = LESSER | {
    f"{_ROLES}790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b",  # Message Center Reader
    f"{_ROLES}4a5d8f65-41da-4de4-8968-e035b65339cf",  # Reports Reader
    f"{_ROLES}75934031-6c7e-415a-99d7-48dbd49e875e",  # Usage Summary Reports Reader
    f"{_ROLES}27460883-1df1-4691-b032-3b79643e5e63",  # User Experience Success Manager
}
_HELPDESK_ADMINISTRATOR = f"{_ROLES}729827e3-9c14-49f7-bb1b-9608f156bbb8"
HELPDESK = _READERS | {_HELPDESK_ADMINISTRATOR}
"""Whom a Helpdesk Administrator of the tenant resets: the same page."""
AUTHENTICATION = _READERS | {f"{_ROLES}c4e39bd9-1100-46d3-8c65-fb160da0071f"}
"""Whom an Authentication Administrator of the tenant resets."""
USER_ADMIN = _READERS | {
    _HELPDESK_ADMINISTRATOR,
    f"{_ROLES}fdd7a751-b60b-444a-984c-02652fe8fa1c",  # Groups Administrator
    f"{_ROLES}fe930be7-5e62-47db-91af-98c3a49a38b1",  # User Administrator
}
"""Whom a User Administrator of the tenant resets."""
_USABLE = ("active", "unknown")
_LOCK = "credentials_locked"
_RESTRICTED = "password_addition_restricted"


class DirectoryTargets:
    """Lists the targets in the directory, once for each kind and what protects them."""

    def __init__(self, inventory: Inventory, members: Members) -> None:
        """Take an inventory."""
        self._inventory = inventory
        self._members = members
        mine = [one for one in inventory.identities.values() if one.provider == "azure" and one.status != "deleted"]
        self._principals = [one for one in mine if one.kind == "service_principal" and not one.managed_by_provider]
        self._agents = [one for one in mine if one.kind in ("agent_identity", "agent_user")]
        self._users = [one for one in mine if one.kind == "user"]
        self._groups = [
            one for one in inventory.groups.values() if one.provider == "azure" and one.kind == "entra_group"
        ]
        self._privileged: dict[frozenset[str], frozenset[str]] = {}
        self._giving: frozenset[str] | None = None
        restricted = [
            dict(one.attributes).get(_RESTRICTED) for one in inventory.scopes.values() if one.kind == "tenant"
        ]
        self._restricted: Truth = "true" in restricted

    def applications(self, blocked_by: tuple[str, ...], *, blueprints: bool = False) -> list[Target]:
        """Return the applications of the tenant that have a service principal here which can sign in.

        Whoever adds a credential to one is the service principal. An agent identity blueprint is an application to
        which other permissions apply: https://learn.microsoft.com/graph/api/agentidentityblueprint-addpassword
        """
        found = []
        for one in self._principals:
            own = dict(one.attributes).get("application_id")
            blueprint = dict(one.attributes).get("agent_blueprint") == "true"
            state = self._lets(one, blocked_by, locked=False)
            if own and blueprint == blueprints and one.status in _USABLE and state is not False:
                found.append(Target(own, one.id, one.status == "unknown" or state is None))
        return found

    def service_principals(
        self, blocked_by: tuple[str, ...], *, disabled: bool = False, blueprints: bool = False
    ) -> list[Target]:
        """Return the service principals that take credentials of their own.

        Managed identities take none, and neither do those of Microsoft's own applications, whose properties are locked:
        https://learn.microsoft.com/entra/identity-platform/howto-configure-app-instance-property-locks
        """
        found = []
        for one in self._principals:
            blueprint = dict(one.attributes).get("agent_blueprint") == "true"
            fits = one.status == "disabled" if disabled else one.status in _USABLE
            state = self._lets(one, blocked_by, locked=True)
            if fits and blueprint == blueprints and state is not False:
                found.append(Target(one.id, one.id, one.status == "unknown" or state is None))
        return found

    def agents(self, kind: str) -> Mapping[str, list[Target]]:
        """Return the agents of a kind by whom they belong to: a blueprint's service principal, an agent identity.

        https://learn.microsoft.com/entra/agent-id/identity-platform/agent-blueprint
        """
        by_app = {one.unique_id: one.id for one in self._principals if one.unique_id}
        found: dict[str, list[Target]] = {}
        for one in self._agents:
            told = dict(one.attributes)
            holder = told.get("agent_identity_id") if kind == "agent_user" else by_app.get(told.get("blueprint_id", ""))
            if one.kind == kind and holder and one.status in _USABLE:
                found.setdefault(holder, []).append(Target(one.id, one.id, one.status == "unknown"))
        return found

    def users(self, *, everybody: bool = False, resetting: frozenset[str] = LESSER) -> list[Target]:
        """Return the people whose way of signing in can be changed: no guests, who sign in at home.

        Args:
            everybody: also those who hold a role of the directory, or are in or own a role-assignable group.
            resetting: the roles that keep nobody from being reset.
        """
        found = []
        for one in self._users:
            told = dict(one.attributes)
            if one.status not in _USABLE or told.get("user_type") == "guest":
                continue
            if everybody or one.id not in self._protected(resetting):
                # A password of a synchronized account is changed from the cloud only where it is written back.
                conditional = one.status == "unknown" or told.get("synced") == "true"
                found.append(Target(one.id, one.id, conditional))
        return found

    def groups(self, kind: str) -> list[Target]:
        """Return the groups that give their members something.

        Args:
            kind: `group` for those that are not role-assignable, `role_group` for those that are, `any_group`;
                `dynamic_group` for those whose members a rule chooses, whom nobody can add.
        """
        found = []
        for one in self._groups:
            told = dict(one.attributes)
            dynamic, assignable = told.get("dynamic") == "true", told.get("role_assignable") == "true"
            fits = kind in ("any_group", "dynamic_group") or (kind == "role_group") == assignable
            if fits and dynamic == (kind == "dynamic_group") and told.get("synced") != "true" and self.gives(one.id):
                found.append(Target(one.id, GROUP + one.id, conditional=False))
        return found

    def gives(self, group_id: str) -> bool:
        """Say whether a group, or one that it is in, is given anything."""
        if self._giving is None:
            self._giving = self._find_giving()
        return group_id in self._giving

    def _lets(self, identity: Identity, blocked_by: Iterable[str], *, locked: bool) -> Truth:
        """Say whether nothing protects a service principal or its application from new credentials.

        https://learn.microsoft.com/graph/api/resources/passwordcredentialconfiguration and
        https://learn.microsoft.com/entra/identity-platform/howto-configure-app-instance-property-locks
        """
        told = dict(identity.attributes)
        if locked and "locked" in blocked_by and told.get(_LOCK) == "true":
            return False
        # Of an application that is registered elsewhere nobody here knows what is locked: by default, all is.
        elsewhere = locked and "locked" in blocked_by and not told.get("application_id") and _LOCK not in told
        if "password_restricted" in blocked_by:
            own = told.get(_RESTRICTED)
            if own == "true" or (own is None and self._restricted):
                return False
        return None if elsewhere else True

    def _protected(self, resetting: frozenset[str]) -> frozenset[str]:
        """Return the people who hold another role than some, or are in or own a role-assignable group."""
        if resetting not in self._privileged:
            assignable = {one.id for one in self._groups if dict(one.attributes).get("role_assignable") == "true"}
            privileged = {
                row.principal_id
                for row in self._inventory.bindings.values()
                if row.policy_id.startswith(_ROLES) and row.policy_id not in resetting
            }
            privileged |= {
                row.principal_id
                for row in self._inventory.bindings.values()
                if row.policy_id == f"{OWNERS}group" and row.scope_id in assignable
            }
            found = set()
            for one in self._users:
                names = {*self._members.principals(one.id).sure, *self._members.eligible(one.id)}
                if not names.isdisjoint(privileged) or not names.isdisjoint(assignable):
                    found.add(one.id)
            self._privileged[resetting] = frozenset(found)
        return self._privileged[resetting]

    def _find_giving(self) -> frozenset[str]:
        giving = {one.id for one in self._groups if one.id in self._inventory.bindings_of}
        within: dict[str, list[Group]] = {}
        for one in self._groups:
            for member in one.member_ids:
                within.setdefault(member, []).append(one)
        groups = {one.id for one in self._groups}
        below: dict[str, list[str]] = {}
        for member, holders in within.items():
            if member in groups:
                for holder in holders:
                    below.setdefault(holder.id, []).append(member)
        waiting = list(giving)
        while waiting:
            for member in below.get(waiting.pop(), ()):
                if member not in giving:
                    giving.add(member)
                    waiting.append(member)
        return frozenset(giving)
