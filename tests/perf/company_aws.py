"""The roles of a company on AWS: of ten, four trust a service account each, two a repository, the others a service."""

from collections.abc import Iterator
from typing import Any

from tests.perf.company import ACCOUNTS, CLUSTERS, CREATED, GITHUB, OWNER, Company, Row

EMPTY = ("iam-users", "iam-groups", "iam-policies", "iam-saml-providers")


class Aws:
    """Makes the records of an account."""

    def __init__(self, company: Company) -> None:
        """Take the layout."""
        self._company = company

    def kinds(self, account: int) -> Iterator[tuple[str, Iterator[Row]]]:
        """Yield the kinds of records of one of the accounts."""
        yield "iam-roles", self._roles(account)
        yield "iam-oidc-providers", self._providers(account)
        for kind in EMPTY:
            yield kind, iter(())

    def _providers(self, account: int) -> Iterator[Row]:
        for issuer in (GITHUB, *[self._company.issuer(cluster) for cluster in range(CLUSTERS)]):
            arn = self._provider(account, issuer)
            yield "", {"Arn": arn}, {"Url": issuer, "ClientIDList": ["sts.amazonaws.com"], "CreateDate": CREATED}

    def _provider(self, account: int, issuer: str) -> str:
        return f"arn:aws:iam::{self._company.account(account)}:oidc-provider/{issuer}"

    def _roles(self, account: int) -> Iterator[Row]:
        for number in range(account, self._company.roles, ACCOUNTS):
            record = {
                "RoleName": f"app-{number:06d}",
                "RoleId": f"AROA{number:017d}",
                "Arn": self._company.role(number),
                "Path": "/",
                "CreateDate": CREATED,
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [self._trust(number)]},
                "AttachedManagedPolicies": [],
                "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": _document(number)}],
                "InstanceProfileList": [],
                "Tags": [{"Key": "team", "Value": f"team-{number % 40}"}],
            }
            yield "", {}, record

    def _trust(self, number: int) -> dict[str, Any]:
        share = number * 1000 // self._company.roles  # which thousandth of the roles it is of
        cluster, turn = number % CLUSTERS, number // CLUSTERS
        issuer = self._company.issuer(cluster)
        if share < 400:  # every third service account has a role; some annotations name another's
            return self._federated(number, issuer, "StringEquals", self._company.subject(turn * 3 % self._company.pods))
        if share < 420:
            space = self._company.space(turn * 10 % self._company.pods)
            return self._federated(number, issuer, "StringLike", f"system:serviceaccount:{space}:*")
        if share < 422:
            return self._federated(number, issuer, "StringLike", "system:serviceaccount:*:*")
        if share < 622:
            return self._github(number)
        return {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}

    def _github(self, number: int) -> dict[str, Any]:
        repository = self._company.repository(number)
        forms = (f"{repository}:ref:refs/heads/main", f"{repository}:environment:production", f"{repository}:*")
        what = f"{OWNER}/*" if number % 50 == 0 else forms[number % 3]
        return self._federated(number, GITHUB, "StringLike" if "*" in what else "StringEquals", f"repo:{what}")

    def _federated(self, number: int, issuer: str, operator: str, subject: str) -> dict[str, Any]:
        audience = {f"{issuer}:aud": "sts.amazonaws.com"}
        tests: dict[str, dict[str, str]] = {"StringEquals": audience}
        tests.setdefault(operator, {})[f"{issuer}:sub"] = subject
        return {
            "Effect": "Allow",
            "Principal": {"Federated": self._provider(number, issuer)},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": tests,
        }


def _document(number: int) -> dict[str, Any]:
    rows = [{"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": f"arn:aws:s3:::bucket-{number % 900}/*"}]
    if number % 100 == 0:
        rows = [{"Effect": "Allow", "Action": ["*"], "Resource": "*"}]
    return {"Version": "2012-10-17", "Statement": rows}
