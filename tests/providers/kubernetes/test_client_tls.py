"""Who a server is and who asks, by certificates: believed as the kubeconfig says, refused with a sentence."""

import base64
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from nhi_scan.model.errors import UserError
from tests.providers.kubernetes.conftest import kubeconfig, telling

Collect = Callable[..., Any]

AUTHORITY = trustme.CA()


def _server(name: str = "127.0.0.1", *, clients: bool = False, **more: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(name, **more).configure_cert(context)
    if clients:
        context.verify_mode = ssl.CERT_REQUIRED
        AUTHORITY.configure_trust(context)
    return context


def _data(pem: bytes) -> str:
    return base64.b64encode(pem).decode()


def _ca(authority: trustme.CA = AUTHORITY) -> dict[str, str]:
    return {"certificate-authority-data": _data(authority.cert_pem.bytes())}


def test_a_server_is_believed_by_the_authority_in_the_kubeconfig(tmp_path: Path, collect: Collect) -> None:
    with telling(_server()) as told:
        found = collect(kubeconfig=str(kubeconfig(tmp_path, told.url, **_ca())))

    assert set(found.statuses().values()) == {"complete"}
    assert {dict(headers)["Authorization"] for headers in told.sent} == {"Bearer canary-token"}
    assert "canary-token" not in found.bytes()


def test_the_authority_may_be_a_file_beside_the_kubeconfig(tmp_path: Path, collect: Collect) -> None:
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with telling(_server()) as told:
        found = collect(kubeconfig=str(kubeconfig(tmp_path, told.url, **{"certificate-authority": "ca.pem"})))

    assert set(found.statuses().values()) == {"complete"}


def test_who_asks_may_have_a_certificate(tmp_path: Path, collect: Collect, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    own = AUTHORITY.issue_cert("admin")
    user = {
        "client-certificate-data": _data(own.cert_chain_pems[0].bytes()),
        "client-key-data": _data(own.private_key_pem.bytes()),
    }
    with telling(_server(clients=True)) as told:
        found = collect(kubeconfig=str(kubeconfig(tmp_path, told.url, user, **_ca())))
        with pytest.raises(UserError, match="does not work: `"):
            collect(kubeconfig=str(kubeconfig(tmp_path, told.url, **_ca())), max_attempts=1)

    assert set(found.statuses().values()) == {"complete"}
    assert list((tmp_path / "tmp").iterdir()) == []  # the key was written down for no longer than it was read


def test_a_server_may_be_known_by_another_name(tmp_path: Path, collect: Collect) -> None:
    with telling(_server("api.internal.example")) as told:
        named = kubeconfig(tmp_path, told.url, **_ca(), **{"tls-server-name": "api.internal.example"})
        found = collect(kubeconfig=str(named))
        assert set(found.statuses().values()) == {"complete"}

        with pytest.raises(UserError, match="`TLS`: certificate verify failed"):
            collect(kubeconfig=str(kubeconfig(tmp_path, told.url, **_ca())))


@pytest.mark.parametrize(
    ("server", "authority", "reason"),
    [
        ({}, trustme.CA(), "certificate verify failed: unable to get local issuer certificate"),
        (
            {"not_after": datetime(2020, 1, 1, tzinfo=UTC)},
            AUTHORITY,
            "certificate verify failed: certificate has expired",
        ),
    ],
)
def test_a_server_that_is_not_believed_is_told_nothing(
    tmp_path: Path, collect: Collect, server: dict[str, Any], authority: trustme.CA, reason: str
) -> None:
    with telling(_server(**server)) as told:
        path = kubeconfig(tmp_path, told.url, **_ca(authority))
        with pytest.raises(UserError) as raised:
            collect(kubeconfig=str(path))

    assert str(raised.value) == f"context `test` of `{path}` does not work: `TLS`: {reason}"
    assert told.sent == []


def test_a_token_of_a_file_is_read_again_when_it_was_rotated(tmp_path: Path, collect: Collect) -> None:
    token = tmp_path / "token"
    token.write_text("old\n")

    def rotated() -> tuple[int, dict[str, str], Any]:
        token.write_text("new\n")
        return 401, {}, {}

    with telling() as told:
        told.answers["/api"] = [rotated, (200, {}, {"versions": ["v1"]})]
        found = collect(kubeconfig=str(kubeconfig(tmp_path, told.url, {"tokenFile": "token"})))

    tokens = [dict(headers)["Authorization"] for headers in told.sent]
    assert (tokens[0], tokens[-1]) == ("Bearer old", "Bearer new")
    assert set(found.statuses().values()) == {"complete"}
