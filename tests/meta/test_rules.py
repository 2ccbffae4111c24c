"""Tests about the rules themselves: what every one of them owes its reader."""

import re
from pathlib import Path

import botocore.session
import pytest

from nhi_scan import data
from nhi_scan.facts.actions import TIER_ZERO_PERMISSIONS
from nhi_scan.facts.catalogue import FACTS
from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.facts.listed import KINDS, RUN_AS_SERVICE_ACCOUNT
from nhi_scan.facts.things import USER_KINDS
from nhi_scan.facts.workloads import RUNS_AS
from nhi_scan.providers.aws.calls import CALLS
from nhi_scan.providers.azure import kinds as azure_kinds
from nhi_scan.providers.azure.calls import arm
from nhi_scan.providers.azure.escalation import techniques
from nhi_scan.providers.gcp.calls import CALLS as GCP_CALLS
from nhi_scan.providers.gcp.normalise.workload_table import WORKLOADS
from nhi_scan.providers.github import kinds as github_kinds
from nhi_scan.providers.kubernetes.kinds import PLURALS as KUBERNETES_KINDS
from nhi_scan.ruleset import template
from nhi_scan.ruleset.cases import check
from nhi_scan.ruleset.docs import docs
from nhi_scan.ruleset.expr import OPERATORS, comparisons_of
from nhi_scan.ruleset.frameworks import CIS_AZURE, CIS_GCP, CIS_M365, NIST, OWASP_NHI
from nhi_scan.ruleset.load import load
from nhi_scan.ruleset.rule import Rule

RULES = load([data.folder("rules")], with_cases=True)
AZURE_KINDS = {value for module in (azure_kinds, arm) for value in vars(module).values() if isinstance(value, str)}
COMMANDS = {"aws": "aws", "azure": "az", "gcp": "gcloud", "github": "gh", "kubernetes": "kubectl"}
# https://kubernetes.io/docs/reference/kubectl/generated/ and https://cli.github.com/manual/gh
KUBECTL = {"annotate", "auth", "create", "delete", "describe", "edit", "get", "label", "patch", "rollout", "set"}
GH = {"api", "repo", "secret", "variable", "workflow", "run", "ruleset"}
GITHUB_KINDS = {value for value in vars(github_kinds).values() if isinstance(value, str)}
QUESTIONS = {"credential", "exposure", "lifecycle", "ownership", "privilege"}

# What issue 2 asks for by name, and the rules that answer it.
ASKED_FOR = {
    "administrator-equivalent",
    "service-wide-wildcard",
    "can-write-iam",
    "pass-any-role",
    "unused-services",
    "unused-user",
    "unused-role",
    "unused-access-key",
    "unused-permission",
    "old-access-key",
    "never-used-access-key",
    "disabled-credential-not-deleted",
    "expired-certificate",
    "role-without-workload",
    "no-owner",
    "owner-gone",
    "trust-in-deleted-principal",
    "trust-in-unknown-account",
    "unattached-policy",
    "unused-instance-profile",
    "oidc-trust-without-subject",
    "oidc-trust-wildcard-subject",
    "vendor-trust-without-external-id",
    "console-password-on-service-user",
    "two-active-access-keys",
    "shared-role",
    "secret-in-environment",
}

# What issue 4 asks for by name, and the rules that answer it.
ASKED_FOR_OF_GOOGLE_CLOUD = {
    "user-managed-key-old",
    "user-managed-key-unused",
    "user-managed-key-exposed",
    "user-managed-key-never-used",
    "basic-role-on-service-account",
    "default-service-account-editor",
    "instance-with-full-access-scopes",
    "public-resource",
    "public-scope",
    "impersonation-at-project-level",
    "cross-project-impersonation",
    "pool-provider-open-to-strangers",
    "federated-strangers-bound",
    "project-without-owner",
    "api-key-without-api-restriction",
    "api-key-without-application-restriction",
    "unused-service-account",
    "disabled-service-account-bound",
    "deleted-principal-bound",
    "role-wider-than-needed",
}
CIS_GCP_ITEMS = {"1.5", "1.6", "1.7", "1.8", "1.9", "1.13", "1.14", "1.15", "1.16", "1.18", "4.1", "4.2"}

# What issue 5 asks for by name, and the rules that answer it.
ASKED_FOR_OF_AZURE = {
    "client-secret-instead-of-federation",
    "client-secret-beside-federation",
    "application-credential-long-lived",
    "application-credential-expired",
    "application-credential-expiring",
    "application-credential-unused",
    "no-owner",
    "application-owners-unable",
    "unused-service-principal",
    "third-party-application-privileged",
    "publisher-unverified",
    "user-consent-open",
    "standing-role-on-subscription",
    "administrator-equivalent",
    "custom-administrator-role",
    "disabled-principal-assigned",
    "managed-identity-on-nothing",
    "deleted-principal-bound",
    "storage-account-shared-key",
    "key-vault-access-policy-to-everything",
    "credential-on-first-party",
    "credential-on-service-principal",
    "agent-without-sponsor",
    "agent-of-deleted-blueprint",
    "federated-credential-open",
    "federated-credential-wildcard",
    "federated-credential-pull-request",
}
CIS_AZURE_ITEMS = {"5.3.3", "5.3.4", "5.3.5", "5.4", "5.7", "8.3.6", "9.3.1.2", "9.3.1.3"}
CIS_M365_ITEMS = {"5.1.2.2", "5.1.5.1", "5.1.5.2", "5.1.5.3", "5.1.5.4"}

