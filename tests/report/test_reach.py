from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.access.catalogue import Catalogue
from nhi_scan.report.reach import Services

NAMES = ["a:Get", "a:List", "a:Put", "b:Tag", "c:Get", "c:PutPolicy", "c:Zap"]
KINDS = dict(zip(NAMES, "RLWTRP?", strict=True))
CATALOGUE = Catalogue(NAMES, "".join(KINDS.values()), "test", extra=["a:Future", "zz:New"])
SERVICES = Services(CATALOGUE)


def test_nothing_is_no_service() -> None:
    assert SERVICES.of(0) == {}


def test_everything_names_each_service_once_with_all_its_kinds() -> None:
    assert SERVICES.of(CATALOGUE.everything) == {"a": "LRW?", "b": "T", "c": "RP?", "zz": "?"}


@given(st.sets(st.integers(0, len(CATALOGUE.names) - 1)))
def test_every_set_is_named_as_reading_its_actions_one_by_one_would(chosen: set[int]) -> None:
    expected: dict[str, set[str]] = {}
    for index in chosen:
        name = CATALOGUE.names[index]
        letter = next((KINDS[known] for known in NAMES if known.lower() == name), "?")
        expected.setdefault(name.partition(":")[0], set()).add(letter)
    found = SERVICES.of(sum(1 << index for index in chosen))
    assert {service: set(letters) for service, letters in found.items()} == expected
    assert list(found) == sorted(found)
