"""Holders who become the same share sets, however they are put together."""

from nhi_scan.access.federation import Entry
from nhi_scan.access.landings import Landings
from nhi_scan.model.assertion import Assertion


def entries(*names: str) -> tuple[Entry, ...]:
    return tuple(Entry(name, "trust", state=True) for name in names)


def test_what_all_trust_and_what_one_trusts_are_sets_of_their_own() -> None:
    landings = Landings()
    everybody = [f"wide-{number:02}" for number in range(20)]
    wanted = {f"job-{number}": {*everybody, f"own-{number}"} for number in range(30)}
    for holder, names in wanted.items():
        landings.land(Assertion(holder_id=holder, provider="github", issuer="x"), entries(*sorted(names)))
    found = landings.finish()
    assert sum(map(len, found.landings)) == 50
    got = {
        holder: {one.identity_id for number in numbers for one in found.landings[number]}
        for holder, numbers in found.holders.items()
    }
    assert got == wanted


def test_nobody_lands_at_itself_and_what_is_open_is_not_sure() -> None:
    landings = Landings()
    many = entries(*[f"id-{number}" for number in range(9)])
    landings.land(Assertion(holder_id="id-3", provider="aws", issuer="x", open="a rule is missing"), many)
    landings.land(Assertion(holder_id="id-1", provider="aws", issuer="x"), many[1:2])
    found = landings.finish()
    reached = [one for number in found.holders["id-3"] for one in found.landings[number]]
    assert "id-3" not in {one.identity_id for one in reached}
    assert len(reached) == 8
    assert {(one.state, one.residual) for one in reached} == {(None, ("a rule is missing",))}
    assert "id-1" not in found.holders
