"""What organizations, folders and projects there are, where no inventory says it."""

from typing import Literal

from nhi_scan.providers import Call


def _searched(noun: str) -> Call:
    return Call(
        kind=f"crm-{noun}",
        service=f"{noun}_v3",
        operation=f"search_{noun}",
        params={"page_size": 1000} if noun != "organizations" else {"page_size": 50},
        result=noun,
        permissions=(f"resourcemanager.{noun}.get",),
        scope="organization",
        note="a search gives what the caller may get",
    )


ORGANIZATIONS, FOLDERS, PROJECTS = _searched("organizations"), _searched("folders"), _searched("projects")


def _named(plural: str, scope: Literal["project", "organization"], note: str) -> Call:
    return Call(
        kind=f"crm-{plural}",
        service=f"{plural}_v3",
        operation=f"get_{plural.removesuffix('s')}",
        params={"name": "{scope}"},
        result="@",
        permissions=(f"resourcemanager.{plural}.get",),
        scope=scope,
        note=note,
    )


_ABOVE = "one that was named, or lies above what was named"
PROJECT = _named("projects", "project", "its number, its state and what it lies in")
FOLDER, ORGANIZATION = _named("folders", "organization", _ABOVE), _named("organizations", "organization", _ABOVE)
# Version 3 has no such method. Who may see a project is told all that is above it, whether or not they may see that:
# https://cloud.google.com/resource-manager/reference/rest/v1/projects/getAncestry
ANCESTRY = Call(
    kind="crm-ancestries",
    service="cloudresourcemanager:v1",
    operation="cloudresourcemanager.projects.getAncestry",
    params={"projectId": "{project}"},
    keep=("resource",),
    result="@",
    permissions=("resourcemanager.projects.get",),
    scope="project",
    note="what lies above it",
)
HIERARCHY: tuple[Call, ...] = (ORGANIZATIONS, FOLDERS, PROJECTS, PROJECT, FOLDER, ORGANIZATION, ANCESTRY)
