"""Waivers: strict to write, limited in time, loud when they end."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.findings.waivers import apply, load_waivers
from nhi_scan.model.errors import UserError
from nhi_scan.model.finding import FindingState

NOW = datetime(2026, 6, 1, 23, 59, tzinfo=UTC)
GOOD = """
- rule: unused-role
  resource: "arn:aws:iam::111122223333:role/app*"
  reason: it is kept for the audit
  approved_by: jo@example.org
  ticket: SEC-1
  expires: 2026-12-31
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "waivers.yaml"
    path.write_text(text)
    return path


def judge(folder: Path, text: str, *findings: Any, max_days: int = 365) -> list[tuple[str, str]]:
    waivers = load_waivers(write(folder, text), max_days=max_days)
    return [(f.state.value, f.note) for f in apply(waivers, findings, (), NOW)]


def test_a_rule_and_a_pattern_waive_what_they_name(tmp_path: Path, make: Any) -> None:
    app, other = make.finding("role/app-1"), make.finding("role/other")
    another_rule = make.finding("role/app-1", rule="no-owner")
    waived = "waived by jo@example.org until 2026-12-31 (SEC-1): it is kept for the audit"
    assert judge(tmp_path, GOOD, app, other, another_rule) == [("waived", waived), ("new", ""), ("new", "")]


@pytest.mark.parametrize(("provider", "state"), [("azure", "waived"), ("gcp", "new")])
def test_ids_of_azure_are_the_same_in_any_case(tmp_path: Path, make: Any, provider: str, state: str) -> None:
    store = f"/subscriptions/{'0' * 8}/resourceGroups/Shop/providers/Microsoft.Storage/storageAccounts"
    found = make.finding(provider=provider, subject_id=f"{store.lower()}/files")
    text = GOOD.replace("arn:aws:iam::111122223333:role/app*", f"{store}/*")
    assert judge(tmp_path, text, found)[0][0] == state


def test_a_fingerprint_waives_one_finding(tmp_path: Path, make: Any) -> None:
    one, other = make.finding("role/app-1"), make.finding("role/app-2")
    lines = [line for line in GOOD.splitlines() if "rule:" not in line and "resource:" not in line]
    text = "\n".join(lines).replace("  reason", f"- fingerprint: '{one.fingerprint}'\n  reason")
    assert [state for state, _ in judge(tmp_path, text, one, other)] == ["waived", "new"]


@pytest.mark.parametrize(
    ("expires", "state", "note"),
    [
        ("2026-06-01", "waived", "waived by jo@example.org until 2026-06-01 (SEC-1): it is kept for the audit"),
        ("2026-05-31", "new", "waiver by jo@example.org (SEC-1) expired on 2026-05-31"),
    ],
)
def test_an_expired_waiver_resurfaces_and_says_so(
    tmp_path: Path, make: Any, expires: str, state: str, note: str
) -> None:
    assert judge(tmp_path, GOOD.replace("2026-12-31", expires), make.finding("role/app")) == [(state, note)]


def test_of_two_waivers_the_longer_counts(tmp_path: Path, make: Any) -> None:
    text = GOOD.replace("2026-12-31", "2026-05-01") + GOOD
    assert judge(tmp_path, text, make.finding("role/app"))[0][0] == "waived"


def test_only_what_stands_can_be_waived(tmp_path: Path, make: Any) -> None:
    gone = make.finding("role/app", state=FindingState.RESOLVED)
    assert judge(tmp_path, GOOD, gone) == [("resolved", "")]


def test_a_list_may_stand_under_its_key(tmp_path: Path) -> None:
    text = "waivers:\n" + "\n".join(f"  {line}" for line in GOOD.splitlines())
    (waiver,) = load_waivers(write(tmp_path, text))
    assert waiver.place.endswith("waivers.yaml: waivers[0]")
    assert load_waivers(write(tmp_path, "")) == ()
    assert load_waivers(write(tmp_path, "waivers: []")) == ()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("  expires: 2026-12-31\n", "", "[0]: missing key `expires`"),
        ("  reason: it is kept for the audit\n", "", "[0]: missing key `reason`"),
        ("  approved_by: jo@example.org\n", "", "[0]: missing key `approved_by`"),
        ("  ticket: SEC-1\n", "", "[0]: missing key `ticket`"),
        ("ticket: SEC-1", "ticket: true", "[0].ticket: expected a text, not `True`"),
        ("2026-12-31", "2026-02-30", "a value cannot be read"),
        ("2026-12-31", "'soon'", "[0].expires: `soon` is no date"),
        ("2026-12-31", "5", "[0].expires: `5` is no date"),
        ("2026-12-31", "2026-12-31T10:00:00Z", "[0].expires: `2026-12-31 10:00:00+00:00` is no date"),
        ("2026-12-31", "2026-12-31\n  approved_on: 2027-01-01", "[0].expires: `2026-12-31` lies before `approved_on`"),
        (
            "2026-12-31",
            "2026-12-31\n  approved_on: 2024-01-01",
            "[0].expires: `2026-12-31` is more than 365 days after",
        ),
        ("  ticket: SEC-1", "  tickets: SEC-1", "[0]: missing key `ticket`"),
        ("  ticket: SEC-1", "  ticket: SEC-1\n  until: x", "[0]: unknown key `until`"),
        ("rule: unused-role", "fingerprint: abc", "[0]: a waiver names either a `fingerprint` or a `rule`"),
        ("- rule: unused-role\n  resource", "- resource", "[0]: `rule` is missing"),
        ("- rule: unused-role", "-", "[0]: `rule` is missing"),
        ("- rule", "- {}\n- rule", "[0]: a waiver names either"),
        ("- rule", "- 5\n- rule", "[0]: expected a mapping, not `5`"),
    ],
)
def test_an_incomplete_waiver_is_an_error_with_its_place(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in GOOD
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(UserError) as caught:
        load_waivers(path)
    assert str(caught.value).startswith(f"{path}: {sentence}")
    assert "\n" not in str(caught.value)


def test_a_fingerprint_has_to_be_one(tmp_path: Path) -> None:
    text = GOOD.replace('rule: unused-role\n  resource: "arn:aws:iam::111122223333:role/app*"', "fingerprint: XYZ")
    with pytest.raises(UserError, match=r"\[0\]\.fingerprint: `XYZ` is no fingerprint"):
        load_waivers(write(tmp_path, text))


def test_a_waiver_may_not_hold_longer_than_the_maximum(tmp_path: Path, make: Any) -> None:
    assert judge(tmp_path, GOOD.replace("2026-12-31", "2027-06-01"), make.finding("role/app"))[0][0] == "waived"
    with pytest.raises(UserError, match=r"waivers\.yaml: \[0\]\.expires: `2027-06-02` is more than 365 days after"):
        judge(tmp_path, GOOD.replace("2026-12-31", "2027-06-02"), make.finding("role/app"))
    with pytest.raises(UserError, match="is more than 30 days after 2026-06-01"):
        judge(tmp_path, GOOD, make.finding("role/app"), max_days=30)


def test_a_former_name_of_a_rule_still_counts(tmp_path: Path, make: Any) -> None:
    from nhi_scan import data  # noqa: PLC0415 - beside its use
    from nhi_scan.ruleset.load import load  # noqa: PLC0415 - beside its use

    waivers = load_waivers(write(tmp_path, GOOD.replace("unused-role", "unused-identity")))
    finding = make.finding("role/app", rule="unused-user")
    (judged,) = apply(waivers, [finding], load([data.folder("rules")]), NOW)
    assert judged.state is FindingState.WAIVED
