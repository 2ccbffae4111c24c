"""What an export as a whole says: whose tenant it is of, which subscriptions there are, what was asked one by one."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.providers.azure import kinds
from nhi_scan.providers.azure.import_parents import Parent
from nhi_scan.providers.azure.import_records import ROLE_ASSIGNMENTS, ROLE_DEFINITIONS, Found
from nhi_scan.snapshot.values import objects, text

_DEEPEST = 100  # of a tree of management groups: Azure allows 6 levels
_TENANT_OF = {
    kinds.ORGANIZATION: "id",
    kinds.ARM_SUBSCRIPTIONS: "tenantId",
    kinds.ARM_MANAGEMENT_GROUPS: "tenantId",
    kinds.ARG_CONTAINERS: "tenantId",
    kinds.ARM_USER_ASSIGNED_IDENTITIES: "tenantId",
}
# What says it best goes first; the last resort is who registered the applications that are registered here.
_TELLING = (*_TENANT_OF, "owner")
# Kind that is asked about one parent each -> the kind of its parents.
_EACH = {
    kinds.GROUP_MEMBERS: kinds.GROUPS,
    kinds.FEDERATED_CREDENTIALS: kinds.APPLICATIONS,
    kinds.APP_ROLE_ASSIGNMENTS: "apis",
    kinds.ADMINISTRATIVE_UNIT_MEMBERS: kinds.ADMINISTRATIVE_UNITS,
    kinds.AGENT_SPONSORS: kinds.AGENT_IDENTITIES,
    kinds.ARM_FEDERATED_CREDENTIALS: kinds.ARM_USER_ASSIGNED_IDENTITIES,
}


class Whole:
    """Looks at each record once, on its way in."""

    def __init__(self) -> None:
        self._tenants: dict[str, Counter[str]] = {name: Counter() for name in _TELLING}
        self._registered: set[str] = set()  # application ids
        self._owner_of: dict[str, str] = {}  # application id -> tenant
        self._parents: dict[str, set[str]] = {}  # kind -> ids of all that could be asked about
        self._asked: dict[str, set[str]] = {}  # kind -> ids of those that were
        self._application_ids: dict[str, str] = {}  # application id -> object id
        self._subscriptions: set[str] = set()
        self._roles: set[str] = set()  # those that came with what they give
        self._assigned: set[str] = set()  # those that assignments name
        self._readers: Mapping[str, Callable[[Found], None]] = {
            kinds.APPLICATIONS: self._application,
            kinds.SERVICE_PRINCIPALS: self._principal,
            kinds.ARM_SUBSCRIPTIONS: self._subscription,
            kinds.ARM_MANAGEMENT_GROUPS: self._tree,
        }
        self._root = False  # whether the tree below the tenant's own management group is here
        self._inline = {kinds.APPLICATIONS: 0, kinds.SERVICE_PRINCIPALS: 0}  # how many came without their owners

    def named(self, parent: Parent) -> None:
        """Note what a file is about: it was asked, even where the answer is empty."""
        if parent.id:
            self._asked.setdefault(parent.kind, set()).add(parent.id)

    def saw(self, one: Found) -> None:
        """Note a record."""
        value = one.value
        named = text(value, _TENANT_OF.get(one.kind, "")).lower()
        if named:
            self._tenants[one.kind][named] += 1
        if one.subscription:
            self._subscriptions.add(one.subscription)
        if one.of and text(one.of, "id"):
            self._asked.setdefault(one.kind, set()).add(text(one.of, "id").lower())
        self._parents.setdefault(one.kind, set()).add(one.id)
        if one.kind in self._inline and not isinstance(value.get("owners"), list):
            self._inline[one.kind] += 1
        if one.kind in (ROLE_DEFINITIONS, kinds.ARG_ROLE_DEFINITIONS):
            self._roles.add(arm_ids.name_of(one.id))
        elif one.kind in (ROLE_ASSIGNMENTS, kinds.ARG_ROLE_ASSIGNMENTS):
            own = value.get("properties")
            named = text(own if isinstance(own, dict) else value, "roleDefinitionId")
            self._assigned.add(arm_ids.name_of(arm_ids.canonical(named)))
        read = self._readers.get(one.kind)
        if read is not None:
            read(one)

    def _application(self, one: Found) -> None:
        app_id = text(one.value, "appId").lower()
        self._registered.add(app_id)
        self._application_ids[app_id] = one.id
        if "federatedIdentityCredentials" in one.value:
            self._asked.setdefault(kinds.FEDERATED_CREDENTIALS, set()).add(one.id)

    def _principal(self, one: Found) -> None:
        self._owner_of[text(one.value, "appId").lower()] = text(one.value, "appOwnerOrganizationId").lower()
        if objects(one.value, "appRoles"):
            self._parents.setdefault("apis", set()).add(one.id)

    def _subscription(self, one: Found) -> None:
        self._subscriptions.add(arm_ids.canonical(text(one.value, "id")))

    def _tree(self, one: Found) -> None:
        self._group(one.value, 0)
        tenant = text(one.value, "tenantId").lower()
        self._root = self._root or ("children" in one.value and arm_ids.name_of(one.id) == tenant != "")

    def _group(self, group: Mapping[str, Any], depth: int) -> None:
        for child in objects(group, "children") if depth < _DEEPEST else ():
            id_ = arm_ids.canonical(text(child, "id"))
            if arm_ids.name_of(id_) and id_ == arm_ids.subscription_of(id_):
                self._subscriptions.add(id_)
            self._group(child, depth + 1)

    def tenant(self) -> str:
        """The GUID of the tenant; empty where nothing tells."""
        owners = (self._owner_of.get(app_id, "") for app_id in self._registered)
        self._tenants["owner"] = Counter(one for one in owners if one)
        for name in _TELLING:
            if self._tenants[name]:
                most = max(self._tenants[name].values())
                return min(one for one, count in self._tenants[name].items() if count == most)
        return ""

    def subscriptions(self) -> frozenset[str]:
        """Canonical ids of all that are named."""
        return frozenset(self._subscriptions)

    @property
    def all_subscriptions_named(self) -> bool:
        """Whether the whole tree of management groups is here, which shows subscriptions that one cannot read, too."""
        return self._root

    def without_owners(self, kind: str) -> int:
        """How many applications or service principals came without their owners."""
        asked = self._asked.get(kinds.APPLICATION_OWNERS, set())
        here = self._parents.get(kind, set())
        told = len(asked & here)
        if kind == kinds.APPLICATIONS:
            told += sum(1 for app_id, id_ in self._application_ids.items() if app_id in asked and id_ not in asked)
        return max(0, self._inline[kind] - told)

    def partial(self) -> dict[str, str]:
        """Kinds that were asked about some parents and not about others, and why they are not whole."""
        found = {}
        for kind, parents in _EACH.items():
            asked = self._asked.get(kind, set())
            asked |= {self._application_ids[one] for one in asked if one in self._application_ids}
            missing = self._parents.get(parents, set()) - asked
            if missing and (asked or kind in self._parents):
                found[kind] = f"it was not asked about {len(missing)}, the first of them `{min(missing)}`"
        roles = self._assigned - self._roles - {""}
        if roles and self._roles:
            why = f"roles that assignments name and that are not in the import: {len(roles)}, the first `{min(roles)}`"
            found |= dict.fromkeys((ROLE_DEFINITIONS, kinds.ARG_ROLE_DEFINITIONS), why)
        return found

    def asked_all(self, kind: str) -> bool:
        """Whether a kind that is asked about one parent each was asked about all of them, and some there are."""
        parents = self._parents.get(_EACH.get(kind, ""), set())
        return bool(self._asked.get(kind)) and kind not in self.partial() and bool(parents)
