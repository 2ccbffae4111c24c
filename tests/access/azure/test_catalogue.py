"""The actions of all planes as bits."""

import pytest

from nhi_scan.access.azure.catalogue import AzureCatalogue, azure_catalogue
from nhi_scan.access.azure.levels import level
from nhi_scan.access.catalogue import LEVELS
from nhi_scan.inventory.build import build
from nhi_scan.model.policy import Policy
from nhi_scan.model.records import Records
from tests.access.azure.estate import BLOB, OPERATIONS, READ, RUN, SECRET, role, says


def catalogue(*policies: Policy) -> AzureCatalogue:
    return azure_catalogue(build([Records(policies=list(policies))]))


def names(found: AzureCatalogue, mask: int) -> list[str]:
    return list(found.expand(mask))


def test_a_pattern_counts_in_its_own_plane() -> None:
    found = catalogue(OPERATIONS)
    assert names(found, found.within("control", "*/read")) == [READ]
    assert names(found, found.within("data", "*/read")) == [BLOB]
    assert names(found, found.within("data", "*")) == [SECRET, BLOB]
    assert found.within("directory", "*") == 0
    assert found.within("nothing", "*") == 0


def test_actions_are_there_once_as_microsoft_writes_them() -> None:
    found = catalogue(OPERATIONS, role("mine", says("control", RUN.lower(), READ.upper())))
    assert found.display(RUN.lower()) == RUN
    assert found.display(READ) == READ
    assert len({name.lower() for name in found.names}) == len(found.names)


def test_what_roles_name_is_known_without_a_list_of_operations() -> None:
    found = catalogue(role("mine", says("data", SECRET), says("control", READ, but=[RUN], index=1)))
    assert {SECRET} <= set(names(found, found.planes["data"]))
    assert {READ, RUN} <= set(names(found, found.planes["control"]))
    assert found.torn == 0


def test_what_is_asked_about_is_known_without_a_list_of_operations_and_only_without() -> None:
    asked = "Microsoft.Authorization/elevateAccess/action"
    found = catalogue(role("mine", says("control", READ)))
    assert found.knows(asked)
    assert found.display(asked.lower()) == asked
    assert found.within("control", "Microsoft.Authorization/*") & found.bit(asked)
    assert not found.within("data", "*") & found.bit(asked)
    assert not catalogue(OPERATIONS).knows(asked)


def test_a_pattern_that_covers_nothing_known_stands_for_itself_in_its_plane() -> None:
    found = catalogue(OPERATIONS, role("mine", says("data", "Microsoft.Compute/*"), says("control", "Microsoft.New/*")))
    assert names(found, found.within("data", "Microsoft.Compute/*")) == ["microsoft.compute/*"]
    assert names(found, found.within("control", "Microsoft.Compute/*")) == [READ, RUN]
    assert names(found, found.within("control", "*") & ~found.mask("*/*/*")) == ["microsoft.new/*"]
    assert not found.knows("microsoft.new/*")


def test_a_question_mark_is_no_wildcard() -> None:
    odd = "Microsoft.Compute/?irtualMachines/*"
    found = catalogue(OPERATIONS, role("mine", says("control", odd)))
    assert names(found, found.within("control", odd)) == [odd.lower()]
    assert found.within("control", "Microsoft.Compute/virtualMachines/rea?") == 0


def test_an_action_of_both_planes_is_one_bit_of_both() -> None:
    both = "Microsoft.Odd/send/action"
    found = catalogue(role("mine", says("control", both), says("data", both, index=1)))
    assert found.torn == found.bit(both) == found.within("control", "*") & found.within("data", "*")


@pytest.mark.parametrize(
    ("pattern", "covered", "narrowed"),
    [
        ("microsoft.directory/applications/credentials/update", ["applications"], []),
        ("microsoft.directory/applications.myOrganization/credentials/update", ["applications"], ["applications"]),
        ("microsoft.directory/applications/allProperties/allTasks", ["applications"], []),
        ("microsoft.directory/groups/members/update", ["groups"], ["groups"]),
        ("microsoft.directory/groupsAssignableToRoles/members/update", ["groups"], ["groups"]),
        ("microsoft.directory/users/password/update", [], []),
    ],
)
def test_entities_of_the_directory(pattern: str, covered: list[str], narrowed: list[str]) -> None:
    literal = ("microsoft.directory/applications/credentials/update", "microsoft.directory/groups/members/update")
    found = catalogue(role("known", says("directory", *literal)))
    of = {one.split("/")[1]: found.bit(one) for one in literal}
    assert [name for name, bit in of.items() if found.within("directory", pattern) & bit] == covered
    assert [name for name, bit in of.items() if found.narrowed("directory", pattern) & bit] == narrowed


@pytest.mark.parametrize(
    ("action", "letter"),
    [
        ("microsoft.compute/virtualmachines/read", "R"),
        ("microsoft.compute/virtualmachines/write", "W"),
        ("microsoft.compute/virtualmachines/delete", "W"),
        ("microsoft.compute/virtualmachines/runcommand/action", "W"),
        ("microsoft.storage/storageaccounts/listkeys/action", "R"),
        ("microsoft.web/sites/config/list/action", "L"),
        ("microsoft.resources/tags/write", "T"),
        ("microsoft.authorization/roleassignments/write", "P"),
        ("microsoft.authorization/roleassignments/read", "R"),
        ("microsoft.managedidentity/userassignedidentities/assign/action", "P"),
        ("microsoft.keyvault/vaults/accesspolicies/write", "P"),
        ("microsoft.keyvault/vaults/secrets/getsecret/action", "R"),
        ("microsoft.directory/applications/credentials/update", "P"),
        ("microsoft.directory/applications/standard/read", "R"),
        ("microsoft.directory/users/basic/update", "W"),
        ("microsoft.graph/application.readwrite.all", "P"),
        ("microsoft.graph/rolemanagement.readwrite.directory", "P"),
        ("microsoft.graph/user.read.all", "R"),
        ("microsoft.graph/mail.send", "W"),
        ("microsoft.graph/delegated/mail.read", "R"),
        ("microsoft.graph/something", "?"),
        ("nothing", "?"),
        ("microsoft.compute/", "?"),
        ("microsoft.compute/*", "?"),
    ],
)
def test_kinds_of_access(action: str, letter: str) -> None:
    assert level(action) == letter
    assert letter in LEVELS
