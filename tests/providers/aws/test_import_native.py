"""Exports of the AWS CLI become the same snapshot that a collector would have written, or one sentence."""

import base64
import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.providers.aws.import_files import accepted_names, name_to_add
from nhi_scan.providers.aws.import_native import import_native
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

ACCOUNT = "111122223333"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
Files = dict[str, Any]


def user(name: str, account: str = ACCOUNT) -> dict[str, Any]:
    return {"UserName": name, "Arn": f"arn:aws:iam::{account}:user/{name}", "Path": "/"}


def details(users: list[Any], roles: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles or [], "Policies": [], **more}


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., tuple[Snapshot, list[str]]]:
    """Write files, import them, open the snapshot: `imported({name: content}, other_account={...})`."""

    def run(files: Files, account: str = ACCOUNT, **others: Files) -> tuple[Snapshot, list[str]]:
        sources = []
        for number, contents in {account: files, **others}.items():
            folder = tmp_path / "exports" / number.removeprefix("a")
            folder.mkdir(parents=True)
            for name, content in contents.items():
                path = folder / name
                path.parent.mkdir(exist_ok=True)
                text = content if isinstance(content, str | bytes) else json.dumps(content, indent=4)
                path.write_bytes(text.encode() if isinstance(text, str) else text)
            sources.append((number.removeprefix("a"), folder))
        warnings: list[str] = []
        writer = SnapshotWriter.create(tmp_path / "snapshot", NOW, "test")
        import_native(sources, writer, warnings.append)
        return writer.finish(), warnings

    return run


Imported = Callable[..., tuple[Snapshot, list[str]]]


def values(snapshot: Snapshot, kind: str, scope: str = ACCOUNT) -> list[Any]:
    return [envelope.value() for envelope in snapshot.records("aws", scope, kind)]


def coverage(snapshot: Snapshot, kind: str, scope: str = ACCOUNT) -> Coverage:
    return next(
        row for row in snapshot.manifest.coverage if (row.record_kind, row.scope_id, row.region) == (kind, scope, "")
    )


def test_every_call_has_a_name_that_the_cli_would_give_it() -> None:
    answered = {call.kind for calls in accepted_names().values() for call in calls}
    assert answered == {call.kind for call in CALLS}
    for name in (
        "iam-get-account-authorization-details",
        "lambda-list-functions",
        "ec2-describe-instances",
        "organizations-list-policies",
        "s3api-get-bucket-policy",
        "stepfunctions-describe-state-machine",
        "s3control-get-public-access-block",
    ):
        assert name in accepted_names()


def test_the_four_lists_of_iam(imported: Imported) -> None:
    role = {"RoleName": "r", "Arn": f"arn:aws:iam::{ACCOUNT}:role/r", "AssumeRolePolicyDocument": {"Statement": []}}
    aws_policy = {"Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    snapshot, warnings = imported(
        {
            "iam-get-account-authorization-details.json": details(
                [user("zoë"), user("amy")], [role], Policies=[aws_policy]
            )
        }
    )
    assert values(snapshot, "iam-users") == [user("zoë"), user("amy")]
    assert values(snapshot, "iam-roles") == [role]
    assert values(snapshot, "iam-policies") == [aws_policy]
    assert warnings == []
    assert coverage(snapshot, "iam-users").status is CoverageStatus.COMPLETE
    assert coverage(snapshot, "iam-users").records == 2
    assert coverage(snapshot, "iam-groups").status is CoverageStatus.COMPLETE
    assert snapshot.manifest.captured_at == NOW


def test_a_record_is_written_as_it_stands_in_the_file(imported: Imported) -> None:
    record = f'{{"Arn":"arn:aws:iam::{ACCOUNT}:user/x","Z":1.50,"A":"\\u2603"}}'
    snapshot, _ = imported({"iam-get-account-authorization-details.json": f'{{"UserDetailList":[{record}]}}'})
    assert next(snapshot.records("aws", ACCOUNT, "iam-users")).record == record.encode()


