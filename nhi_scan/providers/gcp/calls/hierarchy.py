"""What organizations, folders and projects there are, where no inventory says it."""

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

PROJECT = Call(
    kind="crm-projects",
    service="projects_v3",
    operation="get_project",
    params={"name": "{scope}"},
    result="@",
    permissions=("resourcemanager.projects.get",),
    scope="project",
    note="its number, its state and what it lies in",
)
FOLDER = Call(
    kind="crm-folders",
    service="folders_v3",
    operation="get_folder",
    params={"name": "{scope}"},
    result="@",
    permissions=("resourcemanager.folders.get",),
    scope="organization",
    note="one that was named, or lies above what was named",
)
ORGANIZATION = Call(
    kind="crm-organizations",
    service="organizations_v3",
    operation="get_organization",
    params={"name": "{scope}"},
    result="@",
    permissions=("resourcemanager.organizations.get",),
    scope="organization",
    note="one that was named, or lies above what was named",
)
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
