"""`--config`: a file of defaults. A flag beats an environment variable, which beats the file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nhi_scan.cli.options import EXISTING, option
from nhi_scan.model.errors import UserError
from nhi_scan.providers import provider_names

if TYPE_CHECKING:
    from nhi_scan.config import Settings

DEFAULT_FILE = "nhi-scan.yaml"


def _read(ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path | None:
    path = value or (Path(DEFAULT_FILE) if Path(DEFAULT_FILE).is_file() else None)
    if path is None or ctx.resilient_parsing:
        return path
    from nhi_scan.config import load

    settings = load(path)
    for name in settings.providers:
        if name not in (known := provider_names()):
            raise UserError(f"{path}: `providers`: `{name}` is no provider (known: {', '.join(known)})")
    ctx.obj = settings
    ctx.default_map = {**settings.command_defaults(), **(ctx.default_map or {})}
    return path


config_option = option(
    "--config",
    type=EXISTING,
    metavar="FILE",
    is_eager=True,
    expose_value=False,
    callback=_read,
    help=f"Settings.  [default: {DEFAULT_FILE}, where there is one]",
)


def settings_of(ctx: click.Context) -> "Settings":
    """Return what the configuration file says, or the defaults where there is none."""
    from nhi_scan.config import Settings

    return ctx.obj if isinstance(ctx.obj, Settings) else Settings()
