"""Raw records of GitHub to model records. Pure: the same snapshot gives the same records, at any time."""

from collections.abc import Sequence

from nhi_scan.inventory.owners import OWNER_TAGS, OwnerRules
from nhi_scan.model.records import Records
from nhi_scan.providers.github.normalise.apps import read_apps
from nhi_scan.providers.github.normalise.branches import read_branches
from nhi_scan.providers.github.normalise.deploy_keys import read_deploy_keys
from nhi_scan.providers.github.normalise.environments import read_environments
from nhi_scan.providers.github.normalise.runners import read_runner_groups, read_runners, read_webhooks
from nhi_scan.providers.github.normalise.scopes import read_scopes
from nhi_scan.providers.github.normalise.secrets import read_secrets
from nhi_scan.providers.github.normalise.source import open_source
from nhi_scan.providers.github.normalise.tokens import read_tokens
from nhi_scan.providers.github.normalise.workflows import read_workflows
from nhi_scan.snapshot.reader import Snapshot

__all__ = ["normalise"]


def normalise(snapshot: Snapshot, *, owner_tags: Sequence[str] = (), people: frozenset[str] | None = None) -> Records:
    """Read everything that a snapshot holds of GitHub.

    Args:
        snapshot: what was collected.
        owner_tags: names of custom properties that name an owner, the most telling first; none: the built-in list.
        people: e-mail addresses and names of present staff; an owner who is not among them is gone.

    Returns:
        Model records, not joined yet. A record that cannot be read becomes a coverage row, never an exception.

    Raises:
        UserError: a file of the snapshot is damaged.
    """
    source = open_source(snapshot, OwnerRules(tuple(owner_tags) or OWNER_TAGS, people))
    places = read_scopes(source)
    read_branches(source, places)
    read_environments(source, places)
    read_secrets(source, places)
    read_apps(source, places)
    read_tokens(source, places)
    read_deploy_keys(source, places)
    read_runners(source, places)
    read_runner_groups(source, places)
    read_webhooks(source, places)
    read_workflows(source, places)
    source.records.scopes += [places.scopes[id_] for id_ in sorted(places.scopes)]
    source.finish()
    return source.records
