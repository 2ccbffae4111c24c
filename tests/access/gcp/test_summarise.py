"""What a summary says of an identity on Google Cloud, by example."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nhi_scan.access.gcp.catalogue import VERSION, gcp_catalogue, level
from nhi_scan.access.gcp.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Verdict
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Group, Identity, Nature
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORG, FOLDER, APP, DATA = "organizations/1", "folders/2", "projects/app", "projects/data"
ROBOT, OTHER = "serviceAccount:robot@app.iam.gserviceaccount.com", "serviceAccount:other@data.iam.gserviceaccount.com"
EVE, TEAM = "user:eve@example.com", "group:team@example.com"
BUCKET = "//storage.googleapis.com/logs"
GET, LIST, ACT = "storage.objects.get", "storage.objects.list", "iam.serviceAccounts.actAs"
SET = "resourcemanager.projects.setIamPolicy"
ROLES = {
    "roles/storage.objectViewer": (GET, LIST),
    "roles/iam.serviceAccountUser": (ACT,),
    "roles/owner": (GET, LIST, ACT, SET),
}
PAST = Condition("CEL", "", ('request.time < timestamp("2026-01-01T00:00:00Z")',))
FUTURE = Condition("CEL", "", ('request.time < timestamp("2027-01-01T00:00:00Z")',))
NAMED = Condition("CEL", "", ('resource.name.startsWith("projects/_/buckets/logs")',))
GETTING = "storage.googleapis.com/objects.get"
EVERYONE = "principalSet://goog/public:all"
COLLECTED = ("iam-deny-policies", "iam-pab-policies", "iam-pab-bindings", "asset-iam-policies")


def bound(principal: str, role: str, place: str, condition: Condition | None = None) -> Binding:
    name = f"{place}#{role}#{principal}" + ("#1" if condition else "")
    return Binding(id=name, principal_id=principal, policy_id=role, scope_id=place, condition=condition)


def deny(place: str, *permissions: str, who: str = EVERYONE, but: str = "", when: str = "") -> tuple[Policy, Guardrail]:
    rule = Statement(
        effect=Effect.DENY,
        actions=permissions,
        principals=(PrincipalPattern("member", who),),
        not_principals=(PrincipalPattern("member", but),) if but else (),
        conditions=(Condition("CEL", "", (when,)),) if when else (),
    )
    name = f"policies/{place}/denypolicies/{'-'.join(permissions)}"
    policy = Policy(id=name, provider="gcp", kind="guardrail", name=name, scope_id=place, statements=(rule,))
    return policy, Guardrail(policy_id=name, scope_id=place, kind="deny_policy")


def boundary(principals: str, *resources: str) -> tuple[Policy, Guardrail]:
    rule = Statement(effect=Effect.ALLOW, resources=resources)
    name = f"{ORG}/locations/global/principalAccessBoundaryPolicies/{len(resources)}"
    policy = Policy(
        id=name, provider="gcp", kind="boundary", name=name, scope_id=ORG, statements=(rule,), version="latest"
    )
    return policy, Guardrail(policy_id=name, scope_id=principals, kind="principal_access_boundary")


def estate(
    *bindings: Binding,
    limits: Iterable[tuple[Policy, Guardrail]] = (),
    roles: dict[str, tuple[str, ...]] | None = None,
    listed: bool = True,
) -> Access:
    """An organization, a folder with one project in it and one beside it; a service account in each, a person."""
    records = Records()
    records.scopes = [
        Scope(id=ORG, provider="gcp", kind="organization", name="example.com", parent_id=""),
        Scope(id=FOLDER, provider="gcp", kind="folder", name="f", parent_id=ORG),
        Scope(id=APP, provider="gcp", kind="project", name="app", parent_id=FOLDER, number="11"),
        Scope(id=DATA, provider="gcp", kind="project", name="data", parent_id=ORG, number="12"),
    ]
    for id_, home in ((ROBOT, APP), (OTHER, DATA), (EVE, "")):
        records.identities.append(
            Identity(
                id=id_,
                provider="gcp",
                kind="service_account" if home else "user",
                nature=Nature.NON_HUMAN if home else Nature.HUMAN,
                nature_reason="a test says so",
                name=id_,
                scope_id=home,
            )
        )
    records.groups = [
        Group(
            id=TEAM,
            provider="gcp",
            kind="google_group",
            name=TEAM,
            scope_id=ORG,
            member_ids=(ROBOT,) if listed else (),
            complete=listed,
        )
    ]
    for id_, actions in (ROLES if roles is None else roles).items():
        rule = Statement(effect=Effect.ALLOW, actions=actions)
        records.policies.append(Policy(id=id_, provider="gcp", kind="role", name=id_, scope_id="", statements=(rule,)))
    records.bindings = list(bindings)
    for policy, guardrail in limits:
        records.policies.append(policy)
        records.guardrails.append(guardrail)
    records.coverage = [
        Coverage(provider="gcp", scope_id=ORG, record_kind=kind, status=CoverageStatus.COMPLETE) for kind in COLLECTED
    ]
    return summarise(build([records]), NOW)


def sets(access: Access, identity_id: str = ROBOT) -> tuple[list[str], list[str], list[str]]:
    """What may be granted, what surely is somewhere, what surely is on all of the identity's project."""
    summary = access.summary(identity_id)
    return (
        list(access.catalogue.expand(summary.actions)),
        list(access.catalogue.expand(summary.certain)),
        list(access.catalogue.expand(summary.everywhere)),
    )