def test_what_is_missing_is_coverage(imported: Imported) -> None:
    snapshot, _ = imported({"iam-get-account-authorization-details.json": {"UserDetailList": [], "RoleDetailList": []}})
    rows = {row.record_kind: row for row in snapshot.manifest.coverage}
    assert set(rows) == {call.kind for call in CALLS if call.scope != "organization"}
    assert rows["iam-roles"].status is CoverageStatus.COMPLETE
    assert (rows["iam-groups"].status, rows["iam-groups"].detail) == (
        CoverageStatus.FAILED,
        "not in `iam-get-account-authorization-details.json`",
    )
    assert (rows["lambda-functions"].status, rows["lambda-functions"].detail) == (
        CoverageStatus.FAILED,
        "not in the import: `lambda-list-functions.json`",
    )
    each = "one about each of `lambda-functions`"
    assert rows["lambda-policies"].detail == f"not in the import: `lambda-get-policy.json`, {each}"
    assert rows["iam-credential-report"].detail == "not in the import: `credential-report.csv`"
    assert {row.permission for row in rows.values()} == {""}, "a permission is not what an import lacks"


def test_every_file_that_is_named_as_missing_would_be_imported() -> None:
    for call in CALLS:
        assert call in accepted_names()[name_to_add(call).rpartition(".")[0]]


DETAILS = "iam-get-account-authorization-details.json"
BOUNDARY = {"PermissionsBoundary": {"PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/edge"}}
SUMMARY = {"ServerCertificates": 0, "Providers": 0, "MFADevices": 3, "InstanceProfiles": 0}


@pytest.mark.parametrize(
    ("kind", "files", "status"),
    [
        ("lambda-functions", {}, "failed"),
        ("lambda-policies", {}, "failed"),  # nobody knows which functions there are
        ("lambda-policies", {"lambda-list-functions.json": {"Functions": []}}, "complete"),
        ("lambda-policies", {"lambda-list-functions.json": {}}, "complete"),
        ("lambda-policies", {"lambda-list-functions.json": {"Functions": [{"FunctionName": "f"}]}}, "failed"),
        ("lambda-policies", {"lambda-list-functions.json": {"Functions": [], "NextMarker": "x"}}, "failed"),
        ("iam-server-certificates", {"iam-get-account-summary.json": {"SummaryMap": SUMMARY}}, "complete"),
        ("iam-oidc-providers", {"iam-get-account-summary.json": {"SummaryMap": SUMMARY}}, "complete"),
        ("iam-virtual-mfa-devices", {"iam-get-account-summary.json": {"SummaryMap": SUMMARY}}, "failed"),
        ("iam-boundary-policies", {DETAILS: details([user("a")])}, "complete"),
        ("iam-boundary-policies", {DETAILS: details([{**user("a"), **BOUNDARY}])}, "failed"),
        (
            "iam-boundary-policies",
            {DETAILS: details([{**user("a"), **BOUNDARY}], Policies=[{"Arn": f"arn:aws:iam::{ACCOUNT}:policy/edge"}])},
            "complete",
        ),
        ("iam-ssh-public-keys", {DETAILS: details([user("a")])}, "skipped"),
        (
            "iam-ssh-public-keys",
            {DETAILS: details([user("a")]), "codecommit-list-repositories.json": {"repositories": [{"a": "r"}]}},
            "failed",
        ),
        (
            "iam-ssh-public-keys",
            {DETAILS: details([user("a")]), "codecommit-list-repositories.json": {"repositories": []}},
            "skipped",
        ),
        ("iam-credential-report-state", {}, "failed"),
        ("iam-service-last-accessed", {}, "skipped"),  # collected with --usage only
        ("sts-caller-identity", {}, "skipped"),
    ],
)
def test_only_what_a_collector_would_have_asked_is_missing(
    imported: Imported, kind: str, files: dict[str, Any], status: str
) -> None:
    snapshot, _ = imported(files or {"iam-list-account-aliases.json": {"AccountAliases": []}})
    assert coverage(snapshot, kind).status.value == status


