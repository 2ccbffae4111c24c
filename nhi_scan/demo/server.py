"""A loopback server that speaks AWS's protocols, and a process environment in which nothing else can be reached.

The server is moto's (https://docs.getmoto.org/en/latest/docs/server_mode.html), on a free port of 127.0.0.1. It is in
the extra `demo`: this module and `nhi_scan.demo.seed` import it, and they are imported only when a demo starts.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server import werkzeug_app
from moto.server import ThreadedMotoServer

# What the SDK reads from the environment: https://boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html
_PREFIXES = ("AWS_", "BOTO_", "MOTO_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
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


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Give this process only these settings of AWS, and take them back afterwards.

    No key, profile, configuration file, proxy or metadata service of the user is looked at meanwhile.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper().startswith(_PREFIXES) or name.upper() in _PROXIES
    }
    ours = {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": _LOOPBACK,
        **values,
    }
    for name in kept:
        del os.environ[name]
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)
        os.environ.update(kept)
