"""Commands that take roles away: one for each sort of place, ready to be run, and safe with any name."""

import shlex
from typing import Any

import pytest

from nhi_scan.facts.removal import removal
from nhi_scan.model.access import Privilege, StatementRef, Step
from nhi_scan.model.identity import Group, Resource
from nhi_scan.model.policy import Binding, Condition, Policy

CI = "serviceAccount:ci@shop.iam.gserviceaccount.com"
BUCKET = "//storage.googleapis.com/www"
KEY_RING = "//cloudkms.googleapis.com/projects/shop/locations/europe/keyRings/r"


def bound(place: str, member: str = "user:a@shop.example", **fields: Any) -> Binding:
    return Binding(id="b", principal_id=member, policy_id="roles/viewer", scope_id=place, **fields)


@pytest.mark.parametrize(
    ("place", "command"),
    [
        ("projects/shop", "projects remove-iam-policy-binding shop"),
        ("folders/12", "resource-manager folders remove-iam-policy-binding 12"),
        ("organizations/1", "organizations remove-iam-policy-binding 1"),
        (CI, "iam service-accounts remove-iam-policy-binding ci@shop.iam.gserviceaccount.com"),
        ("//storage.googleapis.com/www", "storage buckets remove-iam-policy-binding gs://www"),
        (
            "//secretmanager.googleapis.com/projects/shop/secrets/s",
            "secrets remove-iam-policy-binding s --project=shop",
        ),
        ("//pubsub.googleapis.com/projects/shop/topics/t", "pubsub topics remove-iam-policy-binding t --project=shop"),
        (KEY_RING, "kms keyrings remove-iam-policy-binding r --location=europe --project=shop"),
        (
            f"{KEY_RING}/cryptoKeys/k",
            "kms keys remove-iam-policy-binding k --keyring=r --location=europe --project=shop",
        ),
        (
            "//run.googleapis.com/projects/shop/locations/europe/services/web",
            "run services remove-iam-policy-binding web --region=europe --project=shop",
        ),
    ],
)
def test_where_a_role_is_bound_decides_which_command_takes_it_away(place: str, command: str) -> None:
    assert removal(bound(place)) == f"gcloud {command} --member=user:a@shop.example --role=roles/viewer"


def test_a_binding_with_a_condition_is_found_with_all() -> None:
    assert removal(bound("folders/1", condition=Condition("CEL", "", ("true",)))).endswith("--role=roles/viewer --all")


def test_where_gcloud_has_no_command_a_sentence_says_it() -> None:
    place = "//bigquery.googleapis.com/projects/shop/datasets/d"
    assert removal(bound(place)) == f"Take roles/viewer from user:a@shop.example in the policy of {place}."


def test_a_name_that_somebody_chose_is_one_word() -> None:
    member = "principalSet://x/'; $(reboot) `id` \n rm -rf / #"
    words = shlex.split(removal(bound("projects/shop", member)), comments=False)
    assert words[-2:] == [f"--member={member}", "--role=roles/viewer"]
    assert shlex.split(removal(bound("//storage.googleapis.com/a b;c")), comments=False)[4] == "gs://a b;c"


def test_what_is_told_is_what_the_finding_is_about(facts: Any, make: Any) -> None:
    account, gone = make.service_account("ci"), make.service_account("gone", status="deleted")
    pool = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*"
    outside = make.member(pool)
    inner, outer = (
        Group(
            id=f"group:{name}@shop.example", provider="gcp", kind="google_group", name=name, scope_id="", member_ids=of
        )
        for name, of in (("inner", (account.id,)), ("outer", ("group:inner@shop.example",)))
    )
    rows = [
        make.bound(account.id, "roles/editor"),
        make.bound(outer.id, "roles/viewer", "organizations/1"),
        make.bound(account.id, "roles/storage.admin"),
        make.bound(account.id, "roles/iam.serviceAccountUser"),
        make.bound(gone.id, "roles/viewer"),
        make.bound(pool, "roles/viewer"),
        make.bound("allUsers", "roles/browser"),
        make.bound("user:a@shop.example", "roles/iam.serviceAccountUser"),
        make.bound("allUsers", "roles/storage.objectViewer", BUCKET),
    ]
    ref = StatementRef("roles/editor", 0, layer="allow", binding_id=rows[0].id)
    step = Step(technique="t", source_id=account.id, target_id="projects/shop", statements=(ref,))
    tables = facts(
        {account.id: Privilege(identity_id=account.id, level="administrator", path=(step,))},
        identities=[account, gone, outside],
        groups=[inner, outer],
        bindings=rows,
        resources=[Resource(id=BUCKET, provider="gcp", kind="storage_bucket", name="www", scope_id="projects/shop")],
        scopes=make.projects(),
        policies=[
            Policy(id="projects/shop/roles/r", provider="gcp", kind="role", name="r", scope_id="projects/shop"),
            Policy(id="organizations/1/roles/r", provider="gcp", kind="role", name="r", scope_id="organizations/1"),
            Policy(id="roles/editor", provider="gcp", kind="role", name="r", scope_id=""),
        ],
    )
    told = {name: dict(zip(tables[name].index, tables[name].to_dict("records"), strict=True)) for name in tables}
    ci = f"gcloud projects remove-iam-policy-binding shop --member={CI} --role=roles"
    assert told["identity"][account.id]["basic_role_fix"].splitlines() == [
        f"gcloud identity groups memberships delete --group-email=inner@shop.example --member-email={account.name}",
        f"{ci}/editor",
    ]
    assert told["identity"][account.id]["admin_role_fix"] == f"{ci}/storage.admin"
    assert told["identity"][account.id]["impersonation_fix"] == f"{ci}/iam.serviceAccountUser"
    assert told["identity"][account.id]["privilege_fix"] == f"{ci}/editor"
    assert told["identity"][account.id]["recommender_fix"].splitlines() == [
        f"gcloud recommender recommendations list {place} --location=global --recommender=google.iam.policy.Recommender"
        for place in ("--organization=1", "--project=shop")
    ]
    assert told["identity"][account.id]["roles_fix"] == ""
    assert told["identity"][gone.id]["roles_fix"] == ci.replace("ci@", "gone@") + "/viewer"
    assert told["identity"][pool]["roles_fix"].endswith(f"--member='{pool}' --role=roles/viewer")
    assert told["scope"]["projects/shop"]["public_fix"].endswith("shop --member=allUsers --role=roles/browser")
    assert told["scope"]["projects/shop"]["impersonator_fix"].endswith("example --role=roles/iam.serviceAccountUser")
    assert "buckets remove-iam-policy-binding gs://www" in told["resource"][BUCKET]["public_fix"]
    assert told["policy"]["projects/shop/roles/r"]["role_fix"] == "gcloud iam roles delete r --project=shop"
    assert told["policy"]["organizations/1/roles/r"]["role_fix"] == "gcloud iam roles delete r --organization=1"
    assert told["policy"]["roles/editor"]["role_fix"] == ""


def test_many_are_cut_short(facts: Any, make: Any) -> None:
    rows = [make.bound("allUsers", f"roles/r{number}") for number in range(8)]
    lines = make.cell(facts(bindings=rows, scopes=make.projects()), "scope.public_fix", 1).splitlines()
    assert len(lines) == 6
    assert lines[-1] == "The policies name 3 more such roles."
