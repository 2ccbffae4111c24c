"""Which kinds of record must have been collected completely before something that is missing can be called gone."""

import re
from collections.abc import Iterator, Mapping

from nhi_scan.findings.listing_azure import BESTOWING_ON_AZURE, azure_kinds, is_azures
from nhi_scan.findings.listing_github import BESTOWING_ON_GITHUB, bestowing_on_github, github_kinds, is_githubs
from nhi_scan.findings.listing_kubernetes import BESTOWING_ON_KUBERNETES, kubernetes_kinds
from nhi_scan.inventory.build import Inventory
from nhi_scan.model import github_ids, kube_ids
from nhi_scan.model.arns import service_of
from nhi_scan.model.finding import SubjectKind

# How Google Cloud's members, resources and places begin: no id of AWS does.
_GOOGLE = re.compile(
    r"(serviceAccount|user|group|deleted|domain|principal|principalSet):|(projects|folders|organizations)/|//"
)
# What a sweep by Cloud Asset Inventory lists -> the kinds that list the same of a single project.
_OF_A_PROJECT = {
    "asset-iam-service-account": ("iam-service-accounts",),
    "asset-iam-service-account-key": ("iam-service-account-keys",),
    "asset-iam-role": ("iam-custom-roles",),
    "asset-iam-policies": ("crm-iam-policies", "iam-service-account-policies", "storage-bucket-policies"),
    "asset-apikeys-key": ("apikeys-keys",),
    "asset-cloudresourcemanager-project": ("crm-projects",),
    "asset-cloudresourcemanager-folder": ("crm-folders",),
    "asset-cloudresourcemanager-organization": ("crm-organizations",),
}
# What tells who may do what, by provider: a level of privilege is the least that is known, and falls where less is.
BESTOWING: Mapping[str, tuple[str, ...]] = {
    "aws": ("iam-users", "iam-groups", "iam-roles", "iam-policies"),
    "azure": BESTOWING_ON_AZURE,
    "gcp": (
        "asset-iam-policies",
        "asset-iam-role",
        "asset-iam-service-account",
        "iam-pab-policies",
        "cloudidentity-memberships",
    ),
    "github": BESTOWING_ON_GITHUB,
    "kubernetes": BESTOWING_ON_KUBERNETES,
}
_OWN_NAMES = {"cloudfunctions": "functions"}  # of a service, where a project's own API has another


def listing_kinds(subject: SubjectKind, subject_id: str, inventory: Inventory, scope_id: str) -> tuple[str, ...]:
    """Name the record kinds that must be complete before a subject that is missing can be called gone.

    For what IAM lists they are few and fixed. For any other service: all that was asked of that service in the scope
    or above it; a service that nobody asked yields its own name, which is never covered.

    Args:
        subject: what it is.
        subject_id: its native id.
        inventory: the one that it is missing from.
        scope_id: where it was.
    """
    if _GOOGLE.match(subject_id):
        return tuple(_kinds_of_google(subject, subject_id, inventory, scope_id))
    if is_azures(subject_id):
        return tuple(azure_kinds(subject, subject_id, inventory, scope_id))
    if kube_ids.is_kubernetes(subject_id):
        return tuple(kubernetes_kinds(subject, subject_id, inventory))
    if is_githubs(subject_id):
        return tuple(github_kinds(subject, subject_id))
    service = service_of(subject_id)
    if service == "iam":
        return tuple(_iam_kinds(subject, subject_id))
    return _asked(inventory, scope_id, (f"{service}-",)) or (service or "anything",)


def bestowing(provider: str, subject_id: str) -> tuple[str, ...]:
    """Name the record kinds that tell what a subject may do.

    Args:
        provider: whose it is.
        subject_id: its native id.
    """
    return bestowing_on_github(subject_id) if provider == "github" else BESTOWING.get(provider, ())


def looked_at(scope_id: str, inventory: Inventory) -> str:
    """Name the scope whose coverage tells of what was in a scope: of one that is gone, what it lay in.

    A namespace is gone with its cluster there, a repository with its organization.
    """
    if scope_id in inventory.scopes:
        return scope_id
    if kube_ids.is_kubernetes(scope_id):
        return kube_ids.cluster_of(scope_id)
    return (github_ids.organization_of(scope_id) if is_githubs(scope_id) else "") or scope_id


def _asked(inventory: Inventory, scope_id: str, beginnings: tuple[str, ...]) -> tuple[str, ...]:
    """Name the record kinds with these beginnings that were asked for in a scope or above it, sorted."""
    places = {scope_id, *(scope.id for scope in inventory.scope_chain(scope_id))}
    rows = (row for row in inventory.coverage if row.scope_id in places)
    return tuple(sorted({row.record_kind for row in rows if row.record_kind.startswith(beginnings)}))


def _kinds_of_google(subject: SubjectKind, subject_id: str, inventory: Inventory, scope_id: str) -> Iterator[str]:
    for kind in _swept(subject, subject_id):
        never_asked = inventory.covered(scope_id, kind) is None
        yield from _OF_A_PROJECT.get(kind, (kind,)) if never_asked else (kind,)
    if subject in ("workload", "resource") and subject_id.startswith("//"):
        service = subject_id[2:].partition(".")[0]
        own = _OWN_NAMES.get(service, service)
        yield from _asked(inventory, scope_id, (f"asset-{service}-", f"{own}-")) or (service,)


def _swept(subject: SubjectKind, subject_id: str) -> Iterator[str]:
    """Name what a sweep of the organization finds a subject in."""
    if subject == "identity":
        yield from _identity(subject_id)
    elif subject == "credential":
        keys = "asset-iam-service-account-key" if "/serviceAccounts/" in subject_id else "asset-apikeys-key"
        yield "storage-hmac-keys" if "/hmacKeys/" in subject_id else keys
    elif subject == "trust":
        yield "asset-iam-policies"
    elif subject == "policy":
        if "/roles/" in subject_id:
            yield "asset-iam-role"
        else:
            yield "iam-deny-policies" if "denypolicies" in subject_id else "iam-pab-policies"
    elif subject == "scope":
        yield f"asset-cloudresourcemanager-{subject_id.partition('/')[0].removesuffix('s')}"
    elif subject_id.startswith("group:"):
        yield "cloudidentity-groups"


def _identity(subject_id: str) -> Iterator[str]:
    """Name where an identity is met: every one in policies, accounts in a list, people in groups too."""
    if subject_id.startswith("serviceAccount:"):
        yield "asset-iam-service-account"
    if subject_id.startswith("user:"):
        yield "cloudidentity-memberships"
    yield "asset-iam-policies"


def _iam_kinds(subject: SubjectKind, subject_id: str) -> Iterator[str]:
    resource, _, part = subject_id.split(":", 5)[-1].partition("#")
    kind = resource.partition("/")[0]
    if kind in ("user", "root", "group", "role", "policy", "instance-profile"):
        yield {
            "user": "iam-users",
            "root": "iam-credential-report",
            "group": "iam-groups",
            "role": "iam-roles",
            "policy": "iam-policies",
            "instance-profile": "iam-instance-profiles",
        }[kind]
    if subject == "credential":
        if part.startswith(("access-key", "console-password")) or not part:
            yield "iam-credential-report"
        if not part.startswith(("access-key", "console-password")):
            yield from (
                "iam-server-certificates",
                "iam-service-specific-credentials",
                "iam-signing-certificates",
                "iam-ssh-public-keys",
            )
