"""What each scope has to be asked by itself: a request for every project, so only with `--usage`.

Recommendations are about the bindings of one scope, and folders and organizations have them as well:
https://cloud.google.com/policy-intelligence/docs/review-apply-role-recommendations.
"""

from nhi_scan.providers import Call

RECOMMENDATIONS = "recommender-iam-recommendations"

PROJECT_ONLY: tuple[Call, ...] = (
    Call(
        kind=RECOMMENDATIONS,
        service="recommender_v1",
        operation="list_recommendations",
        params={"parent": "{scope}/locations/global/recommenders/google.iam.policy.Recommender", "page_size": 1000},
        result="recommendations",
        permissions=("recommender.iamPolicyRecommendations.list",),
        scope="project",
        when="usage",
    ),
    Call(
        kind="recommender-service-account-insights",
        service="recommender_v1",
        operation="list_insights",
        params={"parent": "{scope}/locations/global/insightTypes/google.iam.serviceAccount.Insight", "page_size": 1000},
        result="insights",
        permissions=("recommender.iamServiceAccountInsights.list",),
        scope="project",
        when="usage",
    ),
    Call(
        kind="storage-hmac-keys",
        service="storage:v1",
        operation="storage.projects.hmacKeys.list",
        params={"projectId": "{project}", "maxResults": 250},
        result="items",
        permissions=("storage.hmacKeys.list",),
        scope="project",
        when="usage",
        note="Cloud Asset Inventory does not list HMAC keys; their secrets are shown once, when they are made",
    ),
)
