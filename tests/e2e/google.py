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
from nhi_scan.model.identity import Credential, Group, Identity, Resource, Workload
from nhi_scan.model.policy import (
    Guardrail,
    Trust,
)
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from tests.e2e.google_people import (
    ADA,
    ADMINS,
    BINDINGS,
    BUCKET,
    CHECKOUT,
    COMPUTE,
    DENY,
    DEPLOY,
    DEV,
    ETL,
    EVERYBODY,
    GITHUB,
    GONE,
    IDENTITIES,
    LAKE,
    OLD,
    ORGANIZATION,
    PARTNERS,
    PLATFORM,
    PRODUCTS,
    SHOP,
    UNTIL,
    role,
)
from tests.e2e.makers import NOW, assess, finding, rules


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
