"""When identities last used a service or an action, as IAM recorded it.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html: only services that the
principal is allowed to use are listed, and one without a date was not used within the tracking period of 400 days
(https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from nhi_scan.model.identity import NEVER_USED, LastUsed, Usage
from nhi_scan.providers.aws.normalise.source import Source
from nhi_scan.providers.aws.normalise.values import moment, objects, text

TRACKING_PERIOD = timedelta(days=400)


def read_usage(source: Source) -> None:
    """`iam-service-last-accessed`. A report that was not finished says nothing."""
    since = source.captured_at - TRACKING_PERIOD
    for envelope, record in source.plain("iam-service-last-accessed"):
        identity_id = envelope.of.get("Arn")
        if isinstance(identity_id, str) and text(record, "JobStatus") == "COMPLETED":
            for service in objects(record, "ServicesLastAccessed"):
                source.records.usage += _of_service(identity_id, service, since)


def _of_service(identity_id: str, service: Mapping[str, Any], since: datetime) -> Iterator[Usage]:
    namespace = text(service, "ServiceNamespace")
    if not namespace:
        return
    used = _last(service.get("LastAuthenticated"), namespace, text(service, "LastAuthenticatedRegion"))
    yield Usage(identity_id=identity_id, service=namespace, last_used=used, tracked_since=since)
    for action in objects(service, "TrackedActionsLastAccessed"):
        name = text(action, "ActionName")
        if name:
            yield Usage(
                identity_id=identity_id,
                service=namespace,
                action=f"{namespace}:{name}",
                last_used=_last(action.get("LastAccessedTime"), namespace, text(action, "LastAccessedRegion")),
                tracked_since=since,
            )


def _last(when: object, service: str, region: str) -> LastUsed:
    at = moment(when)
    return LastUsed.on(at, service, region or None) if at else NEVER_USED
