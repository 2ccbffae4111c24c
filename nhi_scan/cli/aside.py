"""Do one thing in a second process while the first goes on: two large reports take as long as one."""

import contextlib
import os
import sys
import warnings
from collections.abc import Callable, Iterator

_CAN_FORK = sys.platform == "linux"  # elsewhere a fork of a process with threads is not safe, or not there


@contextlib.contextmanager
def aside(work: Callable[[], None]) -> Iterator[None]:
    """Run `work` in a copy of this process while the body of the `with` runs here; both are done when it ends.

    `work` may only compute and write a file: nothing of what it changes in memory comes back. Where the copy cannot be
    made or fails, `work` is run here, so that its errors are seen as any other.
    """
    child = _fork() if _CAN_FORK else None
    if child == 0:
        _end(work)
    try:
        yield
    finally:
        done = child is not None and os.waitpid(child, 0)[1] == 0
    if not done:
        work()


def _fork() -> int | None:
    with warnings.catch_warnings():
        # Python warns of locks that another thread may hold. The only others are the idle pools of numerical libraries.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return os.fork()
        except OSError:  # no memory or no process left for it: then one after the other
            return None


def _end(work: Callable[[], None]) -> None:
    """Do the work and end at once, without what the first process does at its end."""
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001, S110 - the first process does it again and shows what is wrong
        pass
    finally:
        os._exit(code)
