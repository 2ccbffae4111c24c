"""Questions about an inventory, put to the definition: layers and what is known are found, `decide` answers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain

from nhi_scan.access.azure import directory
from nhi_scan.access.azure.actions import Planes, spelled
from nhi_scan.access.azure.conditions import Known
from nhi_scan.access.azure.context import assignment, of_place, of_roles, stated
from nhi_scan.access.azure.evaluate import decide
from nhi_scan.access.azure.explain import deleted, denied_by_default, unplaced
from nhi_scan.access.azure.giving import Giving
from nhi_scan.access.azure.layers import Attached, Layers
from nhi_scan.access.azure.members import Members
from nhi_scan.access.azure.objects import Objects, by_rule, own_entity
from nhi_scan.access.azure.places import ARM_PLANES, Places
from nhi_scan.access.azure.request import Request
from nhi_scan.access.azure.scoped import kind_of
from nhi_scan.access.azure.seen import Seen
from nhi_scan.access.azure.vaults import mode
from nhi_scan.access.engine import Keys
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Decision, Verdict
from nhi_scan.model.identity import Identity
from nhi_scan.model.policy import Binding

DENY = "deny_assignment"
ASSIGN = "Microsoft.Authorization/roleAssignments/write"
"""The action that gives a role: https://learn.microsoft.com/azure/role-based-access-control/role-assignments."""
_BEST = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.UNKNOWN, Verdict.DENIED)
_MOST_BELOW = 64


