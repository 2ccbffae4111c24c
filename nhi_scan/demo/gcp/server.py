"""A loopback server that speaks Google's protocols from an estate that is data.

REST: `http://127.0.0.1:PORT/<service host>/<REST path>`, for example
`http://127.0.0.1:PORT/cloudasset.googleapis.com/v1/organizations/1/assets`. Google's generated clients keep a path that
follows the host (their REST transport formats `{host}{uri}`), so a client is made with

    AssetServiceClient(transport="rest", credentials=AnonymousCredentials(),
                       client_options={"api_endpoint": f"{endpoint}/cloudasset.googleapis.com"})

and so for iam_v2, iam_v3, resourcemanager_v3, recommender_v1, orgpolicy_v2. The others are asked by their REST paths,
with whatever HTTP session: GET `{endpoint}/{service host}/{path}`.

gRPC: `google.iam.admin.v1.IAM`, which has no REST transport, on its own port without TLS:

    transport = IAMGrpcTransport(channel=grpc.insecure_channel(grpc_endpoint))

What it holds against Google: a path, method or query parameter that the service's discovery document does not have is
answered 400; an answer that does not fit the document's schema is answered 500 and kept in `Served.breaches`.
"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules

import grpc

from nhi_scan.demo.gcp import admin, answers
from nhi_scan.demo.gcp.estate import Estate
from nhi_scan.demo.gcp.gate import Conduct, Gate
from nhi_scan.demo.gcp.rest import Rest, handler_for
from nhi_scan.demo.gcp.world import World
from nhi_scan.demo.loopback import LOOPBACK, listen

_THREADS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server.

    Attributes:
        endpoint: of REST, `http://127.0.0.1:<port>`: the provider's option `endpoint`.
        grpc_endpoint: `127.0.0.1:<port>`: the provider's option `grpc_endpoint`.
        requests: how many calls there were of each method, the refused ones too; gRPC's as `<service>/<call>`.
        breaches: what this server did that Google would not have done: a test demands that there are none.
    """

    endpoint: str
    grpc_endpoint: str
    requests: Counter[str]
    breaches: list[str]


@contextmanager
def serve(estate: Estate, now: datetime, conduct: Conduct | None = None) -> Iterator[Served]:
    """Serve an estate as it stands at a moment, on two free ports of 127.0.0.1, from threads of this process.

    Args:
        estate: what is there.
        now: the moment (aware); ages in the estate count back from it.
        conduct: how the caller is treated; by default everything is allowed and nothing goes wrong.

    Yields:
        Where it listens, and what it saw.
    """
    for module in iter_modules(answers.__path__):
        import_module(f"{answers.__name__}.{module.name}")
    world = World(estate, now)
    gate = Gate(world, conduct or Conduct())
    rest = Rest(world=world, gate=gate)
    with listen(handler_for(rest)) as port, _grpc(rest) as grpc_endpoint:
        endpoint = f"http://{LOOPBACK}:{port}"
        yield Served(endpoint=endpoint, grpc_endpoint=grpc_endpoint, requests=gate.requests, breaches=rest.breaches)


@contextmanager
def _grpc(rest: Rest) -> Iterator[str]:
    server = grpc.server(ThreadPoolExecutor(_THREADS), handlers=[admin.handlers(rest)])
    port = server.add_insecure_port(f"{LOOPBACK}:0")
    server.start()
    try:
        yield f"{LOOPBACK}:{port}"
    finally:
        server.stop(None).wait()
