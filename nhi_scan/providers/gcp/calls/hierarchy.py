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
HIERARCHY: tuple[Call, ...] = (ORGANIZATIONS, FOLDERS, PROJECTS, PROJECT)
