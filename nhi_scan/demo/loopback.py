"""A threaded HTTP server on a free port of 127.0.0.1, for as long as a block runs."""

import ssl
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOPBACK = "127.0.0.1"


class Handler(BaseHTTPRequestHandler, ABC):
    """What every request is handled with: kept connections, nothing logged, and all methods answered alike."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @abstractmethod
    def serve(self) -> None:
        """Read a request and write its answer."""

    def _serve(self) -> None:  # what the names below are bound to finds the `serve` of a subclass
        self.serve()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the base class looks for these names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: requests are counted."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection open: its thread ends with the process
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or that speaks no TLS, is no error."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


@contextmanager
def listen(handler: type[Handler], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve from threads of this process.

    Args:
        handler: answers.
        tls: of the server's side; None: nothing is encrypted.

    Yields:
        The port.
    """
    server = _Server((LOOPBACK, 0), handler)
    if tls:
        # The handshake waits for the thread of its connection: one slow client holds up no other.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
