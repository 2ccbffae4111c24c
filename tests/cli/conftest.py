import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nhi_scan.cli.run import run

EXPORT = Path(__file__).parent / "recordings" / "export"
ACCOUNT = "111122223333"
CAPTURED = "2026-11-01T12:00:00Z"


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("cli") / "snapshot"
    code = run(["-q", "import", "aws", str(EXPORT), "--account", ACCOUNT, "-o", str(path), "--captured-at", CAPTURED])
    assert code == 0
    return str(path)


@pytest.fixture(autouse=True)
def _collector_on_again() -> Iterator[None]:
    """A command switches the cyclic collector off for good: its process ends with it, this one does not."""
    yield
    gc.enable()


Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Say:
    """Run a command line in an empty folder and give back its exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def _say(*argv: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = run(argv)
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return _say
