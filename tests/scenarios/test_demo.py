"""The whole pipeline, as a newcomer runs it: `nhi-scan demo`, and exactly the findings that its estate was given."""

import gzip
import json
import os
import re
import subprocess
import sys
from collections import Counter
from typing import Any

import jsonschema
import pytest

from nhi_scan import app
from nhi_scan.config import load as load_settings
from nhi_scan.data import folder
from nhi_scan.demo.run import CONFIG, REPORTS, SNAPSHOT, load_company
from nhi_scan.ruleset.load import load as load_rules

# Rules that the demo cannot show, each with what its server lacks.
NOT_SHOWN = {
    "certificate-expiring": "moto gives every server certificate the same dates, in 2012",
    "disabled-identity-not-deleted": "moto has no service-specific credentials, so nobody can say that none is left",
    "domain-wide-delegation": "no API lists it, and the demo imports no file of the Admin console's list",
    "everybody-is-administrator": "in such a cluster nothing else would be left to find",
    "project-without-owner": "every project of the estate has an owner, so that its accounts are clean",
    "root-access-key": "moto's credential report has no row for the root user",
    "service-credential-never-rotated": "moto has no service-specific credentials",
    "unused-access": "moto has no findings of Access Analyzer",
    "unused-identity-provider": "the estate registers no identity provider",
    "unused-permission": "moto has no service last accessed details",
    "unused-services": "moto has no service last accessed details",
}

# Holes in a fix: a field that was not filled in, an empty argument, what is known and not said, all clouds at once.
ODD = re.compile(
    r"\{(?:identity|credential|workload|trust|policy|resource|scope)\."
    r"|\bNone\b|(?<![\w'\"])''(?=\s|$)|OWNER/REPOSITORY|^On AWS:"
)
RECORDED = {"iam_role", "iam_user", "service_account"}
COMPANY = load_company()
PARTS = (COMPANY.amazon, COMPANY.google, COMPANY.microsoft, COMPANY.github, COMPANY.cluster)
EXPECTED = [(one.rule, one.subject) for part in PARTS for one in part.expected]

