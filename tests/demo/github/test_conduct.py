"""How the server treats its caller, and how it speaks."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from nhi_scan.demo.github.estate import TOKEN
from nhi_scan.demo.github.gate import Conduct, Fault
from nhi_scan.demo.github.server import Served, serve
from tests.providers.github.organization import SHOP, small

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Ask = Callable[..., httpx.Response]


def asking(served: Served) -> Ask:
    def ask(path: str, token: str = TOKEN, method: str = "GET", **query: Any) -> httpx.Response:
        context = httpx.create_ssl_context()
        context.load_verify_locations(served.ca_file)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(verify=context, trust_env=False) as client:
            return client.request(method, served.endpoint + path, headers=headers, params=query or None)

    return ask


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve(small(), NOW) as server:
        yield server
        assert server.breaches == []


@pytest.fixture(scope="module")
def ask(served: Served) -> Ask:
    return asking(served)


def signed(served: Served, **claims: Any) -> str:
    now = int(time.time())
    key = Path(served.private_key_file).read_text("utf-8")
    return jwt.encode({"iat": now - 60, "exp": now + 500, "iss": served.app_id, **claims}, key, "RS256")


@pytest.mark.parametrize("token", ["", "ghp_other", "ghs_canary000"])
def test_a_token_that_nobody_made_is_refused(ask: Ask, token: str) -> None:
    answer = ask("/orgs/Northwind", token or "none")
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_an_app_speaks_for_itself_with_what_it_signed(served: Served, ask: Ask) -> None:
    assert ask("/app", signed(served)).json()["slug"] == "nhi-scan"
    assert ask("/app", TOKEN).status_code == 401
    assert ask("/app", signed(served, exp=1)).status_code == 401
    assert ask("/app", signed(served, iss="7")).status_code == 401
    number = ask("/app/installations", signed(served)).json()[0]["id"]
    made = ask(f"/app/installations/{number}/access_tokens", signed(served), "POST")
    assert made.status_code == 201
    assert ask("/orgs/Northwind", made.json()["token"]).status_code == 200
    assert ask("/orgs/Northwind", signed(served)).status_code == 401
    assert ask("/app/installations/1/access_tokens", signed(served), "POST").status_code == 404


def test_pages_are_linked(ask: Ask) -> None:
    first = ask("/orgs/Northwind/repos", per_page=3)
    assert len(first.json()) == 3
    assert 'rel="next"' in first.headers["link"]
    second = ask("/orgs/Northwind/repos", per_page=3, page=2)
    assert len(second.json()) == 1
    assert "link" not in second.headers


def test_what_is_not_there_is_not_found_and_nothing_is_changed(ask: Ask) -> None:
    assert ask("/orgs/contoso").status_code == 404
    assert ask("/repos/Northwind/none/keys").status_code == 404
    assert ask("/nothing").status_code == 404
    assert ask("/orgs/Northwind", method="DELETE").status_code == 405


def test_an_old_name_leads_to_the_new_one() -> None:
    fault = Fault(path="/repos/Northwind/shop", kind="rename", repository=SHOP, name="store")
    with serve(small(), NOW, Conduct(faults=(fault,))) as served:
        ask = asking(served)
        answer = ask("/repos/Northwind/shop/keys")
        assert answer.status_code == 301
        assert answer.headers["location"] == f"{served.endpoint}/repositories/{SHOP}/keys"
        assert [one["id"] for one in ask(f"/repositories/{SHOP}/keys").json()] == [81, 82]
        assert ask("/repos/northwind/store").json()["full_name"] == "Northwind/store"


def test_a_permission_that_lacks_is_named_to_an_app_and_hidden_from_a_person() -> None:
    with serve(small(), NOW, Conduct(permissions={"contents": "read"})) as served:
        ask = asking(served)
        number = ask("/app/installations", signed(served)).json()[0]["id"]
        token = ask(f"/app/installations/{number}/access_tokens", signed(served), "POST").json()["token"]
        refused = ask("/repos/Northwind/shop/keys", token)
        assert refused.status_code == 403
        assert refused.headers["x-accepted-github-permissions"] == "administration=read"
        assert ask("/repos/Northwind/shop/keys").status_code == 404
        assert ask("/repos/Northwind/shop/contents/.github/workflows", token).status_code == 200
        assert "default_repository_permission" not in ask("/orgs/Northwind", token).json()
