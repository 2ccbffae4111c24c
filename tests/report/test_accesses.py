"""Answers written by their difference from a set of services say the same as answers written out."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.access.summary import Summary
from nhi_scan.report.accesses import Accesses
from nhi_scan.report.reach import Services

NAMES = [f"service{number:03}:{verb}" for number in range(120) for verb in ("Get", "Put")]
CATALOGUE = Catalogue(NAMES, "RW" * 120, "test")
OTHER = Catalogue(["a:Get", "b:Get"], "RR", "test")
SERVICES = Services(CATALOGUE)


@dataclass(eq=False)
class Stack:
    actions: int
    certain: int = 0
    everywhere: int = 0
    complete: bool = True
    guardrails_known: bool = True
    memo: dict[object, object] = field(default_factory=dict)


@dataclass
class Engine:
    catalogue: Catalogue


def granted(stack: Stack, catalogue: Catalogue = CATALOGUE) -> Summary:
    return Summary(Engine(catalogue), "x", stack)  # type: ignore[arg-type] # asked for its catalogue alone


def resolved(accesses: Accesses) -> dict[str, dict[str, str]]:
    sets, answers = (dict(records) for records in accesses.records())
    return {
        key: {**(sets[answer["service_set"]] if answer["service_set"] else {}), **answer["services"]}
        for key, answer in answers.items()
    }


viewer = sum(CATALOGUE.bit(name) for name in NAMES if name.endswith("Get"))
changes = st.sets(st.integers(0, len(NAMES) - 1), max_size=12)


@given(st.lists(st.tuples(st.sampled_from([0, viewer, CATALOGUE.everything]), changes), max_size=12))
def test_a_set_and_what_differs_from_it_are_what_may_be_done(asked: list[tuple[int, set[int]]]) -> None:
    accesses = Accesses()
    stacks = [Stack(begin ^ sum(1 << index for index in changed)) for begin, changed in asked]
    keys = [accesses.key(granted(stack)) for stack in stacks]
    found = resolved(accesses)
    for key, stack in zip(keys, stacks, strict=True):
        assert found[key] == SERVICES.of(stack.actions)
    assert set(found) == set(keys)


def test_those_who_may_view_everything_and_a_little_more_share_one_set() -> None:
    accesses = Accesses()
    extra = [CATALOGUE.bit(name) for name in NAMES if name.endswith("Put")]
    keys = [accesses.key(granted(Stack(viewer | one))) for one in [0, *extra]]
    sets, answers = (dict(records) for records in accesses.records())
    (only,) = sets.values()
    assert only == SERVICES.of(viewer)
    assert answers[keys[0]]["services"] == {}
    assert answers[keys[1]]["services"] == {"service000": "RW"}


def test_who_lacks_a_service_of_a_set_is_not_described_by_it() -> None:
    accesses = Accesses()
    small, large = viewer & ~CATALOGUE.bit(NAMES[0]), viewer & ~CATALOGUE.bit(NAMES[2])
    keys = [accesses.key(granted(Stack(actions))) for actions in (small, large)]
    found = resolved(accesses)
    assert "service000" not in found[keys[0]]
    assert "service001" not in found[keys[1]]


@pytest.mark.parametrize(
    "other",
    [
        Stack(7, certain=1),
        Stack(7, everywhere=1),
        Stack(7, complete=False),
        Stack(7, guardrails_known=False),
        Stack(3),
        Stack(5),
    ],
)
def test_answers_that_differ_in_anything_have_keys_of_their_own(other: Stack) -> None:
    accesses = Accesses()
    assert accesses.key(granted(Stack(7))) != accesses.key(granted(other))
    assert accesses.key(granted(Stack(7))) == accesses.key(granted(Stack(7)))


def test_everything_is_one_answer_and_catalogues_of_two_clouds_do_not_mix() -> None:
    accesses = Accesses()
    everything = Stack(OTHER.everything, OTHER.everything, OTHER.everything)
    first = accesses.key(granted(everything, OTHER))
    second = accesses.key(granted(Stack(1), OTHER))
    third = accesses.key(granted(Stack(1)))
    found = resolved(accesses)
    assert found[first] == {"*": "LRWTP"}
    assert (found[second], found[third]) == ({"a": "R"}, {"service000": "R"})
