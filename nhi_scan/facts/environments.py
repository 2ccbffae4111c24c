"""Facts about environments: whether what reaches an identity is of production, of something else, or of both.

Nobody declares it: it is told by the names and tags of the accounts, projects, subscriptions and namespaces that things
lie in, and by the environment that a job of a workflow runs in.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact
from nhi_scan.model.finding import Evidence, SubjectKind
from nhi_scan.model.identity import Identity, Workload
from nhi_scan.model.scope import Scope

PRODUCTION, OTHER = "production", "non_production"
_PRODUCTION = frozenset({"live", "prd", "prod", "production"})
_OTHER = frozenset(
    {
        "dev",
        "development",
        "lab",
        "nonprod",
        "nonproduction",
        "preprod",
        "preview",
        "qa",
        "sandbox",
        "stage",
        "staging",
        "stg",
        "test",
        "testing",
        "tst",
        "uat",
    }
)
_NEGATIONS = frozenset({"non", "not", "pre"})
_TAGS = frozenset({"env", "environment", "stage", "tier"})
_WORD = re.compile(r"[a-z]+")
_Reason = tuple[str, str]  # which of the two, and what tells it
_Source = tuple[str, str, str]  # which of the two, what is of it, and what tells it


@fact("identity", "boolean")
def identity_environments_mixed(estate: Estate) -> list[bool]:
    """Whether both something of production and something that is not can become it, as far as names and tags tell."""
    return [len({kind for kind, _, _ in _reached_from(estate, one)}) > 1 for one in estate.identities]


@fact("identity", "text")
def identity_reached_from(estate: Estate) -> list[str]:
    """What of production and what else can become it, one of each."""
    return [_told(_reached_from(estate, one)) for one in estate.identities]


def reached_from(estate: Estate, subject: SubjectKind, subject_id: str) -> list[Evidence]:
    """What can become the identity, with what tells its environment: the first of each."""
    identity = estate.inventory.identities.get(subject_id) if subject == "identity" else None
    if identity is None:
        return []
    first: dict[str, Evidence] = {}
    for kind, who, why in _reached_from(estate, identity):
        first.setdefault(kind, Evidence("fact", f"{_called(estate, who)} is of {_spelled(kind)}: {why}", who))
    return [first[kind] for kind in sorted(first, reverse=True)]


def environment_of(name: str) -> str:
    """Return which environment a name is of: `production`, `non_production`, or empty where it does not say."""
    words = _WORD.findall(name.lower())
    negated = any(word in _NEGATIONS and after in _PRODUCTION for word, after in pairwise(words))
    if negated or not _OTHER.isdisjoint(words):
        return OTHER
    return PRODUCTION if not _PRODUCTION.isdisjoint(words) else ""


def _told(reached: Iterable[_Source]) -> str:
    first: dict[str, str] = {}
    for kind, _, why in reached:
        first.setdefault(kind, why)
    return " and ".join(f"{_spelled(kind)} ({first[kind]})" for kind in sorted(first, reverse=True))


def _spelled(kind: str) -> str:
    return kind.replace("_", "-")


def _called(estate: Estate, id_: str) -> str:
    inventory = estate.inventory
    known = inventory.identities.get(id_) or inventory.workloads.get(id_)
    return known.name if known is not None else id_


def _reached_from(estate: Estate, identity: Identity) -> list[_Source]:
    """Return what can become an identity and is of a known environment, the first of each, sorted."""
    known = estate.once(_reached_already)
    if identity.id not in known:
        known[identity.id] = _first(_sources(estate, identity.id, through=True))
    return known[identity.id]


def _reached_already(_estate: Estate) -> dict[str, list[_Source]]:
    """What was found for identities already, by id."""
    return {}


def _first(sources: Iterable[_Source]) -> list[_Source]:
    """Return the first of each environment, sorted: thousands may become the same."""
    first: dict[str, _Source] = {}
    for one in sources:
        if one[0] not in first or one < first[one[0]]:
            first[one[0]] = one
    return sorted(first.values())


def _sources(estate: Estate, identity_id: str, *, through: bool) -> Iterator[_Source]:
    """Yield workloads that run as it, holders of tokens that it trusts, and identities that may become it.

    A member of a pool of outside identities is nobody by itself: whoever is that member counts (`through`).
    """
    inventory = estate.inventory
    for workload in inventory.workloads_of.get(identity_id, ()):
        if identity_id in workload.runs_as:
            yield from _of_thing(estate, workload)
    for number in estate.access.bridges.leading_to(identity_id):
        yield from _landed(estate, number, through=through)
    for trust in inventory.trusts_of.get(identity_id, ()):
        if trust.subject_kind == "identity":
            yield from _of_holder(estate, trust.subject, through=through)


def _landed(estate: Estate, number: int, *, through: bool) -> list[_Source]:
    """Return the first of each environment of those who share a landing."""
    known = estate.once(_landed_already)
    if (number, through) not in known:
        holders = estate.access.bridges.at(number)
        found = (one for holder in holders for one in _of_holder(estate, holder, through=through))
        known[number, through] = _first(found)
    return known[number, through]


def _landed_already(_estate: Estate) -> dict[tuple[int, bool], list[_Source]]:
    """What was found for landings already, by their numbers."""
    return {}


def _of_holder(estate: Estate, holder: str, *, through: bool) -> Iterator[_Source]:
    source = estate.inventory.identities.get(holder)
    if source is None or source.managed_by_provider:
        return
    if source.kind != "federated_principal":
        yield from _of_thing(estate, source)
    elif through:
        yield from _sources(estate, holder, through=False)


def _of_thing(estate: Estate, thing: Identity | Workload) -> Iterator[_Source]:
    """Yield the environment of something: what it says itself, then the nearest place that says it."""
    # A repository is of no environment, whatever it is called: its jobs deploy to all of them.
    reason = _by_itself(thing) or (None if thing.provider == "github" else _by_place(estate, thing.scope_id))
    if reason is not None:
        yield reason[0], thing.id, reason[1]


def _by_itself(thing: Identity | Workload) -> _Reason | None:
    if thing.provider != "github":
        return _by_tags(thing.tags, thing.name)
    environment = dict(thing.attributes).get("environment", "")
    kind = environment_of(environment)
    return (kind, f"environment {environment}") if kind else None


def _by_tags(tags: Iterable[tuple[str, str]], of: str) -> _Reason | None:
    for key, value in tags:
        if key.lower() in _TAGS and (kind := environment_of(value)):
            return kind, f"tag {key}={value} of {of}"
    return None


def _by_place(estate: Estate, scope_id: str) -> _Reason | None:
    known = estate.once(_places)
    if scope_id not in known:
        chain = reversed(estate.inventory.scope_chain(scope_id))
        known[scope_id] = next((reason for scope in chain if (reason := _of_scope(scope)) is not None), None)
    return known[scope_id]


def _places(_estate: Estate) -> dict[str, _Reason | None]:
    """What is known of places already, by id."""
    return {}


def _of_scope(scope: Scope) -> _Reason | None:
    tagged = _by_tags(scope.tags, scope.name)
    if tagged is not None:
        return tagged
    kind = environment_of(scope.name)
    return (kind, f"{_KINDS.get(scope.kind, scope.kind.replace('_', ' '))} {scope.name}") if kind else None


_KINDS: Mapping[str, str] = {"organizational_unit": "unit"}
