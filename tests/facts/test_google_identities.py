"""What AWS had first, asked of accounts of Google Cloud: an answer, a neutral one, or none; never a wrong one."""

from typing import Any

import pytest

from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.model.coverage import CoverageStatus
from nhi_scan.model.identity import NEVER_USED, Credential, LastUsed, UnusedAccess

POLICIES = ("asset-iam-policies",)
RUN = "//run.googleapis.com/projects/shop/locations/europe-west1/services/web"
BUCKET = "//storage.googleapis.com/www"


def key(identity_id: str, number: int = 1, **fields: Any) -> Credential:
    return Credential(
        **{
            "id": f"projects/shop/serviceAccounts/{identity_id[15:]}/keys/{number}",
            "provider": "gcp",
            "identity_id": identity_id,
            "scope_id": "projects/shop",
            "kind": "service_account_key",
            "status": "active",
            **fields,
        }
    )


@pytest.mark.parametrize(
    ("status", "named", "able", "gone"),
    [("active", False, True, False), ("disabled", False, False, False), ("deleted", True, False, True)],
)
def test_what_is_switched_off_or_gone_cannot_authenticate(
    facts: Any,
    make: Any,
    status: str,
    named: bool,
    able: bool,
    gone: bool,
) -> None:
    tables = facts(identities=[make.service_account(status=status)], scopes=make.projects())
    assert make.cell(tables, "identity.can_authenticate") is able
    assert make.cell(tables, "identity.named_only") is named
    assert make.cell(tables, "identity.deleted") is gone
    assert make.cell(tables, "identity.disabled") is (status == "disabled")


def test_an_account_of_google_cloud_has_no_access_keys_and_no_password(facts: Any, make: Any) -> None:
    tables = facts(identities=[make.service_account()], scopes=make.projects())
    assert make.cell(tables, "identity.active_access_keys") == 0
    assert make.cell(tables, "identity.console_password") is None
    assert make.cell(tables, "identity.command_word") is None
    assert make.cell(tables, "identity.label") == "Service account ci@shop.iam.gserviceaccount.com"
    assert make.cell(tables, "identity.project") == "shop"


@pytest.mark.parametrize("kind", ["asset-iam-service-account", "iam-service-accounts"])
def test_an_owner_is_missing_only_where_all_accounts_were_listed(facts: Any, make: Any, kind: str) -> None:
    one = make.service_account()
    assert make.cell(facts(identities=[one], scopes=make.projects()), "identity.has_owner") is None
    listed = facts(identities=[one], scopes=make.projects(), coverage=make.swept(kind))
    assert make.cell(listed, "identity.has_owner") is False


def test_keys_of_an_account(facts: Any, make: Any) -> None:
    has, lacks, unsure = make.service_account("a"), make.service_account("b"), make.service_account("c")
    rows = {
        "identities": [has, lacks, unsure],
        "credentials": [key(has.id), key(has.id, 2, status="inactive"), key(unsure.id, status="unknown")],
        "scopes": make.projects(),
    }
    whole = facts(**rows, coverage=make.swept("asset-iam-service-account-key"))
    assert [make.cell(whole, "identity.user_managed_keys", row) for row in range(3)] == [1, 0, None]
    part = facts(**rows)
    assert [make.cell(part, "identity.user_managed_keys", row) for row in range(3)] == [1, None, None]
    assert make.cell(whole, "credential.handle") == "1"
    assert make.cell(whole, "credential.project") == "shop"
    assert make.cell(whole, "credential.bound") is True


@pytest.mark.parametrize(
    ("attributes", "exposure"),
    [
        ((), "none"),
        ((("disable_reason", "USER_INITIATED"),), "none"),
        ((("disable_reason", "EXPOSED"),), "exposed"),
        ((("disable_reason", "COMPROMISE_DETECTED"),), "compromised"),
        ((("extended_status", "EXPOSED"),), "exposed"),
        ((("extended_status", "COMPROMISE_DETECTED EXPOSED"),), "compromised"),
    ],
)
def test_what_google_knows_of_a_key(facts: Any, make: Any, attributes: Any, exposure: str) -> None:
    one = make.service_account()
    tables = facts(identities=[one], credentials=[key(one.id, attributes=attributes)], scopes=make.projects())
    assert make.cell(tables, "credential.exposure") == exposure