VIEWER, USER, OWNER = ROLES
BOTH = [GET, LIST]


@pytest.mark.parametrize(
    ("binding", "expected"),
    [
        (bound(ROBOT, VIEWER, APP), (BOTH, BOTH, BOTH)),
        (bound(ROBOT, VIEWER, FOLDER), (BOTH, BOTH, BOTH)),
        (bound(ROBOT, VIEWER, ORG), (BOTH, BOTH, BOTH)),
        (bound(ROBOT, VIEWER, DATA), (BOTH, BOTH, [])),
        (bound(ROBOT, VIEWER, BUCKET), (BOTH, BOTH, [])),
        (bound(TEAM, VIEWER, APP), (BOTH, BOTH, BOTH)),
        (bound("allUsers", VIEWER, BUCKET), (BOTH, BOTH, [])),
        (bound("allAuthenticatedUsers", VIEWER, APP), (BOTH, BOTH, BOTH)),
        (bound(OTHER, VIEWER, APP), ([], [], [])),
        (bound(ROBOT, VIEWER, APP, PAST), ([], [], [])),
        (bound(ROBOT, VIEWER, APP, FUTURE), (BOTH, BOTH, BOTH)),
        (bound(ROBOT, VIEWER, APP, NAMED), (BOTH, [], [])),
    ],
    ids=[
        "home",
        "above",
        "top",
        "elsewhere",
        "resource",
        "group",
        "everyone",
        "authenticated",
        "other",
        "past",
        "future",
        "named",
    ],
)
def test_what_a_binding_gives(binding: Binding, expected: tuple[list[str], list[str], list[str]]) -> None:
    assert sets(estate(binding)) == expected


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (deny(ORG, GETTING), ([LIST], [LIST], [LIST])),
        (deny(APP, GETTING), ([LIST], [LIST], [LIST])),
        (deny(DATA, GETTING), (BOTH, BOTH, BOTH)),
        (deny(ORG, "storage.googleapis.com/*.*"), ([], [], [])),
        (deny(ORG, GETTING, who="principal://goog/subject/eve@example.com"), (BOTH, BOTH, BOTH)),
        (deny(ORG, GETTING, but="principalSet://goog/group/team@example.com"), (BOTH, BOTH, BOTH)),
        (deny(ORG, GETTING, when='resource.matchTag("1/env", "prod")'), (BOTH, [LIST], [LIST])),
        (deny(ORG, GETTING, when=PAST.values[0]), (BOTH, BOTH, BOTH)),
        (boundary(ORG, ORG), (BOTH, BOTH, BOTH)),
        (boundary(ORG, FOLDER), (BOTH, BOTH, BOTH)),
        (boundary(ORG, DATA), ([], [], [])),
        (boundary(DATA, DATA), (BOTH, BOTH, BOTH)),
    ],
    ids=[
        "above", "here", "elsewhere", "all", "somebody else", "excepted", "tagged", "lapsed", "within",
        "within the folder", "outside", "for others",
    ],
)  # fmt: skip
def test_what_limits_take(limit: tuple[Policy, Guardrail], expected: tuple[list[str], list[str], list[str]]) -> None:
    assert sets(estate(bound(ROBOT, VIEWER, APP), limits=[limit])) == expected


