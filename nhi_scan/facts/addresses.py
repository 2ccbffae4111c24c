"""What commands of Google Cloud need beside a name: where a thing lies, and how the audit log tells of it."""

import json
import re

from nhi_scan.facts.estate import Estate
from nhi_scan.facts.registry import fact

_PLACE = re.compile(r"/(locations|keyRings)/([^/]+)")


@fact("resource", "text")
def resource_location(estate: Estate) -> list[str]:
    """The location of Google Cloud that its id tells: `europe-west1`; empty for none."""
    return [dict(_PLACE.findall(resource.id)).get("locations", "") for resource in estate.resources]


@fact("resource", "text")
def resource_key_ring(estate: Estate) -> list[str]:
    """The key ring that an encryption key of Google Cloud is in; empty for anything else."""
    return [dict(_PLACE.findall(resource.id)).get("keyRings", "") for resource in estate.resources]


@fact("credential", "text")
def credential_log_filter(estate: Estate) -> list[str]:
    """What finds the calls that were signed with a service account key in Google Cloud's audit logs.

    https://cloud.google.com/iam/docs/audit-logging/examples-service-accounts
    """
    return [_equals("serviceAccountKeyName", f"//iam.googleapis.com/{row.id}") for row in estate.credentials]


def _equals(field: str, value: str) -> str:
    return f"protoPayload.authenticationInfo.{field}={json.dumps(value)}"
