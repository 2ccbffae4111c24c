"""What Resource Manager costs in requests, what each missing right costs, and that a killed collection goes on."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.azure.estate import TENANT, Estate
from nhi_scan.demo.azure.gate import FOREVER, Conduct, Fault
from nhi_scan.demo.azure.server import serve
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.azure import arm_scopes
from nhi_scan.providers.azure.arm import collect_arm
from nhi_scan.providers.azure.calls.arm import BY_SUBSCRIPTION
from nhi_scan.providers.azure.calls.arm_types import KEPT, read_action
from nhi_scan.providers.azure.permissions import actions
from nhi_scan.providers.azure.places import tenant_place
from nhi_scan.providers.azure.sessions import Session, connect
from nhi_scan.providers.azure.settings import parse
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter
from tests.providers.steps import Steps

ROLE = "b24988ac-6180-42a0-ab88-20f7382dd24c"
SUBSCRIPTIONS, ASSIGNMENTS, IDENTITIES = 45, 3500, 130
BATCH, ROWS = 20, 1000


def uid(number: int) -> str:
    return f"cc000000-0000-4000-8000-{number:012d}"


def of_subscription(number: int) -> str:
    return f"/subscriptions/{uid(number % SUBSCRIPTIONS)}"


def assignment(number: int) -> dict[str, Any]:
    scope = of_subscription(number)
    return {
        "id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uid(number)}",
        "name": uid(number),
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "scope": scope,
            "principalId": uid(100_000 + number),
            "principalType": "ServicePrincipal",
            "roleDefinitionId": f"/providers/Microsoft.Authorization/roleDefinitions/{ROLE}",
        },
    }


def identity(number: int) -> dict[str, Any]:
    name = f"identity{number}"
    group = f"{of_subscription(number)}/resourceGroups/rg"
    return {
        "id": f"{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}",
        "name": name,
        "type": "Microsoft.ManagedIdentity/userAssignedIdentities",
        "location": "westeurope",
        "properties": {"principalId": uid(200_000 + number), "clientId": uid(300_000 + number), "tenantId": TENANT},
    }


@pytest.fixture(scope="module")
def large(estate: Estate) -> Estate:
    return replace(
        estate,
        management_groups=[{"name": TENANT, "displayName": "root", "parent": ""}],
        subscriptions=[
            {"subscriptionId": uid(number), "displayName": f"s{number}", "parent": TENANT}
            for number in range(SUBSCRIPTIONS)
        ],
        resources=[identity(number) for number in range(IDENTITIES)],
        role_assignments=[assignment(number) for number in range(ASSIGNMENTS)],
    )


def asked(collected: Any) -> Counter[str]:
    return Counter({name: count for name, count in collected.served.requests.items() if name.startswith("arm.")})


def test_requests_are_pages_and_batches_and_a_constant(gather: Any, large: Estate) -> None:
    got = gather(None, large)

    scopes = SUBSCRIPTIONS + 1
    requests = asked(got)
    assert requests["arm.resourceGraph"] == ceil(ASSIGNMENTS / ROWS) + 4  # two of scopes, definitions, resources
    assert requests["arm.batch"] == 4 * ceil(scopes / BATCH) + ceil(IDENTITIES / BATCH)
    rest = requests.total() - requests["arm.resourceGraph"] - requests["arm.batch"]
    assert rest <= 12
    assert len(got.records("arg-role-assignments")) == ASSIGNMENTS
    assert len(got.records("arg-resources")) == IDENTITIES
    federated = ceil(IDENTITIES / BATCH)
    assert requests.total() - federated <= 30 + (ASSIGNMENTS + IDENTITIES) / 100


def test_the_printed_role_is_enough(gather: Any, large: Estate) -> None:
    got = gather(Conduct(arm={"/": frozenset(actions())}), large)

    assert not {row.record_kind for row in got.snapshot.manifest.coverage if row.status.is_gap and _is_arm(row)}
    assert len(got.records("arg-resources")) == IDENTITIES


def _is_arm(row: Any) -> bool:
    return row.record_kind.startswith(("arm-", "arg-"))


ONE_BY_ONE = {permission for call in BY_SUBSCRIPTION for permission in call.permissions}
OF_TYPES = {read_action(type_) for type_ in KEPT}
ASSIGNED = {"arg-role-assignments", "arm-role-assignments"}
# Action -> kinds that are not complete without it.
COSTS: dict[str, set[str]] = {
    "Microsoft.Authorization/denyAssignments/read": {"arm-deny-assignments"},
    "Microsoft.Authorization/permissions/read": {
        *("arg-resource-containers", "arg-role-definitions", "arg-resources", "arm-subscriptions"),
        *(*ASSIGNED, "arm-federated-credentials", "arm-batch-pools", "arm-machine-learning-computes"),
    },
    "Microsoft.Authorization/providerOperations/read": {"arm-provider-operations"},
    "Microsoft.Authorization/roleAssignments/read": ASSIGNED,
    "Microsoft.Authorization/roleAssignmentScheduleInstances/read": {"arm-role-assignment-instances"},
    "Microsoft.Authorization/roleDefinitions/read": {"arg-role-definitions", "arm-role-definitions"},
    "Microsoft.Authorization/roleEligibilityScheduleInstances/read": {"arm-role-eligibility-instances"},
    "Microsoft.Authorization/roleManagementPolicyAssignments/read": set(),  # nobody is eligible here
    "Microsoft.Batch/batchAccounts/read": {"arg-resources", "arm-batch-pools", "arm-federated-credentials"},
    "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read": {"arm-federated-credentials"},
    "Microsoft.ManagedIdentity/userAssignedIdentities/read": {"arg-resources", "arm-federated-credentials"},
    "Microsoft.Management/managementGroups/read": {"arg-resource-containers"},
    "Microsoft.Resources/subscriptions/resourceGroups/read": {"arg-resource-containers"},
    "Microsoft.Storage/storageAccounts/read": {"arg-resources", "arm-federated-credentials"},
}


@pytest.mark.parametrize("missing", sorted(COSTS))
def test_what_one_action_costs_is_told(gather: Any, estate: Estate, missing: str) -> None:
    rooted = replace(
        estate,
        management_groups=[{"name": TENANT, "displayName": "root", "parent": ""}],
        subscriptions=[{**estate.subscriptions[0], "parent": TENANT}],
    )
    got = gather(Conduct(arm={"/": frozenset(actions()) - {missing}}), rooted)

    gaps = [row for row in got.snapshot.manifest.coverage if row.status.is_gap and _is_arm(row)]
    assert {row.record_kind for row in gaps} == COSTS[missing]
    if gaps:
        assert any(missing in row.permission for row in gaps)


def test_every_action_is_of_a_type_or_has_its_price() -> None:
    others = {"Microsoft.ResourceGraph/resources/read", "Microsoft.Resources/subscriptions/read"}
    assert set(actions()) - OF_TYPES - ONE_BY_ONE - others <= set(COSTS)


class Killed(Exception):  # noqa: N818 - no error of ours
    pass


NO_GRAPH = Conduct(faults=(Fault(family="arm.resourceGraph", kind="403", times=FOREVER),))


@pytest.fixture(scope="module", params=[None, NO_GRAPH], ids=["resource-graph", "by-subscription"])
def uninterrupted(
    request: pytest.FixtureRequest, starting: Any, large: Estate, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Conduct | None, Snapshot]:
    """How the caller is treated, and what a collection finds that nobody kills."""
    path = tmp_path_factory.mktemp("uninterrupted") / "s"
    with serve(large, starting.now, request.param) as served, starting(served, path) as (writer, _):
        return request.param, writer.finish()


@pytest.mark.parametrize("step", [2, 9, 20, 26])
def test_a_killed_collection_goes_on(
    starting: Any, large: Estate, tmp_path: Path, uninterrupted: tuple[Conduct | None, Snapshot], step: int
) -> None:
    conduct, whole = uninterrupted
    path = tmp_path / "killed"
    with serve(large, starting.now, conduct) as served:
        with pytest.raises(Killed), starting(served, path, dies=(step, Killed)):
            pass
        with starting(served, path, resume=True) as (writer, _):
            snapshot = writer.finish()

    assert set(snapshot.manifest.files) == set(whole.manifest.files)
    assert [row for row in snapshot.manifest.coverage if _is_arm(row)] == [
        row for row in whole.manifest.coverage if _is_arm(row)
    ]
    for kind in ("arg-role-assignments", "arg-resources", "arm-subscriptions", "arm-federated-credentials"):
        found, expected = (
            [one.value() for one in each.records("azure", f"tenants-{served.tenant_id}", kind)]
            for each in (snapshot, whole)
        )
        assert found == expected, kind


def test_scopes_beyond_the_bound_are_told(gather: Any, large: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arm_scopes, "_SCOPES", 20)

    got = gather(None, large)

    row = got.row("arm-deny-assignments")
    assert row.status is CoverageStatus.PARTIAL
    assert row.detail == f"no more than 20 scopes are asked by themselves, and there are {SUBSCRIPTIONS + 1}"
    assert got.row("arm-deny-assignments", of_subscription(0)).status is CoverageStatus.COMPLETE
    assert got.row("arm-deny-assignments", of_subscription(44)).status is CoverageStatus.PARTIAL
    assert got.served.parts["arm.denyAssignments"] == 20


class Dying(SnapshotWriter):
    """A writer whose process is killed when it puts together one thing too many."""

    joins = 0

    def join(self, provider: str, scope: str, kind: str, *, unasked: str = "") -> None:
        type(self).joins -= 1
        if self.joins < 0:
            raise Killed
        super().join(provider, scope, kind, unasked=unasked)


def _collected(served: Any, writer: SnapshotWriter) -> Snapshot:
    addresses = dict.fromkeys(("authority", "graph_endpoint", "arm_endpoint"), served.endpoint)
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as executor:
        patch.setenv("AZURE_TENANT_ID", served.tenant_id)
        patch.setenv("AZURE_CLIENT_ID", served.client_id)
        patch.setenv("AZURE_CLIENT_SECRET", served.client_secret)
        clients = connect(parse({**addresses, "ca_file": served.ca_file, "credential": "environment"}))
        try:
            place = tenant_place(served.tenant_id)
            session = Session(clients=clients, place=place, writer=writer, progress=Steps(), executor=executor)
            collect_arm(session)()
        finally:
            clients.close()
    return writer.finish()


@pytest.mark.parametrize("joins", [0, 1, 2, 5, 9])
def test_killed_while_it_puts_things_together(large: Estate, starting: Any, tmp_path: Path, joins: int) -> None:
    with serve(
        large, starting.now, Conduct(faults=(Fault(family="arm.resourceGraph", kind="403", after=3),))
    ) as served:
        Dying.joins = joins
        with pytest.raises(Killed):
            _collected(served, Dying.create(tmp_path / "s", starting.now, "test"))
        snapshot = _collected(served, SnapshotWriter.resume(tmp_path / "s"))

    rows = {(row.scope_id, row.record_kind): row.status for row in snapshot.manifest.coverage}
    tenant = f"/tenants/{served.tenant_id}"
    whole = CoverageStatus.COMPLETE if joins == 0 else CoverageStatus.PARTIAL
    assert rows[tenant, "arm-subscriptions"] is whole
    assert rows[of_subscription(0), "arm-deny-assignments"] is CoverageStatus.COMPLETE
    assert {rows[of_subscription(number), "arg-resource-containers"] for number in range(SUBSCRIPTIONS)} == {
        CoverageStatus.COMPLETE
    }
    found = [kind.value()["name"] for kind in snapshot.records("azure", f"tenants-{served.tenant_id}", "arg-resources")]
    parts = [
        one.value()["name"]
        for number in range(SUBSCRIPTIONS)
        for one in snapshot.records("azure", f"subscriptions-{uid(number)}", "arm-user-assigned-identities")
    ]
    assert len({*found, *parts}) == IDENTITIES
