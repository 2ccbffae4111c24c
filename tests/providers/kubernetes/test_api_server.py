"""The API server that other tests rely on is one."""

from typing import Any


def test_it_knows_who_asks(api_server: Any) -> None:
    assert api_server.ask("GET", "/version")[1]["major"] == "1"
    assert api_server.ask("GET", "/api/v1/namespaces/kube-system")[1]["metadata"]["uid"]
    assert api_server.ask("GET", "/api/v1/secrets", token="")[0] == 403
    assert api_server.ask("GET", "/api/v1/secrets", token="no such token")[0] == 401
