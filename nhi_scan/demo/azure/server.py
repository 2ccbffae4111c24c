"""A loopback server that speaks as Microsoft's login service, Microsoft Graph and Azure Resource Manager, from data.

One address, over TLS, with a certificate of an authority that is made for the occasion and trusted by nobody else:

- login: `/<tenant>/v2.0/.well-known/openid-configuration`, `/<tenant>/oauth2/v2.0/token`;
- Microsoft Graph: `/v1.0/...` and `/beta/...`;
- Resource Manager: everything else: `/subscriptions`, `/providers`, `/tenants`, `/batch`, ...

The provider's settings `authority`, `graph_endpoint` and `arm_endpoint` are all `Served.endpoint`, `ca_file` is
`Served.ca_file`; by hand:

    ClientSecretCredential(served.tenant_id, served.client_id, served.client_secret, authority=served.endpoint,
                           disable_instance_discovery=True, connection_verify=served.ca_file)

A token for Graph is asked for with the scope `https://graph.microsoft.com/.default`, one for Resource Manager with
`https://management.azure.com/.default`; neither service takes the other's. `Served.certificate_file` signs in as the
same application, and so does a token that `Served.federated_token` makes, where a federated credential of it says so.

What it holds against Microsoft: a row with a property that Graph's metadata (`csdl.yaml`) or the SDK's model does not
have, or with a value of another type, is answered 500 and kept in `Served.breaches`.
"""

import ssl
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import jwt
import trustme

from nhi_scan.demo.azure.arm.service import Arm
from nhi_scan.demo.azure.estate import Estate
from nhi_scan.demo.azure.gate import Conduct, Gate
from nhi_scan.demo.azure.graph.service import Graph
from nhi_scan.demo.azure.login import FEDERATION_KEY, Login
from nhi_scan.demo.azure.web import Web, handler_for
from nhi_scan.demo.azure.world import World
from nhi_scan.demo.loopback import LOOPBACK, listen

_NAME = "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server.

    Attributes:
        endpoint: `https://localhost:<port>`: authority, Graph and Resource Manager.
        ca_file: certificate of the authority that signed the server's, in a file that goes with the server.
        tenant_id: GUID of the tenant.
        client_id: application id of the scanner.
        client_secret: its secret.
        certificate_file: its certificate and key, in a file that goes with the server.
        requests: how many requests there were of each family (`graph.applications`, `graph.batch`,
            `arm.resourceGraph`, `login.token`), the refused ones too.
        parts: the same for what was asked in batches.
        breaches: what this server did that Microsoft would not have done: a test demands that there are none.
        conduct: how the caller is treated.
    """

    endpoint: str
    ca_file: str
    tenant_id: str
    client_id: str
    client_secret: str
    certificate_file: str
    requests: Counter[str]
    parts: Counter[str]
    breaches: list[str]
    conduct: Conduct

    def federated_token(self, issuer: str, subject: str, now: datetime) -> str:
        """Return a token of an issuer that the server knows, good for an hour from `now` (aware)."""
        claims = {
            "iss": issuer,
            "sub": subject,
            "aud": "api://AzureADTokenExchange",
            "exp": int(now.timestamp()) + 3600,
        }
        return jwt.encode(claims, FEDERATION_KEY, algorithm="HS256")


@contextmanager
def serve(estate: Estate, now: datetime, conduct: Conduct | None = None) -> Iterator[Served]:
    """Serve an estate as it stands at a moment, on a free port of 127.0.0.1, from threads of this process.

    Args:
        estate: what is there.
        now: the moment (aware); `ago(...)` and `in(...)` in the estate count from it.
        conduct: how the caller is treated; by default everything is allowed and nothing goes wrong.

    Yields:
        Where it listens, what it takes, and what it saw.
    """
    how = conduct or Conduct()
    world = World(estate, now)
    gate = Gate(world, how)
    authority = trustme.CA()
    client = authority.issue_cert("scanner.northwind.example", key_type=trustme.KeyType.RSA)
    web = Web(
        login=Login(world=world, gate=gate, certificate=client.cert_chain_pems[0].bytes()),
        graph=Graph(world=world, gate=gate),
        arm=Arm(world=world, gate=gate),
    )
    with (
        tempfile.TemporaryDirectory(prefix="nhi-scan-demo-") as folder,
        listen(handler_for(web), _tls(authority)) as port,
    ):
        endpoint = f"https://{_NAME}:{port}"
        web.login.endpoint = web.graph.endpoint = web.arm.endpoint = endpoint
        ca_file, certificate_file = Path(folder, "ca.pem"), Path(folder, "client.pem")
        authority.cert_pem.write_to_path(str(ca_file))
        client.private_key_and_cert_chain_pem.write_to_path(str(certificate_file))
        yield Served(
            endpoint=endpoint,
            ca_file=str(ca_file),
            tenant_id=estate.tenant,
            client_id=estate.client_id,
            client_secret=estate.secret,
            certificate_file=str(certificate_file),
            requests=gate.requests,
            parts=gate.parts,
            breaches=web.breaches,
            conduct=how,
        )


def _tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(_NAME, LOOPBACK).configure_cert(context)
    return context
