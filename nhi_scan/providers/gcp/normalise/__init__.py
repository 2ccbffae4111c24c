"""Raw records of Google Cloud to model records. Pure: the same snapshot gives the same records, at any time."""

from collections.abc import Sequence

from nhi_scan.inventory.owners import OWNER_TAGS, OwnerRules
from nhi_scan.model.records import Records
from nhi_scan.providers.gcp.normalise.accounts import read_accounts
from nhi_scan.providers.gcp.normalise.activity import Activity
from nhi_scan.providers.gcp.normalise.advice import read_advice
from nhi_scan.providers.gcp.normalise.api_keys import read_api_keys, read_hmac_keys
from nhi_scan.providers.gcp.normalise.bindings import BindingReader
from nhi_scan.providers.gcp.normalise.delegation import note_missing
from nhi_scan.providers.gcp.normalise.documented_roles import write_documented_roles
from nhi_scan.providers.gcp.normalise.groups import read_groups
from nhi_scan.providers.gcp.normalise.guardrails import read_guardrails
from nhi_scan.providers.gcp.normalise.keys import read_keys
from nhi_scan.providers.gcp.normalise.pools import link_pools, read_pools
from nhi_scan.providers.gcp.normalise.principals import Principals
from nhi_scan.providers.gcp.normalise.resources import read_resources
from nhi_scan.providers.gcp.normalise.roles import read_roles
from nhi_scan.providers.gcp.normalise.scopes import read_scopes, write_tagged
from nhi_scan.providers.gcp.normalise.source import open_source
from nhi_scan.providers.gcp.normalise.workloads import read_workloads
from nhi_scan.snapshot.reader import Snapshot

__all__ = ["normalise"]


def normalise(snapshot: Snapshot, *, owner_tags: Sequence[str] = (), people: frozenset[str] | None = None) -> Records:
    """Read everything that a snapshot holds of Google Cloud.

    Args:
        snapshot: what was collected.
        owner_tags: label keys that name an owner, the most telling first; none: the built-in list.
        people: e-mail addresses and names of present staff; an owner who is not among them is gone.

    Returns:
        Model records, not joined yet. A record that cannot be read becomes a coverage row, never an exception.

    Raises:
        UserError: a file of the snapshot is damaged.
    """
    source = open_source(snapshot, OwnerRules(tuple(owner_tags) or OWNER_TAGS, people))
    hierarchy = read_scopes(source)
    activity = Activity(source)
    read_accounts(source, hierarchy, activity)
    read_keys(source, hierarchy, activity)
    read_api_keys(source, hierarchy)
    read_hmac_keys(source, hierarchy)
    read_advice(source, hierarchy)
    roles = read_roles(source, hierarchy)
    principals = Principals(source, hierarchy)
    read_groups(source, principals)
    read_workloads(source, hierarchy, principals)
    read_resources(source, hierarchy)
    read_pools(source, hierarchy)
    bindings = BindingReader(source, hierarchy, roles, principals)
    bindings.read()
    write_documented_roles(source)
    read_guardrails(source, hierarchy)
    bindings.places.finish()
    principals.finish()
    link_pools(source)
    write_tagged(source, hierarchy)
    note_missing(source, hierarchy)
    source.finish()
    return source.records
