"""What an identity can do, read from effective access and escalation paths."""

from typing import Any

import pytest

from nhi_scan.model.access import Privilege, Step
from nhi_scan.model.identity import NEVER_USED, LastUsed, Usage
from nhi_scan.model.policy import Binding, Condition, Effect, Policy, Statement


def grant(make: Any, role: Any, *statements: Statement) -> dict[str, Any]:
    policy = Policy(
        id=f"arn:aws:iam::{make.account}:policy/p",
        provider="aws",
        kind="identity",
        name="p",
        scope_id=make.account,
        statements=tuple(statements),
        version="2012-10-17",
    )
    binding = Binding(id="b", principal_id=role.id, policy_id=policy.id, scope_id=make.account)
    return {"identities": [role], "policies": [policy], "bindings": [binding]}


def allow(*actions: str, resources: tuple[str, ...] = ("*",), **fields: Any) -> Statement:
    return Statement(effect=Effect.ALLOW, actions=actions, resources=resources, **fields)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("iam:PassRole"), "everywhere"),
        (allow("iam:*"), "everywhere"),
        (allow("iam:PassRole", resources=("arn:aws:iam::111122223333:role/app-*",)), "somewhere"),
        (
            allow("iam:PassRole", conditions=(Condition("IpAddress", "aws:SourceIp", ("10.0.0.0/8",)),)),
            "conditional",
        ),
        (allow("s3:GetObject"), "no"),
    ],
)
def test_how_far_passing_roles_reaches(facts: Any, make: Any, statement: Statement, expected: str) -> None:
    tables = facts(**grant(make, make.role(), statement))
    assert make.cell(tables, "identity.pass_role") == expected


@pytest.mark.parametrize(
    ("statement", "reach", "actions"),
    [
        (allow("iam:PutRolePolicy"), "everywhere", "iam:PutRolePolicy"),
        (allow("iam:GetRole"), "no", ""),
        (
            allow("iam:CreateAccessKey", resources=("arn:aws:iam::111122223333:user/bots/*",)),
            "somewhere",
            "iam:CreateAccessKey",
        ),
    ],
)
def test_how_far_writing_iam_reaches(facts: Any, make: Any, statement: Statement, reach: str, actions: str) -> None:
    tables = facts(**grant(make, make.role(), statement))
    assert make.cell(tables, "identity.iam_write") == reach
    assert make.cell(tables, "identity.iam_write_actions") == actions


def test_whole_services_are_named_where_they_are_sensitive(facts: Any, make: Any) -> None:
    tables = facts(**grant(make, make.role(), allow("s3:*", "sqs:*", "kms:Decrypt")))
    assert make.cell(tables, "identity.full_services") == "s3"
    assert make.cell(tables, "identity.full_service_count") == 1


def test_a_denied_action_breaks_the_whole(facts: Any, make: Any) -> None:
    deny = Statement(effect=Effect.DENY, actions=("s3:DeleteBucket",), resources=("*",))
    tables = facts(**grant(make, make.role(), allow("s3:*"), deny))
    assert make.cell(tables, "identity.full_service_count") == 0


def test_use_is_held_against_what_is_granted(facts: Any, make: Any) -> None:
    role = make.role()
    usage = [
        Usage(identity_id=role.id, service="s3", last_used=LastUsed.on(make.ago(200))),
        Usage(identity_id=role.id, service="sqs", last_used=NEVER_USED),
        Usage(identity_id=role.id, service="ec2", last_used=NEVER_USED),  # no longer granted
        Usage(identity_id=role.id, service="s3", action="s3:GetObject", last_used=NEVER_USED),
    ]
    tables = facts(**grant(make, role, allow("s3:GetObject", "sqs:SendMessage")), usage=usage)
    assert make.cell(tables, "identity.unused_services") == "sqs"
    assert make.cell(tables, "identity.longest_idle_service_days") == 200
    assert make.cell(tables, "identity.longest_idle_service") == "s3"


def test_without_usage_nothing_is_unused(facts: Any, make: Any) -> None:
    tables = facts(**grant(make, make.role(), allow("s3:*")))
    assert make.cell(tables, "identity.unused_service_count") is None
    assert make.cell(tables, "identity.longest_idle_service_days") is None


def step(technique: str, source: str, target: str) -> Step:
    return Step(technique=technique, source_id=source, target_id=target)


def test_links_and_gateways(facts: Any, make: Any) -> None:
    """admin <- a, b assume it; c rewrites a policy; d assumes c."""
    admin, a, b, c, d = (make.role(name) for name in ("admin", "a", "b", "c", "d"))
    paths = {
        a: [step("sts-assume-role", a.id, admin.id)],
        b: [step("sts-assume-role", b.id, admin.id)],
        c: [step("iam-attach-role-policy-assume", c.id, admin.id)],
        d: [step("sts-assume-role", d.id, c.id), step("iam-attach-role-policy-assume", c.id, admin.id)],
    }
    privileges = {
        role.id: Privilege(identity_id=role.id, level="can_become_administrator", path=tuple(path))
        for role, path in paths.items()
    }
    privileges[admin.id] = Privilege(identity_id=admin.id, level="administrator")
    tables = facts(privileges, identities=[admin, a, b, c, d])
    column = tables["identity"]
    assert column["weakest_link"].to_dict() == {a.id: False, admin.id: False, b.id: False, c.id: True, d.id: False}
    assert column["gateway_for"].to_dict() == {a.id: 0, admin.id: 2, b.id: 0, c.id: 1, d.id: 0}
    assert column["gateway_crowd"].to_dict() == {a.id: 2, admin.id: 0, b.id: 2, c.id: 0, d.id: 0}
    assert column["escalation_steps"].to_dict() == {a.id: 1, admin.id: 0, b.id: 1, c.id: 1, d.id: 2}


def test_an_unknown_level_is_null_all_over(facts: Any, make: Any) -> None:
    role = make.role()
    tables = facts({role.id: Privilege(identity_id=role.id, level="unknown")}, identities=[role])
    for name in ("privilege_level", "privilege_conditional", "weakest_link", "escalation_steps", "escalation_path"):
        assert make.cell(tables, f"identity.{name}") is None
