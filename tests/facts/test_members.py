"""Google Cloud's names, taken apart."""

import pytest

from nhi_scan.facts.members import (
    attribute_of,
    breadth,
    default_account,
    is_federated,
    names_tenant,
    pool_of,
    project_in,
)

POOL = "projects/100/locations/global/workloadIdentityPools/ci"
SET = f"principalSet://iam.googleapis.com/{POOL}"


@pytest.mark.parametrize(
    ("member", "kind"),
    [
        ("serviceAccount:100-compute@developer.gserviceaccount.com", "compute"),
        ("serviceAccount:shop@appspot.gserviceaccount.com", "app_engine"),
        ("serviceAccount:ci@shop.iam.gserviceaccount.com", "none"),
        ("serviceAccount:100-compute@developer.gserviceaccount.com.evil.example", "none"),
        ("user:100-compute@developer.gserviceaccount.com", "none"),
        ("", "none"),
    ],
)
def test_default_accounts(member: str, kind: str) -> None:
    assert default_account(member) == kind


@pytest.mark.parametrize(
    ("member", "how", "pool", "attribute"),
    [
        (f"{SET}/*", "pool", POOL, ""),
        (f"{SET}/attribute.repository/acme/web", "set", POOL, "attribute.repository"),
        (f"{SET}/attribute.ref/*", "set", POOL, "attribute.ref"),
        (f"{SET}/group/admins", "set", POOL, "google.groups"),
        (f"principal://iam.googleapis.com/{POOL}/subject/repo:acme/web", "one", POOL, "google.subject"),
        (
            "principalSet://iam.googleapis.com/locations/global/workforcePools/staff/*",
            "pool",
            "locations/global/workforcePools/staff",
            "",
        ),
        ("principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount", "none", "", ""),
        ("serviceAccount:shop.svc.id.goog[web/web]", "one", "", ""),
        ("serviceAccount:ci@shop.iam.gserviceaccount.com", "none", "", ""),
        ("user:ann@shop.example", "none", "", ""),
    ],
)
def test_members_of_pools(member: str, how: str, pool: str, attribute: str) -> None:
    assert (breadth(member), pool_of(member), attribute_of(member)) == (how, pool, attribute)


@pytest.mark.parametrize(
    ("issuer", "claim", "tells"),
    [
        ("token.actions.githubusercontent.com", "assertion.repository", True),
        ("token.actions.githubusercontent.com", "assertion['repository_owner']", True),
        ("token.actions.githubusercontent.com", "assertion.ref", False),
        ("token.actions.githubusercontent.com", "assertion.ref + '/' + assertion.repository", True),
        ("gitlab.com", "assertion.namespace_id", True),
        ("gitlab.com", "assertion.environment", False),
        ("app.terraform.io", "assertion.terraform_run_phase", False),
        ("issuer.example", "assertion.anything", True),
        ("gitlab.com", "'constant'", True),
    ],
)
def test_claims_that_tell_an_issuers_customers_apart(issuer: str, claim: str, tells: bool) -> None:
    assert names_tenant(issuer, claim) is tells


def test_what_is_a_member_of_a_pool() -> None:
    assert is_federated(f"{SET}/*")
    assert is_federated("serviceAccount:shop.svc.id.goog[web/web]")
    assert not is_federated("arn:aws:iam::111122223333:oidc-provider/gitlab.com")


def test_projects_as_commands_take_them() -> None:
    assert [project_in(scope) for scope in ("projects/shop", "folders/1", "111122223333", "")] == ["shop", "", "", ""]
