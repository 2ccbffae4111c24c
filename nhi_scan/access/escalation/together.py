"""What two techniques come to together: somebody is given more, and then become.

A role that one may write and that a function runs as; a user whose group one may write, and who can be given a key; a
role that one may assume, once its boundary is gone. Which two fit is found and not listed: every technique that gives
rights meets every one that becomes somebody.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from nhi_scan.access.combine import Truth
from nhi_scan.access.escalation.edges import Engine, Way
from nhi_scan.access.escalation.oneself import Oneself
from nhi_scan.access.escalation.subject import Subject
from nhi_scan.access.escalation.technique import Technique
from nhi_scan.model.identity import Identity


@dataclass(frozen=True, slots=True)
class Pair:
    """Two steps to full control."""

    target: str  # who is given more, and become
    giving: Technique
    becoming: Technique
    conditional: bool


Gains = Mapping[str, tuple[tuple[Technique, bool], ...]]
"""Identities that can be given more: by which techniques, and whether conditionally."""


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
        self._worth: dict[tuple[str, str], Truth] = {}

    def pair(self, subject: Subject, identity: Identity | None, ways: Iterable[Way]) -> Pair | None:
        """Return two techniques that come to full control: without open conditions if any two do."""
        gains = self._gains(subject)
        if not gains:
            return None
        found: Pair | None = None
        for way in ways:
            if way.technique.yields != "become":
                continue
            for target in sorted(way.hits.keys() & gains.keys()):
                if identity is not None and target == identity.id:
                    continue
                open_ = way.conditional or way.hits[target]
                for pair in self._pairs(way.technique, target, gains, open_=open_):
                    if not pair.conditional:
                        return pair
                    found = found or pair
        return found

    def _pairs(self, becoming: Technique, target: str, gains: Gains, *, open_: bool) -> Iterable[Pair]:
        for giving, conditional in gains[target]:
            worth = self._worth_of(giving, target)
            if worth is not False:
                yield Pair(target, giving, becoming, open_ or conditional or worth is None)

    def _gains(self, subject: Subject) -> Gains:
        known = subject.memo.get("gains")
        if known is None:
            known = subject.memo["gains"] = self._find_gains(subject)
        return known  # type: ignore[return-value] # the memo holds answers of many kinds

    def _find_gains(self, subject: Subject) -> Gains:
        found: dict[str, tuple[tuple[Technique, bool], ...]] = {}
        for technique in self._engine.held(subject):
            if technique.yields in ("rights", "unbind", "restore") and not technique.target.startswith("self"):
                for target, conditional in self._given(technique, subject).items():
                    found[target] = (*found.get(target, ()), (technique, conditional))
        return found

    def _given(self, technique: Technique, subject: Subject) -> Mapping[str, bool]:
        """Return the identities to which a technique gives more: users, roles, and members of groups."""
        engine, account = self._engine, subject.account
        if technique.target == "group":
            return self._members(engine.on_groups(technique, subject))
        users, roles = engine.targets.users(account), engine.targets.roles(account)
        if technique.target == "policy":
            having = [engine.having_policy(subject, technique.requires[0], those) for those in (users, roles)]
            return {**having[0], **having[1]}
        return engine.on_identities(technique, subject, users if technique.target == "user" else roles)

    def _members(self, groups: Mapping[str, bool]) -> Mapping[str, bool]:
        found: dict[str, bool] = {}
        for group_id, conditional in groups.items():
            for member in self._engine.access.inventory.groups[group_id].member_ids:
                found[member] = found.get(member, True) and conditional
        return found

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
