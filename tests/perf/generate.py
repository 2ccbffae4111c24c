"""A large account as `aws iam get-account-authorization-details` prints it."""

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

SHARED = Path(__file__).parents[3] / "shared" / "bench" / "gen_gaad.py"
ACCOUNT = "123456789012"
SERVICES = ("lambda", "ec2", "ecs-tasks", "glue", "codebuild", "states")


def account(roles: int, path: Path) -> None:
    """Write an account with this many roles, by the generator beside the repository where there is one."""
    if SHARED.exists():
        subprocess.run([sys.executable, str(SHARED), "--roles", str(roles), "-o", str(path)], check=True)
    else:
        path.write_text(json.dumps(_account(roles, random.Random(7))), encoding="utf-8")  # noqa: S311 - repeatable


def _account(roles: int, chance: random.Random) -> dict[str, Any]:
    shared = [_managed(number, chance) for number in range(roles // 20)]
    return {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [_role(number, roles, shared, chance) for number in range(roles)],
        "Policies": shared,
    }


def _managed(number: int, chance: random.Random) -> dict[str, Any]:
    name = f"shared-{number}"
    return {
        "PolicyName": name,
        "PolicyId": f"ANPA{number:017d}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:policy/{name}",
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 1,
        "IsAttachable": True,
        "PolicyVersionList": [{"VersionId": "v1", "IsDefaultVersion": True, "Document": _document(number, chance)}],
    }


def _role(number: int, roles: int, shared: list[dict[str, Any]], chance: random.Random) -> dict[str, Any]:
    name = f"app-{number:06d}"
    trusted: dict[str, str] = {"Service": f"{chance.choice(SERVICES)}.amazonaws.com"}
    if number % 5 == 0:
        trusted = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app-{chance.randrange(roles):06d}"}
    attached = [chance.choice(shared)] if shared else []
    found = {
        "RoleName": name,
        "RoleId": f"AROA{number:017d}",
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "Path": "/",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}],
        },
        "AttachedManagedPolicies": [{"PolicyName": row["PolicyName"], "PolicyArn": row["Arn"]} for row in attached],
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": _document(number, chance)}],
        "InstanceProfileList": [],
        "Tags": [{"Key": "team", "Value": f"team-{number % 40}"}],
    }
    if number % 5 == 1 and shared:
        found["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": shared[0]["Arn"],
        }
    return found


def _document(number: int, chance: random.Random) -> dict[str, Any]:
    families = (
        (["s3:Get*", "s3:List*"], f"arn:aws:s3:::bucket-{number % 900}/*"),
        (["dynamodb:*"], f"arn:aws:dynamodb:*:{ACCOUNT}:table/table-{number % 700}"),
        (["lambda:Update*", "lambda:Get*"], f"arn:aws:lambda:*:{ACCOUNT}:function:app-{number % 500}*"),
        (["iam:PassRole"], f"arn:aws:iam::{ACCOUNT}:role/app-{number % 1000:06d}"),
        (["ec2:Describe*", "ec2:RunInstances"], "*"),
        (["logs:*", "cloudwatch:Put*"], "*"),
        (["iam:*"] if number % 400 == 0 else ["iam:Get*"], "*"),
    )
    chosen = chance.sample(families, 3)
    rows: list[dict[str, Any]] = [
        {"Effect": "Allow", "Action": actions, "Resource": place} for actions, place in chosen
    ]
    if number % 11 == 0:
        rows.append({"Effect": "Deny", "Action": ["iam:*"], "Resource": "*"})
    return {"Version": "2012-10-17", "Statement": rows}
