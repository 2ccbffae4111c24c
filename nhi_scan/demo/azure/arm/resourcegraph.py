"""Resource Graph: `POST /providers/Microsoft.ResourceGraph/resources`.

https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources; pages and their tokens:
https://learn.microsoft.com/azure/governance/resource-graph/paginate-results; quotas in headers:
https://learn.microsoft.com/azure/governance/resource-graph/guidance-for-throttled-requests
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from nhi_scan.demo.azure.arm import kql, tables
from nhi_scan.demo.azure.errors import ApiError, bad_request
from nhi_scan.demo.azure.exchange import Answer
from nhi_scan.demo.azure.gate import Gate
from nhi_scan.demo.azure.world import World
from nhi_scan.model import arm_ids

MOST = 1000  # rows of a page
_QUOTA = {"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}


class ResourceGraph:
    """Answers queries; a query's rows are worked out once and serve all its pages."""

    def __init__(self, world: World, gate: Gate) -> None:
        self._world, self._gate = world, gate
        self._found: dict[str, Sequence[Mapping[str, Any]]] = {}

    def answer(self, asked: Mapping[str, Any]) -> Answer:
        """Answer one query, a page of it.

        Raises:
            ApiError: a query that is not understood, or a token of another.
        """
        options = asked.get("options") or {}
        rows = self._rows(asked)
        question = repr((asked.get("query"), asked.get("subscriptions"), asked.get("managementGroups")))
        bound = hashlib.sha256(question.encode()).hexdigest()[:16]
        start = _start(options.get("$skipToken") or "", bound) or int(options.get("$skip") or 0)
        top = int(options.get("$top") or MOST)
        if not 0 < top <= MOST:
            raise bad_request(f"The value of $top must be between 1 and {MOST}.", "InvalidQueryOptions")
        end = start + min(top, self._gate.conduct.page or top)
        page = [dict(row) for row in rows[start:end]]
        body: dict[str, Any] = {
            "totalRecords": len(rows),
            "count": len(page),
            "data": page,
            "facets": [],
            "resultTruncated": "false",
        }
        if end < len(rows):
            body["$skipToken"] = base64.urlsafe_b64encode(f"{end}/{bound}".encode()).decode()
        return Answer(body=body, headers=dict(_QUOTA))

    def _rows(self, asked: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        query = asked.get("query")
        if not isinstance(query, str) or not query.strip():
            raise bad_request("Query is missing.", "InvalidQuery")
        places = [
            *(f"/subscriptions/{one}".lower() for one in asked.get("subscriptions") or ()),
            *(arm_ids.management_group(one) for one in asked.get("managementGroups") or ()),
        ]
        key = repr((query, places, (asked.get("options") or {}).get("authorizationScopeFilter")))
        if key not in self._found:
            table, steps = kql.parse(query)
            found = tables.rows(table, self._world, self._gate)
            if found is None:
                raise bad_request(f"Query is invalid: no table `{table}`.", "InvalidQuery")
            also_above = "above" in str((asked.get("options") or {}).get("authorizationScopeFilter", "")).lower()
            rows: list[Any] = [row for row in found if not places or self._within(row, places, above=also_above)]
            for step in steps:
                rows = step(rows)
            self._found[key] = rows
        return self._found[key]

    def _within(self, row: Mapping[str, Any], places: Sequence[str], *, above: bool) -> bool:
        """Tell whether a row lies in one of the places that were asked about, or above one; roles have no place."""
        properties = row.get("properties")
        scope = properties.get("scope", "") if isinstance(properties, Mapping) else ""
        if row["type"].endswith("/roledefinitions"):
            return True
        chain = self._world.above(scope or row["id"])
        if any(place in chain for place in places):
            return True
        return above and bool(scope) and any(chain[-1] in self._world.above(place) for place in places)


def _start(token: str, bound: str) -> int:
    if not token:
        return 0
    try:
        start, _, given = base64.urlsafe_b64decode(token).decode().partition("/")
        number = int(start)
    except ValueError as error:
        raise ApiError(400, "BadRequest", "The provided skip token is invalid.") from error
    if given != bound:
        raise ApiError(400, "BadRequest", "The provided skip token is of another query.")
    return number
