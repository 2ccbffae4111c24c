"""Google Cloud as a user types it: collected from a local server that speaks Google's protocols, then asked."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nhi_scan.cli.run import run
from nhi_scan.demo.gcp.gate import Conduct
from nhi_scan.demo.gcp.load import load
from nhi_scan.demo.gcp.server import serve

Say = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
ORGANIZATION = "organizations/710000000001"
PROVISIONER, RELEASE, TERRAFORM = (
    f"{name}.iam.gserviceaccount.com"
    for name in ("org-provisioner@nw-security", "release@nw-platform", "terraform@nw-platform")
)
BUCKET = "//storage.googleapis.com/nw-data-dev-open-data"


@pytest.fixture(scope="module")
def google(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A snapshot of a whole organization, by `nhi-scan collect --provider gcp --organization ID`."""
    folder = tmp_path_factory.mktemp("google")
    with serve(load("northwind-gcp").estate, NOW) as served:
        section = {"endpoint": served.endpoint, "grpc_endpoint": served.grpc_endpoint}
        (folder / "nhi-scan.yaml").write_text(json.dumps({"providers": {"gcp": section}}))
        words = ["collect", "--provider", "gcp", "--organization", "710000000001", "--usage", "-q"]
        assert run([*words, "--config", str(folder / "nhi-scan.yaml"), "-o", str(folder / "snapshot")]) == 0
        assert served.breaches == []
    return str(folder / "snapshot")


def test_the_summary_counts_projects(say: Say, google: str) -> None:
    code, out, err = say("report", google, "-f", "terminal")

    assert (code, err) == (0, "")
    assert " in 12 projects, " in out.splitlines()[0]
    assert "account," not in out.splitlines()[0]


def test_every_report_is_written_and_json_names_the_binding(say: Say, google: str, tmp_path: Path) -> None:
    names = ["r.json", "r.html", "r.sarif", "r.csv", "r.md"]
    code, _, err = say("report", "-q", google, *(word for name in names for word in ("-o", name)))

    assert (code, err) == (0, "")
    read = json.loads((tmp_path / "r.json").read_text())
    (admin,) = [one for one in read["identities"] if one["name"] == PROVISIONER]
    (statement,) = admin["privilege"]["statements"]
    (binding,) = [one for one in read["bindings"] if one["id"] == statement["binding_id"]]
    assert statement["layer"] == "allow"
    assert (binding["scope_id"], binding["principal_id"]) == (ORGANIZATION, f"serviceAccount:{PROVISIONER}")
    assert {one["kind"] for one in read["groups"]} == {"google_group"}
    assert all(one["number"] for one in read["scopes"] if one["kind"] == "project")


@pytest.mark.parametrize(
    "name",
    [
        TERRAFORM,
        f"serviceAccount:{TERRAFORM}",
        f"projects/nw-platform/serviceAccounts/{TERRAFORM}",
        f"//iam.googleapis.com/projects/nw-platform/serviceAccounts/{TERRAFORM}",
        f"principal://iam.googleapis.com/projects/-/serviceAccounts/{TERRAFORM}",
        TERRAFORM.replace("terraform", "Terraform"),
    ],
)
def test_an_account_has_many_names(say: Say, google: str, name: str) -> None:
    code, out, err = say("can", name, "resourcemanager.projects.setIamPolicy", "projects/nw-data-dev", "-s", google)

    assert (code, err) == (0, "")
    assert out.startswith(f"allowed: serviceAccount:{TERRAFORM} may do resourcemanager.projects.setIamPolicy on ")
    assert f"by roles/owner on projects/nw-data-dev for serviceAccount:{TERRAFORM} (allow policy)" in out


def test_an_account_can_be_named_by_its_number(say: Say, google: str) -> None:
    identities = json.loads(say("report", google, "-f", "json")[1])["identities"]
    (unique,) = [one["unique_id"] for one in identities if one["name"] == RELEASE]

    assert say("explain", unique, "-s", google)[1].startswith(f"serviceAccount:{RELEASE}: can become administrator")


def test_everyone_is_named_where_everyone_may(say: Say, google: str) -> None:
    out = say("who-can", "storage.objects.get", BUCKET, "-s", google)[1].splitlines()

    assert out[1] == f"  everyone: by roles/storage.objectViewer on {BUCKET} for allAuthenticatedUsers (allow policy)"
    assert not any(line.startswith("  everyone") for line in out[2:])


@pytest.mark.parametrize("target", ["projects/nw-data-dev", ORGANIZATION])
def test_ways_lead_to_the_control_of_a_scope(say: Say, google: str, target: str) -> None:
    found = json.loads(say("paths", "--to", target, "-s", google, "-f", "json")[1])

    ends = {(route["source"], route["steps"][-1]["target"]) for route in found["routes"]}
    assert (f"serviceAccount:{PROVISIONER}", ORGANIZATION) in ends
    assert (f"serviceAccount:{RELEASE}", ORGANIZATION) in ends
    assert ((f"serviceAccount:{TERRAFORM}", target) in ends) == target.startswith("projects")


