"""What a collection of the directory finds, and what it costs."""

import json
from typing import Any

import pytest

from nhi_scan.demo.azure import csdl
from nhi_scan.demo.azure.estate import CALLER, CLIENT, TENANT, Estate, Lazy
from nhi_scan.demo.azure.gate import Conduct, Fault

# The tenant of `conftest.estate`, by the numbers of its ids.
APP, APP_SP, CROWDED_SP, CROWDED, GRAPH_SP, API, API_SP, IDENTITY, FLEXIBLE, SAAS = range(1, 11)
ALICE, BOB, GUEST, GONE, SPONSOR, LOST_SP = 101, 102, 103, 104, 105, 106
CROWD = range(200, 225)
ADMINS, NESTED, READERS = 301, 302, 303
UNIT, GUARDED = 401, 403
BLUEPRINT, BLUEPRINT_SP, AGENT, AGENT_USER = 501, 502, 503, 504


def uid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def uids(*numbers: int) -> list[str]:
    return sorted(map(uid, numbers))


def test_everything_that_may_be_read_is_complete(whole: Any) -> None:
    rows = [row for row in whole.snapshot.manifest.coverage if row.record_kind.startswith("graph-")]

    assert {row.status.value for row in rows} == {"complete"}
    assert {row.scope_id for row in rows} == {f"/tenants/{TENANT}"}
    assert whole.served.breaches == []


def test_the_tenant_is_told_what_is_going_on(whole: Any) -> None:
    told = whole.steps.told

    assert (told[0], told[-1]) == (("start", whole.tenant), ("done", whole.tenant))
    assert {what for what, _ in told[1:-1]} == {"advance"}


def test_applications_and_service_principals_come_with_credentials_and_owners(whole: Any) -> None:
    applications = {record["id"]: record for record in whole.records("graph-applications")}
    principals = {record["id"]: record for record in whole.records("graph-service-principals")}

    assert set(applications) == set(uids(APP, CROWDED, API, FLEXIBLE, BLUEPRINT))
    app = applications[uid(APP)]
    assert sorted(one["id"] for one in app["owners"]) == uids(APP_SP, ALICE)
    assert [one["keyId"] for one in app["passwordCredentials"]] == [uid(801)]
    assert [one["usage"] for one in app["keyCredentials"]] == ["Verify"]
    assert set(principals) == {
        CALLER,
        *uids(APP_SP, CROWDED_SP, API_SP, GRAPH_SP, SAAS, IDENTITY, BLUEPRINT_SP, AGENT),
    }
    assert principals[uid(IDENTITY)]["alternativeNames"][1].endswith("/userAssignedIdentities/ci")
    assert [one["value"] for one in principals[uid(API_SP)]["appRoles"]] == ["Orders.Read"]


def test_owners_beyond_what_a_listing_shows_are_asked_for(whole: Any) -> None:
    expected = {(uid(CROWDED), uid(number)) for number in CROWD}

    assert whole.related("graph-application-owners") == expected
    assert whole.related("graph-service-principal-owners") == {(uid(CROWDED_SP), owner) for _, owner in expected}
    assert whole.served.parts["graph.applications.owners"] == 1
    assert whole.served.parts["graph.servicePrincipals.owners"] == 1


def test_federated_credentials_are_asked_of_those_that_have_any(whole: Any) -> None:
    found = {record["name"]: record for record in whole.records("graph-federated-credentials")}
    kept = whole.kept("graph-federated-credentials")

    assert found["github"]["subject"] == "repo:northwind/shop:ref:refs/heads/main"
    assert found["any-branch"]["claimsMatchingExpression"]["value"] == "claims['sub'] matches 'repo:northwind/*'"
    assert sorted(kept, key=lambda of: of["id"]) == [
        {"id": uid(APP), "appId": uid(11)},
        {"id": uid(FLEXIBLE), "appId": uid(14)},
    ]
    # Two of five applications have any; the flexible one is asked for again of beta.
    assert whole.served.parts["graph.applications.federatedIdentityCredentials"] == 3


