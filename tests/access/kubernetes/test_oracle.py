"""Random RBAC on a real API server: what `SubjectAccessReview` answers is what is answered here.

`NHI_SCAN_ORACLE_QUESTIONS` says how many questions are asked; each takes some milliseconds.
"""

import http.client
import json
import os
import ssl
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import local
from typing import Any
from urllib.parse import urlsplit

import pytest

from nhi_scan.access.kubernetes.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model import kube_ids
from nhi_scan.model.access import Verdict
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.providers.kubernetes import kinds
from nhi_scan.providers.kubernetes.normalise import normalise
from nhi_scan.snapshot.store import SnapshotWriter
from tests.access.kubernetes.random_rbac import GROUP, RBAC, SPACES, Questions, Rbac

QUESTIONS = int(os.environ.get("NHI_SCAN_ORACLE_QUESTIONS", "4000"))
SEED = int(os.environ.get("NHI_SCAN_ORACLE_SEED", "20"))
CLUSTER = kube_ids.cluster("oracle")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Oracle:
    """Asks for reviews, over connections that stay open."""

    def __init__(self, server: Any) -> None:
        self._address = urlsplit(server.url)
        self._headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
        self._own = local()
        self._open: list[http.client.HTTPSConnection] = []

    def close(self) -> None:
        for connection in self._open:
            connection.close()

    def allows(self, user: str, groups: tuple[str, ...], spec: dict[str, Any]) -> bool:
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
        status, answer = self.ask({**body, "spec": {"user": user, "groups": list(groups), **spec}})
        assert status == 201, answer
        allowed = answer["status"]["allowed"]
        assert isinstance(allowed, bool)
        return allowed

    def ask(self, body: dict[str, Any]) -> tuple[int, Any]:
        connection = getattr(self._own, "connection", None)
        if connection is None:
            unchecked = ssl.create_default_context()
            unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
            assert self._address.hostname is not None
            connection = self._own.connection = http.client.HTTPSConnection(
                self._address.hostname, self._address.port, timeout=60, context=unchecked
            )
            self._open.append(connection)
        connection.request(
            "POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", json.dumps(body), self._headers
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.fixture(scope="module")
def rbac(api_server: Any) -> Iterator[Rbac]:
    """Random RBAC on the server, until the end of this module: it gives rights to everybody."""
    made = Rbac(SEED)
    for space in SPACES:
        api_server.create("/api/v1/namespaces", {"metadata": {"name": space}})
    for path, thing in made.made:
        api_server.create(path, {"apiVersion": f"{GROUP}/v1", **thing})
    yield made
    for path, thing in reversed(made.made):
        api_server.delete(f"{path}/{thing['metadata']['name']}")


@pytest.fixture(scope="module")
def access(api_server: Any, rbac: Rbac, tmp_path_factory: pytest.TempPathFactory) -> Access:
    """The engine on what the server's own lists say, through the normaliser."""
    writer = SnapshotWriter.create(tmp_path_factory.mktemp("oracle") / "snapshot", NOW, "test")
    for kind in (kinds.ROLES, kinds.CLUSTER_ROLES, kinds.ROLE_BINDINGS, kinds.CLUSTER_ROLE_BINDINGS):
        status, listed = api_server.ask("GET", f"{RBAC}/{kinds.PLURALS[kind]}")
        assert status == 200
        writer.write("kubernetes", kinds.scope_dir(CLUSTER), kind, (("", {}, one) for one in listed["items"]))
        writer.cover(
            Coverage(provider="kubernetes", scope_id=CLUSTER, record_kind=kind, status=CoverageStatus.COMPLETE)
        )
    assert len(rbac.made) > 100
    return summarise(build([normalise(writer.finish())]), NOW)


@pytest.fixture
def oracle(api_server: Any) -> Iterator[Oracle]:
    asking = Oracle(api_server)
    yield asking
    asking.close()


def test_what_a_review_answers_is_answered_here(oracle: Oracle, rbac: Rbac, access: Access) -> None:
    _wait(oracle)
    asked = [question for question, _ in zip(Questions(rbac), range(QUESTIONS), strict=False)]
    names = {
        row: access.questions.names(kube_ids.user(CLUSTER, row[0]), {"group": row[1]})
        for row in {(one.user, one.groups) for one in asked}
    }
    groups = {row: tuple(kube_ids.take_apart(id_).name for id_ in who.sure[1:]) for row, who in names.items()}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: oracle.allows(one.user, groups[one.user, one.groups], one.spec), asked))
    wrong = []
    for question, allowed in zip(asked, answers, strict=True):
        verdict = access.questions.at(names[question.user, question.groups], question.asked).verdict
        # Of nodes it is not known what the node authorizer says, which this server does not have.
        denied = (Verdict.DENIED, Verdict.UNKNOWN) if "system:node:" in question.user else (Verdict.DENIED,)
        if verdict not in ((Verdict.ALLOWED,) if allowed else denied):
            wrong.append((question, allowed, verdict))
    assert not wrong, wrong[:3]
    share = Counter(answers)[True] / len(answers)
    assert 0.2 < share < 0.8


def _wait(oracle: Oracle) -> None:
    """Wait until the server's authorizer knows what was written last: one look at each of its four lists."""
    for name, space in (("rbac-sentinel", ""), ("rbac-sentinel", SPACES[0])):
        spec = {"nonResourceAttributes": {"path": "/sentinel", "verb": "get"}}
        if space:
            spec = {"resourceAttributes": {"verb": "get", "resource": "sentinels", "namespace": space}}
        until = time.monotonic() + 30
        while not oracle.allows(name, (), spec):
            assert time.monotonic() < until, "the server does not learn of its roles"
            time.sleep(0.1)