# Ways from a workflow or a pod to an administrator in another cloud: who begins, the steps, where each ends.
BATCH = "k8s:northwind-production/namespaces/batch/serviceaccounts"
PRODUCTION = "arn:aws:iam::222233334444:role"
CLUSTERS = "principal://iam.googleapis.com/projects/730000000004/locations/global/workloadIdentityPools/clusters"
CROSSINGS = {
    "github.com#anyone": [
        (
            "github-pull-request-target-checkout",
            "github.com/northwind/website/.github/workflows/preview.yml#build",
        ),
        ("federates", f"{PRODUCTION}/website-preview"),
        ("iam-attach-role-policy-self", f"{PRODUCTION}/website-preview"),
    ],
    "github.com/northwind/infrastructure#code": [
        ("federates", "arn:aws:iam::333344445555:role/terraform"),
        ("iam-put-role-policy-self", "arn:aws:iam::333344445555:role/terraform"),
    ],
    "github.com/northwind/deploy#code": [
        ("federates", "82c6a567-6b06-4180-a1e7-42fbd3083c61"),
        ("azure-authorization-role-assignments-write", "/subscriptions/0a1f3c52-8f6d-4d0e-9b7a-1c2d3e4f5a01"),
    ],
    f"{BATCH}/scheduler": [
        ("k8s-jobs-create", f"{BATCH}/nightly"),
        ("federates", f"{PRODUCTION}/nightly-batch"),
        ("iam-put-role-policy-self", f"{PRODUCTION}/nightly-batch"),
    ],
    f"{BATCH}/bi-loader": [
        (
            "federates",
            f"{CLUSTERS}/subject/system:serviceaccount:batch:bi-loader",
        ),
        ("gcp-iam-service-accounts-get-access-token", "serviceAccount:bi-loader@nw-data-prod.iam.gserviceaccount.com"),
        ("gcp-resourcemanager-projects-set-iam-policy", "projects/nw-data-prod"),
    ],
}
NOBODYS = {"github-pull-request-target-checkout"}  # what anyone may do is allowed by no statement


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    target = tmp_path_factory.mktemp("demo") / "nhi-scan-demo"
    # What a user's shell may hold. A request that went by any of it would fail: nothing listens there.
    theirs = {
        "AWS_PROFILE": "production-admin",
        "AWS_ACCESS_KEY_ID": "AKIAUSERSOWNKEY00000",
        "AWS_SECRET_ACCESS_KEY": "users-own-secret",
        "AWS_CONFIG_FILE": str(target.parent / "no-such-file"),
        "GOOGLE_APPLICATION_CREDENTIALS": str(target.parent / "no-such-file.json"),
        "GOOGLE_CLOUD_PROJECT": "users-own-project",
        "CLOUDSDK_CONFIG": str(target.parent),
        "AZURE_TENANT_ID": "11111111-2222-4333-8444-555555555555",
        "AZURE_CLIENT_ID": "users-own-client",
        "AZURE_CLIENT_CERTIFICATE_PATH": str(target.parent / "no-such-file.pem"),
        "AZURE_AUTHORITY_HOST": "localhost:9",
        "IDENTITY_ENDPOINT": "http://127.0.0.1:9",
        "REQUESTS_CA_BUNDLE": str(target.parent / "no-such-file.pem"),
        "grpc_proxy": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    }
    done = subprocess.run(
        [sys.executable, "-m", "nhi_scan", "demo", "--folder", str(target)],
        env={**os.environ, **theirs},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((target / REPORTS["json"]).read_bytes())
    return {"folder": target, "output": done, "report": report}


def test_findings_are_exactly_those_that_the_estate_was_given(demo: dict[str, Any]) -> None:
    found = {(finding["rule_id"], finding["subject_id"]) for finding in demo["report"]["findings"]}
    assert sorted(found - set(EXPECTED)) == []
    assert sorted(set(EXPECTED) - found) == []
    assert len(found) == len(demo["report"]["findings"])


@pytest.mark.parametrize("source", CROSSINGS)
def test_ways_cross_from_workflows_and_pods_to_administrators_of_other_clouds(
    demo: dict[str, Any], source: str
) -> None:
    (found,) = [one for one in demo["report"]["identities"] if one["id"] == source]
    privilege = found["privilege"]
    assert (privilege["level"], privilege["conditional"]) == ("can_become_administrator", False)
    assert [(step["technique"], step["target"]) for step in privilege["path"]] == CROSSINGS[source]
    unproven = [step["technique"] for step in privilege["path"] if not step["statements"]]
    assert set(unproven) <= NOBODYS


def test_every_shipped_rule_is_shown_or_has_a_reason_why_not() -> None:
    shipped = {rule.id for rule in load_rules([folder("rules")])}
    shown = {rule for rule, _ in EXPECTED}
    assert shipped == shown | NOT_SHOWN.keys()
    assert not shown & NOT_SHOWN.keys()


def test_every_fix_is_whole(demo: dict[str, Any]) -> None:
    """None ends where a command should follow, nothing is left out of one, and no other cloud's is shown."""
    odd = [
        (finding["rule_id"], finding["subject_id"], line)
        for finding in demo["report"]["findings"]
        for lines in [[line for line in finding["remediation"].splitlines() if line.strip()]]
        for line in [*(line for line in lines if ODD.search(line)), *(one for one in lines[-1:] if one.endswith(":"))]
    ]
    assert odd == []


def test_json_report_is_valid_by_its_schema(demo: dict[str, Any]) -> None:
    schema = json.loads((folder("reports") / "json" / "schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(demo["report"])


def test_three_accounts_of_an_organization_were_collected(demo: dict[str, Any]) -> None:
    scopes = [scope for scope in demo["report"]["scopes"] if scope["provider"] == "aws"]
    collected = sorted(scope["id"] for scope in scopes if scope["collected"] and scope["kind"] == "account")
    assert collected == ["111122223333", "222233334444", "333344445555"]
    assert [scope["id"] for scope in scopes if scope["management"]] == ["111122223333"]
    assert {scope["name"] for scope in scopes if scope["kind"] == "organizational_unit"} == {
        "Security",
        "Workloads",
        "Production",
        "Development",
    }
    assert len(demo["report"]["identities"]) >= 270


def test_an_organization_of_twelve_projects_was_collected(demo: dict[str, Any]) -> None:
    scopes = [scope for scope in demo["report"]["scopes"] if scope["provider"] == "gcp"]
    assert Counter(scope["kind"] for scope in scopes) == {"organization": 1, "folder": 3, "project": 12}
    accounts = [
        identity
        for identity in demo["report"]["identities"]
        if identity["provider"] == "gcp" and identity["kind"] == "service_account" and identity["status"] == "active"
    ]
    assert len(accounts) >= 140


def test_what_every_identity_of_google_cloud_can_do_is_known(demo: dict[str, Any]) -> None:
    google = [identity for identity in demo["report"]["identities"] if identity["provider"] == "gcp"]
    assert [identity["id"] for identity in google if identity["privilege"]["level"] == "unknown"] == []


def test_the_server_that_stands_in_for_google_answers_whatever_is_asked(demo: dict[str, Any]) -> None:
    rows = [row for row in demo["report"]["coverage"] if row["provider"] == "gcp"]
    assert len({row["record_kind"] for row in rows}) > 40
    lacking = {(row["record_kind"], row["status"], row["detail"]) for row in rows if row["status"] != "complete"}
    assert {one for one in lacking if one[1] in {"failed", "denied"}} == set()


def test_a_tenant_of_three_subscriptions_was_collected(demo: dict[str, Any]) -> None:
    scopes = [scope for scope in demo["report"]["scopes"] if scope["provider"] == "azure"]
    kinds = Counter(scope["kind"] for scope in scopes)
    assert {kind: kinds[kind] for kind in ("tenant", "management_group", "subscription")} == {
        "tenant": 1,
        "management_group": 4,
        "subscription": 3,
    }
    azure = [identity for identity in demo["report"]["identities"] if identity["provider"] == "azure"]
    kinds = Counter(identity["kind"] for identity in azure)
    assert kinds["service_principal"] == len(
        [one for one in COMPANY.microsoft.estate.service_principals if one["servicePrincipalType"] == "Application"]
    ) + len(["the one who was deleted"])
    assert kinds["managed_identity"] > 30
    assert kinds["agent_identity"] == 3
    assert [identity["id"] for identity in azure if identity["privilege"]["level"] == "unknown"] == []


def test_the_server_that_stands_in_for_microsoft_answers_whatever_is_asked(demo: dict[str, Any]) -> None:
    rows = [row for row in demo["report"]["coverage"] if row["provider"] == "azure"]
    assert len({row["record_kind"] for row in rows}) > 40
    assert [
        (row["record_kind"], row["detail"]) for row in rows if row["status"] in {"failed", "denied", "partial"}
    ] == []


def test_a_cluster_and_an_organization_on_github_were_collected(demo: dict[str, Any]) -> None:
    scopes = demo["report"]["scopes"]
    kinds = Counter(scope["kind"] for scope in scopes if scope["provider"] in ("github", "kubernetes"))
    assert kinds["cluster"] == kinds["organization"] == 1
    assert kinds["repository"] == len(COMPANY.github.estate.repositories)
    rows = [row for row in demo["report"]["coverage"] if row["provider"] in ("github", "kubernetes")]
    assert {row["status"] for row in rows} <= {"complete", "partial", "skipped"}
    assert {row["detail"][:12] for row in rows if row["status"] == "partial"} == {"`OtherApps`:"}
    unknown = {one["id"] for one in demo["report"]["identities"] if one["privilege"]["level"] == "unknown"}
    assert not [id_ for id_ in unknown if id_.startswith(("github.com", "k8s:"))]


def test_most_identities_are_clean_and_have_an_owner_and_a_use(demo: dict[str, Any]) -> None:
    identities = demo["report"]["identities"]
    clean = [identity for identity in identities if not identity["findings"]]
    assert len(clean) > 0.8 * len(identities)
    # Nobody records the use of Google's own accounts, of those whom only policies name, and of what is in a cluster.
    recorded = [one for one in clean if one["provider"] in ("aws", "azure", "gcp")]
    tracked = [one for one in recorded if not one["managed_by_provider"] and one["kind"] in RECORDED]
    used = Counter(identity["last_used"]["state"] for identity in tracked)
    assert len(tracked) > 0.6 * len(recorded)
    assert used["at"] > 0.9 * len(tracked)


def test_what_the_server_does_not_speak_is_a_gap_and_not_an_empty_answer(demo: dict[str, Any]) -> None:
    assert demo["report"]["complete"] is False
    failed = {row["record_kind"] for row in demo["report"]["coverage"] if row["status"] == "failed"}
    assert "apprunner-services" in failed
    assert not failed & {"iam-roles", "iam-users", "lambda-functions", "organizations-accounts"}


def test_every_report_is_there_and_the_path_of_the_page_comes_last(demo: dict[str, Any]) -> None:
    for name in REPORTS.values():
        assert (demo["folder"] / name).stat().st_size > 500
    lines = demo["output"].stdout.rstrip().splitlines()
    assert lines[-1] == str(demo["folder"] / "report.html")
    assert "Traceback" not in demo["output"].stdout + demo["output"].stderr


def test_what_lies_in_the_folder_is_all_that_the_same_analysis_needs(demo: dict[str, Any]) -> None:
    config = demo["folder"] / CONFIG
    again = app.assess_snapshot(str(demo["folder"] / SNAPSHOT), load_settings(config))
    assert app.render(again, "json") == (demo["folder"] / REPORTS["json"]).read_bytes()
    assert f"nhi-scan analyse {demo['folder'] / SNAPSHOT} --config {config}\n" in demo["output"].stdout


def test_nothing_in_the_estate_was_made_by_the_clock(demo: dict[str, Any]) -> None:
    devices = (demo["folder"] / SNAPSHOT / "raw" / "aws" / "111122223333").glob("iam-*mfa-devices.jsonl.gz")
    lines = [line for path in devices for line in gzip.decompress(path.read_bytes()).splitlines()]
    made = [json.loads(line)["record"]["EnableDate"] for line in lines]
    assert made
    assert max(made) < demo["report"]["captured_at"][:10]


def test_no_value_of_an_environment_variable_reaches_the_disk(demo: dict[str, Any]) -> None:
    files = [path for path in demo["folder"].rglob("*") if path.is_file()]
    assert any(SNAPSHOT in path.parts for path in files)
    for path in files:
        content = path.read_bytes()
        content = gzip.decompress(content) if path.suffix == ".gz" else content
        assert b"canary-" not in content, path
        assert b"users-own-secret" not in content, path
        assert b"AKIAUSERSOWNKEY" not in content, path