def test_restrictions_of_api_keys(facts: Any, make: Any) -> None:
    said = (("api_restricted", "true"), ("application_restricted", "false"))
    api_key = key("", kind="api_key", id="projects/shop/locations/global/keys/k", name="Maps", attributes=said)
    bare = key("", kind="api_key", id="projects/shop/locations/global/keys/l")
    tables = facts(credentials=[api_key, bare], scopes=make.projects())
    names = ["handle", "name", "api_restricted", "application_restricted", "bound"]
    assert [make.cell(tables, f"credential.{name}", 0) for name in names] == ["k", "Maps", True, False, False]
    assert [make.cell(tables, f"credential.{name}", 1) for name in names] == ["l", "l", None, None, False]


@pytest.mark.parametrize(
    ("case", "days"),
    [
        ((LastUsed.on, None, None, False), 10),
        ((NEVER_USED, None, None, False), None),
        ((NEVER_USED, 40, None, False), 40),
        ((NEVER_USED, None, 90, False), 90),
        ((NEVER_USED, 120, 90, False), 120),
        ((NEVER_USED, None, None, True), 0),
        ((None, 40, None, True), None),
        ((None, None, 90, False), 90),
    ],
)
def test_for_how_long_an_account_was_not_used(facts: Any, make: Any, case: Any, days: Any) -> None:
    used, made, found, silent = case  # last use; age of a key; what an insight says; whether insights are complete
    fields = {} if used is None else {"last_authenticated": used(make.ago(10)) if used is LastUsed.on else used}
    one = make.service_account(**fields)
    insight = UnusedAccess(id="i", identity_id=one.id, kind="identity", analyzer_id="insight", window_days=found)
    tables = facts(
        identities=[one],
        credentials=[key(one.id, created_at=make.ago(made))] if made else [],
        unused=[insight] if found else [],
        scopes=make.projects(),
        coverage=make.swept("recommender-service-account-insights") if silent else [],
    )
    assert make.cell(tables, "identity.unused_for_days") == days


@pytest.mark.parametrize("kind", ["hmac_key", "api_key"])
def test_google_records_no_use_of_hmac_keys_and_of_api_keys_of_an_account(facts: Any, make: Any, kind: str) -> None:
    one = make.service_account()
    tables = facts(identities=[one], credentials=[key(one.id, kind=kind)], scopes=make.projects())
    assert make.cell(tables, "identity.use_tracked") is None


def test_recommendations(facts: Any, make: Any) -> None:
    one, other = make.service_account("a"), make.service_account("b")
    found = UnusedAccess(
        id="r",
        identity_id=one.id,
        kind="permission",
        analyzer_id="google.iam.policy.Recommender",
        window_days=90,
        policy_id="roles/editor",
        place_id="projects/shop",
        suggested=("roles/viewer",),
    )
    rows = {"identities": [one, other], "unused": [found], "scopes": make.projects()}
    whole = facts(**rows, coverage=make.swept("recommender-iam-recommendations"))
    assert [make.cell(whole, "identity.unused_access_count", row) for row in (0, 1)] == [1, 0]
    assert make.cell(whole, "identity.unused_access") == "roles/editor on projects/shop"
    assert make.cell(facts(**rows), "identity.unused_access_count", 1) is None
    assert whole.estate is not None
    assert [piece.text for piece in BUILDERS["analysis"](whole.estate, "identity", one.id)] == [
        (
            "found unused for 90 days by google.iam.policy.Recommender: part of roles/editor on projects/shop; "
            "roles/viewer would do"
        )
    ]


def test_accounts_of_projects_that_nobody_knows(facts: Any, make: Any) -> None:
    own = make.service_account()
    foreign = make.service_account("sync", "vendor", status="unknown")
    agent = make.service_account("a@gcp-sa-pubsub.iam.gserviceaccount.com", scope_id="", managed_by_provider=True)
    gone = make.service_account("gone", "vendor", status="deleted")
    rows = {"identities": [own, foreign, agent, gone], "scopes": make.projects()}
    order = sorted([own.id, foreign.id, agent.id, gone.id])
    listed = facts(**rows, coverage=make.swept("asset-cloudresourcemanager-project"))
    answers = {id_: make.cell(listed, "identity.foreign", row) for row, id_ in enumerate(order)}
    assert answers == {own.id: False, foreign.id: True, agent.id: False, gone.id: False}
    unlisted = facts(**rows, coverage=make.swept("asset-cloudresourcemanager-project", scope="projects/shop"))
    assert make.cell(unlisted, "identity.foreign", order.index(foreign.id)) is None


def test_a_denied_listing_is_no_proof(facts: Any, make: Any) -> None:
    one = make.service_account()
    denied = make.covered("asset-iam-service-account", status=CoverageStatus.DENIED, scope="organizations/1")
    tables = facts(identities=[one], scopes=make.projects(), coverage=denied)
    assert make.cell(tables, "identity.has_owner") is None
