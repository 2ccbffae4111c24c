"""What must have been collected before something of a cluster or of GitHub is called gone."""

import pytest

from nhi_scan.findings.listing import BESTOWING, bestowing, listing_kinds, looked_at
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.finding import SubjectKind
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.providers.github import kinds as of_github
from nhi_scan.providers.kubernetes import kinds as of_kubernetes

CLUSTER = "k8s:prod"
SHOP = f"{CLUSTER}/namespaces/shop"
ORG = "github.com/northwind"
REPO = f"{ORG}/shop"
BINDINGS = {"k8s-rolebindings", "k8s-clusterrolebindings"}
COLLECTED = {
    value for module in (of_github, of_kubernetes) for value in vars(module).values() if isinstance(value, str)
}


def inventory(scope_id: str, kinds: set[str]) -> Inventory:
    rows = [
        Coverage(provider="github", scope_id=scope_id, record_kind=kind, status=CoverageStatus.COMPLETE)
        for kind in kinds
    ]
    scopes = [
        Scope(id=CLUSTER, provider="kubernetes", kind="cluster", name="prod", parent_id=""),
        Scope(id=SHOP, provider="kubernetes", kind="namespace", name="shop", parent_id=CLUSTER),
        Scope(id=ORG, provider="github", kind="organization", name="northwind", parent_id=""),
        Scope(id=REPO, provider="github", kind="repository", name="shop", parent_id=ORG),
    ]
    return build([Records(scopes=scopes, coverage=rows)])


SUBJECTS: list[tuple[SubjectKind, str, str, set[str]]] = [
    ("scope", CLUSTER, CLUSTER, {"k8s-version"}),
    ("scope", SHOP, CLUSTER, {"k8s-namespaces"}),
    ("identity", f"{SHOP}/serviceaccounts/ci", SHOP, {"k8s-serviceaccounts", *BINDINGS}),
    ("identity", f"{CLUSTER}/users/system:node:n1", CLUSTER, {"k8s-nodes", *BINDINGS}),
    ("identity", f"{CLUSTER}/users/alice@northwind.example", CLUSTER, {"k8s-aws-auth", *BINDINGS}),
    ("resource", f"{CLUSTER}/groups/system:authenticated", CLUSTER, BINDINGS),
    ("credential", f"{SHOP}/secrets/ci-token", SHOP, {"k8s-secrets"}),
    ("trust", f"{CLUSTER}/namespaces/kube-system/configmaps/aws-auth#mapRoles[0]/0", CLUSTER, {"k8s-aws-auth"}),
    ("policy", f"{SHOP}/roles/edit", SHOP, {"k8s-roles"}),
    ("policy", f"{CLUSTER}/clusterroles/edit", CLUSTER, {"k8s-clusterroles"}),
    ("policy", f"{CLUSTER}/api-resources", CLUSTER, {"k8s-api-resources"}),
    ("workload", f"{SHOP}/cronjobs/nightly", SHOP, {"k8s-cronjobs"}),
    ("workload", f"{SHOP}/rollouts.argoproj.io/web", SHOP, {"k8s-pods", "k8s-replicasets", "k8s-jobs"}),
    ("resource", f"{CLUSTER}/mutatingwebhookconfigurations/w", CLUSTER, {"k8s-mutatingwebhooks"}),
    ("resource", f"{CLUSTER}/certificatesigningrequests/c", CLUSTER, {"k8s-csrs"}),
    ("scope", ORG, ORG, {"github-organizations"}),
    ("scope", REPO, ORG, {"github-repositories"}),
    ("identity", f"{REPO}#code", REPO, {"github-repositories"}),
    (
        "identity",
        f"{REPO}/.github/workflows/ci.yml#build",
        REPO,
        {"github-repositories", "github-workflow-files"},
    ),
    ("workload", f"{REPO}/.github/workflows/ci.yml", REPO, {"github-repositories", "github-workflow-files"}),
    ("identity", "github.com#anyone", ORG, {"github-workflow-files"}),
    ("identity", f"{ORG}/installations/7", ORG, {"github-installations"}),
    ("policy", f"{ORG}/installations/7#permissions", ORG, {"github-installations"}),
    ("credential", f"{REPO}/keys/7#key", REPO, {"github-repositories", "github-deploy-keys"}),
    ("credential", f"{ORG}/personal-access-tokens/7#token", ORG, {"github-token-grants"}),
    ("resource", f"{ORG}/secrets/key", ORG, {"github-org-secrets"}),
    ("resource", f"{REPO}/secrets/key", REPO, {"github-repositories", "github-repo-secrets"}),
    ("resource", f"{REPO}/environments/prod", REPO, {"github-repositories", "github-environments"}),
    ("resource", f"{REPO}/environments/prod/secrets/k", REPO, {"github-repositories", "github-environment-secrets"}),
    ("resource", f"{REPO}/dependabot-secrets/k", REPO, {"github-repositories", "github-dependabot-secrets"}),
    ("workload", f"{ORG}/runners/3", ORG, {"github-runners"}),
    ("workload", f"{REPO}/runners/3", REPO, {"github-repositories", "github-repo-runners"}),
    ("resource", f"{ORG}/hooks/3", ORG, {"github-org-webhooks"}),
    ("resource", "ghes:8443/northwind/shop/hooks/3", REPO, {"github-repositories", "github-webhooks"}),
]


