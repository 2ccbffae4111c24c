"""Commands about rules and permissions: what is checked, and what the collector needs."""

from collections.abc import Sequence
from pathlib import Path

import click

from nhi_scan.cli.configuration import config_option
from nhi_scan.cli.logs import log_options
from nhi_scan.cli.options import EXISTING, PROVIDERS, option

rule_folders = option(
    "--rules", "rule_folders", type=EXISTING, multiple=True, metavar="DIR", help="Folder of further rules; repeatable."
)


@click.group()
def rules() -> None:
    """List, show, test and document the rules."""


@rules.command(name="list")
@click.option("-f", "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@rule_folders
@config_option
@log_options
def list_(format_: str, rule_folders: Sequence[Path]) -> int:
    """List every rule: severity, id, title."""
    from nhi_scan import app

    click.echo(app.list_rules(rule_folders, format_), nl=False)
    return 0


@rules.command()
@click.argument("rule_id", metavar="RULE")
@rule_folders
@log_options
def show(rule_id: str, rule_folders: Sequence[Path]) -> int:
    """Show one rule: what it asks, why, its parameters, references, fix and cases."""
    from nhi_scan import app

    click.echo(app.rule_documentation(rule_folders, rule_id), nl=False)
    return 0


@rules.command()
@rule_folders
@log_options
def test(rule_folders: Sequence[Path]) -> int:
    """Run every rule's own cases. Exits 1 where one fails."""
    from nhi_scan import app

    failures, count = app.test_rules(rule_folders)
    for failure in failures:
        click.echo(failure)
    click.echo(f"{count - len(failures)} of {count} cases pass")
    return 1 if failures else 0


@rules.command()
@rule_folders
@click.option("-o", "--output", default="-", metavar="FILE", help="Where it goes; `-`: standard output.")
@log_options
def docs(rule_folders: Sequence[Path], output: str) -> int:
    """Write the documentation of all rules as Markdown."""
    from nhi_scan import app

    app.write_bytes(output, app.rule_documentation(rule_folders, None).encode())
    return 0


@click.command()
@click.argument("provider", type=click.Choice(PROVIDERS))
@click.option(
    "-f",
    "--format",
    "format_",
    type=click.Choice(["json", "cloudformation", "terraform"]),
    default="json",
    show_default=True,
    help="How it is written.",
)
@option("--usage", is_flag=True, help="With what `--usage` asks for.")
@option("--organization", is_flag=True, help="With what `--organization` asks for.")
@log_options
def permissions(provider: str, format_: str, usage: bool, organization: bool) -> int:  # noqa: FBT001 - click gives flags as bools
    """Print the least-privilege read-only policy of the collector, generated from its calls."""
    from nhi_scan import app

    click.echo(app.permissions(provider, format_, usage=usage, organization=organization), nl=False)
    return 0


COMMANDS = (rules, permissions)
