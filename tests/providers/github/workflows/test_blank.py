"""Keys that are written out in a workflow file are not kept."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nhi_scan.providers.github.workflows.blank import blanked
from nhi_scan.providers.github.workflows.jobs import read_jobs, read_workflow
from nhi_scan.providers.github.workflows.nodes import MalformedError, load

CANARY = "cAnArY7f3a"
TEXT = f"""\
on: push
permissions: {{id-token: write}}
env:
  AWS_SECRET_ACCESS_KEY: {CANARY}
  DB_PASSWORD: "{CANARY} é"
  NPM_TOKEN: ${{{{ secrets.NPM_TOKEN }}}}
  REGION: eu-west-1
  AZURE_CREDENTIALS: |
    {{"clientSecret":
     "{CANARY}"}}
  LAST: x
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: {{persist-credentials: false, token: {CANARY}, ref: main}}
      - run: |
          export AWS_SECRET_ACCESS_KEY={CANARY}
          export PASSWORD='{CANARY}'
          export TOKEN=$OTHER
          echo kept
      - run: curl -u me:ghp_{CANARY}{"a" * 30}
  b:
    uses: ./.github/workflows/x.yml
    secrets: inherit
"""


def test_keys_go_and_all_else_stays_where_it_is() -> None:
    kept = blanked(TEXT)
    assert CANARY not in kept
    assert kept.count("\n") == TEXT.count("\n")
    for line in (
        "permissions: {id-token: write}",
        "  NPM_TOKEN: ${{ secrets.NPM_TOKEN }}",
        "  REGION: eu-west-1",
        "  LAST: x",
        "          export TOKEN=$OTHER",
        "          echo kept",
        "    secrets: inherit",
    ):
        assert kept.splitlines()[TEXT.splitlines().index(line)] == line


def test_what_is_found_is_the_same() -> None:
    before, after = (read_jobs(read_workflow(text), {}) for text in (TEXT, blanked(TEXT)))
    assert [job.facts for job in before] == [job.facts for job in after]
    assert {fact.value for fact in after[0].facts if fact.kind == "literal_key"} == {
        "AWS_SECRET_ACCESS_KEY",
        "AZURE_CREDENTIALS",
    }


@pytest.mark.parametrize(
    "text",
    [
        f"env:\n  SECRET: {CANARY}\n\tbroken: [\n",
        f"env:\n  AZURE_CREDENTIALS: |\n    {{\n    {CANARY}\n    }}\n\tbroken: [\n",
        f"a: |\n  -----BEGIN RSA PRIVATE KEY-----\n  {CANARY}\n  -----END RSA PRIVATE KEY-----\nb: 1\n",
        f"a: 1\n---\napi_key: '{CANARY}'\n",
        f"env: {{API_KEY: &k {CANARY}, OTHER_TOKEN: *k}}\n",
        f"env:\n  TOKEN: {CANARY}\n    {CANARY}\n  X: y\n",
    ],
)
def test_in_odd_places_too(text: str) -> None:
    kept = blanked(text)
    assert CANARY not in kept
    assert kept.count("\n") == text.count("\n")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(TEXT.splitlines(keepends=True)), max_size=12).map("".join))
def test_what_was_yaml_still_is(text: str) -> None:
    kept = blanked(text)
    assert kept.count("\n") == text.count("\n")
    assert parses(kept) or not parses(text)


def parses(text: str) -> bool:
    try:
        load(text)
    except MalformedError:
        return False
    return True
