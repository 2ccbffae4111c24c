"""Families of clean identities: a line of data becomes a role, its workload and its owner in every account."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.estate import Account, Estate, Group, Provider, Role, Statement, User, Workload
from nhi_scan.demo.wording import between, fill, frozen


def add_services(estate: Estate, content: Mapping[str, Any]) -> None:
    """Add a role and a workload per component, and a pipeline's role per service, in each account."""
    for key in content["accounts"]:
        estate.providers.append(Provider(account=key, issuer="token.actions.githubusercontent.com"))
        account = estate.accounts[key]
        for service in content["services"]:
            words = {"account": account.id, "service": service["name"]}
            tags = {"owner": content["teams"][service["team"]], "service": service["name"], "environment": key}
            for component, kind in service["components"].items():
                role = _component_role(
                    key, f"{service['name']}-{component}", kind, tags, fill(content["grants"], words)
                )
                estate.roles.append(role)
                estate.workloads.append(
                    Workload(
                        account=key, region=content["region"], kind=kind, name=role.name, role=role.name, tags=tags
                    )
                )
            deploy = content["deploy"]
            estate.roles.append(
                Role(
                    account=key,
                    name=f"{service['name']}-deploy",
                    description=f"Pipeline of {service['name']}",
                    trust=github(account.id, fill(deploy["repository"], words)),
                    created=between(f"{key}{service['name']}deploy", 200, 900),
                    used=between(f"{key}{service['name']}deployed", 1, 20),
                    inline={"deploy": tuple(fill(deploy["grants"], words))},
                    tags=tags,
                )
            )


def _component_role(account: str, name: str, kind: str, tags: Mapping[str, str], grants: Any) -> Role:
    return Role(
        account=account,
        name=name,
        description=f"Runs {name}",
        trust=service_trust(_RUNTIMES[kind]),
        created=between(f"{account}{name}", 150, 900),
        used=between(f"{name}{account}", 1, 20),
        inline={"own-resources": tuple(grants)},
        tags=tags,
        instance_profile=kind == "instance",
    )


_RUNTIMES = {
    "function": "lambda.amazonaws.com",
    "task": "ecs-tasks.amazonaws.com",
    "instance": "ec2.amazonaws.com",
    "project": "codebuild.amazonaws.com",
    "job": "glue.amazonaws.com",
    "state_machine": "states.amazonaws.com",
}


def service_trust(principal: str) -> tuple[Statement, ...]:
    """The trust policy of a role that an AWS service takes on."""
    return ({"Effect": "Allow", "Principal": {"Service": principal}, "Action": "sts:AssumeRole"},)


def github(account_id: str, repository: str) -> tuple[Statement, ...]:
    """The trust policy of a role for the main branch of one GitHub repository, as GitHub documents it."""
    issuer = "token.actions.githubusercontent.com"
    return (
        {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{account_id}:oidc-provider/{issuer}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{issuer}:aud": "sts.amazonaws.com",
                    f"{issuer}:sub": f"repo:{repository}:ref:refs/heads/main",
                }
            },
        },
    )


def add_people(estate: Estate, content: Mapping[str, Any]) -> None:
    """Add what Identity Center and AWS itself make, and the users of people."""
    estate.service_linked = tuple(content["service_linked"])
    for account in estate.accounts.values():
        for number, (name, managed) in enumerate(content["permission_sets"].items()):
            estate.roles.append(_permission_set(account, name, number, tuple(managed)))
    estate.groups += [Group(**frozen(entry)) for entry in content["groups"]]
    for key, people in content["people"].items():
        for name in people["names"]:
            estate.users.append(
                User(
                    account=key,
                    name=name,
                    created=between(name, 200, 1200),
                    groups=(people["group"],),
                    password=True,
                    password_used=between(f"{name} login", 1, 14),
                    mfa=True,
                    tags={"email": f"{name}@northwind.example", "owner": f"{name}@northwind.example"},
                )
            )


def _permission_set(account: Account, name: str, number: int, managed: tuple[str, ...]) -> Role:
    """A role as IAM Identity Center makes it for a permission set."""
    provider = f"arn:aws:iam::{account.id}:saml-provider/AWSSSO_1a2b3c4d5e6f7a8b_DO_NOT_DELETE"
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
    return Role(
        account=account.key,
        name=f"AWSReservedSSO_{name}_{0x1A2B3C4D5E6F7080 + number:016x}",
        path="/aws-reserved/sso.amazonaws.com/eu-west-1/",
        trust=(statement,),
        created=700,
        used=between(f"{account.key}{name}", 1, 20),
        managed=managed,
    )
