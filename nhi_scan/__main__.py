"""`python -m nhi_scan` and the `nhi-scan` command: run the command line, turn every end into an exit code."""

import sys


def main() -> None:
    """Run the command line and exit: 0 pass, 1 gate failed, 2 usage or runtime error, 3 coverage incomplete."""
    from nhi_scan.cli.run import run  # noqa: PLC0415 - keeps `import nhi_scan.__main__` free of effects

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
