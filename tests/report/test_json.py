import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from nhi_scan.data import folder
from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.finding import Evidence, Finding, FindingState
from nhi_scan.report import figures
from nhi_scan.report import json as report
from tests.e2e.google import google

SCHEMA = json.loads((folder("reports") / "json" / "schema.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def document(assessment: Assessment) -> dict[str, Any]:
    return json.loads(report.render(assessment))


def test_report_is_valid_by_its_schema(document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_schema_and_report_are_of_the_same_version(document: dict[str, Any]) -> None:
    assert SCHEMA["properties"]["format_version"]["const"] == document["format_version"] == report.FORMAT_VERSION


def _objects(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, list):
        return [found for item in schema for found in _objects(item)]
    if not isinstance(schema, dict):
        return []
    own = [schema] if "properties" in schema and schema.get("type") == "object" else []
    return own + [found for item in schema.values() for found in _objects(item)]


def test_schema_lets_no_unknown_key_through() -> None:
    described = _objects(SCHEMA)
    assert len(described) > 20
    assert all(item["additionalProperties"] is False for item in described)
    assert all(set(item["required"]) == set(item["properties"]) for item in described)


@pytest.mark.parametrize("section", ["identities", "credentials", "workloads", "findings"])
def test_a_stray_key_is_refused_by_the_schema(section: str, document: dict[str, Any]) -> None:
    spoiled = {**document, section: [{**document[section][0], "stray": 1}]}
    with pytest.raises(jsonschema.ValidationError, match="stray"):
        jsonschema.Draft202012Validator(SCHEMA).validate(spoiled)


def test_every_identity_stands_by_its_native_id_with_all_that_hangs_on_it(
    document: dict[str, Any], assessment: Assessment
) -> None:
    by_id = {identity["id"]: identity for identity in document["identities"]}
    assert list(by_id) == sorted(assessment.inventory.identities)
    orders = by_id["arn:aws:iam::111122223333:role/orders-api"]
    assert orders["workloads"] == ["arn:aws:lambda:eu-west-1:111122223333:function:orders"]
    assert document["accesses"][orders["access"]]["services"] == {"sqs": "W"}
    assert [step["technique"] for step in orders["privilege"]["path"]] == ["lambda-update-code"]


def test_findings_of_an_identity_include_those_of_its_credentials(document: dict[str, Any]) -> None:
    for identity in document["identities"]:
        expected = [
            finding["fingerprint"]
            for finding in document["findings"]
            if identity["id"] in (finding["subject_id"], finding["identity_id"])
        ]
        assert identity["findings"] == expected


def test_administrators_are_written_without_a_list_of_actions(document: dict[str, Any]) -> None:
    deploy = next(item for item in document["identities"] if item["name"] == "deploy")
    access = document["accesses"][deploy["access"]]
    assert (access["services"], access["full_services"]) == ({"*": "LRWTP"}, ["*"])
    assert len(json.dumps(access)) < 400


def test_every_key_leads_somewhere_and_nothing_is_there_that_no_key_leads_to(document: dict[str, Any]) -> None:
    assert {one["access"] for one in document["identities"]} == set(document["accesses"])
    assert {one["service_set"] for one in document["accesses"].values()} - {None} == set(document["service_sets"])
    assert {key for one in document["findings"] for key in one["evidence"]} == set(document["evidence"])
    assert {one["rule_id"] for one in document["findings"]} <= {rule["id"] for rule in document["rules"]}


def test_evidence_is_that_of_the_finding_in_its_order(rebuild: Callable[..., Assessment]) -> None:
    pieces = tuple(Evidence("fact", f"{number}", f"ref {number % 3}") for number in (5, 1, 4, 1, 3))
    assessment = rebuild(findings=lambda findings: [replace(findings[0], evidence=pieces), *findings[1:]])
    written = json.loads(report.render(assessment))
    (found,) = [one for one in written["findings"] if len(one["evidence"]) == 5]
    assert [Evidence(**written["evidence"][key]) for key in found["evidence"]] == list(pieces)


def test_a_rule_that_only_a_finding_names_is_described_as_far_as_it_tells(rebuild: Callable[..., Assessment]) -> None:
    assessment = rebuild(findings=lambda findings: [replace(findings[0], rule_id="gone"), *findings[1:]])
    written = json.loads(report.render(assessment))
    jsonschema.Draft202012Validator(SCHEMA).validate(written)
    (gone,) = [rule for rule in written["rules"] if rule["id"] == "gone"]
    assert (gone["title"], gone["why"]) == (assessment.findings[0].title, "") != ("", "")
    assert gone["references"][0]["framework"] == "OWASP-NHI-2025"


def test_a_finding_about_an_identity_does_not_name_it_twice(rebuild: Callable[..., Assessment]) -> None:
    def named(findings: list[Finding]) -> list[Finding]:
        return [replace(one, identity_id=one.subject_id) for one in findings if one.subject_kind == "identity"]

    written = json.loads(report.render(rebuild(findings=named)))
    assert [one["identity_id"] for one in written["findings"]] == [None, None]
    assert {one["subject_id"] for one in written["findings"]} == {
        one["id"] for one in written["identities"] if one["findings"]
    }


def test_pieces_of_the_stream_are_lines(assessment: Assessment) -> None:
    pieces = list(report.stream(assessment))
    assert b"".join(pieces) == report.render(assessment)
    assert max(map(len, pieces)) <= 1 + max(map(len, report.render(assessment).splitlines(keepends=True)))


def test_regions_with_the_same_answer_share_a_row(document: dict[str, Any]) -> None:
    rows = [row for row in document["coverage"] if row["record_kind"] == "lambda-functions"]
    assert [row["regions"] for row in rows] == [["eu-west-1", "us-east-1"]]


def test_summary_counts_what_is_listed(document: dict[str, Any], assessment: Assessment) -> None:
    summary = document["summary"]["findings"]
    assert summary["total"] == len(document["findings"]) == sum(summary["by_state"].values())
    assert summary["live"] == sum(summary["live_by_severity"].values()) == len(figures.live(assessment.findings))
    assert summary["by_state"]["waived"] == sum(f.state is FindingState.WAIVED for f in assessment.findings)


def test_strings_of_the_cloud_come_through_unchanged_but_for_what_utf_8_cannot_hold(
    document: dict[str, Any], assessment: Assessment
) -> None:
    hostile = next(item for item in document["identities"] if item["kind"] == "iam_user")
    source = assessment.inventory.identities[hostile["id"]].tags[0][1]
    assert hostile["tags"]["x"] == source.encode("utf-8", "replace").decode()


def test_every_record_is_a_line(assessment: Assessment) -> None:
    lines = report.render(assessment).decode().splitlines()
    for identity_id in assessment.inventory.identities:
        assert sum(f'"id":{json.dumps(identity_id)},"kind"' in line for line in lines) == 1


def test_every_finding_of_a_large_account_is_there(large: Assessment) -> None:
    data = report.render(large)

    assert data.count(b'"fingerprint"') == 20_000
    assert len(json.loads(data)["identities"]) == len(large.inventory.identities)


def test_a_report_of_google_cloud_is_valid_and_names_bindings_and_groups() -> None:
    document = json.loads(report.render(google()))

    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    cited = {
        statement["binding_id"]
        for one in document["identities"]
        for statement in [
            *one["privilege"]["statements"],
            *(ref for step in one["privilege"]["path"] for ref in step["statements"]),
        ]
    }
    assert {one["id"] for one in document["bindings"]} == cited - {None} != set()
    assert [one["complete"] for one in document["groups"]] == [True, False, True]
    conditions = [one["condition"] for one in document["bindings"] if one["condition"]]
    assert conditions == ['request.time < timestamp("2026-06-30T00:00:00Z")']
    (project,) = [one for one in document["scopes"] if one["id"] == "projects/shop-prod"]
    assert (project["number"], project["constraints"]) == (
        "111222333",
        {"iam.disableServiceAccountKeyCreation": "enforced"},
    )
    key = next(one for one in document["credentials"] if one["kind"] == "service_account_key")
    assert key["attributes"]["extended_status"] == "SERVICE_ACCOUNT_KEY_EXPOSED"
