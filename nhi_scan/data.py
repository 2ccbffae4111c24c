"""Where `rules/` and `reports/` lie: inside an installed wheel, or beside the package in a checkout."""

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Literal["rules", "reports"]) -> Path:
    """Return the folder of shipped data.

    Raises:
        FileNotFoundError: the installation is broken: neither place has it.
    """
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"the folder `{name}` of nhi-scan is missing: reinstall the package")