class Questions:
    """Finds the layers of requests in an inventory.

    Who cannot authenticate at the moment, a disabled service principal, is answered for by its assignments alone: the
    answer is what it may do once it is enabled again, and the reason says so. For a deleted identity nothing speaks.
    """

    def __init__(
        self,
        inventory: Inventory,
        places: Places | None = None,
        members: Members | None = None,
        now: datetime | None = None,
        seen: Seen | None = None,
        planes: Planes | None = None,
    ) -> None:
        """Take an inventory and what is known of its places and members.

        Args:
            inventory: all that was collected.
            places: its places.
            members: its members.
            now: ends assignments, and is `@Environment[UtcNow]`; aware; None: nobody can tell.
            seen: what was collected.
            planes: of which plane actions are.
        """
        self._inventory = inventory
        self._places = places or Places(inventory)
        self._members = members or Members(inventory)
        self._seen = seen or Seen(inventory, self._places)
        self._planes = planes or Planes(inventory)
        self._now = now
        self._objects = Objects(inventory, self._places, self._members, self._seen)
        self._giving = Giving(inventory)
        self._denies = _attached(inventory)
        self._sure: dict[str, tuple[Binding, ...]] = {}  # by identity
        self._open: dict[tuple[str, ...], tuple[Binding, ...]] = {}  # by ids that may stand for it: many share them
        self._at: dict[str, list[Binding]] = {}
        for row in inventory.bindings.values():
            self._at.setdefault(row.scope_id, []).append(row)

    def ask(
        self,
        identity_id: str,
        action: str,
        resource: str | None = None,
        context: Keys | None = None,
        *,
        strict: bool = False,
    ) -> Decision:
        """Decide whether an identity may do an action on a resource.

        Args:
            identity_id: who asks.
            action: as roles write it: `Microsoft.Compute/virtualMachines/write`, in any case;
                `Microsoft.Graph/Mail.Send` for an application permission, `Microsoft.Graph/delegated/Mail.Send` for
                one that is used on somebody's behalf.
            resource: as `Places.resolve` reads it; None: the place on which the identity is allowed most; where it is
                allowed on none, one on which that is not known. Those on which something is assigned are asked about:
                a condition about what lies below stays open.
            context: what is known of the request, by the names of the attributes that conditions ask for.
            strict: read a condition that stays open as not met.

        Raises:
            KeyError: the inventory has no such identity.
            UserError: the resource is none that can be named, or the context cannot be read.
        """
        known = Known(action=spelled(action), now=self._now)
        known = stated(known, context) if context else known
        place = None if resource is None else self._places.resolve(resource)
        return self._answer(self._inventory.identities[identity_id], place, known, strict=strict)

    def may_assign(
        self,
        identity_id: str,
        place: str,
        role_id: str,
        principal_type: str | None = None,
        principal_id: str | None = None,
        *,
        as_found: bool = False,
    ) -> Decision:
        """Decide whether an identity may give a role to somebody on a place: conditions say which, and to whom.

        https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-overview

        Args:
            identity_id: who gives it.
            place: canonical.
            role_id: of the role that is given: its GUID, or an id that ends in it.
            principal_type: of who gets it: `User`, `Group`, `ServicePrincipal`; None: whichever.
            principal_id: who gets it; None: whoever.
            as_found: decide as if what was not collected gave nothing.

        Raises:
            KeyError: the inventory has no such identity.
        """
        known = Known(action=ASSIGN, now=self._now, sub_operation="")
        known = of_roles(assignment("Request", role_id, principal_type, principal_id), known)
        return self._answer(self._inventory.identities[identity_id], place, known, as_found=as_found)

    def at(self, identity_id: str, action: str, place: str) -> Decision:
        """Decide about a place by its canonical id."""
        return self._answer(self._inventory.identities[identity_id], place, Known(action=action, now=self._now))

    def as_found(self, identity_id: str, action: str, place: str) -> Decision:
        """Decide about a place, by its canonical id, as if what was not collected gave nothing."""
        known = Known(action=action, now=self._now)
        return self._answer(self._inventory.identities[identity_id], place, known, as_found=True)

    def request(self, identity_id: str, plane: str, place: str, known: Known) -> Request:
        """Build the request that `decide` is asked, of an identity of the inventory on a place by its canonical id."""
        places, members = self._places, self._members
        identity = self._inventory.identities.get(identity_id)
        vault = mode(self._inventory, places, place) if plane == "data" else ""
        attributes = {**of_place(self._inventory, place), **known.attributes}
        gap = self._seen.gap(place, plane, identity, known.action or "")
        if vault == "unknown":
            gap = gap or "what the access policies of the vault give was not collected"
        stands: Callable[[str], bool | None] = partial(_flipped, members.stands, identity_id)
        return Request(
            action=known.action or "",
            plane=plane,
            chain=places.chain(place),
            stands=stands,
            stands_directly=partial(_flipped, members.stands_directly, identity_id),
            eligible=members.eligible(identity_id),
            known=replace(known, attributes=attributes),
            identity_id=identity_id,
            owned=self._objects.owned(place, identity_id) if plane == directory.PLANE else None,
            role_assignable=self._objects.role_assignable(place),
            restricted=places.restricted(place) if plane == directory.PLANE else frozenset(),
            kind=kind_of(self._inventory, place) if plane == directory.PLANE else "",
            by_rule=by_rule(self._inventory, place),
            own_entity=own_entity(self._inventory, place) if plane == directory.PLANE else "",
            part=self._objects.parts(place),
            vault=vault,
            perhaps_above=places.above_perhaps(place) if plane in ARM_PLANES else frozenset(),
            gap=gap,
            unguarded=self._seen.unguarded(place) if plane in ARM_PLANES else "",
        )

    def layers(self, identity_id: str, place: str) -> Layers:
        """Return the assignments that may concern an identity on a place."""
        of_identity = (self._sure_of(identity_id), self._open_of(identity_id))
        above = (*self._places.chain(place), *sorted(self._places.above_perhaps(place)))
        at_places = [self._at.get(one, ()) for one in above]
        # One of them is all that is needed: few are given anything, and few are named on a way down.
        fewer = min((of_identity, at_places), key=lambda rows: sum(map(len, rows)))
        bindings = tuple(chain.from_iterable(fewer))
        inventory = self._inventory
        return Layers(bindings=bindings, roles=inventory.policies, denies=self._denies, groups=inventory.groups)

    def _answer(
        self, identity: Identity, place: str | None, known: Known, *, strict: bool = False, as_found: bool = False
    ) -> Decision:
        if identity.status == "deleted":
            return deleted()
        planes = self._planes.of(known.action or "")
        find = self._best if place is None else partial(self._decide, place=place)
        answers = [find(identity, plane=plane, known=known, strict=strict, as_found=as_found) for plane in planes]
        same = len({answer.verdict for answer in answers}) == 1
        answer = answers[0] if same else unplaced(known.action or "", planes, answers)
        return _of_disabled(answer) if identity.status == "disabled" else answer

    def _decide(
        self, identity: Identity, *, plane: str, place: str, known: Known, strict: bool, as_found: bool
    ) -> Decision:
        if not self._places.governed(plane, place):
            return denied_by_default(known.action or "")
        asked = self.request(identity.id, plane, place, known)
        if as_found:
            asked = replace(asked, gap="")
        return decide(asked, self.layers(identity.id, place), strict=strict)

    def _best(self, identity: Identity, *, plane: str, known: Known, strict: bool, as_found: bool) -> Decision:
        """Decide about the place on which the identity is allowed most, the highest of those."""
        best = denied_by_default(known.action or "")
        decide_ = partial(self._decide, identity, plane=plane, known=known, strict=strict, as_found=as_found)
        for place in self._given(identity, plane, known):
            answer = decide_(place=place)
            if answer.verdict is Verdict.ALLOWED:
                return answer
            if _rank(answer) < _rank(best):
                best = answer
        for place in self._perhaps(identity, plane, known) if best.verdict is Verdict.DENIED else ():
            answer = decide_(place=place)
            if answer.verdict is not Verdict.DENIED:
                return answer
        return best

    def _given(self, identity: Identity, plane: str, known: Known) -> list[str]:
        """The places on which something may be given to an identity itself or to groups that it is in, highest first.

        Below a place on which a deny assignment counts that is not inherited, also those that lie in it.
        """
        waiting = self._naming(tuple(sorted(self._members.eligible(identity.id))))
        found = self._giving.places(chain(self._sure_of(identity.id), waiting), plane, known.action or "")
        if plane == directory.PLANE and found:
            found.add(identity.id)  # what a role allows on oneself
        return self._highest_first({*found, *self._below(found)})

    def _perhaps(self, identity: Identity, plane: str, known: Known) -> list[str]:
        """The places on which nobody can tell: of groups nobody listed, and of assignments nobody collected."""
        ids = self._members.principals(identity.id).open
        found = self._giving.places_of(ids, self._open_of(identity.id), plane, known.action or "")
        return self._highest_first(found.union(self._seen.lacking(plane, identity, known.action or "")))

    def _highest_first(self, places: Iterable[str]) -> list[str]:
        return sorted(places, key=lambda place: (len(self._places.chain(place)), place))

    def _below(self, found: Iterable[str]) -> Iterator[str]:
        """Some places in those of which a deny assignment is about the place alone."""
        alone = {one.guardrail.scope_id for one in self._denies if not one.guardrail.inherited}
        if not alone:
            return
        inventory = self._inventory
        roots = {one for one in alone if not set(self._places.chain(one)).isdisjoint(found)}
        count = 0
        for place in chain(inventory.scopes, inventory.resources):
            above = self._places.chain(place)[:-1]
            if not roots.isdisjoint(above):
                yield place
                count += 1
                if count >= _MOST_BELOW:
                    return

    def _sure_of(self, identity_id: str) -> tuple[Binding, ...]:
        found = self._sure.get(identity_id)
        if found is None:
            found = self._sure[identity_id] = self._naming(self._members.principals(identity_id).sure)
        return found

    def _open_of(self, identity_id: str) -> tuple[Binding, ...]:
        ids = self._members.principals(identity_id).open
        found = self._open.get(ids)
        if found is None:
            found = self._open[ids] = self._naming(ids)
        return found

    def _naming(self, ids: tuple[str, ...]) -> tuple[Binding, ...]:
        of = self._inventory.bindings_of
        return tuple([row for one in ids for row in of.get(one, ())])


def _flipped(stands: Callable[[str, str], bool | None], identity_id: str, principal_id: str) -> bool | None:
    return stands(principal_id, identity_id)


def _rank(answer: Decision) -> tuple[int, bool]:
    """The best verdict first; of those that deny, one that says what denies it."""
    return _BEST.index(answer.verdict), not answer.explicit


def _attached(inventory: Inventory) -> tuple[Attached, ...]:
    return tuple(Attached(row, inventory.policies[row.policy_id]) for row in inventory.guardrails if row.kind == DENY)


def _of_disabled(answer: Decision) -> Decision:
    if answer.verdict is Verdict.DENIED:
        return answer
    return replace(answer, reason=f"{answer.reason}; it is disabled, and cannot authenticate before it is enabled")
