"""Which subscriptions and management groups are asked about: what the settings name, else all that is shown."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.model.errors import UserError
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.arm_query import query
from nhi_scan.providers.azure.arm_run import Run, is_new
from nhi_scan.providers.azure.arm_scopes import ask_groups
from nhi_scan.providers.azure.calls.arm import SUBSCRIPTIONS, TENANTS
from nhi_scan.providers.azure.calls.arm_graph import CONTAINERS, MANAGEMENT_GROUPS
from nhi_scan.providers.azure.places import PART, PROVIDER


def find_scopes(run: Run) -> None:
    """Find the subscriptions and management groups that are asked about, and write down what shows them.

    Raises:
        UserError: none of what was named is shown, or the snapshot cannot be written.
        Stopped: the run is over.
    """
    tree, settings = run.tree, run.session.settings
    run.asker.ask(TENANTS, run.place)
    run.asker.ask(SUBSCRIPTIONS, run.place, note=tree.list)
    for row in run.session.writer.coverage_of(PROVIDER, run.place.folder, SUBSCRIPTIONS.kind, PART):
        run.unlisted = f"`{SUBSCRIPTIONS.kind}` is not complete: {row.detail}" if row.status.is_gap else ""
    if tree.odd:
        run.unlisted = f"{tree.odd} subscriptions have no id that can be read"
    run.write(CONTAINERS, _pages(run), partial(_learn, run))
    if run.outcomes[kinds.ARG_CONTAINERS].error:
        ask_groups(run)
    if settings.names_places:
        tree.narrow(settings.subscriptions, settings.management_groups)
        if not tree.subscriptions and not tree.groups:
            raise UserError(
                "none of the subscriptions and management groups that were named is shown to the credentials: "
                f"`{(*settings.subscriptions, *settings.management_groups)[0]}`"
            )


def _pages(run: Run) -> Iterator[Iterable[Any]]:
    settings, seen = run.session.settings, set[str]()
    pages: list[Iterator[list[dict[str, Any]]]] = []
    if settings.management_groups:
        pages.append(query(run.arm, CONTAINERS, None, settings.management_groups))
    if guids := _asked_by_id(run):
        pages.append(query(run.arm, CONTAINERS, guids))
    pages.append(query(run.arm, MANAGEMENT_GROUPS))
    for part in pages:
        for page in part:
            yield [row for row in page if is_new(row, seen)]
    run.session.advance("resource-graph")


def _asked_by_id(run: Run) -> list[str]:
    """Return the subscriptions that are shown and were named; all that are shown where nothing was."""
    settings, guids = run.session.settings, run.tree.guids
    if not settings.names_places:
        return guids
    return [guid for guid in guids if guid in settings.subscriptions]


def _learn(run: Run, row: Any) -> None:
    run.count(kinds.ARG_CONTAINERS, row)
    run.tree.learn(row)


def hidden_groups(run: Run) -> list[str]:
    """Return the management groups that were named and in which nothing is shown, sorted."""
    named = {arm_ids.management_group(name) for name in run.session.settings.management_groups}
    return sorted(one for one in named - run.tree.groups if not any(run.tree.below(one)))