def test_a_report_that_is_there_needs_no_other_to_prepare_it(imported: Imported) -> None:
    header = "user,arn,user_creation_time"
    snapshot, _ = imported({"credential-report.csv": f"{header}\nzoe,arn:aws:iam::{ACCOUNT}:user/zoe,2026-01-01\n"})
    assert coverage(snapshot, "iam-credential-report").status is CoverageStatus.COMPLETE
    assert coverage(snapshot, "iam-credential-report-state").status is CoverageStatus.SKIPPED


@pytest.mark.parametrize(
    "files",
    [
        {
            "iam-get-account-authorization-details.json": json.dumps(details([user("a")]))
            + json.dumps(details([user("b")]))
        },
        {
            "iam-get-account-authorization-details.json": json.dumps(details([user("a")]))
            + "\n\n"
            + json.dumps(details([user("b")]))
            + "\n"
        },
        *(
            {
                f"iam-get-account-authorization-details{mark}10.json": details([user("b")]),
                f"iam-get-account-authorization-details{mark}9.json": details(
                    [user("a")], Marker="x", IsTruncated=True
                ),
            }
            for mark in "-._"
        ),
    ],
    ids=["concatenated", "by line", "dash", "dot", "underscore"],
)
def test_pages_in_their_order(imported: Imported, files: Files) -> None:
    snapshot, warnings = imported(files)
    assert [value["UserName"] for value in values(snapshot, "iam-users")] == ["a", "b"]
    assert coverage(snapshot, "iam-users").status is CoverageStatus.COMPLETE
    assert warnings == []


@pytest.mark.parametrize("more", [{"NextToken": "abc"}, {"IsTruncated": True, "Marker": "abc"}])
def test_a_last_page_that_names_another_is_partial(imported: Imported, more: dict[str, Any]) -> None:
    snapshot, _ = imported({"iam-get-account-authorization-details.json": details([user("a")], **more)})
    assert coverage(snapshot, "iam-users").status is CoverageStatus.PARTIAL
    assert "names another" in coverage(snapshot, "iam-users").detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_whatever_shell_has_written_it(imported: Imported, encoding: str) -> None:
    text = json.dumps(details([user("zoë")]), ensure_ascii=False).encode(encoding)
    snapshot, _ = imported({"iam-get-account-authorization-details.json": text})
    assert [value["UserName"] for value in values(snapshot, "iam-users")] == ["zoë"]


def test_regions_are_folders(imported: Imported) -> None:
    def function(region: str, name: str) -> dict[str, Any]:
        return {"FunctionName": name, "FunctionArn": f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}"}

    snapshot, warnings = imported(
        {
            "us-east-1/lambda-list-functions.json": {"Functions": [function("us-east-1", "a")]},
            "eu-west-1/lambda-list-functions.json": {"Functions": [function("eu-west-1", "b")]},
            "lambda-list-functions.json": {"Functions": [function("ap-south-1", "c")]},
            "us-east-1/iam-list-account-aliases.json": {"AccountAliases": ["mine"]},
            "notes/x.json": {},
            ".DS_Store": "x",
        }
    )
    found = [
        (line.region, line.value()["FunctionName"]) for line in snapshot.records("aws", ACCOUNT, "lambda-functions")
    ]
    assert found == [("ap-south-1", "c"), ("eu-west-1", "b"), ("us-east-1", "a")]
    assert [line.region for line in snapshot.records("aws", ACCOUNT, "iam-account-aliases")] == [""]
    assert values(snapshot, "iam-account-aliases") == [{"AccountAlias": "mine"}]
    assert len(warnings) == 1
    assert "notes` is not named after a region" in warnings[0]


