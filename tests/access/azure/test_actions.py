import pytest

from nhi_scan.access.azure.actions import Planes, covers, narrowed, planes_of_policy
from nhi_scan.inventory.build import build
from nhi_scan.model.policy import Effect, Policy, Statement
from nhi_scan.model.records import Records

APPS = "microsoft.directory/applications"
GROUPS = "microsoft.directory/groups"


@pytest.mark.parametrize(
    ("pattern", "action", "does"),
    [
        ("*", "Microsoft.Compute/virtualMachines/write", True),
        ("*/read", "Microsoft.Compute/virtualMachines/read", True),
        ("*/read", "Microsoft.Compute/virtualMachines/readers/write", False),
        ("Microsoft.Compute/*", "microsoft.compute/a/b/c/action", True),
        ("Microsoft.Compute/*", "Microsoft.ComputeSchedule/a/read", False),
        ("Microsoft.*/virtualMachines/*/Action", "Microsoft.Compute/virtualMachines/start/action", True),
        ("Microsoft.Compute/virtualMachines/write", "MICROSOFT.COMPUTE/virtualmachines/WRITE", True),
        ("Microsoft.Compute/virtualMachine?/write", "Microsoft.Compute/virtualMachines/write", False),
        ("Microsoft.Compute/virtualMachine?/*", "Microsoft.Compute/virtualMachine?/write", True),
        ("Microsoft.Compute/virtualMachine?/*", "Microsoft.Compute/virtualMachines/write", False),
        ("", "Microsoft.Compute/virtualMachines/write", False),
        ("Microsoft.Compute/[v]irtualMachines/*", "Microsoft.Compute/virtualMachines/write", False),
    ],
)
def test_patterns_of_resource_manager(pattern: str, action: str, *, does: bool) -> None:
    assert covers("control", pattern, action) is does
    assert covers("data", pattern, action) is does


@pytest.mark.parametrize(
    ("pattern", "action", "does"),
    [
        (f"{APPS}/credentials/update", f"{APPS}/Credentials/Update", True),
        (f"{APPS}/credentials/update", f"{APPS}/credentials/read", False),
        (f"{APPS}/allProperties/allTasks", f"{APPS}/credentials/update", True),
        (f"{APPS}/allProperties/allTasks", f"{APPS}/create", True),
        (f"{APPS}/allProperties/allTasks", f"{APPS}/allProperties/read", True),
        (f"{APPS}/allProperties/update", f"{APPS}/owners/update", True),
        (f"{APPS}/allProperties/update", f"{APPS}/create", False),
        (f"{APPS}/allProperties/update", f"{APPS}/update", False),
        (f"{APPS}/allProperties/read", f"{APPS}/credentials/update", False),
        (f"{APPS}/allTasks", f"{APPS}/owners/update", True),
        ("microsoft.directory/allEntities/allTasks", f"{APPS}/owners/update", True),
        ("microsoft.directory/allEntities/allProperties/read", f"{APPS}/standard/read", True),
        ("microsoft.directory/allEntities/allProperties/read", f"{APPS}/standard/update", False),
        ("microsoft.office365.exchange/allEntities/allTasks", f"{APPS}/owners/update", False),
        (f"{APPS}/*", f"{APPS}/owners/update", False),
        (f"{APPS}.myOrganization/credentials/update", f"{APPS}/credentials/update", True),
        (f"{APPS}/credentials/update", f"{APPS}.myOrganization/credentials/update", True),
        (f"{GROUPS}.security/members/update", f"{GROUPS}.unified/members/update", False),
        (f"{GROUPS}AssignableToRoles/members/update", f"{GROUPS}/members/update", False),
        ("microsoft.directory", APPS, False),
        ("microsoft.directory/", "microsoft.directory/", True),
    ],
)
def test_permissions_of_directory_roles(pattern: str, action: str, *, does: bool) -> None:
    assert covers("directory", pattern, action) is does


@pytest.mark.parametrize("plane", ["app_role", "delegated"])
def test_permissions_of_apis_stand_for_themselves(plane: str) -> None:
    assert covers(plane, "Microsoft.Graph/Mail.Send", "microsoft.graph/mail.send")
    assert not covers(plane, "*", "Microsoft.Graph/Mail.Send")
    assert not covers(plane, "Microsoft.Graph/Mail.*", "Microsoft.Graph/Mail.Send")


def test_a_part_of_an_entity() -> None:
    assert narrowed(f"{APPS}.myOrganization/owners/update", f"{APPS}/owners/update") == "myorganization"
    assert narrowed(f"{APPS}.myOrganization/owners/update", f"{APPS}.myOrganization/owners/update") == ""
    assert narrowed(f"{APPS}/owners/update", f"{APPS}/owners/update") == ""
    assert narrowed("microsoft.directory/allEntities/allTasks", f"{APPS}/owners/update") == ""


def role(plane: str, actions: tuple[str, ...], not_actions: tuple[str, ...] = ()) -> Policy:
    statement = Statement(effect=Effect.ALLOW, actions=actions, not_actions=not_actions, plane=plane)
    return Policy(id=f"{plane}{actions}", provider="azure", kind="role", name="r", scope_id="", statements=(statement,))


def test_the_plane_of_an_action() -> None:
    known = role("control", ("Microsoft.A/b/read", "Microsoft.Both/b/read", "Microsoft.W/*"), ("Microsoft.A/b/write",))
    data = role("data", ("Microsoft.A/b/blobs/read", "Microsoft.Both/b/read"))
    other = role("directory", ("microsoft.office365.exchange/allEntities/basic/allTasks",))
    planes = Planes(build([Records(policies=[known, data, other])]))
    assert planes.of("microsoft.a/B/read") == ("control",)
    assert planes.of("Microsoft.A/b/write") == ("control",)
    assert planes.of("Microsoft.A/b/blobs/read") == ("data",)
    assert planes.of("Microsoft.Both/b/read") == ("control", "data")
    assert planes.of("Microsoft.W/never/seen") == ("control", "data")
    assert planes.of("microsoft.office365.exchange/allEntities/basic/allTasks") == ("directory",)
    assert planes.of("microsoft.directory/never/seen") == ("directory",)
    assert planes.of("Microsoft.Graph/Mail.Send") == ("app_role",)
    assert planes.of("Microsoft.Graph/delegated/Mail.Send") == ("delegated",)
    assert planes.of("11111111-2222-3333-4444-555555555555/Things.Read") == ("app_role",)


@pytest.mark.parametrize(
    ("policy", "planes"),
    [
        ("/providers/microsoft.authorization/roledefinitions/x", ("control", "data")),
        ("directory/roledefinitions/x", ("directory",)),
        ("directory/owners/group", ("directory",)),
        ("approles/x/y", ("app_role",)),
        ("delegated/x/y", ("delegated",)),
        ("/subscriptions/s/v#accesspolicy/o", ("data",)),
        ("who knows", ("app_role", "control", "data", "delegated", "directory")),
    ],
)
def test_in_which_planes_a_role_that_was_not_collected_may_give_something(policy: str, planes: tuple[str, ...]) -> None:
    assert planes_of_policy(policy) == planes
