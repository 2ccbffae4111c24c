"""A folder that may lie on a disk or in object storage, in which a file is there entirely or not at all."""

import os
import posixpath
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from nhi_scan.model.errors import UserError

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,126}")
_UNFINISHED = ".unfinished"  # suffix of a file that is being written


def checked_name(name: str, what: str) -> str:
    """Let a name through that is safe as one component of a path, on every file system.

    Args:
        name: a provider, scope, record kind or part.
        what: which of them, for the message.

    Raises:
        UserError: it is empty, too long, starts or ends with a dot, or holds anything but letters, digits and `._-`.
    """
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise UserError(f"the {what} `{name[:80]}` cannot be a file name")
    return name


class Folder:
    """Files below one place, addressed by relative paths with forward slashes.

    Args:
        url: a local path or any URL that fsspec understands (https://filesystem-spec.readthedocs.io/): `s3://b/p`,
            `memory://x`.

    Raises:
        UserError: there is no such protocol, or what it needs is not installed.
    """

    def __init__(self, url: str | os.PathLike[str]) -> None:
        self.url = os.fspath(url)
        try:
            self._fs, self._root = fsspec.core.url_to_fs(self.url)
        except (ValueError, ImportError, OSError) as error:
            raise UserError(f"cannot open `{self.url}`: {error}") from error
        self.local = isinstance(self._fs, LocalFileSystem)

    def _at(self, path: str) -> str:
        return posixpath.join(self._root, path) if path else self._root

    @contextmanager
    def _named_errors(self, path: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise UserError(f"`{self.show(path)}` does not exist") from error
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise UserError(f"`{self.show(path)}`: {reason.lower()}") from error

    @contextmanager
    def _written(self, path: str) -> Iterator[None]:
        """Name what is to be written: that it does not exist yet is no fault, and that its folder cannot is one."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise UserError(f"cannot write `{self.show(path)}`: {reason.lower()}") from error

    def show(self, path: str) -> str:
        """Name a file as the user would: the folder as given, then the path inside."""
        return f"{self.url.rstrip('/')}/{path}" if path else self.url

    def exists(self, path: str = "") -> bool:
        """Tell whether there is a file or folder."""
        with self._named_errors(path):
            return bool(self._fs.exists(self._at(path)))

    def is_empty(self) -> bool:
        """Tell whether nothing is there yet; a folder that does not exist is empty."""
        with self._named_errors(""):
            if not self._fs.exists(self._root):
                return True
            return self._fs.isdir(self._root) and not self._fs.ls(self._root, detail=False)

    def files(self, path: str) -> tuple[str, ...]:
        """List the files below a subfolder, sorted; none where there is no such folder."""
        with self._named_errors(path):
            self._fs.invalidate_cache()
            found = self._fs.find(self._at(path)) if self._fs.isdir(self._at(path)) else []
        start = len(self._root.rstrip("/")) + 1
        return tuple(sorted(name[start:] for name in found))

    def has_size(self, path: str, size: int) -> bool:
        """Tell whether a file is there with that many bytes."""
        with self._named_errors(path):
            self._fs.invalidate_cache()
            return bool(self._fs.isfile(self._at(path)) and self._fs.size(self._at(path)) == size)

    @contextmanager
    def reading(self, path: str) -> Iterator[IO[bytes]]:
        """Open a file to be read.

        Raises:
            UserError: it does not exist or cannot be read.
        """
        with self._named_errors(path):
            stream: Any = open(self._at(path), "rb") if self.local else self._fs.open(self._at(path), "rb")  # noqa: PTH123, SIM115 - fsspec costs ten times the open itself; closed below
        with stream, self._named_errors(path):
            yield stream

    def read(self, path: str) -> bytes:
        """Read a whole small file.

        Raises:
            UserError: it does not exist or cannot be read.
        """
        with self.reading(path) as stream:
            return stream.read()

    @contextmanager
    def replacing(self, path: str) -> Iterator[IO[bytes]]:
        """Write a file beside its place and move it there at the end; on any exception nothing has changed.

        Raises:
            UserError: it cannot be written.
        """
        unfinished = path + _UNFINISHED
        with self._written(path):
            self._fs.makedirs(posixpath.dirname(self._at(path)), exist_ok=True)
            stream = self._fs.open(self._at(unfinished), "wb")
        try:
            with stream:
                yield stream
            with self._written(path):
                self._move(unfinished, path)
        except BaseException:
            with suppress(OSError):
                self._fs.rm(self._at(unfinished))
            raise

    def _move(self, source: str, target: str) -> None:
        if self.local:
            os.replace(self._at(source), self._at(target))  # noqa: PTH105 - atomic, also over an existing file
        else:
            self._fs.mv(self._at(source), self._at(target))

    def write(self, path: str, data: bytes) -> None:
        """Write a whole small file, atomically.

        Raises:
            UserError: it cannot be written.
        """
        with self.replacing(path) as stream:
            stream.write(data)

    def append(self, path: str, data: bytes) -> None:
        """Add to the end of a local file with one system call; object storage cannot do this.

        Raises:
            UserError: it cannot be written.
        """
        with self._written(path):
            self._fs.makedirs(posixpath.dirname(self._at(path)), exist_ok=True)
            with open(self._at(path), "ab", buffering=0) as stream:  # noqa: PTH123 - a path as fsspec gives it
                stream.write(data)

    def remove(self, path: str) -> None:
        """Remove a file or a whole subfolder; nothing happens where there is none.

        Raises:
            UserError: it cannot be removed.
        """
        with self._named_errors(path):
            if self._fs.exists(self._at(path)):
                self._fs.rm(self._at(path), recursive=True)
