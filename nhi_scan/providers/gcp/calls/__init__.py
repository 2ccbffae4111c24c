"""Every call that the collector makes, as data: sweeps of an organization, what they lack, and the way by project."""

from nhi_scan.providers import Call
from nhi_scan.providers.gcp.calls.identities import PROJECT_IDENTITIES
from nhi_scan.providers.gcp.calls.located import LOCATED, LOCATIONS
from nhi_scan.providers.gcp.calls.organization import DENY, GROUPS, ORGANIZATION
from nhi_scan.providers.gcp.calls.policies import PROJECT_POLICIES
from nhi_scan.providers.gcp.calls.sweep import ASSETS, SEARCH
from nhi_scan.providers.gcp.calls.usage import PROJECT_ONLY, RECOMMENDATIONS
from nhi_scan.providers.gcp.calls.workloads import WHOLE

PROJECT_WORKLOADS: tuple[Call, ...] = (*WHOLE, *LOCATIONS, *LOCATED)

CALLS: tuple[Call, ...] = (
    *ASSETS,
    *SEARCH,
    *ORGANIZATION,
    *DENY,
    *GROUPS,
    *PROJECT_ONLY,
    *PROJECT_IDENTITIES,
    *PROJECT_WORKLOADS,
    *PROJECT_POLICIES,
)

__all__ = [
    "ASSETS",
    "CALLS",
    "DENY",
    "GROUPS",
    "LOCATIONS",
    "ORGANIZATION",
    "PROJECT_IDENTITIES",
    "PROJECT_ONLY",
    "PROJECT_POLICIES",
    "PROJECT_WORKLOADS",
    "RECOMMENDATIONS",
    "SEARCH",
]