# What issue 6 asks for of GitHub by name, and the rules that answer it.
ASKED_FOR_OF_GITHUB = {
    "access-token-never-expires",
    "app-writes-whole-organization",
    "deploy-key-old",
    "deploy-key-unused",
    "deploy-key-writes",
    "fork-runs-on-self-hosted-runner",
    "github-secret-old",
    "self-hosted-runner-of-public-repository",
    "static-cloud-key-in-workflow",
    "token-writes-whole-organization",
    "unpinned-action-with-credentials",
    "webhook-unprotected",
    "workflow-may-approve-pull-requests",
    "workflow-open-to-anyone",
    "workflow-token-writes-all",
    "workflow-token-writes-by-default",
}

# Every command of the Azure CLI that a fix names: https://learn.microsoft.com/cli/azure/reference-index
AZ = {
    "ad app credential delete",
    "ad app credential list",
    "ad app credential reset",
    "ad app delete",
    "ad app federated-credential create",
    "ad app owner add",
    "ad app owner remove",
    "ad group delete",
    "ad sp delete",
    "ad sp update",
    "ad user delete",
    "containerapp secret set",
    "containerapp update",
    "identity create",
    "identity delete",
    "identity federated-credential create",
    "resource update",
    "rest",
    "role assignment create",
    "role assignment delete",
    "role assignment list",
    "role definition list",
    "storage account keys renew",
    "storage account update",
    "tag update",
    "webapp identity assign",
}

# Every command of gcloud that a fix names: https://cloud.google.com/sdk/gcloud/reference
GCLOUD = {
    "alpha projects update",
    "asset search-all-iam-policies",
    "compute instances set-service-account",
    "iam policies create",
    "functions deploy",
    "iam service-accounts add-iam-policy-binding",
    "iam service-accounts delete",
    "iam service-accounts disable",
    "iam service-accounts get-iam-policy",
    "iam service-accounts keys create",
    "iam service-accounts keys delete",
    "iam service-accounts keys disable",
    "iam service-accounts keys list",
    "iam service-accounts remove-iam-policy-binding",
    "iam workload-identity-pools providers update-oidc",
    "identity groups delete",
    "identity groups memberships delete",
    "kms keys update",
    "logging read",
    "projects get-iam-policy",
    "projects remove-iam-policy-binding",
    "resource-manager org-policies allow",
    "resource-manager org-policies enable-enforce",
    "run services remove-iam-policy-binding",
    "run services update",
    "secrets create",
    "secrets update",
    "services api-keys create",
    "services api-keys delete",
    "services api-keys list",
    "services api-keys update",
    "storage buckets update",
    "storage hmac create",
    "storage hmac delete",
    "storage hmac update",
}


def by_id(rule: Rule) -> str:
    return rule.id


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_every_case_passes_and_every_outcome_is_shown(rule: Rule) -> None:
    assert check(rule) == ()


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_every_rule_has_references_and_a_fix(rule: Rule) -> None:
    frameworks = {reference.framework for reference in rule.references}
    assert OWASP_NHI in frameworks
    assert NIST in frameworks
    for remedy in rule.remedies.values() or [rule.remediation]:
        # A fact that ends so is a whole command: tests/facts/test_removal.py.
        assert re.search(r"\b(aws|az|gcloud|gh|kubectl) [a-z0-9-]+ [a-z0-9{-]+|_fix\}", remedy), (
            "the fix names a command"
        )
    assert rule.why.endswith(".")
    assert not rule.title.endswith(".")
    assert rule.question in QUESTIONS
    assert rule.evidence or rule.subject == "resource"


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_commands_in_fixes_exist(rule: Rule) -> None:
    session = botocore.session.get_session()
    told = [rule.remediation.replace("{identity.command_word}", word) for word in ("user", "role")]
    for service, command in re.findall(r"\baws ([a-z0-9-]+) ([a-z0-9-]+)", "\n".join(told)):
        model = session.get_service_model("s3" if service == "s3api" else service)
        known = {
            re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", n).lower() for n in model.operation_names
        }
        assert command in known


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_commands_of_google_cloud_in_fixes_exist(rule: Rule) -> None:
    told = re.findall(r"\bgcloud ([a-z].*)", rule.remediation)
    assert [command for command in told if not any(command.startswith(f"{known} ") for known in GCLOUD)] == []


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_commands_of_azure_in_fixes_exist(rule: Rule) -> None:
    told = re.findall(r"(?:^|: |\bis )az ([a-z].*)", rule.remediation, re.MULTILINE)
    assert [command for command in told if not any(f"{command} ".startswith((f"{a} ", f"{a}.")) for a in AZ)] == []


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_commands_of_kubernetes_and_github_in_fixes_exist(rule: Rule) -> None:
    told = re.findall(r"(?:^|: )(kubectl|gh) ([a-z-]+)", rule.remediation, re.MULTILINE)
    assert [pair for pair in told if pair[1] not in (KUBECTL if pair[0] == "kubectl" else GH)] == []


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_a_fix_for_one_cloud_names_no_command_of_another(rule: Rule) -> None:
    for provider, remedy in rule.remedies.items():
        named = set(re.findall(r"(?:^|: )(aws|az|gcloud|gh|kubectl) ", remedy, re.MULTILINE))
        assert named <= {COMMANDS[provider]}


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_values_in_commands_are_quoted(rule: Rule) -> None:
    for line in rule.remediation.splitlines():
        if not re.match(r"(.*: )?(aws|az|gcloud|gh|kubectl) ", line):
            continue
        unquoted = {field.name for field in template.fields(template.parse(line)) if not field.shell}
        assert unquoted <= {"identity.command_word"}


