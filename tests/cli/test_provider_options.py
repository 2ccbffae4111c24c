"""What is said on the command line reaches the provider that it is for, or is refused; as a user types it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.cli.commands import cli

Say = Callable[..., tuple[int, str, str]]

# Two providers of another package that write down what they were told: nothing of our own takes part but the CLI.
MODULE = """
import json
from pathlib import Path


class Told:
    def __init__(self, name, *options):
        self.name, self.options = name, dict.fromkeys(options, "")

    def collect(self, section, writer, progress, executor):
        Path(f"{self.name}.json").write_text(json.dumps(section))


LIKE_AWS = Told("like-aws", "profiles", "organization", "role_name", "external_id", "regions", "usage")
LIKE_GCP = Told("like-gcp", "organizations", "folders", "projects", "impersonate_service_account", "usage")
LIKE_AZURE = Told("like-azure", "tenant", "subscriptions", "management_groups", "usage")
LIKE_KUBERNETES = Told("like-kubernetes", "contexts", "kubeconfig", "namespaces", "audit_logs")
LIKE_KUBERNETES.files = ("kubeconfig", "audit_logs")
"""
POINTS = """[nhi_scan.providers]
like-aws = told:LIKE_AWS
like-azure = told:LIKE_AZURE
like-gcp = told:LIKE_GCP
like-kubernetes = told:LIKE_KUBERNETES
"""
Collect = Callable[..., tuple[subprocess.CompletedProcess[str], dict[str, Any]]]


@pytest.fixture
def collect(tmp_path: Path) -> Collect:
    """Run `nhi-scan collect` in a process of its own; give back its end and what each provider was told."""
    (tmp_path / "told.py").write_text(MODULE, encoding="utf-8")
    info = tmp_path / "told-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: told\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(POINTS, encoding="utf-8")

    def run(line: str, **environment: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
        paths = os.pathsep.join((str(tmp_path), *filter(None, sys.path)))
        command = [sys.executable, "-m", "nhi_scan", "collect", "-q", "-o", "snapshot", *line.split()]
        outcome = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": paths, **environment},
        )
        return outcome, {path.stem: json.loads(path.read_text()) for path in sorted(tmp_path.glob("like-*.json"))}

    return run


@pytest.mark.parametrize(
    ("line", "aws", "gcp"),
    [
        ("--provider like-gcp", None, {}),
        ("--provider like-gcp --organization", None, {}),  # every one that can be searched
        (
            "--provider like-gcp --organization 12 --organization organizations/34",
            None,
            {"organizations": ["12", "34"]},
        ),
        ("--provider like-gcp --project a --project b --folder 5", None, {"projects": ["a", "b"], "folders": ["5"]}),
        ("--provider like-aws --organization --role-name r", {"organization": True, "role_name": "r"}, None),
        (
            "--provider like-aws --provider like-gcp --organization --role-name r --usage",
            {"organization": True, "role_name": "r", "usage": True},
            {"usage": True},
        ),
        (
            "--provider like-gcp --provider like-aws --organization 12 --region eu-west-1",
            {"regions": ["eu-west-1"]},
            {"organizations": ["12"]},
        ),
        (
            "--provider like-aws --provider like-gcp --organization --organization 12 --role-name r",
            {"organization": True, "role_name": "r"},
            {"organizations": ["12"]},
        ),
    ],
)
def test_every_provider_is_told_what_it_knows(
    collect: Collect, line: str, aws: dict[str, Any] | None, gcp: dict[str, Any] | None
) -> None:
    outcome, told = collect(line)

    assert outcome.returncode == 0, outcome.stderr
    assert (told.get("like-aws"), told.get("like-gcp")) == (aws, gcp)


@pytest.mark.parametrize(
    ("line", "azure"),
    [
        ("--provider like-azure", {}),
        ("--provider like-azure --tenant northwind.example", {"tenant": "northwind.example"}),
        (
            "--provider like-azure --subscription a --subscription b --usage",
            {"subscriptions": ["a", "b"], "usage": True},
        ),
        (
            "--provider like-azure --provider like-gcp --management-group prod --project p",
            {"management_groups": ["prod"]},
        ),
    ],
)
def test_what_is_for_azure_goes_to_azure(collect: Collect, line: str, azure: dict[str, Any]) -> None:
    outcome, told = collect(line)

    assert outcome.returncode == 0, outcome.stderr
    assert told["like-azure"] == azure


def test_files_of_the_command_line_lie_here_and_those_of_the_configuration_beside_it(
    collect: Collect, tmp_path: Path
) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "nhi-scan.yaml").write_text(
        "providers: {like-kubernetes: {kubeconfig: kube.yaml, audit_logs: [a.log], contexts: [prod]}}\n"
    )
    outcome, told = collect("--provider like-kubernetes --config etc/nhi-scan.yaml --audit-log b.log")

    assert outcome.returncode == 0, outcome.stderr
    assert {key: told["like-kubernetes"][key] for key in ("contexts", "audit_logs")} == {
        "contexts": ["prod"],
        "audit_logs": [str(tmp_path / "b.log")],
    }
    assert (tmp_path / told["like-kubernetes"]["kubeconfig"]) == tmp_path / "etc" / "kube.yaml"
    (tmp_path / "snapshot" / "manifest.json").unlink()
    told = collect("--provider like-kubernetes --config etc/nhi-scan.yaml --namespace a --kubeconfig k")[1]
    assert told["like-kubernetes"]["kubeconfig"] == str(tmp_path / "k")
    assert [tmp_path / one for one in told["like-kubernetes"]["audit_logs"]] == [tmp_path / "etc" / "a.log"]


def test_the_environment_and_the_file_say_the_same_and_are_for_whom_they_concern(
    collect: Collect, tmp_path: Path
) -> None:
    (tmp_path / "nhi-scan.yaml").write_text(
        "providers: {like-aws: {organization: true, role_name: r}, like-gcp: {organizations: ['7'], projects: [p]}}\n"
    )
    environment = {"NHI_SCAN_ORGANIZATION": "0", "NHI_SCAN_PROJECT": "a b", "NHI_SCAN_PROFILE": "audit"}

    outcome, told = collect("--provider like-gcp", **environment)
    assert outcome.returncode == 0, outcome.stderr
    assert told == {"like-gcp": {"organizations": ["7"], "projects": ["a", "b"]}}

    (tmp_path / "snapshot" / "manifest.json").unlink()
    told = collect("--provider like-aws", **environment)[1]
    assert told["like-aws"] == {"organization": False, "role_name": "r", "profiles": ["audit"]}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            "--provider gcp --role-name r",
            "`--role-name` is for `aws`, and only `gcp` is collected: add `--provider aws`",
        ),
        ("--provider gcp --region eu-west-1", "`--region` is for `aws`"),
        ("--project p", "`--project` is for `gcp`, and only `aws` is collected: add `--provider gcp`, or leave it out"),
        ("--organization 123456789012", "`--organization 123456789012` is for `gcp`"),
        ("--impersonate-service-account a@b.iam.gserviceaccount.com", "`--impersonate-service-account` is for `gcp`"),
        (
            "--tenant t",
            "`--tenant` is for `azure`, and only `aws` is collected: add `--provider azure`, or leave it out",
        ),
        ("--provider gcp --subscription s", "`--subscription` is for `azure`"),
        ("--management-group m", "`--management-group` is for `azure`"),
        ("--provider azure --folder 5", "`--folder` is for `gcp`"),
        ("--kube-context c", "`--kube-context` is for `kubernetes`, and only `aws` is collected"),
        ("--provider gcp --namespace n", "`--namespace` is for `kubernetes`"),
        ("--kubeconfig f", "`--kubeconfig` is for `kubernetes`"),
        ("--audit-log f", "`--audit-log` is for `kubernetes`"),
        ("--provider kubernetes --namespace A", "`A` is no name of a namespace"),
        ("--provider kubernetes --kubeconfig no-such-file", "no-such-file` cannot be read: No such file or directory"),
        ("--provider azure --tenant nope", "`nope` is neither the id nor a domain of a tenant"),
        ("--provider azure --subscription nope", "`nope` is no id of a subscription"),
        ("--provider gcp --organization --project p", "`--organization` alone is every organization, and `--project`"),
        ("--provider gcp --organization o-abc", "`o-abc` is no number of an organization"),
        ("--organization", "--role-name"),
    ],
)
def test_what_nobody_takes_is_a_sentence(say: Say, line: str, sentence: str, tmp_path: Path) -> None:
    code, out, err = say("collect", *line.split())

    assert (code, out) == (2, "")
    assert sentence in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_an_export_of_aws_needs_its_account_and_says_so(say: Say, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "iam-list-users.json").write_text('{"Users": []}')

    code, out, err = say("import", "aws", "export", "-o", "snapshot")

    assert (code, out) == (2, "")
    assert err == "nhi-scan: `--account` is missing: no file of `export` says which account it is of\n"
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


@pytest.mark.parametrize(
    ("provider", "format_", "known"),
    [
        ("aws", "gcloud", "`json`, `cloudformation`, `terraform`"),
        ("gcp", "cloudformation", "`json`, `gcloud`, `terraform`"),
        ("gcp", "", "`json`, `gcloud`, `terraform`"),
        ("azure", "gcloud", "`json`, `az`, `terraform`"),
        ("kubernetes", "gcloud", "`yaml`, `json`"),
    ],
)
def test_a_policy_in_a_format_that_the_provider_lacks_names_those_it_has(
    say: Say, provider: str, format_: str, known: str
) -> None:
    code, out, err = say("permissions", provider, "-f", format_)

    assert (code, out) == (2, "")
    assert err == f"nhi-scan: `{provider}` has no policy as `{format_}`: it has {known}\n"


@pytest.mark.parametrize(
    ("words", "proposed"),
    [
        ("nhi-scan permissions gcp -f ", {"json", "gcloud", "terraform"}),
        ("nhi-scan permissions aws -f ", {"json", "cloudformation", "terraform"}),
        ("nhi-scan permissions aws -f c", {"cloudformation"}),
        ("nhi-scan permissions kubernetes -f ", {"yaml", "json"}),
        ("nhi-scan scan --provider ", {"aws", "azure", "gcp", "github", "kubernetes"}),
        ("nhi-scan scan --pro", {"--provider", "--profile", "--project"}),
    ],
)
def test_the_shell_proposes_what_fits(words: str, proposed: set[str]) -> None:
    environment = {
        **os.environ,
        "_NHI_SCAN_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    program = "from nhi_scan.cli.commands import cli; cli(prog_name='nhi-scan')"
    outcome = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )

    assert {line.partition(",")[2] for line in outcome.stdout.splitlines()} == proposed


def test_the_help_of_a_scan_parts_the_clouds(say: Say) -> None:
    text = say("scan", "--help")[1]

    headings = [line[:-1] for line in text.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert [one for one in headings if one != "GitHub"] == [
        "Options", "AWS", "Azure", "Google Cloud", "Kubernetes", "Reports", "Judgement", "Gate",
    ]  # fmt: skip
    own, gcp = text.split("\nAWS:")[1].split("\nGoogle Cloud:")
    aws, azure = own.split("\nAzure:")
    assert "--role-name" in aws
    assert "--management-group" in azure
    assert "--role-name" not in gcp
    gcp, kubernetes = gcp.split("\nKubernetes:")
    assert "--impersonate-service-account" in gcp
    assert "--kube-context" in kubernetes.split("\nReports:")[0]
    for parameter in cli.commands["scan"].params:
        assert text.count(f"{parameter.opts[-1]} ") >= 1, parameter.name
