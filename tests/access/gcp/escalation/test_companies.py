"""What companies have everywhere, and what is said of it: an alarm about one of these is one too many."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nhi_scan.access.gcp.privilege import Report
from nhi_scan.access.gcp.summarise import Access

Judge = Callable[[Mapping[str, Any]], tuple[Report, Access, Callable[[str], str]]]
FULL = "https://www.googleapis.com/auth/cloud-platform"
NOTHING = "no way to more was found"
SECRET = "//secretmanager.googleapis.com/projects/app/secrets/s"
RUN_ADMIN = [
    "run.jobs.create",
    "run.jobs.run",
    "run.jobs.runWithOverrides",
    "run.jobs.setIamPolicy",
    "run.jobs.update",
    "run.services.create",
    "run.services.setIamPolicy",
    "run.services.update",
]
DEVELOPER = ["container.deployments.create", "container.pods.create", "container.pods.exec"]
BUILDS = {"runtime": {}}
ESTATES: dict[str, tuple[dict[str, Any], str, str]] = {
    "who only looks": (
        {"own": ["compute.instances.list", "container.pods.get", "resourcemanager.projects.get"]},
        "ordinary",
        NOTHING,
    ),
    "who writes logs": ({"own": ["logging.logEntries.create", "monitoring.timeSeries.create"]}, "ordinary", NOTHING),
    "what signs its own addresses": (
        {"at": "attacker", "own": ["iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.signBlob"]},
        "ordinary",
        NOTHING,
    ),
    "a pipeline that deploys as one account": (
        {
            "accounts": BUILDS,
            "workloads": {"site": {"kind": "cloud_run_service", "runs_as": ["runtime"]}},
            "own": RUN_ADMIN,
            "acting": {"may": ["iam.serviceAccounts.actAs"], "at": "runtime"},
        },
        "ordinary",
        NOTHING,
    ),
    "the same where a job runs as somebody else": (
        {
            "accounts": BUILDS,
            "workloads": {"nightly": {"kind": "cloud_run_job"}},
            "own": RUN_ADMIN,
            "acting": {"may": ["iam.serviceAccounts.actAs"], "at": "runtime"},
        },
        "can_become_administrator",
        "in 2 steps, beginning with: run a Cloud Run job with other arguments",
    ),
    "who pushes images": ({"own": ["artifactregistry.repositories.uploadArtifacts"]}, "ordinary", NOTHING),
    "who calls services": (
        {"workloads": {"site": {"kind": "cloud_run_service"}}, "own": ["run.jobs.run", "run.routes.invoke"]},
        "ordinary",
        NOTHING,
    ),
    "who is let through by an ID token": (
        {"at": "boss", "own": ["iam.serviceAccounts.getOpenIdToken"]},
        "ordinary",
        NOTHING,
    ),
    "a node of Autopilot": (
        {
            "workloads": {"c": {"kind": "gke_cluster", "runs_as": ["attacker"], "attributes": {"autopilot": "true"}}},
            "own": ["autoscaling.sites.writeMetrics", "logging.logEntries.create"],
        },
        "ordinary",
        NOTHING,
    ),
    "a developer on Autopilot": (
        {
            "workloads": {"c": {"kind": "gke_cluster", "attributes": {"autopilot": "true", "access_scopes": FULL}}},
            "own": DEVELOPER,
        },
        "ordinary",
        NOTHING,
    ),
    "a developer on a cluster whose nodes are strong": (
        {"workloads": {"c": {"kind": "gke_cluster", "attributes": {"access_scopes": FULL}}}, "own": DEVELOPER},
        "can_become_administrator",
        "in 2 steps, beginning with: run a pod in a cluster",
    ),
    "what reads its secret": (
        {"resources": {SECRET: "secret"}, "at": SECRET, "own": ["secretmanager.versions.access"]},
        "reaches_sensitive",
        "may secretmanager.versions.access on what is sensitive",
    ),
    "terraform that owns its project": (
        {"own": ["iam.serviceAccounts.actAs", "resourcemanager.projects.setIamPolicy", "run.services.create"]},
        "administrator",
        "it may set the IAM policy of `projects/app`",
    ),
}


@pytest.mark.parametrize(("estate", "level", "reason"), list(ESTATES.values()), ids=list(ESTATES))
def test_what_is_said_of_it(judge_world: Judge, estate: dict[str, Any], level: str, reason: str) -> None:
    grants = {"own": {"may": estate["own"], "at": estate.get("at", "projects/app")}}
    if "acting" in estate:
        grants["acting"] = estate["acting"]
    report, _, id_of = judge_world({**estate, "grants": grants})
    found = report.privileges[id_of("attacker")]
    assert (found.level, found.reason, found.conditional) == (level, reason, False)
