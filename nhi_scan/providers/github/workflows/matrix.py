"""The combinations of a job's matrix, as far as they are written in the file.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstrategymatrix
"""

from itertools import product

from nhi_scan.providers.github.workflows.expressions import Known, resolve
from nhi_scan.providers.github.workflows.nodes import Listing, Node, Scalar, Table

_MOST = 256  # jobs of a matrix: GitHub makes no more
_DEEPEST = 4

Combination = dict[str, tuple[str, ...]]  # `matrix.account` -> its text; what cannot be told is missing


def combinations(strategy: Table, known: Known) -> tuple[Combination, ...]:
    """Return what `matrix` holds in each of the jobs that a job becomes; one that knows nothing where nobody can tell.

    Args:
        strategy: the job's key `strategy`.
        known: what is known of other contexts (inputs).
    """
    matrix = strategy.get("matrix")
    if not isinstance(matrix, Table):
        return ({},)
    axes = {
        name: values.items
        for name, values in matrix.items.items()
        if name not in ("include", "exclude") and isinstance(values, Listing)
    }
    count = 1
    for values in axes.values():
        count *= max(len(values), 1)
        if count > _MOST:
            return ({},)
    found = [_merged(zip(axes, chosen, strict=True), known) for chosen in product(*axes.values())] if axes else []
    out = _entries(matrix.get("exclude"), known)
    found = [one for one in found if not _excluded(one, out)]
    return tuple(_included(found, set(axes), matrix.get("include"), known)[:_MOST]) or ({},)


def _merged(pairs: "zip[tuple[str, Node]] | list[tuple[str, Node]]", known: Known) -> Combination:
    one: Combination = {}
    for name, value in pairs:
        _flatten(f"matrix.{name.lower()}", value, known, one, 0)
    return one


def _flatten(path: str, value: Node, known: Known, into: Combination, depth: int) -> None:
    """`matrix.target.account` of an axis whose values are mappings."""
    if isinstance(value, Scalar):
        into[path] = resolve("" if value.null else value.value, known)
    elif isinstance(value, Table) and depth < _DEEPEST:
        for name, inner in value.items.items():
            _flatten(f"{path}.{name.lower()}", inner, known, into, depth + 1)


def _entries(node: Node | None, known: Known) -> list[Combination]:
    items = node.items[:_MOST] if isinstance(node, Listing) else ()
    return [_merged(list(item.items.items()), known) for item in items if isinstance(item, Table)]


def _excluded(one: Combination, out: list[Combination]) -> bool:
    return any(entry and all(one.get(path) == values for path, values in entry.items()) for entry in out)


def _included(found: list[Combination], axes: set[str], include: Node | None, known: Known) -> list[Combination]:
    """Each entry is added to the combinations of which it changes no axis; where there is none, it is one by itself."""
    originals = [dict(one) for one in found]
    alone: list[Combination] = []
    own = {f"matrix.{name.lower()}" for name in axes}
    for entry in _entries(include, known):
        fits = [
            one
            for one, original in zip(found, originals, strict=True)
            if all(original.get(path) == values for path, values in entry.items() if _axis(path) in own)
        ]
        for one in fits:
            one.update(entry)
        if not fits:
            alone.append(entry)
    return found + alone


def _axis(path: str) -> str:
    return ".".join(path.split(".")[:2])
