"""What Google saw of keys and accounts, and what it recommends: Policy Analyzer and Recommender.

https://cloud.google.com/policy-intelligence/docs/reference/policyanalyzer/rest,
https://cloud.google.com/recommender/docs/reference/rest
"""

from typing import Any

from nhi_scan.demo.gcp import records
from nhi_scan.demo.gcp.asking import Answer, Asked, answers
from nhi_scan.demo.gcp.errors import invalid
from nhi_scan.demo.gcp.paging import Listing

_PERMISSIONS = {
    "serviceAccountLastAuthentication": "policyanalyzer.serviceAccountLastAuthenticationActivities.query",
    "serviceAccountKeyLastAuthentication": "policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query",
}
_KINDS = ("organizations", "folders", "projects")
_LISTED = {
    "google.iam.policy.Recommender": "recommender.iamPolicyRecommendations.list",
    "google.iam.serviceAccount.Insight": "recommender.iamServiceAccountInsights.list",
    "google.iam.policy.Insight": "recommender.iamPolicyInsights.list",
    "google.iam.policy.LateralMovementInsight": "recommender.iamPolicyLateralMovementInsights.list",
}


@answers(*(f"policyanalyzer.{kind}.locations.activityTypes.activities.query" for kind in _KINDS))
def query(asked: Asked) -> Answer:
    """List when accounts or keys last authenticated; what never did has no activity."""
    kind = asked.one("parent").rpartition("/")[2]
    if kind not in _PERMISSIONS:
        raise invalid(f"Unsupported activity type: {kind}")
    scope = asked.permit(_PERMISSIONS[kind], "parent")
    world, inside = asked.world, asked.world.under(scope)

    def rows() -> list[Any]:
        accounts = [one for one in world.estate.accounts if one.project in inside]
        if kind == "serviceAccountLastAuthentication":
            return [(one, None) for one in accounts if one.used is not None]
        return [(one, key) for one in accounts for key in one.keys if key.used is not None]

    return Listing(
        key="activities",
        rows=world.remember((asked.method, scope, kind), rows),
        build=lambda row: records.activity(world, *row),
    )


@answers(*(f"recommender.{kind}.locations.recommenders.recommendations.list" for kind in _KINDS))
def list_recommendations(asked: Asked) -> Answer:
    """List the active recommendations about a scope itself."""
    return Listing(key="recommendations", rows=_advice(asked))


@answers(*(f"recommender.{kind}.locations.insightTypes.insights.list" for kind in _KINDS))
def list_insights(asked: Asked) -> Answer:
    """List the insights about a scope itself."""
    return Listing(key="insights", rows=_advice(asked))


def _advice(asked: Asked) -> list[dict[str, Any]]:
    source, parent = asked.one("parent").rpartition("/")[2], asked.one("parent")
    if source not in _LISTED:
        raise invalid(f"{source} is not served here")
    scope = asked.permit(_LISTED[source], "parent")
    kind = "insights" if "/insightTypes/" in parent else "recommendations"
    return [
        {
            "name": f"{asked.world.numbered(scope)}/locations/global/{parent.split('/')[4]}/{source}/{kind}/{one.id}",
            "lastRefreshTime": asked.world.ago(one.days),
            "etag": '"demo"',
            "stateInfo": {"state": "ACTIVE"},
            **one.data,
        }
        for one in asked.world.estate.recommendations
        if one.place == scope and one.source == source
    ]
