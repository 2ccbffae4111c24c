"""What goes wrong with the directory is a row of coverage, and costs no other part."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nhi_scan.demo.azure.errors import graph_not_found
from nhi_scan.demo.azure.estate import TENANT, Estate
from nhi_scan.demo.azure.gate import Conduct, Fault
from nhi_scan.demo.azure.graph import objects
from nhi_scan.demo.azure.server import serve
from nhi_scan.model.errors import UserError

FAMILIES = {
    "graph.applications": "graph-applications",
    "graph.servicePrincipals": "graph-service-principals",
    "graph.oauth2PermissionGrants": "graph-oauth2-permission-grants",
    "graph.roleAssignments": "graph-directory-role-assignments",
    "graph.authorizationPolicy": "graph-authorization-policy",
}


def uid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def _graph(gaps: dict[str, Any]) -> set[str]:
    return {kind for kind in gaps if kind.startswith("graph-")}


@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize("kind", ["429", "503", "500", "truncated", "closed"])
def test_what_passes_is_no_gap(gather: Any, whole: Any, family: str, kind: str) -> None:
    collected = gather(Conduct(faults=(Fault(family=family, kind=kind, times=1),), retry_after="0.01"))

    assert _graph(collected.gaps()) == set()
    assert collected.served.requests[family] == whole.served.requests[family] + 1


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("403", "denied", "Authorization_RequestDenied"),
        ("500", "failed", "InternalServerError"),
        ("401", "failed", "InvalidAuthenticationToken"),
        ("404", "failed", "ResourceNotFound"),
        ("truncated", "failed", ""),
    ],
)
def test_what_lasts_is_a_gap_of_its_own_part(gather: Any, kind: str, status: str, code: str) -> None:
    lasting = Fault(family="graph.oauth2PermissionGrants", kind=kind, times=99)
    collected = gather(Conduct(faults=(lasting,)), max_attempts=1)

    row = collected.row("graph-oauth2-permission-grants")
    assert (row.status.value, row.records) == (status, 0)
    assert code in row.detail
    assert row.permission == ("Directory.Read.All" if kind == "403" else "")
    assert _graph(collected.gaps()) == {"graph-oauth2-permission-grants"}


def test_a_listing_that_breaks_off_keeps_what_came(gather: Any) -> None:
    broken = Fault(family="graph.servicePrincipals", kind="500", after=2, times=99)
    collected = gather(Conduct(page=2, faults=(broken,)), max_attempts=1)

    row = collected.row("graph-service-principals")
    assert (row.status.value, row.records) == ("partial", 4)
    # What was asked about those that came cannot be complete either.
    roles = collected.row("graph-app-role-assignments")
    assert roles.status.value in {"partial", "failed"}
    assert "`graph-service-principals` is not complete" in roles.detail


def test_a_next_link_for_ever_ends(gather: Any) -> None:
    endless = Fault(family="graph.servicePrincipals", kind="repeated_link", times=99)
    collected = gather(Conduct(page=2, faults=(endless,)))

    row = collected.row("graph-service-principals")
    assert row.status.value == "partial"
    assert "same next link twice" in row.detail


def test_answers_of_other_types_are_kept_as_they_are_and_break_nothing(gather: Any) -> None:
    families = ("servicePrincipals", "applications", "roleAssignments", "groups", "agentUsers", "getByIds")
    odd = Conduct(faults=tuple(Fault(family=f"graph.{family}", kind="odd_type", times=99) for family in families))
    collected = gather(odd)

    assert {record["displayName"] for record in collected.records("graph-service-principals")} == {7}
    assert {record["principalId"] for record in collected.records("graph-directory-role-assignments")} == {7}
    assert _graph(collected.gaps()) == set()


def test_a_tenant_without_the_licences_is_told_apart_from_one_without_the_rights(gather: Any) -> None:
    collected = gather(Conduct(premium=False), usage=True)

    skipped = {row.record_kind: row for row in collected.snapshot.manifest.coverage if row.status.value == "skipped"}
    assert set(skipped) >= {
        "graph-app-credential-sign-ins",
        "graph-directory-role-assignment-instances",
        "graph-directory-role-eligibility-instances",
        "graph-directory-role-policies",
        "graph-group-eligibility-instances",
        "graph-risky-service-principals",
        "graph-service-principal-sign-ins",
    }
    for kind, row in skipped.items():
        if kind.startswith("graph-"):
            assert row.detail.startswith("the tenant lacks the licence: `"), kind
            assert row.permission == ""
    assert _graph(collected.gaps()) == set()


@pytest.mark.parametrize("status", ["400", "404"])
def test_a_cloud_without_agents_lacks_nothing(gather: Any, status: str) -> None:
    families = ("agentIdentities", "agentIdentityBlueprints", "agentIdentityBlueprintPrincipals", "agentUsers")
    faults = tuple(Fault(family=f"graph.{family}", kind=status, times=99) for family in families)
    collected = gather(Conduct(faults=faults))

    for kind in ("identities", "blueprints", "blueprint-principals", "users"):
        row = collected.row(f"graph-agent-{kind}")
        assert row.status.value == "skipped"
        assert row.detail.startswith("this cloud has no identities of agents: `")
    assert collected.row("graph-agent-sponsors").status.value == "skipped"
    assert _graph(collected.gaps()) == set()


@pytest.mark.parametrize(
    ("family", "kind", "detail"),
    [
        ("riskyServicePrincipals", "graph-risky-service-principals", "this cloud has no report of risks: `"),
        (
            "servicePrincipalSignInActivities",
            "graph-service-principal-sign-ins",
            "this cloud has no report of sign-ins",
        ),
    ],
)
def test_a_cloud_without_a_report_lacks_nothing(gather: Any, family: str, kind: str, detail: str) -> None:
    collected = gather(Conduct(faults=(Fault(family=f"graph.{family}", kind="404", times=99),)), usage=True)

    row = collected.row(kind)
    assert (row.status.value, row.detail.startswith(detail)) == ("skipped", True)
    assert _graph(collected.gaps()) == set()


def test_parts_of_a_batch_fail_by_themselves(gather: Any) -> None:
    one = Fault(family="graph.groups.members", kind="403", path=uid(302), times=99)
    collected = gather(Conduct(faults=(one,)))

    row = collected.row("graph-group-members")
    assert (row.status.value, row.permission) == ("partial", "Directory.Read.All")
    assert {of["id"] for of in collected.kept("graph-group-members")} == {uid(301), uid(303)}
    assert collected.row("graph-group-owners").status.value == "complete"


def test_a_group_that_cannot_be_found_is_partial_and_the_others_are_asked(gather: Any) -> None:
    collected = gather(Conduct(faults=(Fault(family="graph.groups.members", kind="404", path=uid(301), times=9),)))

    assert collected.row("graph-group-members").status.value == "partial"
    assert {of["id"] for of in collected.kept("graph-group-members")} == {uid(303)}


def test_a_deleted_group_that_still_has_a_role_is_no_gap(gather: Any, estate: Estate) -> None:
    gone, scope = uid(399), f"/subscriptions/{uid(900)}"
    last = estate.role_assignments[-1]
    properties = {**last["properties"], "principalId": gone, "principalType": "Group"}
    dangling = {"id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uid(849)}", "name": uid(849)}
    named = replace(estate, role_assignments=[*estate.role_assignments, {**last, **dangling, "properties": properties}])
    collected = gather(of=named)

    assert gone not in collected.ids("graph-groups")
    assert collected.served.parts["graph.groups.members"] == 3
    assert _graph(collected.gaps()) == set()


def test_what_is_deleted_while_it_is_asked_about_is_no_gap(
    gather: Any, estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = objects.rows_of

    def rows_of(world: Any, route: Any, ids: tuple[str, ...]) -> Any:
        if ids[:1] in ((uid(301),), (uid(4),), (uid(7),)) and route.path.count("/") > 1:
            raise graph_not_found(ids[0])
        return listed(world, route, ids)

    monkeypatch.setattr(objects, "rows_of", rows_of)
    collected = gather(of=estate)

    assert {of["id"] for of in collected.kept("graph-group-members")} == {uid(303)}
    assert collected.related("graph-application-owners") == set()
    assert _graph(collected.gaps()) == set()


def test_flexible_credentials_without_beta_are_kept_and_partial(gather: Any) -> None:
    # v1.0 is asked of both applications first; beta of the flexible one after it.
    beta = Fault(family="graph.applications.federatedIdentityCredentials", kind="403", after=2, times=99)
    collected = gather(Conduct(faults=(beta,)))

    row = collected.row("graph-federated-credentials")
    assert row.status.value == "partial"
    assert row.detail.startswith("what a flexible credential matches is shown by beta alone")
    assert {record["name"] for record in collected.records("graph-federated-credentials")} == {"github", "any-branch"}


def test_where_the_filter_is_refused_every_application_is_asked(gather: Any) -> None:
    refused = Fault(family="graph.applications", kind="400", path="applications", after=1, times=9)
    collected = gather(Conduct(faults=(refused,)))

    assert {record["name"] for record in collected.records("graph-federated-credentials")} == {"github", "any-branch"}
    assert collected.served.parts["graph.applications.federatedIdentityCredentials"] == 6
    assert collected.row("graph-federated-credentials").status.value == "complete"


def test_groups_above_the_limit_are_partial_and_role_assignable_ones_come_first(gather: Any) -> None:
    collected = gather(groups_at_most=1)

    assert {of["id"] for of in collected.kept("graph-group-members")} == {uid(301)}
    row = collected.row("graph-group-members")
    assert row.status.value == "partial"
    assert row.detail.startswith("1 groups were asked and ")
    assert collected.ids("graph-groups") == [uid(301), uid(302), uid(303)]
    assert collected.row("graph-groups").status.value == "complete"


# -- signing in


def test_a_token_for_graph_alone_collects_the_directory(gather: Any) -> None:
    collected = gather(Conduct(faults=(Fault(family="login.token", kind="400", after=1, times=99),)), max_attempts=1)

    assert collected.row("graph-service-principals").status.value == "complete"
    assert collected.row("arg-role-assignments").status.value == "failed"
    assert _graph(collected.gaps()) == set()


def test_a_token_for_resource_manager_alone_collects_subscriptions(gather: Any) -> None:
    collected = gather(
        Conduct(faults=(Fault(family="login.token", kind="400", times=1),)), max_attempts=1, tenant=TENANT
    )

    rows = {row.record_kind: row for row in collected.snapshot.manifest.coverage}
    graph = {kind for kind in rows if kind.startswith("graph-")}
    assert {rows[kind].status.value for kind in graph} == {"failed"}
    assert "graph-users" in graph
    assert collected.row("arg-role-assignments").records == 4


def test_no_token_at_all_is_a_sentence(estate: Estate, starting: Any, tmp_path: Path) -> None:
    with (
        serve(replace(estate, secret="another"), starting.now) as served,
        pytest.raises(UserError) as caught,
        starting(replace_secret(served), tmp_path / "s"),
    ):
        pass
    said = str(caught.value)
    assert said.startswith("the current Azure credentials do not work: `ClientAuthenticationError`: ")
    assert "az login" in said
    assert "wrong" not in said
    assert len(said) < 700


def replace_secret(served: Any) -> Any:
    return replace(served, client_secret="wrong")


def test_a_tenant_that_does_not_exist_is_a_sentence(starting: Any, tmp_path: Path) -> None:
    with (
        serve(starting.estate, starting.now) as served,
        pytest.raises(UserError, match=f"{uid(77)}") as caught,
        starting(served, tmp_path / "s", tenant=uid(77)),
    ):
        pass
    assert str(caught.value).startswith("the current Azure credentials do not work: ")
    assert "your tenant name or GUID" not in str(caught.value)


def test_without_variables_there_is_nobody_to_sign_in_as(starting: Any, tmp_path: Path) -> None:
    with (
        serve(starting.estate, starting.now) as served,
        pytest.raises(UserError, match="the current Azure credentials do not work"),
        starting(replace(served, client_id="", client_secret=""), tmp_path / "s"),
    ):
        pass


def test_a_tenant_is_the_same_in_any_spelling(gather: Any) -> None:
    collected = gather(tenant=TENANT.upper())

    assert {row.scope_id for row in collected.snapshot.manifest.coverage if row.record_kind.startswith("graph-")} == {
        f"/tenants/{TENANT}"
    }
