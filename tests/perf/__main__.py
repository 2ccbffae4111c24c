"""`make bench`: how long large accounts take, next to merely parsing the same JSON.

python -m tests.perf [aws] [ROLES ...]          default: 1000 10000
python -m tests.perf gcp [SERVICE ACCOUNTS ...] default: 10000 100000, over a twentieth as many projects
python -m tests.perf azure [SERVICE PRINCIPALS ...] default: 5000 50000, with four role assignments each
python -m tests.perf kubernetes [SERVICE ACCOUNTS ...] default: 2000 20000, five pods each, a tenth as many namespaces
python -m tests.perf company [ROLES ...]        default: 5000 10000, across all clouds; see `company.py`
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.perf.azure_estate import Estate as AzureEstate
from tests.perf.company_estate import Estate as CompanyEstate
from tests.perf.gcp_estate import Estate as GcpEstate
from tests.perf.generate import ACCOUNT, account
from tests.perf.kubernetes_estate import PODS
from tests.perf.kubernetes_estate import Estate as KubernetesEstate

GAAD = "iam-get-account-authorization-details.json"
ROOT = Path(__file__).parents[2]
DEFAULTS = {
    "aws": [1000, 10000],
    "gcp": [10000, 100000],
    "azure": [5000, 50000],
    "kubernetes": [2000, 20000],
    "company": [5000, 10000],
}
BARE = """
import gzip, json, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.jsonl.gz")):
    with gzip.open(path) as lines:
        for line in lines:
            json.loads(line)
"""


def say(line: str) -> None:
    """Print one line at once: a large size takes a while."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def printed(command: Sequence[str]) -> str:
    """Run a program and return what it printed.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def peak(command: Sequence[str]) -> tuple[float, int]:
    """Run a program and return its seconds and its peak memory in MB.

    Raises:
        SystemExit: it failed.
    """
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # 1: the gate, which is not what is measured
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss // 1024


def measure(roles: int, folder: Path) -> float:
    """Measure one size, print its lines and return the seconds from file to reports."""
    exports = folder / f"exports-{roles}"
    exports.mkdir()
    account(roles, exports / GAAD)
    snapshot = folder / f"snapshot-{roles}"
    program = (sys.executable, "-m", "nhi_scan")
    bare, bare_memory = peak((sys.executable, "-c", f"import json; json.load(open({str(exports / GAAD)!r}))"))
    importing = peak((*program, "import", "aws", str(exports), "--account", ACCOUNT, "-o", str(snapshot)))
    outputs = ("-f", "json", "-o", str(folder / "out.json"), "-f", "html", "-o", str(folder / "out.html"))
    analysing = peak((*program, "analyse", str(snapshot), *outputs))
    total = importing[0] + analysing[0]
    say(f"{roles:,} roles, {(exports / GAAD).stat().st_size / 1e6:.1f} MB")
    say(f"  bare json.load      {bare:7.2f} s  {bare_memory:5} MB")
    for name, (seconds, memory) in (("import aws", importing), ("analyse", analysing)):
        say(f"  {name:<18}  {seconds:7.2f} s  {memory:5} MB  {seconds / bare:6.1f} x bare")
    say(f"  file to reports     {total:7.2f} s  {max(importing[1], analysing[1]):5} MB  {total / bare:6.1f} x bare")
    core = printed((sys.executable, "-m", "tests.perf.measure", str(snapshot)))
    for name, value in json.loads(core).items():
        say(f"  {name:<34} {value:>10,}")
    return total


def measure_gcp(accounts: int, folder: Path) -> float:
    """Measure an organization of Google Cloud, print its lines and return the seconds from snapshot to reports."""
    snapshot = folder / f"gcp-{accounts}"
    GcpEstate(accounts).write(snapshot)
    return report(f"{accounts:,} service accounts", "tests.perf.measure_gcp", snapshot, folder)


def measure_azure(principals: int, folder: Path) -> float:
    """Measure a tenant of Microsoft Entra, print its lines and return the seconds from snapshot to reports."""
    snapshot = folder / f"azure-{principals}"
    AzureEstate(principals).write(snapshot)
    title = f"{principals:,} service principals, {4 * principals:,} role assignments"
    return report(title, "tests.perf.measure_azure", snapshot, folder)


def measure_kubernetes(accounts: int, folder: Path) -> float:
    """Measure a cluster, print its lines and return the seconds from snapshot to reports."""
    snapshot = folder / f"kubernetes-{accounts}"
    KubernetesEstate(accounts).write(snapshot)
    title = f"{accounts:,} service accounts, {PODS * accounts:,} pods"
    return report(title, "tests.perf.measure_kubernetes", snapshot, folder)


def measure_company(roles: int, folder: Path) -> float:
    """Measure a company across clouds, print its lines and return the seconds from snapshot to reports."""
    snapshot = folder / f"company-{roles}"
    CompanyEstate(roles).write(snapshot)
    return report(f"a company with {roles:,} roles of AWS", "tests.perf.measure_company", snapshot, folder)


def report(title: str, stages_by: str, snapshot: Path, folder: Path) -> float:
    """Measure a snapshot as a whole and stage by stage, print its lines and return the seconds as a whole."""
    bare, bare_memory = peak((sys.executable, "-c", BARE, str(snapshot)))
    outputs = ("-f", "json", "-o", str(folder / "out.json"), "-f", "html", "-o", str(folder / "out.html"))
    seconds, memory = peak((sys.executable, "-m", "nhi_scan", "analyse", str(snapshot), *outputs))
    say(title)
    say(f"  bare json.loads     {bare:7.2f} s  {bare_memory:5} MB")
    say(f"  snapshot to reports {seconds:7.2f} s  {memory:5} MB  {seconds / bare:6.1f} x bare")
    stages = json.loads(printed((sys.executable, "-m", stages_by, str(snapshot))))
    for name, found in stages.items():
        if isinstance(found, list):
            say(
                f"  {name:<30} {found[0]:7.2f} s  {found[1]:5} MB  {found[0] / bare:6.1f} x bare  {' '.join(found[2:])}"
            )
        else:
            say(f"  {name:<30} {found:>10,}")
    return seconds


def sizes_of(cloud: str, words: Sequence[str]) -> list[int]:
    """Return the sizes to measure one cloud at: those that were asked for, or its own."""
    if words and cloud != (words[0] if words[0] in DEFAULTS else "aws"):
        return []
    return [int(word) for word in words if word not in DEFAULTS] or DEFAULTS[cloud]


def main() -> None:
    """Measure every size that is asked for, or every cloud at its own."""
    clouds = (
        ("aws", measure),
        ("gcp", measure_gcp),
        ("azure", measure_azure),
        ("kubernetes", measure_kubernetes),
        ("company", measure_company),
    )
    for cloud, one in clouds:
        sizes = sizes_of(cloud, sys.argv[1:])
        with TemporaryDirectory() as temporary:
            seconds = [one(size, Path(temporary)) for size in sizes]
        if len(sizes) > 1:
            say(f"{sizes[-1]:,} take {seconds[-1] / seconds[0]:.1f} times as long as {sizes[0]:,}")


if __name__ == "__main__":
    main()