def test_the_clouds_own_accounts_are_shown_where_they_are_asked_for(say: Say, google: str) -> None:
    quiet, full = (
        json.loads(say("paths", "-s", google, "-f", "json", "--limit", "1000", *more)[1])
        for more in ([], ["--managed"])
    )

    assert quiet["managed_left_out"] == len(full["routes"]) - len(quiet["routes"]) > 0
    assert full["managed_left_out"] == 0
    assert f"{quiet['managed_left_out']} are of identities of the cloud's own" in say("paths", "-s", google)[1]


def test_a_way_to_a_bucket_and_one_between_accounts(say: Say, google: str) -> None:
    assert BUCKET in say("paths", "--to", BUCKET, "--from", RELEASE, "-s", google)[1]
    out = say("paths", "--from", RELEASE, "--to", PROVISIONER, "-s", google)[1]
    assert f"by roles/iam.serviceAccountTokenCreator on serviceAccount:{PROVISIONER} for" in out


@pytest.mark.parametrize(
    ("question", "word"),
    [
        (["can", RELEASE, "s3:GetObject"], "`s3:GetObject` is no action of what is in the snapshot: `gcp`"),
        (["who-can", "s3:GetObject"], "`s3:GetObject` is no action of what is in the snapshot: `gcp`"),
        (["can", RELEASE, "storage.objects"], "SERVICE.RESOURCE.VERB"),
        (["can", RELEASE, "storage.*.get"], "pattern"),
        (["can", RELEASE, "iam.googleapis.com/roles.list"], "ask about `iam.roles.list`"),
        (["can", RELEASE, "storage.objects.get", "arn:aws:s3:::b"], "`arn:aws:s3:::b` is no name of a resource"),
        (["can", RELEASE, "storage.objects.get", "nw-data-dev"], "`nw-data-dev` is no name of a resource"),
        (["can", "nobody@example.com", "storage.objects.get"], "no identity `nobody@example.com`"),
        (["can", "gcp-organization-admins@northwind.example", "storage.objects.get"], "it is a group, of 2 known"),
        (["paths", "--to", "projects/nobodys"], "no identity, resource or place `projects/nobodys`"),
    ],
)
def test_a_question_that_can_have_no_answer_is_refused(say: Say, google: str, question: list[str], word: str) -> None:
    code, out, err = say(*question, "-s", google)

    assert (code, out) == (2, "")
    assert word in err


def test_a_misspelled_permission_is_answered_with_a_warning(say: Say, google: str) -> None:
    code, _, err = say("who-can", "iam.serviceAccounts.actsAs", "-s", google)

    assert code == 0
    assert "`iam.serviceAccounts.actAs` was meant?" in err


@pytest.mark.parametrize("format_", ["json", "gcloud", "terraform"])
def test_the_role_that_the_collector_needs_is_printed(say: Say, format_: str) -> None:
    code, out, _ = say("permissions", "gcp", "-f", format_)

    assert code == 0
    assert "cloudasset.assets.searchAllIamPolicies" in out
    assert len(say("permissions", "gcp", "-f", format_, "--usage")[1]) > len(out)


def test_the_role_of_a_project_is_asked_for_by_name(say: Say) -> None:
    code, out, _ = say("permissions", "gcp", "-f", "gcloud", "--project")
    refused, _, said = say("permissions", "aws", "--project")

    assert (code, out.split(" --title")[0].strip()) == (
        0,
        "gcloud iam roles create nhiScan --project=$PROJECT_ID \\",
    )
    assert (refused, "`--project` is for `gcp`" in said) == (2, True)


def test_what_gcloud_printed_is_imported_without_naming_an_account(say: Say, tmp_path: Path) -> None:
    email, project = "ci@shop-prod.iam.gserviceaccount.com", "//cloudresourcemanager.googleapis.com/projects/shop-prod"
    files = {
        "policies.json": [
            {
                "resource": project,
                "assetType": "cloudresourcemanager.googleapis.com/Project",
                "project": "projects/111222333444",
                "organization": "organizations/99887766",
                "policy": {"bindings": [{"role": "roles/owner", "members": [f"serviceAccount:{email}"]}]},
            }
        ],
        "roles.json": {
            "roles": [{"name": "roles/owner", "includedPermissions": ["resourcemanager.projects.setIamPolicy"]}]
        },
    }
    (tmp_path / "export").mkdir()
    for name, content in files.items():
        (tmp_path / "export" / name).write_text(json.dumps(content))

    code, out, err = say("import", "gcp", "export", "-o", "snapshot")

    assert (code, out) == (0, "snapshot\n"), err
    assert "kinds of record are missing or not whole: `nhi-scan report snapshot`" in err
    asked = say("can", email, "resourcemanager.projects.setIamPolicy", "-s", "snapshot", "-f", "json")[1]
    assert json.loads(asked)["statements"][0]["policy_id"] == "roles/owner"
    text = say("report", "snapshot", "-f", "markdown")[1]
    assert "gcloud asset export --content-type" in text


