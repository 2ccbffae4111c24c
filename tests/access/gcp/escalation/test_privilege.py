"""Levels: which of them, why, and what is said of what could not be read."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nhi_scan.access.gcp.privilege import Report
from nhi_scan.access.gcp.summarise import Access
from nhi_scan.model.access import Privilege

Judge = Callable[[Mapping[str, Any]], tuple[Report, Access, Callable[[str], str]]]
SET = "resourcemanager.{}s.setIamPolicy"
BUCKET = "//storage.googleapis.com/data"
SECRET = "//secretmanager.googleapis.com/projects/app/secrets/s"
ACTING = {"may": ["iam.serviceAccounts.actAs"], "at": "boss"}
RUNNING = {"may": ["run.services.create"], "at": "projects/other"}
ACROSS = "iam.disableCrossProjectServiceAccountUsage"


def attacker(judge_world: Judge, world: Mapping[str, Any]) -> Privilege:
    report, _, id_of = judge_world(world)
    return report.privileges[id_of("attacker")]


@pytest.mark.parametrize(
    ("kind", "place", "reason"),
    [
        ("project", "projects/app", "it may set the IAM policy of `projects/app`"),
        ("project", "folders/10", "it may set the IAM policy of every project under `folders/10`"),
        ("folder", "organizations/1", "it may set the IAM policy of every folder under `organizations/1`"),
        ("organization", "organizations/1", "it may set the IAM policy of `organizations/1`"),
    ],
)
def test_the_reason_names_what_is_controlled(judge_world: Judge, kind: str, place: str, reason: str) -> None:
    found = attacker(judge_world, {"grants": {"own": {"may": [SET.format(kind)], "at": place}}})
    assert (found.level, found.reason) == ("administrator", reason)
    assert found.statements == found.path[0].statements != ()


def test_the_widest_place_is_named(judge_world: Judge) -> None:
    everything = [SET.format(kind) for kind in ("project", "folder", "organization")]
    found = attacker(judge_world, {"grants": {"own": {"may": everything, "at": "organizations/1"}}})
    assert found.reason == "it may set the IAM policy of `organizations/1`"


def test_a_certain_way_is_better_than_control_under_an_open_condition(judge_world: Judge) -> None:
    found = attacker(
        judge_world,
        {
            "grants": {
                "own": {
                    "may": [SET.format("project")],
                    "at": "projects/app",
                    "if": "request.auth.access_levels.size() > 0",
                },
                "token": {"may": ["iam.serviceAccounts.getAccessToken"], "at": "boss"},
            }
        },
    )
    assert (found.level, found.conditional) == ("can_become_administrator", False)


def test_a_role_that_nobody_could_read_makes_it_unknown(judge_world: Judge) -> None:
    found = attacker(
        judge_world, {"grants": {"own": {"role": "projects/app/roles/lost", "unknown": True, "at": BUCKET}}}
    )
    assert found.level == "unknown"


def test_what_is_known_beside_an_unknown_role_still_counts(judge_world: Judge) -> None:
    found = attacker(
        judge_world,
        {
            "grants": {
                "lost": {"role": "projects/app/roles/lost", "unknown": True, "at": BUCKET},
                "own": {"may": ["iam.serviceAccounts.getAccessToken"], "at": "boss"},
            }
        },
    )
    assert (found.level, found.conditional) == ("can_become_administrator", False)


MORE = "a group or a set whose members could not be listed may give it more"
UNLISTED = {"who": "group:nobody-may-list@example.com", "may": [SET.format("project")], "at": "organizations/1"}


@pytest.mark.parametrize(
    ("grants", "level"),
    [
        ({}, "ordinary"),
        ({"own": {"may": ["storage.objects.get"], "at": BUCKET}}, "reaches_sensitive"),
        ({"own": {"may": ["iam.serviceAccounts.signJwt"], "at": "projects/other"}}, "latent"),
    ],
)
def test_a_group_that_could_not_be_listed_leaves_what_is_known_and_is_named(
    judge_world: Judge, grants: dict[str, Any], level: str
) -> None:
    world = {"resources": {BUCKET: "storage_bucket"}, "grants": grants}
    told = attacker(judge_world, world)
    found = attacker(judge_world, {**world, "grants": {**grants, "unlisted": UNLISTED}})
    assert (told.level, found.level, found.conditional) == (level, level, False)
    assert found.reason == f"{told.reason}; {MORE}"


@pytest.mark.parametrize(
    ("grants", "level"),
    [
        ({}, "ordinary"),
        ({"own": {"may": ["storage.objects.get"], "at": BUCKET}}, "reaches_sensitive"),
        ({"own": {"may": ["iam.serviceAccounts.signJwt"], "at": "projects/other"}}, "latent"),
        ({"own": {"may": [SET.format("project")], "at": "projects/app"}}, "administrator"),
        ({"own": {"may": ["iam.serviceAccounts.getAccessToken"], "at": "boss"}}, "can_become_administrator"),
    ],
)
def test_a_folder_that_nobody_looked_at_leaves_what_is_known_and_is_named(
    judge_world: Judge, grants: dict[str, Any], level: str
) -> None:
    world = {"resources": {BUCKET: "storage_bucket"}, "grants": grants}
    told = attacker(judge_world, world)
    found = attacker(judge_world, {**world, "parents": {"projects/app": "folders/99"}})
    highest = level in ("administrator", "can_become_administrator")
    more = "" if highest else "; what is given above `projects/app` was not collected"
    assert (told.level, found.level, found.conditional) == (level, level, False)
    assert found.reason == told.reason + more


def test_who_lives_where_everything_was_collected_is_told_nothing(judge_world: Judge) -> None:
    report, _, id_of = judge_world({"parents": {"projects/other": "folders/99"}, "outsiders": ["principal://a"]})
    assert report.privileges[id_of("attacker")].reason == "no way to more was found"
    assert report.privileges["principal://a"].reason.endswith(
        "; what is given above `projects/other` was not collected"
    )


def test_an_unknown_role_of_a_group_that_it_is_in_makes_it_unknown(judge_world: Judge) -> None:
    lost = {"role": "projects/app/roles/lost", "unknown": True, "at": BUCKET, "who": "group:known@example.com"}
    world = {"groups": {"group:known@example.com": ["attacker"]}, "grants": {"own": lost}}
    assert attacker(judge_world, world).level == "unknown"
    outside = {**world, "grants": {"own": {**lost, "who": "group:nobody-may-list@example.com"}}}
    found = attacker(judge_world, outside)
    assert (found.level, found.reason) == ("ordinary", f"no way to more was found; {MORE}")


def test_a_deleted_member_is_nobody(judge_world: Judge) -> None:
    world = {
        "accounts": {"attacker": {"status": "deleted"}},
        "grants": {"own": {"may": [SET.format("project")], "at": "projects/app"}},
    }
    found = attacker(judge_world, world)
    assert (found.level, found.reason) == ("ordinary", "it is deleted")


@pytest.mark.parametrize(
    ("resource", "kind", "permission"),
    [
        (BUCKET, "storage_bucket", "storage.objects.get"),
        (BUCKET, "storage_bucket", "storage.buckets.setIamPolicy"),
        (SECRET, "secret", "secretmanager.versions.access"),
        ("//cloudkms.googleapis.com/projects/app/locations/l/keyRings/r/cryptoKeys/k", "kms_key",
         "cloudkms.cryptoKeyVersions.useToDecrypt"),
        ("//bigquery.googleapis.com/projects/app/datasets/d", "bigquery_dataset", "bigquery.tables.getData"),
    ],
)  # fmt: skip
def test_who_reads_what_is_sensitive_is_told_apart(
    judge_world: Judge, resource: str, kind: str, permission: str
) -> None:
    for place in (resource, "projects/app", "organizations/1"):
        found = attacker(
            judge_world, {"resources": {resource: kind}, "grants": {"own": {"may": [permission], "at": place}}}
        )
        assert (found.level, found.conditional, found.path[-1].target_id) == ("reaches_sensitive", False, resource)
        assert found.path[-1].statements[0].binding_id.startswith(f"{place}#")
    elsewhere = {"resources": {resource: kind}, "grants": {"own": {"may": [permission], "at": "projects/other"}}}
    assert attacker(judge_world, elsewhere).level == "ordinary"


def test_reading_under_an_open_condition_is_conditional(judge_world: Judge) -> None:
    grant = {"may": ["storage.objects.get"], "at": "projects/app", "if": "request.auth.access_levels.size() > 0"}
    found = attacker(judge_world, {"resources": {BUCKET: "storage_bucket"}, "grants": {"own": grant}})
    assert (found.level, found.conditional) == ("reaches_sensitive", True)


def test_reading_as_somebody_else_has_a_way(judge_world: Judge) -> None:
    found = attacker(
        judge_world,
        {
            "resources": {BUCKET: "storage_bucket"},
            "accounts": {"reader": {}},
            "grants": {
                "own": {"may": ["iam.serviceAccounts.signJwt"], "at": "reader"},
                "reads": {"who": "reader", "may": ["storage.objects.get"], "at": BUCKET},
            },
        },
    )
    assert [step.technique for step in found.path] == ["gcp-iam-service-accounts-sign-jwt", "access"]


@pytest.mark.parametrize(
    ("constraints", "level"),
    [
        ({}, "ordinary"),  # enforced unless somebody turns it off
        ({"projects/app": {ACROSS: "enforced"}}, "ordinary"),
        ({"projects/app": {ACROSS: "not_enforced"}}, "can_become_administrator"),
        ({"folders/10": {ACROSS: "not_enforced"}}, "can_become_administrator"),
        ({"folders/10": {ACROSS: "not_enforced"}, "projects/app": {ACROSS: "enforced"}}, "ordinary"),
        ({"projects/other": {ACROSS: "not_enforced"}}, "ordinary"),
        (None, "can_become_administrator"),  # nobody could look
    ],
)
def test_another_projects_account_can_be_attached_where_it_is_let(
    judge_world: Judge, constraints: Any, level: str
) -> None:
    world = {
        "grants": {"acting": ACTING, "running": RUNNING},
        "constraints": constraints or {},
        "constraints_unread": constraints is None,
    }
    found = attacker(judge_world, world)
    assert (found.level, found.conditional) == (level, level != "ordinary")


def test_a_way_across_three_projects(judge_world: Judge) -> None:
    found = attacker(
        judge_world,
        {
            "accounts": {"middle": {"project": "other"}, "boss": {"project": "prod"}},
            "grants": {
                "own": {"may": ["iam.serviceAccounts.actAs", "run.services.create"], "at": "projects/other"},
                "next": {"who": "middle", "may": ["iam.serviceAccountKeys.create"], "at": "boss"},
                "control": {"who": "boss", "may": [SET.format("organization")], "at": "organizations/1"},
            },
        },
    )
    assert [step.technique for step in found.path] == [
        "gcp-run-services-create",
        "gcp-iam-service-account-keys-create",
        "gcp-resourcemanager-organizations-set-iam-policy",
    ]
    assert found.reason == "in 3 steps, beginning with: deploy a Cloud Run service that runs as a service account"


def test_signatures_that_open_no_api_and_workspace_are_no_ways(judge_world: Judge) -> None:
    limited = [
        "iam.serviceAccounts.getOpenIdToken",
        "apikeys.keys.create",
        "apikeys.keys.getKeyString",
        "iam.serviceAccountApiKeyBindings.create",
    ]
    report, _, id_of = judge_world({"grants": {"own": {"may": limited, "at": "organizations/1"}}})
    assert report.privileges[id_of("attacker")].level == "ordinary"
    labels = {edge.label for edge in report.graph.edges()}
    assert "gcp-domain-wide-delegation" not in labels
    assert "gcp-iam-service-accounts-get-open-id-token" not in labels


def test_people_and_outsiders_are_judged_too(judge_world: Judge) -> None:
    outsider = "principalSet://iam.googleapis.com/projects/100/locations/global/workloadIdentityPools/ci/*"
    report, _, id_of = judge_world(
        {
            "people": ["user:ann@example.com"],
            "outsiders": [outsider],
            "grants": {
                "ann": {"who": "user:ann@example.com", "may": [SET.format("project")], "at": "projects/app"},
                "ci": {"who": outsider, "may": ["iam.serviceAccounts.getAccessToken"], "at": "boss"},
            },
        }
    )
    assert report.privileges["user:ann@example.com"].level == "administrator"
    assert report.privileges[outsider].level == "can_become_administrator"
    assert report.privileges[id_of("attacker")].level == "ordinary"


def test_what_everybody_reads_makes_nobody_stand_out(judge_world: Judge) -> None:
    for everybody in ("allUsers", "allAuthenticatedUsers"):
        public = {"who": everybody, "may": ["storage.objects.get"], "at": BUCKET}
        world = {"resources": {BUCKET: "storage_bucket"}, "grants": {"public": public}}
        assert attacker(judge_world, world).level == "ordinary"
        own = {"may": ["storage.objects.get"], "at": BUCKET}
        both = {**world, "grants": {"public": public, "own": own}}
        assert attacker(judge_world, both).level == "reaches_sensitive"


def test_whom_everybody_can_become_is_a_way_for_everybody(judge_world: Judge) -> None:
    grant = {"who": "allAuthenticatedUsers", "may": ["iam.serviceAccounts.getAccessToken"], "at": "boss"}
    found = attacker(judge_world, {"grants": {"own": grant}})
    assert (found.level, found.conditional) == ("can_become_administrator", False)


@pytest.mark.parametrize(
    ("permissions", "level"),
    [
        (["iam.serviceAccounts.getAccessToken"], "latent"),
        (["iam.serviceAccounts.actAs", "run.services.create"], "latent"),
        (["iam.workloadIdentityPoolProviders.update"], "latent"),
        (["storage.objects.create"], "ordinary"),
        (["run.jobs.run", "run.jobs.runWithOverrides"], "ordinary"),
        (["container.pods.create"], "ordinary"),
        (["cloudbuild.builds.create"], "ordinary"),
    ],
)
def test_only_what_is_about_accounts_waits_for_one(judge_world: Judge, permissions: list[str], level: str) -> None:
    found = attacker(judge_world, {"grants": {"own": {"may": permissions, "at": "projects/other"}}})
    assert found.level == level
    if level == "latent":
        assert found.reason.startswith("once this finds a target: ")
        assert found.path[0].target_id == ""
        assert found.path[0].statements


def test_of_many_things_under_a_condition_some_may_be_read(judge_world: Judge) -> None:
    buckets = {f"//storage.googleapis.com/b{i:02}": "storage_bucket" for i in range(12)}
    last = {
        "may": ["storage.objects.get"],
        "at": "projects/app",
        "if": 'resource.name.startsWith("projects/_/buckets/b11")',
    }
    found = attacker(judge_world, {"resources": buckets, "grants": {"own": last}})
    assert (found.level, found.conditional) == ("reaches_sensitive", True)
    few = {name: kind for name, kind in buckets.items() if name < "//storage.googleapis.com/b05"}
    assert attacker(judge_world, {"resources": few, "grants": {"own": last}}).level == "ordinary"


SCOPES = "https://www.googleapis.com/auth/"
READS = {
    "reader": {"who": "boss", "may": ["storage.objects.get"], "at": "projects/app"},
    "control": {"who": "nobody", "at": "projects/prod"},
}
ENTERS = {"may": ["compute.instances.setMetadata", "iam.serviceAccounts.actAs"], "at": "projects/app"}


@pytest.mark.parametrize(
    ("scopes", "level"),
    [
        ("devstorage.read_only", "reaches_sensitive"),
        ("cloud-platform.read-only", "reaches_sensitive"),
        ("logging.write", "latent"),
    ],
)
def test_a_machine_with_narrow_scopes_still_reads_storage(judge_world: Judge, scopes: str, level: str) -> None:
    thing = {"kind": "compute_instance", "attributes": {"access_scopes": SCOPES + scopes}}
    world = {"resources": {BUCKET: "storage_bucket"}, "workloads": {"vm": thing}, "grants": {**READS, "own": ENTERS}}
    found = attacker(judge_world, world)
    assert found.level == level
    if level == "reaches_sensitive":
        assert found.path[-1].target_id == BUCKET
    alone = {**world, "grants": {**READS, "own": {**ENTERS, "at": "boss"}, "vm": {**ENTERS, "at": "vm"}}}
    assert (
        attacker(judge_world, {**alone, "resources": {BUCKET: "storage_bucket", "vm": "compute_instance"}}).level
        == level
    )


def test_narrow_scopes_open_nothing_but_storage(judge_world: Judge) -> None:
    thing = {"kind": "compute_instance", "attributes": {"access_scopes": SCOPES + "devstorage.read_only"}}
    secret = {"who": "boss", "may": ["secretmanager.versions.access"], "at": SECRET}
    world = {"resources": {SECRET: "secret"}, "workloads": {"vm": thing}, "grants": {"secret": secret, "own": ENTERS}}
    assert attacker(judge_world, world).level == "latent"


@pytest.mark.parametrize(
    ("attributes", "level"),
    [
        ({"access_scopes": SCOPES + "devstorage.read_only"}, "reaches_sensitive"),
        ({"access_scopes": SCOPES + "devstorage.read_only", "autopilot": "true"}, "ordinary"),
        ({"access_scopes": SCOPES + "logging.write"}, "ordinary"),
    ],
)
def test_pods_read_storage_as_their_node(judge_world: Judge, attributes: dict[str, str], level: str) -> None:
    pods = {"may": ["container.pods.create"], "at": "folders/10"}
    world = {
        "resources": {BUCKET: "storage_bucket"},
        "workloads": {"c": {"kind": "gke_cluster", "attributes": attributes}},
        "grants": {**READS, "own": pods},
    }
    assert attacker(judge_world, world).level == level
