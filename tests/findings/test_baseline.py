"""Gone is said only where somebody looked."""

from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.findings.baseline import compare
from nhi_scan.findings.grounds import Grounds
from nhi_scan.model.finding import Evidence, FindingState

RULES = frozenset({"unused-role", "old-access-key", "secret-in-environment"})


def known_of(*scopes: str) -> Grounds:
    return Grounds(scopes=frozenset(scopes))


def states(found: tuple[Any, ...]) -> dict[str, tuple[str, str]]:
    return {f.subject_id.rpartition("/")[2]: (f.state.value, f.note) for f in found}


def test_new_and_open(make: Any) -> None:
    old, new = make.finding("role/old"), make.finding("role/new")
    found = compare([old, new], [old], make.inventory(), {}, RULES)
    assert states(found) == {"old": ("open", ""), "new": ("new", "")}


def test_another_wording_is_not_another_finding(make: Any) -> None:
    before = make.finding()
    (found,) = compare([replace(before, message="said otherwise")], [before], make.inventory(), {}, RULES)
    assert (found.state, found.message) == (FindingState.OPEN, "said otherwise")


def test_a_subject_that_is_there_and_quiet_is_resolved(make: Any) -> None:
    found = compare([], [make.finding()], make.inventory("role/app"), {}, RULES)
    assert states(found) == {"app": ("resolved", "")}


def test_a_subject_that_is_gone_from_a_complete_listing_is_resolved(make: Any) -> None:
    found = compare([], [make.finding()], make.inventory(complete=("iam-roles",)), {}, RULES)
    assert states(found) == {"app": ("resolved", "")}


@pytest.mark.parametrize("coverage", [{"denied": ("iam-roles",)}, {}, {"complete": ("iam-users",)}])
def test_a_subject_that_nobody_could_look_for_is_unverified(make: Any, coverage: Any) -> None:
    found = compare([], [make.finding()], make.inventory(**coverage), {}, RULES)
    assert states(found) == {"app": ("unverified", f"`iam-roles` of {make.account} was not collected completely")}


def test_a_subject_that_is_only_named_resolves_nothing_where_it_could_not_be_looked_for(make: Any) -> None:
    named = make.inventory("role/app", denied=("iam-roles",), status="unknown")
    found = compare([], [make.finding()], named, {}, RULES)
    assert states(found) == {"app": ("unverified", f"`iam-roles` of {make.account} was not collected completely")}

    looked = make.inventory("role/app", complete=("iam-roles",), status="unknown")
    assert states(compare([], [make.finding()], looked, {}, RULES)) == {"app": ("resolved", "")}


@pytest.mark.parametrize(
    ("fields", "coverage", "state"),
    [
        ({"question": "privilege"}, {"denied": ("arg-role-assignments",)}, "unverified"),
        ({"question": "privilege"}, {"denied": ("graph-group-members",)}, "unverified"),
        ({"question": "privilege"}, {"denied": ("graph-risky-service-principals",)}, "resolved"),
        ({"question": "privilege"}, {"complete": ("arg-role-assignments",)}, "resolved"),
        ({"question": "privilege"}, {}, "resolved"),
        ({"question": "lifecycle"}, {"denied": ("arg-role-assignments",)}, "resolved"),
        ({"evidence": (Evidence("path", "x"),)}, {"denied": ("arg-role-assignments",)}, "unverified"),
        ({"evidence": (Evidence("date", "x"),)}, {"denied": ("arg-role-assignments",)}, "resolved"),
        ({"question": "lifecycle", "scope_id": "/subscriptions/hidden"}, {}, "unverified"),
        ({"question": "privilege", "provider": "aws"}, {"denied": ("arg-role-assignments",)}, "resolved"),
        ({"question": "privilege", "provider": "aws"}, {"denied": ("iam-policies",)}, "unverified"),
        ({"question": "privilege", "provider": "gcp"}, {"denied": ("asset-iam-policies",)}, "unverified"),
        ({"question": "privilege", "provider": "gcp"}, {"complete": ("asset-iam-policies",)}, "resolved"),
    ],
)
def test_a_privilege_that_is_seen_less_well_is_not_less(make: Any, fields: Any, coverage: Any, state: str) -> None:
    before = make.finding(**{"provider": "azure", **fields})
    assert states(compare([], [before], make.inventory("role/app", **coverage), {}, RULES))["app"][0] == state


