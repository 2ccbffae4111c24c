"""Which engine an action is for is told by its form: each text is one cloud's."""

from datetime import UTC, datetime

import pytest

from nhi_scan.access.aws.summarise import summarise as aws
from nhi_scan.access.azure.summarise import summarise as azure
from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.engine import Engine
from nhi_scan.access.gcp.summarise import summarise as gcp
from nhi_scan.access.github.summarise import summarise as github
from nhi_scan.access.kubernetes.summarise import summarise as kubernetes
from nhi_scan.cli.question import check_question
from nhi_scan.inventory.build import build
from nhi_scan.model.records import Records

ACTIONS = {
    "s3:GetObject": "aws",
    "storage.objects.get": "gcp",
    "Microsoft.Compute/virtualMachines/write": "azure",
    "Microsoft.Graph/Application.ReadWrite.All": "azure",
    "contents=write": "github",
    "get pods": "kubernetes",
    "create pods/exec": "kubernetes",
    "bind clusterroles.rbac.authorization.k8s.io": "kubernetes",
    "update deployments.apps/scale": "kubernetes",
    "get /metrics": "kubernetes",
    "get /debug/a:b=c": "kubernetes",
    "approve signers.certificates.k8s.io": "kubernetes",
}


@pytest.fixture(scope="module")
def access() -> EffectiveAccess:
    inventory, now = build([Records()]), datetime(2026, 1, 1, tzinfo=UTC)
    engines: dict[str, Engine] = {
        "aws": aws(inventory, now),
        "azure": azure(inventory, now),
        "gcp": gcp(inventory, now),
        "github": github(inventory, now),
        "kubernetes": kubernetes(inventory, now),
    }
    return EffectiveAccess(inventory, engines)


@pytest.mark.parametrize(("action", "provider"), ACTIONS.items())
def test_one_engine_understands_it(access: EffectiveAccess, action: str, provider: str) -> None:
    check_question(action, None)
    assert access.understanding(action) == (access.engines[provider],)
