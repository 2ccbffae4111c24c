"""Where all that a technique requires is held together: in a namespace, in the whole cluster, on named objects."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from nhi_scan.access.kubernetes.escalation.held import Held, Names
from nhi_scan.access.kubernetes.escalation.technique import Requirement, Technique
from nhi_scan.model.kube_ids import cluster_of, namespace
from nhi_scan.model.record import record

Places = Mapping[str, Names]


@record
class Ground:
    """Where a technique can be used."""

    scope_id: str  # a namespace, or the whole cluster
    names: Names = None  # of the objects that it can be used on; None: all
    conditional: bool = False

    @property
    def everywhere(self) -> bool:
        """Whether it is the whole cluster."""
        return "/" not in self.scope_id


def grounds(technique: Technique, held: Held) -> list[Ground]:
    """Return where a stack holds all that a technique requires, sorted."""
    first, *others = technique.requires
    places = _merged(first, held)
    found: list[Ground] = [Ground(scope_id=scope_id, names=names) for scope_id, names in sorted(places.items())]
    if technique.namespaces:
        found = [one for ground in found for one in _narrowed(ground, technique.namespaces)]
    for requirement in others:
        elsewhere = _merged(requirement, held)
        found = [one for ground in found for one in _joined(ground, requirement, elsewhere)]
    return found


def _merged(requirement: Requirement, held: Held) -> Places:
    """Put together where one of several actions is held."""
    found: dict[str, Names] = {}
    for action in requirement.actions:
        for scope_id, names in held.get(action, {}).items():
            known = found.get(scope_id, frozenset())
            found[scope_id] = None if known is None or names is None else known | names
    if not requirement.names:
        return found
    wanted = frozenset(requirement.names)
    return {scope_id: None for scope_id, names in found.items() if names is None or wanted & names}


def _narrowed(ground: Ground, names: tuple[str, ...]) -> Iterator[Ground]:
    for name in names:
        own = namespace(cluster_of(ground.scope_id), name)
        if ground.everywhere or ground.scope_id == own:
            yield replace(ground, scope_id=own)


def _joined(ground: Ground, requirement: Requirement, places: Places) -> Iterable[Ground]:
    """Yield what is left of a ground where something else has to be held as well."""
    cluster_id = cluster_of(ground.scope_id)
    if requirement.at == "anywhere":
        return [ground] if places else []
    if requirement.at == "cluster":
        # Of a right on named objects nobody can tell whether they are the ones that it takes.
        found = ground if places.get(cluster_id) is None else replace(ground, conditional=True)
        return [found] if cluster_id in places else []
    if ground.scope_id in places or cluster_id in places:
        names = _either(places, ground.scope_id, cluster_id)
        return _within(ground, requirement, names)
    if not ground.everywhere:
        return []
    return [
        one
        for scope_id in sorted(places)
        for one in _within(replace(ground, scope_id=scope_id), requirement, places[scope_id])
    ]


def _within(ground: Ground, requirement: Requirement, names: Names) -> list[Ground]:
    """On the target the same objects have to be meant; beside it, what is about named objects alone may not fit."""
    if names is None:
        return [ground]
    if requirement.at == "namespace":
        return [replace(ground, conditional=True)]
    common = names if ground.names is None else ground.names & names
    return [replace(ground, names=common)] if common else []


def _either(places: Places, *scope_ids: str) -> Names:
    found: frozenset[str] = frozenset()
    for scope_id in scope_ids:
        names = places.get(scope_id, frozenset())
        if names is None:
            return None
        found |= names
    return found