def test_a_truncated_export_leaves_nothing(say: Say, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "policies.json").write_text('[{"resource": "//x", "policy": {')

    code, out, err = say("import", "gcp", "export", "-o", "snapshot")

    assert (code, out) == (2, "")
    assert "policies.json" in err
    assert len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_what_was_mended_is_gone_and_not_unverified(say: Say, google: str, tmp_path: Path) -> None:
    before = load("northwind-gcp").estate
    gone = "tableau@nw-data-prod.iam.gserviceaccount.com"
    accounts = [one for one in before.accounts if one.email != gone]
    bindings = [one for one in before.bindings if f"serviceAccount:{gone}" not in one.members]
    assert len(accounts) == len(before.accounts) - 1
    with serve(replace(before, accounts=accounts, bindings=bindings), NOW) as served:
        section = {"endpoint": served.endpoint, "grpc_endpoint": served.grpc_endpoint}
        (tmp_path / "nhi-scan.yaml").write_text(json.dumps({"providers": {"gcp": section}}))
        assert say("collect", "--provider", "gcp", "--usage", "-q", "-o", "later")[0] == 0

    difference = json.loads(say("diff", google, "later", "-f", "json")[1])

    assert difference["identities"]["gone"] == [f"serviceAccount:{gone}"]
    assert difference["identities"]["unverified"] == []
    resolved = {one["rule_id"] for one in difference["findings"]["resolved"]}
    assert "user-managed-key-exists" in resolved
    assert difference["findings"]["unverified"] == []


@pytest.fixture
def scan(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, Path]]:
    """`nhi-scan scan --provider gcp` against a server that gives the caller the rights named."""

    def scan(rights: dict[str, frozenset[str]] | None, *words: str) -> tuple[int, str, Path]:
        with serve(load("northwind-gcp").estate, NOW, Conduct(permissions=rights)) as served:
            section = {"endpoint": served.endpoint, "grpc_endpoint": served.grpc_endpoint}
            (tmp_path / "nhi-scan.yaml").write_text(json.dumps({"providers": {"gcp": section}}))
            said = ["scan", "--provider", "gcp", "--config", str(tmp_path / "nhi-scan.yaml"), "-q", *words]
            code = run([*said, "--snapshot", str(tmp_path / "s"), "-o", str(tmp_path / "r.json")])
        return code, capfd.readouterr().err, tmp_path / "s"

    return scan


def test_a_project_whose_folders_may_not_be_read_is_not_complete(
    say: Say, scan: Callable[..., tuple[int, str, Path]]
) -> None:
    rights = {"projects/nw-security": frozenset({"*"})}
    code, _, snapshot = scan(rights, "--project", "nw-security", "--require-complete")

    assert code == 3
    answer = say(
        "can", PROVISIONER, "resourcemanager.projects.setIamPolicy", "projects/nw-security", "-s", str(snapshot)
    )
    assert "what is given above `projects/nw-security` was not collected" in answer[1]
    told = json.loads((snapshot.parent / "r.json").read_text())["coverage"]
    lacking = {row["permission"] for row in told if row["scope_id"] == "projects/nw-security" and row["permission"]}
    assert "resourcemanager.folders.getIamPolicy" in lacking
    assert {row["permission"] for row in told if row["scope_id"] == ORGANIZATION} >= {
        "resourcemanager.organizations.getIamPolicy",
        "iam.denypolicies.list",
        "iam.principalaccessboundarypolicies.list",
    }


@pytest.mark.parametrize("words", [("--project", "nope-nope"), ("--organization", "999"), ("--folder", "999")])
@pytest.mark.parametrize(
    ("rights", "sentence"), [(None, "nhi-scan: there is no `{}`: "), ({}, "nhi-scan: nothing of `{}` could be read: ")]
)
def test_what_is_not_there_ends_in_a_sentence_and_leaves_nothing(
    scan: Callable[..., tuple[int, str, Path]], words: tuple[str, str], rights: dict[str, frozenset[str]], sentence: str
) -> None:
    code, err, snapshot = scan(rights, *words)

    assert code == 2
    assert err.startswith(sentence.format(f"{words[0][2:]}s/{words[1]}"))
    assert len(err.splitlines()) == 1
    assert not snapshot.exists()
