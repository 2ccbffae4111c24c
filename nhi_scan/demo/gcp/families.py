"""Families of clean service accounts: a line of data becomes an account, its workload and its pipeline everywhere."""

from collections.abc import Mapping
from typing import Any

from nhi_scan.demo.gcp.draft import Draft
from nhi_scan.demo.gcp.estate import Project
from nhi_scan.demo.wording import fill


def add_services(draft: Draft, content: Mapping[str, Any]) -> None:
    """Add an account, a workload and what they use per component, and a pipeline per service, in each project."""
    for environment in content["environments"]:
        for domain, services in content["domains"].items():
            project = draft.projects[f"{domain}-{environment}"]
            emails = [
                email for service in services for email in _add_service(draft, project, service, content["deploy"])
            ]
            members = [f"serviceAccount:{email}" for email in emails]
            for role in content["everywhere"]:
                draft.grant(project.id, role, *members)
    for project in draft.projects.values():
        for agent in fill(content["agents"], {"number": project.number}):
            draft.grant(project.id, agent["role"], agent["member"])


def _add_service(draft: Draft, project: Project, service: Mapping[str, Any], deploy: Mapping[str, Any]) -> list[str]:
    """Add a service of one environment; the emails of the accounts that its components run as."""
    name, short = service["name"], project.id.partition("/")[2]
    labels = {"service": name, **{key: project.labels[key] for key in ("owner",)}}
    bucket = draft.hold("bucket", f"{short}-{name}", project, labels=labels)
    secret = draft.hold("secret", name, project, labels=labels)
    emails = []
    for component, kind in service["components"].items():
        email = draft.account(project, f"{name}-{component}", f"Runs {component} of {name}")
        draft.grant(bucket.name, "roles/storage.objectUser", f"serviceAccount:{email}")
        draft.grant(secret.name, "roles/secretmanager.secretAccessor", f"serviceAccount:{email}")
        draft.hold(kind, f"{name}-{component}", project, email, labels=labels)
        emails.append(email)
    pipeline = draft.account(project, f"{name}-deploy", f"Pipeline of {name}")
    draft.grant(
        f"serviceAccount:{pipeline}", "roles/iam.workloadIdentityUser", fill(deploy["members"], {"service": name})
    )
    for role in deploy["project"]:
        draft.grant(project.id, role, f"serviceAccount:{pipeline}")
    for email in emails:
        draft.grant(f"serviceAccount:{email}", deploy["components"], f"serviceAccount:{pipeline}")
    return emails
