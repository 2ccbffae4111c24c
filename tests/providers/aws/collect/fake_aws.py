"""A server that speaks just enough of AWS's protocols to answer badly, and the collector pointed at it."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from nhi_scan.model.coverage import Coverage
from nhi_scan.providers import Call
from nhi_scan.providers.aws.collect import collect
from nhi_scan.providers.aws.settings import parse
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter

ACCOUNT = "123456789012"
Answer = tuple[int, bytes] | bytes | Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Looks the operation up in the server's script and does what that says."""

    protocol_version = "HTTP/1.1"
    server: "Aws"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path)
        self.params = dict(parse_qsl(path.query)) | dict(parse_qsl(body.decode("latin-1")))
        target = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.operation = target or self.params.get("Action") or path.path
        self.body = body
        with self.server.lock:
            self.server.seen.append(self.operation)
            number = self.server.seen.count(self.operation)
        answer = self.server.script.get(self.operation, (404, b"<html>no such thing</html>"))
        if callable(answer):
            self.number = number
            answer(self)
        elif isinstance(answer, bytes):
            self.answer(200, answer)
        else:
            self.answer(*answer)

    do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815 - as above

    def answer(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml" if body[:1] == b"<" else "application/json")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def truncated(self, body: bytes) -> None:
        """Promise more than is sent, then hang up."""
        self.answer(200, body[: len(body) // 2], len(body))
        self.close_connection = True

    def hang(self, seconds: float) -> None:
        time.sleep(seconds)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass

    def handle_error(self) -> None:
        pass


class Aws(ThreadingHTTPServer):
    """Answers by script: operation name or path -> what to do."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.seen: list[str] = []
        self.script: dict[str, Answer] = {
            "GetCallerIdentity": xml(
                "GetCallerIdentity", f"<Account>{ACCOUNT}</Account><Arn>a</Arn><UserId>u</UserId>"
            ),
            "DescribeRegions": (
                b"<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1</regionName>"
                b"<optInStatus>opt-in-not-required</optInStatus></item></regionInfo></DescribeRegionsResponse>"
            ),
        }

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: clients that went away are what these tests are about."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def xml(operation: str, inner: str) -> bytes:
    return f"<{operation}Response><{operation}Result>{inner}</{operation}Result></{operation}Response>".encode()


def users(*names: str, marker: str = "") -> bytes:
    members = "".join(f"<member><UserName>{name}</UserName></member>" for name in names)
    more = f"<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>" if marker else "<IsTruncated>false</IsTruncated>"
    return xml("ListUsers", f"<Users>{members}</Users>{more}")


def error(code: str, message: str = "no") -> bytes:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>".encode()


def row(kind: str, service: str, operation: str, result: str, **more: Any) -> Call:
    permission = f"{service}:{''.join(word.capitalize() for word in operation.split('_'))}"
    return Call(
        kind=kind,
        service=service,
        operation=operation,
        result=result,
        permissions=(permission,),
        **{"scope": "account", **more},
    )


LIST_USERS = row("iam-users", "iam", "list_users", "Users")
USER_KEYS = row(
    "iam-ssh-public-keys", "iam", "list_ssh_public_keys", "SSHPublicKeys",
    for_each="iam-users", params={"UserName": "$.UserName"}, keep=("UserName",), absent=("NoSuchEntity",),
)  # fmt: skip
FUNCTIONS = row("lambda-functions", "lambda", "list_functions", "Functions", scope="region")


class Told:
    """Remembers what progress it was told."""

    def __init__(self) -> None:
        self.events: list[tuple[str, ...]] = []

    def start(self, account: str, total: int = 0) -> None:
        self.events.append(("start", account, str(total)))

    def advance(self, account: str, service: str, region: str = "") -> None:
        self.events.append(("advance", account, service, region))

    def done(self, account: str) -> None:
        self.events.append(("done", account))


class Collector:
    """Runs the collector against a server and says what came of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told = Told()
        self.settings: dict[str, Any] = {
            "max_attempts": 2, "connect_timeout": 1, "read_timeout": 1, "wait_seconds": 2, "give_up_after": 2,
        }  # fmt: skip

    def run(self, *calls: Call, **settings: Any) -> Snapshot:
        writer = SnapshotWriter.create(str(self.folder), datetime(2026, 11, 1, tzinfo=UTC), "0", overwrite=True)
        with ThreadPoolExecutor(4) as executor:
            collect(parse({**self.settings, **settings}), writer, self.told, executor, calls)
        return writer.finish()


def rows(snapshot: Snapshot, kind: str) -> list[Coverage]:
    return [row for row in snapshot.manifest.coverage if row.record_kind == kind]
