"""An organization of Google Cloud to read: folders, groups, roles on many places, deny and boundary policies, a gap."""

from datetime import timedelta
from typing import Any

from nhi_scan.access.effective import EffectiveAccess
from nhi_scan.access.gcp.summarise import summarise
from nhi_scan.findings.assessment import Assessment
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Privilege, StatementRef, Step
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import Evidence, Finding, FindingState, Severity
from nhi_scan.model.identity import NEVER_USED, Credential, Group, Identity, LastUsed, Nature, Owner, Resource, Workload
from nhi_scan.model.policy import (
    Binding,
    Condition,
    Effect,
    Guardrail,
    Policy,
    PrincipalPattern,
    Statement,
    Trust,
)
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from tests.e2e.makers import NOW, assess, finding, rules

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


def records() -> Records:
    basic = ("storage.buckets.get", "storage.objects.get", "storage.objects.list", "run.services.get")
    writes = ("run.services.update", "storage.objects.create", "compute.instances.setMetadata", "pubsub.topics.publish")
    owns = ("resourcemanager.projects.setIamPolicy", "iam.serviceAccountKeys.create", "secretmanager.versions.access")
    return Records(
        scopes=[
            Scope(id=ORGANIZATION, provider="gcp", kind="organization", name="example.com", parent_id=""),
            Scope(id=PLATFORM, provider="gcp", kind="folder", name="platform", parent_id=ORGANIZATION),
            Scope(id=PRODUCTS, provider="gcp", kind="folder", name="products", parent_id=ORGANIZATION),
            Scope(
                id=SHOP,
                provider="gcp",
                kind="project",
                name="Shop",
                parent_id=PRODUCTS,
                collected=True,
                number="111222333",
                constraints=(("iam.disableServiceAccountKeyCreation", "enforced"),),
            ),
            Scope(
                id=LAKE,
                provider="gcp",
                kind="project",
                name="data-lake",
                parent_id=PLATFORM,
                collected=True,
                number="444555666",
            ),
            Scope(
                id=DEV,
                provider="gcp",
                kind="project",
                name="shop-dev",
                parent_id=PRODUCTS,
                collected=True,
                number="777888999",
            ),
        ],
        identities=list(IDENTITIES),
        groups=[
            Group(
                id=ADMINS,
                provider="gcp",
                kind="google_group",
                name="platform-admins@example.com",
                scope_id=ORGANIZATION,
                member_ids=(ADA.id, CHECKOUT.id),
            ),
            Group(
                id=EVERYBODY,
                provider="gcp",
                kind="google_group",
                name="engineers@example.com",
                scope_id=ORGANIZATION,
                member_ids=(ADMINS, DEPLOY.id),
            ),
            Group(
                id=PARTNERS,
                provider="gcp",
                kind="google_group",
                name="partners@example.com",
                scope_id=ORGANIZATION,
                complete=False,
            ),
        ],
        credentials=[
            Credential(
                id=f"{SHOP}/serviceAccounts/{DEPLOY.name}/keys/0f3c",
                provider="gcp",
                identity_id=DEPLOY.id,
                scope_id=SHOP,
                kind="service_account_key",
                status="active",
                created_at=NOW - timedelta(days=480),
                expires_at=NOW + timedelta(days=9000),
                attributes=(
                    ("managed_by", "user"),
                    ("origin", "USER_PROVIDED"),
                    ("disable_reason", ""),
                    ("extended_status", "SERVICE_ACCOUNT_KEY_EXPOSED"),
                ),
            ),
            Credential(
                id=f"{SHOP}/locations/global/keys/5e",
                provider="gcp",
                identity_id="",
                scope_id=SHOP,
                kind="api_key",
                name="maps",
                status="active",
                attributes=(("api_restricted", "no"),),
            ),
        ],
        workloads=[
            Workload(
                id="//compute.googleapis.com/projects/shop-prod/zones/europe-west1-b/instances/batch",
                provider="gcp",
                kind="compute_instance",
                name="batch",
                scope_id=SHOP,
                region="europe-west1-b",
                runs_as=(COMPUTE.id,),
                active=True,
                attributes=(("access_scopes", "https://www.googleapis.com/auth/cloud-platform"),),
            ),
            Workload(
                id="//run.googleapis.com/projects/shop-prod/locations/europe-west1/services/checkout",
                provider="gcp",
                kind="cloud_run_service",
                name="checkout",
                scope_id=SHOP,
                region="europe-west1",
                runs_as=(CHECKOUT.id,),
                exposed=True,
                active=True,
                environment_names=("STRIPE_KEY",),
            ),
        ],
        resources=[
            Resource(
                id=BUCKET, provider="gcp", kind="storage_bucket", name="shop-orders", scope_id=SHOP, sensitivity="data"
            )
        ],
        policies=[
            role("roles/viewer", *basic),
            role("roles/editor", *basic, *writes),
            role("roles/owner", *basic, *writes, *owns),
            role("roles/storage.objectViewer", "storage.objects.get", "storage.objects.list"),
            role(
                "roles/iam.serviceAccountTokenCreator",
                "iam.serviceAccounts.getAccessToken",
                "iam.serviceAccounts.signBlob",
            ),
            role("roles/iam.workloadIdentityUser", "iam.serviceAccounts.getAccessToken"),
            role("roles/cloudbuild.serviceAgent", "storage.objects.create"),
            role("projects/shop-prod/roles/deployer", "run.services.update", "iam.serviceAccounts.actAs"),
            role("organizations/100200300/roles/unseen", complete=False),
            DENY,
        ],
        guardrails=[Guardrail(policy_id=DENY.id, scope_id=PRODUCTS, kind="deny_policy")],
        bindings=list(BINDINGS),
        trusts=[
            Trust(
                id=f"{BINDINGS[10].id}#trust",
                identity_id=CHECKOUT.id,
                subject=GITHUB.id,
                subject_kind="federated",
                mechanism="federate",
                claim_patterns=(("repository", ("example/shop",)),),
                policy_id="roles/iam.workloadIdentityUser",
            ),
            Trust(
                id="partners",
                identity_id=CHECKOUT.id,
                subject=PARTNERS,
                subject_kind="identity",
                mechanism="impersonate",
                conditions=(UNTIL,),
            ),
        ],
        coverage=[
            Coverage(provider="gcp", scope_id=ORGANIZATION, record_kind=kind, status=CoverageStatus.COMPLETE, records=9)
            for kind in ("asset-iam-service-account", "asset-iam-policies", "iam-predefined-roles")
        ]
        + [
            Coverage(
                provider="gcp",
                scope_id=ORGANIZATION,
                record_kind=kind,
                status=CoverageStatus.DENIED,
                detail="PERMISSION_DENIED",
                permission=permission,
            )
            for kind, permission in (
                ("iam-deny-policies", "iam.denypolicies.list"),
                ("asset-apikeys-key", "cloudasset.assets.listResource"),
                ("asset-run-job", "cloudasset.assets.listResource"),
                ("asset-dataflow-job", "cloudasset.assets.listResource"),
                ("asset-composer-environment", "cloudasset.assets.listResource"),
            )
        ],
    )


