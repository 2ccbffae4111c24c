from datetime import UTC, datetime
from typing import Any

import pytest

from nhi_scan.access.gcp.ask import Questions
from nhi_scan.access.gcp.members import Members
from nhi_scan.access.gcp.places import Places
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Verdict
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Identity, Nature, Resource
from nhi_scan.model.policy import Binding, Condition, Effect, Policy, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

APP = "serviceAccount:app@app.iam.gserviceaccount.com"
IDLE = "serviceAccount:idle@app.iam.gserviceaccount.com"
GONE = "deleted:serviceAccount:old@app.iam.gserviceaccount.com?uid=1"
BUCKET = "//storage.googleapis.com/data"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
GET = "storage.objects.get"


def identity(id_: str, status: Any = "active") -> Identity:
    return Identity(
        id=id_,
        provider="gcp",
        kind="service_account",
        nature=Nature.NON_HUMAN,
        nature_reason="",
        name=id_,
        scope_id="projects/app",
        unique_id="112233" if id_ == APP else None,
        status=status,
    )


def binding(who: str, place: str, role: str = "roles/reader", condition: str | None = None) -> Binding:
    return Binding(
        id=f"{place}#{role}#{who}",
        principal_id=who,
        policy_id=role,
        scope_id=place,
        condition=None if condition is None else Condition("CEL", "", (condition,)),
    )


def covered(scope: str, kind: str) -> Coverage:
    return Coverage(provider="gcp", scope_id=scope, record_kind=kind, status=CoverageStatus.COMPLETE)


def questions(*bindings: Binding) -> Questions:
    statements = (Statement(effect=Effect.ALLOW, actions=(GET,)),)
    records = Records(
        scopes=[
            Scope(id="organizations/1", provider="gcp", kind="organization", name="o", parent_id="", policy_tags=()),
            Scope(
                id="projects/app",
                provider="gcp",
                kind="project",
                name="app",
                parent_id="organizations/1",
                number="42",
                policy_tags=(),
            ),
        ],
        identities=[identity(APP), identity(IDLE, "disabled"), identity(GONE, "deleted")],
        resources=[Resource(id=BUCKET, provider="gcp", kind="bucket", name="data", scope_id="projects/app")],
        policies=[
            Policy(id="roles/reader", provider="gcp", kind="role", name="r", scope_id="", statements=statements),
        ],
        bindings=list(bindings),
        coverage=[covered("organizations/1", "asset-iam-policies")],
    )
    inventory = build([records])
    places = Places(inventory)
    return Questions(inventory, places, Members(inventory, places), NOW)


def test_a_decision_names_the_role_the_binding_and_the_place() -> None:
    answer = questions(binding(APP, "projects/app")).ask(APP, GET, "gs://data/o")
    assert answer.verdict is Verdict.ALLOWED
    (named,) = answer.statements
    assert (named.policy_id, named.layer) == ("roles/reader", "allow")
    assert named.binding_id == f"projects/app#roles/reader#{APP}"
    assert answer.reason == "role `roles/reader` on `projects/app` allows it"


@pytest.mark.parametrize(
    "resource",
    [
        APP,
        "app@app.iam.gserviceaccount.com",
        "112233",
        "projects/42",
        "projects/app",
        "gs://data",
        "gs://data/a",
        "//storage.googleapis.com/projects/_/buckets/data",
        "//run.googleapis.com/projects/42/locations/l/services/s",
        "//cloudresourcemanager.googleapis.com/projects/42",
        "serviceAccount:never-seen@app.iam.gserviceaccount.com",
        None,
    ],
)
def test_a_place_may_be_named_in_many_ways(resource: str | None) -> None:
    assert questions(binding(APP, "projects/app")).ask(APP, GET, resource).verdict is Verdict.ALLOWED


@pytest.mark.parametrize("resource", ["projects/other", "nobody@example.com", "data", "", "organizations/2"])
def test_what_is_no_place_is_an_error_of_the_user(resource: str) -> None:
    with pytest.raises(UserError, match="no place of Google Cloud") as raised:
        questions().ask(APP, GET, resource)
    assert f"`{resource}`" in str(raised.value)


