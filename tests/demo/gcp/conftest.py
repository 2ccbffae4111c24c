"""A small estate that every test of the server speaks to."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from nhi_scan.demo.gcp.estate import (
    Account,
    ApiKey,
    Binding,
    Boundary,
    Constraint,
    DenyPolicy,
    Estate,
    Folder,
    Group,
    HmacKey,
    Key,
    Pool,
    Project,
    Recommendation,
    Role,
    Tag,
    Thing,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WEB = "web@shop.iam.gserviceaccount.com"


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def small() -> Estate:
    return Estate(
        organization="organizations/1",
        folders=[Folder(id="folders/2", name="prod", parent="organizations/1")],
        projects=[
            Project(id="projects/shop", number="77", parent="folders/2", labels={"team": "web"}),
            Project(
                id="projects/lab", number="78", parent="organizations/1", disabled_services=("compute.googleapis.com",)
            ),
        ],
        accounts=[
            Account(
                project="projects/shop",
                email=WEB,
                unique_id="1001",
                used=3,
                keys=(
                    Key(id="k1", created=400, used=5, disabled=True, disable_reason="EXPOSED", exposed="a.example"),
                    Key(id="k2", created=3, managed_by="system", expires=10),
                ),
            ),
            *(
                Account(
                    project="projects/lab", email=f"n{number}@lab.iam.gserviceaccount.com", unique_id=f"2{number:03d}"
                )
                for number in range(25)
            ),
        ],
        roles=[
            Role(id="roles/owner", title="Owner", permissions=("iam.roles.list", "a.b.c")),
            Role(id="projects/shop/roles/x", permissions=("a.b.d",)),
            Role(id="projects/shop/roles/gone", permissions=("a.b.e",), deleted=True),
        ],
        bindings=[
            Binding(place="organizations/1", role="roles/owner", members=("group:admins@example.com",)),
            Binding(place="projects/shop", role="roles/owner", members=("user:a@example.com",)),
            Binding(
                place="projects/shop",
                role="projects/shop/roles/x",
                members=("user:b@example.com",),
                condition='request.time < timestamp("2026-02-01T00:00:00Z")',
            ),
            Binding(
                place=f"serviceAccount:{WEB}",
                role="roles/iam.serviceAccountTokenCreator",
                members=("user:a@example.com",),
            ),
            Binding(place="//storage.googleapis.com/pics", role="roles/storage.objectViewer", members=("allUsers",)),
        ],
        things=[
            Thing(
                type="storage.googleapis.com/Bucket",
                name="//storage.googleapis.com/pics",
                project="projects/shop",
                location="EU",
                data={"kind": "storage#bucket", "id": "pics", "name": "pics", "projectNumber": "77"},
            ),
            Thing(
                type="compute.googleapis.com/Instance",
                name="//compute.googleapis.com/projects/shop/zones/europe-west1-b/instances/vm",
                project="projects/shop",
                location="europe-west1-b",
                data={"kind": "compute#instance", "id": "5", "name": "vm", "serviceAccounts": [{"email": WEB}]},
            ),
        ],
        groups=[
            Group(id="groups/a", email="admins@example.com", members=("user:a@example.com", "group:inner@example.com")),
            Group(
                id="groups/b", email="inner@example.com", members=(f"serviceAccount:{WEB}", "group:admins@example.com")
            ),
        ],
        deny_policies=[
            DenyPolicy(
                place="projects/shop",
                id="no",
                rules=(
                    {
                        "denyRule": {
                            "deniedPrincipals": ["principalSet://goog/public:all"],
                            "deniedPermissions": ["iam.googleapis.com/roles.list"],
                        }
                    },
                ),
            )
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
            Pool(
                place="projects/shop",
                id="gh",
                providers={
                    "github": {
                        "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
                        "attributeMapping": {"google.subject": "assertion.sub"},
                    }
                },
            )
        ],
        api_keys=[ApiKey(project="projects/shop", id="key-1")],
        hmac_keys=[HmacKey(project="projects/shop", account=WEB, id="GOOG1E")],
        recommendations=[
            Recommendation(
                place="projects/shop",
                source="google.iam.policy.Recommender",
                id="r1",
                data={"description": "replace", "recommenderSubtype": "REPLACE_ROLE", "priority": "P2"},
            )
        ],
        constraints=[
            Constraint(place="organizations/1", name="iam.disableServiceAccountKeyCreation", rules=({"enforce": True},))
        ],
        tags=[Tag(place="projects/shop", key="env", value="prod", number="28148000001")],
    )


@pytest.fixture
def get() -> Iterator[Callable[..., Any]]:
    with requests.Session() as session:

        def ask(server: Any, path: str, **query: Any) -> Any:
            answer = session.get(f"{server.endpoint}/{path}", params=query, timeout=20)
            return answer.status_code, answer.json()

        yield ask
