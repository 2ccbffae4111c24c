"""An organization that every test of the collector speaks to, and a way to collect it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.gcp.estate import (
    Account,
    ApiKey,
    Binding,
    Boundary,
    DenyPolicy,
    Estate,
    Folder,
    Group,
    HmacKey,
    Key,
    Pool,
    Project,
    Role,
    Thing,
)
from nhi_scan.demo.gcp.gate import Conduct
from nhi_scan.demo.gcp.server import Served, serve
from nhi_scan.model.coverage import Coverage
from nhi_scan.providers.gcp import collect, settings
from nhi_scan.snapshot.store import Snapshot, SnapshotWriter
from tests.providers.steps import Steps

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WEB = "web@shop.iam.gserviceaccount.com"
DENY = {
    "denyRule": {
        "deniedPrincipals": ["principalSet://goog/public:all"],
        "deniedPermissions": ["iam.googleapis.com/roles.list"],
    }
}
OIDC = {
    "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
    "attributeMapping": {"google.subject": "a"},
}


class Collected:
    """A snapshot, and what it cost."""

    def __init__(self, snapshot: Snapshot, served: Served, steps: Steps) -> None:
        self.snapshot = snapshot
        self.served = served
        self.steps = steps

    def row(self, scope: str, kind: str) -> Coverage:
        found = [row for row in self.snapshot.manifest.coverage if (row.scope_id, row.record_kind) == (scope, kind)]
        assert len(found) == 1, f"{scope} {kind}: {found}"
        return found[0]

    def gaps(self) -> dict[tuple[str, str], Coverage]:
        return {(row.scope_id, row.record_kind): row for row in self.snapshot.manifest.coverage if row.status.is_gap}

    def records(self, folder: str, kind: str) -> list[Any]:
        return [envelope.value() for envelope in self.snapshot.records("gcp", folder, kind)]

    def kept(self, folder: str, kind: str) -> list[dict[str, Any]]:
        return [dict(envelope.of) for envelope in self.snapshot.records("gcp", folder, kind)]


Collect = Callable[..., Collected]


@pytest.fixture(scope="session")
def estate() -> Estate:
    return Estate(
        organization="organizations/1",
        folders=[
            Folder(id="folders/2", name="prod", parent="organizations/1"),
            Folder(id="folders/3", name="web", parent="folders/2"),
        ],
        projects=[
            Project(id="projects/shop", number="77", parent="folders/3"),
            Project(
                id="projects/lab", number="78", parent="organizations/1", disabled_services=("compute.googleapis.com",)
            ),
            Project(id="projects/old", number="79", parent="organizations/1", state="DELETE_REQUESTED"),
        ],
        accounts=[
            Account(
                project="projects/shop",
                email=WEB,
                unique_id="1001",
                used=3,
                keys=(Key(id="k1", created=400, used=5), Key(id="k2", created=3, managed_by="system", expires=10)),
            ),
            Account(project="projects/lab", email="ci@lab.iam.gserviceaccount.com", unique_id="1002"),
        ],
        roles=[
            Role(id="roles/owner", permissions=("iam.roles.list",)),
            Role(id="roles/viewer", permissions=("iam.roles.list",)),
            Role(id="projects/shop/roles/x", permissions=("a.b.d",)),
            Role(id="organizations/1/roles/y", permissions=("a.b.d",)),
        ],
        bindings=[
            Binding(place="organizations/1", role="roles/owner", members=("group:admins@example.com",)),
            Binding(place="folders/2", role="roles/viewer", members=("group:readers@example.com",)),
            Binding(
                place="projects/shop",
                role="roles/viewer",
                members=("user:b@example.com",),
                condition='request.time < timestamp("2026-02-01T00:00:00Z")',
            ),
            Binding(place=f"serviceAccount:{WEB}", role="roles/viewer", members=("user:a@example.com",)),
            Binding(place="//storage.googleapis.com/pics", role="roles/viewer", members=("allUsers",)),
        ],
        things=[
            Thing(
                type="storage.googleapis.com/Bucket",
                name="//storage.googleapis.com/pics",
                project="projects/shop",
                data={"kind": "storage#bucket", "id": "pics", "name": "pics", "projectNumber": "77"},
            ),
            Thing(
                type="appengine.googleapis.com/Service",
                name="//appengine.googleapis.com/apps/shop/services/default",
                project="projects/shop",
                data={"id": "default", "name": "apps/shop/services/default"},
            ),
            Thing(
                type="run.googleapis.com/Service",
                name="//run.googleapis.com/projects/shop/locations/europe-west1/services/api",
                project="projects/shop",
                location="europe-west1",
                schema="GoogleCloudRunV2Service",
                data={"name": "projects/shop/locations/europe-west1/services/api", "uid": "1"},
            ),
            Thing(
                type="cloudfunctions.googleapis.com/Function",
                name="//cloudfunctions.googleapis.com/projects/shop/locations/europe-west1/functions/f",
                project="projects/shop",
                location="europe-west1",
                data={"name": "projects/shop/locations/europe-west1/functions/f"},
            ),
            Thing(
                type="run.googleapis.com/Job",
                name="//run.googleapis.com/projects/shop/locations/us-central1/jobs/nightly",
                project="projects/shop",
                location="us-central1",
                schema="GoogleCloudRunV2Job",
                data={"name": "projects/shop/locations/us-central1/jobs/nightly"},
            ),
            Thing(
                type="pubsub.googleapis.com/Subscription",
                name="//pubsub.googleapis.com/projects/shop/subscriptions/orders",
                project="projects/shop",
                data={"name": "projects/shop/subscriptions/orders"},
            ),
            Thing(
                type="secretmanager.googleapis.com/Secret",
                name="//secretmanager.googleapis.com/projects/77/secrets/s",
                project="projects/shop",
                data={"name": "projects/77/secrets/s"},
            ),
            Thing(
                type="compute.googleapis.com/Instance",
                name="//compute.googleapis.com/projects/shop/zones/europe-west1-b/instances/vm",
                project="projects/shop",
                location="europe-west1-b",
                data={
                    "kind": "compute#instance",
                    "id": "5",
                    "name": "vm",
                    "serviceAccounts": [{"email": WEB}],
                    "metadata": {"items": [{"key": "startup-script", "value": "export PW=hunter2"}]},
                },
            ),
        ],
        groups=[
            Group(id="groups/a", email="admins@example.com", members=("user:a@example.com", "group:inner@example.com")),
            Group(
                id="groups/b", email="inner@example.com", members=(f"serviceAccount:{WEB}", "group:admins@example.com")
            ),
            Group(id="groups/c", email="readers@example.com", members=("user:c@example.com",)),
            Group(id="groups/d", email="unrelated@example.com", members=("user:d@example.com",)),
        ],
        deny_policies=[
            DenyPolicy(place="organizations/1", id="all", rules=(DENY,)),
            DenyPolicy(place="projects/shop", id="no", rules=(DENY,)),
        ],
        boundaries=[
            Boundary(
                id="pab",
                rules=({"resources": ["//cloudresourcemanager.googleapis.com/organizations/1"], "effect": "ALLOW"},),
                bindings=(
                    {
                        "place": "organizations/1",
                        "id": "all",
                        "principalSet": "//cloudresourcemanager.googleapis.com/organizations/1",
                    },
                ),
            )
        ],
        pools=[
            Pool(place="projects/shop", id="gh", providers={"github": OIDC}),
            Pool(place="organizations/1", id="people", providers={"okta": OIDC}),
        ],
        api_keys=[ApiKey(project="projects/shop", id="key-1")],
        hmac_keys=[HmacKey(project="projects/shop", account=WEB, id="GOOG1E")],
    )


@contextmanager
def started(
    served: Served,
    path: Path,
    *,
    resume: bool = False,
    dies: tuple[int, type[Exception]] | None = None,
    **section: Any,
) -> Iterator[tuple[SnapshotWriter, Steps]]:
    """Collect from a server that runs; yields the writer, not finished."""
    writer = SnapshotWriter.resume(path) if resume else SnapshotWriter.create(path, NOW, "test")
    chosen = {
        "endpoint": served.endpoint,
        "grpc_endpoint": served.grpc_endpoint,
        "requests_per_minute": 100_000,
        **section,
    }
    steps = Steps(dies)
    with ThreadPoolExecutor(4) as executor:
        collect.collect(settings.parse(chosen), writer, steps, executor)
        yield writer, steps


@pytest.fixture
def gather(estate: Estate, tmp_path: Path) -> Collect:
    def gather(conduct: Conduct | None = None, of: Estate = estate, **section: Any) -> Collected:
        path = tmp_path / f"snapshot-{len(list(tmp_path.iterdir()))}"
        with serve(of, NOW, conduct) as served:
            with started(served, path, **section) as (writer, steps):
                snapshot = writer.finish()
            assert served.breaches == []
        return Collected(snapshot, served, steps)

    return gather


@pytest.fixture(scope="session")
def whole(estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """The organization, collected once with every right."""
    with serve(estate, NOW) as served, started(served, tmp_path_factory.mktemp("whole") / "s") as (writer, steps):
        return Collected(writer.finish(), served, steps)


@pytest.fixture(scope="session")
def starting(estate: Estate) -> Any:
    """`started`, for tests that do more than collect once; `now` is the moment at which the estate plays."""

    class Starting:
        now = NOW

        def __init__(self) -> None:
            self.estate = estate

        def __call__(self, served: Served, path: Path, **section: Any) -> Any:
            return started(served, path, **section)

    return Starting()
