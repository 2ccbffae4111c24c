"""What a page of a very large estate leaves out, and that it says so: counts are of everything."""

from collections import Counter

import pytest

from nhi_scan.findings.assessment import Assessment
from nhi_scan.report.figures import LIVE
from nhi_scan.report.html.page import page_data
from nhi_scan.report.html.selection import Tally, select
from tests.e2e.estates import readable


@pytest.fixture(scope="module")
def estate() -> Assessment:
    return readable()


def test_nothing_is_left_out_of_what_fits(estate: Assessment) -> None:
    everything = select(estate)

    assert everything.detailed == estate.inventory.identities.keys()
    assert everything.findings == estate.findings
    assert everything.tallies is None
    assert everything.unlisted == Counter()


def test_the_most_privileged_are_in_detail_then_those_with_the_worst_findings(estate: Assessment) -> None:
    few = select(estate, detailed=30)

    assert len(few.detailed) == 30
    names = {estate.inventory.identities[one].name for one in few.detailed}
    assert names >= {"terraform-admin", "github-deploy", "jenkins-legacy"}
    worst = {"critical": 4, "high": 3, "medium": 2, "low": 1, "info": 0}

    def worst_of(identity_id: str) -> int:
        found = [one for one in estate.findings if one.identity_id == identity_id and one.state in LIVE]
        return max((worst[one.severity.value] for one in found), default=-1)

    levels = {one.level for id_, one in estate.privileges.items() if id_ not in few.detailed}
    assert not levels & {"administrator", "can_become_administrator"}
    kept, rest = (
        [
            worst_of(id_)
            for id_, one in estate.privileges.items()
            if one.level == "ordinary" and (id_ in few.detailed) is in_
        ]
        for in_ in (True, False)
    )
    assert kept
    assert min(kept) >= max(rest)


def test_some_findings_of_every_rule_are_listed_and_the_rest_is_counted(estate: Assessment) -> None:
    few = select(estate, listed=20)

    assert len(few.findings) == 20
    assert list(few.findings) == [one for one in estate.findings if one in few.findings]  # in their order
    live = Counter(one.rule_id for one in estate.findings if one.state in LIVE)
    listed = Counter(one.rule_id for one in few.findings if one.state in LIVE)
    assert listed + few.unlisted == live
    assert {one.severity.value for one in few.findings} >= {"critical", "high"}


def test_findings_are_listed_while_there_is_room_for_their_evidence(estate: Assessment) -> None:
    pieces = sum(len(one.evidence) for one in estate.findings)
    assert select(estate, proven=pieces).findings == estate.findings
    few = select(estate, proven=pieces - 1)
    assert 0 < len(few.findings) < len(estate.findings)
    assert sum(len(one.evidence) for one in few.findings) < pieces
    assert few.tallies is not None


def test_what_the_findings_about_an_identity_come_to_is_of_all_of_them(estate: Assessment) -> None:
    few = select(estate, listed=5)
    assert few.tallies is not None

    for identity_id, tally in few.tallies.items():
        found = [one for one in estate.findings if one.identity_id == identity_id and one.state in LIVE]
        assert tally == Tally(
            live=len(found),
            worst=max(one.severity.rank for one in found),
            questions=tuple(sorted({one.question for one in found})),
        )


def test_the_page_has_a_line_about_everyone_and_says_how_many_findings_there_are(estate: Assessment) -> None:
    packed = page_data(estate, select(estate, detailed=3, listed=5))

    assert [row[0] for row in packed["identities"]] == list(estate.inventory.identities)
    assert sorted({len(row) for row in packed["identities"]}) == [13, 27]
    assert sum(len(row) == 27 for row in packed["identities"]) == 3
    assert (len(packed["findings"]), packed["findings_total"]) == (5, len(estate.findings))
    whole = page_data(estate)
    brief = {row[0]: row[:12] for row in whole["identities"]}
    listed = [column for column in range(12) if column not in (4, 9)]  # numbers of other tables
    for row in packed["identities"]:
        assert [row[column] for column in listed] == [brief[row[0]][column] for column in listed]
