"""Which identities of one cloud become which of another: every engine's assertions, shown to every engine.

An identity whose namesake is trusted is no bridge: the trusting cloud must let in what the issuing cloud says of it,
with all its conditions. What a holder's configuration asks for and nobody grants is therefore not here; `asked_in_vain`
names it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from nhi_scan.access.engine import Engine
from nhi_scan.access.federation import Bridge, Entry
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import Assertion, issuer_key

_ACCOUNT = "serviceAccount:"


class Bridges:
    """All bridges of an inventory. Holders who become the same share one *landing*: a set of entries."""

    def __init__(self, inventory: Inventory, engines: Iterable[Engine] = ()) -> None:
        """Show all assertions to all engines; none: nobody becomes anybody."""
        self._inventory = inventory
        self._numbers: dict[tuple[Entry, ...], int] = {}
        self._landings: dict[str, list[int]] = defaultdict(list)  # holder -> numbers of its landings
        self._asked: dict[str, set[str]] = defaultdict(set)  # holder -> what its configuration asks for
        self._issuers: dict[str, set[str]] = defaultdict(set)  # holder -> keys of its issuers
        self._show(list(engines))
        self.landings: tuple[tuple[Entry, ...], ...] = tuple(self._numbers)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._landings)

    @property
    def holders(self) -> Mapping[str, Sequence[int]]:
        """Identities with a way into another cloud, by id and sorted -> the landings of each."""
        return {holder: self._landings[holder] for holder in sorted(self._landings)}

    def of(self, source_id: str) -> tuple[Bridge, ...]:
        """Return the bridges of a holder, those without an open condition first."""
        return _distinct(
            self.bridge(source_id, entry)
            for number in self._landings.get(source_id, ())
            for entry in self.landings[number]
        )

    def into(self, target_id: str) -> tuple[Bridge, ...]:
        """Return the bridges that end at an identity."""
        return _distinct(
            self.bridge(holder, entry)
            for number in self._into.get(target_id, ())
            for holder in self._at[number]
            for entry in self.landings[number]
            if entry.identity_id == target_id
        )

    def bridge(self, source_id: str, entry: Entry) -> Bridge:
        """Return an entry of a landing as the bridge of one of its holders."""
        asked = self._asked.get(source_id, set())
        return Bridge(
            source_id,
            entry.identity_id,
            conditional=entry.state is None,
            declared=bool(asked) and not asked.isdisjoint(self._names(entry.identity_id)),
            trust_id=entry.trust_id,
            statements=entry.statements,
            residual=entry.residual,
            detail=entry.detail,
        )

    def via(self, trust_id: str) -> tuple[str, ...]:
        """Return the holders whom a trust, or a binding, lets in: their ids, sorted."""
        numbers = self._by_trust.get(trust_id, ())
        return tuple(sorted({holder for number in numbers for holder in self._at[number]}))

    def issuers_of(self, identity_id: str) -> frozenset[str]:
        """Return the keys of the issuers that were found to say something of an identity."""
        return frozenset(self._issuers.get(identity_id, ()))

    @cached_property
    def asked_in_vain(self) -> Mapping[str, tuple[str, ...]]:
        """Holders -> what their configuration asks for and no bridge leads to; sorted."""
        found = {}
        for holder in sorted(self._asked):
            reached = {name for bridge in self.of(holder) for name in self._names(bridge.target_id)}
            lacking = tuple(sorted(self._asked[holder] - reached))
            if lacking:
                found[holder] = lacking
        return found

    def _show(self, engines: Sequence[Engine]) -> None:
        taken = [(engine, engine.trusted_issuers) for engine in engines]
        everybody = frozenset().union(*(issuers for _, issuers in taken))
        for giver in engines:
            for assertion in giver.issued(everybody):
                self._asked[assertion.holder_id].update(assertion.asks_for)
                key = issuer_key(assertion.issuer)
                self._issuers[assertion.holder_id].add(key)
                for taker, issuers in taken:
                    if not key or key in issuers:
                        self._land(assertion, taker.entries(assertion))

    def _land(self, assertion: Assertion, entries: tuple[Entry, ...]) -> None:
        others = tuple(entry for entry in entries if entry.identity_id != assertion.holder_id)
        if assertion.open:
            others = tuple(replace(one, state=None, residual=(*one.residual, assertion.open)) for one in others)
        if not others:
            return
        number = self._numbers.setdefault(others, len(self._numbers))
        if number not in self._landings[assertion.holder_id]:
            self._landings[assertion.holder_id].append(number)

    def _names(self, identity_id: str) -> Iterator[str]:
        """Yield what a configuration can call an identity, or whoever a member of a pool may act as."""
        yield identity_id
        yield identity_id.removeprefix(_ACCOUNT)  # a service account of Google Cloud is asked for by its address
        identity = self._inventory.identities.get(identity_id)
        if identity is None:
            return
        if identity.unique_id:
            yield identity.unique_id
        if identity.kind == "federated_principal":
            for impersonated in self._impersonated.get(identity_id, ()):
                yield from (impersonated, impersonated.removeprefix(_ACCOUNT))

    @cached_property
    def _impersonated(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = defaultdict(list)
        for trust in self._inventory.trusts.values():
            found[trust.subject].append(trust.identity_id)
        return {subject: tuple(ids) for subject, ids in found.items()}

    @cached_property
    def _at(self) -> Mapping[int, Sequence[str]]:
        """Holders by landing."""
        found: dict[int, list[str]] = defaultdict(list)
        for holder, numbers in self.holders.items():
            for number in numbers:
                found[number].append(holder)
        return found

    @cached_property
    def _into(self) -> Mapping[str, Sequence[int]]:
        return self._index([[entry.identity_id for entry in landing] for landing in self.landings])

    @cached_property
    def _by_trust(self) -> Mapping[str, Sequence[int]]:
        return self._index([[entry.trust_id for entry in landing] for landing in self.landings])

    def _index(self, names: Sequence[Sequence[str]]) -> Mapping[str, Sequence[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(names):
            for name in dict.fromkeys(row):
                found[name].append(number)
        return found


def _distinct(bridges: Iterable[Bridge]) -> tuple[Bridge, ...]:
    """Sort, and of several over the same trust keep the one that asks least of its holder."""
    kept: dict[tuple[str, str, str], Bridge] = {}
    for one in sorted(set(bridges), key=_order):
        kept.setdefault((one.source_id, one.target_id, one.trust_id), one)
    return tuple(kept.values())


def _order(bridge: Bridge) -> tuple[bool, str, str, str, tuple[str, ...]]:
    return bridge.conditional, bridge.source_id, bridge.target_id, bridge.trust_id, bridge.residual
