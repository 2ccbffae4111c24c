"""Limits, tokens and refusals, without a server."""

from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from nhi_scan.model.errors import UserError
from nhi_scan.providers.github import settings
from nhi_scan.providers.github.client import Clients
from nhi_scan.providers.github.client_app import App, read_key
from nhi_scan.providers.github.faults import CallError, of_answer
from nhi_scan.providers.github.limits import Limits


class Clock:
    """Time that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def limited(after: float | None) -> CallError:
    return CallError("throttled", "403", "slow down", again=True, after=after, limit="secondary")


@pytest.fixture
def clock() -> Clock:
    return Clock()


# -- limits -----------------------------------------------------------------------------------------------------------


def test_all_wait_until_the_limit_is_lifted_and_are_told_how_long(clock: Clock) -> None:
    limits, told = Limits(7200, clock.read, clock.sleep), list[float]()
    limits.told = told.append
    limits.meet(limited(50), 1)
    limits.enter()
    assert clock.now == 1050
    assert told == [50, 30, 10]
    limits.enter()
    assert clock.now == 1050


def test_a_limit_that_does_not_say_is_waited_for_twice_as_long_each_time(clock: Clock) -> None:
    limits = Limits(7200, clock.read, clock.sleep)
    for attempt, seconds in ((1, 60), (2, 120), (3, 240)):
        before = clock.now
        limits.meet(limited(None), attempt)
        limits.enter()
        assert clock.now - before == seconds


def test_one_limit_that_many_meet_is_counted_once(clock: Clock) -> None:
    limits = Limits(100, clock.read, clock.sleep)
    for _ in range(20):
        limits.meet(limited(90), 1)
    limits.enter()
    with pytest.raises(CallError, match="lifted in 20 seconds, and no more than 100 are waited in all"):
        limits.meet(limited(20), 1)
    with pytest.raises(CallError, match="raise `wait_at_most`"):
        limits.enter()


# -- tokens -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_an_app_dates_its_token_back_and_lets_it_live_ten_minutes_at_most(key: rsa.RSAPrivateKey, clock: Clock) -> None:
    app = App("42", key, lambda *_: ({}, 0.0), clock.read, lambda: 5000.0, {})
    token = app.itself().removeprefix("Bearer ")
    claims = jwt.decode(
        token, key.public_key(), algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims == {"iss": "42", "iat": 4940, "exp": 5540}


def test_a_token_is_made_anew_five_minutes_before_it_ends(key: rsa.RSAPrivateKey, clock: Clock) -> None:
    made = list[object]()

    def post(path: str, header: str, body: object) -> tuple[object, float]:
        made.append((path, header.partition(" ")[0], body))
        return {"token": f"ghs_{len(made)}", "expires_at": "1970-01-01T01:00:00Z"}, 0.0

    app = App("42", key, post, clock.read, lambda: 0.0, {"contents": "read", "secrets": "read"})
    with pytest.raises(CallError, match="the app is not installed in `northwind`"):
        app.header("northwind")
    app.installed("Northwind", 7, {"contents": "write", "issues": "read"})
    assert [app.header("northwind") for _ in range(3)] == ["Bearer ghs_1"] * 3
    assert made == [("/app/installations/7/access_tokens", "Bearer", {"permissions": {"contents": "read"}})]
    clock.now += 3301
    assert app.header("northwind") == "Bearer ghs_2"


def test_a_key_that_is_none_is_refused_and_not_quoted(key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^`--github-private-key` \(`providers.github.private_key`\): .* No such file"):
        read_key(str(tmp_path / "none.pem"))
    public = tmp_path / "public.pem"
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(UserError, match="holds no private key") as told:
        read_key(str(public))
    assert "BEGIN" not in str(told.value)


@pytest.mark.parametrize(("base_url", "used"), [("", "public"), ("https://github.acme.example/api/v3", "server")])
def test_a_token_of_another_server_is_not_taken_for_githubs_own(
    monkeypatch: pytest.MonkeyPatch, base_url: str, used: str
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "public")
    monkeypatch.setenv("GH_ENTERPRISE_TOKEN", "server")
    clients = Clients(settings.parse({"base_url": base_url} if base_url else {}), {})
    assert clients._header("") == f"Bearer {used}"
    clients.close()


@pytest.mark.parametrize(("attempts", "waits"), [(2, 1), (0, 3)])
def test_a_server_that_is_not_there_is_told_of_soon(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, attempts: int, waits: int
) -> None:
    monkeypatch.setenv("GH_TOKEN", "token")
    slept = list[float]()
    section = {"base_url": "https://127.0.0.1:1/api/v3", "max_attempts": 4}
    clients = Clients(settings.parse(section), {}, clock.read, slept.append)
    with pytest.raises(CallError, match="refused"):
        list(clients.pages("/rate_limit", {}, "", attempts))
    clients.close()
    assert len([one for one in slept if one > 0.5]) == waits


def test_a_token_that_cannot_be_one_is_refused_and_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", "canary\ncanary")
    with pytest.raises(UserError, match="`GH_TOKEN` holds no token of GitHub") as told:
        Clients(settings.parse({}), {})
    assert "canary" not in str(told.value)


def test_a_file_of_authorities_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GH_TOKEN", "token")
    file = tmp_path / "ca.pem"
    file.write_text("none", "utf-8")
    with pytest.raises(UserError, match=r"`providers.github.ca_file`: .* cannot be used"):
        Clients(settings.parse({"ca_file": str(file)}), {})


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "message", "kind", "after"),
    [
        (
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1060"},
            "API rate limit exceeded",
            "throttled",
            61.0,
        ),
        (429, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "odd"}, "", "throttled", 60.0),
        (403, {"retry-after": "7", "x-ratelimit-remaining": "0"}, "", "throttled", 7.0),
        (403, {"x-ratelimit-remaining": "12"}, "You have exceeded a secondary rate limit", "throttled", None),
        (429, {}, "", "throttled", None),
        (403, {"x-ratelimit-remaining": "12"}, "Resource not accessible by integration", "denied", None),
        (403, {}, "Repository access blocked", "blocked", None),
        (404, {}, "Not Found", "absent", None),
        (410, {}, "Gone", "absent", None),
        (451, {}, "Repository access blocked", "blocked", None),
        (422, {}, "Validation Failed", "refused", None),
        (301, {}, "Moved Permanently", "moved", None),
        (502, {"retry-after": "nan"}, "", "failed", None),
    ],
)
def test_a_refusal_says_what_it_is(
    status: int, headers: dict[str, str], message: str, kind: str, after: float | None
) -> None:
    error = of_answer(status, headers, f'{{"message": "{message}"}}'.encode(), 1000.0)
    assert (error.kind, error.after) == (kind, after)
    assert error.again == (kind == "throttled" or status == 502)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'{"message": 7}', b"[" * 100_000, b"\x00"])
def test_an_odd_refusal_breaks_nothing(body: bytes) -> None:
    error = of_answer(403, {"x-accepted-github-permissions": "<script>"}, body, 0.0)
    assert (error.kind, error.permission) == ("denied", "")


def test_the_permission_that_github_names_is_told() -> None:
    error = of_answer(403, {"x-accepted-github-permissions": "contents=read"}, b"{}", 0.0)
    assert error.permission == "contents=read"
