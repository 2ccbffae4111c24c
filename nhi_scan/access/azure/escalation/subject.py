"""Where somebody holds everything that a technique takes.

Ownership is a role of the directory on what is owned, and gives a person what it says. A service principal that owns an
application needs the application permission `Application.ReadWrite.OwnedBy` as well, as the documentation has it
(https://learn.microsoft.com/graph/api/application-addpassword#permissions); whether it can do without is not
documented, so that ownership alone leaves it open.
"""

from collections.abc import Iterable, Iterator, Mapping

from nhi_scan.access.azure.actions import covers, narrowed
from nhi_scan.access.azure.escalation.technique import DIRECTORY_PLANE, Alternative, Requirement, Technique
from nhi_scan.access.azure.summarise import Access
from nhi_scan.access.combine import Truth
from nhi_scan.model.access import StatementRef
from nhi_scan.model.identity import Nature
from nhi_scan.model.policy import Binding, Statement
from nhi_scan.model.record import value

ARM_ROLES = "/providers/microsoft.authorization/roledefinitions/"
"""Before the ids of roles of Resource Manager."""
OWNERS = "directory/owners/"
"""Before what is owned, in the ids of the roles that owners have."""

_DIRECTORY = "directory"
_DIRECTORY_ROLES = "directory/"
_OWNED_BY = "Microsoft.Graph/Application.ReadWrite.OwnedBy"
_OWNED = frozenset({f"{OWNERS}application", f"{OWNERS}serviceprincipal"})


@value
class Ground:
    """A place on which and below which everything of an alternative is held, if what is open holds there."""

    place: str
    alternative: int  # its position in the technique
    open: tuple[Requirement, ...] = ()  # those of which nobody can tell before a target is named
    doubt: bool = False  # whether something that is held elsewhere is open


