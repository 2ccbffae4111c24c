"""`python -m nhi_scan` and the `nhi-scan` command: run the command line, turn every end into an exit code."""

import contextlib
import logging
import os
import sys


def main() -> None:
    """Run the command line and exit: 0 pass, 1 gate failed, 2 usage or runtime error, 3 coverage incomplete."""
    from nhi_scan.cli.run import run  # noqa: PLC0415 - keeps `import nhi_scan.__main__` free of effects
    from nhi_scan.cli.streams import outlive_readers  # noqa: PLC0415 - likewise

    outlive_readers()
    code = run(sys.argv[1:], last=True)
    if sys.gettrace() is not None:  # coverage and debuggers want to see the end
        sys.exit(code)
    logging.shutdown()
    with contextlib.suppress(OSError):  # the reader is gone
        sys.stdout.flush()
        sys.stderr.flush()
    # The interpreter is not taken down: to free the objects of a large account one by one takes half a second, and
    # whatever has to be closed or removed was, where it was opened.
    os._exit(code)


if __name__ == "__main__":
    main()