def test_permissions_are_asked_of_those_that_declare_them(whole: Any) -> None:
    assert {(record["id"], of["appId"]) for record, of in _with_of(whole, "graph-app-role-assignments")} == {
        ("a1", "00000003-0000-0000-c000-000000000000"),
        ("a2", uid(13)),
        ("a3", uid(13)),
    }
    assert whole.served.parts["graph.servicePrincipals.appRoleAssignedTo"] == 2


def _with_of(collected: Any, kind: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(collected.records(kind), collected.kept(kind), strict=True))


def test_groups_are_those_that_matter_with_all_that_are_nested_in_them(whole: Any) -> None:
    assert whole.ids("graph-groups") == uids(ADMINS, NESTED, READERS)
    assert whole.related("graph-group-members") == {
        (uid(ADMINS), uid(ALICE)),
        (uid(ADMINS), uid(NESTED)),
        (uid(NESTED), uid(GUEST)),
        (uid(NESTED), uid(ADMINS)),  # in each other: each is asked once
        (uid(NESTED), uid(IDENTITY)),
        (uid(READERS), uid(BOB)),
    }
    assert whole.served.parts["graph.groups.members"] == 3
    assert whole.served.parts["graph.groups.eligibilityScheduleInstances"] == 2  # nobody is, for one that a rule fills
    assert whole.related("graph-group-owners") == {(uid(ADMINS), uid(ALICE)), (uid(ADMINS), uid(APP_SP))}
    assert [record["principalId"] for record in whole.records("graph-group-eligibility-instances")] == [uid(BOB)]


def test_what_a_policy_is_for_is_asked_apart(whole: Any) -> None:
    assert whole.related("graph-app-management-targets") == {(uid(32), uid(APP))}


def test_users_are_those_that_something_names(whole: Any) -> None:
    found = {record["id"]: record for record in whole.records("graph-users")}

    assert sorted(found) == uids(ALICE, BOB, GUEST, SPONSOR, *CROWD)
    assert (found[uid(BOB)]["accountEnabled"], found[uid(GUEST)]["userType"]) == (False, "Guest")


def test_one_that_is_gone_was_asked_for_and_did_not_come_back(whole: Any) -> None:
    assert whole.served.requests["graph.getByIds"] == 1
    assert whole.ids("graph-directory-objects") == []
    assert whole.row("graph-directory-objects").status.value == "complete"


def test_one_that_no_list_has_is_found_by_its_id(gather: Any) -> None:
    """Service principals may not be listed: those that Resource Manager names are asked for."""
    collected = gather(Conduct(faults=(Fault(family="graph.servicePrincipals", kind="403", times=9),)))

    found = {record["id"]: record for record in collected.records("graph-directory-objects")}
    assert found[uid(APP_SP)]["@odata.type"] == "#microsoft.graph.servicePrincipal"
    assert found[uid(APP_SP)]["appId"] == uid(11)
    assert uid(LOST_SP) not in found
    assert "passwordCredentials" not in found[uid(APP_SP)]
    assert collected.row("graph-service-principals").permission == "Application.Read.All"
    assert collected.row("graph-directory-objects").status.value == "complete"


def test_approvers_and_sponsors_and_units_are_followed(whole: Any) -> None:
    policy = whole.records("graph-directory-role-policies")[0]["policy"]

    assert policy["rules"][0]["setting"]["approvalStages"][0]["primaryApprovers"][0]["userId"] == uid(BOB)
    assert whole.related("graph-agent-sponsors") == {(uid(AGENT), uid(SPONSOR))}
    assert whole.ids("graph-administrative-units") == uids(UNIT, GUARDED)  # nobody has a role on the other
    [guarded] = [one for one in whole.records("graph-administrative-units") if one["id"] == uid(GUARDED)]
    assert guarded["isMemberManagementRestricted"] is True
    assert whole.related("graph-administrative-unit-members") == {(uid(UNIT), uid(GUEST)), (uid(GUARDED), uid(BOB))}
    assert [record["agentIdentityBlueprintId"] for record in whole.records("graph-agent-identities")] == [uid(15)]
    assert whole.ids("graph-agent-users") == uids(AGENT_USER)
    assert whole.kept("graph-agent-inheritable-permissions") == [{"id": uid(BLUEPRINT), "appId": uid(15)}]
    assert whole.records("graph-agent-inheritable-permissions")[0]["inheritableRoles"]["kind"] == "allAllowed"


