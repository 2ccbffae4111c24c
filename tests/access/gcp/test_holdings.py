"""Where a permission is granted, and what `truth` says of one place."""

from datetime import UTC, datetime

import pytest

from nhi_scan.access.gcp.holdings import Holding
from nhi_scan.access.gcp.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Group, Identity, Nature
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORG, FOLDER, APP, DATA = "organizations/1", "folders/2", "projects/app", "projects/data"
ROBOT, TARGET = "serviceAccount:robot@app.iam.gserviceaccount.com", "serviceAccount:target@data.iam.gserviceaccount.com"
TEAM, OUTER = "group:team@example.com", "group:outer@example.com"
ACT, ROLE, OTHER = "iam.serviceAccounts.actAs", "roles/iam.serviceAccountUser", "roles/owner"
TAGGED = Condition("CEL", "", ('resource.matchTag("1/env", "prod")',))
LAPSED = Condition("CEL", "", ('request.time < timestamp("2026-01-01T00:00:00Z")',))

Given = tuple[str, str, Condition | None]  # principal, place, condition


def estate(*given: Given, denied: tuple[str, ...] = (), condition: Condition | None = None) -> Access:
    """An organization with a project in a folder and one beside it, where bindings give and deny policies take."""
    records = Records()
    records.scopes = [
        Scope(id=ORG, provider="gcp", kind="organization", name="example.com", parent_id="", policy_tags=()),
        Scope(id=FOLDER, provider="gcp", kind="folder", name="f", parent_id=ORG, policy_tags=()),
        Scope(id=APP, provider="gcp", kind="project", name="app", parent_id=FOLDER, policy_tags=()),
        Scope(id=DATA, provider="gcp", kind="project", name="d", parent_id=ORG, policy_tags=(("1/env", "prod"),)),
    ]
    for id_, home in ((ROBOT, APP), (TARGET, DATA)):
        records.identities.append(
            Identity(
                id=id_,
                provider="gcp",
                kind="service_account",
                nature=Nature.NON_HUMAN,
                nature_reason="a test says so",
                name=id_,
                scope_id=home,
            )
        )
    records.groups = [
        Group(id=TEAM, provider="gcp", kind="google_group", name=TEAM, scope_id=ORG, member_ids=(ROBOT,)),
        Group(id=OUTER, provider="gcp", kind="google_group", name=OUTER, scope_id=ORG, member_ids=(TEAM,)),
    ]
    for role in (ROLE, OTHER):
        rule = Statement(effect=Effect.ALLOW, actions=(ACT,))
        records.policies.append(
            Policy(id=role, provider="gcp", kind="role", name=role, scope_id="", statements=(rule,))
        )
    for principal, place, when in given:
        name = f"{place}#{principal}"
        records.bindings.append(
            Binding(id=name, principal_id=principal, policy_id=ROLE, scope_id=place, condition=when)
        )
    for place in denied:
        rule = Statement(
            effect=Effect.DENY,
            actions=("iam.googleapis.com/serviceAccounts.actAs",),
            principals=(PrincipalPattern("member", "principalSet://goog/public:all"),),
            conditions=() if condition is None else (condition,),
        )
        records.policies.append(
            Policy(id=f"deny-{place}", provider="gcp", kind="guardrail", name="d", scope_id=place, statements=(rule,))
        )
        records.guardrails.append(Guardrail(policy_id=f"deny-{place}", scope_id=place, kind="deny_policy"))
    records.coverage = [
        Coverage(provider="gcp", scope_id=ORG, record_kind="asset-iam-policies", status=CoverageStatus.COMPLETE)
    ]
    return summarise(build([records]), NOW)


