"""Inventories that no cloud would give: rings, empty names, names of other things. Nothing crashes, nothing hangs."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nhi_scan.access.gcp.privilege import Report
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.providers.gcp.escalation import techniques

Judge = Callable[[Mapping[str, Any]], tuple[Report, Access, Callable[[str], str]]]
TOKEN = "iam.serviceAccounts.getAccessToken"
EVERYTHING = sorted({name for row in techniques().techniques for name in row.permissions})


def test_a_ring_of_folders_ends(judge_world: Judge) -> None:
    ring = {"folders/10": "folders/20", "folders/20": "folders/10", "projects/app": "folders/20"}
    world = {
        "parents": ring,
        "grants": {
            "own": {"may": [TOKEN, "resourcemanager.projects.setIamPolicy"], "at": "folders/10"},
            "open": {"may": [TOKEN], "at": "folders/20", "if": "request.auth.access_levels.size() > 0"},
        },
    }
    report, _, id_of = judge_world(world)
    assert report.privileges[id_of("attacker")].level == "administrator"


def test_an_account_of_no_known_project_is_reached_by_name_alone(judge_world: Judge) -> None:
    world = {
        "accounts": {"boss": {"project": "nowhere"}},
        "grants": {"own": {"may": [TOKEN], "at": "organizations/1"}},
    }
    report, _, id_of = judge_world(world)
    assert report.privileges[id_of("attacker")].level == "latent"
    report, _, id_of = judge_world({**world, "grants": {"own": {"may": [TOKEN], "at": "boss"}}})
    assert report.privileges[id_of("attacker")].level == "can_become_administrator"


def test_accounts_right_in_a_folder_are_in_its_set(judge_world: Judge) -> None:
    """No cloud has them there; an export may say so."""
    world = {"accounts": {"boss": {"project": "../folders/10"}}, "grants": {"own": {"may": [TOKEN], "at": "boss"}}}
    report, _, id_of = judge_world(world)
    assert report.privileges[id_of("attacker")].level in ("latent", "can_become_administrator")


@pytest.mark.parametrize(
    "name",
    [
        "principal://iam.googleapis.com/projects/100/locations/global/workloadIdentityPools/",
        "principalSet://iam.googleapis.com/projects//locations/global/workloadIdentityPools/x/*",
        "principal://iam.googleapis.com/locations/global/workforcePools/ghost/subject/x",
        "serviceAccount:.svc.id.goog[/]",
        "control/projects/app",
        "set/accounts/projects/app",
        "delegate/serviceAccount:a@b",
        "{number}@cloudbuild.gserviceaccount.com",
        "\ud800",
        " ",
    ],
)
def test_names_that_look_like_something_else(name: str, judge_world: Judge) -> None:
    world = {
        "outsiders": [name],
        "grants": {
            "own": {"may": EVERYTHING, "at": "projects/app"},
            "theirs": {"who": name, "may": EVERYTHING, "at": "boss"},
            "odd": {"may": EVERYTHING, "at": name, "role": "roles/odd"},
        },
    }
    report, _, id_of = judge_world(world)
    assert report.privileges[id_of("attacker")].level == "administrator"
    assert report.privileges[name].level != "administrator"


@pytest.mark.parametrize("seed", range(60))
def test_anything_at_all_is_judged(seed: int, judge_world: Judge) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    places = [
        "organizations/1",
        "folders/10",
        "projects/app",
        "projects/other",
        "boss",
        "attacker",
        "//x/y",
        "",
        "thing",
    ]
    who = [
        "attacker",
        "boss",
        "allUsers",
        "user:a@b",
        "projectOwner:app",
        "projectEditor:",
        "group:none@x",
        "deleted:x",
    ]
    grants = {
        f"g{i}": {
            "who": chance.choice(who),
            "may": chance.sample(EVERYTHING, 30),
            "at": chance.choice(places),
            "role": chance.choice(
                [f"roles/r{i}", f"projects/app/roles/r{i}", f"organizations/1/roles/r{i}", "/roles/"]
            ),
            **chance.choice([{}, {}, {"if": "resource.hasTagKey('1/a')"}, {"if": "("}, {"unknown": True}]),
        }
        for i in range(12)
    }
    kinds = sorted({kind for row in techniques().techniques for kind in (*row.workloads, *row.exists)})
    world = {
        "grants": grants,
        "workloads": {
            f"thing{i or ''}": {
                "kind": chance.choice(kinds),
                "project": chance.choice(["app", "other", ""]),
                "runs_as": [chance.choice(["boss", "attacker", "", "user:a@b"])],
                "attributes": {
                    "access_scopes": chance.choice(["", "x"]),
                    "dag_bucket": chance.choice(["gs://", "x/y"]),
                },
            }
            for i in range(8)
        },
        "deny": [
            {
                "at": chance.choice(places[:4]),
                "permissions": chance.sample(["*", "/", "a/b", "iam.googleapis.com/*"], 2),
            }
        ],
        "boundaries": [{"of": "projects/app", "to": ["projects/app"]}] if chance.random() < 0.3 else [],
    }
    report, access, _ = judge_world(world)
    assert report.privileges.keys() == access.inventory.identities.keys()
    for privilege in report.privileges.values():
        assert privilege.level in ("ordinary", "unknown") or privilege.path, privilege
