"""Raw records of Azure and Microsoft Entra to model records. Pure: the same snapshot gives the same records."""

from collections.abc import Sequence

from nhi_scan.inventory.owners import OWNER_TAGS, OwnerRules
from nhi_scan.model.records import Records
from nhi_scan.providers.azure.normalise.activity import Activity
from nhi_scan.providers.azure.normalise.agents import Sponsors, read_agent_users
from nhi_scan.providers.azure.normalise.app_roles import AppRoles
from nhi_scan.providers.azure.normalise.applications import read_applications, write_applications
from nhi_scan.providers.azure.normalise.arm_roles import read_arm_roles
from nhi_scan.providers.azure.normalise.credentials import write_credentials
from nhi_scan.providers.azure.normalise.deny_assignments import read_deny_assignments
from nhi_scan.providers.azure.normalise.directory_roles import DirectoryAssignments, read_directory_roles
from nhi_scan.providers.azure.normalise.federation import write_trusts
from nhi_scan.providers.azure.normalise.groups import read_groups, read_units
from nhi_scan.providers.azure.normalise.hierarchy import read_scopes
from nhi_scan.providers.azure.normalise.identities import IdentityWriter
from nhi_scan.providers.azure.normalise.inherited import write_inherited
from nhi_scan.providers.azure.normalise.key_vaults import VaultReader
from nhi_scan.providers.azure.normalise.managed_identities import Managed
from nhi_scan.providers.azure.normalise.operations import read_operations
from nhi_scan.providers.azure.normalise.owners import Owners
from nhi_scan.providers.azure.normalise.pim_policies import read_pim_policies
from nhi_scan.providers.azure.normalise.principals import Principals
from nhi_scan.providers.azure.normalise.resources import read_resources
from nhi_scan.providers.azure.normalise.role_assignments import AssignmentReader
from nhi_scan.providers.azure.normalise.scopes import Scopes
from nhi_scan.providers.azure.normalise.service_principals import read_service_principals
from nhi_scan.providers.azure.normalise.source import Source, open_source
from nhi_scan.providers.azure.normalise.tenant import tenant_attributes
from nhi_scan.providers.azure.normalise.workloads import WorkloadReader
from nhi_scan.snapshot.reader import Snapshot

__all__ = ["normalise"]


def normalise(snapshot: Snapshot, *, owner_tags: Sequence[str] = (), people: frozenset[str] | None = None) -> Records:
    """Read everything that a snapshot holds of Azure and Microsoft Entra.

    Args:
        snapshot: what was collected.
        owner_tags: tag keys that name an owner, the most telling first; none: the built-in list.
        people: e-mail addresses and names of present staff; an owner who is not among them is gone.

    Returns:
        Model records, not joined yet. A record that cannot be read becomes a coverage row, never an exception.

    Raises:
        UserError: a file of the snapshot is damaged.
    """
    source = open_source(snapshot, OwnerRules(tuple(owner_tags) or OWNER_TAGS, people))
    scopes = read_scopes(source)
    principals = Principals(source, scopes)
    owners = Owners(source, principals)
    roles = AppRoles(source)
    _read_identities(source, scopes, principals, owners, roles)
    read_groups(source, scopes, principals, owners)
    read_units(source, scopes, principals)
    _read_access(source, scopes, principals, roles)
    owners.write()
    principals.finish()
    scopes.write(tenant_attributes(source, scopes))
    source.finish()
    return source.records


def _read_identities(source: Source, scopes: Scopes, principals: Principals, owners: Owners, roles: AppRoles) -> None:
    """Identities, what they prove themselves with, what runs as them and who outside can become them."""
    managed, activity = Managed(), Activity(source)
    sponsors = Sponsors(source, scopes, principals)
    listed = read_service_principals(source, scopes, principals, owners, roles, managed)
    applications = read_applications(source, scopes, owners)
    workloads = WorkloadReader(source, scopes, managed, listed.homes)
    read_resources(source, managed, workloads, VaultReader(source, principals))
    IdentityWriter(source, scopes, owners, activity, managed, sponsors).write(listed, applications)
    write_applications(source, applications, listed.homes, owners)
    read_agent_users(source, scopes, principals)
    write_credentials(source, applications, listed, activity)
    write_trusts(source, scopes, applications, listed, managed)


def _read_access(source: Source, scopes: Scopes, principals: Principals, roles: AppRoles) -> None:
    """Roles of all planes, and who has them where."""
    read_arm_roles(source, scopes)
    AssignmentReader(source, scopes, principals).read()
    read_deny_assignments(source, scopes)
    read_operations(source, scopes)
    directory = read_directory_roles(source, scopes)
    DirectoryAssignments(source, scopes, principals, directory).read()
    read_pim_policies(source, scopes, principals, directory)
    roles.read_assignments(scopes, principals)
    roles.read_grants(scopes, principals)
    write_inherited(source)
    roles.write_graph(scopes)
