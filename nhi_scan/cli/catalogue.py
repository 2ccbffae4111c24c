"""Commands about rules and permissions: what is checked, and what the collector needs."""

import json
from collections.abc import Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from nhi_scan.cli.logs import log_options
from nhi_scan.cli.options import EXISTING, ProviderName, option
from nhi_scan.cli.outputs import write_bytes
from nhi_scan.model.errors import UserError
from nhi_scan.providers import BUILT_IN

rule_folders = option(
    "--rules", "rule_folders", type=EXISTING, multiple=True, metavar="DIR", help="Folder of further rules; repeatable."
)


@click.group()
def rules() -> None:
    """List, show, test and document the rules."""


@rules.command(name="list")
@option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    envvar="NHI_SCAN_LIST_FORMAT",
    help="How it is written.",
)
@rule_folders
@log_options
def list_(format_: str, rule_folders: Sequence[Path]) -> int:
    """List every rule: severity, id, title."""
    from nhi_scan import app

    loaded = app.shipped_rules(rule_folders)
    if format_ == "json":
        rows = [
            {"id": rule.id, "question": rule.question, "severity": rule.severity.value, "title": rule.title}
            for rule in loaded
        ]
        click.echo(json.dumps(rows, indent=2))
        return 0
    width = max((len(rule.id) for rule in loaded), default=0)
    for rule in sorted(loaded, key=lambda rule: (rule.question, -rule.severity.rank, rule.id)):
        click.echo(f"{rule.severity.value:8}  {rule.id:{width}}  {rule.title}")
    return 0


@rules.command()
@click.argument("rule_id", metavar="RULE")
@rule_folders
@log_options
def show(rule_id: str, rule_folders: Sequence[Path]) -> int:
    """Show one rule: what it asks, why, references, fix, cases."""
    from nhi_scan import app
    from nhi_scan.ruleset.docs import describe

    for rule in app.shipped_rules(rule_folders, with_cases=True):
        if rule_id in (rule.id, *rule.aliases):
            click.echo(describe(rule))
            return 0
    raise UserError(f"no rule is called `{rule_id}`: `nhi-scan rules list` names them")


@rules.command()
@rule_folders
@log_options
def test(rule_folders: Sequence[Path]) -> int:
    """Run every rule's own cases. Exits 1 where one fails."""
    from nhi_scan import app
    from nhi_scan.ruleset.cases import check

    loaded = app.shipped_rules(rule_folders, with_cases=True)
    failures = [failure for rule in loaded for failure in check(rule)]
    for failure in failures:
        click.echo(failure)
    count = sum(len(rule.cases) for rule in loaded)
    click.echo(f"{len(loaded)} rules, {count} cases: {len(failures)} failed")
    return 1 if failures else 0


@rules.command(name="docs")
@rule_folders
@option(
    "-o",
    "--output",
    default="-",
    metavar="FILE",
    envvar="NHI_SCAN_DOCS_OUTPUT",
    help="Where it goes; `-`: standard output.",
)
@log_options
def docs_(rule_folders: Sequence[Path], output: str) -> int:
    """Write the documentation of all rules as Markdown."""
    from nhi_scan import app
    from nhi_scan.ruleset.docs import docs

    write_bytes(output, docs(app.shipped_rules(rule_folders, with_cases=True)).encode())
    return 0


class PolicyFormat(click.ParamType[str]):
    """How the collector's policy is written: which ways there are, each provider says for itself."""

    name = "FORMAT"

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - click calls it so
        incomplete: str,
    ) -> list[CompletionItem]:
        """Propose those of the provider that stands on the line already, or of all."""
        from nhi_scan.providers.protocol import load_provider

        # An option that still lacks its value ends click's parsing early: what stood before it are loose words.
        chosen = ctx.params.get("provider") or next((word for word in ctx.args if word in BUILT_IN), None)
        formats = {one for name in ([chosen] if chosen else BUILT_IN) for one in load_provider(name).formats}
        return [CompletionItem(one) for one in sorted(formats) if one.startswith(incomplete)]


@click.command(short_help="Print the read-only policy the collector needs.")
@click.argument("provider", type=ProviderName())
@option(
    "-f",
    "--format",
    "format_",
    type=PolicyFormat(),
    default="json",
    show_default=True,
    envvar="NHI_SCAN_PERMISSIONS_FORMAT",
    help="How it is written: json, terraform, cloudformation (aws), az (azure), gcloud (gcp), yaml (kubernetes) or "
    "markdown (github).",
)
@option("--usage", is_flag=True, help="With what `--usage` asks for.")
@option(
    "--organization",
    is_flag=True,
    envvar="NHI_SCAN_PERMISSIONS_ORGANIZATION",
    help="With what `--organization` asks for.",
)
@option(
    "--project",
    is_flag=True,
    envvar="NHI_SCAN_PERMISSIONS_PROJECT",
    help="For Google Cloud projects alone, as `scan --project` asks them; else for a whole organization.",
)
@log_options
def permissions(provider: str, format_: str, usage: bool, organization: bool, project: bool) -> int:  # noqa: FBT001 - click gives flags as bools
    """Print the least-privilege read-only policy of the collector, generated from its calls.

    \b
    nhi-scan permissions aws -f cloudformation --organization
    nhi-scan permissions azure -f az
    nhi-scan permissions gcp -f gcloud
    nhi-scan permissions gcp --project -f terraform
    nhi-scan permissions kubernetes -f yaml
    """
    from nhi_scan.providers.protocol import load_provider

    chosen = load_provider(provider)
    if format_ not in chosen.formats:
        known = ", ".join(f"`{one}`" for one in chosen.formats)
        raise UserError(f"`{provider}` has no policy as `{format_}`: it has {known}")
    more = {"project": True} if project else {}  # providers of other packages may not know it
    click.echo(chosen.permissions(format_, usage=usage, organization=organization, **more))
    return 0


COMMANDS = (rules, permissions)
