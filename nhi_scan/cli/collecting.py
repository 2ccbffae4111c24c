"""Commands that make a snapshot: collect, scan, import."""

import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nhi_scan.cli.configuration import config_option, settings_of
from nhi_scan.cli.judging import judge, split_options
from nhi_scan.cli.logs import is_quiet, log_options, say
from nhi_scan.cli.options import (
    HeadedCommand,
    Moment,
    ProviderName,
    analysis_options,
    gate_options,
    option,
    output_options,
)
from nhi_scan.cli.outputs import pair_outputs
from nhi_scan.cli.progress import progress_for
from nhi_scan.cli.provider_options import provider_options, take_sections

if TYPE_CHECKING:
    from nhi_scan.snapshot.store import Snapshot

_log = logging.getLogger("nhi_scan.import")


def _collect(ctx: click.Context, destination: str, options: dict[str, Any], *, resume: bool) -> "Snapshot":
    from nhi_scan import app

    providers, workers = options.pop("providers"), options.pop("workers")
    settings = settings_of(ctx)
    for name, section in take_sections(ctx, providers, options).items():
        settings = settings.with_provider_options([name], section)
    try:
        with progress_for(ctx) as progress:
            return app.collect(settings, providers, destination, resume=resume, workers=workers, progress=progress)
    except KeyboardInterrupt:
        kept = f"interrupted; what was collected is kept: `nhi-scan collect --resume {destination}` completes it"
        raise KeyboardInterrupt(kept) from None


def _say_what_is_missing(ctx: click.Context, snapshot: "Snapshot", destination: str) -> None:
    """A snapshot alone shows nothing: say that it is not the whole truth before somebody files it away."""
    from nhi_scan.report.figures import gaps

    kinds = len({(gap.provider, gap.record_kind) for gap in gaps(snapshot.manifest.coverage)})
    if kinds and not is_quiet(ctx):
        what = "1 kind of record is" if kinds == 1 else f"{kinds} kinds of record are"
        say(f"{what} missing or not whole: `nhi-scan report {destination}` says which and why")


def _default_snapshot() -> str:
    from nhi_scan import app

    return f"nhi-scan-snapshot-{app.clock():%Y%m%dT%H%M%SZ}"


@click.command(cls=HeadedCommand, short_help="Collect a snapshot, with read-only calls.")
@option(
    "-s",
    "--snapshot",
    "-o",
    "--output",
    "snapshot",
    envvar="NHI_SCAN_SNAPSHOT",
    metavar="DIR",
    help="Where it goes; a path or an fsspec address.  [default: nhi-scan-snapshot-<time>]",
)
@option("--resume", metavar="SNAPSHOT", help="Complete a snapshot that was interrupted.")
@provider_options
@config_option
@log_options
@click.pass_context
def collect(ctx: click.Context, /, snapshot: str | None, resume: str | None, **options: Any) -> int:
    """Collect a snapshot, with read-only calls, and stop there.

    \b
    nhi-scan collect --profile prod --region eu-west-1 -o snapshot
    nhi-scan collect --provider azure --tenant contoso.example -o snapshot
    nhi-scan collect --provider gcp --project my-project -o snapshot
    nhi-scan collect --resume snapshot
    """
    if resume is not None and ctx.get_parameter_source("snapshot") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("`--resume` already says which snapshot: leave `--snapshot` out")
    destination = resume or snapshot or _default_snapshot()
    collected = _collect(ctx, destination, options, resume=resume is not None)
    _say_what_is_missing(ctx, collected, destination)
    click.echo(destination)
    return 0


@click.command(cls=HeadedCommand)
@option("-s", "--snapshot", metavar="DIR", help="Where the snapshot is kept.  [default: nhi-scan-snapshot-<time>]")
@provider_options
@output_options
@analysis_options
@gate_options
@config_option
@log_options
@click.pass_context
def scan(
    ctx: click.Context, /, snapshot: str | None, formats: Sequence[str], outputs: Sequence[str], **options: Any
) -> int:
    """Collect, analyse and report in one go.

    \b
    nhi-scan scan --provider aws -f html -o report.html -f json -o report.json
    nhi-scan scan --organization --role-name nhi-scan --fail-on high --baseline last-week/
    nhi-scan scan --provider azure --management-group platform -o report.html
    nhi-scan scan --provider gcp --organization 123456789012 -o report.html
    nhi-scan scan --provider kubernetes --kube-context prod --provider github --github-org northwind -o report.html
    nhi-scan scan --provider github --github-workflows . -f sarif -o workflows.sarif
    """
    reports = pair_outputs(formats, outputs)
    destination = snapshot or _default_snapshot()
    _collect(ctx, destination, options, resume=False)
    judgement, gate = split_options(options)
    return judge(ctx, destination, judgement, gate, reports)


@click.command(name="import", short_help="Make a snapshot of what a cloud's own CLI printed.")
@click.argument("provider", type=ProviderName())
@click.argument("folders", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="DIR...")
@option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID",
    help="What each DIR is of, in the same order: an AWS account; of Google Cloud a scope such as organizations/123 "
    "and of Azure the id of a tenant, and only where the files do not tell; of Kubernetes what to call the cluster; "
    "of GitHub an organization, and only where no other is to be read.",
)
@option(
    "-o",
    "--output",
    "snapshot",
    envvar="NHI_SCAN_SNAPSHOT",
    metavar="SNAPSHOT",
    required=True,
    help="Where the snapshot goes.",
)
@option("--captured-at", type=Moment(), help="When the files were made.  [default: the newest file's time]")
@log_options
@click.pass_context
def import_(
    ctx: click.Context,
    /,
    provider: str,
    folders: Sequence[Path],
    accounts: Sequence[str],
    snapshot: str,
    captured_at: datetime | None,
) -> int:
    """Make a snapshot of what a cloud's own command line printed, for those who cannot run a collector.

    \b
    aws iam get-account-authorization-details > export/iam-get-account-authorization-details.json
    nhi-scan import aws export --account 123456789012 -o snapshot

    \b
    gcloud asset search-all-iam-policies --scope=organizations/123456789012 --format=json > export/policies.json
    nhi-scan import gcp export -o snapshot

    \b
    az ad app list --all > export/applications.json
    az ad sp list --all > export/service-principals.json
    az role assignment list --all > export/role-assignments.json
    az role definition list > export/role-definitions.json
    az account list --all > export/subscriptions.json
    az ad app owner list --id ID > export/owners-ID.json
    nhi-scan import azure export -o snapshot

    \b
    kubectl get ns,nodes,sa,pods,roles,clusterroles,rolebindings,clusterrolebindings -A -o json > dump/all.json
    nhi-scan import kubernetes dump --account prod -o snapshot

    \b
    get() { mkdir -p "dump/$(dirname "$1")" && gh api --paginate "$1" > "dump/$1.json"; }
    get orgs/northwind; get orgs/northwind/repos; get repos/northwind/shop/environments
    nhi-scan import github dump -o snapshot
    """
    from nhi_scan import app

    if accounts and len(folders) != len(accounts):
        raise click.UsageError(
            f"{len(folders)} folders and {len(accounts)} accounts: give one `--account` for each DIR"
        )
    sources = list(zip(accounts or [""] * len(folders), folders, strict=True))
    imported = app.import_native(provider, sources, snapshot, captured_at=captured_at, warn=_log.warning)
    _say_what_is_missing(ctx, imported, snapshot)
    click.echo(snapshot)
    return 0


COMMANDS = (scan, collect, import_)