def test_sign_ins_are_asked_for_only_with_usage(gather: Any, whole: Any) -> None:
    without = gather()

    assert [record["appId"] for record in whole.records("graph-service-principal-sign-ins")] == [uid(11)]
    assert without.served.requests["graph.servicePrincipalSignInActivities"] == 0
    for kind in ("graph-service-principal-sign-ins", "graph-app-credential-sign-ins"):
        row = without.row(kind)
        assert (row.status.value, row.detail) == ("skipped", "`--usage` asks for it")


def test_small_pages_give_the_same(gather: Any, whole: Any) -> None:
    paged = gather(Conduct(page=2), usage=True)

    for row in whole.snapshot.manifest.coverage:
        if row.record_kind.startswith("graph-"):
            assert _sorted(paged.records(row.record_kind)) == _sorted(whole.records(row.record_kind)), row.record_kind


def _sorted(records: list[Any]) -> list[str]:
    return sorted(json.dumps(record, sort_keys=True) for record in records)


def test_where_an_expansion_is_refused_the_listing_is_asked_without_and_owners_one_by_one(
    gather: Any, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cloud that lags behind: what the metadata of the server lacks, it refuses."""
    known = csdl.relations
    monkeypatch.setattr(csdl, "relations", lambda kind: known(kind) - {"owners", "sponsors"})
    collected = gather(of=estate)

    assert (uid(APP), uid(ALICE)) in collected.related("graph-application-owners")
    assert len(collected.related("graph-application-owners")) == len(CROWD) + 2
    assert collected.related("graph-agent-sponsors") == {(uid(AGENT), uid(SPONSOR))}
    assert {kind for kind in collected.gaps() if kind.startswith("graph-")} == set()


THOUSANDS = 4000


@pytest.fixture(scope="module")
def crowded() -> Estate:
    """A tenant of thousands: each service principal has an application, a tenth an API, a third an owner."""

    def principal(number: int) -> dict[str, Any]:
        roles = [{"id": uid(1), "value": "Read", "allowedMemberTypes": ["Application"], "isEnabled": True}]
        return {
            "id": uid(100_000 + number),
            "appId": uid(200_000 + number),
            "displayName": f"sp {number}",
            "accountEnabled": True,
            "servicePrincipalType": "Application",
            "appRoles": roles if number % 10 == 0 else [],
        }

    def registration(number: int) -> dict[str, Any]:
        return {"id": uid(300_000 + number), "appId": uid(200_000 + number), "displayName": f"app {number}"}

    return Estate(
        organization={"id": TENANT, "displayName": "crowded"},
        service_principals=Lazy(THOUSANDS, principal, lambda id_: _number(id_, 100_000)),
        applications=Lazy(THOUSANDS, registration, lambda id_: _number(id_, 300_000)),
        users=[{"id": uid(number), "displayName": "u", "accountEnabled": True} for number in range(500)],
        owners={uid(300_000 + number): [uid(number % 500)] for number in range(0, THOUSANDS, 3)},
        app_role_assignments=[
            {
                "id": f"a{number}",
                "resourceId": uid(100_000),
                "appRoleId": uid(1),
                "principalId": uid(100_000 + number),
                "principalType": "ServicePrincipal",
            }
            for number in range(1, THOUSANDS, 2)
        ],
        client_id=CLIENT,
    )


def _number(id_: str, first: int) -> int | None:
    number = int(id_[-12:]) - first
    return number if id_[:-12] == uid(0)[:-12] and 0 <= number < THOUSANDS else None


def test_requests_grow_with_the_hundredth_part_of_the_tenant(gather: Any, crowded: Estate) -> None:
    collected = gather(of=crowded, usage=True)

    requests = sum(count for family, count in collected.served.requests.items() if not family.startswith("login."))
    assert len(collected.records("graph-service-principals")) == THOUSANDS
    assert len(collected.records("graph-app-role-assignments")) == THOUSANDS // 2
    assert len(collected.records("graph-users")) == 500
    assert requests <= THOUSANDS / 100 + 60
