"""What an import has and lacks, as coverage: without it nothing could be said to be absent.

A part that the import lacks counts as incomplete, or a pipeline that demands complete coverage would pass on an
export of nothing.
"""

from collections.abc import Collection, Iterator

from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.providers.gcp.import_records import POLICIES, PREDEFINED
from nhi_scan.providers.gcp.kinds import ASSET_TYPES, asset_kind

Row = tuple[str, CoverageStatus, str]  # kind, status, detail

_EXPORT = "gcloud asset export --content-type={} --organization=N --output-path=gs://BUCKET/FILE"
ROLES = (
    'curl -H "Authorization: Bearer $(gcloud auth print-access-token)"'
    ' "https://iam.googleapis.com/v1/roles?view=FULL&pageSize=1000"'
)

# Without these the analysis says little: a command for each.
_NEEDED = {
    POLICIES: _EXPORT.format("iam-policy"),
    "iam-deny-policies": "gcloud iam policies get NAME --attachment-point=POINT --kind=denypolicies --format=json",
    "iam-pab-policies": "gcloud iam principal-access-boundary-policies list --organization=N"
    " --location=global --format=json",
    "iam-pab-bindings": "gcloud iam policy-bindings list --organization=N --location=global --format=json",
    "iam-workload-identity-pools": "gcloud iam workload-identity-pools list --location=global --format=json",
    "iam-workload-identity-pool-providers": "gcloud iam workload-identity-pools providers list"
    " --workload-identity-pool=POOL --location=global --format=json",
    "cloudidentity-groups": "gcloud identity groups search --organization=N --labels=cloudidentity.googleapis.com/"
    "groups.discussion_forum --format=json",
    "cloudidentity-memberships": "gcloud identity groups memberships list --group-email=EMAIL --format=json",
}
# What a collector is only asked for with `--usage`, or what few have: no gap.
_EXTRA = (
    "policyanalyzer-service-account-activities",
    "policyanalyzer-key-activities",
    "recommender-iam-recommendations",
    "recommender-service-account-insights",
    "storage-hmac-keys",
    "iam-workforce-pools",
    "iam-workforce-pool-providers",
)
# Types of which every organization has some: that there is none says that they were not asked for.
_ALWAYS = (
    "cloudresourcemanager.googleapis.com/Project",
    "iam.googleapis.com/ServiceAccount",
    "iam.googleapis.com/ServiceAccountKey",
)
# What says the same in another form.
_INSTEAD = {
    "asset-cloudresourcemanager-project": "crm-projects",
    "asset-iam-service-account": "iam-service-accounts",
    "asset-iam-service-account-key": "iam-service-account-keys",
    "asset-iam-role": "iam-custom-roles",
    "asset-apikeys-key": "apikeys-keys",
    "asset-orgpolicy-policy": "asset-org-policies",
    "iam-workload-identity-pools": "asset-iam-workload-identity-pool",
    "iam-workload-identity-pool-providers": "asset-iam-workload-identity-pool-provider",
    POLICIES: "crm-iam-policies",
}


def lacks(given: Collection[str], *, unfiltered: bool) -> Iterator[Row]:
    """What the import of one root has no records of.

    Args:
        given: kinds that it has, under this root or below it.
        unfiltered: whether the export holds types that nobody here asks for, so that it was of all types.
    """
    for asset_type in ASSET_TYPES:
        kind = asset_kind(asset_type)
        if kind not in given and _INSTEAD.get(kind) not in given:
            yield (kind, *_absent(asset_type, unfiltered=unfiltered))
    for kind, command in _NEEDED.items():
        instead = _INSTEAD.get(kind, "")
        listed = unfiltered and instead.startswith("asset-")  # the inventory says the same, if only that there is none
        if kind not in given and instead not in given and not listed:
            yield kind, CoverageStatus.FAILED, f"not in the import: add what `{command}` writes"
    for kind in _EXTRA:
        if kind not in given:
            yield kind, CoverageStatus.SKIPPED, "not in the import"


def _absent(asset_type: str, *, unfiltered: bool) -> tuple[CoverageStatus, str]:
    if asset_type in _ALWAYS:
        return CoverageStatus.FAILED, f"not in the import: add what `{_EXPORT.format('resource')}` writes"
    if unfiltered:
        return CoverageStatus.COMPLETE, ""
    detail = f"no `{asset_type}` in the import; whether it was asked for is not known"
    return CoverageStatus.SKIPPED, detail


def roles_row(named: Collection[str], known: Collection[str], bare: int) -> Row:
    """How far the predefined roles got.

    Args:
        named: predefined roles that bindings name.
        known: those that the import has, with their permissions.
        bare: how many came without permissions, as `gcloud iam roles list` prints them.
    """
    missing = sorted(role for role in named if role not in known)
    if not missing and known:
        return PREDEFINED, CoverageStatus.COMPLETE, ""
    said = f"roles that bindings name and that are not in the import: {len(missing)}"
    first = f", the first `{missing[0]}`" if missing else ""
    without = f"; roles without their permissions: {bare}" if bare else ""
    status = CoverageStatus.PARTIAL if known else CoverageStatus.FAILED
    return PREDEFINED, status, f"{said}{first}{without}; add what `{ROLES}` writes"
