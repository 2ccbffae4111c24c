"""Who writes the map of AWS principals, by what the cluster's cloud tells of how it takes them.

https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.kubernetes.privilege import judge
from nhi_scan.access.kubernetes.summarise import summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.identity import Identity, Nature, Resource
from nhi_scan.model.records import Records
from nhi_scan.providers.kubernetes.escalation import techniques

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
ANY, API, BOTH, MAP = "", "API", "API_AND_CONFIG_MAP", "CONFIG_MAP"
ADMIN, NOBODY = "can_become_administrator", "ordinary"
Make = Callable[[Mapping[str, Any]], Records]


def level(records: Records, mode: str) -> tuple[str, bool]:
    said = (("authentication_mode", mode), ("oidc_issuer", ISSUER))
    records.resources.append(
        Resource(id="eks", provider="aws", kind="eks_cluster", name="prod", scope_id="1", attributes=said)
    )
    inventory = build([records])
    found = judge(inventory, summarise(inventory, NOW), techniques()).privileges[
        "k8s:c/namespaces/app/serviceaccounts/attacker"
    ]
    return found.level, found.conditional


@pytest.mark.parametrize(
    ("mode", "may", "made", "wanted"),
    [
        (MAP, "update configmaps", True, (ADMIN, False)),
        (BOTH, "patch configmaps", True, (ADMIN, False)),
        (API, "update configmaps", True, (NOBODY, False)),
        (ANY, "update configmaps", True, (ADMIN, False)),
        (BOTH, "update configmaps", False, (NOBODY, False)),
        (MAP, "create configmaps", False, (ADMIN, False)),
        (BOTH, "create configmaps", False, (ADMIN, False)),
        (ANY, "create configmaps", False, (ADMIN, True)),
        (API, "create configmaps", False, (NOBODY, False)),
        (BOTH, "create configmaps", True, (NOBODY, False)),
    ],
)
def test_who_writes_the_map(mode: str, may: str, made: bool, wanted: tuple[str, bool], world_records: Make) -> None:
    grants = {"own": {"may": [may], "in": "kube-system"}}
    records = world_records({"issuer": f"https://{ISSUER}", "aws_auth": made, "grants": grants})
    assert level(records, mode) == wanted


@pytest.mark.parametrize(("name", "wanted"), [("n1", ADMIN), ("{{EC2PrivateDNSName}}", NOBODY)])
def test_a_name_that_the_instance_fills_is_no_node(name: str, wanted: str, world_records: Make) -> None:
    """Or whoever could take over a node would have the tokens of pods that nobody can place."""
    records = world_records({"workloads": {"prod/deployment/api": {}}, "grants": {"own": {"may": ["create pods"]}}})
    records.identities = [one for one in records.identities if not one.id.endswith("attacker")]
    records.identities.append(
        Identity(
            id=f"k8s:c/users/system:node:{name}",
            provider="kubernetes",
            kind="node",
            nature=Nature.NON_HUMAN,
            nature_reason="a test says so",
            name=f"system:node:{name}",
            scope_id="k8s:c",
        )
    )
    inventory = build([records])
    report = judge(inventory, summarise(inventory, NOW), techniques())
    assert report.privileges[f"k8s:c/users/system:node:{name}"].level == wanted
