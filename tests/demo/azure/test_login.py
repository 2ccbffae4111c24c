"""Who may sign in, how, and what a token is good for."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import CertificateCredential, ClientAssertionCredential, ClientSecretCredential

from nhi_scan.demo.azure.server import Served

GRAPH, ARM = "https://graph.microsoft.com/.default", "https://management.azure.com/.default"

Connect = Callable[[Any], Any]


def options(served: Served) -> dict[str, Any]:
    return {
        "authority": served.endpoint,
        "disable_instance_discovery": True,
        "connection_verify": served.ca_file,
        "retry_total": 0,
    }


def test_microsofts_library_signs_in_with_a_secret(served: Served, client: Connect) -> None:
    with ClientSecretCredential(
        served.tenant_id, served.client_id, served.client_secret, **options(served)
    ) as credential:
        token = credential.get_token(ARM)
    assert client(served).ask("GET", "/tenants?api-version=2022-12-01", token.token).status_code == 200


def test_microsofts_library_signs_in_with_a_certificate(served: Served, client: Connect) -> None:
    with CertificateCredential(
        served.tenant_id, served.client_id, certificate_path=served.certificate_file, **options(served)
    ) as credential:
        token = credential.get_token(GRAPH)
    assert client(served).ask("GET", "/v1.0/applications", token.token).status_code == 200


def test_microsofts_library_signs_in_with_anothers_token_where_the_application_trusts_it(
    served: Served,
) -> None:
    clock = datetime.fromtimestamp(4_000_000_000).astimezone()

    def with_subject(subject: str) -> Any:
        token = served.federated_token("https://issuer.example", subject, clock)
        return ClientAssertionCredential(served.tenant_id, served.client_id, lambda: token, **options(served))

    with with_subject("me") as credential:
        assert credential.get_token(GRAPH).token
    with with_subject("somebody else") as credential, pytest.raises(ClientAuthenticationError, match="AADSTS70021"):
        credential.get_token(GRAPH)


@pytest.mark.parametrize(
    ("wrong", "number"),
    [
        ({"client_secret": "guessed"}, 7000215),
        ({"client_id": "00000000-0000-4000-8000-000000000000"}, 700016),
        ({"grant_type": "password"}, 70003),
        ({"scope": "https://graph.microsoft.com"}, 1002012),
        ({"client_secret": "", "client_assertion": "x", "client_assertion_type": "y"}, 700027),
    ],
)
def test_who_does_not_know_the_secret_gets_no_token(
    served: Served, client: Connect, wrong: dict[str, str], number: int
) -> None:
    status, body = client(served).login(**wrong)
    assert status in {400, 401}
    assert body["error_codes"] == [number]
    assert "access_token" not in body


def test_a_tenant_has_its_id_and_its_domains_and_no_other_name(served: Served, client: Connect) -> None:
    session = client(served).session
    for name, status in ((served.tenant_id, 200), ("small.example", 200), ("large.example", 400)):
        answer = session.get(f"{served.endpoint}/{name}/v2.0/.well-known/openid-configuration", timeout=20)
        assert answer.status_code == status
        if status == 200:
            assert answer.json()["token_endpoint"] == f"{served.endpoint}/{served.tenant_id}/oauth2/v2.0/token"


def test_a_token_for_graph_is_none_for_resource_manager_and_the_other_way_round(
    served: Served, client: Connect
) -> None:
    asking = client(served)
    refused = asking.ask("GET", "/v1.0/applications", asking.arm_token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    refused = asking.ask("GET", "/subscriptions?api-version=2022-12-01", asking.graph_token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "InvalidAuthenticationTokenAudience")
    assert "authorization_uri" in refused.headers["WWW-Authenticate"]


def test_who_has_no_token_sees_nothing(served: Served, client: Connect) -> None:
    session = client(served).session
    for path in ("/v1.0/applications", "/subscriptions?api-version=2022-12-01", "/batch?api-version=2020-06-01"):
        assert session.get(f"{served.endpoint}{path}", timeout=20).status_code == 401
    invented = {"Authorization": "Bearer demo-graph-1"}
    assert session.get(f"{served.endpoint}/v1.0/applications", headers=invented, timeout=20).status_code == 401


def test_nobody_who_does_not_know_the_authority_trusts_the_server(served: Served) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{served.endpoint}/v1.0/applications", timeout=20)
