import json
import os
import random
import shutil
import string
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.finding import Evidence, FindingState
from nhi_scan.report import sarif

# The standard's schema, as Microsoft's sarif-multitool 5.7.0 (MIT) carries it.
SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text("utf-8"))
Make = Callable[..., Assessment]


@pytest.fixture(scope="module")
def run(assessment: Assessment) -> dict[str, Any]:
    log = json.loads(sarif.render(assessment))
    return log["runs"][0]


def _multitool() -> str:
    found = os.environ.get("NHI_SCAN_SARIF_MULTITOOL") or shutil.which("sarif-multitool")
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("sarif-multitool is not on PATH, and CI has to have it (npm: @microsoft/sarif-multitool)")
    pytest.skip("sarif-multitool is not on PATH, nor named by NHI_SCAN_SARIF_MULTITOOL")


def test_log_is_valid_by_the_standards_schema(assessment: Assessment, large: Assessment) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for subject in (assessment, large):
        log = json.loads(sarif.render(subject))
        log["runs"][0]["results"] = log["runs"][0]["results"][:200]
        assert not list(validator.iter_errors(log))


def test_log_passes_microsofts_validator(assessment: Assessment, tmp_path: Path) -> None:
    log, output = tmp_path / "report.sarif", tmp_path / "validation.sarif"
    log.write_bytes(sarif.render(assessment))
    command = [_multitool(), "validate", str(log), "--output", str(output), "--log", "ForceOverwrite"]
    command += ["--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--kind", "Fail"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert output.exists(), done.stdout + done.stderr
    checked = json.loads(output.read_text("utf-8-sig"))["runs"][0]
    # SARIF2005 wishes for the address of the tool's home page; the project has none to give.
    wrong = [(result["ruleId"], result["message"]) for result in checked["results"] if result["ruleId"] != "SARIF2005"]
    assert wrong == []


def test_arns_stand_in_logical_locations_and_in_no_uri(run: dict[str, Any], assessment: Assessment) -> None:
    for result in run["results"]:
        (location,) = result["locations"]
        assert location["logicalLocations"][0]["fullyQualifiedName"].startswith("arn:aws:")
        assert location["physicalLocation"]["artifactLocation"] == {"uri": "nhi-scan/aws/111122223333"}
    uris = [value for key, value in _pairs(run) if "uri" in key.lower()]
    assert uris
    assert not [uri for uri in uris if "arn" in uri]


@pytest.mark.parametrize(
    ("file", "line", "expected"),
    [
        (".github/workflows/ship it.yml", "12", (".github/workflows/ship%20it.yml", 12)),
        ("/etc/passwd", "1", ("etc/passwd", 1)),  # never absolute
        ("../../etc/passwd", "1", ("nhi-scan/aws/111122223333", 1)),
        (".github/workflows/x.yml", "0", ("nhi-scan/aws/111122223333", 1)),
        (".github/workflows/x.yml", "nine", ("nhi-scan/aws/111122223333", 1)),
    ],
)
def test_a_finding_about_what_stands_in_a_file_names_file_and_line(
    assessment: Assessment, file: str, line: str, expected: tuple[str, int]
) -> None:
    finding = next(one for one in assessment.findings if one.identity_id)
    named = (("source_file", file), ("source_line", line))
    known = assessment.inventory.identities
    changed = {**known, finding.identity_id: replace(known[finding.identity_id], attributes=named)}
    told = replace(assessment, inventory=replace(assessment.inventory, identities=changed), findings=(finding,))
    (result,) = json.loads(sarif.render(told))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == expected


@pytest.mark.parametrize(
    ("more", "evidence", "expected"),
    [
        ((), "key of a cloud: KEY (.github/workflows/x.yml, line 9)", (".github/workflows/x.yml", 9)),
        ((), "runs as a script: a (.github/actions/a%20b/action.yml, line 3)", (".github/actions/a%20b/action.yml", 3)),
        ((), "a name (of somebody, line 0)", (".github/workflows/x.yml", 4)),
        ((), "(../../etc/passwd, line 1)", ("nhi-scan/aws/111122223333", 1)),
        (
            (("call_line", "7"), ("source_repository", "github.com/acme/lib")),
            "key of a cloud: KEY (.github/workflows/called.yml, line 9)",
            (".github/workflows/own.yml", 7),
        ),
    ],
)
def test_the_line_is_that_of_the_evidence_and_never_in_another_repository(
    assessment: Assessment, more: tuple[tuple[str, str], ...], evidence: str, expected: tuple[str, int]
) -> None:
    finding = next(one for one in assessment.findings if one.identity_id)
    known, id_ = assessment.inventory.identities, "github.com/acme/app/.github/workflows/own.yml#a/b"
    named = (("source_file", ".github/workflows/x.yml"), ("source_line", "4"), *more)
    job = replace(known[finding.identity_id], id=id_, attributes=named)
    finding = replace(finding, subject_id=id_, identity_id=id_, evidence=(Evidence("fact", evidence, id_),))
    told = replace(
        assessment, inventory=replace(assessment.inventory, identities={**known, id_: job}), findings=(finding,)
    )
    (result,) = json.loads(sarif.render(told))["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == expected


def _pairs(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [pair for item in value for pair in _pairs(item)]
    if isinstance(value, dict):
        return [pair for key, item in value.items() for pair in [(key, item), *_pairs(item)]]
    return []


def test_fingerprints_are_our_own_under_the_name_that_code_scanning_reads(
    run: dict[str, Any], assessment: Assessment
) -> None:
    written = {result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]}
    present = [finding for finding in assessment.findings if finding.state is not FindingState.RESOLVED]
    assert written == {f"{finding.fingerprint}:1" for finding in present}


def test_levels_and_scores_follow_severity(run: dict[str, Any]) -> None:
    levels = {result["properties"]["severity"]: result["level"] for result in run["results"]}
    assert levels == {"critical": "error", "medium": "warning", "low": "note"}
    scores = {rule["id"]: rule["properties"]["security-severity"] for rule in run["tool"]["driver"]["rules"]}
    assert scores == {"administrator": "9.5", "unused-key": "5.5"}


def test_states_become_suppressions_and_baseline_states(run: dict[str, Any]) -> None:
    shown = {
        result["properties"]["state"]: (result["baselineState"], "suppressions" in result) for result in run["results"]
    }
    assert shown == {
        "new": ("new", False),
        "open": ("unchanged", False),
        "waived": ("unchanged", True),
        "unverified": ("unchanged", False),
    }


def test_a_resolved_finding_is_left_out_so_that_its_alert_closes(run: dict[str, Any], assessment: Assessment) -> None:
    resolved = {finding.fingerprint for finding in assessment.findings if finding.state is FindingState.RESOLVED}
    assert resolved
    assert not resolved & {result["partialFingerprints"]["nhiScan/v1"] for result in run["results"]}


def test_a_message_cannot_hold_a_link_a_placeholder_or_a_control_character(run: dict[str, Any]) -> None:
    text = next(result["message"]["text"] for result in run["results"] if "alert(1)" in result["message"]["text"])
    assert "\\[link\\](javascript:alert(1))" in text
    assert "{{0}}" in text
    assert "\\\\x1b\\[31m" in text


def test_more_findings_than_code_scanning_takes_leave_the_least_severe_out_and_say_so(make_large: Make) -> None:
    log = json.loads(sarif.render(make_large(10, 25_010)))
    run = log["runs"][0]
    assert len(run["results"]) == sarif.MOST_RESULTS
    severities = [result["properties"]["severity"] for result in run["results"]]
    assert severities.count("info") == 5_002 - 10
    assert severities.count("critical") == 5_002
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert any(note.startswith("10 findings of the least severity") for note in notes)


def test_a_log_too_big_to_upload_is_cut_until_it_fits(make_large: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = random.Random(1)  # noqa: S311 - not for secrecy: it only has to resist compression
    text = "".join(noise.choices(string.ascii_letters, k=2_000))
    assessment = make_large(10, 400, text=text)
    monkeypatch.setattr(sarif, "MOST_BYTES_PACKED", 20_000)
    data = sarif.render(assessment)
    assert len(zlib.compress(data, 9)) <= 20_000
    results = json.loads(data)["runs"][0]["results"]
    assert 1 <= len(results) < 400
    assert {result["properties"]["severity"] for result in results} <= {"critical", "high"}
