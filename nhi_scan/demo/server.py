"""A loopback server that speaks AWS's protocols.

The server is moto's (https://docs.getmoto.org/en/latest/docs/server_mode.html), on a free port of 127.0.0.1. It is in
the extra `demo`: this module and `nhi_scan.demo.seed` import it, and they are imported only when a demo starts.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server import werkzeug_app
from moto.server import ThreadedMotoServer

_LOOPBACK = "127.0.0.1"


@contextmanager
def serve() -> Iterator[str]:
    """Run the server in a thread of this process.

    Yields:
        Its address, `http://127.0.0.1:<port>`.
    """
    vars(werkzeug_app)["print"] = _say_nothing  # it would print every host that it does not know
    log = logging.getLogger("werkzeug")
    level = log.level
    log.setLevel(logging.CRITICAL)  # what moto does not speak it answers with a traceback: coverage tells of it
    server = ThreadedMotoServer(_LOOPBACK, port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        forget()
        log.setLevel(level)
        del vars(werkzeug_app)["print"]


def _say_nothing(*_: object) -> None:
    """Stand in for `print`."""


def forget() -> None:
    """Empty every backend: the server's state belongs to the process, and a second demo starts from nothing."""
    moto_api_backend.reset()
