"""Which permissions a principal access boundary blocks, by the version of its enforcement.

Each version blocks what those before it do, and more
(https://cloud.google.com/iam/docs/pab-blocked-permissions). The lists here are parts of Google's: which version blocks
a permission that is on none of them, nothing here can tell. `latest` is Google's default version of the day, which
blocks no more than any other does: some permissions, not all. It is at least the newest one that is listed here.
"""

from functools import lru_cache

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.permissions import covers

LATEST = "latest"
_ADDED: dict[int, tuple[str, ...]] = {
    1: ("accessapproval.googleapis.com/serviceAccounts.get",),
    2: (
        "accesscontextmanager.googleapis.com/*",
        "beyondcorp.googleapis.com/*",
        "billing.googleapis.com/budgets.*",
        "bigquery.googleapis.com/datasets.*",
        "bigquery.googleapis.com/jobs.*",
        "bigquery.googleapis.com/models.*",
        "bigquery.googleapis.com/routines.*",
        "bigquery.googleapis.com/rowAccessPolicies.*",
        "bigquery.googleapis.com/tables.*",
        "bigquerydatapolicy.googleapis.com/*",
        "bigquerydatatransfer.googleapis.com/transfers.*",
        "cloudasset.googleapis.com/*",
        "cloudbuild.googleapis.com/*",
        "containeranalysis.googleapis.com/*",
        "meshconfig.googleapis.com/*",
        "monitoring.googleapis.com/*",
        # https://cloud.google.com/iam/docs/principal-access-boundary-policies-use-cases shows that these are blocked.
        "storage.googleapis.com/buckets.*",
        "storage.googleapis.com/objects.*",
    ),
    3: (
        "essentialcontacts.googleapis.com/contacts.*",
        "iam.googleapis.com/denypolicies.*",
        "iam.googleapis.com/roles.*",
        "iam.googleapis.com/serviceAccountKeys.*",
        "iam.googleapis.com/serviceAccounts.*",
    ),
}
_NEWEST = str(max(_ADDED))
_EXCEPTED = (
    "iam.googleapis.com/serviceAccounts.createTagBinding",
    "iam.googleapis.com/serviceAccounts.deleteTagBinding",
    "iam.googleapis.com/serviceAccounts.getCertificateAs",
    "iam.googleapis.com/serviceAccounts.listEffectiveTags",
    "iam.googleapis.com/serviceAccounts.listTagBindings",
    "monitoring.googleapis.com/metricsScopes.link",
    "monitoring.googleapis.com/timeSeries.list",
)


@lru_cache(maxsize=1 << 16)
def blocks(version: str, permission: str) -> Truth:
    """Say whether boundaries of a version of enforcement block a permission.

    Args:
        version: `1`, `2`, ... or `latest`; anything else is a version of which nothing is known.
        permission: as a role has it.
    """
    if version == LATEST:
        return blocks(_NEWEST, permission) or None  # a newer one may have become the default
    if not (version.isascii() and version.isdigit() and len(version) < 4):
        return None
    if any(covers(one, permission) for one in _EXCEPTED):
        return None if int(version) > max(_ADDED) else False
    for added, patterns in _ADDED.items():
        if any(covers(one, permission) for one in patterns):
            return added <= int(version)
    return None
