"""Random RBAC on a real API server: what `SubjectAccessReview` answers is what is answered here.

`NHI_SCAN_ORACLE_QUESTIONS` says how many questions are asked, `NHI_SCAN_ORACLE_SEED` of which random RBAC.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nhi_scan.access.kubernetes.summarise import Access
from nhi_scan.model import kube_ids
from nhi_scan.model.access import Verdict
from tests.access.kubernetes.connections import Connections
from tests.access.kubernetes.listed import listed
from tests.access.kubernetes.random_rbac import GROUP, SPACES, Questions, Rbac

QUESTIONS = int(os.environ.get("NHI_SCAN_ORACLE_QUESTIONS", "20000"))
SEED = int(os.environ.get("NHI_SCAN_ORACLE_SEED", "20"))
CLUSTER = kube_ids.cluster("oracle")


class Oracle:
    """Asks for reviews."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def allows(self, user: str, groups: tuple[str, ...], spec: dict[str, Any]) -> bool:
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        status, answer = self._connections.ask("POST", path, {**body, "spec": {"user": user, "groups": groups, **spec}})
        assert status == 201, answer
        allowed = answer["status"]["allowed"]
        assert isinstance(allowed, bool)
        return allowed


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
    assert len(rbac.made) > 100
    return listed(api_server, CLUSTER, tmp_path_factory.mktemp("oracle") / "snapshot")


@pytest.fixture
def oracle(api_server: Any) -> Iterator[Oracle]:
    with Connections(api_server) as connections:
        yield Oracle(connections)


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
