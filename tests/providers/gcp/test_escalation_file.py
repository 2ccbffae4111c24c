"""The catalogue that is shipped, and what the strict reader says of one that is wrong."""

import json
import re
from pathlib import Path

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers.gcp.escalation import parse, techniques

SHARED = Path(__file__).parents[4] / "shared" / "data" / "gcp" / "privesc_permissions.json"
WHOLE = """
format_version: 1
techniques:
  - id: gcp-one
    title: Do one thing
    target: service_account
    requires: [{permission: iam.serviceAccounts.actAs, at: target}]
    yields: become
"""


def test_ids_say_whose_they_are_and_titles_are_orders() -> None:
    catalogue = techniques()
    assert catalogue.provider == "gcp"
    assert len(catalogue.techniques) >= 100
    for technique in catalogue.techniques:
        assert re.fullmatch(r"gcp-[a-z0-9-]+", technique.id)
        assert technique.title[0].isupper()
        assert not technique.title.endswith((".", " ")), technique.id


def test_every_technique_names_its_documentation_and_what_att_and_ck_calls_it() -> None:
    for technique in techniques().techniques:
        assert technique.docs, technique.id
        assert all(
            page.startswith(("https://cloud.google.com/", "https://support.google.com/")) for page in technique.docs
        )
        assert technique.attack, technique.id
        assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", one) for one in technique.attack), technique.id


def test_words_that_mean_nothing_for_a_target_are_not_there() -> None:
    for technique in techniques().techniques:
        used = technique.target in ("workload", "cluster", "cluster_pool", "dag_bucket")
        assert bool(technique.workloads) == used, technique.id
        assert bool(technique.agents) == (technique.target == "agent"), technique.id
        assert not technique.exists or technique.attaches, technique.id
        assert technique.yields not in ("invoke", "unlisted") or technique.conditions, technique.id


@pytest.mark.skipif(not SHARED.exists(), reason="the list of known permissions is not here")
def test_what_others_call_escalating_is_in_a_technique_or_why_it_is_in_none_is_said() -> None:
    listed = json.loads(SHARED.read_text("utf-8"))
    catalogue = techniques()
    known = {name.lower() for technique in catalogue.techniques for name in technique.permissions}
    known |= {row.action.lower() for row in catalogue.sensitive}
    passed_over = {name.lower() for row in catalogue.not_by_itself for name in row.permissions}
    assert {name for name in listed if name.lower() not in known | passed_over} == set()
    assert passed_over <= {name.lower() for name in listed} - known


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("title: Do", "titel: Do", "unknown key `titel` at techniques[0]"),
        ("target: service_account", "target: service_acount", "unknown word `service_acount` at techniques[0].target"),
        ("yields: become", "yields: be", "unknown word `be` at techniques[0].yields"),
        ("yields: become", "needs: [luck]\n    yields: become", "unknown word `luck` at techniques[0].needs"),
        ("at: target", "at: home", "unknown word `home` at techniques[0].requires[0].at"),
        ("permission: iam.serviceAccounts.actAs, ", "", "`permission` is missing at techniques[0].requires[0]"),
        ("iam.serviceAccounts.actAs", "iam:PassRole", "`iam:PassRole` at techniques[0].requires[0]"),
        ("    title: Do one thing\n", "", "`title` is missing at techniques[0]"),
        ("format_version: 1", "format_version: 2", "`format_version` of the escalation catalogue is not 1"),
        ("format_version: 1", "format_version: 1\nsensitive: [{kind: secret}]", "`action` is missing at sensitive[0]"),
        ("[{permission: iam.serviceAccounts.actAs, at: target}]", "[]", "no permission is required at techniques[0]"),
        ("[{permission: iam.serviceAccounts.actAs, at: target}]", "{}", "`requires` at techniques[0]"),
        ("yields: become", "workloads: [1]\n    yields: become", "`1` in `workloads` at techniques[0]"),
        ("techniques:", "techniques: [", "the escalation catalogue is no YAML"),
        ("techniques:", "techniques: []\nmore:", "unknown key `more` at top"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(was: str, now: str, says: str) -> None:
    assert was in WHOLE
    with pytest.raises(UserError) as caught:
        parse(WHOLE.replace(was, now, 1))
    assert says in str(caught.value)


def test_a_right_one_is_read() -> None:
    (technique,) = parse(WHOLE).techniques
    assert technique.permissions == ("iam.serviceAccounts.actAs",)


def test_two_techniques_of_one_name_are_refused() -> None:
    row = WHOLE.partition("techniques:\n")[2]
    with pytest.raises(UserError, match="two techniques `gcp-one`"):
        parse(WHOLE + row)
