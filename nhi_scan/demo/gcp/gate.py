"""What a request must pass before it is answered: faults, quotas, enabled APIs, permissions; and who counts."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from nhi_scan.demo.gcp.errors import ApiError, permission_denied, quota_exceeded, service_disabled
from nhi_scan.demo.gcp.world import World

EVERYTHING = frozenset({"*"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong, at one method.

    Kinds: a canonical code (`UNAVAILABLE`, `INTERNAL`, ...) is answered as such; `truncated` cuts the answer off in its
    middle; `repeated_token` gives the same page token for ever; `wrong_field` puts in a field that Google does not
    have; `unreachable` says of a location that it did not answer; `gone` takes the project `project` away before the
    call is answered; `closed` closes the connection.
    """

    method: str  # `cloudasset.assets.list`
    kind: str
    after: int = 0  # calls that go well first
    times: int = 1  # calls that do not
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How the server treats its caller.

    Attributes:
        permissions: what the caller has: place -> permissions there and below; `*` is all of them.
        quotas: method -> how many calls go through before each refusal; every call after them is refused once.
        retry_delay: how long a refused caller is told to wait, in seconds.
        disabled: hosts of APIs that are not enabled in the caller's own project.
        groups: whether the caller may read groups (an administrator's right of Cloud Identity, no IAM permission:
            https://cloud.google.com/identity/docs/how-to/setup).
        transitive: whether the directory's edition has searchTransitiveMemberships.
        unlisted: asset types that Cloud Asset Inventory refuses to list.
        faults: what goes wrong.
    """

    permissions: Mapping[str, frozenset[str]] | None = None
    quotas: Mapping[str, int] = field(default_factory=dict)
    retry_delay: float = 0.01
    disabled: frozenset[str] = frozenset()
    groups: bool = True
    transitive: bool = False
    unlisted: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()


class Gate:
    """Counts requests and lets them through, or not.

    Attributes:
        requests: calls by method, the refused ones too.
    """

    def __init__(self, world: World, conduct: Conduct) -> None:
        self.world, self.conduct = world, conduct
        self.requests: Counter[str] = Counter()
        self._passed: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, method: str, service: str) -> Fault | None:
        """Count a call.

        Returns:
            The fault that shall befall its answer.

        Raises:
            ApiError: it is refused: a fault, a quota, an API that is not enabled.
        """
        with self._lock:
            self.requests[method] += 1
            number = self.requests[method]
            self._spend(method, service)
        if service in self.conduct.disabled:
            raise service_disabled(service, "projects/100000000001")
        for fault in self.conduct.faults:
            if fault.method == method and fault.after < number <= fault.after + fault.times:
                if fault.kind == "gone":
                    self.world.gone.add(fault.project)
                elif fault.kind.isupper():
                    raise ApiError(fault.kind, "The service is currently unavailable.")
                else:
                    return fault
        return None

    def _spend(self, method: str, service: str) -> None:
        quota = self.conduct.quotas.get(method)
        if quota is None:
            return
        if self._passed[method] >= quota:
            self._passed[method] = 0
            raise quota_exceeded(service, f"{method} requests", self.conduct.retry_delay)
        self._passed[method] += 1

    def may(self, permission: str, place: str) -> bool:
        """Tell whether the caller has a permission at a scope."""
        given = self.conduct.permissions
        if given is None or not permission:
            return True
        # IAM's newer permissions have two spellings; roles show the longer one, the audit log the shorter.
        spellings = {"*", permission, permission.replace("iam.", "iam.googleapis.com/", 1)}
        chain = self.world.chain(place) or (place,)
        return any(spellings & given.get(above, frozenset()) for above in chain)

    def demand(self, permission: str, place: str, service: str = "") -> None:
        """Refuse a caller who lacks a permission at a scope, or whose scope is a project without the API.

        Raises:
            ApiError: PERMISSION_DENIED.
        """
        project = self.world.projects.get(place)
        if not self.may(permission, place):
            raise permission_denied(permission, place)
        if project is not None and service in project.disabled_services:
            raise service_disabled(service, f"projects/{project.number}")
