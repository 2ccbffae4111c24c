"""A rule about one cloud is quiet about another's things, however little was collected of them."""

import re
from typing import Any

import pytest

from nhi_scan import data
from nhi_scan.facts.tables import FactTables
from nhi_scan.model.identity import Credential, Group, Identity, Nature, Resource, Workload
from nhi_scan.model.policy import Policy, Trust
from nhi_scan.model.scope import Scope
from nhi_scan.ruleset.load import load
from nhi_scan.ruleset.rule import Rule
from nhi_scan.ruleset.run import run

RULES = load([data.folder("rules")])


# Facts that are whole commands of Azure's, and of no other cloud.
OF_AZURE = {
    "credential.removal_fix",
    "credential.renewal_fix",
    "identity.old_owner_fix",
    "identity.owner_fix",
    "identity.permissions_fix",
    "identity.retirement_fix",
    "identity.standing_fix",
    "identity.strong_fix",
    "policy.assignments_fix",
    "resource.roles_fix",
    "trust.creation_fix",
    "trust.removal_fix",
}
# Those that are of Azure's for what is Azure's, and of Google Cloud's for the rest.
SHARED = {"identity.privilege_fix", "identity.roles_fix", "policy.role_fix"}


def only(command: str) -> set[str]:
    """Ids of the rules that nothing but one cloud's command fixes."""
    return {rule.id for rule in RULES if not rule.remedies and _fixed_by(rule) == {command}}


def _fixed_by(rule: Rule) -> set[str]:
    found = set(re.findall(r"(?m)(?:^|: )(aws|az|gcloud) ", rule.remediation))
    fixes = set(re.findall(r"\{([a-z_.]+_fix)\}", rule.remediation))
    return found | ({"az"} if fixes & (OF_AZURE | SHARED) else set()) | ({"gcloud"} if fixes - OF_AZURE else set())


def trusted(identity_id: str, subject: str, kind: Any, mechanism: Any, **fields: Any) -> Trust:
    return Trust(
        id=f"{identity_id}#{subject}",
        identity_id=identity_id,
        subject=subject,
        subject_kind=kind,
        mechanism=mechanism,
        **fields,
    )


def google(make: Any) -> dict[str, list[Any]]:
    account = make.service_account("app")
    pool = "principalSet://iam.googleapis.com/projects/100/locations/global/workloadIdentityPools/p/*"
    kinds: tuple[Any, ...] = ("service_account_key", "api_key", "hmac_key")
    places = ("secret", "storage_bucket", "kms_key", "workload_identity_pool", "workload_identity_provider")
    runs = ("cloud_run_service", "compute_instance", "gke_node_pool", "cloud_function")
    return {
        "scopes": make.projects(),
        "identities": [
            account,
            make.service_account("gone", status="deleted"),
            make.service_account("vendor", "elsewhere", status="unknown"),
            make.member(pool),
            make.member("user:ann@shop.example", kind="user", nature=Nature.HUMAN),
        ],
        "credentials": [
            Credential(
                id=f"projects/shop/{kind}/1",
                provider="gcp",
                identity_id=account.id,
                scope_id="projects/shop",
                kind=kind,
            )
            for kind in kinds
        ],
        "trusts": [
            trusted(account.id, subject, kind, mechanism, policy_id="roles/iam.workloadIdentityUser")
            for subject, kind, mechanism in (
                (pool, "federated", "federate"),
                ("serviceAccount:x@elsewhere.iam.gserviceaccount.com", "identity", "impersonate"),
                ("deleted:serviceAccount:y@shop.iam.gserviceaccount.com?uid=1", "deleted", "impersonate"),
            )
        ],
        "policies": [make.gcp_role(id_="projects/shop/roles/r"), make.gcp_role(id_="roles/viewer")],
        "resources": [
            Resource(id=f"//x.googleapis.com/{kind}", provider="gcp", kind=kind, name=kind, scope_id="projects/shop")
            for kind in places
        ],
        "groups": [Group(id="group:g@shop.example", provider="gcp", kind="google_group", name="g", scope_id="")],
        "workloads": [
            Workload(
                id=f"//x.googleapis.com/{kind}",
                provider="gcp",
                kind=kind,
                name=kind,
                scope_id="projects/shop",
                runs_as=(account.id,),
            )
            for kind in runs
        ],
    }


