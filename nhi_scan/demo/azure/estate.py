"""What an Azure estate is: rows of Microsoft's own JSON, by what they are.

A row is written as Microsoft Graph or Resource Manager answers it, in camelCase, with two differences: a moment may be
`ago(30)` or `in(30)`, days from the moment at which the estate plays (`World.at` turns it into a date), and what is a
relation in Graph stands beside the rows, by the ids of both ends.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

Record = dict[str, Any]
Rows = Sequence[Mapping[str, Any]]
Related = Mapping[str, Sequence[str]]

TENANT = "6d1a0f00-0000-4000-8000-000000000001"
CLIENT = "6d1a0f00-0000-4000-8000-0000000000aa"
CALLER = "6d1a0f00-0000-4000-8000-0000000000ab"
SECRET = "canary-azure-client-secret"  # noqa: S105 - of nobody: the server takes no other


class Lazy(Sequence[Mapping[str, Any]]):
    """Rows that are made when somebody reads them, so that fifty thousand of them cost nothing to have.

    Attributes:
        number_of: the number of the row that has an id, or None.
    """

    def __init__(self, count: int, make: Callable[[int], Record], number_of: Callable[[str], int | None]) -> None:
        self._count, self._make, self.number_of = count, make, number_of

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        if isinstance(index, slice):
            return [self._make(number) for number in range(*index.indices(self._count))]
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return self._make(index % self._count)

    def __iter__(self) -> Iterator[Record]:
        return (self._make(number) for number in range(self._count))


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """A tenant and its subscriptions.

    Ids of directory objects are lower-case GUIDs. Attributes whose names are Graph's collections hold rows of them;
    what follows are the rest.

    Attributes:
        tenant: its id.
        client_id: application id of the scanner, whom the server lets sign in.
        caller: object id of the scanner's service principal.
        secret: the scanner's client secret.
        organization: the row of `/organization`; the id is the tenant's.
        applications: `@odata.type` tells a blueprint of agent identities.
        service_principals: managed identities, agent identities and principals of blueprints too, by `@odata.type`.
        users: agent users too.
        owners: of an application, service principal or group, by its id: object ids.
        members: of a group or an administrative unit.
        sponsors: of an agent identity, a blueprint or its principal.
        inheritable_permissions: of a blueprint: its rows.
        federated_credentials: of an application: its rows.
        app_role_assignments: all, each with `resourceId`.
        group_eligibility_instances: of PIM for groups, each with `groupId`.
        policies: the single ones, by name: `authorizationPolicy`, `defaultAppManagementPolicy`,
            `adminConsentRequestPolicy`.
        applies_to: of an app management policy: object ids of applications and service principals.
        management_groups: `name`, `displayName`, `parent` (a name; empty: the tenant's root).
        subscriptions: `subscriptionId`, `displayName`, `state`, `tags`, `parent` (name of a management group).
        resources: as Resource Manager has them, of all types but scopes; resource groups too.
        role_assignments: of Resource Manager, each with `properties.scope`.
        deny_assignments: the same.
        arm_federated_credentials: of a user-assigned identity, by its id: its rows.
        role_eligibility_instances: of PIM in Resource Manager, by `properties.scope`.
        role_assignment_instances: the same.
        role_policies: role management policy assignments of Resource Manager.
        provider_operations: as `GET /providers/Microsoft.Authorization/providerOperations` has them.
    """

    tenant: str = TENANT
    client_id: str = CLIENT
    caller: str = CALLER
    secret: str = SECRET
    organization: Mapping[str, Any] = field(default_factory=dict)
    applications: Rows = ()
    service_principals: Rows = ()
    users: Rows = ()
    groups: Rows = ()
    administrative_units: Rows = ()
    owners: Related = field(default_factory=dict)
    members: Related = field(default_factory=dict)
    sponsors: Related = field(default_factory=dict)
    inheritable_permissions: Mapping[str, Rows] = field(default_factory=dict)
    federated_credentials: Mapping[str, Rows] = field(default_factory=dict)
    app_role_assignments: Rows = ()
    oauth2_permission_grants: Rows = ()
    directory_role_definitions: Rows = ()
    directory_role_assignments: Rows = ()
    directory_role_assignment_instances: Rows = ()
    directory_role_eligibility_instances: Rows = ()
    directory_role_policies: Rows = ()
    group_eligibility_instances: Rows = ()
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    app_management_policies: Rows = ()
    applies_to: Related = field(default_factory=dict)
    permission_grant_policies: Rows = ()
    risky_service_principals: Rows = ()
    service_principal_sign_ins: Rows = ()
    credential_sign_ins: Rows = ()
    management_groups: Rows = ()
    subscriptions: Rows = ()
    resources: Rows = ()
    role_definitions: Rows = ()
    role_assignments: Rows = ()
    deny_assignments: Rows = ()
    arm_federated_credentials: Mapping[str, Rows] = field(default_factory=dict)
    role_eligibility_instances: Rows = ()
    role_assignment_instances: Rows = ()
    role_policies: Rows = ()
    provider_operations: Rows = ()