def test_all_that_was_asked_for_is_there() -> None:
    assert ASKED_FOR - {rule.id for rule in RULES} == set()
    assert ASKED_FOR_OF_GOOGLE_CLOUD - {rule.id for rule in RULES} == set()
    assert ASKED_FOR_OF_AZURE - {rule.id for rule in RULES} == set()
    assert ASKED_FOR_OF_GITHUB - {rule.id for rule in RULES} == set()
    for framework, items in ((CIS_GCP, CIS_GCP_ITEMS), (CIS_AZURE, CIS_AZURE_ITEMS), (CIS_M365, CIS_M365_ITEMS)):
        cited = {reference.id for rule in RULES for reference in rule.references if reference.framework == framework}
        assert items - cited == set()
    assert len(RULES) >= 25


def test_every_fact_is_used_by_a_rule_or_exported() -> None:
    used = {test.fact for rule in RULES for test in comparisons_of(rule.when)}
    used |= {test.fact for rule in RULES for drop in rule.confidence_drops for test in comparisons_of(drop.when)}
    used |= {
        field.name
        for rule in RULES
        for text in (rule.message, *rule.messages.values(), rule.remediation)
        for field in template.fields(template.parse(text))
        if not field.parameter
    }
    idle = {name for name, fact in FACTS.items() if name not in used and not fact.exported}
    assert idle == set()


def test_every_fact_is_documented() -> None:
    for fact in FACTS.values():
        assert fact.meaning.endswith(".")
        assert len(fact.meaning) > 15


def test_record_kinds_in_facts_are_collected() -> None:
    collected = {call.kind for call in (*CALLS, *GCP_CALLS)} | AZURE_KINDS | {*KUBERNETES_KINDS} | GITHUB_KINDS
    named = {kind for kinds in (*RUNS_AS.values(), *USER_KINDS.values()) for kind in kinds}
    named |= {kind for ways in KINDS.values() for kinds in ways for kind in kinds} | {*RUN_AS_SERVICE_ACCOUNT}
    assert named - collected == set()


def test_all_workloads_that_run_as_a_service_account_are_waited_for() -> None:
    # Deployments run as an agent of Google's alone.
    listed = {row.asset for row in WORKLOADS if row.asset and (row.runs_as or row.served_by or row.default)}
    assert listed - {"asset-deploymentmanager-deployment"} == set(RUN_AS_SERVICE_ACCOUNT)


def test_every_evidence_builder_is_used() -> None:
    assert set(BUILDERS) - {name for rule in RULES for name in rule.evidence} == set()


def test_the_language_has_not_grown() -> None:
    assert len(OPERATORS) == 9


def test_what_leads_to_control_of_a_directory_is_what_the_techniques_take() -> None:
    graph = "Microsoft.Graph/"
    alternatives = [rows for technique in techniques().techniques for rows in technique.requires]
    alone = [rows for rows in alternatives if all(row.action.startswith(graph) for row in rows)]
    assert {row.action.removeprefix(graph) for rows in alone for row in rows} == TIER_ZERO_PERMISSIONS


def test_service_linked_plumbing_stays_quiet() -> None:
    """Every rule on an identity or a trust either excludes what the provider manages or cannot meet it."""
    exempt = {
        "unused-user",
        "disabled-identity-not-deleted",
        "two-active-access-keys",
        "console-password-on-service-user",
        "role-given-to-anonymous",
        "stranger-becomes-administrator",  # the name is the provider's, what is bound to it is not
    }  # users: none is the provider's
    for rule in RULES:
        if rule.subject in ("identity", "trust") and rule.id not in exempt:
            assert "identity.managed_by_provider" in {test.fact for test in comparisons_of(rule.when)}, rule.id


def test_documentation_names_every_rule_and_fact() -> None:
    page = docs(RULES)
    for rule in RULES:
        assert f"### {rule.id}\n" in page
        assert rule.title in page
        for case in rule.cases:
            assert case.name in page
    assert page == docs(tuple(reversed(RULES)))


def test_rule_files_are_small() -> None:
    for path in Path(data.folder("rules")).rglob("*.yaml"):
        assert len(path.read_text().splitlines()) < 60, path.name
