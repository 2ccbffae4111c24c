"""Names: of agents, of places, of projects by number and by id."""

import pytest

from nhi_scan.providers.gcp.normalise.agents import is_service_agent, number_in
from nhi_scan.providers.gcp.normalise.expiry import expiry_of
from nhi_scan.providers.gcp.normalise.hierarchy import Hierarchy
from nhi_scan.providers.gcp.normalise.resource_kinds import kind_of
from nhi_scan.providers.gcp.policy import cel

CRM = "//cloudresourcemanager.googleapis.com/"


@pytest.mark.parametrize(
    "email",
    [
        "service-1@gcp-sa-pubsub.iam.gserviceaccount.com",
        "service-1@gcp-sa-anything-new.iam.gserviceaccount.com",
        "service-1@compute-system.iam.gserviceaccount.com",
        "service-1@container-engine-robot.iam.gserviceaccount.com",
        "service-1@serverless-robot-prod.iam.gserviceaccount.com",
        "service-1@gcf-admin-robot.iam.gserviceaccount.com",
        "service-1@cloudcomposer-accounts.iam.gserviceaccount.com",
        "service-1@dataflow-service-producer-prod.iam.gserviceaccount.com",
        "service-1@dataproc-accounts.iam.gserviceaccount.com",
        "service-1@firebase-rules.iam.gserviceaccount.com",
        "service-1@gs-project-accounts.iam.gserviceaccount.com",
        "service-1@gae-api-prod.google.com.iam.gserviceaccount.com",
        "service-1@containerregistry.iam.gserviceaccount.com",
        "1@cloudservices.gserviceaccount.com",
    ],
)
def test_service_agents(email: str) -> None:
    assert is_service_agent(email)
    assert number_in(email) == "1"


@pytest.mark.parametrize(
    "email",
    [
        "app@my-app.iam.gserviceaccount.com",
        "1-compute@developer.gserviceaccount.com",
        "my-app@appspot.gserviceaccount.com",
        "1@cloudbuild.gserviceaccount.com",
        "gcp-sa-x@my-app.iam.gserviceaccount.com",
        "service-1@my-gcp-sa-app.iam.gserviceaccount.com",
        "service-1@gcp-sa-pubsub.iam.gserviceaccount.com.evil.example",
        "gcp-sa-pubsub.iam.gserviceaccount.com",
        "",
    ],
)
def test_what_is_no_service_agent(email: str) -> None:
    assert not is_service_agent(email)


@pytest.fixture
def hierarchy() -> Hierarchy:
    made = Hierarchy()
    made.add({"projectId": "my-app", "projectNumber": "100"})
    made.accounts["7"] = "serviceAccount:a@my-app.iam.gserviceaccount.com"
    return made


@pytest.mark.parametrize(
    ("name", "place"),
    [
        (f"{CRM}projects/100", "projects/my-app"),
        (f"{CRM}projects/my-app", "projects/my-app"),
        (f"{CRM}projects/200", "projects/200"),
        (f"{CRM}folders/100", "folders/100"),
        (f"{CRM}organizations/1", "organizations/1"),
        (f"{CRM}tagKeys/1", f"{CRM}tagKeys/1"),
        ("//iam.googleapis.com/projects/my-app/serviceAccounts/7", "serviceAccount:a@my-app.iam.gserviceaccount.com"),
        ("//iam.googleapis.com/projects/-/serviceAccounts/b@c", "serviceAccount:b@c"),
        (
            "//iam.googleapis.com/projects/100/serviceAccounts/8",
            "//iam.googleapis.com/projects/my-app/serviceAccounts/8",
        ),
        (
            "//iam.googleapis.com/projects/100/serviceAccounts/7/keys/k",
            "//iam.googleapis.com/projects/my-app/serviceAccounts/7/keys/k",
        ),
        ("//x.googleapis.com/projects/100/secrets/100", "//x.googleapis.com/projects/my-app/secrets/100"),
        ("//x.googleapis.com/projects/1000/a", "//x.googleapis.com/projects/1000/a"),
        ("//x.googleapis.com/projects/100", "//x.googleapis.com/projects/my-app"),
        ("//storage.googleapis.com/100", "//storage.googleapis.com/100"),
        ("", ""),
    ],
)
def test_places(hierarchy: Hierarchy, name: str, place: str) -> None:
    assert hierarchy.place(name) == place


@pytest.mark.parametrize(
    ("name", "project"),
    [
        ("projects/100/locations/global/keys/k", "projects/my-app"),
        ("//x.googleapis.com/projects/my-app/a", "projects/my-app"),
        ("//x.googleapis.com/myprojects/100/a", ""),
        ("projects/-/serviceAccounts/a", ""),
        ("projects/", ""),
        ("folders/1", ""),
    ],
)
def test_the_project_in_a_name(hierarchy: Hierarchy, name: str, project: str) -> None:
    assert hierarchy.project_in(name) == project


@pytest.mark.parametrize(
    ("expression", "at"),
    [
        ('request.time < timestamp("2026-01-02T03:04:05Z")', "2026-01-02T03:04:05+00:00"),
        ("request.time<=timestamp('2026-01-02T03:04:05+02:00')", "2026-01-02T01:04:05+00:00"),
        ('request.time > timestamp("2026-01-02T03:04:05Z")', "None"),
        ('request.time < timestamp("2026-01-02T03:04:05Z") || true', "None"),
        ('request.time < timestamp("never")', "None"),
        ("", "None"),
    ],
)
def test_when_a_condition_ends(expression: str, at: str) -> None:
    found = expiry_of(cel(expression))
    assert (found.isoformat() if found else "None") == at


@pytest.mark.parametrize(
    ("asset_type", "name", "kind"),
    [
        ("storage.googleapis.com/Bucket", "", "storage_bucket"),
        ("pubsub.googleapis.com/Topic", "", "pubsub_topic"),
        ("iap.googleapis.com/WebService", "", "iap_web_service"),
        ("nonsense", "", "nonsense_"),
        ("", "//secretmanager.googleapis.com/projects/p/secrets/s", "secret"),
        ("", "//new.googleapis.com/x", "resource"),
    ],
)
def test_kinds_of_resources(asset_type: str, name: str, kind: str) -> None:
    assert kind_of(asset_type, name) == kind
