"""Promises about the whole tree that no single test would notice breaking."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = (
    "azure", "boto3", "botocore", "celpy", "cryptography", "google", "googleapiclient", "grpc", "httpx", "httpx2",
    "jinja2", "jmespath", "jwt", "lightkube", "moto", "msal", "msgspec", "networkx", "numpy", "pandas", "pyarrow",
    "requests", "rich",
)  # fmt: skip
FORBIDDEN_NAMES = {"utils", "helpers", "common", "manager", "base"}


def _tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", pattern], check=True, capture_output=True, cwd=ROOT).stdout
    return [ROOT / name.decode() for name in listed.split(b"\0") if name]


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from nhi_scan.cli.run import run\n"
        "assert run(['--help']) == 0\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    outcome = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert outcome.stdout.endswith("HEAVY []\n")


def test_the_layers_hold() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    outcome = subprocess.run([linter], check=False, capture_output=True, text=True, cwd=ROOT)

    assert outcome.returncode == 0, outcome.stdout


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in _tracked("nhi_scan/*.py") if path.stem in FORBIDDEN_NAMES] == []


def test_no_module_is_longer_than_it_should_be() -> None:
    assert [str(p) for p in _tracked("nhi_scan/*.py") if len(p.read_text(encoding="utf-8").splitlines()) > 300] == []


def _asserts(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"raises", "fail", "validate"} or name.lstrip("_").startswith(("assert", "expect", "check")):
                return True
    return False


def test_every_test_can_fail() -> None:
    idle = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in _tracked("tests/*.py")
        if path.name.startswith("test_")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not _asserts(node)
    ]

    assert idle == []


def test_the_top_level_holds_what_it_should() -> None:
    tops = {path.relative_to(ROOT).parts[0] for path in _tracked("*")}

    assert {name for name in tops if not name.startswith(".")} == {
        "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "nhi_scan", "pyproject.toml", "reports", "rules", "tests",
    }  # fmt: skip


# Each in two words, so that this file has none of them either.
@pytest.mark.parametrize(
    "words", [("index", "-url"), ("files", r"\.pythonhosted"), ("/", r"simple\b"), ("registry", r"\.npm")]
)
def test_no_address_of_a_package_registry_is_committed(words: tuple[str, str]) -> None:
    address = "".join(words)
    hits = [
        str(path.relative_to(ROOT))
        for path in _tracked("*")
        if path.is_file() and re.search(address, path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert hits == []


def test_the_lock_has_a_hash_for_everything() -> None:
    lines = (ROOT / ".lock" / "dev.txt").read_text(encoding="utf-8").splitlines()
    pins = [i for i, line in enumerate(lines) if re.match(r"[a-z0-9].*==", line)]

    assert len(pins) > 50
    assert [lines[i] for i in pins if not lines[i].endswith("\\") or "--hash=" not in lines[i + 1]] == []
