"""`nhi-scan demo`: the real scan, over HTTP, of organizations that exist only in this process."""

import importlib
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from nhi_scan import app
from nhi_scan.config import Settings
from nhi_scan.config import load as load_settings
from nhi_scan.demo.azure import load as microsoft
from nhi_scan.demo.environment import adding, environment
from nhi_scan.demo.estate import Estate
from nhi_scan.demo.gcp import load as google
from nhi_scan.demo.github import load as github
from nhi_scan.demo.kubernetes import load as kubernetes
from nhi_scan.demo.load import load
from nhi_scan.findings.assessment import Assessment
from nhi_scan.model.errors import UserError
from nhi_scan.report import terminal

ESTATE = "northwind"
GOOGLE_ESTATE = "northwind-gcp"
MICROSOFT_ESTATE = "northwind-azure"
GITHUB_ESTATE = "northwind-github"
CLUSTER_ESTATE = "northwind-kubernetes"
SNAPSHOT = "snapshot"
PEOPLE = "people.txt"
CONFIG = "nhi-scan.yaml"
# The report to open comes last, since its path is the last thing that is printed.
REPORTS = {
    "json": "report.json",
    "sarif": "report.sarif",
    "csv": "findings.csv",
    "markdown": "summary.md",
    "terminal": "summary.txt",
    "html": "report.html",
}
_SCAN_ROLE = "nhi-scan"
_NO_PACE = 1_000_000  # requests a minute: nobody shares this server


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """What one company has in every cloud."""

    amazon: Estate
    google: google.Loaded
    microsoft: microsoft.Loaded
    github: github.Loaded
    cluster: kubernetes.Loaded

    @property
    def people(self) -> frozenset[str]:
        """Names of everyone who is here."""
        parts = (self.amazon, self.google, self.microsoft, self.github, self.cluster)
        return frozenset().union(*(part.people for part in parts))


def run_demo(folder: Path, *, now: datetime | None, progress: Any, echo: Callable[[str], Any]) -> int:
    """Scan the demo's organization and write the snapshot, what it is judged by, and every report.

    Args:
        folder: where they go; what an earlier demo left there is replaced.
        now: the moment at which the demo plays (aware); None for the present.
        progress: told how the collection goes.
        echo: prints a line.

    Returns:
        The exit code, 0: findings are what a demo is for.

    Raises:
        UserError: moto is missing, or the folder holds something else.
    """
    company = load_company()
    make_room(folder)
    collect(company, folder / SNAPSHOT, now=now, progress=progress, echo=echo)
    config = write_settings(company.people, folder)
    assessment = app.assess_snapshot(str(folder / SNAPSHOT), load_settings(config), now=now)
    write_reports(assessment, folder)
    echo(terminal.render(assessment, sys.stdout).decode())
    again = shlex.join(["nhi-scan", "analyse", str(folder / SNAPSHOT), "--config", str(config)])
    echo(f"The same analysis again: {again}")
    for name in (SNAPSHOT, PEOPLE, CONFIG, *REPORTS.values()):
        echo(str(folder / name))
    return 0


def load_company() -> Company:
    """Read what the company has everywhere."""
    return Company(
        amazon=load(ESTATE),
        google=google.load(GOOGLE_ESTATE),
        microsoft=microsoft.load(MICROSOFT_ESTATE),
        github=github.load(GITHUB_ESTATE, families=True),
        cluster=kubernetes.load(CLUSTER_ESTATE),
    )