def test_a_boundary_that_blocks_nothing_still_adds_to_what_its_principals_are_eligible_for() -> None:
    policy, guardrail = boundary(APP, FOLDER)
    first = replace(policy, id="first", version="1"), replace(guardrail, policy_id="first")
    access = estate(bound(ROBOT, VIEWER, APP), limits=[first, boundary(ORG, DATA)], roles={VIEWER: ROLES[VIEWER]})
    assert sets(access) == (BOTH, BOTH, BOTH)
    assert access.truth(ROBOT, GET, APP) is True
    assert access.decide(ROBOT, GET, APP).verdict is Verdict.ALLOWED


def test_a_deny_policy_below_what_is_granted_takes_nothing_from_it_and_everywhere_for_those_below() -> None:
    access = estate(bound(ROBOT, VIEWER, ORG), bound(OTHER, VIEWER, ORG), limits=[deny(APP, GETTING)])
    assert sets(access, ROBOT) == (BOTH, BOTH, [LIST])
    assert sets(access, OTHER) == (BOTH, BOTH, BOTH)


def test_whoever_has_no_project_is_measured_by_any() -> None:
    assert sets(estate(bound(EVE, VIEWER, DATA)), EVE) == (BOTH, BOTH, BOTH)
    assert sets(estate(bound(EVE, VIEWER, BUCKET)), EVE) == (BOTH, BOTH, [])


def test_who_holds_the_same_shares_it() -> None:
    access = estate(bound(ROBOT, VIEWER, APP), bound(OTHER, VIEWER, DATA), bound(EVE, USER, APP))
    assert access.summary(ROBOT).stack is access.summary(OTHER).stack
    assert access.summary(EVE).stack is not access.summary(OTHER).stack


def test_a_role_that_nobody_knows_leaves_the_answer_open() -> None:
    access = estate(bound(ROBOT, "organizations/1/roles/gone", APP), bound(OTHER, VIEWER, DATA))
    assert not access.summary(ROBOT).complete
    assert access.summary(ROBOT).verdict(GET) is Verdict.UNKNOWN
    assert access.truth(ROBOT, GET, APP) is None
    assert access.truth(ROBOT, GET, DATA) is False
    assert access.summary(OTHER).complete


def test_a_group_whose_members_were_not_listed_gives_nothing_and_leaves_the_answer_open() -> None:
    access = estate(bound(TEAM, VIEWER, APP), bound(ROBOT, USER, APP), listed=False)
    summary = access.summary(ROBOT)
    assert sets(access) == ([ACT], [ACT], [ACT])
    assert not summary.complete
    assert (summary.verdict(GET), summary.verdict(ACT)) == (Verdict.UNKNOWN, Verdict.ALLOWED)
    assert access.holdings(ROBOT, GET) == ()
    assert [id_ for id_, _ in access.who_can(GET)] == sorted([ROBOT, OTHER, EVE])


def test_limits_that_were_not_collected_are_told() -> None:
    access = estate(bound(ROBOT, VIEWER, APP))
    assert access.summary(ROBOT).guardrails_known
    assert access.summary(EVE).guardrails_known
    records = Records(
        scopes=list(access.inventory.scopes.values()),
        identities=list(access.inventory.identities.values()),
        coverage=[row for row in access.inventory.coverage if row.record_kind != "iam-deny-policies"],
    )
    unknown = summarise(build([records]), NOW)
    assert not unknown.summary(ROBOT).guardrails_known
    assert not unknown.summary(EVE).guardrails_known


def test_names_of_permissions() -> None:
    access = estate()
    assert access.understands(GET)
    for other in ("s3:GetObject", GETTING, "storage.objects", "storage"):
        assert not access.understands(other)