def amazon(make: Any) -> dict[str, list[Any]]:
    role = make.role()
    kinds = ("access_key", "console_password", "ssh_public_key", "server_certificate", "signing_certificate")
    places = ("secret", "s3_bucket", "iam_group", "instance_profile", "oidc_provider")
    return {
        "scopes": [Scope(id=make.account, provider="aws", kind="account", name="main")],
        "identities": [make.user(), role, root(make)],
        "credentials": [make.key(number=place, kind=kind) for place, kind in enumerate(kinds)],
        "trusts": [
            trusted(role.id, subject, kind, mechanism)
            for subject, kind, mechanism in (
                ("arn:aws:iam::999988887777:root", "account", "assume"),
                ("*", "anyone", "assume"),
                ("token.actions.githubusercontent.com", "federated", "federate"),
            )
        ],
        "policies": [Policy(id="p", provider="aws", kind="identity", name="p", scope_id=make.account)],
        "resources": [
            Resource(id=f"arn:aws:x::{kind}", provider="aws", kind=kind, name=kind, scope_id=make.account)
            for kind in places
        ],
        "workloads": [
            Workload(
                id="f", provider="aws", kind="lambda_function", name="f", scope_id=make.account, runs_as=(role.id,)
            )
        ],
    }


def azure(make: Any) -> dict[str, list[Any]]:
    vault = "/subscriptions/s/resourcegroups/g/providers/microsoft.keyvault/vaults/v"
    kinds: tuple[Any, ...] = ("managed_identity", "agent_identity", "agent_user", "app")
    runs = ("virtual_machine", "web_app", "aks_cluster", "azure_service")
    app = make.service_principal()
    return {
        "scopes": make.azure_scopes(),
        "identities": [
            app,
            make.service_principal("gone", status="deleted"),
            make.service_principal("graph", managed_by_provider=True),
            make.person(),
            *(make.service_principal(kind, kind=kind) for kind in kinds),
        ],
        "credentials": [
            Credential(id=f"deploy#{kind}/1", provider="azure", identity_id=app.id, scope_id="/tenants/t", kind=kind)
            for kind in ("client_secret", "certificate")
        ],
        "trusts": [
            trusted(app.id, "https://token.actions.githubusercontent.com", "federated", "federate"),
            trusted(app.id, "/tenants/other", "account", "assume"),
        ],
        "policies": [
            make.azure_role(),
            make.azure_role("Ours", managed_by_provider=False),
            make.azure_role("a", id=f"{vault}#accesspolicy/deploy", managed_by_provider=False),
        ],
        "resources": [
            Resource(id=f"/{kind}", provider="azure", kind=kind, name=kind, scope_id="/subscriptions/s")
            for kind in ("storage_account", "key_vault", "user_assigned_identity", "application", "pim_policy")
        ],
        "groups": [Group(id="g", provider="azure", kind="entra_group", name="g", scope_id="/tenants/t")],
        "workloads": [
            Workload(
                id=f"/{kind}", provider="azure", kind=kind, name=kind, scope_id="/subscriptions/s", runs_as=(app.id,)
            )
            for kind in runs
        ],
    }


def root(make: Any) -> Identity:
    user: Identity = make.user("root", kind="root_user")
    return user


def said(tables: FactTables) -> set[str]:
    result = run(RULES, tables)
    return {row.rule_id for row in result.not_assessed} | {one.rule_id for one in result.findings}


ESTATES = [(google, "gcloud"), (amazon, "aws"), (azure, "az")]


@pytest.mark.parametrize(("estate", "command"), ESTATES, ids=[command for _, command in ESTATES])
def test_rules_of_one_cloud_have_nothing_to_ask_of_another(facts: Any, make: Any, estate: Any, command: str) -> None:
    told = said(facts(**estate(make)))
    for _, other in ESTATES:
        if other != command:
            assert told & only(other) == set()
    assert told & only(command)
