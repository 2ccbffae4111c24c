"""The combinations of a matrix."""

import pytest

from nhi_scan.providers.github.workflows.matrix import combinations
from nhi_scan.providers.github.workflows.nodes import Table, load


def found(text: str) -> list[dict[str, str]]:
    strategy = load(f"matrix: {text}\n")
    assert isinstance(strategy, Table)
    known = {"inputs.region": ("eu", "us")}
    return [
        {path.removeprefix("matrix."): "|".join(values) for path, values in one.items()}
        for one in combinations(strategy, known)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{a: [1, 2], b: [x]}", [{"a": "1", "b": "x"}, {"a": "2", "b": "x"}]),
        ("{a: [1, 2], include: [{a: 1, c: y}]}", [{"a": "1", "c": "y"}, {"a": "2"}]),
        ("{a: [1], include: [{c: z}, {a: 3}]}", [{"a": "1", "c": "z"}, {"a": "3"}]),
        ("{include: [{a: 1}, {a: 2}]}", [{"a": "1"}, {"a": "2"}]),
        ("{a: [1, 2], exclude: [{a: 1}]}", [{"a": "2"}]),
        ("{t: [{account: 1, name: n}]}", [{"t.account": "1", "t.name": "n"}]),
        ("{a: ['${{ inputs.region }}', '${{ vars.X }}']}", [{"a": "eu|us"}, {"a": "?"}]),
        ("${{ fromJSON(needs.x.outputs.y) }}", [{}]),
        ("{a: '${{ fromJSON(vars.A) }}'}", [{}]),
    ],
)
def test_combinations(text: str, expected: list[dict[str, str]]) -> None:
    assert found(text) == expected


def test_more_than_github_allows_is_unknown() -> None:
    axis = "[" + ", ".join(map(str, range(20))) + "]"
    assert found(f"{{a: {axis}, b: {axis}}}") == [{}]
