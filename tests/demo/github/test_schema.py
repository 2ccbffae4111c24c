"""What the server answers is what GitHub's own description of its API says of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.github.estate import Estate
from nhi_scan.demo.github.gate import Conduct
from nhi_scan.demo.github.load import load
from nhi_scan.demo.github.routes import ROUTES
from nhi_scan.demo.github.server import serve
from nhi_scan.providers.github import collect, settings
from nhi_scan.snapshot.store import SnapshotWriter
from tests.demo.github.description import Description, description
from tests.providers.github.organization import small
from tests.providers.steps import Steps

NOW = datetime(2026, 1, 1, tzinfo=UTC)
# Estate, whether a person asks, and what else is said.
RUNS: tuple[tuple[Callable[[], Estate], bool, dict[str, Any]], ...] = (
    (small, False, {}),
    (small, True, {}),
    (small, True, {"repositories": ["northwind/shop"]}),
    (lambda: replace(small(), person=True), True, {"organizations": ["northwind"]}),
    (lambda: load("northwind-github").estate, False, {}),
)


@pytest.fixture(scope="module")
def told() -> Description:
    return description()


def test_every_request_and_answer_is_as_github_describes_it(
    told: Description, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = set()
    for number, (estate, as_person, more) in enumerate(RUNS):
        with serve(estate(), NOW, Conduct(record=True, page=2)) as served:
            section = {"base_url": served.endpoint, "ca_file": served.ca_file, **more}
            if as_person:
                monkeypatch.setenv("GH_ENTERPRISE_TOKEN", served.token)
            else:
                section |= {"app_id": served.app_id, "private_key": served.private_key_file}
            writer = SnapshotWriter.create(tmp_path / str(number), NOW, "test")
            with ThreadPoolExecutor(4) as executor:
                collect.collect(settings.parse(section), writer, Steps(), executor)
        for one in served.exchanges:
            asked.add(one.template)
            assert one.headers["accept"] == "application/vnd.github+json"
            assert one.headers["x-github-api-version"] == "2022-11-28"
            assert one.headers["user-agent"].startswith("nhi-scan/")
            assert not list(told.complaints(one.method, one.template, one.status, one.body))
            known = told.parameters(one.method, one.template)
            assert {known.get(query) for query in one.query} <= {"query"}, one
            assert {where for word, where in known.items() if f"{{{word}}}" in one.template} <= {"path"}
    assert asked >= {route.template for route in ROUTES}


def test_an_answer_that_github_would_not_give_is_seen(told: Description) -> None:
    path = "/repos/{owner}/{repo}/keys"
    good = [
        {
            "id": 1,
            "key": "ssh-ed25519 AAAA",
            "url": "https://api.github.com/keys/1",
            "title": "mirror",
            "verified": True,
            "created_at": "2025-01-01T00:00:00Z",
            "read_only": True,
        }
    ]
    assert not list(told.complaints("GET", path, 200, good))
    assert list(told.complaints("GET", path, 200, [{**good[0], "id": "one"}]))
    assert list(told.complaints("GET", path, 200, [{"id": 1}]))


def test_every_route_is_one_of_githubs(told: Description) -> None:
    for route in ROUTES:
        assert told.operation("GET", route.template), route.template
