"""The least an AWS principal must be allowed for a collection, computed from the call table.

`nhi-scan permissions aws` prints it as policy documents, as a CloudFormation template that a StackSet can use as well,
and as Terraform. Nothing is written by hand: a new row of the table widens the policy by what it needs.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from nhi_scan.model.errors import UserError
from nhi_scan.providers import Call
from nhi_scan.providers.aws.calls import CALLS

# Characters of a managed policy, white space not counted:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MANAGED_POLICY_LIMIT = 6144
ROLE_NAME = "nhi-scan"

_MEMBER_ROLES = "arn:aws:iam::*:role/" + ROLE_NAME
_SIDS = ("NhiScanAccount", "NhiScanUsage", "NhiScanOrganization")


def _sid(call: Call) -> str:
    if call.scope == "organization":
        return "NhiScanOrganization"
    return "NhiScanUsage" if call.when == "usage" else "NhiScanAccount"


def _actions(*, usage: bool, organization: bool) -> dict[str, list[str]]:
    """Sorted actions by statement; an action that an always-made call needs is not repeated for usage."""
    actions: dict[str, set[str]] = {sid: set() for sid in _SIDS}
    for call in CALLS:
        if (call.when == "usage" and not usage) or (call.scope == "organization" and not organization):
            continue
        actions[_sid(call)].update(call.permissions)
    seen: set[str] = set()
    for needed in actions.values():
        needed.difference_update(seen)
        seen.update(needed)
    return {sid: sorted(needed) for sid, needed in actions.items() if needed}


def policy_documents(usage: bool, organization: bool) -> tuple[dict[str, Any], ...]:  # noqa: FBT001 - both are the question
    """Compute the policies under which a collection has no denied call.

    Args:
        usage: with the calls of `--usage`.
        organization: with the calls of `--organization`, and `sts:AssumeRole` on the members' role.

    Returns:
        As few documents as fit the size limit of a managed policy, each deterministic: sorted actions, `Resource: *`.
    """
    statements = [
        {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": "*"}
        for sid, actions in _actions(usage=usage, organization=organization).items()
    ]
    if organization:
        statements.append(
            {"Sid": "NhiScanMembers", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Resource": _MEMBER_ROLES}
        )
    return tuple({"Version": "2012-10-17", "Statement": pack} for pack in _packed(statements, MANAGED_POLICY_LIMIT))


def _size(statements: Sequence[dict[str, Any]]) -> int:
    return len(json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":")))


def _packed(statements: Iterable[dict[str, Any]], limit: int) -> list[list[dict[str, Any]]]:
    """Fill documents in order; a statement that does not fit what is left is split between its actions."""
    packs: list[list[dict[str, Any]]] = [[]]
    for statement in statements:
        part = {**statement, "Action": []}
        for action in statement["Action"]:
            grown = {**part, "Action": [*part["Action"], action]}
            if _size([*packs[-1], grown]) > limit:
                if part["Action"]:
                    packs[-1].append(part)
                packs.append([])
                grown = {**statement, "Action": [action]}
            part = grown
        packs[-1].append(part)
    return [pack for pack in packs if pack]


def render(format: str, *, usage: bool, organization: bool) -> str:  # noqa: A002 - the word of the command line
    """Write the policy down in the user's deployment language.

    Args:
        format: `json` (one document, or an array where one is too small), `cloudformation` or `terraform`.
        usage: with the calls of `--usage`.
        organization: with the calls of `--organization`.

    Raises:
        UserError: no such format.
    """
    documents = policy_documents(usage, organization)
    if format == "json":
        return json.dumps(documents[0] if len(documents) == 1 else documents, indent=2) + "\n"
    if format == "cloudformation":
        return _cloudformation(documents)
    if format == "terraform":
        return _terraform(documents)
    raise UserError(f"unknown format `{format}`: it is one of `json`, `cloudformation`, `terraform`")


def _cloudformation(documents: Sequence[dict[str, Any]]) -> str:
    """Write a role and its policies; usable as a stack and, being free of account numbers, as a StackSet.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html
    """
    policies: dict[str, Any] = {
        f"ReadPolicy{number}": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "Description": "What nhi-scan reads; generated from its table of calls",
                "PolicyDocument": _by_partition(document),
                "Roles": [{"Ref": "Role"}],
            },
        }
        for number, document in enumerate(documents, 1)
    }
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "TrustedPrincipalArn"}},
        "Action": "sts:AssumeRole",
        "Condition": {
            "Fn::If": [
                "HasExternalId",
                {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
                {"Ref": "AWS::NoValue"},
            ]
        },
    }
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": {"Ref": "RoleName"},
            "Description": "Read-only role of nhi-scan",
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        },
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Least-privilege read-only role for nhi-scan (deploy with CAPABILITY_NAMED_IAM)",
        "Parameters": {
            "TrustedPrincipalArn": {
                "Type": "String",
                "Description": "ARN of the role, user or account root that runs nhi-scan",
                "AllowedPattern": "arn:aws[a-z-]*:iam::[0-9]{12}:(root|(role|user)/.+)",
            },
            "ExternalId": {
                "Type": "String",
                "Default": "",
                "Description": "Optional: demanded as sts:ExternalId; set it when another company runs nhi-scan",
            },
            "RoleName": {"Type": "String", "Default": ROLE_NAME, "Description": "The same name in every account"},
        },
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {"Role": role, **policies},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}},
    }
    return yaml.safe_dump(template, sort_keys=False, width=120, default_flow_style=False)


def _by_partition(document: dict[str, Any]) -> dict[str, Any]:
    """Let the stack fill in its own partition and role name where the document names the member roles."""
    statements = [
        {**statement, "Resource": {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${RoleName}"}}
        if statement["Resource"] == _MEMBER_ROLES
        else dict(statement)
        for statement in document["Statement"]
    ]
    return {**document, "Statement": statements}


def _terraform(documents: Sequence[dict[str, Any]]) -> str:
    """Write the same role for Terraform's AWS provider, formatted as `terraform fmt` does.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
    """
    names = [f"read_{number}" for number in range(1, len(documents) + 1)]
    blocks = [_TERRAFORM_ROLE.replace("ROLE_NAME", ROLE_NAME)]
    for name, document in zip(names, documents, strict=True):
        statements = "\n\n".join(_terraform_statement(statement) for statement in document["Statement"])
        blocks.append(
            f'data "aws_iam_policy_document" "{name}" {{\n{statements}\n}}\n\n'
            f'resource "aws_iam_policy" "{name}" {{\n'
            f'  name   = "${{var.role_name}}-{name.replace("_", "-")}"\n'
            f"  policy = data.aws_iam_policy_document.{name}.json\n}}\n\n"
            f'resource "aws_iam_role_policy_attachment" "{name}" {{\n'
            f"  role       = aws_iam_role.nhi_scan.name\n"
            f"  policy_arn = aws_iam_policy.{name}.arn\n}}\n"
        )
    return "\n".join(blocks)


def _terraform_statement(statement: dict[str, Any]) -> str:
    resource = statement["Resource"]
    if resource == _MEMBER_ROLES:
        resource = "arn:${data.aws_partition.current.partition}:iam::*:role/${var.role_name}"
    actions = "".join(f'      "{action}",\n' for action in statement["Action"])
    return (
        f'  statement {{\n    sid       = "{statement["Sid"]}"\n    resources = ["{resource}"]\n\n'
        f"    actions = [\n{actions}    ]\n  }}"
    )


_TERRAFORM_ROLE = """\
variable "trusted_principal_arn" {
  description = "ARN of the role, user or account root that runs nhi-scan"
  type        = string
}

variable "external_id" {
  description = "Optional: demanded as sts:ExternalId; set it when another company runs nhi-scan"
  type        = string
  default     = ""
}

variable "role_name" {
  description = "The same name in every account"
  type        = string
  default     = "ROLE_NAME"
}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [var.trusted_principal_arn]
    }

    dynamic "condition" {
      for_each = var.external_id == "" ? [] : [var.external_id]

      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}

resource "aws_iam_role" "nhi_scan" {
  name               = var.role_name
  description        = "Read-only role of nhi-scan"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

output "role_arn" {
  value = aws_iam_role.nhi_scan.arn
}
"""
