"""The catalogue that is shipped, and what the strict reader says of one that is wrong."""

import re

import pytest

from nhi_scan.model.errors import UserError
from nhi_scan.providers.kubernetes.escalation import parse, techniques

WHOLE = """
format_version: 1
techniques:
  - id: k8s-one
    title: Do one thing
    target: account
    requires: [{any: [create serviceaccounts/token], at: target}]
    yields: become
"""
KINDS = (
    "pods",
    "deployments",
    "daemonsets",
    "statefulsets",
    "replicasets",
    "replicationcontrollers",
    "jobs",
    "cronjobs",
)


def test_ids_say_whose_they_are_and_titles_are_orders() -> None:
    catalogue = techniques()
    assert catalogue.provider == "kubernetes"
    assert len(catalogue.techniques) >= 60
    for technique in catalogue.techniques:
        assert re.fullmatch(r"k8s-[a-z0-9-]+", technique.id)
        assert technique.title[0].isupper()
        assert not technique.title.endswith((".", " ")), technique.id


def test_every_technique_names_its_documentation_and_what_att_and_ck_calls_it() -> None:
    for technique in techniques().techniques:
        assert technique.docs, technique.id
        assert all(page.startswith("https://") for page in technique.docs)
        assert technique.attack, technique.id
        assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", one) for one in technique.attack), technique.id


def test_words_that_mean_nothing_for_a_target_are_not_there() -> None:
    for technique in techniques().techniques:
        assert bool(technique.workloads) <= (technique.target in ("workload_account", "node")), technique.id
        assert technique.target != "workload_account" or technique.workloads, technique.id
        assert technique.target != "agent" or technique.agents, technique.id
        assert not technique.pod_security or technique.target == "node", technique.id
        assert "unlisted_thing" not in technique.needs or technique.conditions, technique.id
        assert (technique.target == "none") == (technique.yields == "latent"), technique.id


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_workload_can_be_made_and_what_has_a_template_can_be_changed(kind: str) -> None:
    ids = {technique.id for technique in techniques().techniques}
    assert f"k8s-{kind}-create" in ids
    assert f"k8s-{kind}-update" in ids or kind == "jobs"


def test_what_is_none_by_itself_is_required_by_no_technique_alone() -> None:
    alone = {
        action
        for technique in techniques().techniques
        if len(technique.requires) == 1 and not technique.requires[0].names
        for action in technique.actions
    }
    assert not alone & {name for row in techniques().not_by_itself for name in row.permissions}


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("title: Do", "titel: Do", "unknown key `titel` at techniques[0]"),
        ("target: account", "target: acount", "unknown word `acount` at techniques[0].target"),
        ("yields: become", "yields: be", "unknown word `be` at techniques[0].yields"),
        ("yields: become", "needs: [luck]\n    yields: become", "unknown word `luck` at techniques[0].needs"),
        ("yields: become", "before: 1.35\n    yields: become", "`before` is missing at techniques[0]"),
        ("yields: become", "pod_security: loose\n    yields: become", "unknown word `loose` at techniques[0].pod_se"),
        ("at: target", "at: home", "unknown word `home` at techniques[0].requires[0].at"),
        ("at: target", "at: namespace", "what is required first at techniques[0]"),
        ("any: [create serviceaccounts/token], ", "", "`any` is missing at techniques[0].requires[0]"),
        ("create serviceaccounts/token", "serviceaccounts", "`serviceaccounts` at techniques[0].requires[0]"),
        ("create serviceaccounts/token", "create Pods", "`create Pods` at techniques[0].requires[0]"),
        ("    title: Do one thing\n", "", "`title` is missing at techniques[0]"),
        ("format_version: 1", "format_version: 2", "`format_version` of the escalation catalogue is not 1"),
        ("format_version: 1", "format_version: 1\nsensitive: [{kind: secret}]", "`action` is missing at sensitive[0]"),
        ("[{any: [create serviceaccounts/token], at: target}]", "[]", "no action is required at techniques[0]"),
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
    assert technique.actions == ("create serviceaccounts/token",)


def test_two_techniques_of_one_name_are_refused() -> None:
    row = WHOLE.partition("techniques:\n")[2]
    with pytest.raises(UserError, match="two techniques `k8s-one`"):
        parse(WHOLE + row)