@pytest.mark.parametrize(("subject", "subject_id", "scope", "needed"), SUBJECTS)
def test_a_subject_is_gone_where_what_lists_it_was_complete(
    subject: SubjectKind, subject_id: str, scope: str, needed: set[str]
) -> None:
    top = CLUSTER if scope.startswith("k8s:") else ORG
    whole = inventory(top, needed)

    assert set(listing_kinds(subject, subject_id, whole, scope)) == needed
    assert all(whole.covered(scope, kind) for kind in needed)
    assert needed <= COLLECTED


@pytest.mark.parametrize("provider", ["github", "kubernetes"])
def test_what_tells_who_may_do_what_is_collected(provider: str) -> None:
    assert set(BESTOWING[provider]) <= COLLECTED


@pytest.mark.parametrize(
    ("scope", "where"),
    [
        (SHOP, SHOP),
        (f"{CLUSTER}/namespaces/gone", CLUSTER),
        (f"{ORG}/gone", ORG),
        ("projects/gone", "projects/gone"),
        ("111122223333", "111122223333"),
        ("", ""),
    ],
)
def test_what_lay_in_a_place_that_is_gone_is_looked_for_where_that_lay(scope: str, where: str) -> None:
    assert looked_at(scope, inventory(CLUSTER, set())) == where


@pytest.mark.parametrize(
    ("subject_id", "more"),
    [
        (f"{ORG}/installations/7", {"github-installations"}),
        (f"{ORG}/personal-access-tokens/7", {"github-token-grants", "github-token-grant-repositories"}),
        (f"{REPO}/keys/7", {"github-deploy-keys"}),
        (f"{REPO}#code", set()),
        (f"{REPO}/.github/workflows/ci.yml#build", set()),
        ("github.com#anyone", set()),
        (ORG, set()),
    ],
)
def test_what_an_app_may_do_is_no_matter_of_a_jobs(subject_id: str, more: set[str]) -> None:
    found = set(bestowing("github", subject_id))
    assert found - set(BESTOWING["github"]) == more
    assert found <= COLLECTED


def test_who_is_named_by_a_map_that_nobody_asked_for_is_named_by_bindings_alone() -> None:
    alice = f"{CLUSTER}/users/alice@northwind.example"
    assert set(listing_kinds("identity", alice, inventory(CLUSTER, set()), CLUSTER)) == BINDINGS
