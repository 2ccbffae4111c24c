"""Signing in as Microsoft's libraries do: by variables, certificate, another issuer's token, the Azure CLI."""

import base64
import json
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    DecodeError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from nhi_scan.demo.azure.estate import CLIENT, TENANT, Estate
from nhi_scan.demo.azure.gate import Conduct
from nhi_scan.demo.azure.server import Served, serve
from nhi_scan.model.errors import UserError
from nhi_scan.providers.azure import settings
from nhi_scan.providers.azure.client import Clients, tenant_of
from nhi_scan.providers.azure.faults import classify
from nhi_scan.providers.azure.sessions import connect
from nhi_scan.providers.azure.settings import CLOUDS

ISSUER, SUBJECT = "https://oidc.cluster.example/", "system:serviceaccount:scan:nhi-scan"
FAR = datetime(2090, 1, 1, tzinfo=UTC)  # of the clock that the test runs by
SCANNER = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def scanner(monkeypatch: pytest.MonkeyPatch) -> Estate:
    for name in ("TENANT_ID", "CLIENT_ID", "CLIENT_SECRET", "FEDERATED_TOKEN_FILE", "AUTHORITY_HOST"):
        monkeypatch.delenv(f"AZURE_{name}", raising=False)
    trusted = {"id": "f", "name": "cluster", "issuer": ISSUER, "subject": SUBJECT, "audiences": ["a"]}
    return Estate(
        organization={"id": TENANT, "displayName": "t", "verifiedDomains": [{"name": "northwind.example"}]},
        applications=[{"id": SCANNER, "appId": CLIENT, "displayName": "scanner"}],
        federated_credentials={SCANNER: [trusted]},
    )


def _section(served: Served, **more: Any) -> dict[str, Any]:
    own = dict.fromkeys(("authority", "graph_endpoint", "arm_endpoint"), served.endpoint)
    return {**own, "ca_file": served.ca_file, "max_attempts": 1, **more}


def _signed_in(served: Served, **more: Any) -> Clients:
    clients = connect(settings.parse(_section(served, **more)))
    try:
        assert clients.lacks == {}
    finally:
        clients.close()
    return clients


def _variables(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"AZURE_{name}", value)


@pytest.mark.parametrize("credential", ["default", "environment"])
def test_variables_of_the_environment(scanner: Estate, now: datetime, monkeypatch: Any, credential: str) -> None:
    with serve(scanner, now) as served:
        _variables(monkeypatch, TENANT_ID=TENANT, CLIENT_ID=CLIENT, CLIENT_SECRET=served.client_secret)
        _signed_in(served, credential=credential)

        assert served.requests["login.token"] == 2
        assert served.breaches == []


def test_a_certificate_signs_in_without_a_secret(scanner: Estate, now: datetime) -> None:
    with serve(scanner, now) as served:
        assert _signed_in(served, tenant=TENANT, client_id=CLIENT, certificate=served.certificate_file).tenant == TENANT


def test_a_domain_names_the_tenant_whose_id_the_token_tells(scanner: Estate, now: datetime) -> None:
    with serve(scanner, now) as served:
        assert (
            _signed_in(served, tenant="northwind.example", client_id=CLIENT, certificate=served.certificate_file).tenant
            == TENANT
        )


def test_a_certificate_that_cannot_be_read_is_a_sentence(scanner: Estate, now: datetime, tmp_path: Path) -> None:
    with serve(scanner, now) as served:
        for name in (str(tmp_path / "none.pem"), served.ca_file):
            with pytest.raises(UserError) as caught:
                _signed_in(served, tenant=TENANT, client_id=CLIENT, certificate=name)
            assert str(caught.value).startswith("the current Azure credentials do not work: ")


@pytest.mark.parametrize("credential", ["default", "workload_identity"])
def test_a_workload_identity_exchanges_the_token_of_its_cluster(
    scanner: Estate, now: datetime, monkeypatch: Any, tmp_path: Path, credential: str
) -> None:
    token = tmp_path / "token"
    with serve(scanner, now) as served:
        token.write_text(served.federated_token(ISSUER, SUBJECT, FAR))
        _variables(monkeypatch, TENANT_ID=TENANT, CLIENT_ID=CLIENT, FEDERATED_TOKEN_FILE=str(token))
        assert _signed_in(served, credential=credential).tenant == TENANT


