"""What a request must pass before it is answered: faults, quotas, permissions; and who counts."""

import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from nhi_scan.demo.azure.errors import ApiError, arm_denied, graph_denied, too_many
from nhi_scan.demo.azure.world import World

EVERYTHING = frozenset({"*"})
FOREVER = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong, with requests of one family.

    Kinds: a number is answered as that HTTP status (`401`, `403`, `404`, `429`, `500`, `503`); `unlicensed` as a tenant
    without the licence; `truncated` cuts the answer off in its middle; `repeated_link` gives the same next link for
    ever; `wrong_field` puts in a property that Microsoft does not have; `odd_type` makes every string of the rows a
    number; `closed` closes the connection.
    """

    family: str  # `graph.applications`, `arm.roleAssignments`: the keys of `Served.requests`
    kind: str
    path: str = ""  # only requests whose path holds this
    after: int = 0  # such requests that go well first
    times: int = 1  # such requests that do not


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How the server treats its caller.

    Attributes:
        graph: values of the application permissions that the caller has at Graph (`Application.Read.All`); None: all.
        arm: canonical scope -> actions that the caller has there and below, with wildcards (`*/read`); `/` is the
            tenant's root; None: all.
        as_assigned: take both from what the estate gives the scanner's service principal instead, whose roles leave
            out nothing that they name.
        quotas: family -> how many requests go through before each refusal; every one after them is refused once.
        retry_after: what a refused caller is told to wait, in seconds as Microsoft writes them.
        used: how much of its limit Graph says the caller has used, `0.9`; empty: it says nothing.
        premium: whether the tenant has the licences for PIM, risk and sign-ins.
        page: no page is larger than so many rows; 0: Microsoft's limits.
        token_seconds: how long a token is good for, as the login service says.
        faults: what goes wrong.
    """

    graph: frozenset[str] | None = None
    arm: Mapping[str, frozenset[str]] | None = None
    as_assigned: bool = False
    quotas: Mapping[str, int] = field(default_factory=dict)
    retry_after: str = "0.01"
    used: str = ""
    premium: bool = True
    page: int = 0
    token_seconds: int = 3599
    faults: tuple[Fault, ...] = ()


class Gate:
    """Counts requests and lets them through, or not.

    Attributes:
        requests: requests by family, the refused ones too; parts of a batch are in `parts`, the batch is in here.
        parts: parts of batches by family.
    """

    def __init__(self, world: World, conduct: Conduct) -> None:
        self.world, self.conduct = world, conduct
        self.requests: Counter[str] = Counter()
        self.parts: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()
        self._met: Counter[Fault] = Counter()
        self._lock = threading.Lock()
        given = world.assigned() if conduct.as_assigned else (conduct.graph, conduct.arm)
        self._graph, self._arm = given

    def enter(self, family: str, path: str, *, part: bool = False) -> Fault | None:
        """Count a request.

        Returns:
            The fault that shall befall its answer.

        Raises:
            ApiError: it is refused: a fault, or a quota.
        """
        graph = family.startswith("graph.")
        with self._lock:
            (self.parts if part else self.requests)[family] += 1
            self._spend(family, graph=graph)
            fault = self._fault(family, path)
        if fault is not None and fault.kind.isdigit():
            raise _refusal(int(fault.kind), self.conduct.retry_after, graph=graph)
        return fault

    def _fault(self, family: str, path: str) -> Fault | None:
        found = None
        for fault in self.conduct.faults:
            if fault.family == family and fault.path.lower() in path.lower():
                self._met[fault] += 1
                if fault.after < self._met[fault] <= fault.after + fault.times:
                    found = found or fault
        return found

    def _spend(self, family: str, *, graph: bool) -> None:
        quota = self.conduct.quotas.get(family)
        if quota is None:
            return
        if self._passed[family] >= quota:
            self._passed[family] = 0
            raise too_many(self.conduct.retry_after, graph=graph)
        self._passed[family] += 1

    def demand_graph(self, permissions: Iterable[str]) -> None:
        """Refuse a caller who has none of Graph's application permissions that allow this.

        Raises:
            ApiError: `Authorization_RequestDenied`.
        """
        if self._graph is not None and not self._graph & {"*", *permissions}:
            raise graph_denied()

    def may(self, action: str, scope: str) -> bool:
        """Tell whether the caller has an action at a scope of Resource Manager (any spelling of its id)."""
        if self._arm is None:
            return True
        return any(_covered(action.lower(), self._arm.get(above, frozenset())) for above in self.world.above(scope))

    def actions_at(self, scope: str) -> frozenset[str]:
        """Return the actions that the caller has at a scope, with wildcards."""
        if self._arm is None:
            return EVERYTHING
        return frozenset().union(*(self._arm.get(above, frozenset()) for above in self.world.above(scope)))

    def demand_anywhere(self, action: str) -> None:
        """Refuse a caller who has an action nowhere.

        Raises:
            ApiError: `AuthorizationFailed`.
        """
        if self._arm is not None and not any(_covered(action.lower(), given) for given in self._arm.values()):
            raise arm_denied(self.world.estate.caller, action, "/")

    def demand_arm(self, action: str, scope: str) -> None:
        """Refuse a caller who lacks an action at a scope.

        Raises:
            ApiError: `AuthorizationFailed`.
        """
        if not self.may(action, scope):
            raise arm_denied(self.world.estate.caller, action, scope)


def _refusal(status: int, retry_after: str, *, graph: bool) -> ApiError:
    if status == 429:
        return too_many(retry_after, graph=graph)
    if status == 403:
        return (
            graph_denied() if graph else ApiError(403, "AuthorizationFailed", "The client does not have authorization.")
        )
    codes = {
        401: ("InvalidAuthenticationToken", "Access token has expired or is not yet valid."),
        404: ("ResourceNotFound", "The resource was not found."),
        500: ("InternalServerError", "The server encountered an internal error."),
    }
    code, message = codes.get(status, ("ServiceUnavailable", "The service is temporarily unavailable."))
    headers = {"Retry-After": retry_after} if status == 503 else None
    return ApiError(status, code, message, headers)


@lru_cache(maxsize=1 << 14)
def _covered(action: str, patterns: frozenset[str]) -> bool:
    return any(_pattern(pattern).fullmatch(action) for pattern in patterns)


@lru_cache(maxsize=1 << 12)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.lower().split("*")), re.DOTALL)
