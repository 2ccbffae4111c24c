"""Values that no answer should have, and a way to put them anywhere into records."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

ODD: tuple[Any, ...] = (
    None,
    5,
    -1.5,
    10**400,
    True,
    "",
    "x",
    "/",
    "//",
    "9999-12-31T23:59:59-23:59",
    [],
    [None],
    ["x"],
    {},
    {"a": []},
    [[{}]],
    "\u202e</script>",
    "\ud800",
)


def changed(data: st.DataObject, records: list[Any], odd: Sequence[Any]) -> list[Any]:
    """Put up to three odd values somewhere into records."""
    found: Any = records
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([place for place in _places(found) if place]))
        found = _put(found, path, data.draw(st.sampled_from(odd)))
    return found


def unpacked(record: Any, region: str = "") -> tuple[str, dict[str, Any], Any]:
    """Take `{"of": fields, "record": what was answered}` apart, for a writer; anything else is a record by itself."""
    if isinstance(record, dict) and "record" in record:
        fields = record.get("of")
        return region, fields if isinstance(fields, dict) else {}, record["record"]
    return "", {}, record


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all values below."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in inner for place in ((*path, key), *_places(item, (*path, key)))]


def _put(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _put(copy[path[0]], path[1:], odd)
    return copy
