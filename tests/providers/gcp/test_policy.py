"""Policy documents of Google Cloud, whole and broken, and the members in them."""

from typing import Any

import pytest

from nhi_scan.model.policy import Condition, Effect
from nhi_scan.providers.gcp.members import parse_member
from nhi_scan.providers.gcp.policy import (
    Expression,
    boundary_statements,
    cel,
    deny_statements,
    hides_condition,
    role_and_condition,
    salvage,
)


@pytest.mark.parametrize(
    ("member", "kind", "name", "deleted", "uid"),
    [
        ("user:a@b.c", "user", "a@b.c", False, ""),
        ("serviceAccount:a@b.iam.gserviceaccount.com", "service_account", "a@b.iam.gserviceaccount.com", False, ""),
        ("serviceAccount:p.svc.id.goog[n/s]", "federated", "serviceAccount:p.svc.id.goog[n/s]", False, ""),
        ("group:g@b.c", "group", "g@b.c", False, ""),
        ("domain:b.c", "domain", "b.c", False, ""),
        ("allUsers", "everyone", "allUsers", False, ""),
        ("allAuthenticatedUsers", "authenticated", "allAuthenticatedUsers", False, ""),
        ("projectOwner:p", "project_role", "p", False, ""),
        ("projectViewer:p", "project_role", "p", False, ""),
        ("deleted:user:a@b.c?uid=9", "user", "a@b.c", True, "9"),
        ("deleted:serviceAccount:a@b?uid=9", "service_account", "a@b", True, "9"),
        ("deleted:group:g@b.c?uid=9", "group", "g@b.c", True, "9"),
        ("deleted:", "unknown", "", True, ""),
        ("", "unknown", "", False, ""),
        ("user:", "unknown", "user:", False, ""),
        ("a@b.c", "unknown", "a@b.c", False, ""),
        ("robot:a@b.c", "unknown", "robot:a@b.c", False, ""),
        ("principal:x", "unknown", "principal:x", False, ""),
    ],
)
def test_members(member: str, kind: str, name: str, deleted: Any, uid: str) -> None:
    found = parse_member(member)
    assert (found.kind, found.name, found.deleted, found.uid) == (kind, name, deleted, uid)


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s", "federated"),
        ("principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*", "federated_set"),
        ("principalSet://iam.googleapis.com/locations/global/workforcePools/p/group/g", "federated_set"),
        ("principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount", "native_set"),
        ("principalSet://goog/public:all", "native_set"),
    ],
)
def test_identifiers(member: str, kind: str) -> None:
    found = parse_member(member)
    assert (found.kind, found.name) == (kind, member)


def test_conditions() -> None:
    assert role_and_condition("roles/x", None) == ("roles/x", None)
    assert role_and_condition("roles/x", Expression(expression="a")) == ("roles/x", Condition("CEL", "", ("a",)))
    assert cel("a") is cel("a")


@pytest.mark.parametrize("written", [Expression(), Expression(expression=""), Expression(title="only a title")])
def test_a_condition_that_says_nothing_is_not_none(written: Expression) -> None:
    _, condition = role_and_condition("roles/x", written)
    assert hides_condition(condition)


def test_hidden_conditions_stay_apart() -> None:
    role, first = role_and_condition("roles/x_withcond_1", None)
    _, second = role_and_condition("roles/x_withcond_2", None)
    assert role == "roles/x"
    assert first != second
    assert hides_condition(first)
    assert not hides_condition(None)
    assert not hides_condition(cel("true"))


@pytest.mark.parametrize(
    ("policy", "kept", "faults"),
    [
        (None, [], ["a policy is not an object with a list of bindings"]),
        ({"bindings": {}}, [], ["a policy is not an object with a list of bindings"]),
        ({}, [], []),
        (
            {"bindings": [{"role": "r", "members": ["a"]}, 7]},
            [("r", ["a"])],
            ["a binding has no role or no list of members"],
        ),
        ({"bindings": [{"role": "r", "members": ["a", None]}]}, [("r", ["a"])], ["a member is not a text"]),
        ({"bindings": [{"role": "r"}]}, [("r", [])], []),
        (
            {"bindings": [{"role": "r", "members": ["a"], "condition": 1}]},
            [("r", ["a"])],
            ["a condition is not an object"],
        ),
    ],
)
def test_what_can_be_read_of_a_broken_policy(policy: Any, kept: Any, faults: list[str]) -> None:
    said: list[str] = []
    found = salvage(policy, said.append)
    assert [(one.role, one.members) for one in found.bindings or ()] == kept
    assert said == faults


def test_a_broken_condition_does_not_become_none() -> None:
    broken = {"bindings": [{"role": "r", "members": ["a"], "condition": 1}]}
    found = next(iter(salvage(broken, lambda _: None).bindings or ()))
    assert hides_condition(role_and_condition("r", found.condition)[1])


def test_deny_rules() -> None:
    rule = {
        "description": "no keys",
        "denyRule": {
            "deniedPrincipals": ["principalSet://goog/public:all"],
            "deniedPermissions": ["iam.googleapis.com/serviceAccountKeys.create"],
            "exceptionPermissions": ["iam.googleapis.com/serviceAccountKeys.get"],
        },
    }
    (found,), fault = deny_statements({"rules": [rule]})
    assert (found.effect, found.sid, found.index, found.malformed, fault) == (Effect.DENY, "no keys", 0, "", "")
    assert [one.value for one in found.principals] == ["principalSet://goog/public:all"]
    assert found.not_actions == ("iam.googleapis.com/serviceAccountKeys.get",)


@pytest.mark.parametrize(
    ("policy", "malformed", "fault"),
    [
        ({}, [], "the policy came without its rules, as lists of deny policies do"),
        ({"rules": {}}, [], "`rules` is not a list"),
        ({"rules": [7]}, ["the rule has no `denyRule`"], ""),
        ({"rules": [{"denyRule": []}]}, ["the rule has no `denyRule`"], ""),
        ({"rules": [{"denyRule": {"deniedPrincipals": "x"}}]}, ["`deniedPrincipals` cannot be read"], ""),
        ({"rules": [{"denyRule": {"denialCondition": {}}}]}, ["`denialCondition` cannot be read"], ""),
    ],
)
def test_broken_deny_policies(policy: Any, malformed: list[str], fault: str) -> None:
    statements, said = deny_statements(policy)
    assert [one.malformed for one in statements] == malformed
    assert said == fault


@pytest.mark.parametrize(
    ("details", "resources", "malformed", "fault"),
    [
        ({"rules": [{"resources": ["a", "b"], "effect": "ALLOW"}]}, [("A", "B")], [""], ""),
        ({"rules": [{"resources": ["a"], "effect": "DENY"}]}, [("A",)], ["`effect` is none that is known"], ""),
        ({"rules": [{"resources": [1]}]}, [()], ["`resources` cannot be read"], ""),
        ({}, [], [], ""),
        (None, [], [], "`details.rules` is not a list"),
    ],
)
def test_boundaries(details: Any, resources: Any, malformed: list[str], fault: str) -> None:
    statements, said = boundary_statements(details, str.upper)
    assert [one.resources for one in statements] == resources
    assert [one.malformed for one in statements] == malformed
    assert said == fault