def test_the_case_of_a_permission_does_not_count() -> None:
    access = estate(bound(ROBOT, USER, APP))
    assert access.decide(ROBOT, ACT.lower(), APP).verdict is Verdict.ALLOWED
    assert [id_ for id_, _ in access.who_can(ACT.lower(), APP)] == [ROBOT]
    assert access.truth(ROBOT, ACT.lower(), APP) is True


def test_statements_name_the_bindings() -> None:
    access = estate(bound(ROBOT, VIEWER, APP), bound(TEAM, OWNER, FOLDER), bound(ROBOT, USER, APP))
    assert [one.binding_id for one in access.statements(ROBOT, GET)] == [
        f"{FOLDER}#{OWNER}#{TEAM}",
        f"{APP}#{VIEWER}#{ROBOT}",
    ]
    assert [one.binding_id for one in access.statements(ROBOT, GET, FOLDER)] == [f"{FOLDER}#{OWNER}#{TEAM}"]
    assert {one.layer for one in access.statements(ROBOT, GET)} == {"allow"}


def test_without_a_resource_a_boundary_leaves_what_is_below() -> None:
    access = estate(bound(ROBOT, VIEWER, ORG), limits=[boundary(ORG, DATA)])
    assert access.decide(ROBOT, GET, APP).verdict is Verdict.DENIED
    assert access.decide(ROBOT, GET).verdict is Verdict.ALLOWED
    assert [id_ for id_, _ in access.who_can(GET)] == [ROBOT]


def test_nobody_and_nothing() -> None:
    access = estate()
    with pytest.raises(KeyError):
        access.summary("serviceAccount:nobody@app.iam.gserviceaccount.com")
    with pytest.raises(UserError, match="no place of Google Cloud"):
        access.decide(ROBOT, GET, "nowhere")
    with pytest.raises(UserError, match="no place of Google Cloud"):
        access.who_can(GET, "nowhere")
    assert access.who_can(GET) == []
    assert access.summary(ROBOT).verdict("made.up.permission") is Verdict.DENIED


@pytest.mark.parametrize(
    ("permission", "letter"),
    [
        ("storage.objects.list", "L"),
        ("cloudasset.assets.searchallresources", "L"),
        ("storage.objects.get", "R"),
        ("secretmanager.versions.access", "R"),
        ("storage.buckets.getiampolicy", "R"),
        ("storage.objects.create", "W"),
        ("storage.buckets.setiampolicy", "P"),
        ("iam.serviceaccountkeys.create", "P"),
        ("iam.serviceaccountkeys.list", "L"),
        ("iam.serviceaccounts.actas", "P"),
        ("iam.serviceaccounts.getaccesstoken", "P"),
        ("iam.serviceaccounts.signjwt", "P"),
        ("iam.serviceaccounts.disable", "W"),
        ("iam.roles.update", "P"),
        ("iam.roles.get", "R"),
        ("orgpolicy.policy.set", "P"),
        ("storage.hmackeys.create", "P"),
        ("storage.buckets.createtagbinding", "T"),
        ("resourcemanager.tagvaluebindings.create", "T"),
        ("resourcemanager.tagvaluebindings.list", "L"),
        ("nonsense", "?"),
        ("..", "?"),
    ],
)
def test_kinds_of_access(permission: str, letter: str) -> None:
    assert level(permission) == letter


def test_the_catalogue_has_every_permission_once_as_it_is_written() -> None:
    def role(name: str, *actions: str, provider: str = "gcp") -> Policy:
        rule = Statement(effect=Effect.ALLOW, actions=actions)
        return Policy(id=name, provider=provider, kind="role", name=name, scope_id="", statements=(rule,))

    catalogue = gcp_catalogue([role("a", GET, ACT), role("b", LIST, GET), role("c", "x.y.z", provider="other")])
    assert list(catalogue.expand(catalogue.everything)) == [ACT, GET, LIST]
    assert catalogue.version == VERSION
    assert catalogue.services(catalogue.everything) == ("iam", "storage")
    assert (catalogue.level(ACT), catalogue.level(GET)) == ("permissions management", "read")
    assert catalogue.display("IAM.serviceaccounts.ACTAS") == ACT
    assert catalogue.exactly([GET.upper(), "un.known.one", "storage.*"]) == catalogue.bit(GET)
