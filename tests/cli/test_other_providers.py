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

    options = {}

    def collect(self, section, writer, progress, executor):
        writer.write("oracle", "delphi", "answers", [("", {}, {"of": "the pythia"})])


class Silent:
    name = "silent"
    options = {}

    def collect(self, section, writer, progress, executor):
        from nhi_scan.model.errors import NothingReadError

        raise NothingReadError("nothing of it could be read")


class Broken(Silent):
    name = "broken"

    def collect(self, section, writer, progress, executor):
        raise RuntimeError("a fault of its own")


PROVIDER, SILENT, BROKEN = Oracle(), Silent(), Broken()
"""
POINTS = """[nhi_scan.providers]
oracle = oracle_cloud:PROVIDER
silent = oracle_cloud:SILENT
broken = oracle_cloud:BROKEN
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    (tmp_path / "oracle_cloud.py").write_text(MODULE, encoding="utf-8")
    info = tmp_path / "oracle_cloud-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: oracle-cloud\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(POINTS, encoding="utf-8")
    return tmp_path


def _permissions(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return _run(folder, "permissions", *words)


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), os.environ.get("PYTHONPATH", "")))}
    command = [sys.executable, "-m", "nhi_scan", *words]
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
    assert "'aws', 'azure', 'broken', 'gcp', 'github', 'kubernetes', 'oracle', 'silent'" in outcome.stderr


def test_what_one_provider_gave_outlives_another_that_reads_nothing(installed: Path) -> None:
    outcome = _run(installed, "collect", "--provider", "oracle", "--provider", "silent", "-s", "kept")

    assert (outcome.returncode, outcome.stderr) == (2, "nhi-scan: nothing of it could be read\n")
    assert [path.name for path in (installed / "kept").rglob("*.jsonl.gz")] == ["answers.jsonl.gz"]


@pytest.mark.parametrize("provider", ["silent", "broken"])
def test_a_snapshot_with_nothing_in_it_is_taken_back(installed: Path, provider: str) -> None:
    outcome = _run(installed, "collect", "--provider", provider, "-s", "empty")

    assert outcome.returncode == 2, outcome.stderr
    assert not (installed / "empty").exists()
