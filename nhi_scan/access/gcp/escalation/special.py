"""Techniques that change what stands in a principal's own way: its roles, deny policies, boundaries, tags."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from nhi_scan.access.combine import Truth, both
from nhi_scan.access.gcp.conditions import TAGS, Known, evaluate, reads
from nhi_scan.access.gcp.escalation.cover import Ground, Subject, Way
from nhi_scan.access.gcp.escalation.edges import Edges
from nhi_scan.access.gcp.escalation.families import ACCOUNTS
from nhi_scan.access.gcp.escalation.technique import Technique
from nhi_scan.access.gcp.grants import ref
from nhi_scan.access.gcp.holdings import Holding
from nhi_scan.access.gcp.identifiers import ACCOUNT
from nhi_scan.access.gcp.summarise import Access, summarise
from nhi_scan.graph.graph import GraphBuilder
from nhi_scan.model.policy import Binding, Condition, Guardrail, Policy, Statement

SPECIAL = frozenset({"own_role", "deny_policy", "boundary", "tag"})
"""The targets of the techniques that are judged here."""

_PREDEFINED = "roles/"
_MOST = 8  # so many worlds without some policies are worked out; of more, what nobody may take away stays open
_KINDS = {"deny_policy": "deny_policy", "boundary": "principal_access_boundary"}
_CONTROLLING = {
    "organization": "resourcemanager.organizations.setIamPolicy",
    "folder": "resourcemanager.folders.setIamPolicy",
    "project": "resourcemanager.projects.setIamPolicy",
}
_TOKENS = (
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.signJwt",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.setIamPolicy",
)


class Special:
    """Finds where these techniques lead."""

    def __init__(self, access: Access, graph: GraphBuilder, edges: Edges) -> None:
        """Take what the other techniques found."""
        self._access = access
        self._graph = graph
        self._edges = edges
        self._without: dict[frozenset[Guardrail], Access] = {}
        self._hanging: dict[tuple[str, frozenset[str] | None], frozenset[Guardrail]] = {}
        self._roles: dict[tuple[str, str], bool] = {}

    def ways(self, subject: Subject, technique: Technique) -> Iterator[Way]:
        """Yield where a technique leads an identity."""
        if technique.target == "own_role":
            return self._own_role(subject)
        elsewhere = subject.somewhere(row for row in technique.requires if row.at == "anywhere")
        if elsewhere is False:
            return iter(())
        grounds = subject.grounds(technique)
        if technique.target == "tag":
            return self._tag(subject, grounds, sure=elsewhere is True)
        return self._unblocked(subject, grounds, _KINDS[technique.target])

    def _own_role(self, subject: Subject) -> Iterator[Way]:
        """Yield the places on which the identity holds a custom role that it may update.

        https://cloud.google.com/iam/docs/creating-custom-roles#editing-role: the change counts wherever it is bound.
        """
        for binding, state in self._bindings(subject.id):
            home = binding.policy_id.partition("/roles/")[0]
            if binding.policy_id.startswith(_PREDEFINED) or not home:
                continue
            may = subject.truth("iam.roles.update", self._access.places.canonical(home))
            if may is not False:
                yield from self._gained(binding, both(may, state))

    def _gained(self, binding: Binding, state: Truth) -> Iterator[Way]:
        """Yield what somebody comes to who can hold whatever it likes where a role is bound."""
        place = binding.scope_id
        scope = self._access.inventory.scopes.get(place)
        if scope is not None and scope.kind in _CONTROLLING:
            denied = self._edges.control.denied.perhaps(_CONTROLLING[scope.kind], place)
            yield Way(self._edges.control.node(place, scope.kind), state is None or denied, (ref(binding),))
        elif place.startswith(ACCOUNT):
            for node, conditional in self._account(place):
                denied = self._edges.control.denied.perhaps(_TOKENS[0], place)
                yield Way(node, conditional or state is None or denied, (ref(binding),))

    def _account(self, place: str) -> Iterator[tuple[int, bool]]:
        identity = self._edges.targets.account(place)
        found = None
        if identity is not None:
            found = self._edges.sets.member(ACCOUNTS, place, identity.scope_id)
        if found is not None:
            yield found

    def _unblocked(self, subject: Subject, grounds: list[Ground], kind: str) -> Iterator[Way]:
        """Yield what an identity holds but for deny policies, or boundaries, that it may take away itself."""
        removable = self._removable(kind, frozenset([one.place_id for one in grounds]))
        if not removable:
            return
        if removable not in self._without and len(self._without) >= _MOST:
            removable = self._removable(kind, None)
        surely = self._removable(kind, frozenset([one.place_id for one in grounds if not one.open]))
        for target, holding in _missing(subject, self._access_without(removable)):
            bearing = {one for one in removable if self._bears(one, holding.place_id)}
            yield from self._freed(target, holding, conditional=not holding.state or not bearing <= surely)

    def _freed(self, target: str, holding: Holding, *, conditional: bool) -> Iterator[Way]:
        place = holding.place_id
        if target == "account":
            if place in self._access.inventory.scopes:
                node = self._edges.sets.node(ACCOUNTS, place)
                found = [] if node is None else [(node, False)]
            else:
                found = list(self._account(place))
            for node, open_ in found:
                yield Way(node, conditional or open_, holding.refs)
        elif place in self._access.inventory.scopes and self._edges.control.has(place, target):
            yield Way(self._edges.control.node(place, target), conditional, holding.refs)

    def _removable(self, kind: str, places: frozenset[str] | None) -> frozenset[Guardrail]:
        """Return the policies of a kind that hang on one of some places or below it; without places: all."""
        key = (kind, places)
        if key not in self._hanging:
            chain = self._access.places.chain
            self._hanging[key] = frozenset(
                one
                for one in self._access.inventory.guardrails
                if one.kind == kind and (places is None or not places.isdisjoint(chain(self._home(one))))
            )
        return self._hanging[key]

    def _home(self, guardrail: Guardrail) -> str:
        """Where a policy is written: a deny policy where it is attached, a boundary where it was made."""
        if guardrail.kind == "deny_policy":
            return guardrail.scope_id
        return self._access.inventory.policies[guardrail.policy_id].scope_id

    def _bears(self, guardrail: Guardrail, place: str) -> bool:
        """Whether a deny policy is attached to a place or above it; a boundary is about who acts, wherever that is."""
        places = self._access.places
        return guardrail.kind != "deny_policy" or places.canonical(guardrail.scope_id) in places.chain(place)

    def _access_without(self, removed: frozenset[Guardrail]) -> Access:
        """Effective access as it would be without some policies."""
        if removed not in self._without:
            inventory = self._access.inventory
            kept = tuple(one for one in inventory.guardrails if one not in removed)
            self._without[removed] = summarise(replace(inventory, guardrails=kept), self._access.now)
        return self._without[removed]

    def _tag(self, subject: Subject, grounds: list[Ground], *, sure: bool) -> Iterator[Way]:
        """Yield what a grant gives whose condition asks for tags alone, where the identity may bind them.

        And, under an open condition, what a deny policy takes away that asks for tags alone: nothing tells which tags
        it may bind, nor whether there is a value of which the policy lets it pass.
        """
        yield from self._untagged(subject, grounds)
        chain = self._access.places.chain
        for binding, _ in self._bindings(subject.id):
            if not _asks_for_tags_alone(binding.condition):
                continue
            open_ = [one for one in grounds if one.place_id in chain(binding.scope_id)]
            if open_:
                doubt = not sure or all(one.open for one in open_)
                yield from self._fulfilled(binding, conditional=doubt)

    def _untagged(self, subject: Subject, grounds: list[Ground]) -> Iterator[Way]:
        policies = self._access.inventory.policies
        removed = frozenset(
            one
            for one in (self._removable("deny_policy", None) if grounds else ())
            if all(map(_denies_by_tags_alone, policies[one.policy_id].statements))
        )
        for target, holding in _missing(subject, self._access_without(removed)) if removed else ():
            if any(one.place_id in self._access.places.chain(holding.place_id) for one in grounds):
                yield from self._freed(target, holding, conditional=True)

    def _fulfilled(self, binding: Binding, *, conditional: bool) -> Iterator[Way]:
        place, denied = binding.scope_id, self._edges.control.denied
        for kind, permission in _CONTROLLING.items():
            if self._holds(binding, permission):
                held = Holding(place, state=True, refs=(ref(binding),))
                yield from self._freed(kind, held, conditional=conditional or denied.perhaps(permission, place))
        token = next((one for one in _TOKENS if self._holds(binding, one)), None)
        if token is not None:
            held = Holding(place, state=True, refs=(ref(binding),))
            yield from self._freed("account", held, conditional=conditional or denied.perhaps(token, place))

    def _holds(self, binding: Binding, permission: str) -> bool:
        key = (binding.policy_id, permission)
        if key not in self._roles:
            self._roles[key] = _holds(self._access.inventory.policies[binding.policy_id], permission)
        return self._roles[key]

    def _bindings(self, identity_id: str) -> Iterator[tuple[Binding, Truth]]:
        """Yield what an identity is given, with what the clock tells of its condition; not what has lapsed."""
        known = Known(now=self._access.now)
        for principal in self._access.members.principals(identity_id):
            for binding in self._access.inventory.bindings_of.get(principal, ()):
                state = True if binding.condition is None else evaluate(_expression(binding.condition), known)
                if state is not False:
                    yield binding, state


def _missing(subject: Subject, without: Access) -> Iterator[tuple[str, Holding]]:
    """Yield what an identity would hold without some policies and does not hold, with what would come of it."""
    for target, permission in (*_CONTROLLING.items(), ("account", _TOKENS[0])):
        blocked = {one.place_id for one in subject.holdings(permission) if one.state}
        for holding in without.holdings(subject.id, permission):
            if holding.place_id not in blocked and subject.truth(permission, holding.place_id) is not True:
                yield target, holding


def _holds(role: Policy, permission: str) -> bool:
    names: Iterable[str] = (name for statement in role.statements for name in statement.actions)
    return permission in names


def _expression(condition: Condition) -> str:
    return condition.values[0] if condition.values else ""


def _asks_for_tags_alone(condition: Condition | None) -> bool:
    return condition is not None and reads(_expression(condition)) == frozenset({TAGS})


def _denies_by_tags_alone(rule: Statement) -> bool:
    return bool(rule.conditions) and all(map(_asks_for_tags_alone, rule.conditions))
