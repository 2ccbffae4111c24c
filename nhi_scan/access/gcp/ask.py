"""Questions about an inventory, put to the definition: layers and what is known are found, `decide` answers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from itertools import chain, islice

from nhi_scan.access.combine import Truth
from nhi_scan.access.engine import Keys
from nhi_scan.access.gcp.collect import asks_for_tags, holds_permission
from nhi_scan.access.gcp.conditions import Known, evaluate
from nhi_scan.access.gcp.context import principal_attributes, stated
from nhi_scan.access.gcp.evaluate import decide
from nhi_scan.access.gcp.explain import denied_by_default
from nhi_scan.access.gcp.identifiers import ACCOUNT
from nhi_scan.access.gcp.layers import Attached, Layers
from nhi_scan.access.gcp.members import Members
from nhi_scan.access.gcp.naming import attributes
from nhi_scan.access.gcp.places import Places
from nhi_scan.access.gcp.prevention import Prevention
from nhi_scan.access.gcp.request import Request
from nhi_scan.access.gcp.seen import Seen
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, Verdict
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding, Condition

DENY = "deny_policy"
BOUNDARY = "principal_access_boundary"
_MOST_REMEMBERED = 1 << 18
_BEST = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.UNKNOWN, Verdict.DENIED)


class Questions:
    """Finds the layers of requests in an inventory.

    Who cannot authenticate at the moment, a disabled service account, is answered for by its policies alone: the
    answer is what it may do once it is enabled again, and the reason says so. For a deleted identity no policy speaks.
    """

    def __init__(
        self, inventory: Inventory, places: Places, members: Members, now: datetime, seen: Seen | None = None
    ) -> None:
        """Take an inventory and what is known of its places and members. `now` is `request.time`, aware."""
        self._inventory = inventory
        self._places = places
        self._members = members
        self._seen = seen or Seen(inventory, places)
        self._now = now
        self._denies = _attached(inventory, DENY)
        self._boundaries = _attached(inventory, BOUNDARY)
        self._sure: dict[str, tuple[Binding, ...]] = {}  # by identity
        self._open: dict[tuple[str, ...], tuple[Binding, ...]] = {}  # by names that may stand for it: many share them
        self._met: dict[object, bool] = {}
        self._roles: tuple[str, dict[str, Truth]] = ("", {})
        self._at: dict[str, list[Binding]] = {}
        self._overrides = Prevention(inventory, places).overrides
        for row in inventory.bindings.values():
            if not self._overrides(row):
                self._at.setdefault(row.scope_id, []).append(row)

    def ask(
        self,
        identity_id: str,
        permission: str,
        resource: str | None = None,
        context: Keys | None = None,
        *,
        strict: bool = False,
    ) -> Decision:
        """Decide whether an identity may use a permission on a resource.

        Args:
            identity_id: who asks.
            permission: as roles write it: `storage.objects.get`.
            resource: as `Places.canonical` reads it; None: the place on which the identity is allowed most; where it
                is allowed on none, one on which that is not known.
            context: what is known of the request, by the names of the attributes that conditions ask for.
            strict: read a condition that stays open as not met.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: the resource is none that can be named, or the context cannot be read.
        """
        identity = self._inventory.identities[identity_id]
        if identity.status == "deleted" or identity_id.startswith("deleted:"):
            return Decision(verdict=Verdict.DENIED, blocked_by="allow", reason="the identity is deleted")
        known = self._known(identity, context)
        if resource is not None:
            answer = self._decide(identity_id, permission, self.place(resource), known, strict=strict)
        else:
            answer = self._best(identity, permission, known, strict=strict)
        return _of_disabled(answer) if identity.status == "disabled" else answer

    def place(self, resource: str) -> str:
        """Return the one name of a place that somebody asks about.

        Raises:
            UserError: it is none that can be named.
        """
        place = self._places.canonical(resource)
        if not self._places.known(place) and not place.startswith(("//", ACCOUNT)):
            raise UserError(
                f"`{resource}` is no place of Google Cloud that the snapshot knows, and no full resource name"
            )
        return place

    def request(self, identity_id: str, permission: str, place: str, known: Known | None = None) -> Request:
        """Build the request that `decide` is asked, of an identity of the inventory on a place by its one name."""
        known = known or self._known(self._inventory.identities[identity_id], None)

        def stands(name: str) -> Truth:
            return self._members.stands(name, identity_id)

        return Request(
            permission=permission,
            chain=self._places.chain(place),
            stands=stands,
            known=self._known_at(place, permission, known),
            gap=self._seen.gap(place),
            rooted=self._places.complete(place),
        )

    def layers(self, identity_id: str, place: str) -> Layers:
        """Return the policies that may concern an identity on a place."""
        of_identity = (self._sure_of(identity_id), self._open_of(identity_id))
        at_places = [self._at.get(one, ()) for one in self._places.chain(place)]
        # One of them is all that is needed: few are given anything, and few are named on a way down.
        fewer = min((of_identity, at_places), key=lambda rows: sum(map(len, rows)))
        return Layers(
            bindings=tuple(chain.from_iterable(fewer)),
            roles=self._inventory.policies,
            denies=self._denies,
            boundaries=self._boundaries,
        )

    def as_found(self, identity_id: str, permission: str, place: str) -> Decision:
        """Decide about a place as if what was not collected gave nothing."""
        asked = replace(self.request(identity_id, permission, place), gap="")
        return decide(asked, self.layers(identity_id, place))

    def _decide(self, identity_id: str, permission: str, place: str, known: Known, *, strict: bool) -> Decision:
        asked = self.request(identity_id, permission, place, known)
        return decide(asked, self.layers(identity_id, place), strict=strict)

    def _best(self, identity: Identity, permission: str, known: Known, *, strict: bool) -> Decision:
        """Decide about the place on which the identity is allowed most, the highest of those."""
        best = nowhere = denied_by_default(permission)
        given: dict[str, list[Binding]] = {}
        for row in self._sure_of(identity.id):
            if self._has(row.policy_id, permission):
                given.setdefault(row.scope_id, []).append(row)
        for place in self._candidates(identity, permission):
            if best.verdict is Verdict.CONDITIONAL and not self._may_be_sure(given, place, permission, known):
                continue
            answer = self._decide(identity.id, permission, place, known, strict=strict)
            if answer.verdict is Verdict.ALLOWED:
                return answer
            if best is nowhere or _BEST.index(answer.verdict) < _BEST.index(best.verdict):
                best = answer
        return best

    def _has(self, role: str, permission: str) -> Truth:
        """Say whether a role has a permission; remembered for one permission, since a thousand are asked about it."""
        if self._roles[0] != permission:
            self._roles = permission, {}
        known = self._roles[1]
        if role not in known:
            known[role] = holds_permission(self._inventory.policies.get(role), permission)
        return known[role]

    def _may_be_sure(self, given: Mapping[str, list[Binding]], place: str, permission: str, known: Known) -> bool:
        """Say whether one of some bindings may give a permission on a place with no condition left open."""
        return any(
            row.condition is None or self._may_be_met(row.condition, place, permission, known)
            for above in self._places.chain(place)
            for row in given.get(above, ())
        )

    def _may_be_met(self, condition: Condition, place: str, permission: str, known: Known) -> bool:
        """Say whether a condition may hold for sure; remembered, since a thousand ask it of one place."""
        expression = condition.values[0] if condition.values else ""
        if "principal" in expression:  # who asks may decide it
            return True
        stated_ = frozenset([one for one in known.extra.items() if not one[0].startswith("principal.")])
        key = (expression, place, permission, known.now, stated_)
        found = self._met.get(key)
        if found is None:
            if len(self._met) >= _MOST_REMEMBERED:
                self._met.clear()
            found = evaluate(expression, self._known_at(place, permission, known)) is True
            self._met[key] = found
        return found

    def _known_at(self, place: str, permission: str, known: Known) -> Known:
        """Add what is known of the place to what is known of a request."""
        seen = attributes(place, permission, self._places)
        return replace(
            known,
            resource_name=known.resource_name or seen.name,
            resource_prefix=seen.prefix,
            resource_type=known.resource_type or seen.kind,
            resource_service=known.resource_service or seen.service,
            tags=known.tags if known.tags is not None else self._places.tags(place),
        )

    def _sure_of(self, identity_id: str) -> tuple[Binding, ...]:
        found = self._sure.get(identity_id)
        if found is None:
            found = self._sure[identity_id] = self._naming(self._members.principals(identity_id))
        return found

    def _open_of(self, identity_id: str) -> tuple[Binding, ...]:
        names = self._members.possible(identity_id)
        found = self._open.get(names)
        if found is None:
            found = self._open[names] = self._naming(names)
        return found

    def _naming(self, names: tuple[str, ...]) -> tuple[Binding, ...]:
        of = self._inventory.bindings_of
        return tuple([row for name in names for row in of.get(name, ()) if not self._overrides(row)])

    def _candidates(self, identity: Identity, permission: str) -> Iterator[str]:
        """The places on which something may give the permission, the highest first; and where nobody can tell.

        Below those also the places that boundaries name, since a boundary may leave nothing else of what is given, and
        one place for each set of tags where conditions ask for tags.
        """
        found = set(self._seen.lacking(permission))
        tagged = self._denied_by_tags
        for row in chain(self._sure_of(identity.id), self._open_of(identity.id)):
            if self._has(row.policy_id, permission) is not False:
                found.add(row.scope_id)
                tagged = tagged or asks_for_tags(row.condition)
        below = (each for each in self._eligible if not found.isdisjoint(self._places.chain(each)))
        places = {*found, *below, *(self._tagged(found) if tagged else ())}
        yield from sorted(places, key=lambda place: (len(self._places.chain(place)), place))

    @cached_property
    def _eligible(self) -> frozenset[str]:
        """The places that boundaries name."""
        rules = (rule for one in self._boundaries for rule in one.policy.statements)
        return frozenset(self._places.canonical(each) for rule in rules for each in rule.resources)

    @cached_property
    def _denied_by_tags(self) -> bool:
        rules = (rule for one in self._denies for rule in one.policy.statements)
        return any(asks_for_tags(condition) for rule in rules for condition in rule.conditions)

    @cached_property
    def _by_tags(self) -> Mapping[object, list[str]]:
        """The places that have tags of their own, by the tags in force on them."""
        found: dict[object, list[str]] = {}
        inventory = self._inventory
        bound = [(id_, scope.policy_tags) for id_, scope in inventory.scopes.items()]
        bound += [(id_, resource.policy_tags) for id_, resource in inventory.resources.items()]
        for id_, own in bound:
            if own:
                tags = self._places.tags(id_)
                found.setdefault(None if tags is None else frozenset(tags.items()), []).append(id_)
        return found

    def _tagged(self, above: set[str]) -> Iterator[str]:
        """One place below some others for each set of tags."""
        for places in self._by_tags.values():
            yield from islice((each for each in places if not above.isdisjoint(self._places.chain(each))), 1)

    def _known(self, identity: Identity, context: Keys | None) -> Known:
        known = Known(now=self._now, extra=principal_attributes(identity))
        return stated(known, context) if context else known


def _attached(inventory: Inventory, kind: str) -> tuple[Attached, ...]:
    policies: Mapping[str, object] = inventory.policies
    rows: Iterable[Attached] = (
        Attached(row, inventory.policies[row.policy_id])
        for row in inventory.guardrails
        if row.kind == kind and row.policy_id in policies
    )
    return tuple(rows)


def _of_disabled(answer: Decision) -> Decision:
    if answer.verdict is Verdict.DENIED:
        return answer
    return replace(answer, reason=f"{answer.reason}; it is disabled, and cannot authenticate before it is enabled")