def test_nested_answers_and_whole_answers(imported: Imported) -> None:
    snapshot, _ = imported(
        {
            "ec2-describe-instances.json": {
                "Reservations": [{"Instances": [{"InstanceId": "i-1"}, {"InstanceId": "i-2"}]}, {"Instances": []}]
            },
            "eks-describe-cluster.prod.json": {"cluster": {"name": "prod", "certificateAuthority": {"data": "x"}}},
            "iam-get-account-summary.json": {"SummaryMap": {"Users": 3}, "ResponseMetadata": {"RequestId": "r"}},
        }
    )
    assert [value["InstanceId"] for value in values(snapshot, "ec2-instances")] == ["i-1", "i-2"]
    assert values(snapshot, "eks-clusters") == [{"name": "prod"}]
    assert values(snapshot, "iam-account-summary") == [{"SummaryMap": {"Users": 3}}]


def test_an_answer_about_a_parent_says_so_in_its_name(imported: Imported) -> None:
    functions = [
        {"FunctionName": name, "FunctionArn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"} for name in "abc"
    ]
    snapshot, warnings = imported(
        {
            "lambda-list-functions.json": {"Functions": functions},
            "lambda-get-policy.a.json": {"Policy": "{}", "RevisionId": "1"},
            "lambda-get-policy.c.json": {"Policy": "[]"},
            "s3api-get-bucket-policy.my.bucket.json": {"Policy": "{}"},
            "organizations-list-parents.444455556666.json": {"Parents": [{"Id": "r-abcd", "Type": "ROOT"}]},
            "organizations-describe-organization.json": {
                "Organization": {
                    "Id": "o-abcdefghij",
                    "Arn": "arn:aws:organizations::1" + "0" * 11 + ":organization/o-abcdefghij",
                }
            },
        }
    )
    joined = [(line.of, line.value()) for line in snapshot.records("aws", ACCOUNT, "lambda-policies")]
    assert joined == [
        ({"FunctionName": "a", "FunctionArn": functions[0]["FunctionArn"]}, {"Policy": "{}", "RevisionId": "1"}),
        ({"FunctionName": "c", "FunctionArn": functions[2]["FunctionArn"]}, {"Policy": "[]"}),
    ]
    assert coverage(snapshot, "lambda-policies").status is CoverageStatus.PARTIAL
    assert "1 of those in `lambda-functions`" in coverage(snapshot, "lambda-policies").detail
    assert [line.of for line in snapshot.records("aws", ACCOUNT, "s3-bucket-policies")] == [{"Name": "my.bucket"}]
    parents = list(snapshot.records("aws", "o-abcdefghij", "organizations-parents"))
    assert [line.of for line in parents] == [{"Id": "444455556666"}]
    assert warnings == []


def test_an_answer_about_nobody_knows_whom_is_left_out_and_said(imported: Imported) -> None:
    snapshot, warnings = imported({"lambda-get-policy.json": {"Policy": "{}"}})
    assert values(snapshot, "lambda-policies") == []
    assert coverage(snapshot, "lambda-policies").status is CoverageStatus.PARTIAL
    assert len(warnings) == 1
    assert "does not say of which `FunctionName, FunctionArn`" in warnings[0]


REPORT = (
    f"user,arn,mfa_active\n<root_account>,arn:aws:iam::{ACCOUNT}:root,true\nzoë,arn:aws:iam::{ACCOUNT}:user/zoë,false\n"
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("credential-report.csv", REPORT),
        ("credential-report.csv", REPORT.replace("\n", "\r\n")),
        ("iam-get-credential-report.csv", REPORT),
        (
            "iam-get-credential-report.json",
            {"Content": base64.b64encode(REPORT.encode()).decode(), "ReportFormat": "text/csv"},
        ),
    ],
)
def test_the_credential_report(imported: Imported, name: str, content: Any) -> None:
    snapshot, warnings = imported({name: content})
    assert [(row["user"], row["mfa_active"]) for row in values(snapshot, "iam-credential-report")] == [
        ("<root_account>", "true"),
        ("zoë", "false"),
    ]
    assert coverage(snapshot, "iam-credential-report").records == 2
    assert warnings == []


