"""Human or not, and why. The patterns are tables; the functions only say in which order evidence counts."""

import re
from collections.abc import Sequence
from functools import lru_cache

from nhi_scan.model.identity import Nature
from nhi_scan.model.policy import Trust
from nhi_scan.providers.aws.normalise.values import Tags

Verdict = tuple[Nature, str]

SSO_PATH = "/aws-reserved/sso.amazonaws.com/"
SSO_PREFIX = "AWSReservedSSO_"
SERVICE_LINKED_PATH = "/aws-service-role/"

_TAG_KEYS = frozenset(
    {
        "identitytype",
        "usertype",
        "accounttype",
        "principaltype",
        "nature",
        "identitynature",
        "identitykind",
        "usagetype",
        "humanornonhuman",
    },
)
_TAG_VALUES = {
    **dict.fromkeys(("human", "person", "people", "employee", "staff", "contractor", "interactive"), Nature.HUMAN),
    **dict.fromkeys(
        (
            "nonhuman",
            "service",
            "serviceaccount",
            "machine",
            "bot",
            "robot",
            "workload",
            "application",
            "app",
            "system",
            "automation",
            "ci",
            "cicd",
            "nhi",
            "programmatic",
        ),
        Nature.NON_HUMAN,
    ),
}
_PATH_SEGMENTS = {
    **dict.fromkeys(("people", "human", "humans", "users", "employees", "staff", "engineers"), Nature.HUMAN),
    **dict.fromkeys(
        (
            "service",
            "services",
            "service-accounts",
            "svc",
            "machine",
            "machines",
            "bot",
            "bots",
            "system",
            "automation",
            "ci",
            "cicd",
            "app",
            "apps",
            "applications",
            "workloads",
            "pipelines",
            "lambda",
            "ecs",
            "eks",
            "service-role",
        ),
        Nature.NON_HUMAN,
    ),
}
_MACHINES = """
svc service serviceaccount sa bot robot robots ci cd cicd deploy deployer deployment deployments terraform tf
pulumi ansible packer puppet chef jenkins github gitlab circleci buildkite travis bitbucket argocd argo spinnaker
pipeline pipelines runner runners build builder codebuild codedeploy codepipeline lambda ecs ec2 eks fargate
glue batch etl worker workers cron job jobs scheduler daemon automation automated auto system machine app api
backend backup backups monitor monitoring prometheus grafana datadog newrelic splunk sumologic snyk wiz prisma
exporter uploader downloader importer sync syncer replication replicator migration migrator integration webhook
smtp ses s3 cdn proxy gateway agent noreply kubernetes k8s node cluster instance scanner crawler ingest indexer
"""
_PEOPLE = """
developer developers engineer engineers analyst analysts auditor auditors oncall breakglass operator operators
human people person employee employees staff
"""
_MACHINE_WORDS = frozenset(_MACHINES.split())
_PEOPLE_WORDS = frozenset(_PEOPLE.split())
_EMAIL = re.compile(r"[^@\s/]+@[^@\s/]+\.[^@\s/]+")
_FIRST_LAST = re.compile(r"[A-Za-z]{2,}\.[A-Za-z]{2,}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+[a-z]*|s3|k8s|ec2", re.ASCII)
_PUNCTUATION = re.compile(r"[^A-Za-z0-9]+")
_END_USER_PROVIDERS = (
    "cognito-identity.amazonaws.com",
    "accounts.google.com",
    "graph.facebook.com",
    "www.amazon.com",
)


def nature_of_root() -> Verdict:
    """The root user: a person signs in with the account's e-mail address."""
    return Nature.HUMAN, "it is the account's root user, which a person signs in as"


def nature_of_user(
    name: str,
    path: str,
    tags: Tags,
    *,
    has_password: bool | None,
    has_mfa: bool | None,
    has_keys: bool | None,
) -> Verdict:
    """Decide for an IAM user: what it is tagged, where it lies, how it is called, how it signs in, in this order.

    A name that says "machine" outweighs a console password, because a password on a service user is a mistake worth
    finding and not a proof of a person.
    """
    by_label = _by_tags(tags) or _by_path(path) or _by_user_name(name)
    if by_label is not None:
        return by_label
    if has_password:
        mfa = " and an MFA device" if has_mfa else ""
        return Nature.HUMAN, f"it has a console password{mfa}"
    if has_password is False and has_keys:
        return Nature.NON_HUMAN, "it has access keys and no console password"
    if has_password is None:
        return Nature.UNKNOWN, "nothing in its name, path or tags tells, and its credentials were not collected"
    return Nature.UNKNOWN, "it has neither a console password nor access keys, and its name, path and tags do not tell"


