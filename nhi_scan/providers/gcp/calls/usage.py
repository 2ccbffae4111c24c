"""What only each project can be asked: a request for every project, so only with `--usage`."""

from nhi_scan.providers import Call

PROJECT_ONLY: tuple[Call, ...] = (
    Call(
        kind="recommender-iam-recommendations",
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
