"""A provider that another package brings is taken by every command that names one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
class Oracle:
    name = "oracle"
    formats = ("json", "hieroglyphs")

    def permissions(self, format_, *, usage, organization):
        return f"{format_} of a provider from elsewhere"


PROVIDER = Oracle()
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    (tmp_path / "oracle_cloud.py").write_text(MODULE, encoding="utf-8")
    info = tmp_path / "oracle_cloud-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: oracle-cloud\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[nhi_scan.providers]\noracle = oracle_cloud:PROVIDER\n", encoding="utf-8")
    return tmp_path


def _permissions(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", "")))}
    command = [sys.executable, "-m", "nhi_scan", "permissions", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=folder)


def test_a_provider_of_another_package_is_asked(installed: Path) -> None:
    outcome = _permissions(installed, "oracle")

    assert (outcome.returncode, outcome.stdout) == (0, "json of a provider from elsewhere\n"), outcome.stderr


def test_each_provider_says_how_its_policy_can_be_written(installed: Path) -> None:
    outcome = _permissions(installed, "oracle", "-f", "hieroglyphs")
    refused = _permissions(installed, "oracle", "-f", "terraform")

    assert outcome.stdout == "hieroglyphs of a provider from elsewhere\n"
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "nhi-scan: `oracle` has no policy as `terraform`: it has `json`, `hieroglyphs`\n"


def test_a_provider_that_nobody_brought_is_refused_with_those_there_are(installed: Path) -> None:
    outcome = _permissions(installed, "nobody")

    assert outcome.returncode == 2
    assert "'aws', 'gcp', 'oracle'" in outcome.stderr
