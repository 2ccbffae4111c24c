"""Which authorities are trusted: the usual ones, and those of a file that was named."""

import os
import ssl
import tempfile
from pathlib import Path

import certifi

from nhi_scan.model.errors import UserError


class Trust:
    """What `verify` of the HTTP library is given. A file that was named is put together with the usual ones.

    Args:
        ca_file: path; empty: only the usual ones.
        alone: trust nobody else: a server that stands in for Microsoft's is vouched for by nobody else.

    Raises:
        UserError: the file cannot be read, or holds no certificates.
    """

    def __init__(self, ca_file: str, *, alone: bool = False) -> None:
        self._made: Path | None = None
        self.verify: str | bool = True
        if not ca_file:
            return
        try:
            ssl.create_default_context(cafile=ca_file)
            own = Path(ca_file).read_bytes()
        except (OSError, ValueError) as error:
            raise UserError(f"`providers.azure.ca_file`: `{ca_file}` cannot be used: {error}") from error
        if alone:
            self.verify = ca_file
            return
        usual = Path(os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where())
        handle, name = tempfile.mkstemp(prefix="nhi-scan-", suffix=".pem")
        self._made = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(own + b"\n" + (usual.read_bytes() if usual.is_file() else b""))
        self.verify = name

    def close(self) -> None:
        """Take the file that was made away."""
        if self._made:
            self._made.unlink(missing_ok=True)
