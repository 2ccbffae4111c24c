"""Who becomes whom of another cloud, as the JSON report writes it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from nhi_scan.access.bridges import Bridges
from nhi_scan.access.federation import Entry
from nhi_scan.report.projection import Json, statement


def landings(bridges: Bridges) -> Iterator[Json]:
    """Yield who becomes what: those who become the same are one record."""
    holders: Mapping[int, list[str]] = defaultdict(list)
    for holder, numbers in bridges.holders.items():
        for number in numbers:
            holders[number].append(holder)
    for number, landing in enumerate(bridges.landings):
        yield {"holders": holders[number], "becomes": [_entry(one) for one in landing]}


def _entry(value: Entry) -> Json:
    return {
        "identity_id": value.identity_id,
        "trust_id": value.trust_id,
        "conditional": value.state is None,
        "statements": [statement(ref) for ref in value.statements],
        "open": list(value.residual),
        "detail": value.detail,
    }
