"""Files that are named on the command line."""

from pathlib import Path
from typing import Any

import click


class FileName(click.ParamType[str]):
    """A file, made absolute: what a configuration names lies beside it, what is typed here lies here."""

    name = "FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002 - click's interface
        """Make it absolute; links stay, as paths in a kubeconfig are relative to the name it was opened by."""
        return str(Path(value).expanduser().absolute())
