"""Where ways lead: to what everybody in a tenant writes and keeps, and to whoever controls the most."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nhi_scan.access.levels import lower

Judge = Callable[[Mapping[str, Any]], Any]


@pytest.mark.parametrize(
    ("permission", "told"),
    [
        ("Microsoft.Graph/Mail.Read", "may read all mail of the organization"),
        ("Microsoft.Graph/Mail.ReadWrite", "may read and write all mail of the organization"),
        ("Office365.Exchange/full_access_as_app", "may read and write all mailboxes of the organization"),
        ("Office365.SharePoint/Sites.Read.All", "may read all SharePoint sites of the organization"),
    ],
)
def test_who_reads_what_everybody_writes_reaches_what_is_sensitive(
    judge_world: Judge, permission: str, told: str
) -> None:
    report, _, id_of = judge_world({"grants": {"own": {"may": [permission], "at": "tenant"}}})
    privilege = report.privileges[id_of("attacker")]
    assert (privilege.level, privilege.conditional) == ("reaches_sensitive", False)
    assert privilege.reason.startswith(f"{told}, by {permission}")
    assert [(step.target_id, len(step.statements)) for step in privilege.path] == [(id_of("tenant"), 1)]
    assert privilege.path[0].statements[0].binding_id
    bystander = report.privileges[id_of("bystander")]
    assert bystander.level == "ordinary"


def test_mail_that_is_read_for_somebody_who_is_signed_in_is_not_everybodys(judge_world: Judge) -> None:
    report, _, id_of = judge_world(
        {"grants": {"own": {"may": ["Microsoft.Graph/delegated/Mail.Read"], "at": "tenant"}}}
    )
    assert report.privileges[id_of("attacker")].level == "ordinary"


def test_whoever_becomes_a_reader_of_mail_reaches_it_too(judge_world: Judge) -> None:
    grants = {
        "mail": {"who": "bystander", "may": ["Microsoft.Graph/Mail.Read"], "at": "tenant"},
        "secret": {"may": ["microsoft.directory/applications/credentials/update"], "at": "bystander.app"},
    }
    report, _, id_of = judge_world({"grants": grants})
    privilege = report.privileges[id_of("attacker")]
    assert privilege.level == "reaches_sensitive"
    assert privilege.reason.startswith("may read all mail of the organization, by Microsoft.Graph/Mail.Read")
    assert [step.target_id for step in privilege.path] == [id_of("bystander"), id_of("tenant")]


@pytest.mark.parametrize("names", [("a", "z"), ("z", "a")])
@pytest.mark.parametrize(
    ("little", "much", "place"),
    [
        ({"role": "Owner", "at": "app"}, {"role": "Owner", "at": "mg"}, "mg"),
        ({"role": "Owner", "at": "mg"}, {"role": "Owner", "at": "tenant"}, "tenant"),
        ({"role": "Owner", "at": "app"}, {"role": "Global Administrator"}, "tenant"),
    ],
)
def test_of_ways_as_short_as_each_other_the_one_to_more_is_shown(
    judge_world: Judge, names: tuple[str, str], little: dict[str, str], much: dict[str, str], place: str
) -> None:
    world = {
        "who": {"a": {}, "z": {}},
        "grants": {
            "little": {**little, "who": names[0]},
            "much": {**much, "who": names[1]},
            "secrets": {"may": ["microsoft.directory/applications/credentials/update"], "at": "tenant"},
        },
    }
    report, _, id_of = judge_world(world)
    path = report.privileges[id_of("attacker")].path
    assert [step.target_id for step in path] == [id_of(names[1]), id_of(place)]


@pytest.mark.parametrize(
    ("grant", "technique"),
    [
        ({"role": "Owner", "at": "app/rg"}, "azure-authorization-role-assignments-write"),
        ({"may": ["Microsoft.Authorization/*"], "at": "app/rg"}, "azure-authorization-role-assignments-write"),
        (
            {"may": ["Microsoft.Authorization/denyAssignments/delete"], "at": "app/rg"},
            "azure-authorization-deny-assignments-delete",
        ),
    ],
)
@pytest.mark.parametrize(
    "there",
    [{}, {"app/rg/microsoft.compute/virtualmachines/vm": {"kind": "virtual_machine", "runs_as": ["bystander"]}}],
)
def test_of_what_leads_nowhere_yet_the_control_of_roles_is_said_first(
    judge_world: Judge, grant: Mapping[str, Any], technique: str, there: Mapping[str, Any]
) -> None:
    report, _, id_of = judge_world({"grants": {"own": grant}, "workloads": there})
    privilege = report.privileges[id_of("attacker")]
    assert (privilege.level, privilege.conditional) == ("latent", False)
    assert [(step.technique, len(step.statements)) for step in privilege.path] == [(technique, 1)]
    assert privilege.reason.endswith(lower(privilege.path[0].detail))