def test_many_accounts_and_one_organization(imported: Imported) -> None:
    organization = {
        "organizations-describe-organization.json": {
            "Organization": {"Id": "o-abcdefghij", "Arn": f"arn:aws:organizations::{ACCOUNT}:organization/o-abcdefghij"}
        }
    }
    other = "444455556666"
    snapshot, warnings = imported(
        {**organization, "iam-get-account-authorization-details.json": details([user("a")])},
        **{f"a{other}": {**organization, "iam-get-account-authorization-details.json": details([user("b", other)])}},
    )
    assert snapshot.scopes("aws") == (ACCOUNT, other, "o-abcdefghij")
    assert [value["UserName"] for value in values(snapshot, "iam-users", other)] == ["b"]
    assert len(warnings) == 1
    assert "describes organization `o-abcdefghij`" in warnings[0]


def test_secrets_stay_outside(imported: Imported, tmp_path: Path) -> None:
    canary = "AKIACANARY0123456789"
    environment = [{"name": "TOKEN", "value": canary}]
    snapshot, _ = imported(
        {
            "lambda-list-functions.json": {
                "Functions": [{"FunctionName": "f", "Environment": {"Variables": {"TOKEN": canary}}}]
            },
            "ecs-describe-task-definition.web.json": {
                "taskDefinition": {
                    "family": "web",
                    "containerDefinitions": [
                        {"name": "c", "environment": environment, "command": [canary], "dockerLabels": {"key": canary}}
                    ],
                },
                "tags": [],
            },
            "ec2-describe-launch-template-versions.json": {
                "LaunchTemplateVersions": [{"LaunchTemplateId": "lt-1", "LaunchTemplateData": {"UserData": canary}}]
            },
            "codebuild-batch-get-projects.json": {
                "projects": [
                    {"name": "p", "environment": {"environmentVariables": environment}, "webhook": {"secret": canary}}
                ]
            },
            "glue-get-jobs.json": {"Jobs": [{"Name": "j", "DefaultArguments": {"--password": canary}}]},
            "stepfunctions-describe-state-machine.m.json": {"name": "m", "definition": canary},
        }
    )
    text = "".join(gzip.decompress(path.read_bytes()).decode() for path in (tmp_path / "snapshot").rglob("*.gz"))
    assert text.count("TOKEN") == 3
    assert "--password" in text
    assert "batch" not in text
    assert canary not in text
    assert {"m", "web"} <= {
        values(snapshot, "stepfunctions-state-machines")[0]["name"],
        values(snapshot, "ecs-task-definitions")[0]["family"],
    }


