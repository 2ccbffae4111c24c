"""What two techniques come to together: somebody is given more, and then become.

A role that one may write and that a function runs as; a user whose group one may write, and who can be given a key; a
role that one may assume, once its boundary is gone. Which two fit is found and not listed: every technique that gives
rights meets every one that becomes somebody.
"""

from collections.abc import Callable, Iterable
from heapq import merge
from itertools import repeat

from nhi_scan.access.aws.escalation.candidates import Candidates, Hits
from nhi_scan.access.aws.escalation.edges import Engine, Way
from nhi_scan.access.aws.escalation.oneself import Oneself
from nhi_scan.access.aws.escalation.subject import Subject
from nhi_scan.access.aws.escalation.technique import Technique
from nhi_scan.access.combine import Truth
from nhi_scan.model.identity import Identity
from nhi_scan.model.record import value


@value
class Pair:
    """Two steps to full control."""

    target: str  # who is given more, and become
    giving: Technique
    becoming: Technique
    conditional: bool


Gains = tuple[tuple[Technique, Hits], ...]
"""Techniques that give more, each with the identities to which it does."""


class Together:
    """Finds pairs of techniques."""

    def __init__(self, engine: Engine, oneself: Oneself, ceiling: Callable[[str], Truth]) -> None:
        """Share what was found.

        Args:
            engine: judges techniques.
            oneself: judges what somebody comes to with more.
            ceiling: says whether an identity's limits leave full control to whoever writes its permissions.
        """
        self._engine = engine
        self._oneself = oneself
        self._ceiling = ceiling
        self._giving: dict[int, tuple[Technique, ...]] = {}
        self._worth: dict[tuple[str, str], Truth] = {}

    def pair(self, subject: Subject, identity: Identity | None, ways: Iterable[Way]) -> Pair | None:
        """Return two techniques that come to full control: without open conditions if any two do."""
        gains = self._gains(subject)
        if not gains:
            return None
        found: Pair | None = None
        for way in ways:
            if way.technique.yields == "become":
                for pair in self._pairs(way, gains, identity.id if identity is not None else ""):
                    if not pair.conditional:
                        return pair
                    found = found or pair
        return found

    def _pairs(self, way: Way, gains: Gains, oneself: str) -> Iterable[Pair]:
        """Yield the pairs of which a way is the second, by target."""
        common = [(giving, way.hits.both(hits)) for giving, hits in gains]
        each = [zip(hits.lazily(), repeat(i)) for i, (_, hits) in enumerate(common) if hits]
        for target, i in merge(*each):
            giving, hits = common[i]
            worth = self._worth_of(giving, target) if target != oneself else False
            if worth is not False:
                yield Pair(target, giving, way.technique, way.conditional or hits[target] or worth is None)

    def _gains(self, subject: Subject) -> Gains:
        known = subject.memo.get("gains")
        if known is None:
            known = subject.memo["gains"] = self._find_gains(subject)
        return known  # type: ignore[return-value] # the memo holds answers of many kinds

    def _find_gains(self, subject: Subject) -> Gains:
        techniques = self._giving.get(subject.focus)
        if techniques is None:
            techniques = self._giving[subject.focus] = tuple(
                [
                    row
                    for row in self._engine.held(subject)
                    if row.yields in ("rights", "unbind", "restore") and not row.target.startswith("self")
                ]
            )
        given = [(technique, self._given(technique, subject)) for technique in techniques]
        return tuple([(technique, hits) for technique, hits in given if hits])

    def _given(self, technique: Technique, subject: Subject) -> Hits:
        """Return the identities to which a technique gives more: users, roles, and members of groups."""
        engine, account = self._engine, subject.account
        users, roles = engine.targets.users(account), engine.targets.roles(account)
        if technique.target == "group":
            return self._members(engine.on_groups(technique, subject), users)
        if technique.target == "policy":
            return engine.having_policy(subject, technique.requires[0], engine.targets.identities(account))
        return engine.on_identities(technique, subject, users if technique.target == "user" else roles)

    def _members(self, groups: Hits, users: Candidates) -> Hits:
        found: dict[str, bool] = {}
        for group_id, conditional in groups.items():
            for member in self._engine.access.inventory.groups[group_id].member_ids:
                found[member] = found.get(member, True) and conditional
        return users.hits_among(found)

    def _worth_of(self, technique: Technique, target: str) -> Truth:
        """Say whether a technique gives somebody full control."""
        key = (technique.yields, target)
        if key not in self._worth:
            self._worth[key] = self._find_worth(technique, target)
        return self._worth[key]

    def _find_worth(self, technique: Technique, target: str) -> Truth:
        identity = self._engine.access.inventory.identities[target]
        if technique.yields == "unbind":
            return self._oneself.without_boundary(identity)
        if technique.yields == "restore":
            return self._oneself.with_version(identity, self._engine.targets.attached(target))
        return self._ceiling(target)
