"""What is fuzzed: each target takes any bytes and raises where a parser breaks its promise."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from nhi_scan.config import load as load_settings
from nhi_scan.findings.waivers import read_waivers
from nhi_scan.model.errors import UserError
from nhi_scan.providers.aws.credential_report import ReportError, read_credential_report
from nhi_scan.providers.aws.policy import parse_document
from nhi_scan.providers.aws.simulate import simulate_lines
from nhi_scan.ruleset.case_file import read_cases
from nhi_scan.ruleset.load import read_rule
from nhi_scan.ruleset.strict_yaml import parse

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Target:
    """A parser, and beginnings that it takes: they lead the fuzzer into the grammar."""

    read: Callable[[bytes], None]  # raises one of the errors that are made for the user, or nothing
    beginnings: tuple[bytes, ...]

    def __call__(self, raw: bytes) -> None:
        """Whatever is read, the only way out but success is one sentence."""
        try:
            self.read(raw)
        except (UserError, ReportError) as error:
            if not str(error).strip() or "\n" in str(error):
                raise AssertionError(f"no sentence: {error!r}") from error


def policy(raw: bytes) -> None:
    """A document is statements, or says why it is none; a statement that cannot be read says so, and stays."""
    for document in (raw, raw.decode("utf-8", "replace")):
        parsed = parse_document(document)
        for position, statement in enumerate(parsed.statements):
            if statement.index != position:
                raise AssertionError("a statement went missing")
            if not (statement.malformed or statement.actions or statement.not_actions):
                raise AssertionError("a statement without an action passed")
    if parsed.malformed:
        raise UserError(parsed.malformed)


def _yaml(raw: bytes, then: Callable[[object], object]) -> None:
    then(parse(raw.decode("utf-8", "replace"), "file.yaml"))


def settings(raw: bytes) -> None:
    """A configuration file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "nhi-scan.yaml")
        path.write_bytes(raw)
        load_settings(path)


RULE = """\
id: fuzzed
title: Fuzzed
subject: credential
severity: low
why: A reason.
risk: [NHI1:2025]
nist: [AC-2]
params: {max_idle_days: 90}
when:
  all:
    - {fact: credential.status, is: active}
    - any:
        - {fact: credential.ever_used, is: false}
        - {fact: credential.idle_days, at_least: $max_idle_days}
message: A key of {identity.name}.
remediation: "aws iam delete-access-key --user-name {identity.name!sh}"
evidence: [dates]
"""
CASES = """\
finding:
  - name: old
    facts: {credential.status: active, credential.ever_used: false}
quiet:
  - name: switched off
    facts: {credential.status: inactive}
unknown:
  - name: dark
    facts: {credential.status: null}
"""
_READ = partial(read_rule, source="rules/lifecycle/fuzzed.yaml", question="lifecycle")


def rule(raw: bytes) -> None:
    """A rule."""
    _yaml(raw, _READ)


def cases(raw: bytes) -> None:
    """The cases of a rule."""
    _yaml(raw, lambda content: read_cases(_READ(parse(RULE, "rule")), content, "fuzzed.cases.yaml"))


def waivers(raw: bytes) -> None:
    """A file of waivers."""
    _yaml(raw, lambda content: read_waivers(content, "waivers.yaml"))


def report(raw: bytes) -> None:
    """A credential report."""
    for row in read_credential_report(raw.decode("utf-8", "replace")):
        if not {"user", "arn"} <= row.keys():
            raise AssertionError("a row without a user")


def question(raw: bytes) -> None:
    """A line of `simulate`: its answer can be written as JSON, and says what was decided or what is wrong."""
    answers = list(simulate_lines(raw.splitlines(), now=NOW))
    for answer in answers:
        json.dumps(answer)
        if ("decision" in answer) == ("error" in answer):
            raise AssertionError(answer)
    for answer in answers:
        if "error" in answer:
            raise UserError(answer["error"])


STATEMENT = {
    "Sid": "s",
    "Effect": "Allow",
    "Principal": {"AWS": "111122223333", "Federated": "arn:aws:iam::111122223333:oidc-provider/x"},
    "Action": ["s3:Get*", "sts:AssumeRole"],
    "NotResource": "arn:aws:s3:::a/${aws:username}",
    "Condition": {"ForAllValues:StringLikeIfExists": {"aws:TagKeys": ["a*"]}, "Bool": {"aws:SecureTransport": True}},
}
DOCUMENT = {"Version": "2012-10-17", "Statement": [STATEMENT]}

LINE = {
    "name": "a",
    "principal": "arn:aws:iam::111122223333:role/x",
    "action": "s3:GetObject",
    "resource": "arn:aws:s3:::b/k",
    "resource_account": "111122223333",
    "identity_policies": [
        {"Statement": {key: STATEMENT[key] for key in ("Effect", "Action", "NotResource", "Condition")}}
    ],
    "resource_policy": DOCUMENT,
    "context": {"aws:SourceIp": "192.0.2.1"},
    "expected": "allowed",
}

TARGETS = {
    "policy": Target(policy, (json.dumps(DOCUMENT).encode(), b"%7B%22Statement%22%3A%5B%5D%7D")),
    "settings": Target(
        settings, (b"fail_on: high\nrules: {no-owner: off}\nowner_tags: [a]\nproviders: {aws: {usage: true}}",)
    ),
    "rule": Target(rule, (RULE.encode(),)),
    "cases": Target(cases, (CASES.encode(),)),
    "waivers": Target(
        waivers, (b"- {rule: r, resource: '*', reason: a, approved_by: b, ticket: T-1, expires: 2027-01-01}\n",)
    ),
    "report": Target(
        report,
        (
            b"user,arn,password_enabled\na,arn:aws:iam::111122223333:user/a,false\n",
            b'"user",arn\r\n"a""b",c\r\n',
        ),
    ),
    "question": Target(question, (json.dumps(LINE).encode(),)),
}
