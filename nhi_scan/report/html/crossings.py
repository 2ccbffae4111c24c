"""Who becomes whom of another cloud, as rows for the page's script."""

from collections.abc import Callable, Iterator
from typing import Any

from nhi_scan.access.bridges import Bridges
from nhi_scan.access.federation import Bridge
from nhi_scan.report.html.selection import Selection
from nhi_scan.report.html.statements import Citations

_SHOWN = (200, 100, 50, 20, 10, 5, 2, 1)  # of one identity in either direction; the JSON report has all
_MOST = 40_000  # of all identities: where a hundred roles trust 20,000 accounts, a page of all would be 200 MB


def rows(
    bridges: Bridges,
    selection: Selection,
    citations: Citations,
    text: Callable[[str], int],
    pointer: Callable[[str], int | str],
) -> list[list[Any]]:
    """Return the bridges of identities that the page holds everything of, read in `scripts/data.js`.

    Each is `[source, target, conditional, declared, detail, statements, open questions]`, sorted.
    """
    found = sorted(set(_shown(bridges, selection)), key=lambda one: (one.source_id, one.target_id, one.trust_id))
    return [
        [
            pointer(one.source_id),
            pointer(one.target_id),
            int(one.conditional),
            int(one.declared),
            text(one.detail),
            citations.cite(one.statements),
            [text(question) for question in one.residual],
        ]
        for one in found
    ]


def _shown(bridges: Bridges, selection: Selection) -> Iterator[Bridge]:
    if not bridges:
        return
    most = _most(bridges, selection)
    for identity_id in selection.detailed:
        yield from bridges.of(identity_id, most)
        yield from bridges.into(identity_id, most)


def _most(bridges: Bridges, selection: Selection) -> int:
    """Choose how many of each identity are shown, so that the page stays one that a browser opens."""
    out = [len(landing) for landing in bridges.landings]
    back = [len(bridges.at(number)) for number in range(len(bridges.landings))]
    counts: list[int] = []
    for identity_id in selection.detailed:
        counts.append(sum(out[number] for number in bridges.holders.get(identity_id, ())))
        counts.append(sum(back[number] for number in bridges.leading_to(identity_id)))
    fitting = (most for most in _SHOWN if sum(min(count, most) for count in counts) <= _MOST)
    return next(fitting, _SHOWN[-1])