def test_a_workload_that_nobody_trusts_is_a_sentence(
    scanner: Estate, now: datetime, monkeypatch: Any, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    with serve(scanner, now) as served:
        token.write_text(served.federated_token(ISSUER, "system:serviceaccount:other:x", FAR))
        _variables(monkeypatch, TENANT_ID=TENANT, CLIENT_ID=CLIENT, FEDERATED_TOKEN_FILE=str(token))
        with pytest.raises(UserError, match="AADSTS70021"):
            _signed_in(served, credential="workload_identity")


def _azure_cli(folder: Path, token: str) -> None:
    """Put a command `az` there that hands a token out as Azure's does, and notes what it was asked."""
    answer = {"accessToken": token, "expires_on": 4_000_000_000, "expiresOn": "2096-10-02 07:06:40.000000"}
    program = folder / "az"
    program.write_text(f"#!/bin/sh\necho \"$@\" >> {folder}/asked\ncat <<'END'\n{json.dumps(answer)}\nEND\n")
    program.chmod(0o755)


def _jwt(**claims: Any) -> str:
    parts = ({"alg": "none"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".x"


def test_the_azure_cli_hands_out_its_tokens(monkeypatch: Any, tmp_path: Path) -> None:
    _azure_cli(tmp_path, _jwt(tid=TENANT.upper()))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    clients = connect(settings.parse({"credential": "cli", "tenant": "northwind.example"}))
    clients.close()

    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert (clients.tenant, clients.lacks, len(asked)) == (TENANT, {}, 2)
    assert all("get-access-token" in line and "--tenant northwind.example" in line for line in asked)


@pytest.mark.parametrize("cloud", sorted(CLOUDS))
def test_tokens_are_asked_for_the_cloud_that_is_meant(monkeypatch: Any, tmp_path: Path, cloud: str) -> None:
    _azure_cli(tmp_path, _jwt(tid=TENANT))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    connect(settings.parse({"credential": "cli", "cloud": cloud})).close()

    place = CLOUDS[cloud]
    asked = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert [line.partition("--resource ")[2].split()[0] for line in asked] == [place.graph, place.arm]


@pytest.mark.parametrize("cloud", sorted(CLOUDS))
@pytest.mark.parametrize("credential", ["environment", "workload_identity", "certificate"])
def test_who_signs_in_does_so_where_that_cloud_does(
    now: datetime, monkeypatch: Any, tmp_path: Path, credential: str, cloud: str
) -> None:
    sent: list[str] = []

    def send(_: Any, request: Any, **__: Any) -> Any:
        sent.append(request.url)
        raise ServiceRequestError("nobody is there")

    monkeypatch.setattr("azure.core.pipeline.transport.RequestsTransport.send", send)
    (tmp_path / "token").write_text("t")
    _variables(monkeypatch, TENANT_ID=TENANT, CLIENT_ID=CLIENT, FEDERATED_TOKEN_FILE=str(tmp_path / "token"))
    _variables(monkeypatch, CLIENT_SECRET="s")
    section: dict[str, Any] = {"cloud": cloud, "max_attempts": 1, "credential": credential}
    if credential == "certificate":
        with serve(Estate(organization={"id": TENANT, "displayName": "t"}), now) as served:
            (tmp_path / "c.pem").write_bytes(Path(served.certificate_file).read_bytes())
        as_whom = {"tenant": TENANT, "client_id": CLIENT, "certificate": str(tmp_path / "c.pem")}
        section = {"cloud": cloud, "max_attempts": 1, **as_whom}
    with pytest.raises(UserError, match="nobody is there"):
        connect(settings.parse(section))

    assert {urlsplit(url).hostname for url in sent} == {CLOUDS[cloud].authority}


def test_tokens_of_another_tenant_than_the_one_named_are_refused(monkeypatch: Any, tmp_path: Path) -> None:
    other = "00000000-0000-4000-8000-000000000077"
    _azure_cli(tmp_path, _jwt(tid=other))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    sentence = f"the credentials are for the tenant `{other}`, and `{TENANT}` was asked for"
    with pytest.raises(UserError, match=re.escape(sentence)):
        connect(settings.parse({"credential": "cli", "tenant": TENANT}))


def test_a_stand_in_never_gets_tokens_of_microsofts_own(
    scanner: Estate, now: datetime, monkeypatch: Any, tmp_path: Path
) -> None:
    _azure_cli(tmp_path, _jwt(tid=TENANT))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with serve(scanner, now) as served:
        for credential in ("cli", "managed_identity"):
            with pytest.raises(UserError, match="which no other server may get"):
                _signed_in(served, credential=credential)
        with pytest.raises(UserError, match="do not work: `ClientAuthenticationError`: none were found"):
            _signed_in(served)

    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize("credential", ["default", "environment", "workload_identity"])
def test_nobody_to_sign_in_as_is_a_sentence(
    scanner: Estate, now: datetime, monkeypatch: Any, tmp_path: Path, credential: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with serve(scanner, now) as served, pytest.raises(UserError) as caught:
        _signed_in(served, credential=credential)

    assert str(caught.value).startswith("the current Azure credentials do not work: `")
    assert "\n" not in str(caught.value)
    assert ("none were found" in str(caught.value)) is (credential == "default")


@pytest.mark.parametrize(
    ("given", "lacking"),
    [
        (
            {"AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT},
            "`AZURE_TENANT_ID` and `AZURE_CLIENT_ID` set, and not one of `AZURE_CLIENT_SECRET`, ",
        ),
        (
            {"AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": "s"},
            "`AZURE_CLIENT_ID` and `AZURE_CLIENT_SECRET` set, and not `AZURE_TENANT_ID` (",
        ),
    ],
)
def test_a_variable_that_is_missing_is_named(
    scanner: Estate, now: datetime, monkeypatch: Any, tmp_path: Path, given: Any, lacking: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with serve(scanner, now) as served:
        for credential in ("default", "environment"):
            with pytest.raises(UserError) as caught:
                _signed_in(served, credential=credential)
            assert lacking in str(caught.value)


@pytest.mark.parametrize("credential", ["default", "environment"])
def test_a_login_service_that_cannot_be_reached_is_said_so(
    scanner: Estate, now: datetime, monkeypatch: Any, credential: str
) -> None:
    for name, value in (("TENANT_ID", TENANT), ("CLIENT_ID", CLIENT), ("CLIENT_SECRET", "s")):
        monkeypatch.setenv(f"AZURE_{name}", value)
    with serve(scanner, now) as served, pytest.raises(UserError) as caught:
        _signed_in(served, credential=credential, authority="https://localhost:9")
    assert str(caught.value).startswith("the login service at `https://localhost:9` cannot be reached: ")
    assert "az login" not in str(caught.value)


@pytest.mark.parametrize(
    ("tried", "told"),
    [
        (
            ("EnvironmentCredential: EnvironmentCredential authentication unavailable. Not configured.",),
            "none were found",
        ),
        (
            (
                "ManagedIdentityCredential: ManagedIdentityCredential authentication unavailable.",
                "AzureCliCredential: Please run 'az login' to set up an account",
                "AzurePowerShellCredential: PowerShell is not installed",
            ),
            "AzureCliCredential: Please run 'az login' to set up an account",
        ),
    ],
)
def test_of_a_chain_only_what_went_wrong_is_told(tried: tuple[str, ...], told: str) -> None:
    lines = "".join(f"\n\t{one}" for one in tried)
    error = ClientAuthenticationError(
        f"It failed.\nAttempted credentials:{lines}\nTo mitigate this issue, please read."
    )
    assert classify(error).detail == told


def test_a_token_that_soon_ends_is_asked_for_again(
    scanner: Estate, now: datetime, starting: Any, tmp_path: Path
) -> None:
    with serve(scanner, now, Conduct(token_seconds=250)) as served:
        with starting(served, tmp_path / "s") as (writer, _):
            snapshot = writer.finish()
        assert served.requests["login.token"] > 2

    rows = {row.record_kind: row.status.value for row in snapshot.manifest.coverage}
    assert rows["graph-applications"] == "complete"
    assert rows["graph-users"] == "complete"


def test_the_secret_is_told_to_nobody_but_the_login_service(
    scanner: Estate, now: datetime, starting: Any, tmp_path: Path
) -> None:
    with serve(replace(scanner, secret="other"), now) as served:
        wrong = replace(served, client_secret="canary-of-a-secret")
        with pytest.raises(UserError) as caught, starting(wrong, tmp_path / "s"):
            pass

    assert "canary-of-a-secret" not in str(caught.value)
    assert "AADSTS7000215" in str(caught.value)


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "a..c", _jwt(), _jwt(tid=7), _jwt(tid="northwind.example"), _jwt(tid=None), "a.W10.c", "a.N.c"],
)
def test_a_token_that_tells_no_tenant_tells_none(token: str) -> None:
    assert tenant_of(token) == ""


def test_a_token_tells_its_tenant() -> None:
    assert tenant_of(_jwt(tid=TENANT.upper())) == TENANT


def test_without_microsofts_libraries_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "nhi_scan.providers.azure.client", raising=False)
    monkeypatch.setitem(sys.modules, "azure.identity", None)

    with pytest.raises(UserError, match="pip install 'nhi-governance-scan\\[azure\\]'"):
        connect(settings.parse({}))


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("AuthorizationFailed", "The client does not have authorization", "denied"),
        ("Forbidden", "a premium plan", "unlicensed"),
    ],
)
def test_errors_of_the_libraries_are_read_by_what_they_carry(code: str, message: str, kind: str) -> None:
    class Response:
        status_code = 403
        headers: ClassVar = {"Retry-After": "1.5"}

        def text(self) -> str:
            return json.dumps({"error": {"code": code, "message": message}})

    error = HttpResponseError(message="x")
    error.status_code, error.response = 403, Response()
    found = classify(error)

    assert (found.kind, found.code, found.detail, found.after, found.again) == (kind, code, message, 1.5, False)


@pytest.mark.parametrize(
    ("raised", "kind", "again"),
    [
        (ServiceRequestError("no route"), "failed", True),
        (ServiceResponseError("reset"), "failed", True),
        (DecodeError("not JSON"), "failed", True),
        (ClientAuthenticationError("no"), "expired", False),
        (KeyError("x"), "failed", False),
        (RecursionError("deep"), "failed", False),
    ],
)
def test_errors_without_an_answer_are_named(raised: Exception, kind: str, again: bool) -> None:
    found = classify(raised)

    assert (found.kind, found.again, found.status) == (kind, again, 0)
    assert "\n" not in found.sentence
