"""What a user installs: build the wheel, install it alone into a clean environment, and find the rules."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.xdist_group("wheel")
def test_the_wheel_has_the_distribution_name_that_is_ours(wheel: Path) -> None:
    assert wheel.name.startswith("nhi_governance_scan-")


@pytest.mark.xdist_group("wheel")
def test_the_wheel_carries_rules_and_reports_but_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert any(name.startswith("nhi_scan/_data/rules/") and name.endswith(".yaml") for name in names)
    assert any(name.startswith("nhi_scan/_data/reports/") for name in names)
    assert not [name for name in names if name.startswith("tests/") or "/tests/" in name]


@pytest.mark.xdist_group("wheel")
def test_the_wheel_carries_every_file_that_lies_beside_the_code(wheel: Path) -> None:
    beside = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "nhi_scan").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert {f"nhi_scan/providers/{cloud}/escalation.yaml" for cloud in ("aws", "gcp")} < beside
    assert beside <= set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.xdist_group("wheel")
def test_an_installed_wheel_finds_its_rules(wheel: Path, tmp_path: Path) -> None:
    # The dependencies come from the test's environment: this is about what our own wheel holds.
    target = tmp_path / "site"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--target",
            str(target),
            str(wheel),
        ],
        check=True,
        capture_output=True,
    )
    outcome = subprocess.run(
        [sys.executable, "-P", "-m", "nhi_scan", "rules", "list"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
    )

    assert outcome.returncode == 0, outcome.stderr
    assert "administrator" in outcome.stdout
    located = subprocess.run(
        [sys.executable, "-P", "-c", "import nhi_scan; print(nhi_scan.__file__)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(target)},
    )
    assert str(target) in located.stdout
