"""The escalation graph: an edge for every way from one identity to another, and who is an administrator already."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from nhi_scan.access.aws.escalation.candidates import Hits
from nhi_scan.access.aws.escalation.edges import Engine, Way
from nhi_scan.access.aws.escalation.latent import Latent
from nhi_scan.access.aws.escalation.oneself import Grip, Oneself
from nhi_scan.access.aws.escalation.sensitive import CONTENT, SensitiveThings
from nhi_scan.access.aws.escalation.subject import Subject
from nhi_scan.access.aws.escalation.technique import EscalationCatalogue, Technique
from nhi_scan.access.aws.escalation.together import Together
from nhi_scan.access.aws.summarise import Access
from nhi_scan.access.combine import Truth
from nhi_scan.graph.graph import Graph, GraphBuilder
from nhi_scan.model.identity import Group, Identity, Nature


@dataclass(slots=True, eq=False)
class Use:
    """What an edge stands for."""

    technique: Technique
    target: str = ""  # what is written, where the edge leads to control itself; empty: the node that it leads to


@dataclass(slots=True)
class Escalation:
    """Everything that was found."""

    techniques: dict[str, Technique]
    graph: Graph = field(default_factory=lambda: GraphBuilder().build())
    grips: dict[str, Grip] = field(default_factory=dict)  # identity or group -> its way to full control in one step


Offer = tuple[bool, int, Use]
"""A way to a node: whether it is conditional, the technique's place in the catalogue, and what the edge stands for."""

Offers = dict[int, Offer]
"""The best way to each of some nodes."""

CONTROL = "account/{account}#control"
"""Node for full control of an account, which an edge reaches that rewrites somebody and then becomes them."""

GIVING = "{source}#giving/{target}"
"""Node for somebody who has given another more and has yet to become the other."""


