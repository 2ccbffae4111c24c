"""From what somebody holds to nodes that it can reach: a way for each technique and set of targets."""

from collections.abc import Iterable, Iterator
from itertools import islice

from nhi_scan.access.azure.escalation.control import Control
from nhi_scan.access.azure.escalation.families import EVERYTHING, Families
from nhi_scan.access.azure.escalation.sensitive import SensitiveThings
from nhi_scan.access.azure.escalation.sets import Sets, Target
from nhi_scan.access.azure.escalation.subject import ARM_ROLES, Ground, Subject
from nhi_scan.access.azure.escalation.technique import EscalationCatalogue, Requirement, StrongRole, Technique
from nhi_scan.access.azure.objects import guarded
from nhi_scan.access.azure.strong_roles import gives_roles
from nhi_scan.access.azure.summarise import Access
from nhi_scan.access.combine import Truth, both
from nhi_scan.access.judged import Hit
from nhi_scan.model.policy import Policy
from nhi_scan.model.record import value

ASKED_ONE_BY_ONE = 40
"""So many targets of one technique are asked about singly; of more, the whole set is said to depend on a condition."""
ASKED_GROUPS = 1000
"""The same of groups, of which those that are role-assignable are always another matter."""

# Whom an administrator of the tenant resets although they have a role; one of an administrative unit does not:
# https://learn.microsoft.com/entra/identity/role-based-access-control/manage-roles-portal
_BY_ROLE = frozenset({"helpdesk_user", "authentication_user", "user_admin_user"})

TOUCHED, UNTOUCHED = "touched", "untouched"
"""The parts of a family on which deny assignments or Entra's guard bear, and on which none does."""

ASSIGNS = Requirement("Microsoft.Authorization/roleAssignments/write")
"""What conditions may limit to some roles."""

_DEFINES = Requirement("Microsoft.Authorization/roleDefinitions/write")
_NEW_ROLE = f"{ARM_ROLES}ffffffff-ffff-4fff-bfff-ffffffffffff"  # no condition names a role that has yet to be made


@value
class Way:
    """A node that a technique leads to."""

    node: int
    conditional: bool
    ground: Ground  # where what it takes is held