def collect(
    company: Company,
    snapshot: Path,
    *,
    now: datetime | None,
    progress: Any,
    echo: Callable[[str], Any],
) -> None:
    """Collect what the company has in each cloud into one snapshot, as `nhi-scan collect --organization` does.

    Raises:
        UserError: moto, or one of Google's or Microsoft's libraries, is missing.
    """
    with environment({}):  # before moto is imported: it asks the SDK for the user's profile at once
        stage, moment = _stage(), now or app.clock()
        conduct = stage.Conduct(as_assigned=True)  # the scanner may do there what the estate lets it
        with (
            stage.playing_google(company.google.estate, moment) as google_server,
            stage.playing_microsoft(company.microsoft.estate, moment, conduct) as microsoft_server,
            stage.playing_github(company.github.estate, moment) as github_server,
            stage.playing_cluster(company.cluster, moment) as cluster,
            stage.playing(company.amazon, moment) as endpoint,
            adding(_sign_in(microsoft_server)),
        ):
            echo(f"An organization of {len(company.amazon.accounts)} AWS accounts is served at {endpoint},")
            projects = len(company.google.estate.projects)
            echo(f"one of {projects} Google Cloud projects at {google_server.endpoint},")
            subscriptions = len(company.microsoft.estate.subscriptions)
            echo(f"a tenant of {subscriptions} Azure subscriptions at {microsoft_server.endpoint},")
            echo(f"{len(company.github.estate.repositories)} repositories of GitHub at {github_server.endpoint},")
            echo(f"a cluster of Kubernetes at {cluster.endpoint}; nothing else is asked.")
            echo("What a server does not speak is reported as not read, never as clean.")
            # What these servers cannot answer they will not answer the second time either.
            options = {"organization": True, "role_name": _SCAN_ROLE, "max_attempts": 1}
            settings = Settings().with_provider_options(["aws"], options)
            settings = settings.with_provider_options(["gcp"], _google_options(company.google, google_server))
            settings = settings.with_provider_options(["azure"], _microsoft_options(microsoft_server))
            settings = settings.with_provider_options(["github"], _github_options(github_server))
            settings = settings.with_provider_options(
                ["kubernetes"], {"kubeconfig": cluster.kubeconfig, "max_attempts": 1}
            )
            everywhere = ["aws", "azure", "gcp", "github", "kubernetes"]
            app.collect(settings, everywhere, str(snapshot), captured_at=now, progress=progress)


def _sign_in(served: Any) -> dict[str, str]:
    """Return what azure-identity finds in the environment, and nothing else of Microsoft's."""
    return {
        "AZURE_TENANT_ID": served.tenant_id,
        "AZURE_CLIENT_ID": served.client_id,
        "AZURE_CLIENT_SECRET": served.client_secret,
    }


def _microsoft_options(served: Any) -> dict[str, Any]:
    return {
        "credential": "environment",
        "authority": served.endpoint,
        "graph_endpoint": served.endpoint,
        "arm_endpoint": served.endpoint,
        "ca_file": served.ca_file,
        "usage": True,
        "max_attempts": 1,
    }


def _github_options(served: Any) -> dict[str, Any]:
    return {
        "base_url": served.endpoint,
        "web_host": "github.com",
        "ca_file": served.ca_file,
        "app_id": served.app_id,
        "private_key": served.private_key_file,
        "max_attempts": 1,
        "requests_per_minute": _NO_PACE,
    }


def _google_options(loaded: google.Loaded, served: Any) -> dict[str, Any]:
    return {
        "organizations": [loaded.estate.organization.partition("/")[2]],
        "endpoint": served.endpoint,
        "grpc_endpoint": served.grpc_endpoint,
        "usage": True,
        "max_attempts": 1,
        "assets_per_minute": _NO_PACE,
        "searches_per_minute": _NO_PACE,
        "requests_per_minute": _NO_PACE,
    }


def _stage() -> ModuleType:
    """Import what needs the extra `demo`, and takes a second."""
    try:
        return importlib.import_module("nhi_scan.demo.stage")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("nhi_scan"):
            raise
        missing = (error.name or "").partition(".")[0]
        raise UserError(f"the demo needs {missing}: run `pip install 'nhi-governance-scan[demo]'`") from error


def write_settings(people: frozenset[str], folder: Path) -> Path:
    """Write who is here, and the configuration that names the list, so that anybody can repeat the analysis.

    Returns:
        The configuration file.
    """
    listed = "".join(f"{person}\n" for person in sorted(people))
    (folder / PEOPLE).write_text(f"# Everyone who is here: an owner not among them is gone.\n{listed}", "utf-8")
    config = folder / CONFIG
    config.write_text(f"people_file: {PEOPLE}\n", "utf-8")
    return config


def write_reports(assessment: Assessment, folder: Path) -> None:
    """Write every report into a folder."""
    for format_, name in REPORTS.items():
        with (folder / name).open("wb") as file:
            file.writelines(app.stream(assessment, format_))


def make_room(folder: Path) -> None:
    """Make the folder, and take away what an earlier demo wrote there.

    Raises:
        UserError: it holds something that no demo wrote.
    """
    files = (PEOPLE, CONFIG, *REPORTS.values())
    ours = {SNAPSHOT, *files}
    if folder.exists():
        strange = sorted(path.name for path in folder.iterdir() if path.name not in ours) if folder.is_dir() else [""]
        if strange:
            raise UserError(f"`{folder}` is not the folder of an earlier demo: name another with `--folder`")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / SNAPSHOT, ignore_errors=True)
    for name in files:
        (folder / name).unlink(missing_ok=True)
