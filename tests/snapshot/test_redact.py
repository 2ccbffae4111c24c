"""Secrets planted in every place that we know of must not reach the disk, in whatever form a record is handed over."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nhi_scan.snapshot import codec, redact
from nhi_scan.snapshot.store import SnapshotWriter

SECRET = "canary-7c1f"

# kind, drop paths of its call, record as the API gives it, what is kept of the interesting part
PLANTED: list[tuple[str, tuple[str, ...], Any, Any]] = [
    (
        "lambda-functions",
        (),
        {
            "FunctionName": "f",
            "Environment": {"Variables": {"DB_PASSWORD": SECRET, "A": SECRET}, "Error": {"Message": SECRET}},
        },
        {"FunctionName": "f", "Environment": {"Variables": ["A", "DB_PASSWORD"]}},
    ),
    (
        "lambda-functions",
        ("Environment.Variables.*", "Environment.Error"),
        {
            "Environment": {
                "Variables": {"type": SECRET, "image": SECRET, "computeType": SECRET},
                "Error": {"Message": SECRET},
            }
        },
        {"Environment": {"Variables": ["computeType", "image", "type"]}},
    ),
    (
        "ecs-task-definitions",
        ("containerDefinitions.command",),
        {
            "containerDefinitions": [
                {
                    "environment": [{"name": "TOKEN", "value": SECRET}],
                    "secrets": [{"name": "S", "valueFrom": "arn:x"}],
                    "command": ["--key", SECRET],
                }
            ]
        },
        {
            "containerDefinitions": [
                {"environment": [{"name": "TOKEN"}], "secrets": [{"name": "S", "valueFrom": "arn:x"}]}
            ]
        },
    ),
    (
        "codebuild-projects",
        (),
        {
            "environment": {
                "type": "LINUX",
                "image": "i",
                "computeType": "c",
                "privilegedMode": False,
                "environmentVariables": [{"name": "N", "value": SECRET, "type": "PLAINTEXT"}],
            }
        },
        {
            "environment": {
                "type": "LINUX",
                "image": "i",
                "computeType": "c",
                "privilegedMode": False,
                "environmentVariables": [{"name": "N", "type": "PLAINTEXT"}],
            }
        },
    ),
    (
        "sagemaker-models",
        (),
        {"PrimaryContainer": {"Environment": {"K": SECRET}}},
        {"PrimaryContainer": {"Environment": ["K"]}},
    ),
    ("glue-jobs", (), {"DefaultArguments": {"--password": SECRET}}, {"DefaultArguments": ["--password"]}),
    ("bedrock-agentcore-runtimes", (), {"environmentVariables": {"K": SECRET}}, {"environmentVariables": ["K"]}),
    (
        "ec2-launch-template-versions",
        (),
        {"LaunchTemplateData": {"UserData": SECRET, "a": 1}},
        {"LaunchTemplateData": {"a": 1}},
    ),
    ("ec2-instances", (), {"userData": SECRET, "InstanceId": "i"}, {"InstanceId": "i"}),
    (
        "cloudformation-stacks",
        (),
        {"Parameters": [{"ParameterKey": "P", "ParameterValue": SECRET}]},
        {"Parameters": [{"ParameterKey": "P"}]},
    ),
    (
        "cloudformation-stacks",
        (),
        {"Outputs": [{"OutputKey": "O", "OutputValue": SECRET}]},
        {"Outputs": [{"OutputKey": "O"}]},
    ),
    ("batch-job-definitions", ("parameters.*",), {"parameters": {"p": SECRET}}, {"parameters": ["p"]}),
    (
        "anything",
        (),
        [{"deep": [{"SecretString": SECRET, "secretAccessKey": SECRET, "Password": SECRET, "PrivateKey": SECRET}]}],
        [{"deep": [{}]}],
    ),
    ("anything", (), {"environment": [f"A={SECRET}"]}, {"environment": ["A"]}),
    ("anything", ("a.b.c",), {"a": [{"b": {"c": SECRET, "d": 1}}, {"b": 2}, 3]}, {"a": [{"b": {"d": 1}}, {"b": 2}, 3]}),
]


@pytest.mark.parametrize("form", ["value", "compact", "pretty", "escaped"])
def test_no_planted_secret_is_written(form: str, tmp_path: Path) -> None:
    def shaped(record: Any) -> Any:
        if form == "value":
            return record
        if form == "pretty":
            return json.dumps(record, indent=2).encode()
        text = json.dumps(record)
        if form == "escaped":  # letters that are in no literal of JSON
            for letter in "oidD":
                text = text.replace(letter, f"\\u{ord(letter):04x}")
        return text.encode()

    writer = SnapshotWriter.create(str(tmp_path), datetime(2026, 1, 1, tzinfo=UTC), "0")
    for number, (kind, drop, record, _) in enumerate(PLANTED):
        writer.write(
            "aws",
            "1",
            f"{kind}-{number}",
            [("", {"Environment": {"Variables": {"X": SECRET}}}, shaped(record))],
            drop=drop,
        )
    snapshot = writer.finish()
    for number, (kind, _, _, kept) in enumerate(PLANTED):
        (envelope,) = snapshot.records("aws", "1", f"{kind}-{number}")
        assert envelope.value() == kept
        assert envelope.of == {"Environment": {"Variables": ["X"]}}
    for path in tmp_path.rglob("*.*"):
        text = path.read_bytes()
        assert SECRET.encode() not in (gzip.decompress(text) if path.suffix == ".gz" else text), path


@pytest.mark.parametrize(
    "record",
    [
        {"Tags": {"Environment": "prod"}},
        {"Tags": [{"Key": "Environment", "Value": "prod"}]},
        {"PasswordLastUsed": "2026-01-01T00:00:00Z", "password_enabled": "true", "SecretList": [{"Name": "n"}]},
        {
            "Statement": [
                {"Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:::secret:Password"}
            ]
        },
    ],
)
def test_what_only_looks_alike_stays(record: Any) -> None:
    assert codec.decode_any(redact.redacted(codec.encode(record))) == record


_values = st.recursive(
    st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "Environment",
                    "Variables",
                    "UserData",
                    "environmentVariables",
                    "PASSWORD",
                    "userdata",
                    "name",
                    "value",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(value=_values)
def test_redacting_twice_changes_nothing(value: Any) -> None:
    once = redact.redacted(codec.encode(value))
    assert redact.redacted(once) == once


@given(value=_values)
def test_what_is_not_suspect_is_not_changed(value: Any) -> None:
    text = codec.encode(value)
    if not redact.suspect(text):
        assert redact.redacted(text) == text