class Edges:
    """Finds where techniques lead."""

    def __init__(
        self,
        access: Access,
        catalogue: EscalationCatalogue,
        sets: Sets,
        families: Families,
        control: Control,
        sensitive: SensitiveThings,
    ) -> None:
        """Take what there is to escalate to."""
        self._access = access
        self._roles = catalogue.roles
        self._sets = sets
        self._families = families
        self._control = control
        self._sensitive = sensitive
        self._denied = frozenset(one.scope_id for one in access.inventory.guardrails if one.kind == "deny_assignment")
        self._custom: list[Policy] | None = None
        self._known: dict[object, list[tuple[Target, Truth]]] = {}
        self.content: dict[str, Hit] = {}  # of who was asked about last: by giving itself a role

    def ways(self, subject: Subject, technique: Technique) -> Iterator[Way]:
        """Yield where a technique leads somebody. A node may come more than once."""
        doubt = "unlisted_thing" in technique.needs
        for way in self._found(subject, technique):
            yield Way(way.node, conditional=True, ground=way.ground) if doubt or way.ground.doubt else way

    def _found(self, subject: Subject, technique: Technique) -> Iterator[Way]:
        grounds = subject.grounds(technique)
        if technique.target in _BY_ROLE:
            grounds = [one for one in grounds if one.place in self._access.places.tenants]
        if technique.target == "own_role":
            yield from self._own_roles(subject)
        elif technique.target in ("directory", "root"):
            yield from self._tenants(technique, grounds)
        elif technique.target == "place":
            for ground in grounds:
                yield from self._place(subject, technique, ground)
        else:
            family = self._families.of(technique)
            for ground in grounds:
                yield from self._members(subject, family, ground)

    def _members(self, subject: Subject, family: str, ground: Ground) -> Iterator[Way]:
        if not self._sets.present(family, ground.place):
            return
        if not ground.open:
            yield from self._whole(family, ground, conditional=False)
            return
        if all(subject.surely(row, ground.place) for row in ground.open):
            # Only deny assignments are in the way, or Entra's own guard: of most targets, neither.
            yield from self._whole(self._sets.part(family, UNTOUCHED, self._untouched), ground, conditional=False)
            family = self._sets.part(family, TOUCHED, self._touched)
            if not self._sets.present(family, ground.place):
                return
        most = ASKED_GROUPS if self._sets.joins(family) else ASKED_ONE_BY_ONE
        below = list(islice(self._sets.below(family, ground.place), most + 1))
        if len(below) > most:
            yield from self._whole(family, ground, conditional=True)
            return
        for target, state in self._asked(subject, family, ground, below):
            if state is not False:
                yield Way(self._sets.member(family, target), target.conditional or state is None, ground)

    def _asked(self, subject: Subject, family: str, ground: Ground, below: list[Target]) -> list[tuple[Target, Truth]]:
        """Ask about each target: of groups once for all who hold the same in the directory."""
        alike = subject.alike() if self._sets.joins(family) else None
        if alike is None:
            return [(target, self._holds(subject, ground.open, target)) for target in below]
        key = (family, ground.place, ground.open, alike)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = [(target, self._holds(subject, ground.open, target)) for target in below]
        return found

    def _whole(self, family: str, ground: Ground, *, conditional: bool) -> Iterator[Way]:
        node = self._sets.node(family, ground.place)
        if node is not None:
            yield Way(node, conditional, ground)

    def _touched(self, target: Target) -> bool:
        """Say whether a deny assignment is made on a target or above it, or Entra guards it, or may."""
        inventory, places = self._access.inventory, self._access.places
        group = inventory.groups.get(target.place)
        unread = group is not None and not group.attributes
        denied = not self._denied.isdisjoint(places.chain(target.place))
        return denied or unread or guarded(inventory, places, target.place)

    def _untouched(self, target: Target) -> bool:
        return not self._touched(target)

    @staticmethod
    def _holds(subject: Subject, asked: Iterable[Requirement], target: Target) -> Truth:
        return both(*[subject.truth(row, target.place) for row in asked])

    def _tenants(self, technique: Technique, grounds: list[Ground]) -> Iterator[Way]:
        """Yield control of the directory, or of the root: what is held on less than the tenant gives neither."""
        for ground in grounds:
            if ground.place in self._access.places.tenants:
                node = self._control.directory(ground.place)
                if technique.target == "root":
                    root = self._control.place(ground.place)
                    if root is None:
                        continue
                    node = root
                yield Way(node, bool(ground.open), ground)

    def _place(self, subject: Subject, technique: Technique, ground: Ground) -> Iterator[Way]:
        if self._access.places.in_directory(ground.place):
            return
        rows = technique.requires[ground.alternative]
        if ASSIGNS in rows and _DEFINES in rows:
            yield from self._made(subject, ground)
        elif ASSIGNS in rows:
            limited = bool(ground.open)
            yield from self._assigned(subject, ground) if limited else self._controlled(ground, conditional=False)
        elif subject.truth(ASSIGNS, ground.place) is False:
            # Whoever may assign roles outright, or some of them, may do no more by asking for an assignment.
            yield from self._controlled(ground, conditional=bool(ground.open))

    def _made(self, subject: Subject, ground: Ground) -> Iterator[Way]:
        """Yield control of a place on which a condition forbids roles that are there, and not one that it makes.

        https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-overview
        """
        if ASSIGNS in ground.open:
            state = both(
                subject.may_assign(ground.place, _NEW_ROLE),
                _DEFINES not in ground.open or subject.truth(_DEFINES, ground.place),
            )
            if state is not False:
                yield from self._controlled(ground, conditional=state is None)

    def _controlled(self, ground: Ground, *, conditional: bool) -> Iterator[Way]:
        node = self._control.place(ground.place)
        if node is not None:
            yield Way(node, conditional, ground)

    def _assigned(self, subject: Subject, ground: Ground) -> Iterator[Way]:
        """Yield what comes of giving oneself each strong role that a condition lets one give.

        https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-overview
        """
        controlled = False
        for role in (*self._own_strong(ground.place), *self._roles):
            state = subject.may_assign(ground.place, role.id)
            if state is False or (state is None and controlled):
                continue  # what is as open as control gives no more than that
            yield from self._given(subject, role, ground, conditional=state is None)
            controlled = controlled or role.yields == "control"
            if role.yields == "control" and state:
                return

    def _own_strong(self, place: str) -> list[StrongRole]:
        """Return the tenant's own roles that can be given on a place and give out roles."""
        if self._custom is None:
            every = self._access.inventory.policies.values()
            own = [one for one in every if one.id.startswith(ARM_ROLES) and not one.managed_by_provider]
            self._custom = [one for one in sorted(own, key=lambda one: one.id) if gives_roles(one)]
        chain = self._access.places.chain(place)
        return [StrongRole(one.id, one.name, "control") for one in self._custom if one.scope_id in chain]

    def _given(self, subject: Subject, role: StrongRole, ground: Ground, *, conditional: bool) -> Iterator[Way]:
        if role.yields == "control":
            yield from self._controlled(ground, conditional=conditional)
        elif role.yields == "workloads":
            family = self._families.workloads(role.kinds) if role.kinds else EVERYTHING
            yield from self._whole(family, ground, conditional=conditional)
        else:
            thing = self._sensitive.of_kind(role.kinds, ground.place)
            known = self.content.get(subject.id)
            if thing is not None and (known is None or (known[2] and not conditional)):
                self.content[subject.id] = (thing, ASSIGNS.action, conditional)

    def _own_roles(self, subject: Subject) -> Iterator[Way]:
        """Yield the places on which somebody is given a custom role that it may change.

        https://learn.microsoft.com/azure/role-based-access-control/custom-roles#who-can-create-delete-update-or-view-a-custom-role
        """
        policies = self._access.inventory.policies
        for row, state in subject.given():
            policy = policies.get(row.policy_id)
            if policy is None or policy.managed_by_provider or not policy.id.startswith(ARM_ROLES):
                continue
            may = both(state, subject.truth(_DEFINES, policy.scope_id))
            if may is not False:
                yield from self._controlled(Ground(row.scope_id, 0), conditional=may is None)
