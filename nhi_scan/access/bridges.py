"""Which identities of one cloud become which of another: every engine's assertions, shown to every engine.

An identity whose namesake is trusted is no bridge: the trusting cloud must let in what the issuing cloud says of it,
with all its conditions. What a holder's configuration asks for and nobody grants is therefore not here; `asked_in_vain`
names it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from nhi_scan.access.engine import Engine
from nhi_scan.access.federation import Bridge, Entry
from nhi_scan.access.landings import Landed, Landings
from nhi_scan.inventory.build import Inventory
from nhi_scan.model.assertion import Assertion, issuer_key

_ACCOUNT = "serviceAccount:"
_IAM = "//iam.googleapis.com/"
_POOLS = "/workloadIdentityPools/"
_Place = tuple[bool, str, str, str, tuple[str, ...]]  # conditional, source, target, trust, what stays open


class Bridges:
    """All bridges of an inventory. Holders who become the same share *landings*: sets of entries.

    Attributes:
        landings: the sets, by number.
        holders: identities with a way into another cloud, by id and sorted -> the landings of each.
    """

    def __init__(self, inventory: Inventory, engines: Iterable[Engine] = ()) -> None:
        """Show all assertions to all engines; none: nobody becomes anybody."""
        self._inventory = inventory
        # Holder -> what its configuration asks for: as it is compared, and as it is written.
        self._asked: dict[str, dict[str, str]] = defaultdict(dict)
        found = self._show(list(engines))
        self.landings: tuple[tuple[Entry, ...], ...] = found.landings
        self.holders: Mapping[str, Sequence[int]] = found.holders

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.holders)

    def of(self, source_id: str, most: int | None = None) -> tuple[Bridge, ...]:
        """Return the bridges of a holder, those without an open condition first; of many as many as are wanted."""
        return self._bridges(
            ((source_id, entry) for number in self.holders.get(source_id, ()) for entry in self.landings[number]), most
        )

    def into(self, target_id: str, most: int | None = None) -> tuple[Bridge, ...]:
        """Return the bridges that end at an identity, as `of` does."""
        return self._bridges(
            (
                (holder, entry)
                for number in self.leading_to(target_id)
                for entry in self.landings[number]
                if entry.identity_id == target_id
                for holder in self.at(number)
            ),
            most,
        )

    def between(self, source_id: str, target_id: str) -> tuple[Bridge, ...]:
        """Return the bridges of a holder that end at an identity."""
        shared = set(self.holders.get(source_id, ())).intersection(self.leading_to(target_id))
        return self._bridges(
            (source_id, entry)
            for number in sorted(shared)
            for entry in self.landings[number]
            if entry.identity_id == target_id
        )

    def bridge(self, source_id: str, entry: Entry) -> Bridge:
        """Return an entry of a landing as the bridge of one of its holders."""
        asked = self._asked.get(source_id, ())
        return Bridge(
            source_id,
            entry.identity_id,
            conditional=entry.state is None,
            declared=bool(asked) and not self._names(entry).isdisjoint(asked),
            trust_id=entry.trust_id,
            statements=entry.statements,
            residual=entry.residual,
            detail=entry.detail,
        )

    def leading_to(self, target_id: str) -> Sequence[int]:
        """Return the numbers of the landings that an identity is in."""
        return self._into.get(target_id, ())

    def at(self, number: int) -> Sequence[str]:
        """Return the holders who get to a landing: their ids, sorted."""
        return self._at[number]

    def lets_in(self, trust_id: str) -> bool:
        """Say whether a trust, or a binding, lets anybody in."""
        return trust_id in self._by_trust

    def via(self, trust_id: str) -> tuple[str, ...]:
        """Return the holders whom a trust, or a binding, lets in: their ids, sorted."""
        numbers = self._by_trust.get(trust_id, ())
        return tuple(sorted({holder for number in numbers for holder in self._at[number]}))

    @cached_property
    def asked_in_vain(self) -> Mapping[str, tuple[str, ...]]:
        """Holders -> what their configuration asks for and no bridge leads to; sorted."""
        found = {}
        for holder in sorted(self._asked):
            asked = self._asked[holder]
            lacking = set(asked)
            for number in self.holders.get(holder, ()):
                lacking -= self._names_at[number]
            if lacking:
                found[holder] = tuple(sorted(asked[one] for one in lacking))
        return found

    def _show(self, engines: Sequence[Engine]) -> Landed:
        landings = Landings()
        taken = [(engine, engine.trusted_issuers) for engine in engines]
        everybody = frozenset().union(*(issuers for _, issuers in taken))
        for giver in engines:
            for assertion in giver.issued(everybody):
                self._remember(assertion)
                key = issuer_key(assertion.issuer)
                for taker, issuers in taken:
                    if not key or key in issuers:
                        landings.land(assertion, taker.entries(assertion))
        return landings.finish()

    def _remember(self, assertion: Assertion) -> None:
        """Note what the configuration of a holder asks for."""
        if assertion.asks_for:
            self._asked[assertion.holder_id].update((_compared(one), one) for one in assertion.asks_for)

    def _bridges(self, pairs: Iterable[tuple[str, Entry]], most: int | None = None) -> tuple[Bridge, ...]:
        """Sort, and of several over the same trust keep the one that asks least of its holder."""
        places: dict[_Place, tuple[str, Entry]] = {}
        for source_id, entry in pairs:
            place = (entry.state is None, source_id, entry.identity_id, entry.trust_id, entry.residual)
            known = places.setdefault(place, (source_id, entry))
            if entry.detail < known[1].detail:
                places[place] = (source_id, entry)
        kept: dict[tuple[str, str, str], tuple[str, Entry]] = {}
        for place in sorted(places):
            if most is not None and len(kept) == most:
                break
            kept.setdefault(place[1:4], places[place])
        return tuple(self.bridge(source_id, entry) for source_id, entry in kept.values())

    def _names(self, entry: Entry) -> frozenset[str]:
        """What can be asked for to make use of an entry, as it is compared."""
        key = (entry.identity_id, entry.trust_id)
        found = self._known_names.get(key)
        if found is None:
            called = (*self._called(entry.identity_id), *self._provided(entry.trust_id))
            found = self._known_names[key] = frozenset(map(_compared, called))
        return found

    @cached_property
    def _known_names(self) -> dict[tuple[str, str], frozenset[str]]:
        return {}

    @cached_property
    def _names_at(self) -> Sequence[frozenset[str]]:
        """What can be asked for to get to each landing."""
        return [frozenset().union(*(self._names(one) for one in landing)) for landing in self.landings]

    def _provided(self, trust_id: str) -> Iterator[str]:
        """Yield what a configuration can call the provider of a pool: with its project's id, or with its number."""
        if _POOLS in trust_id:
            name = trust_id.removeprefix(_IAM)
            yield name
            resource = self._inventory.resources.get(trust_id)
            scope = self._inventory.scopes.get(resource.scope_id) if resource is not None else None
            if scope is not None and scope.number:
                yield f"projects/{scope.number}/locations/{name.partition('/locations/')[2]}"

    def _called(self, identity_id: str) -> Iterator[str]:
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
    def _at(self) -> Sequence[Sequence[str]]:
        """Holders by landing."""
        found: list[list[str]] = [[] for _ in self.landings]
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
        return dict(found)


def _compared(name: str) -> str:
    """What is asked for as it is compared: AWS tells capitals apart, addresses and client ids do not."""
    return name if name.startswith("arn:") else name.lower()
