"""How much every identity can do in the end: its level, the way there, and the statements that make it possible."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nhi_scan.access import levels
from nhi_scan.access.aws.escalation.build import GIVING, Builder, Escalation, Use
from nhi_scan.access.aws.escalation.technique import EscalationCatalogue, Technique
from nhi_scan.access.aws.summarise import Access
from nhi_scan.access.judged import Judged
from nhi_scan.graph.graph import Edge
from nhi_scan.graph.paths import Ways, ways_to
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.access import Privilege, StatementRef, Step
from nhi_scan.model.identity import Identity
from nhi_scan.model.scope import Scope

_GIVING = GIVING.format(source="", target="")  # ends the id of who goes on, where a node is about two


class Report(Judged[Escalation, "Steps"]):
    """Privileges and what they rest on, for questions about particular ways."""

    def control(self, chain: Sequence[Scope]) -> tuple[str, ...]:  # noqa: ARG002 - the question of every provider
        """Name nobody: what an account has are administrators of its own, who are asked for as such."""
        return ()


def judge(inventory: Inventory, access: Access, techniques: EscalationCatalogue) -> Report:
    """Judge every identity of a provider, and keep the graph and the ways."""
    builder = Builder(access, techniques)
    judged = [row for row in inventory.identities.values() if row.provider == techniques.provider]
    escalation = builder.build()
    ways = ways_to(escalation.graph, *_goals(judged, escalation))
    direct = {identity.id: builder.sensitive(identity) for identity in judged}
    to_content = ways_to(
        escalation.graph,
        [_number(escalation, id_) for id_, hit in direct.items() if hit is not None and not hit[2]],
        [_number(escalation, id_) for id_, hit in direct.items() if hit is not None and hit[2]],
    )
    steps = Steps(access, escalation)
    ladder = _Levels(access, builder, escalation, ways, to_content, direct, steps)
    found = {identity.id: ladder.of(identity) for identity in judged}
    return Report(found, escalation, ways, steps, techniques.sensitive)


def _goals(judged: list[Identity], escalation: Escalation) -> tuple[list[int], list[int]]:
    """Return the nodes of administrators and of control itself: certain ones, and those with an open condition."""
    graph = escalation.graph
    certain = [number for number, kind in enumerate(graph.kinds) if kind == "control"]
    certain += [_number(escalation, row.id) for row in judged if row.kind == "root_user"]
    certain += [_number(escalation, id_) for id_, grip in escalation.grips.items() if not grip.conditional]
    return certain, [_number(escalation, id_) for id_, grip in escalation.grips.items() if grip.conditional]


def _number(escalation: Escalation, node_id: str) -> int:
    number = escalation.graph.number(node_id)
    assert number is not None  # noqa: S101 - every identity and group is a node
    return number


class Steps:
    """Turns edges into steps that a person can follow, with their statements."""

    def __init__(self, access: Access, escalation: Escalation) -> None:
        """Begin with nothing remembered."""
        self._access = access
        self._escalation = escalation
        self._known: dict[tuple[str, str, str], tuple[StatementRef, ...]] = {}
        self._tails: dict[tuple[int, int], tuple[Step, ...]] = {}
        self._asked: dict[str, tuple[tuple[str, bool], ...]] = {}

    def along(self, edges: tuple[Edge, ...]) -> tuple[Step, ...]:
        """Return the steps of a way. An edge to a set and the one from it to a member are one step."""
        return tuple(self._merge(edges))

    def _merge(self, edges: tuple[Edge, ...]) -> Iterator[Step]:
        pending: Edge | None = None
        for edge in edges:
            if edge.label == "member" and pending is not None:
                yield self._step(pending, edge.target, conditional=pending.conditional or edge.conditional)
                pending = None
            elif edge.target.startswith("set/"):
                pending = edge
            else:
                yield self._step(edge, edge.target, conditional=edge.conditional)

    def way_from(self, ways: Ways, node: int) -> tuple[Step, ...]:
        """Return the steps of the way from a node; what several ways have in common is made once."""
        known = self._tails.get((id(ways), node))
        if known is None:
            known = self._tails[id(ways), node] = self._way_from(ways, node)
        return known

    def _way_from(self, ways: Ways, node: int) -> tuple[Step, ...]:
        made: list[Step] = []
        while (index := int(ways.next_edge[node])) >= 0:
            first = ways.graph.edge(index)
            conditional = first.conditional
            node = int(ways.graph.targets[index])
            if ways.graph.virtual[node]:
                last = ways.next_edge[node]
                conditional = conditional or bool(ways.graph.conditional[last])
                node = int(ways.graph.targets[last])
            made.append(self._step(first, ways.graph.ids[node], conditional=conditional))
            tail = self._tails.get((id(ways), node))
            if tail is not None:
                return (*made, *tail)
        return tuple(made)

    def _step(self, edge: Edge, target: str, *, conditional: bool) -> Step:
        use = edge.note
        written = use.target if isinstance(use, Use) else ""
        technique = self._escalation.techniques[edge.label]
        source = edge.source.partition(_GIVING)[0]
        return self.one(technique, source, written or target, conditional=conditional)

    def one(self, technique: Technique, source: str, target: str, *, conditional: bool) -> Step:
        """Return the step of one technique."""
        return Step(
            technique=technique.id,
            source_id=source,
            target_id=target,
            statements=self._statements(technique, source, target),
            conditional=conditional,
            detail=technique.title,
        )

    def _statements(self, technique: Technique, source: str, target: str) -> tuple[StatementRef, ...]:
        key = (technique.id, source, target)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tuple(sorted(set(self._find(technique, source, target)), key=_order))
        return known

    def _find(self, technique: Technique, source: str, target: str) -> Iterator[StatementRef]:
        inventory = self._access.inventory
        if source not in inventory.identities:
            return  # a group: its statements are those of whoever joins
        asked = self._asked.get(technique.id)
        if asked is None:
            asked = self._asked[technique.id] = tuple(_asked(technique))
        # What is done to a policy or a group is told of whom it makes stronger: the statements do not name that one.
        direct = technique.target not in ("policy", "group") or target not in inventory.identities
        for action, on_target in asked:
            yield from self._access.statements(source, action, target if on_target and direct else None)
        if technique.target == "assumable_role":
            yield from self._trusts(source, target)

    def _trusts(self, source: str, target: str) -> Iterator[StatementRef]:
        inventory = self._access.inventory
        account = inventory.identities[source].scope_id
        for trust in inventory.trusts_of.get(target, ()):
            if trust.subject in (source, account, "*"):
                yield StatementRef(trust.policy_id, trust.statement_index, layer="trust")


def _asked(technique: Technique) -> Iterator[tuple[str, bool]]:
    """Yield the actions of a technique, each once, with whether its statements must be about the target."""
    assuming = ("sts:assumerole",) if technique.target == "assumable_role" else ()
    for action in dict.fromkeys(technique.actions + assuming):
        yield (
            action,
            action in ("iam:passrole", "sts:assumerole")
            or any(row.action.lower() == action and "target" in row.on for row in technique.requires),
        )


def _order(ref: StatementRef) -> tuple[str, int, str]:
    return ref.policy_id, ref.index, ref.layer


@dataclass(slots=True)
class _Levels:
    """Puts the answers about one identity in order."""

    access: Access
    builder: Builder
    escalation: Escalation
    ways: Ways
    to_content: Ways
    direct: dict[str, tuple[str, str, bool] | None]
    steps: Steps

    def of(self, identity: Identity) -> Privilege:
        """Return an identity's level: the highest that is certain, before any that depends on an open condition."""
        node = _number(self.escalation, identity.id)
        grip = self.escalation.grips.get(identity.id)
        way = self.ways.distance[node] > 0
        if identity.kind == "root_user":
            return Privilege(identity_id=identity.id, level="administrator", reason="it is the account's root user")
        if grip is not None and (not grip.conditional or not way or self.ways.conditional[node]):
            return self._administrator(identity, conditional=grip.conditional)
        if way:
            path = self.steps.way_from(self.ways, node)
            return levels.can_become(identity.id, path, conditional=bool(self.ways.conditional[node]))
        latent = self.builder.latent(identity)
        if latent is not None:
            technique, conditional = latent
            return levels.latent(identity.id, self.steps.one(technique, identity.id, "", conditional=conditional))
        if not self.access.stack(identity.id).complete:
            return Privilege(identity_id=identity.id, level="unknown", reason="not all of its policies could be read")
        return self._beneath(identity, node)

    def _administrator(self, identity: Identity, *, conditional: bool) -> Privilege:
        grip = self.escalation.grips[identity.id]
        step = self.steps.one(grip.technique, identity.id, grip.target, conditional=conditional)
        if not conditional and self.access.summary(identity.id).everywhere == self.access.catalogue.everything:
            return Privilege(
                identity_id=identity.id,
                level="administrator",
                statements=step.statements,
                reason="its policies allow every action on every resource",
            )
        return levels.administrator(identity.id, step, f"it can {levels.lower(grip.technique.title)}")

    def _beneath(self, identity: Identity, node: int) -> Privilege:
        if self.to_content.distance[node] < 0:
            return levels.ordinary(identity.id)
        edges = self.to_content.path(node)
        last = edges[-1].target if edges else identity.id
        hit = self.direct[last]
        assert hit is not None  # noqa: S101 - the way ends where something is read
        resource, action, conditional = hit
        statements = self.access.statements(last, action)
        final = levels.reading(last, action, resource, statements, conditional=conditional)
        path = (*self.steps.way_from(self.to_content, node), final)
        return levels.reaches(identity.id, path, conditional=bool(self.to_content.conditional[node]))
