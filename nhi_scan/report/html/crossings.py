"""Who becomes whom of another cloud, as rows for the page's script."""

from collections.abc import Callable, Iterator
from typing import Any

from nhi_scan.access.bridges import Bridges
from nhi_scan.access.federation import Bridge
from nhi_scan.report.html.selection import Selection
from nhi_scan.report.html.statements import Citations

_SHOWN = 200  # of one identity in either direction; the JSON report has all


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
    for identity_id in selection.detailed:
        yield from bridges.of(identity_id)[:_SHOWN]
        yield from bridges.into(identity_id)[:_SHOWN]
