"""Standard streams whose reader may go away: `nhi-scan gate s --fail-on low 2>&1 | head -1` ends with its own code."""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Unread(io.FileIO):
    """A file that takes what is written after its reader is gone, and drops it."""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write, or from then on into the void."""
        try:
            return super().write(data)
        except BrokenPipeError:
            void = os.open(os.devnull, os.O_WRONLY)
            os.dup2(void, self.fileno())
            os.close(void)
            return memoryview(data).nbytes


def outlive_readers() -> None:
    """Let the work go on to its exit code where nobody reads what it says any more: files are still to be written."""
    sys.stdout = _outliving(sys.stdout)
    sys.stderr = _outliving(sys.stderr)


def _outliving(stream: TextIO) -> TextIO:
    """Put such a file below a stream; one that is none of the interpreter's own, or is closed, stays as it is."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    stream.flush()
    raw = io.BufferedWriter(_Unread(stream.fileno(), "wb", closefd=False))
    return io.TextIOWrapper(
        raw,
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
