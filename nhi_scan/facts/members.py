"""Google Cloud's names for principals, as far as facts read them.

https://cloud.google.com/iam/docs/principal-identifiers and https://cloud.google.com/iam/docs/service-account-types
"""

import re
from collections.abc import Mapping

PUBLIC = ("allAuthenticatedUsers", "allUsers")
"""Everybody: https://cloud.google.com/iam/docs/principals-overview."""
FEDERATED = ("principal://", "principalSet://", "serviceAccount:")
"""How a federated member begins; the last is a Kubernetes service account, `serviceAccount:P.svc.id.goog[ns/name]`."""

_DEFAULT_COMPUTE = re.compile(r"serviceAccount:[0-9]+-compute@developer\.gserviceaccount\.com")
_DEFAULT_APP_ENGINE = re.compile(r"serviceAccount:[^@]+@appspot\.gserviceaccount\.com")
_POOL = re.compile(
    r"(?:principal|principalSet)://iam\.googleapis\.com/(.+/(?:workloadIdentityPools|workforcePools)/[^/]+)/"
)
_KUBERNETES_POOL = ".svc.id.goog"

# Attributes of a token that name the customer of an issuer whose tokens anybody can get; what else a token says (a
# branch, an environment, an event) a stranger's token can say as well.
# https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims
# https://docs.gitlab.com/ci/secrets/id_token_authentication/#token-payload
# https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens
_TENANT_CLAIMS: Mapping[str, frozenset[str]] = {
    "token.actions.githubusercontent.com": frozenset(
        {
            "sub",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "job_workflow_ref",
            "workflow_ref",
            "enterprise",
            "enterprise_id",
        }
    ),
    "gitlab.com": frozenset(
        {
            "sub",
            "project_path",
            "project_id",
            "namespace_path",
            "namespace_id",
            "user_id",
            "user_login",
            "user_email",
            "ci_config_ref_uri",
        }
    ),
    "app.terraform.io": frozenset(
        {
            "sub",
            "terraform_organization_id",
            "terraform_organization_name",
            "terraform_project_id",
            "terraform_workspace_id",
            "terraform_full_workspace",
        }
    ),
}


def default_account(member: str) -> str:
    """Tell which default service account a member is: `compute`, `app_engine` or `none`."""
    if _DEFAULT_COMPUTE.fullmatch(member):
        return "compute"
    return "app_engine" if _DEFAULT_APP_ENGINE.fullmatch(member) else "none"


def project_in(scope_id: str) -> str:
    """Return the id of a project as commands take it: `shop` for `projects/shop`; empty for another scope."""
    kind, _, name = scope_id.partition("/")
    return name if kind == "projects" else ""


def is_federated(subject: str) -> bool:
    """Whether a trust's subject is a member of a pool, and no OIDC or SAML provider of its own."""
    return subject.startswith(FEDERATED)


def pool_of(member: str) -> str:
    """Return the name of the pool that a federated member is of: `projects/1/.../workloadIdentityPools/p`; or empty."""
    match = _POOL.match(member)
    return match[1] if match else ""


def breadth(member: str) -> str:
    """Judge how many identities of a pool a member stands for.

    Returns:
        `pool` (all of them), `set` (those with an attribute, a group, a namespace, a cluster), `one`; `none` where it
        is no federated member.
    """
    if member.startswith("principalSet://"):
        pool = pool_of(member)
        return "none" if not pool else "pool" if member.endswith(f"{pool}/*") else "set"
    if member.startswith("principal://"):
        return "one" if pool_of(member) else "none"
    return "one" if member.startswith("serviceAccount:") and f"{_KUBERNETES_POOL}[" in member else "none"


def attribute_of(member: str) -> str:
    """Return the attribute that a set is chosen by: `attribute.repository`, `google.subject`; or empty."""
    tail = member.partition("Pools/")[2].partition("/")[2]
    if tail.startswith("attribute."):
        return tail.partition("/")[0]
    return {"subject": "google.subject", "group": "google.groups"}.get(tail.partition("/")[0], "")


def names_tenant(issuer: str, claim: str) -> bool:
    """Whether a mapped expression of the token (`assertion.repository`) tells the issuer's customers apart.

    What nobody knows about an issuer's claims is believed to: a false alarm would be worse.
    """
    known = _TENANT_CLAIMS.get(issuer.partition("/")[0].lower())
    named = set(re.findall(r"assertion\.([A-Za-z0-9_]+)", claim)) | set(
        re.findall(r"assertion\[['\"]([^'\"]+)['\"]\]", claim)
    )
    return known is None or not named or not known.isdisjoint(named)
