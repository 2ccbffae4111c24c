"""Who is in the Google Cloud organization that the browser looks at, and what they are given."""

from datetime import timedelta
from typing import Any

from nhi_scan.model.identity import NEVER_USED, Identity, LastUsed, Nature, Owner
from nhi_scan.model.policy import Binding, Condition, Effect, Policy, PrincipalPattern, Statement
from tests.e2e.makers import NOW

ORGANIZATION, PLATFORM, PRODUCTS = "organizations/100200300", "folders/11", "folders/22"
SHOP, LAKE, DEV = "projects/shop-prod", "projects/data-lake", "projects/shop-dev"
BUCKET = "//storage.googleapis.com/shop-orders"
ADMINS, EVERYBODY, PARTNERS = (f"group:{name}@example.com" for name in ("platform-admins", "engineers", "partners"))
UNTIL = Condition("CEL", "", ('request.time < timestamp("2026-06-30T00:00:00Z")',))
ON_ORDERS = Condition("CEL", "", ('resource.name.startsWith("projects/_/buckets/shop-orders/objects/inbox")',))


def account(name: str, project: str, **more: Any) -> Identity:
    email = name if "@" in name else f"{name}@{project.removeprefix('projects/')}.iam.gserviceaccount.com"
    given: dict[str, Any] = {
        "id": f"serviceAccount:{email}",
        "provider": "gcp",
        "kind": "service_account",
        "nature": Nature.NON_HUMAN,
        "nature_reason": "a service account is made for software",
        "name": email,
        "scope_id": project,
        "unique_id": f"1{sum(map(ord, email)):020d}",
        "created_at": NOW - timedelta(days=500),
        "last_authenticated": LastUsed.on(NOW - timedelta(days=1)),
    }
    return Identity(**(given | more))


def role(role_id: str, *permissions: str, **more: Any) -> Policy:
    given: dict[str, Any] = {
        "id": role_id,
        "provider": "gcp",
        "kind": "role",
        "name": f"The {role_id.rpartition('/')[2].rpartition('.')[2]} role",
        "scope_id": "" if role_id.startswith("roles/") else role_id.partition("/roles/")[0],
        "managed_by_provider": role_id.startswith("roles/"),
        "statements": (Statement(effect=Effect.ALLOW, actions=tuple(sorted(permissions))),) if permissions else (),
    }
    return Policy(**(given | more))


def bound(place: str, role_id: str, member: str, condition: Condition | None = None) -> Binding:
    tail = "#0a1b2c3d" if condition else ""
    return Binding(
        id=f"{place}#{role_id}#{member}{tail}",
        principal_id=member,
        policy_id=role_id,
        scope_id=place,
        condition=condition,
    )


DEPLOY = account("deploy", SHOP, description="deploys the shop from GitHub Actions", tags=(("team", "checkout"),))
CHECKOUT = account("checkout", SHOP, owner=Owner(name="checkout@example.com", source="tag:owner"))
ETL = account("etl", LAKE, last_authenticated=NEVER_USED)
COMPUTE = account("111222333-compute@developer.gserviceaccount.com", SHOP)
OLD = account("migration", DEV, status="disabled", last_authenticated=LastUsed.on(NOW - timedelta(days=300)))
AGENT = account("service-111222333@gcp-sa-cloudbuild.iam.gserviceaccount.com", SHOP, managed_by_provider=True)
GITHUB = Identity(
    id="principalSet://iam.googleapis.com/projects/111222333/locations/global/workloadIdentityPools/github/"
    "attribute.repository/example/shop",
    provider="gcp",
    kind="federated_principal",
    nature=Nature.NON_HUMAN,
    nature_reason="an outside issuer vouches for it",
    name="github/attribute.repository/example/shop",
    scope_id=SHOP,
)
ADA = Identity(
    id="user:ada@example.com",
    provider="gcp",
    kind="user",
    nature=Nature.HUMAN,
    nature_reason="a Google account is a person's",
    name="ada@example.com",
    scope_id="",
)
GONE = account(
    "old-ci",
    SHOP,
    id="deleted:serviceAccount:old-ci@shop-prod.iam.gserviceaccount.com?uid=123",
    status="deleted",
)
IDENTITIES = [DEPLOY, CHECKOUT, ETL, COMPUTE, OLD, AGENT, GITHUB, ADA, GONE]
DENY = Policy(
    id="policies/cloudresourcemanager.googleapis.com%2Ffolders%2F22/denypolicies/no-keys",
    provider="gcp",
    kind="guardrail",
    name="no keys in products",
    scope_id=PRODUCTS,
    statements=(
        Statement(
            effect=Effect.DENY,
            actions=("iam.googleapis.com/serviceAccountKeys.create",),
            principals=(PrincipalPattern("member", "principalSet://goog/public:all"),),
            not_principals=(PrincipalPattern("member", f"principalSet://goog/group/{ADMINS.removeprefix('group:')}"),),
        ),
    ),
)
BINDINGS = [
    bound(ORGANIZATION, "roles/viewer", EVERYBODY),
    bound(PRODUCTS, "roles/editor", ADMINS),
    bound(SHOP, "projects/shop-prod/roles/deployer", DEPLOY.id),
    bound(SHOP, "roles/iam.serviceAccountTokenCreator", DEPLOY.id, UNTIL),
    bound(LAKE, "roles/storage.objectViewer", DEPLOY.id),
    bound(SHOP, "roles/editor", COMPUTE.id),
    bound(BUCKET, "roles/storage.objectViewer", CHECKOUT.id, ON_ORDERS),
    bound(BUCKET, "roles/storage.objectViewer", "allUsers"),
    bound(LAKE, "roles/owner", ETL.id),
    bound(SHOP, "organizations/100200300/roles/unseen", CHECKOUT.id),
    bound(CHECKOUT.id, "roles/iam.workloadIdentityUser", GITHUB.id),
    bound(SHOP, "roles/viewer", GONE.id),
    bound(SHOP, "roles/cloudbuild.serviceAgent", AGENT.id),
    bound(DEV, "roles/editor", PARTNERS),
]
