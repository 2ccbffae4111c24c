"""Sets of a pool that go by what a token shows: as conditions, and what they mean for a summary."""

from datetime import UTC, datetime

import pytest

from nhi_scan.access.gcp.conditions import Known, evaluate
from nhi_scan.access.gcp.summarise import Access, summarise
from nhi_scan.access.gcp.tokens import attribute_of, condition_of
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Verdict
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.policy import Binding, Effect, Policy, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CI = "iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/ci"
PODS = "iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/app.svc.id.goog"
STAFF = "iam.googleapis.com/locations/global/workforcePools/staff"
JOB = f"principal://{CI}/subject/main"
REPO = f"principalSet://{CI}/attribute.repository/org/repo"
OTHER_REPO = f"principalSet://{CI}/attribute.repository/org/other"
PROD = f"principalSet://{CI}/attribute.env/prod"
ALL = f"principalSet://{CI}/*"
GET, CREATE = "storage.objects.get", "storage.objects.create"


@pytest.mark.parametrize(
    ("principal", "expression"),
    [
        (REPO, 'attribute.repository == "org/repo"'),
        (f"principalSet://{CI}/group/admins", '"admins" in google.groups'),
        (f"principalSet://{STAFF}/group/a@b", '"a@b" in google.groups'),
        (f"principalSet://{STAFF}/attribute.team/ärzte", 'attribute.team == "ärzte"'),
        (f'principalSet://{CI}/attribute.x/a"b\\c\nd', 'attribute.x == "a\\"b\\\\c\\nd"'),
        (f"principalSet://{PODS}/kubernetes.cluster/https://c", 'kubernetes.cluster == "https://c"'),
        (f"principalSet://{CI}/attribute.a-b/c", None),
        (f"principalSet://{CI}/attribute.x/", None),
        (f"principalSet://{CI}/attribute./x", None),
        (JOB, None),
        (ALL, None),
        (f"principalSet://{PODS}/namespace/web", None),
        ("group:attribute.x/y", None),
        ("", None),
    ],
)
def test_a_set_as_a_condition(principal: str, expression: str | None) -> None:
    found = condition_of(principal)
    assert (None if found is None else found.values[0]) == expression


def test_a_hostile_value_is_a_text_and_nothing_else() -> None:
    value = 'x" || true || "'
    found = condition_of(f"principalSet://{CI}/attribute.x/{value}")
    assert found is not None
    assert evaluate(found.values[0], Known()) is None
    assert evaluate(found.values[0], Known(extra={"attribute.x": "y"})) is False
    assert evaluate(found.values[0], Known(extra={"attribute.x": value})) is True


def test_which_attribute_a_set_goes_by() -> None:
    name = f"{CI}/attribute.repository/org/repo"
    assert attribute_of(name) == (f"{CI}/attribute.repository", "org/repo")
    assert attribute_of(f"{CI}/group/admins") == attribute_of(f"{CI}/*") == attribute_of("allUsers") == ("", "")


def estate(*given: tuple[str, str]) -> Access:
    """A project; a pool's subject, two sets of it that go by one attribute and one that goes by another."""
    records = Records()
    records.scopes = [
        Scope(id="projects/app", provider="gcp", kind="project", name="app", parent_id="", number="42"),
    ]
    records.identities = [
        Identity(
            id=id_,
            provider="gcp",
            kind="federated_principal",
            nature=Nature.NON_HUMAN,
            nature_reason="a test says so",
            name=id_,
            scope_id="",
        )
        for id_ in (JOB, REPO, OTHER_REPO, PROD, ALL)
    ]
    records.policies = [
        Policy(
            id=f"roles/{permission}",
            provider="gcp",
            kind="role",
            name=permission,
            scope_id="",
            statements=(Statement(effect=Effect.ALLOW, actions=(permission,)),),
        )
        for permission in (GET, CREATE)
    ]
    records.bindings = [
        Binding(id=f"{who} {what}", principal_id=who, policy_id=f"roles/{what}", scope_id="projects/app")
        for who, what in given
    ]
    records.coverage = [
        Coverage(
            provider="gcp", scope_id="projects/app", record_kind="asset-iam-policies", status=CoverageStatus.COMPLETE
        )
    ]
    return summarise(build([records]), NOW)


def test_what_each_token_of_a_set_gives_is_all_that_the_set_holds() -> None:
    access = estate((REPO, GET), (PROD, CREATE))
    for id_, held, other in ((REPO, GET, CREATE), (PROD, CREATE, GET)):
        summary = access.summary(id_)
        assert summary.complete
        assert summary.verdict(held) is Verdict.ALLOWED
        assert not summary.allows(other)
        assert access.truth(id_, held, "projects/app") is True
        assert access.truth(id_, other, "projects/app") is None
        assert access.decide(id_, other, "projects/app").verdict is Verdict.CONDITIONAL
    for id_ in (JOB, ALL):
        assert access.summary(id_).complete
        assert access.truth(id_, GET, "projects/app") is None
    assert access.truth(OTHER_REPO, GET, "projects/app") is False
    assert access.truth(OTHER_REPO, CREATE, "projects/app") is None


def test_who_can_names_those_whose_token_may_show_more() -> None:
    found = {id_: decision.verdict for id_, decision in estate((REPO, GET)).who_can(GET, "projects/app")}
    assert found == {
        REPO: Verdict.ALLOWED,
        JOB: Verdict.CONDITIONAL,
        PROD: Verdict.CONDITIONAL,
        ALL: Verdict.CONDITIONAL,
    }


def test_a_role_that_nobody_knows_leaves_a_set_open() -> None:
    access = estate((REPO, GET), (PROD, "that nobody knows"))
    assert not access.summary(PROD).complete
    assert access.summary(REPO).complete
    assert access.truth(REPO, CREATE, "projects/app") is None
