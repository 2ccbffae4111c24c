"""A query of Resource Graph, page by page, over as many subscriptions as there are."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from nhi_scan.providers import Call
from nhi_scan.providers.azure.faults import CallError

if TYPE_CHECKING:
    from nhi_scan.providers.azure.client_arm import Arm

Row = dict[str, Any]

_ROWS = 1000  # the most that a page has: https://learn.microsoft.com/azure/governance/resource-graph/concepts/paging-results
_SUBSCRIPTIONS = 500  # named in one query
_PAGES = 100_000
# An answer has sixteen megabytes at most, and what does not fit is refused: fewer rows do.
_TOO_LARGE = "ResponsePayloadTooLarge"


def query(
    arm: "Arm", call: Call, subscriptions: Sequence[str] | None = None, management_groups: Sequence[str] = ()
) -> Iterator[list[Row]]:
    """Ask a query of some subscriptions, of all below some management groups, or of the whole tenant.

    Role assignments and definitions are those at the scope, below it, and above it:
    https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources#authorizationscopefilter.

    Args:
        arm: the seam.
        call: the row.
        subscriptions: GUIDs; None where none are named.
        management_groups: names.

    Yields:
        The rows of a page.

    Raises:
        CallError: no answer, or not all of it; the pages before it have been yielded.
        Stopped: the run is over.
    """
    if subscriptions is None:
        yield from _pages(arm, call, {"managementGroups": list(management_groups)} if management_groups else {})
        return
    for first in range(0, len(subscriptions), _SUBSCRIPTIONS):
        yield from _pages(arm, call, {"subscriptions": list(subscriptions[first : first + _SUBSCRIPTIONS])})


def _pages(arm: "Arm", call: Call, where: dict[str, Any]) -> Iterator[list[Row]]:
    options: dict[str, Any] = {"$top": _ROWS, "resultFormat": "objectArray"}
    if call.service.endswith(":AuthorizationResources"):
        options["authorizationScopeFilter"] = "AtScopeAboveAndBelow"
    elif "subscriptions" not in where:
        options["allowPartialScopes"] = True  # beyond ten thousand subscriptions: the answer says so
    got, tokens = 0, set[str]()
    for _ in range(_PAGES):
        try:
            page = arm.query({**where, "query": call.params["query"], "options": options})
        except CallError as error:
            if error.code != _TOO_LARGE or options["$top"] == 1:
                raise
            options = {**options, "$top": max(1, options["$top"] // 4)}
            continue
        data = page.get("data")
        if not isinstance(data, list):
            raise CallError("failed", "OddAnswer", "the rows are no list")
        rows = [row for row in data if isinstance(row, dict)]
        got += len(data)
        yield rows
        token = page.get("$skipToken")
        if len(rows) < len(data):
            raise CallError("failed", "OddAnswer", f"{len(data) - len(rows)} rows are no objects")
        if not isinstance(token, str) or not token:
            _check_all(page, got)
            return
        if token in tokens:
            raise CallError("failed", "PagingLoop", "the same page was named twice")
        tokens.add(token)
        options = {**options, "$skipToken": token}
    raise CallError("failed", "PagingLoop", f"there are more than {_PAGES} pages")


def _check_all(page: Row, got: int) -> None:
    """Find out whether the last page was the last: where rows are left out, the answer says so."""
    total = page.get("totalRecords")
    short = isinstance(total, int) and got < total
    if str(page.get("resultTruncated", "")).lower() == "true" or short:
        of = f" of {total}" if isinstance(total, int) else ""
        raise CallError("failed", "Truncated", f"Resource Graph gave {got}{of} rows and no next page")