GAAD = "iam-get-account-authorization-details.json"
BAD: dict[str, tuple[Files, str]] = {
    "truncated": ({GAAD: '{"UserDetailList": [\n  {"Arn": "arn'}, "line 2, column 15: the file ends in the middle"),
    "not JSON": ({GAAD: "An error occurred"}, "line 1, column 1: JSON is malformed"),
    "second page": (
        {GAAD: '{"UserDetailList": []}\n\n{"UserDetailList": [x]}'},
        "line 3, column 21: JSON is malformed",
    ),
    "a list": ({GAAD: "[]"}, "line 1, column 1: expected `object`, got `array`"),
    "a list of texts": ({GAAD: details(["amy"])}, "line 2, column 5: `UserDetailList[0]` is not an object"),
    "a list that is none": (
        {GAAD: {"A": 1, "UserDetailList": "amy"}},
        "line 3, column 5: `UserDetailList` is not a list",
    ),
    "an id that is none": ({GAAD: details([{"Arn": 5}])}, "expected `str | null`, got `int` - at `$[0].Arn`"),
    "comes twice": ({GAAD: details([user("a"), user("a")])}, f"`arn:aws:iam::{ACCOUNT}:user/a` comes twice, first in"),
    "same page twice": (
        {
            GAAD.replace(".json", "-1.json"): details([user("a")]),
            GAAD.replace(".json", "-2.json"): details([user("a")]),
        },
        "-2.json`, line 5, column 20: `arn:aws:iam::111122223333:user/a` comes twice, first in `iam-get-account-auth",
    ),
    "another account": (
        {GAAD: details([user("a"), user("b", "999900001111")])},
        "line 10, column 20: `arn:aws:iam::999900001111:user/b` is not of account `111122223333`",
    ),
    "another caller": (
        {"sts-get-caller-identity.json": {"Account": "999900001111"}},
        "`999900001111` is not of account",
    ),
    "wrong nesting": ({"ec2-describe-instances.json": {"Reservations": {}}}, "`Reservations` is not a list"),
    "odd nesting": ({"organizations-list-tags-for-resource.json": {"Tags": 5}}, "does not say of which organization"),
    "no text": ({GAAD: b'{"UserDetailList": [\n\xff]}'}, "line 2, column 1: it is not UTF-8 text"),
    "too deep": ({GAAD: '{"UserDetailList":' + "[" * 100_000}, "line 1"),
    "a report without users": ({"credential-report.csv": "user,password\n"}, "line 1: it is not the header"),
    "a report cut off": ({"credential-report.csv": REPORT + "amy,arn"}, "line 4: it has 2 columns, the header 3"),
    "a user twice": (
        {"credential-report.csv": REPORT + REPORT.splitlines()[2]},
        "line 4: `arn:aws:iam::111122223333:user/zoë`",
    ),
    "a report of others": ({"credential-report.csv": "user,arn\nx,arn:aws:iam::1:root\n"}, "is not of account"),
    "a report not in base64": (
        {"iam-get-credential-report.json": {"Content": "%"}},
        "`Content` is not a table in base64",
    ),
    "a report of nothing": ({"iam-get-credential-report.json": {}}, "there is no `Content`"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence_with_its_place(imported: Imported, name: str) -> None:
    files, message = BAD[name]
    with pytest.raises(UserError) as caught:
        imported(files)
    sentence = str(caught.value)
    assert message in sentence
    assert next(iter(files)).partition(".json")[0][:20] in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("account", ["", "12345678901", "1234567890123", "abcdefghijkl", "१११११११११११११"[:12]])
def test_an_account_number_has_twelve_digits(imported: Imported, account: str) -> None:
    with pytest.raises(UserError, match="not an account number"):
        imported({"x.json": {}}, account=account or " ")


def test_an_account_given_twice(tmp_path: Path) -> None:
    writer = SnapshotWriter.create(tmp_path / "snapshot", NOW, "test")
    (tmp_path / "x").mkdir()
    with pytest.raises(UserError, match="is given twice"):
        import_native([(ACCOUNT, tmp_path / "x"), (ACCOUNT, tmp_path / "x")], writer, lambda _: None)


def test_no_folder(tmp_path: Path) -> None:
    writer = SnapshotWriter.create(tmp_path / "snapshot", NOW, "test")
    with pytest.raises(UserError, match="nowhere` is not a folder"):
        import_native([(ACCOUNT, tmp_path / "nowhere")], writer, lambda _: None)


@pytest.mark.parametrize(
    "name", ["readme.txt", "iam-list-groups.json", "lambda-list-functions.csv", "lambda-list-functionsx.json"]
)
def test_an_unknown_file_is_named(imported: Imported, name: str) -> None:
    _, warnings = imported({name: "{}"})
    assert len(warnings) == 1
    assert f"{name}` is not the answer of a call" in warnings[0]


def test_an_empty_file_is_a_command_that_failed(imported: Imported) -> None:
    snapshot, warnings = imported({"lambda-list-functions.json": "\n"})
    assert coverage(snapshot, "lambda-functions").status is CoverageStatus.FAILED
    assert len(warnings) == 1
    assert "is empty" in warnings[0]
