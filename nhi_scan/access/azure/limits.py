"""What deny assignments and the ways of key vaults may take from an identity, and where, as sets of actions.

A deny assignment counts on the scope that it hangs on and on everything below it, unless it says that it does not apply
to child scopes (https://learn.microsoft.com/azure/role-based-access-control/deny-assignments). In a vault that goes by
its own access policies, no role gives anything of its content
(https://learn.microsoft.com/azure/key-vault/general/rbac-access-policy).
"""

from dataclasses import dataclass

from nhi_scan.access.azure.guarding import Guarding
from nhi_scan.access.azure.members import Members
from nhi_scan.access.azure.permissions import Roles
from nhi_scan.access.azure.places import Places
from nhi_scan.access.azure.settling import Settling
from nhi_scan.access.azure.vaults import mode
from nhi_scan.access.combine import Truth, both, either
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.entra import EVERYONE
from nhi_scan.model.policy import Guardrail, Policy

_VAULTS = "/providers/microsoft.keyvault/vaults"

Marks = tuple[tuple[str, ...], bool, frozenset[str]]
"""Places on the way to a place at which limits begin or below which they do; whether the place itself is one; places
at which limits begin and of which nobody knows whether they are above it."""


@dataclass(slots=True, eq=False)
class _Rule:
    """A permission set of a deny assignment."""

    place: str
    inherited: bool
    principals: frozenset[str] | None  # None: it cannot be read, and may mean anybody
    excepted: frozenset[str]
    mask: int  # actions that it may deny
    certain: int  # those that it surely denies

    def at(self, marks: Marks) -> Truth:
        """Say whether it counts on a place."""
        if not self.inherited:
            return marks[1] and marks[0][-1] == self.place
        return None if self.place in marks[2] else self.place in marks[0]


class Profile:
    """What may be taken from those who share it.

    The answers are remembered by where limits begin on the way to a place, not by place.
    """

    def __init__(self, limits: "Limits", rules: tuple[tuple[_Rule, bool], ...]) -> None:
        """Take the rules that may apply, and whether each surely does."""
        self._limits = limits
        self._rules = rules
        self.denied = bool(rules)  # whether a deny assignment may be about them
        self.empty = not rules and not limits.vaults
        self._taken: dict[tuple[Marks, bool], int] = {}
        self._risky: dict[tuple[Marks, bool], int] = {}
        self._within: dict[tuple[Marks, bool], int] = {}
        self._least: dict[tuple[str, bool], int] = {}

    def limited(self, place: str) -> bool:
        """Say whether a deny assignment may count on a place, whatever it denies."""
        marks = self._limits.marks(place)
        return any(rule.at(marks) is not False for rule, _ in self._rules)

    def taken(self, place: str, *, by_role: bool = True) -> int:
        """Return what is surely taken on a place and everything below it.

        Args:
            place: canonical.
            by_role: from what a role gives; what a vault's own access policy gives is taken by other things.
        """
        if self.empty:
            return 0
        key = (self._limits.marks(place), by_role)
        found = self._taken.get(key)
        if found is None:
            found = 0
            for rule, sure in self._rules:
                if sure and rule.inherited and rule.at(key[0]):
                    found |= rule.certain
            found |= self._limits.shut(key[0], sure=True) if by_role else 0
            self._taken[key] = found
        return found

    def risky(self, place: str, *, by_role: bool = True) -> int:
        """Return what may be taken on a place itself."""
        if self.empty:
            return 0
        key = (self._limits.marks(place), by_role)
        found = self._risky.get(key)
        if found is None:
            found = 0
            for rule, _ in self._rules:
                if rule.at(key[0]) is not False:
                    found |= rule.mask
            found |= self._limits.shut(key[0], sure=False) if by_role else 0
            self._risky[key] = found
        return found

    def risky_within(self, place: str, *, by_role: bool = True) -> int:
        """Return what may be taken on a place or on something below it, or does not reach all that is below it."""
        return self._taken_within(place, by_role=by_role) | self._limits.guarding.within(place)

    def least_within(self, place: str, *, by_role: bool = True) -> int:
        """Return what may be taken in each of the subscriptions below a place; of a subscription, within it."""
        if self.empty:
            return 0
        found = self._least.get((place, by_role))
        if found is None:
            found = self._taken_within(place, by_role=by_role)
            for subscription in self._limits.subscriptions(place) if found else ():
                found &= self._taken_within(subscription, by_role=by_role)
            self._least[place, by_role] = found
        return found

    def _taken_within(self, place: str, *, by_role: bool) -> int:
        if self.empty:
            return 0
        key = (self._limits.marks(place), by_role)
        found = self._within.get(key)
        if found is None:
            found = self.risky(place, by_role=by_role) | self._below(key[0], by_role=by_role)
            self._within[key] = found
        return found

    def _below(self, marks: Marks, *, by_role: bool) -> int:
        if not marks[1]:
            return 0
        place, mask = marks[0][-1], 0
        for rule, _ in self._rules:
            if self._limits.below(rule.place, place):
                mask |= rule.mask
        return mask | self._limits.shut_below(place) if by_role else mask


