"""What of a place's allow policies was collected: where some are missing, nobody is denied for want of a role.

A permission on a place may be given on anything above it
(https://cloud.google.com/iam/docs/resource-hierarchy-access-control): a role on a folder reaches every project in it,
however little the project's own policy says. Denied is therefore only what nothing allows where every allow policy from
the organization down to the place was read.

What limits access from above, deny policies and boundaries, is the other way round: what was found to be allowed stays
allowed, and `Summary.guardrails_known` says where nobody looked at them.
"""

import re
from functools import cached_property

from nhi_scan.access.gcp.forms import HOSTS
from nhi_scan.access.gcp.identifiers import ACCOUNT
from nhi_scan.access.gcp.places import Places
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.coverage import CoverageStatus

_SWEEP = "asset-iam-policies"  # allow policies of everything in a scope
_ASKED = "crm-iam-policies"  # the allow policy of one scope, which says nothing of those below
_MOST_PLACES = 8
_SCOPE = re.compile(r"(?:organizations|folders|projects)/[^/]+\Z")

# Where nobody may sweep, policies are asked project by project: the name of a place, the record kind of its policy.
_OWN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"serviceAccount:"), "iam-service-account-policies"),
    (re.compile(r"//storage\.googleapis\.com/[^/]+\Z"), "storage-bucket-policies"),
    (re.compile(r"//secretmanager\.googleapis\.com/projects/[^/]+/secrets/[^/]+\Z"), "secretmanager-secret-policies"),
    (re.compile(r"//run\.googleapis\.com/.+/services/[^/]+\Z"), "run-service-policies"),
    (re.compile(r"//run\.googleapis\.com/.+/jobs/[^/]+\Z"), "run-job-policies"),
    (re.compile(r"//pubsub\.googleapis\.com/projects/[^/]+/subscriptions/[^/]+\Z"), "pubsub-subscription-policies"),
    (re.compile(r"//cloudfunctions\.googleapis\.com/.+/functions/[^/]+\Z"), "functions-function-policies"),
)
# What has no allow policy of its own: https://cloud.google.com/iam/docs/resource-types-with-policies
_NONE = re.compile(
    r"//storage\.googleapis\.com/[^/]+/objects/"
    r"|//secretmanager\.googleapis\.com/.+/versions/"
    r"|//cloudkms\.googleapis\.com/.+/cryptoKeyVersions/"
    r"|//iam\.googleapis\.com/.+/serviceAccounts/[^/]+/keys/"
    r"|//(?:container|composer|dataflow|appengine|cloudscheduler|workflows|cloudsql|sqladmin)\.googleapis\.com/"
)


class Seen:
    """Tells what was not collected of what may give something on a place. One sentence each; empty: nothing."""

    def __init__(self, inventory: Inventory, places: Places) -> None:
        """Take an inventory, whose coverage tells, and its places."""
        self._inventory = inventory
        self._places = places
        self._asked = {row.scope_id for row in inventory.coverage if row.record_kind == _ASKED}
        self._complete = {
            (row.scope_id, row.record_kind) for row in inventory.coverage if row.status is CoverageStatus.COMPLETE
        }
        self._of_scope: dict[str, str] = {}

    def gap(self, place: str) -> str:
        """Return what was not collected of what hangs on a place and above it."""
        chain = self._places.chain(place)
        scopes = [one for one in chain if _SCOPE.match(one)]
        if not scopes:
            named = chain[-1].startswith(("//", ACCOUNT))
            return f"which project `{chain[-1]}` is in is not known" if named else ""
        home = scopes[-1]
        return self.above(home) or self._own(chain[len(scopes) :], home)

    def above(self, scope_id: str) -> str:
        """Return what was not collected of what hangs on a scope and above it."""
        found = self._of_scope.get(scope_id)
        if found is None:
            found = self._of_scope[scope_id] = self._above(scope_id)
        return found

    def lacking(self, permission: str) -> tuple[str, ...]:
        """Name places of the snapshot on which a permission may be given by what was not collected: one for each cause.

        A few are enough: each makes the same of an answer about "anything".
        """
        service = permission.partition(".")[0]
        if service not in self._lacking_of:
            self._lacking_of[service] = self._find_own(service)
        return self._lacking + self._lacking_of[service]

    @cached_property
    def _lacking_of(self) -> dict[str, tuple[str, ...]]:
        return {}

    def about(self, home: str) -> str:
        """Return what was not collected of what may be given to somebody who lives in a scope.

        That is what was not collected there; of those who live where nobody looked, or nowhere, the first that was not
        collected anywhere.
        """
        scope = self._inventory.scopes.get(home)
        if scope is not None and scope.collected:
            return self.above(home)
        return self.above(self._lacking[0]) if self._lacking else ""

    @cached_property
    def _lacking(self) -> tuple[str, ...]:
        """Scopes of which it was asked who lives there, the topmost for each thing that is missing."""
        causes: dict[str, str] = {}
        for scope in self._inventory.scopes.values():
            if scope.provider == "gcp" and scope.collected and (cause := self.above(scope.id)):
                causes.setdefault(cause, scope.id)
                if len(causes) >= _MOST_PLACES:
                    break
        return tuple(causes.values())

    def _find_own(self, service: str) -> tuple[str, ...]:
        """A resource of a service of which the own policy was not collected."""
        inventory = self._inventory
        host = f"//{HOSTS.get(service, f'{service}.googleapis.com')}/"
        names = inventory.identities if service == "iam" else (*inventory.resources, *inventory.workloads)
        begins = ACCOUNT if service == "iam" else host
        for name in names:
            if name.startswith(begins) and self._collected_at(name) and self.gap(name):
                return (name,)
        return ()

    def _collected_at(self, place: str) -> bool:
        scope = self._inventory.scopes.get(self._places.project_of(place))
        return scope is not None and scope.collected

    def _above(self, scope_id: str) -> str:
        below = ""
        for one in reversed(self._places.chain(scope_id)):
            if not self._read(one):
                highest = below or self._own_read(one)
                return f"what is given above `{highest}` was not collected" if highest else _uncollected(one)
            below = one
        return "" if self._places.complete(scope_id) else f"what is given above `{below}` was not collected"

    def _own_read(self, scope_id: str) -> str:
        """Return the scope up to which policies were read where only those above it lack: it has rows of both kinds."""
        if (scope_id, _ASKED) in self._complete:
            return scope_id
        return next((up for up in reversed(self._places.chain(scope_id)) if (up, _SWEEP) in self._complete), "")

    def _read(self, scope_id: str) -> bool:
        covered = self._inventory.covered
        return covered(scope_id, _SWEEP) is True or (scope_id in self._asked and covered(scope_id, _ASKED) is True)

    def _own(self, parts: tuple[str, ...], home: str) -> str:
        """What was not collected of the policies of a resource and of those that it is a part of."""
        covered = self._inventory.covered
        if not parts or covered(home, _SWEEP) is True:
            return ""
        for part in parts:
            if _NONE.match(part):
                continue
            kind = next((kind for form, kind in _OWN if form.match(part)), "")
            if not kind or covered(home, kind) is not True:
                return _uncollected(part)
        return ""


def _uncollected(place: str) -> str:
    return f"what is given on `{place.removeprefix(ACCOUNT)}` was not collected"
