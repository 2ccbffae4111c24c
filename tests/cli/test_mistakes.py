"""What a user can get wrong: one sentence on standard error, exit code 2, no traceback, nothing written."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.snapshot.store import SnapshotWriter

Say = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["analyse", "absent"], "`absent`"),
        (["analyse"], "SNAPSHOT"),
        (["frobnicate"], "frobnicate"),
        (["analyse", "absent", "-f", "pdf"], "pdf"),
        (["analyse", "absent", "-f", "json", "-f", "html"], "standard output"),
        (["analyse", "absent", "--now", "yesterday"], "`yesterday`"),
        (["gate", "absent", "--fail-on", "horrible"], "horrible"),
        (["rules", "show", "no-such-rule"], "`no-such-rule`"),
        (["rules", "list", "--rules", "absent"], "absent"),
        (["simulate", "absent.jsonl"], "absent.jsonl"),
        (["scan", "--config", "absent.yaml"], "absent.yaml"),
        (["import", "aws", "absent", "--account", "111122223333", "-o", "s"], "`absent`"),
        (["import", "aws", "a", "b", "--account", "111122223333", "-o", "s"], "2 folders and 1 accounts"),
        (["collect", "--organization"], "--role-name"),
        (["collect", "--region", "moon-base-1x"], "moon-base-1x"),
        (["collect", "--resume", "absent"], "absent"),
        (["collect", "--resume", "a", "--snapshot", "b"], "--resume"),
    ],
)
def test_a_mistake_is_a_sentence_and_exit_code_2(say: Say, argv: list[str], word: str, tmp_path: Path) -> None:
    code, out, err = say(*argv)

    assert code == 2
    assert out == ""
    assert word in err
    assert "Traceback" not in err
    assert "internal error" not in err


DETAILS = '{"UserDetailList": [], "RoleDetailList": [], "GroupDetailList": [], "Policies": []'


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("iam-get-account-authorization-details.json", DETAILS, "truncated"),
        ("iam-get-account-authorization-details.json", DETAILS + "} {", "line 1"),
        ("iam-get-account-authorization-details.json", '{"UserDetailList": 5}', "`UserDetailList` is not a list"),
        ("iam-get-account-authorization-details.json", '{"RoleDetailList": [7]}', "`RoleDetailList[0]`"),
        ("organizations-describe-organization.json", "{}", "of which organization"),
        ("credential-report.csv", "who,what\n", "line 1"),
    ],
)
def test_a_bad_export_leaves_no_half_of_a_snapshot(
    say: Say, tmp_path: Path, name: str, content: str, sentence: str
) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / name).write_text(content)

    code, out, err = say("import", "aws", "export", "--account", "111122223333", "-o", "snapshot")

    assert (code, out) == (2, "")
    assert f"`export/{name}`" in err
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


ROLE = {
    "RoleName": "naïve-日本\u202e\x1b[2J",
    "Arn": "arn:aws:iam::111122223333:role/naïve-日本\u202e\x1b[2J",
    "RoleId": "AROAEXAMPLEEXAMPLE00",
    "CreateDate": "2026-02-30",
    "Tags": [{"Key": "owner", "Value": "=cmd|' /C calc'!A0</script>"}],
    "AssumeRolePolicyDocument": "%7B",
    "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": [{"Effect": 5, "Condition": [1]}]}}],
}
STATEMENTS = [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::b{n}/*"} for n in range(10_000)]


@pytest.mark.parametrize(
    ("roles", "organization"),
    [
        ([], {"organizations-list-accounts": {"Accounts": []}, "organizations-list-roots": {"Roots": []}}),
        ([ROLE], {}),
        ([{**ROLE, "CreateDate": 17}], {}),
        ([{**ROLE, "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": STATEMENTS}}]}], {}),
    ],
    ids=["an empty organization", "odd values and names", "a wrong type", "ten thousand statements"],
)
def test_odd_but_readable_exports_end_in_reports(
    say: Say, tmp_path: Path, roles: list[dict[str, Any]], organization: dict[str, Any]
) -> None:
    files = {"iam-get-account-authorization-details": {"UserDetailList": [], "RoleDetailList": roles}, **organization}
    if organization:
        arn = "arn:aws:organizations::111122223333:organization/o-abcdefghij"
        files["organizations-describe-organization"] = {"Organization": {"Id": "o-abcdefghij", "Arn": arn}}
    (tmp_path / "export").mkdir()
    for name, answer in files.items():
        (tmp_path / "export" / f"{name}.json").write_text(json.dumps(answer))
    names = ["r.json", "r.html", "r.sarif", "r.csv", "r.md", "r.txt"]

    assert say("-q", "import", "aws", "export", "--account", "111122223333", "-o", "snapshot")[0] == 0
    code, _, err = say("-q", "report", "snapshot", *(word for name in names for word in ("-o", name)))

    assert (code, err) == (0, "")
    read = json.loads((tmp_path / "r.json").read_text())
    seen = {row["detail"]: row["status"] for row in read["coverage"] if row["record_kind"] == "iam-roles"}
    odd = [status for detail, status in seen.items() if "unexpected shape" in detail]
    assert odd == ["partial"] * (len(roles) - len(read["identities"]))  # what cannot be read is no silent absence
    for name in names:
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert written
        assert "\x1b" not in written
        assert "\u202e" not in written or name == "r.json"


def test_an_import_leaves_an_interrupted_collection_alone(say: Say, tmp_path: Path) -> None:
    SnapshotWriter.create(str(tmp_path / "snapshot"), datetime(2026, 11, 1, tzinfo=UTC), "0")
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "iam-get-account-authorization-details.json").write_text(DETAILS + "}")

    code, _, err = say("import", "aws", "export", "--account", "111122223333", "-o", "snapshot")

    assert (code, "`snapshot`" in err) == (2, True)
    assert (tmp_path / "snapshot" / "manifest.json").exists()


@pytest.mark.parametrize("who", ["nobody", "no/such/role"])
def test_an_unknown_identity_is_named(say: Say, snapshot: str, who: str) -> None:
    code, _, err = say("can", who, "s3:GetObject", "-s", snapshot)

    assert (code, f"`{who}`" in err) == (2, True)


@pytest.mark.parametrize(
    ("question", "word"),
    [
        (["can", "deployer", "GetObject"], "SERVICE:NAME"),
        (["can", "deployer", "s3:Get*"], "pattern"),
        (["can", "deployer", "s3:GetObject", "payroll/2026.csv"], "`payroll/2026.csv`"),
        (["who-can", ":GetObject"], "SERVICE:NAME"),
        (["explain", "nobody"], "no finding and no identity `nobody`"),
        (["explain", "facade"], "no finding and no identity `facade`"),
    ],
)
def test_a_question_that_can_have_no_answer_is_refused(say: Say, snapshot: str, question: list[str], word: str) -> None:
    code, out, err = say(*question, "-s", snapshot)

    assert (code, out) == (2, "")
    assert word in err


def test_an_action_that_may_be_misspelled_is_answered_with_a_warning(say: Say, snapshot: str) -> None:
    code, out, err = say("who-can", "iam:PassRoll", "-s", snapshot)

    assert code == 0
    assert "iam:PassRoll" in out
    assert "`iam:PassRole` was meant?" in err
    assert say("who-can", "iam:passrole", "-s", snapshot)[2] == ""


def test_a_file_of_no_cases_is_no_success(say: Say, tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")

    code, _, err = say("simulate", "empty.jsonl")

    assert (code, "`empty.jsonl`" in err) == (2, True)


def test_a_provider_that_nobody_knows_is_refused(say: Say, snapshot: str, tmp_path: Path) -> None:
    (tmp_path / "nhi-scan.yaml").write_text("providers: {amazon: {}}\n")

    code, _, err = say("gate", snapshot)

    assert (code, "`amazon`" in err) == (2, True)


def test_a_report_that_cannot_replace_what_is_there_leaves_nothing(say: Say, snapshot: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    code, _, err = say("report", snapshot, "-f", "json", "-o", "folder")

    assert (code, "`folder`" in err) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder"]


def test_a_collection_without_credentials_leaves_nothing(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))

    code, _, err = say("collect", "-o", "snapshot")

    assert code == 2
    assert "credentials" in err
    assert list(tmp_path.iterdir()) == []


def test_a_context_without_a_value_is_refused(say: Say, snapshot: str) -> None:
    code, _, err = say("can", "deployer", "s3:GetObject", "-s", snapshot, "--context", "aws:SourceIp")

    assert (code, "KEY=VALUE" in err) == (2, True)


def test_an_output_that_cannot_be_written_is_named_and_leaves_nothing(say: Say, snapshot: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = say("report", snapshot, "-f", "json", "-o", "file/report.json")

    assert (code, "`file/report.json`" in err) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_name_cannot_steer_the_terminal(say: Say, snapshot: str) -> None:
    _, _, err = say("can", "\x1b[2Jgone", "s3:GetObject", "-s", snapshot)

    assert "\x1b" not in err
    assert "\\x1b[2Jgone" in err


def test_a_closed_pipe_is_no_error(snapshot: str) -> None:
    command = [sys.executable, "-m", "nhi_scan", "report", snapshot, "-f", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        complaint = program.stderr.read()

    assert (program.returncode, complaint) == (0, b"")


@pytest.mark.parametrize(
    "argv",
    [
        ["gate", "--fail-on", "low"],
        ["-vv", "analyse", "--fail-on", "low", "--require-complete"],
        ["--log-format", "json", "analyse", "--fail-on", "low", "-f", "json", "-f", "html", "-o", "-", "-o", "r.html"],
    ],
    ids=["gate", "analyse", "two reports"],
)
def test_a_gate_that_nobody_reads_fails_all_the_same(snapshot: str, tmp_path: Path, argv: list[str]) -> None:
    command = [sys.executable, "-m", "nhi_scan", *argv, snapshot]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=tmp_path) as program:
        assert program.stdout is not None
        program.stdout.close()

    assert program.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == (["r.html"] if "r.html" in argv else [])
