"""What a user installs: build the wheel, install it alone into a clean environment, and find the rules."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ESTATES = ("northwind", "northwind-azure", "northwind-gcp", "northwind-github", "northwind-kubernetes")
CLOUDS = ("aws", "azure", "gcp", "github", "kubernetes")


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

    assert {f"nhi_scan/providers/{cloud}/escalation.yaml" for cloud in CLOUDS} < beside
    assert {name.split("/")[3] for name in beside if name.startswith("nhi_scan/demo/estates/")} == set(ESTATES)
    assert "nhi_scan/demo/azure/csdl.yaml" in beside
    assert beside <= set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.xdist_group("wheel")
@pytest.mark.parametrize(
    ("extra", "needed"),
    [
        (
            "azure",
            {"azure-core", "azure-identity", "azure-mgmt-authorization", "azure-mgmt-msi", "azure-mgmt-resourcegraph"},
        ),
        ("gcp", {"google-auth", "google-cloud-asset"}),
        ("github", {"httpx", "pyjwt"}),
        ("kubernetes", {"lightkube"}),
        ("demo", {"moto", "trustme"}),
    ],
)
def test_an_extra_brings_the_libraries_of_its_cloud(wheel: Path, extra: str, needed: set[str]) -> None:
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith(".dist-info/METADATA")]
        lines = opened.read(name).decode().splitlines()

    brought = {
        re.match(r"Requires-Dist: ([\w-]+)", line)[1]  # type: ignore[index]  # every such line names something
        for line in lines
        if line.startswith("Requires-Dist: ") and line.endswith(f"; extra == '{extra}'")
    }
    assert f"Provides-Extra: {extra}" in lines
    assert needed <= brought
    assert not needed & {
        re.split(r"[^\w-]", line.removeprefix("Requires-Dist: "))[0] for line in lines if "extra ==" not in line
    }


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
