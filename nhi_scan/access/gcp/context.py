"""What is known of a request before it is made, and what somebody who asks states about it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from nhi_scan.access.engine import Keys
from nhi_scan.access.gcp.conditions import Known
from nhi_scan.access.gcp.conditions.moments import timestamp
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Identity

_SUBJECTS = {"serviceAccount:": "iam.googleapis.com/ServiceAccount", "user:": "iam.googleapis.com/WorkspaceIdentity"}
_POOLS = {
    "/workloadIdentityPools/": "iam.googleapis.com/WorkloadPoolIdentity",
    "/workforcePools/": "iam.googleapis.com/WorkforcePoolIdentity",
}


def principal_attributes(identity: Identity) -> Mapping[str, str]:
    """Return what conditions of a principal access boundary's binding see of a principal.

    https://cloud.google.com/iam/docs/conditions-attribute-reference#principal
    """
    if identity.kind == "federated_principal":
        kind = next((kind for part, kind in _POOLS.items() if part in identity.id), "")
        subject = identity.id.partition("/subject/")[2] if identity.id.startswith("principal://") else ""
        found = {"principal.type": kind, "principal.subject": subject}
        return {name: value for name, value in found.items() if value}
    for prefix, kind in _SUBJECTS.items():
        if identity.id.startswith(prefix):
            return {"principal.type": kind, "principal.subject": identity.id.removeprefix(prefix)}
    return {}


def stated(known: Known, context: Keys) -> Known:
    """Add what somebody states, by the names that conditions use.

    `resource.name`, `resource.type`, `resource.service`, `request.time` (RFC 3339), `resource.tags` (pairs such as
    `123/env=prod`, all there are), and any other attribute; several values of one are joined by commas.

    Raises:
        UserError: a time or a tag cannot be read.
    """
    values = {key: value if isinstance(value, str) else ",".join(value) for key, value in context.items()}
    now, tags = known.now, known.tags
    if "request.time" in values:
        read = timestamp(values["request.time"])
        now = read if isinstance(read, datetime) else None
        if now is None:
            raise UserError(f"`{values['request.time']}` is no time such as `2026-01-01T00:00:00Z` (in the context)")
    if "resource.tags" in values:
        tags = _tags(values["resource.tags"])
    return replace(
        known,
        resource_name=values.get("resource.name", known.resource_name),
        resource_type=values.get("resource.type", known.resource_type),
        resource_service=values.get("resource.service", known.resource_service),
        now=now,
        tags=tags,
        extra={**known.extra, **values},
    )


def _tags(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, text.split(",")):
        key, equals, value = pair.partition("=")
        if not equals:
            raise UserError(f"`{pair}` is no tag such as `123/env=prod` (in the context)")
        found[key] = value
    return found
