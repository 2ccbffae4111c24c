"""What `${{ ... }}` can stand for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.providers.github.workflows.expressions import expressions, operands, paths, resolve, secrets_in

KNOWN = {"env.a": ("1", "2"), "matrix.b": ("x",), "inputs.long-name": ("l",), "inputs.empty": ("",)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ("plain",)),
        ("", ("",)),
        ("${{ matrix.b }}", ("x",)),
        ("${{ MATRIX.B }}", ("x",)),
        ("${{ matrix['b'] }}-${{ env.A }}", ("x-1", "x-2")),
        ("${{ inputs.long-name }}", ("l",)),
        ("${{ inputs.empty }}", ("",)),
        ("arn:${{ vars.ACCOUNT }}:x", ("arn:?:x",)),
        ("${{ secrets.ROLE }}", ("?",)),
        ("${{ 'it''s' }}", ("it's",)),
        ("${{ '}}' }}", ("}}",)),
        ("${{ github.ref == 'refs/heads/main' && 'prod' || 'dev' }}", ("dev", "prod")),
        ("${{ (github.ref == 'a' && env.a) || 'dev' }}", ("1", "2", "dev")),
        ("${{ env.missing || 'fallback' }}", ("?", "fallback")),
        ("${{ format('{0}', env.a) }}", ("?",)),
        ("${{ unclosed", ("${{ unclosed",)),
        ("${{ 'unclosed }}", ("${{ 'unclosed }}",)),
        ("$ {{ env.a }}", ("$ {{ env.a }}",)),
    ],
)
def test_resolved(text: str, expected: tuple[str, ...]) -> None:
    assert resolve(text, KNOWN) == expected


def test_too_many_are_none_that_is_known() -> None:
    assert resolve("${{ env.a }}" * 10, KNOWN) == ("?",)


def test_secrets_are_found_however_they_are_written() -> None:
    text = "${{ secrets.A }} ${{ secrets['B'] || Secrets.c }} secrets.D ${{ toJSON(secrets) }} ${{ 'secrets.E' }}"
    assert secrets_in(text) == ("?", "A", "B", "c")


def test_contexts_of_an_expression() -> None:
    assert paths("toJSON(github.event['issue'].title) == 'env.x'") == ("tojson", "github.event.issue.title")
    assert paths("github.event.commits[0].message") == ("github.event.commits.*.message",)


def test_what_is_only_true_or_false_is_no_operand() -> None:
    assert operands("contains(github.head_ref, 'x') && 'a' || github.head_ref != 'b'") == ("'a'",)


@given(st.text(alphabet=st.sampled_from("${}'ab.|&()[] =?\n"), max_size=60))
def test_any_text_is_resolved_and_nothing_is_lost(text: str) -> None:
    found = resolve(text, KNOWN)
    assert found
    if next(expressions(text), None) is None:
        assert found == (text,)


def test_many_openings_take_no_time() -> None:
    assert resolve("${{ '" * 100_000, {})[0].startswith("${{ '")
