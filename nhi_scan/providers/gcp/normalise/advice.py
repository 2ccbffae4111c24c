"""What Google's own analysis found to be unused: Recommender's role recommendations and service account insights.

https://cloud.google.com/policy-intelligence/docs/role-recommendations-overview: a recommendation names a member, a
role that it holds and the roles that would do, from what it used within an observation period of up to 90 days.
https://cloud.google.com/iam/docs/manage-service-account-insights: an insight names a service account that did not
authenticate for 90 days.
"""

from collections.abc import Mapping
from typing import Any

from nhi_scan.model.identity import LastUsed, UnusedAccess
from nhi_scan.providers.gcp.normalise.activity import INSIGHTS
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.source import Source
from nhi_scan.snapshot.values import moment, text, texts, within

RECOMMENDATIONS = "recommender-iam-recommendations"
_RECOMMENDER = "google.iam.policy.Recommender"
_INSIGHT = "google.iam.serviceAccount.Insight"
_DAY = 86_400  # seconds


def read_advice(source: Source, hierarchy: Hierarchy) -> None:
    """All of it that nobody has acted on or dismissed."""
    for scope_id, _, record in source.plain(RECOMMENDATIONS):
        if _open(record):
            found = _recommended(record, hierarchy)
            if found is None:
                source.note(RECOMMENDATIONS, scope_id, "recommendations about nobody or no role")
            else:
                source.records.unused.append(found)
    for scope_id, _, record in source.plain(INSIGHTS):
        if _open(record):
            found = _unused_account(record)
            if found is None:
                source.note(INSIGHTS, scope_id, "insights about nobody")
            else:
                source.records.unused.append(found)


def _open(record: Mapping[str, Any]) -> bool:
    return text(within(record, "stateInfo"), "state") in ("", "ACTIVE")


def _recommended(record: Mapping[str, Any], hierarchy: Hierarchy) -> UnusedAccess | None:
    overview = within(within(record, "content"), "overview")
    name, member, role = text(record, "name"), text(overview, "member"), text(overview, "removedRole")
    if not name or not member or not role:
        return None
    written = overview.get("minimumObservationPeriodInDays")
    return UnusedAccess(
        id=name,
        identity_id=member,
        kind="permission",
        analyzer_id=_RECOMMENDER,
        window_days=int(written) if isinstance(written, str) and written.isdecimal() and len(written) < 6 else None,
        found_at=moment(record.get("lastRefreshTime")),
        policy_id=role,
        place_id=hierarchy.place(text(overview, "resource")),
        suggested=tuple(sorted(set(texts(overview.get("addedRoles"))))),
    )


def _unused_account(record: Mapping[str, Any]) -> UnusedAccess | None:
    content = within(record, "content")
    name, email = text(record, "name"), text(content, "email")
    if not name or not email:
        return None
    at = moment(content.get("lastAuthenticatedTime"))
    seconds = text(record, "observationPeriod").removesuffix("s")
    fields: dict[str, Any] = {"last_used": LastUsed.on(at)} if at else {}
    return UnusedAccess(
        id=name,
        identity_id=f"serviceAccount:{email}",
        kind="identity",
        analyzer_id=_INSIGHT,
        window_days=int(seconds) // _DAY if seconds.isdecimal() and len(seconds) < 12 else None,
        found_at=moment(record.get("lastRefreshTime")),
        **fields,
    )
