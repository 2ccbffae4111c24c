"""What holds for every test, and the Kubernetes API server that some of them ask."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, settings

# No deadline: a slow machine is no defect. In CI the examples are the same every time, so that a change is judged by
# what it changed; on a developer's machine they differ, which finds more.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")

_STARTER = Path(__file__).parents[2] / "shared" / "bin" / "start-kube-apiserver"
_PROGRAMS = ("etcd", "zstd", "openssl", "curl")
_SECONDS_TO_END = 20


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all tests that ask the API server in one worker: there is one server, and it is slow to start."""
    for item in items:
        if "api_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("apiserver"))


@dataclass(frozen=True)
class ApiServer:
    """A Kubernetes API server with RBAC, and somebody who may do everything there.

    Attributes:
        kubeconfig: a file whose current context is that somebody.
        context: name of that context.
        url: address, no slash at its end.
        token: bearer token of somebody in system:masters; empty where the kubeconfig signs in otherwise.
        own: whether it was started for these tests, so that they may leave things behind and know what is in it.
    """

    kubeconfig: Path
    context: str
    url: str
    token: str
    own: bool

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any]:
        """Send one request; give back the status and the JSON (or text) of the answer.

        Args:
            method: GET, POST, PUT, PATCH, DELETE.
            path: with its leading slash and query.
            body: sent as JSON; None for none.
            token: of somebody else; empty for nobody.
            headers: more of them.
        """
        sent = {"Content-Type": "application/json", "Accept": "application/json", **(headers or {})}
        if bearer := self.token if token is None else token:
            sent["Authorization"] = f"Bearer {bearer}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=sent)  # noqa: S310 - https of a test server
        unchecked = ssl.create_default_context()
        unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
        try:
            with urllib.request.urlopen(request, timeout=60, context=unchecked) as answer:  # noqa: S310 - as above
                return answer.status, _read(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _read(error.read())

    def create(self, path: str, thing: Mapping[str, Any]) -> Any:
        """Create an object in a collection; it may be there already."""
        status, answer = self.ask("POST", path, thing)
        assert status in (200, 201, 202, 409), json.dumps(answer)[:1000]
        return answer

    def delete(self, path: str) -> None:
        """Delete an object; it may be gone already."""
        status, answer = self.ask("DELETE", path)
        assert status in (200, 202, 404), json.dumps(answer)[:1000]


def _read(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A real API server: the one that NHI_SCAN_TEST_KUBECONFIG names, else one that is started here and ended."""
    if given := os.environ.get("NHI_SCAN_TEST_KUBECONFIG"):
        yield _named(Path(given))
        return
    if not _STARTER.is_file():
        pytest.skip("no API server: NHI_SCAN_TEST_KUBECONFIG names none, and none lies beside this checkout")
    if missing := [name for name in _PROGRAMS if shutil.which(name) is None]:
        reason = f"the API server cannot be started: {', '.join(missing)} missing"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("apiserver")
    try:
        started = subprocess.run(
            [_STARTER, folder, str(_free_ports())], capture_output=True, text=True, check=False, timeout=120
        )
        assert started.returncode == 0, started.stderr
        yield _named(Path(started.stdout.strip()), own=True)
    finally:
        for name in ("api.pid", "etcd.pid"):
            _end(folder / name)
        for name in ("kube-apiserver", "etcd"):  # 120 MB that nobody looks at again
            path = folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _named(path: Path, *, own: bool = False) -> ApiServer:
    """Read what a kubeconfig with a token says."""
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    name = config["current-context"]
    context = next(one["context"] for one in config["contexts"] if one["name"] == name)
    cluster = next(one["cluster"] for one in config["clusters"] if one["name"] == context["cluster"])
    user = next(one["user"] for one in config["users"] if one["name"] == context["user"])
    if "token" not in user:
        pytest.skip("the user of NHI_SCAN_TEST_KUBECONFIG has no token, which the tests ask with")
    return ApiServer(path, name, cluster["server"].rstrip("/"), user["token"], own)


def _free_ports() -> int:
    """Find a port that is free, as are the two after it."""
    for port in range(21000 + os.getpid() % 20000, 65000, 3):
        with suppress(OSError):
            for one in (port, port + 1, port + 2):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", one))
            return port
    pytest.fail("no three free ports in a row")


def _end(pid_file: Path) -> None:
    if not pid_file.is_file():
        return
    pid = int(pid_file.read_text(encoding="ascii"))
    for wanted in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, wanted)
        for _ in range(_SECONDS_TO_END * 10):
            if not _runs(pid):
                return
            time.sleep(0.1)


def _runs(pid: int) -> bool:
    """Tell whether a process is there and no zombie: it is nobody's child here, and init may not collect it."""
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0] != "Z"
        )
    except OSError:
        return False
