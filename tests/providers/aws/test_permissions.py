"""The generated policy: exactly what the table needs, in three languages."""

import json
import re

import boto3
import pytest
import yaml
from moto import mock_aws

from nhi_scan.model.errors import UserError
from nhi_scan.providers.aws import permissions
from nhi_scan.providers.aws.calls import CALLS

VARIANTS = [(usage, organization) for usage in (False, True) for organization in (False, True)]
every_variant = pytest.mark.parametrize(("usage", "organization"), VARIANTS)


def needed(*, usage: bool, organization: bool) -> set[str]:
    calls = [
        call for call in CALLS if (usage or call.when == "always") and (organization or call.scope != "organization")
    ]
    return {permission for call in calls for permission in call.permissions} | (
        {"sts:AssumeRole"} if organization else set()
    )


@every_variant
def test_it_grants_what_the_calls_need_and_nothing_else(usage: bool, organization: bool) -> None:
    documents = permissions.policy_documents(usage, organization)
    granted = [action for document in documents for part in document["Statement"] for action in part["Action"]]
    assert set(granted) == needed(usage=usage, organization=organization)
    assert len(granted) == len(set(granted))
    assert not [action for action in granted if "*" in action]
    for document in documents:
        assert len(json.dumps(document, separators=(",", ":"))) <= permissions.MANAGED_POLICY_LIMIT
        for statement in document["Statement"]:
            assert statement["Effect"] == "Allow"
            assert statement["Action"] == sorted(statement["Action"])
            assert (statement["Resource"] == "*") == ("sts:AssumeRole" not in statement["Action"])


def test_usage_and_organization_are_asked_for_only_where_wanted() -> None:
    plain = json.dumps(permissions.policy_documents(usage=False, organization=False))
    assert "organizations:" not in plain
    assert "LastAccessed" not in plain
    assert "iam:GetAccountAuthorizationDetails" in plain


def test_what_is_over_the_limit_is_split_and_nothing_lost() -> None:
    statements = permissions.policy_documents(usage=True, organization=True)[0]["Statement"]
    packs = permissions._packed(statements, 900)
    assert len(packs) > 3
    assert all(permissions._size(pack) <= 900 for pack in packs)
    split = [(part["Sid"], action) for pack in packs for part in pack for action in part["Action"]]
    assert split == [(part["Sid"], action) for part in statements for action in part["Action"]]
    for pack in packs:
        assert len({part["Sid"] for part in pack}) == len(pack)


def test_json_is_one_document_that_iam_takes() -> None:
    text = permissions.render("json", usage=True, organization=True)
    with mock_aws():
        iam = boto3.client("iam", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        made = iam.create_policy(PolicyName="nhi-scan", PolicyDocument=text)["Policy"]
        version = iam.get_policy_version(PolicyArn=made["Arn"], VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(text)


@pytest.mark.parametrize("external_id", ["", "tenant-7"])
def test_the_stack_makes_a_role_that_may_read(external_id: str) -> None:
    template = permissions.render("cloudformation", usage=True, organization=True)
    keys = {"region_name": "us-east-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    trusted = "arn:aws:iam::123456789012:role/scanner"
    with mock_aws():
        stacks, iam = boto3.client("cloudformation", **keys), boto3.client("iam", **keys)
        stacks.create_stack(
            StackName="nhi-scan",
            TemplateBody=template,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[
                {"ParameterKey": "TrustedPrincipalArn", "ParameterValue": trusted},
                {"ParameterKey": "ExternalId", "ParameterValue": external_id},
            ],
        )
        role = iam.get_role(RoleName="nhi-scan")["Role"]
        attached = iam.list_attached_role_policies(RoleName="nhi-scan")["AttachedPolicies"]
        documents = [
            iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId="v1")["PolicyVersion"]["Document"]
            for policy in attached
        ]
    trust = role["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"AWS": trusted}
    assert trust.get("Condition") == ({"StringEquals": {"sts:ExternalId": external_id}} if external_id else None)
    granted = {action for document in documents for part in document["Statement"] for action in part["Action"]}
    assert granted == needed(usage=True, organization=True)
    members = [part for document in documents for part in document["Statement"] if part["Resource"] != "*"]
    assert [part["Resource"] for part in members] == ["arn:aws:iam::*:role/nhi-scan"]


def test_the_stack_names_no_account_so_that_a_stack_set_can_use_it() -> None:
    template = permissions.render("cloudformation", usage=False, organization=False)
    assert not re.search(r"\d{12}", template.replace("2012-10-17", ""))
    assert set(yaml.safe_load(template)["Parameters"]) == {"TrustedPrincipalArn", "ExternalId", "RoleName"}


@every_variant
def test_terraform_says_the_same(usage: bool, organization: bool) -> None:
    text = permissions.render("terraform", usage=usage, organization=organization)
    granted = re.findall(r'^      "([a-z0-9-]+:\w+)",$', text, re.MULTILINE)
    assert set(granted) - {"sts:AssumeRole"} == needed(usage=usage, organization=organization) - {"sts:AssumeRole"}
    for opening, closing in ("{}", "[]", "()"):
        assert text.count(opening) == text.count(closing)
    declared = set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))
    assert set(re.findall(r"var\.(\w+)", text)) == declared


@pytest.mark.parametrize("name", ["json", "cloudformation", "terraform"])
def test_the_same_table_gives_the_same_text(name: str) -> None:
    assert permissions.render(name, usage=True, organization=True) == permissions.render(
        name, usage=True, organization=True
    )


def test_an_unknown_format_is_a_sentence() -> None:
    with pytest.raises(UserError, match="unknown format `pulumi`"):
        permissions.render("pulumi", usage=False, organization=False)