def privileges() -> list[Privilege]:
    def by(number: int) -> tuple[StatementRef, ...]:
        return (StatementRef(BINDINGS[number].policy_id, 0, layer="allow", binding_id=BINDINGS[number].id),)

    become = Step(
        technique="get-access-token",
        source_id=DEPLOY.id,
        target_id=COMPUTE.id,
        statements=by(3),
        conditional=True,
        detail="gets an access token of the default service account",
    )
    return [
        Privilege(
            identity_id=ETL.id, level="administrator", statements=by(8), reason="may set the policy of `data-lake`"
        ),
        Privilege(identity_id=DEPLOY.id, level="can_become_administrator", conditional=True, path=(become,)),
        Privilege(
            identity_id=COMPUTE.id,
            level="latent",
            statements=(*by(5), StatementRef(DENY.id, 0, layer="deny")),
            reason="a deny policy stands in its way",
        ),
        *(
            Privilege(identity_id=one.id, level="ordinary")
            for one in IDENTITIES
            if one not in (ETL, DEPLOY, COMPUTE, GONE)
        ),
    ]


def google(more: Records | None = None) -> Assessment:
    """Return the organization, judged; `more` records of another cloud beside it."""
    by_id = {rule.id: rule for rule in rules()}
    given = records()
    if more is not None:
        given.extend(more)
    inventory = build([given])

    def found(rule: str, one: Identity, message: str, **changes: Any) -> Finding:
        values: dict[str, Any] = {
            "provider": "gcp",
            "message": message,
            "evidence": (Evidence("binding", f"`roles/owner` on `{LAKE}`", BINDINGS[8].id),),
            "remediation": f"gcloud iam service-accounts disable {one.name}",
            **changes,
        }
        return finding(by_id[rule], one, one, **values)

    return assess(
        given,
        [
            found("administrator-equivalent", ETL, "etl has the role Owner on `projects/data-lake`"),
            found("can-become-administrator", DEPLOY, "deploy can become the default service account of Shop"),
            found("no-owner", DEPLOY, "nobody answers for deploy", severity=Severity.LOW),
            found("stale-identity", OLD, "migration is disabled and still has roles", state=FindingState.NEW),
        ],
        privileges(),
        inventory=inventory,
        access=EffectiveAccess(inventory, {"gcp": summarise(inventory, NOW)}),
    )
