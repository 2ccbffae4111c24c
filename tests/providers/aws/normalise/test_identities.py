"""Users, groups, roles, the root user, and the policies they have."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import NEVER_USED, USE_UNKNOWN, LastUsed
from nhi_scan.model.records import Records

IAM = "arn:aws:iam::111122223333:"
DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}

Normalised = Callable[..., Records]


def role(name: str, path: str = "/", **more: Any) -> dict[str, Any]:
    return {
        "Path": path,
        "RoleName": name,
        "RoleId": "AROAEXAMPLEEXAMPLE123",
        "Arn": f"{IAM}role{path}{name}",
        "CreateDate": "2024-01-02T03:04:05+00:00",
        "AssumeRolePolicyDocument": TRUST,
        **more,
    }


def user(name: str, **more: Any) -> dict[str, Any]:
    return {"Path": "/", "UserName": name, "UserId": "AIDAEXAMPLE", "Arn": f"{IAM}user/{name}", **more}


def test_a_role_as_iam_returns_it(normalised: Normalised) -> None:
    records = normalised(
        {
            "iam-roles": [
                role(
                    "web",
                    "/app/",
                    RolePolicyList=[{"PolicyName": "in", "PolicyDocument": DOCUMENT}],
                    AttachedManagedPolicies=[
                        {
                            "PolicyName": "AdministratorAccess",
                            "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
                        },
                    ],
                    PermissionsBoundary={
                        "PermissionsBoundaryType": "Policy",
                        "PermissionsBoundaryArn": f"{IAM}policy/edge",
                    },
                    Tags=[{"Key": "Owner", "Value": "ada@example.com"}],
                    RoleLastUsed={"LastUsedDate": "2026-05-01T00:00:00+00:00", "Region": "eu-west-1"},
                    InstanceProfileList=[],
                ),
            ],
        },
    )
    (found,) = records.identities
    assert found.id == f"{IAM}role/app/web"
    assert (found.kind, found.path, found.unique_id) == ("iam_role", "/app/", "AROAEXAMPLEEXAMPLE123")
    assert found.created_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert found.last_authenticated == LastUsed.on(datetime(2026, 5, 1, tzinfo=UTC), region="eu-west-1")
    assert found.owner is not None
    assert (found.owner.name, found.owner.source, found.owner.gone) == ("ada@example.com", "tag:Owner", None)
    assert found.trust_policy_id == f"{found.id}#trust"
    assert not found.managed_by_provider
    bindings = {(b.policy_id, b.purpose, b.inline) for b in records.bindings}
    assert bindings == {
        ("arn:aws:iam::aws:policy/AdministratorAccess", "grants", False),
        (f"{found.id}#inline/in", "grants", True),
        (f"{IAM}policy/edge", "bounds", False),
    }
    policies = {p.id: p for p in records.policies}
    assert policies[f"{found.id}#inline/in"].statements[0].actions == ("s3:*",)
    assert policies[f"{found.id}#trust"].kind == "trust"


@pytest.mark.parametrize(
    ("used", "wanted"),
    [
        ({"RoleLastUsed": {}}, NEVER_USED),
        ({}, USE_UNKNOWN),
        ({"RoleLastUsed": None}, USE_UNKNOWN),
        ({"RoleLastUsed": {"LastUsedDate": "soon"}}, USE_UNKNOWN),
    ],
)
def test_a_role_that_was_not_used_and_one_of_which_nobody_knows(
    normalised: Normalised,
    used: dict[str, Any],
    wanted: LastUsed,
) -> None:
    assert normalised({"iam-roles": [role("r", **used)]}).identities[0].last_authenticated == wanted


@pytest.mark.parametrize(
    ("name", "path", "managed"),
    [
        ("AWSServiceRoleForSupport", "/aws-service-role/support.amazonaws.com/", True),
        ("AWSReservedSSO_Admin_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/eu-west-1/", True),
        ("AWSServiceRoleForSupport", "/", False),  # anybody may call a role that
    ],
)
def test_what_aws_manages_is_told_by_its_path(normalised: Normalised, name: str, path: str, *, managed: bool) -> None:
    assert normalised({"iam-roles": [role(name, path)]}).identities[0].managed_by_provider is managed


def test_members_get_what_their_group_has(normalised: Normalised) -> None:
    records = normalised(
        {
            "iam-users": [user("ann", GroupList=["dev"])],
            "iam-groups": [
                {
                    "GroupName": "dev",
                    "Arn": f"{IAM}group/team/dev",
                    "GroupPolicyList": [{"PolicyName": "g", "PolicyDocument": DOCUMENT}],
                    "AttachedManagedPolicies": [{"PolicyArn": f"{IAM}policy/p", "PolicyName": "p"}],
                },
                {"GroupName": "empty", "Arn": f"{IAM}group/empty", "AttachedManagedPolicies": [{"PolicyArn": "x"}]},
            ],
        },
    )
    got = {b.policy_id: b for b in records.bindings}
    assert set(got) == {f"{IAM}policy/p", f"{IAM}group/team/dev#inline/g"}
    assert {b.source for b in got.values()} == {"group"}
    assert {b.via for b in got.values()} == {f"{IAM}group/team/dev"}
    assert [g.member_ids for g in records.groups] == [(f"{IAM}user/ann",), ()]
    assert records.group_policies[f"{IAM}group/empty"] == ("x",)


def test_a_group_that_was_not_listed_gives_something_unknown(normalised: Normalised) -> None:
    inventory = build([normalised({"iam-users": [user("ann", GroupList=["ghosts"])]})])
    (binding,) = inventory.bindings_of[f"{IAM}user/ann"]
    assert binding.via == f"{IAM}group/ghosts"
    assert inventory.policies[binding.policy_id].complete is False


def test_a_server_that_leaves_names_out(normalised: Normalised) -> None:
    records = normalised(
        {
            "iam-users": [
                {
                    "Arn": f"{IAM}user/division/bob",
                    "AttachedManagedPolicies": [{"PolicyArn": f"{IAM}policy/deep/name"}],
                    "UserPolicyList": [{"PolicyDocument": DOCUMENT}, {"PolicyDocument": DOCUMENT}],
                },
            ],
            "iam-policies": [{"Arn": f"{IAM}policy/deep/name", "PolicyVersionList": None}],
        },
    )
    assert records.identities[0].name == "bob"
    policies = {p.id: p for p in records.policies}
    assert policies[f"{IAM}policy/deep/name"].name == "name"
    assert policies[f"{IAM}policy/deep/name"].complete is False
    assert len({b.policy_id for b in records.bindings}) == 3


@pytest.mark.parametrize(("old", "new"), [({"IsDefaultVersion": False}, {"IsDefaultVersion": True}), ({}, {})])
def test_only_the_default_version_of_a_policy_counts(normalised: Normalised, old: Any, new: Any) -> None:
    other = {"Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}
    records = normalised(
        {
            "iam-policies": [
                {
                    "Arn": f"{IAM}policy/p",
                    "PolicyName": "p",
                    "DefaultVersionId": "v2",
                    "AttachmentCount": 3,
                    "PermissionsBoundaryUsageCount": 1,
                    "PolicyVersionList": [
                        {"VersionId": "v3", "Document": other, **old},
                        {"VersionId": "v2", "Document": DOCUMENT, **new},
                    ],
                },
            ],
        },
    )
    (policy,) = records.policies
    assert policy.statements[0].actions == ("s3:*",)
    (version,) = policy.other_versions  # it grants nothing, and can be put in force
    assert (version.id, version.statements[0].actions) == (f"{IAM}policy/p#version/v3", ("iam:*",))
    assert (policy.attachment_count, policy.boundary_count) == (3, 1)


def test_a_boundary_is_fetched_on_its_own_and_named_by_what_was_asked(normalised: Normalised) -> None:
    edge = f"{IAM}policy/edge"
    record = {"Document": DOCUMENT, "VersionId": "v1", "IsDefaultVersion": True}
    records = normalised({"iam-boundary-policies": [{"of": {"Arn": edge, "PolicyName": "edge"}, "record": record}]})
    (policy,) = records.policies
    assert (policy.id, policy.kind, policy.complete) == (edge, "boundary", True)


def test_a_boundary_nobody_fetched_is_unknown(normalised: Normalised) -> None:
    edge = {"PermissionsBoundaryArn": f"{IAM}policy/edge"}
    inventory = build([normalised({"iam-users": [user("u", PermissionsBoundary=edge)]})])
    assert inventory.policies[f"{IAM}policy/edge"].complete is False
    assert inventory.policies[f"{IAM}policy/edge"].kind == "boundary"


def test_the_root_user_comes_from_the_credential_report(normalised: Normalised) -> None:
    row = {"user": "<root_account>", "arn": f"{IAM}root", "mfa_active": "false", "password_enabled": "not_supported"}
    (root,) = normalised({"iam-credential-report": [row], "iam-users": []}).identities
    assert (root.id, root.kind, root.nature.value) == (f"{IAM}root", "root_user", "human")
    assert root.mfa_enabled is False
    assert root.has_console_password is None


def test_the_credential_report_alone_tells_who_there_is(normalised: Normalised) -> None:
    row = {"user": "ci", "arn": f"{IAM}user/ci", "password_enabled": "false", "mfa_active": "false"}
    assert [i.id for i in normalised({"iam-credential-report": [row]}).identities] == [f"{IAM}user/ci"]


def test_a_user_who_left_after_the_report_was_made_is_not_invented(normalised: Normalised) -> None:
    row = {"user": "gone", "arn": f"{IAM}user/gone", "password_enabled": "false", "mfa_active": "false"}
    assert normalised({"iam-credential-report": [row], "iam-users": []}).identities == []


def test_what_cannot_be_read_is_counted_and_the_rest_goes_on(normalised: Normalised) -> None:
    records = normalised({"iam-roles": [role("good"), {"RoleName": "no-arn"}, {"Arn": 5}, [1], role("also")]})
    assert [identity.name for identity in records.identities] == ["good", "also"]
    partial = [row for row in records.coverage if row.status is CoverageStatus.PARTIAL]
    assert [row.record_kind for row in partial] == ["iam-roles"]
    assert "3" in partial[0].detail
    assert build([records]).covered("111122223333", "iam-roles") is False


def test_hostile_names_stay_what_they_are(normalised: Normalised) -> None:
    name = "</script>{{7*7}}=cmd|'\u202e\x1b[31m%s{0}"
    records = normalised(
        {"iam-users": [user(name, Tags=[{"Key": "owner", "Value": name}, {"Key": "", "Value": None}])]}
    )
    assert records.identities[0].name == name
    assert records.identities[0].owner is not None
    assert records.identities[0].owner.name == name


def test_the_published_vulnerable_account(normalised: Normalised) -> None:
    path = Path(__file__).parents[5] / "shared" / "data" / "aws" / "iam_vulnerable.json"
    if not path.exists():
        pytest.skip("the shared data are not beside this checkout")
    gaad = json.loads(path.read_text())["gaad"]
    inventory = build(
        [
            normalised(
                {
                    "iam-users": gaad["UserDetailList"],
                    "iam-groups": gaad["GroupDetailList"],
                    "iam-roles": gaad["RoleDetailList"],
                    "iam-policies": gaad["Policies"],
                },
            ),
        ],
    )
    assert len(inventory.identities) == len(gaad["UserDetailList"]) + len(gaad["RoleDetailList"])
    assert all(p.complete for p in inventory.policies.values() if p.id.startswith("arn:aws:iam::111111111111:policy"))
    assert not any(s.malformed for p in inventory.policies.values() for s in p.statements)
