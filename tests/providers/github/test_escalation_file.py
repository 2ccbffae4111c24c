"""The catalogue that is shipped, and what the strict reader says of one that is wrong."""

import re

import pytest

from nhi_scan.access.github.permissions import github_catalogue
from nhi_scan.model.errors import UserError
from nhi_scan.providers.github.escalation import parse, techniques

WHOLE = """
format_version: 1
techniques:
  - id: github-one
    title: Do one thing
    by: holder
    target: code
    requires: [{permission: contents=write, at: repository}]
    yields: become
"""


def test_ids_say_whose_they_are_and_titles_are_orders() -> None:
    catalogue = techniques()
    assert catalogue.provider == "github"
    assert len(catalogue.techniques) >= 25
    for technique in catalogue.techniques:
        assert re.fullmatch(r"github-[a-z0-9-]+", technique.id)
        assert technique.title[0].isupper()
        assert not technique.title.endswith((".", " ")), technique.id


def test_every_technique_names_its_documentation_and_what_att_and_ck_calls_it() -> None:
    for technique in techniques().techniques:
        assert technique.docs, technique.id
        known = ("https://docs.github.com/", "https://securitylab.github.com/")
        assert all(page.startswith(known) for page in technique.docs)
        assert technique.attack, technique.id
        assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", one) for one in technique.attack), technique.id


def test_every_permission_exists() -> None:
    known = github_catalogue(())
    catalogue = techniques()
    named = {name for row in catalogue.techniques for name in row.permissions}
    named |= {name for row in catalogue.not_by_itself for name in row.permissions}
    named |= {row.action for row in catalogue.sensitive}
    assert [name for name in sorted(named) if not known.knows(name)] == []


def test_what_is_injected_is_said_where_something_is() -> None:
    for technique in techniques().techniques:
        assert bool(technique.contexts) == (technique.finds == "injects"), technique.id


def test_a_right_one_is_read() -> None:
    (technique,) = parse(WHOLE).techniques
    assert technique.permissions == ("contents=write",)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format_version: 1", "format_version: 2", "`format_version` of the escalation catalogue is not 1"),
        ("by: holder", "by: nobody", "unknown word `nobody` at techniques[0].by"),
        ("target: code", "target: codes", "unknown word `codes` at techniques[0].target"),
        ("yields: become", "yields: all", "unknown word `all` at techniques[0].yields"),
        ("yields: become", "yields: become\n    finds: none", "unknown word `none` at techniques[0].finds"),
        ("by: holder", "by: anyone", "permissions are required of a holder, and of nobody else, at techniques[0]"),
        ("contents=write", "contents:write", "`contents:write` at techniques[0].requires[0]"),
        ("at: repository", "at: job", "unknown word `job` at techniques[0].requires[0].at"),
        ("    title: Do one thing\n", "", "`title` is missing at techniques[0]"),
        ("yields: become", "yields: become\n    event: [push]", "unknown key `event` at techniques[0]"),
        ("techniques:", "sensitive: [{kind: a}]\ntechniques:", "`action` is missing at sensitive[0]"),
    ],
)
def test_a_wrong_one_is_refused_with_its_place(old: str, new: str, message: str) -> None:
    assert old in WHOLE
    with pytest.raises(UserError, match=re.escape(message)):
        parse(WHOLE.replace(old, new))
