"""The commands, by name. Each group lives in a file of its own and imports the program only when it runs."""

import click

from nhi_scan import __version__
from nhi_scan.cli import ask, catalogue, collecting, judging, setup
from nhi_scan.cli.logs import log_options


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    no_args_is_help=True,
    epilog="Exit codes: 0 pass, 1 a gate failed, 2 usage or runtime error, 3 coverage incomplete (--require-complete).",
)
@click.version_option(__version__, "-V", "--version", prog_name="nhi-scan", message="%(prog)s %(version)s")
@log_options
def cli() -> None:
    """Find the non-human identities of your clouds, what each can really do, and what to fix first.

    `nhi-scan demo` shows everything on an embedded company; `nhi-scan scan --provider aws --provider azure` does it
    with your own read-only credentials: `nhi-scan permissions aws`, `azure`, `gcp`, `github` and `kubernetes` print
    what they need.
    """


for _command in (*collecting.COMMANDS, *judging.COMMANDS, *ask.COMMANDS, *catalogue.COMMANDS, *setup.COMMANDS):
    cli.add_command(_command)