@pytest.mark.parametrize("resource", ["gs://elsewhere", "gs://elsewhere/a", "//storage.googleapis.com/elsewhere"])
def test_of_what_may_be_in_any_project_the_answer_says_so(resource: str) -> None:
    answer = questions(binding(APP, "projects/app")).ask(APP, GET, resource)
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.baseless
    assert answer.reason.startswith("nothing collected gives `storage.objects.get`, and which project `//storage.")
    assert answer.reason.endswith("is in is not known")


def test_of_what_has_a_folder_above_that_nobody_looked_at_the_answer_says_so() -> None:
    records = Records(
        scopes=[Scope(id="projects/app", provider="gcp", kind="project", name="app", parent_id="folders/7")],
        identities=[identity(APP)],
        coverage=[covered("projects/app", "crm-iam-policies")],
    )
    inventory = build([records])
    places = Places(inventory)
    answer = Questions(inventory, places, Members(inventory, places), NOW).ask(APP, GET, "projects/app")
    assert answer.verdict is Verdict.UNKNOWN
    assert answer.reason.endswith(", and what is given above `projects/app` was not collected")


@pytest.mark.parametrize(
    ("context", "word"), [({"request.time": "noon"}, "`noon`"), ({"resource.tags": "1/env:prod"}, "`1/env:prod`")]
)
def test_a_context_that_cannot_be_read_is_an_error_of_the_user(context: dict[str, str], word: str) -> None:
    with pytest.raises(UserError, match=word):
        questions().ask(APP, GET, "projects/app", context)


def test_an_unknown_identity() -> None:
    with pytest.raises(KeyError):
        questions().ask("user:nobody@example.com", GET)


def test_without_a_place_the_best_answer_of_all_places_counts() -> None:
    open_ = "request.path == '/a'"
    two = questions(binding(APP, "organizations/1", condition=open_), binding(APP, BUCKET))
    assert two.ask(APP, GET).verdict is Verdict.ALLOWED
    assert two.ask(APP, GET, "projects/app").verdict is Verdict.CONDITIONAL
    one = questions(binding(APP, BUCKET, condition=open_), binding(APP, BUCKET, "roles/never-seen"))
    assert one.ask(APP, GET).verdict is Verdict.CONDITIONAL
    assert one.ask(APP, "run.services.get").verdict is Verdict.UNKNOWN
    assert questions().ask(APP, GET).verdict is Verdict.DENIED


def test_several_values_of_the_context() -> None:
    levels = questions(binding(APP, "projects/app", condition="'b' in request.auth.access_levels"))
    assert levels.ask(APP, GET, BUCKET, {"request.auth.access_levels": ["a", "b"]}).verdict is Verdict.ALLOWED
    assert levels.ask(APP, GET, BUCKET, {"request.auth.access_levels": ["a"]}).verdict is Verdict.DENIED
    assert levels.ask(APP, GET, BUCKET).verdict is Verdict.CONDITIONAL
    assert levels.ask(APP, GET, BUCKET, strict=True).verdict is Verdict.DENIED


def test_what_is_stated_of_the_resource_counts_for_more_than_what_is_derived() -> None:
    named = questions(binding(APP, "projects/app", condition="resource.name == 'x' && resource.type == 't'"))
    stated = {"resource.name": "x", "resource.type": "t", "resource.service": "s"}
    assert named.ask(APP, GET, "gs://data/o").verdict is Verdict.DENIED
    assert named.ask(APP, GET, "gs://data/o", stated).verdict is Verdict.ALLOWED


def test_a_disabled_account_is_answered_for_by_its_policies() -> None:
    answer = questions(binding(IDLE, "projects/app")).ask(IDLE, GET, BUCKET)
    assert answer.verdict is Verdict.ALLOWED
    assert "disabled" in answer.reason
    assert "disabled" not in questions().ask(IDLE, GET, BUCKET).reason


def test_a_deleted_account_may_do_nothing() -> None:
    answer = questions(binding(GONE, "projects/app"), binding("allUsers", "projects/app")).ask(GONE, GET, BUCKET)
    assert answer.verdict is Verdict.DENIED
    assert answer.reason == "the identity is deleted"