class Builder:
    """Builds the graph of one inventory."""

    def __init__(self, access: Access, catalogue: EscalationCatalogue) -> None:
        """Make the engine ready."""
        if not any(row.sensitivity in CONTENT for row in access.inventory.resources.values()):
            catalogue = replace(catalogue, sensitive=())
        self._access = access
        self._catalogue = catalogue
        self._engine = Engine(access, catalogue)
        self._oneself = Oneself(self._engine)
        self._grips: dict[str, Grip] = {}
        self._latent = Latent(self._engine, self._grips)
        self._sensitive = SensitiveThings(access.inventory, self._engine.judge, catalogue.sensitive)
        self._graph = GraphBuilder()
        self._sets: dict[tuple[tuple[str, bool], ...], int] = {}
        self._set_of: dict[Hits, int] = {}
        self._order = {row.id: i for i, row in enumerate(catalogue.techniques)}
        self._ceilings: dict[str, Truth] = {}
        self._together = Together(self._engine, self._oneself, self._ceiling)
        self._offers: dict[tuple[Subject, str], tuple[Offers, tuple[Way, ...]]] = {}
        self._uses: dict[tuple[str, str], Use] = {}

    def build(self) -> Escalation:
        """Find everything."""
        inventory = self._access.inventory
        found = Escalation(techniques={row.id: row for row in self._catalogue.techniques}, grips=self._grips)
        for identity in inventory.identities.values():
            self._graph.node(identity.id)
        groups = [one for one in inventory.groups.values() if one.provider == "aws"]
        for group in groups:
            self._graph.node(group.id, "group")
        for group in groups:
            self._add_group(group, found)
        for identity in inventory.identities.values():
            if identity.kind in ("iam_user", "iam_role"):
                self._add_identity(identity, found)
        found.graph = self._graph.build()
        return found

    def sensitive(self, identity: Identity) -> tuple[str, str, bool] | None:
        """Return something sensitive that an identity gets at itself, by which action, and whether conditionally."""
        return None if self._sensitive.none else self._sensitive.first(self._engine.subject(identity))

    def latent(self, identity: Identity) -> tuple[Technique, bool] | None:
        """Return a technique that an identity holds and has no target for, and whether conditionally."""
        if identity.kind not in ("iam_user", "iam_role"):
            return None
        return self._latent.technique(self._engine.subject(identity))

    def _add_identity(self, identity: Identity, found: Escalation) -> None:
        subject = self._engine.subject(identity)
        grip = self._oneself.grip(identity, subject)
        if grip is not None:
            found.grips[identity.id] = grip
            if not grip.conditional:
                return  # it needs no way: it is there
        self._connect(identity.id, subject, identity)

    def _add_group(self, group: Group, found: Escalation) -> None:
        """Treat a group as somebody whom a user becomes by joining."""
        member = self._member(group)
        subject = self._group_subject(group, member)
        grip = self._oneself.grip(member, subject)
        if grip is not None:
            found.grips[group.id] = grip
        else:
            self._connect(group.id, subject, None)

    def _member(self, group: Group) -> Identity:
        """Return a user that has just what the group gives."""
        return Identity(
            id=f"{group.id.rpartition(':group/')[0]}:user/*",
            provider=group.provider,
            kind="iam_user",
            nature=Nature.UNKNOWN,
            nature_reason="stands for any member of a group",
            name=group.name,
            scope_id=group.scope_id,
        )

    def _group_subject(self, group: Group, member: Identity) -> Subject:
        policies = self._access.inventory.group_bindings.get(group.id, ())
        return self._engine.judge.subject(member, self._access.stack_of_policies(member, policies))

    def _connect(self, source_id: str, subject: Subject, identity: Identity | None) -> None:
        """Add an identity's edges: one for each set of targets, by the first technique without an open condition."""
        source = self._graph.node(source_id)
        control = self._graph.node(CONTROL.format(account=subject.account), "control")
        kind = "iam_user" if identity is None else identity.kind
        offers, others = self._shared_offers(subject, kind)
        own = () if identity is None else tuple(self._engine.own(identity, subject))
        if others or own:
            offers = dict(offers)
            for way in (*others, *own):
                for target, offer in self._ends(way, subject, identity):
                    _improve(offers, target, offer)
        doubt = identity is not None and self._engine.targets.has_unread_boundary(identity.id)
        for target, (conditional, _, use) in sorted(offers.items()):
            if target != source:
                self._graph.edge(source, target, use.technique.id, conditional=conditional or doubt, note=use)
        if control not in offers or offers[control][0]:
            pair = self._together.pair(subject, identity, (*self._engine.shared(subject, kind), *own))
            if pair is not None:
                between = self._graph.node(GIVING.format(source=source_id, target=pair.target), "given")
                for start, end, technique in ((source, between, pair.giving), (between, control, pair.becoming)):
                    use = self._use(technique, pair.target)
                    self._graph.edge(start, end, technique.id, conditional=pair.conditional or doubt, note=use)

    def _shared_offers(self, subject: Subject, kind: str) -> tuple[Offers, tuple[Way, ...]]:
        """Return what all who are one subject can become, and the ways whose ends depend on who goes."""
        found = self._offers.get((subject, kind))
        if found is None:
            ways = self._engine.shared(subject, kind)
            offers: Offers = {}
            for way in ways:
                if way.technique.yields == "become":
                    _improve(offers, self._set(way.hits), self._offer(way))
            others = tuple([way for way in ways if way.technique.yields != "become"])
            found = self._offers[subject, kind] = (offers, others)
        return found

    def _offer(self, way: Way, *, conditional: bool = False, written: str = "") -> Offer:
        return way.conditional or conditional, self._order[way.technique.id], self._use(way.technique, written)

    def _use(self, technique: Technique, written: str) -> Use:
        use = self._uses.get((technique.id, written))
        if use is None:
            use = self._uses[technique.id, written] = Use(technique, written)
        return use

    def _ends(self, way: Way, subject: Subject, identity: Identity | None) -> Iterable[tuple[int, Offer]]:
        if way.technique.yields == "become":
            yield self._set(way.hits), self._offer(way)
        elif way.technique.yields == "rewrite":
            target = self._rewritten(way.hits, identity)
            if target is not None:
                node = self._graph.node(CONTROL.format(account=subject.account), "control")
                yield node, self._offer(way, conditional=target[1], written=target[0])
        elif way.technique.yields == "join" and identity is not None:
            yield from self._joined(way, subject, identity)

    def _rewritten(self, hits: Hits, identity: Identity | None) -> tuple[str, bool] | None:
        """Return the first target that could be given everything, one without open conditions if there is any."""
        found: tuple[str, bool] | None = None
        for target, conditional in hits.items():
            ceiling = self._ceiling(target)
            if ceiling is False or (identity is not None and target == identity.id):
                continue
            if ceiling is True and not conditional:
                return target, False
            found = found or (target, True)
        return found

    def _ceiling(self, identity_id: str) -> Truth:
        known = self._ceilings.get(identity_id, self)
        if known is self:
            subject = self._engine.subject(self._access.inventory.identities[identity_id])
            known = self._engine.control.lets_through(subject)
            if known and self._engine.targets.has_unread_boundary(identity_id):
                known = None
            self._ceilings[identity_id] = known
        return known  # type: ignore[return-value] # `self` stands for "not yet asked"

    def _joined(self, way: Way, subject: Subject, identity: Identity) -> Iterable[tuple[int, Offer]]:
        """Yield what joining groups comes to: a boundary limits the member, so then only control itself counts."""
        if subject.boundary is None:
            yield self._set(way.hits), self._offer(way)
        groups = self._access.inventory.groups
        for group_id, conditional in way.hits.items():
            group = self._group_subject(groups[group_id], self._member(groups[group_id]))
            met = self._oneself.joining(identity, subject, group)
            if met is not False:
                node = self._graph.node(CONTROL.format(account=subject.account), "control")
                yield node, self._offer(way, conditional=conditional or met is None, written=group_id)

    def _set(self, hits: Hits) -> int:
        """Return the node that stands for a set of targets: a target by itself, else a virtual node."""
        node = self._set_of.get(hits)
        if node is None:
            key = tuple(hits.items())
            node = self._sets.get(key)
            if node is None:
                node = self._sets[key] = self._new_set(key)
            self._set_of[hits] = node
        return node

    def _new_set(self, members: tuple[tuple[str, bool], ...]) -> int:
        if len(members) == 1 and not members[0][1]:
            return self._graph.node(members[0][0])
        node = self._graph.node(f"set/{len(self._sets)}", "set", virtual=True)
        for target, conditional in members:
            self._graph.edge(node, self._graph.node(target), "member", conditional=conditional)
        return node


def _improve(offers: Offers, target: int, offer: Offer) -> None:
    known = offers.get(target)
    if known is None or offer[:2] < known[:2]:
        offers[target] = offer