class Limits:
    """The deny assignments and the vaults of an inventory.

    Attributes:
        vaults: those in which a role gives nothing of the content, and whether that is sure.
        content: the actions on what lies in vaults.
        named: whom deny assignments name.
        guarding: the objects of the directory that not every permission reaches.
    """

    def __init__(
        self, inventory: Inventory, members: Members, places: Places, roles: Roles, settling: Settling
    ) -> None:
        """Read them. What they say of actions becomes sets over the catalogue."""
        catalogue = roles.catalogue
        self._places = places
        self._roles = roles
        self._settling = settling
        self._rules: list[_Rule] = []
        for guardrail in inventory.guardrails:
            if guardrail.kind == "deny_assignment":
                self._rules += self._read(guardrail, inventory.policies[guardrail.policy_id])
        self.content = catalogue.within("data", "Microsoft.KeyVault/*")
        self.guarding = Guarding(inventory, places, catalogue)
        self._data = catalogue.planes["data"]
        self.vaults = _vaults(inventory, places) if self._data else {}
        self._shut = frozenset(place for place, sure in self.vaults.items() if sure)
        self.named = frozenset().union(*[rule.excepted.union(rule.principals or ()) for rule in self._rules])
        self._excepted = frozenset().union(*[rule.excepted for rule in self._rules])
        self._open = self.named & members.unlisted
        begun = {rule.place for rule in self._rules}.union(self.vaults)
        self._begun = frozenset(begun)
        self._above = {place: places.above_perhaps(place).union(places.chain(place)) for place in sorted(begun)}
        self._closure = frozenset().union(*self._above.values())
        self._over_vaults = frozenset().union(*[self._above[vault] for vault in self.vaults])
        self._marks: dict[str, Marks] = {}
        self._profiles: dict[tuple[frozenset[str], frozenset[str], frozenset[str]], Profile] = {}
        self._subscriptions: dict[str, list[str]] = {}
        for scope in inventory.scopes.values():
            if scope.provider == "azure" and scope.kind == "subscription":
                for above in places.chain(scope.id):
                    self._subscriptions.setdefault(above, []).append(scope.id)

    def of(self, sure: frozenset[str], eligible: frozenset[str]) -> Profile:
        """Return what may be taken from somebody, shared with all from whom the same may be.

        A membership that waits for its activation exposes nobody to a deny assignment, and may exclude from one.

        Args:
            sure: the ids that surely stand for them.
            eligible: those that may once they were activated.
        """
        key = (self.named & sure, self._open - sure - eligible, self._excepted & eligible)
        found = self._profiles.get(key)
        if found is None:
            found = self._profiles[key] = self._profile(*key)
        return found

    def marks(self, place: str) -> Marks:
        """Return where on the way to a place limits begin."""
        found = self._marks.get(place)
        if found is None:
            chain = self._places.chain(place)
            closure = self._closure
            perhaps = self._places.above_perhaps(place) & self._begun
            marked = tuple([one for one in chain if one in closure])
            found = self._marks[place] = (marked, chain[-1] in closure, perhaps)
        return found

    def below(self, place: str, other: str) -> bool:
        """Say whether a place at which a limit begins is another one or below it."""
        return other in self._above[place]

    def subscriptions(self, place: str) -> list[str]:
        """Name the subscriptions below a place, or itself."""
        return self._subscriptions.get(place, [])

    def shut(self, marks: Marks, *, sure: bool) -> int:
        """Return what no role gives on a place since it is in a vault that goes by access policies."""
        vaults = self._shut if sure else self.vaults.keys()
        if not any(place in vaults for place in marks[0]):
            return 0
        # What may be of the control plane as well is not surely taken.
        return self._data & ~self._roles.catalogue.torn if sure else self._data

    def shut_below(self, place: str) -> int:
        """Return what roles may not give in some vault that is a place or below it."""
        return self.content if place in self._over_vaults else 0

    def _profile(self, sure: frozenset[str], possible: frozenset[str], waiting: frozenset[str]) -> Profile:
        found = []
        for rule in self._rules:
            named = None if rule.principals is None else _any(rule.principals, sure | {EVERYONE}, possible)
            excepted = _any(rule.excepted, sure, possible | waiting)
            applies = both(named, None if excepted is None else not excepted)
            if applies is not False:
                found.append((rule, applies is True))
        return Profile(self, tuple(found))

    def _read(self, guardrail: Guardrail, policy: Policy) -> list[_Rule]:
        """The permission sets of a deny assignment; what cannot be read may take everything from everybody."""
        place, inherited = guardrail.scope_id, guardrail.inherited
        arm = self._roles.catalogue.planes["control"] | self._roles.catalogue.planes["data"]
        unread = _Rule(place, inherited, None, frozenset(), arm, 0)
        if not policy.complete:
            return [unread]
        found = []
        for statement in policy.statements:
            if statement.malformed:
                found.append(unread)
                continue
            mask, sure = self._roles.spoken_of(statement)
            conditions = (*statement.conditions, *((guardrail.condition,) if guardrail.condition else ()))
            certain, may = self._settling.split(conditions, mask)
            principals = frozenset(each.value for each in statement.principals)
            excepted = frozenset(each.value for each in statement.not_principals)
            found.append(_Rule(place, inherited, principals, excepted, may, certain & sure))
        return found


def _vaults(inventory: Inventory, places: Places) -> dict[str, bool]:
    """The vaults of the inventory that do not surely go by roles, also those of which it has no more than the name."""
    named = (row.scope_id for row in inventory.bindings.values() if _VAULTS in row.scope_id)
    bound = {one for name in named for one in places.chain(name) if one.rpartition("/")[0].endswith(_VAULTS)}
    listed = {one.id for one in inventory.resources.values() if one.provider == "azure" and one.kind == "key_vault"}
    modes = {one: mode(inventory, places, one) for one in sorted(bound | listed)}
    return {one: each == "access_policy" for one, each in modes.items() if each not in ("", "rbac")}


def _any(names: frozenset[str], sure: frozenset[str], possible: frozenset[str]) -> Truth:
    return either(not names.isdisjoint(sure), None if not names.isdisjoint(possible) else False)
