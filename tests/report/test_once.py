from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.report.once import Once


@given(st.lists(st.text(max_size=3), max_size=30))
def test_equal_values_have_one_key_and_different_ones_have_two(values: list[str]) -> None:
    once: Once[str] = Once(lambda text: text.encode())
    keys = [once.key(value) for value in values]
    assert dict(once.items()) == dict(zip(keys, values, strict=True))
    assert len(set(keys)) == len(set(values))
    assert [key for key, _ in once.items()] == sorted(set(keys))


def test_a_key_does_not_depend_on_what_else_there_is() -> None:
    alone: Once[str] = Once(str.encode)
    among: Once[str] = Once(str.encode)
    for number in range(1_000):
        among.key(f"other {number}")
    assert alone.key("value") == among.key("value") == blake2b(b"value").hexdigest()[:8]


@pytest.fixture(scope="module")
def colliding() -> tuple[str, str]:
    """Two texts whose digests begin with the same eight digits: a birthday among a few hundred thousand."""
    seen: dict[bytes, int] = {}
    number = 0
    while True:
        digest = blake2b(str(number).encode()).digest()[:4]
        if digest in seen:
            return str(seen[digest]), str(number)
        seen[digest] = number
        number += 1


def test_a_value_whose_key_is_taken_has_a_longer_one(colliding: tuple[str, str]) -> None:
    first, second = colliding
    once: Once[str] = Once(str.encode)
    short, long = once.key(first), once.key(second)
    assert (len(short), len(long), long[:8]) == (8, 12, short)
    assert dict(once.items()) == {short: first, long: second}
