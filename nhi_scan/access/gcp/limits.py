"""What deny policies and principal access boundaries may take from an identity, and where, as sets of permissions.

A deny policy counts on the scope that it is attached to and on everything below it
(https://cloud.google.com/iam/docs/deny-overview); a principal access boundary limits the principals of a set to some
resources and what is below them (https://cloud.google.com/iam/docs/principal-access-boundary-policies).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.combine import Truth, both, either
from nhi_scan.access.gcp.conditions import Known, evaluate
from nhi_scan.access.gcp.enforced import blocks
from nhi_scan.access.gcp.permissions import covers, v1_name
from nhi_scan.access.gcp.places import Places
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.policy import Guardrail, Policy, Statement

Marks = tuple[tuple[str, ...], bool, bool]
"""Scopes on the way to a place at which limits begin; whether one may begin below it; whether the way is all known."""


@dataclass(slots=True, eq=False)
class _Rule:
    """A rule of a deny policy."""

    place: str
    principals: frozenset[str] | None  # None: it cannot be read, and may mean anybody
    excepted: frozenset[str]
    mask: int  # permissions that it speaks of
    state: Truth  # what the clock tells of its condition; None, too, where it cannot be read


@dataclass(slots=True, eq=False)
class _Bound:
    """A principal access boundary, bound to a set of principals."""

    principals: str
    resources: tuple[str, ...]
    mask: int  # permissions that it may block
    certain: int  # those that it surely blocks
    state: Truth


@dataclass(slots=True, frozen=True)
class _Applied:
    """A limit as it reads for one identity."""

    places: tuple[str, ...]
    mask: int
    certain: int
    sure: bool


class Profile:
    """What may be taken from those who share it.

    The answers are remembered by where limits begin on the way to a place, not by place.
    """

    def __init__(self, limits: "Limits", denies: tuple[_Applied, ...], bounds: tuple[_Applied, ...]) -> None:
        """Take the limits that may apply."""
        self._limits = limits
        self._denies = denies
        self._bounds = bounds
        self.empty = not denies and not bounds
        self._taken: dict[Marks, int] = {}
        self._risky: dict[Marks, int] = {}
        self._within: dict[Marks, int] = {}

    def eligible(self) -> list[str]:
        """Name the places that boundaries leave, sorted."""
        return sorted({place for bound in self._bounds for place in bound.places})

    def taken(self, place: str) -> int:
        """Return what is surely taken on a place and everything below it."""
        if self.empty:
            return 0
        marks = self._limits.marks(place)
        found = self._taken.get(marks)
        if found is None:
            found = self._taken[marks] = self._denied(marks, sure=True) | self._shut_out(marks)
        return found

    def risky(self, place: str) -> int:
        """Return what may be taken on a place itself."""
        if self.empty:
            return 0
        marks = self._limits.marks(place)
        found = self._risky.get(marks)
        if found is None:
            found = self._risky[marks] = self._denied(marks, sure=False) | self._outside(marks)
        return found

    def risky_within(self, place: str) -> int:
        """Return what may be taken on a place or on something below it."""
        if self.empty:
            return 0
        marks = self._limits.marks(place)
        found = self._within.get(marks)
        if found is None:
            found = self.risky(place) | self._denied_below(marks)
            self._within[marks] = found
        return found

    def _denied(self, marks: Marks, *, sure: bool) -> int:
        mask = 0
        for rule in self._denies:
            if rule.places[0] in marks[0] and (rule.sure or not sure):
                mask |= rule.mask
        return mask

    def _denied_below(self, marks: Marks) -> int:
        if not marks[1]:
            return 0
        place, mask = marks[0][-1], 0
        for rule in self._denies:
            if self._limits.below(rule.places[0], place):
                mask |= rule.mask
        return mask

    def _outside(self, marks: Marks) -> int:
        """What boundaries may block: nothing where one that surely applies, or each one, has the place within."""
        if not self._bounds:
            return 0
        sure = [bound for bound in self._bounds if bound.sure]
        if any(_covers(bound, marks) for bound in sure):
            return 0
        if not sure and all(_covers(bound, marks) for bound in self._bounds):
            return 0
        mask = 0
        for bound in self._bounds:
            mask |= bound.mask
        return mask

    def _shut_out(self, marks: Marks) -> int:
        """What boundaries surely block: one applies, and none has the place or anything below it within."""
        if not marks[2] or not any(bound.sure for bound in self._bounds):
            return 0
        mask = -1
        for bound in self._bounds:
            if _covers(bound, marks):
                return 0
            if marks[1] and any(self._limits.below(place, marks[0][-1]) for place in bound.places):
                return 0
            mask &= bound.certain
        return mask


class Limits:
    """The deny policies and boundaries of an inventory."""

    def __init__(self, inventory: Inventory, places: Places, catalogue: Catalogue, now: datetime) -> None:
        """Read them. What they say of permissions becomes sets over the catalogue."""
        self._places = places
        self._known = Known(now=now)
        self._catalogue = catalogue
        self._patterns: dict[str, int] = {}
        self._versions: dict[str, tuple[int, int]] = {}
        self._denies: list[_Rule] = []
        self._bounds: list[_Bound] = []
        for guardrail in inventory.guardrails:
            policy = inventory.policies[guardrail.policy_id]
            if guardrail.kind == "deny_policy":
                self._denies += self._rules(guardrail, policy)
            elif guardrail.kind == "principal_access_boundary":
                self._bounds.append(self._bound(guardrail, policy))
        self.named = frozenset().union(
            *[rule.excepted.union(rule.principals or ()) for rule in self._denies],
            [bound.principals for bound in self._bounds],
        )
        begun = {rule.place for rule in self._denies}.union(*[bound.resources for bound in self._bounds])
        self._above = {place: frozenset(places.chain(place)) for place in sorted(begun)}
        self._closure = frozenset().union(*self._above.values())
        self._marks: dict[str, Marks] = {}
        self._profiles: dict[tuple[frozenset[str], frozenset[str]], Profile] = {}

    def of(self, principals: Iterable[str], possible: Iterable[str]) -> Profile:
        """Return what may be taken from somebody, shared with all from whom the same may be.

        Args:
            principals: the names that surely stand for them, as policies write them.
            possible: the names that may.
        """
        key = (self.named.intersection(principals), self.named.intersection(possible))
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
            marked = tuple([one for one in chain if one in closure])
            found = self._marks[place] = (marked, chain[-1] in closure, self._places.complete(place))
        return found

    def below(self, place: str, other: str) -> bool:
        """Say whether a place at which a limit begins is another one or below it."""
        return other in self._above[place]

    def _profile(self, sure: frozenset[str], possible: frozenset[str]) -> Profile:
        denies = []
        for rule in self._denies:
            named = True if rule.principals is None else _any(rule.principals, sure, possible)
            excepted = _any(rule.excepted, sure, possible)
            applies = both(named, None if excepted is None else not excepted, rule.state)
            if applies is not False and rule.mask:
                denies.append(_Applied((rule.place,), rule.mask, rule.mask, applies is True))
        bounds = []
        for bound in self._bounds:
            applies = both(_any(frozenset((bound.principals,)), sure, possible), bound.state)
            if applies is not False:  # one that blocks nothing still adds to what its principals are eligible for
                bounds.append(_Applied(bound.resources, bound.mask, bound.certain, applies is True))
        return Profile(self, tuple(denies), tuple(bounds))

    def _rules(self, guardrail: Guardrail, policy: Policy) -> list[_Rule]:
        """The rules of a deny policy; what cannot be read may take everything from everybody."""
        place = guardrail.scope_id
        unread = _Rule(place, None, frozenset(), self._catalogue.everything, None)
        if not policy.complete:
            return [unread]
        found = []
        for rule in policy.statements:
            principals = frozenset(each.value for each in rule.principals)
            excepted = frozenset(each.value for each in rule.not_principals)
            read = _Rule(place, principals, excepted, self._spoken_of(rule), self._state(rule))
            found.append(unread if rule.malformed else read)
        return found

    def _bound(self, guardrail: Guardrail, policy: Policy) -> _Bound:
        """A boundary; one that cannot be read may block everything everywhere."""
        everything = self._catalogue.everything
        condition = guardrail.condition
        state = evaluate(condition.values[0], self._known) if condition is not None and condition.values else True
        if not policy.complete or any(rule.malformed for rule in policy.statements):
            return _Bound(guardrail.scope_id, (), everything, 0, None if state else state)
        resources = tuple([resource for rule in policy.statements for resource in rule.resources])
        may, surely = self._blocked(policy.version)
        return _Bound(guardrail.scope_id, resources, may, surely, state)

    def _blocked(self, version: str) -> tuple[int, int]:
        """What a version of enforcement may block, and what it surely does."""
        found = self._versions.get(version)
        if found is None:
            catalogue = self._catalogue
            answers = [(name, blocks(version, name)) for name in catalogue.expand(catalogue.everything)]
            found = self._versions[version] = (
                catalogue.exactly(name for name, blocked in answers if blocked is not False),
                catalogue.exactly(name for name, blocked in answers if blocked),
            )
        return found

    def _spoken_of(self, rule: Statement) -> int:
        """What a rule denies: the permissions that it names without its exceptions."""
        mask = 0
        for pattern in rule.actions:
            mask |= self._covered(pattern)
        for pattern in rule.not_actions:
            mask &= ~self._covered(pattern)
        return mask

    def _covered(self, pattern: str) -> int:
        mask = self._patterns.get(pattern)
        if mask is None:
            catalogue = self._catalogue
            names = catalogue.expand(catalogue.everything) if "*" in pattern else (v1_name(pattern),)
            mask = self._patterns[pattern] = catalogue.exactly(name for name in names if covers(pattern, name))
        return mask

    def _state(self, rule: Statement) -> Truth:
        return both(*[evaluate(one.values[0], self._known) for one in rule.conditions if one.values])


def _any(names: frozenset[str], sure: frozenset[str], possible: frozenset[str]) -> Truth:
    return either(not names.isdisjoint(sure), None if not names.isdisjoint(possible) else False)


def _covers(bound: _Applied, marks: Marks) -> bool:
    return any(place in marks[0] for place in bound.places)
