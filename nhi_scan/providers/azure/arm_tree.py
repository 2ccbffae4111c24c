"""The scopes of Resource Manager that a collection knows of: subscriptions, and the management groups above them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nhi_scan.model import arm_ids
from nhi_scan.providers.azure.calls.arm_graph import MANAGEMENT_GROUP_TYPE, SUBSCRIPTION_TYPE
from nhi_scan.providers.azure.settings import is_guid

_CHAIN = "managementGroupAncestorsChain"


@dataclass(slots=True)
class Tree:
    """Subscriptions and management groups, by canonical ids.

    Attributes:
        tenant: GUID; the tenant's root management group has its name.
        subscriptions: those that are asked about.
        foreign: subscriptions of other tenants that were delegated to this one, with the tenant of each.
        absent: subscriptions that were named and are not shown.
        shown: subscriptions that Resource Graph has a row of.
        odd: how many subscriptions were listed that cannot be told.
        groups: management groups that are shown.
        chains: what lies above a subscription or management group, the nearest first; none where nothing tells.
    """

    tenant: str
    subscriptions: set[str] = field(default_factory=set)
    foreign: dict[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    shown: set[str] = field(default_factory=set)
    odd: int = 0
    groups: set[str] = field(default_factory=set)
    chains: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def root(self) -> str:
        """Id of the root management group: https://learn.microsoft.com/azure/governance/management-groups/overview."""
        return arm_ids.management_group(self.tenant)

    @property
    def known_groups(self) -> tuple[str, ...]:
        """Management groups that are shown, and those that something below them names; sorted."""
        return tuple(sorted(self.groups.union(*self.chains.values())))

    @property
    def guids(self) -> list[str]:
        """GUIDs of the subscriptions that are asked about, sorted."""
        return [arm_ids.name_of(one) for one in sorted(self.subscriptions)]

    def list(self, record: Any) -> None:
        """Take a subscription from the list of all that are shown; one of another tenant is set aside.

        https://learn.microsoft.com/azure/lighthouse/concepts/architecture: a customer's subscription is listed too.
        """
        id_ = _text(record, "subscriptionId")
        if not is_guid(id_):
            self.odd += 1
            return
        scope = arm_ids.canonical(f"/subscriptions/{id_}")
        owner = _text(record, "tenantId").lower()
        if owner and owner != self.tenant:
            self.foreign[scope] = owner
        else:
            self.subscriptions.add(scope)

    def narrow(self, subscriptions: Iterable[str], management_groups: Iterable[str]) -> None:
        """Keep what was named, what lies in it, and the management groups above that.

        Args:
            subscriptions: GUIDs.
            management_groups: names.
        """
        wanted = {arm_ids.canonical(f"/subscriptions/{one}") for one in subscriptions}
        named = {arm_ids.management_group(name) for name in management_groups}
        self.absent = tuple(sorted(wanted - self.subscriptions - self.foreign.keys()))
        self.foreign = {id_: owner for id_, owner in self.foreign.items() if id_ in wanted}
        below = {scope for scope in self.subscriptions if named.intersection(self.chains.get(scope, ()))}
        self.subscriptions = below | (self.subscriptions & wanted)
        above = {group for scope in self.subscriptions for group in self.chains.get(scope, ())}
        self.groups = {
            one for one in self.groups if one in above | named or named.intersection(self.chains.get(one, ()))
        }
        self.chains = {id_: line for id_, line in self.chains.items() if id_ in self.subscriptions | self.groups}

    def learn(self, row: Any) -> None:
        """Take a row of Resource Graph's table of scopes, or a management group as Resource Manager shows it."""
        id_, type_ = _text(row, "id"), _text(row, "type").lower()
        if not id_:
            return
        properties = row.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        scope = arm_ids.canonical(id_)
        if type_ == SUBSCRIPTION_TYPE:
            self.shown.add(scope)
            if chain := _names(properties.get(_CHAIN)):
                self.chains[scope] = chain
        elif type_.strip("/") == MANAGEMENT_GROUP_TYPE or arm_ids.is_management_group(scope):
            self.groups.add(scope)
            self._learn_group(scope, properties)

    def _learn_group(self, scope: str, properties: Mapping[str, Any]) -> None:
        details = properties.get("details")
        details = details if isinstance(details, dict) else {}
        chain = _names(details.get(_CHAIN))
        parent = _text(details.get("parent"), "id")
        if not chain and parent:
            above = arm_ids.canonical(parent)
            chain = (above, *(() if above == self.root else self.chains.get(above, ())))
        if chain:
            self.chains[scope] = chain
        for child in properties.get("children") or ():
            if _text(child, "type").lower().endswith("/subscriptions") and (id_ := _text(child, "id")):
                self.chains.setdefault(arm_ids.canonical(id_), (scope, *chain))

    def below(self, group: str) -> Iterator[str]:
        """Yield the subscriptions that are asked about below a management group, sorted."""
        for scope in sorted(self.subscriptions):
            if group in self.chains.get(scope, ()):
                yield scope


def _text(record: Any, name: str) -> str:
    value = record.get(name) if isinstance(record, dict) else None
    return value if isinstance(value, str) else ""


def _names(chain: Any) -> tuple[str, ...]:
    """Read a chain of management groups, the nearest first."""
    if not isinstance(chain, list):
        return ()
    return tuple(arm_ids.management_group(name) for one in chain if (name := _text(one, "name")))