def held(access: Access) -> dict[str, bool | None]:
    return {one.place_id: one.state for one in access.holdings(ROBOT, ACT)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], {}),
        ([(ROBOT, APP, None)], {APP: True}),
        ([(TEAM, APP, None)], {APP: True}),
        ([(OUTER, APP, None)], {APP: True}),
        ([(TARGET, APP, None)], {}),
        ([("allUsers", TARGET, None)], {TARGET: True}),
        ([(ROBOT, APP, LAPSED)], {}),
        ([(ROBOT, APP, TAGGED)], {APP: None}),
        ([(ROBOT, APP, TAGGED), (TEAM, APP, None)], {APP: True}),
        ([(ROBOT, ORG, None), (ROBOT, APP, None)], {ORG: True}),
        ([(TEAM, ORG, None), (ROBOT, APP, None)], {ORG: True}),
        ([(ROBOT, ORG, None), (TEAM, APP, None), (TEAM, DATA, None), (OUTER, TARGET, None)], {ORG: True}),
        ([(ROBOT, FOLDER, None), (TEAM, APP, None), (TEAM, DATA, None)], {FOLDER: True, DATA: True}),
        ([(ROBOT, ORG, TAGGED), (TEAM, APP, None)], {ORG: None, APP: True}),
        ([(ROBOT, ORG, TAGGED), (TEAM, APP, TAGGED)], {ORG: None, APP: None}),
    ],
)
def test_places_are_left_out_below_what_is_wholly_held(given: list[Given], expected: dict[str, bool | None]) -> None:
    found = held(estate(*given))
    assert found == expected
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("place", "denied", "condition", "expected"),
    [
        (APP, ORG, None, {}),
        (APP, APP, None, {}),
        (APP, DATA, None, {APP: True}),
        (ORG, DATA, None, {ORG: None}),
        (ORG, ORG, None, {}),
        (APP, ORG, TAGGED, {APP: None}),
        (APP, ORG, LAPSED, {APP: True}),
    ],
)
def test_deny_policies_take_the_whole_or_leave_it_open(
    place: str, denied: str, condition: Condition | None, expected: dict[str, bool | None]
) -> None:
    assert held(estate((ROBOT, place, None), denied=(denied,), condition=condition)) == expected


def test_the_bindings_that_give_it_are_named() -> None:
    access = estate((ROBOT, APP, None), (TEAM, APP, TAGGED), (OUTER, DATA, None))
    (first, second) = access.holdings(ROBOT, ACT)
    assert isinstance(first, Holding)
    assert [one.binding_id for one in first.refs] == [f"{APP}#{TEAM}", f"{APP}#{ROBOT}"]
    assert [(one.policy_id, one.layer, one.binding_id) for one in second.refs] == [(ROLE, "allow", f"{DATA}#{OUTER}")]


def test_truth_settles_what_a_holding_leaves_open() -> None:
    access = estate((ROBOT, ORG, TAGGED), denied=(FOLDER,))
    assert held(access) == {ORG: None}
    places = (ORG, FOLDER, APP, DATA, ROBOT)
    assert [access.truth(ROBOT, ACT, place) for place in places] == [False, False, False, True, False]
    assert access.truth(ROBOT, "made.up.permission", DATA) is False
    assert access.truth(TARGET, ACT, DATA) is False


def test_places_may_be_written_in_several_ways() -> None:
    access = estate((ROBOT, TARGET, None))
    for place in (TARGET, TARGET.partition(":")[2], "//iam.googleapis.com/projects/data/" + TARGET.replace(":", "s/")):
        assert access.truth(ROBOT, ACT, place) is True


def test_everybody_alike_is_asked_once_and_answered_each() -> None:
    access = estate(("allUsers", DATA, None), (ROBOT, APP, None))
    found = access.who_can(ACT, TARGET)
    assert [id_ for id_, _ in found] == [ROBOT, TARGET]
    assert found[0][1] is found[1][1]
    assert found == [(id_, access.decide(id_, ACT, TARGET)) for id_ in (ROBOT, TARGET)]


def test_identities_of_other_clouds_are_not_everybody() -> None:
    access = estate(("allUsers", DATA, None))
    identities = access.inventory.identities
    role = Identity(
        id="arn:aws:iam::111122223333:role/app",
        provider="aws",
        kind="iam_role",
        nature=Nature.NON_HUMAN,
        nature_reason="a test says so",
        name="app",
        scope_id="111122223333",
    )
    mixed = summarise(
        build(
            [
                Records(
                    scopes=list(access.inventory.scopes.values()),
                    identities=[*identities.values(), role],
                    policies=list(access.inventory.policies.values()),
                    bindings=list(access.inventory.bindings.values()),
                    coverage=list(access.inventory.coverage),
                )
            ]
        ),
        NOW,
    )
    assert [id_ for id_, _ in mixed.who_can(ACT, TARGET)] == [ROBOT, TARGET]
    assert [id_ for id_, _ in mixed.who_can(ACT)] == [ROBOT, TARGET]