class Subject:
    """What one principal holds, asked once for each requirement."""

    def __init__(self, access: Access, principal_id: str) -> None:
        """Begin with nothing asked."""
        self._access = access
        self._places = access.places
        self.id = principal_id
        self._held: dict[Requirement, dict[str, Truth]] = {}
        self._truths: dict[tuple[Requirement, str], Truth] = {}
        self._grounds: dict[str, list[Ground]] = {}
        identity = access.inventory.identities.get(principal_id)
        application = dict(identity.attributes).get("application_id", "") if identity is not None else ""
        self.itself = frozenset({principal_id, application})  # what is held on that finds nobody else
        self._person = identity is not None and identity.nature is Nature.HUMAN
        principals = access.members.principals(principal_id)
        self._sure = principals.sure
        of_group = principal_id in access.inventory.groups  # it stands for any of the members, of whom nothing is known
        own = (None, None) if of_group else ("User" if self._person else "ServicePrincipal", principal_id)
        groups = sorted(access.inventory.groups.keys() & set(principals.sure))
        self._receivers: tuple[tuple[str | None, str | None], ...] = (own, *[("Group", name) for name in groups])
        self.names = (*principals.sure, *sorted(access.members.eligible(principal_id)))

    def places(self) -> tuple[str, ...]:
        """Return where anything is given to it, sorted."""
        of = self._access.inventory.bindings_of
        return tuple(sorted({row.scope_id for name in self.names for row in of.get(name, ())}))

    def roles_by_place(self) -> Mapping[str, frozenset[str]]:
        """Return by place the ids of the roles that it is given there."""
        found: dict[str, set[str]] = {}
        of = self._access.inventory.bindings_of
        for name in self.names:
            for row in of.get(name, ()):
                found.setdefault(row.scope_id, set()).add(row.policy_id)
        return {place: frozenset(found[place]) for place in sorted(found)}

    def roles(self) -> frozenset[str]:
        """Return the ids of the roles that it is given anywhere."""
        of = self._access.inventory.bindings_of
        return frozenset([row.policy_id for name in self.names for row in of.get(name, ())])

    def given(self) -> Iterator[tuple[Binding, Truth]]:
        """Yield what is given to it, and whether that counts now: None where a condition or an activation is open."""
        for name in self.names:
            for row in self._access.inventory.bindings_of.get(name, ()):
                if row.expires_at is None or row.expires_at > self._access.now:
                    sure = name in self._sure and row.condition is None and not row.eligible
                    yield row, True if sure else None

    def alike(self) -> frozenset[tuple[str, str, Truth]] | None:
        """Return what tells what it may do to objects of the directory that it does not own; None where it owns any."""
        found = set()
        for row, state in self.given():
            if row.policy_id.startswith(OWNERS):
                return None
            if row.policy_id.startswith(_DIRECTORY_ROLES):
                found.add((row.policy_id, row.scope_id, state))
        return frozenset(found)

    def held(self, requirement: Requirement) -> dict[str, Truth]:
        """Return the places on and below which something is held; None of those on which that is open."""
        found = self._held.get(requirement)
        if found is None:
            found = self._held[requirement] = self._find(requirement)
        return found

    def truth(self, requirement: Requirement, place: str) -> Truth:
        """Say whether something is held on one place, as far as anybody looked."""
        key = (requirement, place)
        if key not in self._truths:
            self._truths[key] = self._ask(requirement, place)
        return self._truths[key]

    def may_assign(self, place: str, role_id: str) -> Truth:
        """Say whether it may give a role to itself, or to a group that it is in, on a place, by what was collected."""
        found: Truth = False
        for type_, id_ in self._receivers:
            state = self._access.may_assign(self.id, place, role_id, type_, id_)
            if state:
                return True
            found = found if state is False else None
        return found

    def surely(self, requirement: Requirement, place: str) -> bool:
        """Say whether an assignment gives an action on a place that nothing limits but denials and guarded objects."""
        if requirement.role:
            return False
        chain = self._places.chain(place)
        held = self._access.holdings(self.id, requirement.action)
        return any(self._counts(ref, requirement) for one in held if one.place_id in chain for ref in one.refs)

    def _counts(self, ref: StatementRef, requirement: Requirement) -> bool:
        inventory = self._access.inventory
        row = inventory.bindings[ref.binding_id]
        rules = [one for one in inventory.policies[ref.policy_id].statements if one.index == ref.index]
        if ref.policy_id.startswith(_DIRECTORY_ROLES):
            # Of what an administrative unit holds, a permission may reach a part.
            whole = row.scope_id in self._places.tenants and not ref.policy_id.startswith(OWNERS)
            if not whole or not all(_covers_all(one, requirement.action) for one in rules):
                return False
        elif not ref.policy_id.startswith(ARM_ROLES):
            return False
        plain = row.condition is None and not row.eligible and row.principal_id in self._sure
        return plain and bool(rules) and not any(one.conditions or one.malformed for one in rules)

    def grounds(self, technique: Technique) -> list[Ground]:
        """Return the widest places on which an alternative of a technique is held: those without doubt first."""
        found = self._grounds.get(technique.id)
        if found is None:
            found = []
            for i, rows in enumerate(technique.requires):
                found += self._cover(rows, i)
            found.sort(key=lambda one: (one.doubt, bool(one.open), one.alternative, one.place))
            self._grounds[technique.id] = found
        return found

    def _cover(self, rows: Alternative, position: int) -> list[Ground]:
        elsewhere = self._somewhere(row for row in rows if row.at == "anywhere")
        if elsewhere is False:
            return []
        met: dict[str, tuple[Requirement, ...]] | None = None
        for row in rows:
            if row.at == "target":
                held: dict[str, tuple[Requirement, ...]] = {}
                for place, state in self.held(row).items():
                    held[place] = () if state else (row,)
                met = held if met is None else self._meet(met, held)
                if not met:
                    return []
        return [Ground(place, position, open_, elsewhere is None) for place, open_ in (met or {}).items()]

    def _somewhere(self, rows: Iterable[Requirement]) -> Truth:
        result: Truth = True
        for row in rows:
            held = self.held(row)
            if not held:
                return False
            if True not in held.values():
                result = None
        return result

    def _meet(
        self, one: dict[str, tuple[Requirement, ...]], other: dict[str, tuple[Requirement, ...]]
    ) -> dict[str, tuple[Requirement, ...]]:
        """Return the places that lie on or below a place of both."""
        found: dict[str, tuple[Requirement, ...]] = {}
        for mine, yours in ((one, other), (other, one)):
            for place, open_ in mine.items():
                for above in self._places.chain(place):
                    if above in yours:
                        both = tuple(dict.fromkeys((*open_, *yours[above])))
                        if place not in found or len(both) < len(found[place]):
                            found[place] = both
        return found

    def _find(self, requirement: Requirement) -> dict[str, Truth]:
        if requirement.role:
            return self._by_role(requirement.role)
        found: dict[str, Truth] = {}
        for one in self._access.holdings(self.id, requirement.action):
            owned = not self._person and all(ref.policy_id in _OWNED for ref in one.refs)
            found[one.place_id] = self._as_owner(one.state) if owned else one.state
        return found

    def _as_owner(self, state: Truth) -> Truth:
        """Say what ownership gives to who is no person: see the module."""
        return state if state and any(one.state for one in self._access.holdings(self.id, _OWNED_BY)) else None

    def _by_role(self, role: str) -> dict[str, Truth]:
        """Return where a role of the directory is given to it."""
        found: dict[str, Truth] = {}
        for row, state in self.given():
            if row.policy_id == role:
                owned = role.startswith(OWNERS) and not self._person
                counts = (self._as_owner(state) if role in _OWNED else None) if owned else state
                found[row.scope_id] = found.get(row.scope_id) or counts
        return found

    def _ask(self, requirement: Requirement, place: str) -> Truth:
        held = self.held(requirement)
        states = [held[above] for above in self._places.chain(place) if above in held]
        if True in states:
            return True
        if not states:
            return False
        if requirement.role or self._owns_alone(requirement, place):
            return None
        return self._access.as_found(self.id, requirement.action, place)

    def _owns_alone(self, requirement: Requirement, place: str) -> bool:
        """Say whether nothing but ownership speaks for it, which leaves open what the rules of access take for sure."""
        if self._person or not requirement.action.startswith(DIRECTORY_PLANE):
            return False
        chain = self._places.chain(place)
        held = self._access.holdings(self.id, requirement.action)
        refs = [ref for one in held if one.place_id in chain for ref in one.refs]
        return bool(refs) and all(ref.policy_id in _OWNED for ref in refs)


def _covers_all(rule: Statement, action: str) -> bool:
    """Whether a permission of a directory role is about all things of a kind, and not about a part of them."""
    covering = [one for one in rule.actions if covers(_DIRECTORY, one, action)]
    return any(not narrowed(one, action) for one in covering)
