"""The loader: what is not understood is an error that says where and what."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.facts.tables import of_case
from nhi_scan.model.errors import UserError
from nhi_scan.model.finding import Severity
from nhi_scan.ruleset.load import load, read_rule
from nhi_scan.ruleset.run import run

GOOD = """
id: idle-key
title: Key is idle
subject: credential
severity: medium
why: It may be stolen.
risk: [NHI7:2025]
params: {max_days: 90}
when:
  all:
    - {fact: credential.status, is: active}
    - {fact: credential.idle_days, at_least: $max_days}
message: "{credential.id} of {identity.name} is idle for more than {$max_days} days"
remediation: aws iam delete-access-key --user-name {identity.name!sh}
"""

BROKEN = [
    ("severity: medium", "severity: terrible", "severity: unknown severity `terrible`"),
    ("severity: medium\n", "", "missing key `severity`"),
    ("severity: medium", "severity: medium\nseverty: low", "unknown key `severty` (did you mean `severity`?)"),
    ("severity: medium", "severity: medium\nseverity: low", "line 6: duplicate key `severity`"),
    ("subject: credential", "subject: gadget", "subject: unknown subject `gadget`"),
    ("credential.status", "credential.stats", "when.all[0]: unknown fact `credential.stats`"),
    ("credential.status", "workload.kind", "when.all[0]: unknown fact `workload.kind`"),
    ("is: active", "equals: active", "when.all[0]: unknown operator `equals`"),
    ("is: active", "is: actve", "when.all[0]: `credential.status` is never `actve` (did you mean `active`?)"),
    ("is: active", "is: 5", "when.all[0]: `credential.status` is a text, never `5`"),
    ("is: active", "is: [active]", "when.all[0]: operator `is` takes one value, not a list"),
    ("is: active", "in: active", "when.all[0]: operator `in` takes a list, not `active`"),
    ("is: active", "in: []", "when.all[0]: an empty list answers nothing"),
    ("is: active", "is: active, is_not: expired", "when.all[0]: expected one operator"),
    ("is: active}", "}", "when.all[0]: expected one operator for `credential.status`, not 0"),
    ("is: active", "at_least: 5", "when.all[0]: operator `at_least` does not fit"),
    ("is: active", "is: {a: b}", "when.all[0].is: expected a word"),
    ("is: active", "is: null", "when.all[0].is: expected a word"),
    ("is: active", "is: 1.5", "when.all[0].is: expected a word"),
    ("credential.idle_days", "credential.created_at", "when.all[1]: operator `at_least` does not fit"),
    ("at_least: $max_days", "at_least: $days", "when.all[1]: unknown parameter `$days`"),
    ("{max_days: 90}", "{max_days: soon}", "when.all[1]: `credential.idle_days` is a whole number, never `soon`"),
    ("{max_days: 90}", "{max_days: true}", "when.all[1]: `credential.idle_days` is a whole number, never `True`"),
    ("{max_days: 90}", "{max_days: 90, other: 1}", "params: parameter `other` is used nowhere"),
    ("{max_days: 90}", "{Max: 90}", "params: `Max` is no parameter name"),
    ("{max_days: 90}", "[90]", "params: expected a mapping, not a list"),
    ("  all:", "  some:", "when: missing key `fact`"),
    ("{identity.name!sh}", "{identity.nam}", "remediation: unknown fact `identity.nam`"),
    ("{identity.name!sh}", "{identity.name.__class__}", "remediation: `{identity.name.__cla` is no field"),
    ("{$max_days} days", "{$days} days", "message: unknown parameter `days`"),
    ("[NHI7:2025]", "[NHI7:2024]", "risk[0]: `NHI7:2024` is not in OWASP-NHI-2025"),
    ("[NHI7:2025]", "NHI7:2025", "risk: expected a list, not `NHI7:2025`"),
    ("risk: [NHI7:2025]\n", "", "a rule needs a reference"),
    ("id: idle-key", "id: Idle_Key", "id: `Idle_Key` is no id"),
    ("id: idle-key", "id: idle-key\nevidence: [vibes]", "evidence[0]: unknown entry `vibes`"),
    ("id: idle-key", "id: idle-key\nsee: ['http://x']", "see[0]: `http://x` is no https address"),
    ("id: idle-key", "id: idle-key\naliases: [a, a]", "aliases: the same entry twice"),
    ("id: idle-key", "id: idle-key\nconfidence_drops: [{to: low}]", "confidence_drops[0]: missing key `when`"),
    ("title: Key is idle", "title: ''", "title: expected a text, not ``"),
]  # fmt: skip


def write(folder: Path, text: str, name: str = "idle-key.yaml") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_good_rule_is_read_whole(tmp_path: Path) -> None:
    write(tmp_path / "lifecycle", GOOD)
    (rule,) = load([tmp_path])
    assert (rule.id, rule.question, rule.severity) == ("idle-key", "lifecycle", Severity.MEDIUM)
    assert rule.source == f"{tmp_path.name}/lifecycle/idle-key.yaml"
    assert rule.params == {"max_days": 90}


@pytest.mark.parametrize(("old", "new", "sentence"), BROKEN, ids=[case[2][:50] for case in BROKEN])
def test_a_broken_rule_is_an_error_with_its_place(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in GOOD
    write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(UserError) as caught:
        load([tmp_path])
    assert str(caught.value).startswith(f"{tmp_path.name}/idle-key.yaml: {sentence}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("{all: []}", "when.all: an empty list answers nothing"),
        ("{all: {}}", "when.all: expected a list, not a mapping"),
        ("{all: [], any: []}", "when: `all` stands alone; `any` does not belong beside it"),
        ("{not: {fact: credential.status}}", "when.not: expected one operator"),
        ("{any: [{not: {all: [{}]}}]}", "when.any[0].not.all[0]: expected a condition, not an empty mapping"),
        ("[]", "when: expected a mapping, not a list"),
        ("true", "when: expected a mapping, not `True`"),
    ],
)
def test_a_broken_condition_is_an_error_with_its_path(when: str, sentence: str) -> None:
    content = yaml.safe_load(GOOD)
    content["when"] = yaml.safe_load(when)
    with pytest.raises(UserError) as caught:
        read_rule(content, "r.yaml", "custom")
    assert str(caught.value).startswith(f"r.yaml: {sentence}")


def test_the_same_id_twice_is_an_error(tmp_path: Path) -> None:
    write(tmp_path / "a", GOOD)
    write(tmp_path / "b", GOOD.replace("id: idle-key", "id: other\naliases: [idle-key]"), "other.yaml")
    with pytest.raises(UserError, match="`idle-key` is already the name of a rule in "):
        load([tmp_path])


def test_the_id_is_the_file_s_name(tmp_path: Path) -> None:
    write(tmp_path, GOOD, "other.yaml")
    with pytest.raises(UserError, match="`idle-key` differs from the name of its file"):
        load([tmp_path])


def test_cases_without_a_rule_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, "{}", "idle-key.cases.yaml")
    with pytest.raises(UserError, match=r"there is no rule `idle-key\.yaml` beside it"):
        load([tmp_path])


def test_a_folder_that_is_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no folder of rules"):
        load([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("cases", "sentence"),
    [
        ("finding: [{name: x, facts: {credential.stats: a}}]", "finding[0].facts: unknown fact `credential.stats`"),
        ("finding: [{name: x, facts: {credential.status: 5}}]", "finding[0].facts: `credential.status` is never `5`"),
        (
            "finding: [{name: x, facts: {credential.status: on}}]",
            "finding[0].facts: `credential.status` is never `True`",
        ),
        ("finding: [{facts: {}}]", "finding[0]: missing key `name`"),
        ("quiet: [{name: x, params: {days: 5}}]", "quiet[0].params: rule `idle-key` has no parameter `days`"),
        ("quiet: [{name: x, params: {max_days: '5'}}]", "quiet[0].params.max_days: expected the like of `90`, not `5`"),
        ("maybe: []", "unknown key `maybe`"),
    ],
)
def test_a_broken_case_is_an_error_with_its_place(tmp_path: Path, cases: str, sentence: str) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, cases, "idle-key.cases.yaml")
    with pytest.raises(UserError) as caught:
        load([tmp_path], with_cases=True)
    assert str(caught.value).startswith(f"{tmp_path.name}/idle-key.cases.yaml: {sentence}")


words = st.one_of(
    st.sampled_from(
        ["all", "any", "not", "fact", "is", "in", "matches", "at_least", "credential.status", "active", "$x"]
    ),
    st.text(max_size=5),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), words)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*yaml.safe_load(GOOD), "cis", "see", "aliases", "zzz"]), values))
def test_any_content_is_a_rule_or_a_user_error(changes: dict[str, object]) -> None:
    content = {**yaml.safe_load(GOOD), **changes}
    try:
        rule = read_rule(content, "r.yaml", "custom")
    except UserError as error:
        assert str(error).startswith("r.yaml: ")  # noqa: PT017 - either outcome is right
    else:
        run([rule], of_case(rule.subject, {}))  # what the loader lets through can be run


@given(values)
def test_any_condition_is_read_and_runs_or_is_a_user_error(when: object) -> None:
    content = {**yaml.safe_load(GOOD), "params": {}, "message": "m", "when": when}
    try:
        rule = read_rule(content, "r.yaml", "custom")
    except UserError as error:
        assert str(error).startswith("r.yaml: when")  # noqa: PT017 - either outcome is right
    else:
        run([rule], of_case(rule.subject, {}))