GONE = "/subscriptions/gone"
GUID = "5f0c1d2e-0000-4000-8000-000000000001"
LISTED = (
    "graph-applications",
    "graph-groups",
    "graph-directory-role-assignments",
    "graph-app-role-assignments",
    "arg-role-assignments",
)


@pytest.mark.parametrize(
    ("subject", "fields", "names", "state"),
    [
        ("role/app", {}, ("role/app",), "unverified"),
        ("role/app", {"provider": "aws"}, ("role/app",), "resolved"),
        # What is only in the directory is listed whole, a group that something is assigned to is not.
        (f"{GUID}#password/1", {"subject_kind": "credential"}, (), "resolved"),
        (GUID, {"subject_kind": "resource"}, (), "unverified"),
    ],
)
def test_what_a_subscription_may_hold_that_is_not_seen_any_more_is_not_mended(
    make: Any, subject: str, fields: Any, names: tuple[str, ...], state: str
) -> None:
    before = make.finding(subject, **{"provider": "azure", **fields})
    before = replace(before, subject_id=before.subject_id if names else subject)
    now = make.inventory(*names, complete=(*LISTED, "graph-service-principals"))
    (found,) = compare([], [before], now, {}, RULES, known_of(GONE, make.account, f"{GONE}/resourcegroups/rg"))
    assert (found.state.value, found.note) == (state, f"{GONE} was not collected" if state == "unverified" else "")
    (seen,) = compare([], [before], now, {}, RULES, known_of(make.account))
    assert seen.state is FindingState.RESOLVED


def test_a_rule_that_cannot_answer_resolves_nothing(make: Any) -> None:
    before = make.finding()
    unanswered = {"unused-role": frozenset({before.subject_id})}
    found = compare([], [before], make.inventory("role/app", complete=("iam-roles",)), unanswered, RULES)
    assert states(found)["app"][0] == "unverified"
    assert "unknown" in states(found)["app"][1]


def test_a_rule_that_did_not_run_resolves_nothing(make: Any) -> None:
    found = compare([], [make.finding()], make.inventory("role/app"), {}, frozenset())
    assert states(found) == {"app": ("unverified", "rule `unused-role` was not run")}


@pytest.mark.parametrize(
    ("kind", "subject", "complete", "state"),
    [
        ("credential", "user/ci#access-key-1", ("iam-users", "iam-credential-report"), "resolved"),
        ("credential", "user/ci#access-key-1", ("iam-users",), "unverified"),
        ("trust", "role/app#trust/*", ("iam-roles",), "resolved"),
        ("policy", "policy/p", ("iam-policies",), "resolved"),
        ("policy", "user/ci#inline/p", ("iam-policies",), "unverified"),
        ("resource", "group/ops", ("iam-groups",), "resolved"),
        ("resource", "instance-profile/web", ("iam-groups",), "unverified"),
        ("workload", "arn:aws:lambda:eu-west-1:111122223333:function:f", ("lambda-functions",), "resolved"),
        ("workload", "arn:aws:lambda:eu-west-1:111122223333:function:f", ("iam-roles",), "unverified"),
        ("workload", "i-0abc", ("ec2-instances",), "unverified"),
    ],
)
def test_what_must_be_complete_depends_on_the_subject(
    make: Any, kind: Any, subject: str, complete: tuple[str, ...], state: str
) -> None:
    before = make.finding("role/x", rule="unused-role")
    subject_id = subject if ":" in subject or "/" not in subject else f"arn:aws:iam::{make.account}:{subject}"
    before = replace(before, subject_kind=kind, subject_id=subject_id)
    (found,) = compare([], [before], make.inventory(complete=complete), {}, RULES)
    assert found.state.value == state


def test_what_was_resolved_before_does_not_come_back_as_open(make: Any) -> None:
    before = make.finding(state=FindingState.RESOLVED)
    (found,) = compare([make.finding()], [before], make.inventory(), {}, RULES)
    assert found.state is FindingState.NEW
    assert compare([], [before], make.inventory(), {}, RULES) == ()