def nature_of_role(name: str, path: str, tags: Tags, trusts: Sequence[Trust]) -> Verdict:
    """Decide for an IAM role: who made it, what it is tagged, who its trust policy lets in, how it is called."""
    if path.startswith(SERVICE_LINKED_PATH):
        return Nature.NON_HUMAN, "it is a service-linked role, which only an AWS service can assume"
    if name.startswith(SSO_PREFIX) or path.startswith(SSO_PATH):
        return Nature.HUMAN, "IAM Identity Center made it for the people that a permission set is assigned to"
    return (
        _by_tags(tags)
        or _by_trust(trusts)
        or _by_path(path)
        or _by_role_name(name)
        or (Nature.UNKNOWN, "its trust policy, name, path and tags do not tell who uses it")
    )


def _by_tags(tags: Tags) -> Verdict | None:
    for key, value in tags:
        if _squeezed(key) in _TAG_KEYS:
            nature = _TAG_VALUES.get(_squeezed(value))
            if nature is not None:
                return nature, f"its tag `{key}` says `{value}`"
    return None


def _by_path(path: str) -> Verdict | None:
    if path == "/":
        return None
    for segment in path.lower().split("/"):
        nature = _PATH_SEGMENTS.get(segment)
        if nature is not None:
            return nature, f"its path has `{segment}`"
    return None


def _by_user_name(name: str) -> Verdict | None:
    local = name.split("@", 1)[0]
    word = _first_of(local, _MACHINE_WORDS)
    if word:
        return Nature.NON_HUMAN, f"its name has `{word}`"
    if _EMAIL.fullmatch(name):
        return Nature.HUMAN, "its name is an e-mail address"
    if _FIRST_LAST.fullmatch(name):
        return Nature.HUMAN, "its name is a first and a last name"
    return None


def _by_role_name(name: str) -> Verdict | None:
    word = _first_of(name, _PEOPLE_WORDS)
    if word:
        return Nature.HUMAN, f"its name has `{word}`"
    word = _first_of(name, _MACHINE_WORDS)
    return (Nature.NON_HUMAN, f"its name has `{word}`") if word else None


def _by_trust(trusts: Sequence[Trust]) -> Verdict | None:
    machines = [reason for trust in trusts if (reason := _machine_in(trust))]
    people = [reason for trust in trusts if (reason := _person_in(trust))]
    if machines and people:
        return Nature.UNKNOWN, f"its trust policy lets in both: {machines[0]}, and {people[0]}"
    if machines:
        return Nature.NON_HUMAN, f"its trust policy lets in {machines[0]}"
    if people:
        return Nature.HUMAN, f"its trust policy lets in {people[0]}"
    if trusts and all(trust.subject_kind == "identity" and ":role/" in trust.subject for trust in trusts):
        return Nature.NON_HUMAN, "its trust policy lets in other roles only"
    return None


def _machine_in(trust: Trust) -> str:
    if trust.subject_kind == "service":
        return f"the service `{trust.subject}`"
    if trust.subject_kind == "federated" and ":saml-provider/" not in trust.subject:
        return "" if trust.subject.endswith(_END_USER_PROVIDERS) else f"workloads of `{trust.subject}`"
    if trust.subject_kind == "account" and any(c.key.lower() == "sts:externalid" for c in trust.conditions):
        return f"a third party's account `{trust.subject}`, with an external id"
    return ""


def _person_in(trust: Trust) -> str:
    if trust.subject_kind == "federated":
        if ":saml-provider/" in trust.subject:
            return f"people who sign in through `{trust.subject}`"
        return f"people who sign in through `{trust.subject}`" if trust.subject.endswith(_END_USER_PROVIDERS) else ""
    if trust.subject_kind == "identity" and SSO_PREFIX in trust.subject:
        return "people who sign in through IAM Identity Center"
    if any(c.key.lower() == "aws:multifactorauthpresent" and "true" in c.values for c in trust.conditions):
        return "principals that show an MFA device"
    return ""


def _squeezed(text: str) -> str:
    return _PUNCTUATION.sub("", text).lower()


@lru_cache(maxsize=65536)
def _words(name: str) -> tuple[str, ...]:
    words: list[str] = []
    for part in _PUNCTUATION.split(name):
        words.append(part.lower())
        words += [match.lower() for match in _WORD.findall(part)]
    return tuple(words)


def _first_of(name: str, vocabulary: frozenset[str]) -> str:
    return next((word for word in _words(name) if word in vocabulary), "")
