from collections.abc import Iterable
from dataclasses import replace

import pytest

from nhi_scan.access.combine import Truth
from nhi_scan.access.gcp.identifiers import canonical
from nhi_scan.access.gcp.members import Members
from nhi_scan.inventory.build import build
from nhi_scan.model.identity import Group, Identity, Nature
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

APP = "serviceAccount:app@app.iam.gserviceaccount.com"
ANN, BOB, CONSUMER = "user:ann@example.com", "user:bob@other.com", "user:c@gmail.com"
CI = "iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/ci"
JOB = f"principal://{CI}/subject/main"
REPO = f"principalSet://{CI}/attribute.repository/org/repo"
STAFF = "iam.googleapis.com/locations/global/workforcePools/staff"
EVE = f"principal://{STAFF}/subject/eve"
PODS = "iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/app.svc.id.goog"
POD = "serviceAccount:app.svc.id.goog[web/front]"
NEW_POD = f"principal://{PODS}/subject/ns/web/sa/front"
AGENT = "serviceAccount:service-42@gcp-sa-pubsub.iam.gserviceaccount.com"
GONE = "deleted:serviceAccount:old@app.iam.gserviceaccount.com?uid=1"
EVERYONE = (APP, ANN, BOB, CONSUMER, JOB, REPO, EVE, POD, AGENT, GONE)
OF_APP = "principalSet://cloudresourcemanager.googleapis.com/projects/42"


def identity(id_: str) -> Identity:
    home = "projects/app" if id_ in (APP, AGENT, GONE) else ""
    return Identity(
        id=id_,
        provider="gcp",
        kind="service_account" if home else "user" if id_.startswith("user:") else "federated_principal",
        nature=Nature.UNKNOWN,
        nature_reason="",
        name=id_,
        scope_id=home,
        managed_by_provider=id_ == AGENT,
        status="deleted" if id_ == GONE else "active",
    )


def members(
    *names: str,
    groups: Iterable[Group] = (),
    bindings: Iterable[Binding] = (),
    denied: Iterable[str] = (),
    bound: str = "",
) -> Members:
    """Of an inventory in whose policies these names occur."""
    rule = Statement(effect=Effect.DENY, principals=tuple(PrincipalPattern("member", name) for name in denied))
    policies = [
        Policy(id="d", provider="gcp", kind="guardrail", name="d", scope_id="organizations/1", statements=(rule,))
    ]
    guardrails = [Guardrail(policy_id="d", scope_id="organizations/1", kind="deny_policy")]
    if bound:
        policies.append(Policy(id="b", provider="gcp", kind="boundary", name="b", scope_id=""))
        guardrails.append(Guardrail(policy_id="b", scope_id=bound, kind="principal_access_boundary"))
    rows = [Binding(id=name, principal_id=name, policy_id="roles/x", scope_id="projects/app") for name in names]
    records = Records(
        scopes=[
            Scope(id="organizations/1", provider="gcp", kind="organization", name="example.com", parent_id=""),
            Scope(id="folders/2", provider="gcp", kind="folder", name="f", parent_id="organizations/1"),
            Scope(id="projects/app", provider="gcp", kind="project", name="app", parent_id="folders/2", number="42"),
        ],
        identities=[identity(id_) for id_ in EVERYONE],
        groups=list(groups),
        bindings=[*rows, *bindings],
        policies=policies,
        guardrails=guardrails,
    )
    return Members(build([records]))


def group(id_: str, *of: str, complete: bool = True) -> Group:
    return Group(id=id_, provider="gcp", kind="google_group", name=id_, scope_id="", member_ids=of, complete=complete)


def owner(who: str, role: str = "roles/owner", place: str = "projects/app", condition: str | None = None) -> Binding:
    return Binding(
        id=f"{who}{role}{place}",
        principal_id=who,
        policy_id=role,
        scope_id=place,
        condition=None if condition is None else Condition("CEL", "", (condition,)),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ANN, "user:Ann@Example.COM"),
        (ANN, "principal://goog/subject/ann@example.com"),
        ("group:g@x.com", "principalSet://goog/group/G@x.com"),
        (APP, "principal://iam.googleapis.com/projects/-/serviceAccounts/app@app.iam.gserviceaccount.com"),
        (APP, "principal://iam.googleapis.com/projects/app/serviceAccounts/app@app.iam.gserviceaccount.com"),
        ("allUsers", "principalSet://goog/public:all"),
        (POD, NEW_POD),
        (f"principalSet://{STAFF}/*", f"//{STAFF}"),
        (f"principalSet://{CI}/*", f"//{CI}"),
        ("projects/app", "principalSet://cloudresourcemanager.googleapis.com/projects/app"),
        ("projects/app", "//cloudresourcemanager.googleapis.com/projects/app"),
        ("principalSet://goog/cloudIdentityCustomerId/C1", "//iam.googleapis.com/locations/global/workspace/C1"),
        ("deleted:user:ann@example.com?uid=1", "deleted:principal://goog/subject/ann@example.com?uid=1"),
    ],
)
def test_one_principal_written_in_two_ways(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ANN, "group:ann@example.com"),
        (JOB, f"principalSet://{CI}/subject/other"),
        (f"principal://{CI}/subject/A", f"principal://{CI}/subject/a"),
        ("deleted:user:ann@example.com?uid=1", ANN),
        ("deleted:user:ann@example.com?uid=1", "deleted:user:ann@example.com?uid=2"),
        ("projects/app", "projects/app/type/ServiceAccount"),
        ("allUsers", "allAuthenticatedUsers"),
        ("serviceAccount:p.svc.id.goog[a/b]", "serviceAccount:p.svc.id.goog[a/c]"),
    ],
)
def test_two_principals(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "name", ["", ":", "//", "principal://", "principalSet://goog/", "deleted:", "serviceAccount:[/]", "é", "\0"]
)
def test_a_crafted_name_is_a_name(name: str) -> None:
    assert isinstance(canonical(name), str)
    of = members(name, denied=(name,), bound=name)
    assert of.stands(name, APP) in (True, False, None)
    assert isinstance(of.principals(APP), tuple)


# Name of a policy; whom it surely means; whom it may mean. All others it does not.
MEANT: list[tuple[str, set[str], set[str]]] = [
    ("allUsers", set(EVERYONE) - {GONE}, set()),
    ("principalSet://goog/public:all", set(EVERYONE) - {GONE}, set()),
    ("allAuthenticatedUsers", {APP, ANN, BOB, CONSUMER, AGENT}, set()),
    ("domain:example.com", {ANN}, set()),
    ("domain:Other.com", {BOB}, set()),
    (ANN, {ANN}, set()),
    ("user:ANN@example.com", {ANN}, set()),
    ("principal://goog/subject/ann@example.com", {ANN}, set()),
    (APP, {APP}, set()),
    ("serviceAccount:app@lab.iam.gserviceaccount.com", set(), set()),
    ("principal://iam.googleapis.com/projects/-/serviceAccounts/app@app.iam.gserviceaccount.com", {APP}, set()),
    (GONE, set(), set()),
    ("deleted:user:ann@example.com?uid=1", set(), set()),
    (JOB, {JOB}, set()),
    (f"principalSet://{CI}/*", {JOB, REPO}, set()),
    (REPO, {REPO}, {JOB}),
    (f"principalSet://{CI}/group/admins", set(), {JOB, REPO}),
    (f"principal://{CI}/subject/other", set(), set()),
    (f"//{CI.replace('42', 'app')}", {JOB, REPO}, set()),
    (f"//{PODS.replace('42', 'app')}", {POD}, set()),
    ("principalSet://iam.googleapis.com/projects/43/locations/global/workloadIdentityPools/ci/*", set(), set()),
    (EVE, {EVE}, set()),
    (f"principalSet://{STAFF}/*", {EVE}, set()),
    (f"principalSet://{STAFF}/attribute.team/a", set(), {EVE}),
    (POD, {POD}, set()),
    (NEW_POD, {POD}, set()),
    (f"principalSet://{PODS}/namespace/web", {POD}, set()),
    (f"principalSet://{PODS}/namespace/batch", set(), set()),
    (f"principalSet://{PODS}/*", {POD}, set()),
    (f"principalSet://{PODS}/kubernetes.cluster/https://x", set(), {POD}),
    (OF_APP, {APP, JOB, REPO, POD}, {AGENT}),
    ("projects/app", {APP, JOB, REPO, POD}, {AGENT}),
    (f"{OF_APP}/type/ServiceAccount", {APP}, {AGENT}),
    (f"{OF_APP}/type/ServiceAgent", {AGENT}, set()),
    ("principalSet://cloudresourcemanager.googleapis.com/folders/2/type/ServiceAccount", {APP}, {AGENT}),
    ("principalSet://cloudresourcemanager.googleapis.com/folders/3/type/ServiceAccount", set(), set()),
    ("organizations/1", {APP, ANN, JOB, REPO, POD}, {BOB, AGENT, EVE}),
    ("organizations/9", set(), {ANN, BOB, EVE}),
    ("folders/2", {APP, JOB, REPO, POD}, {AGENT}),
    ("principalSet://goog/cloudIdentityCustomerId/C1", set(), {APP, ANN, BOB, CONSUMER, AGENT}),
    ("group:never-seen@example.com", set(), {APP, ANN, BOB, CONSUMER, AGENT}),
    ("principalSet://goog/group/never-seen@example.com", set(), {APP, ANN, BOB, CONSUMER, AGENT}),
    ("projectOwner:app", set(), set()),
    ("nonsense", set(), set()),
]


@pytest.mark.parametrize("how", ["binding", "deny", "boundary"])
@pytest.mark.parametrize(("name", "sure", "maybe"), MEANT, ids=[name for name, _, _ in MEANT])
def test_whom_a_name_means(name: str, sure: set[str], maybe: set[str], how: str) -> None:
    written: dict[str, Members] = {
        "binding": members(name),
        "deny": members(denied=(name,)),
        "boundary": members(bound=name),
    }
    of = written[how]
    for id_ in EVERYONE:
        expected: Truth = True if id_ in sure else None if id_ in maybe else False
        assert of.stands(name, id_) is expected, id_
        assert (name in of.principals(id_)) is (expected is True)
        assert (name in of.possible(id_)) is (expected is None)


def test_a_principal_that_no_policy_names_still_stands_for_itself() -> None:
    of = members()
    assert of.principals(APP) == ("allAuthenticatedUsers", "allUsers", APP)
    assert of.principals(JOB) == ("allUsers", JOB)
    assert of.principals(GONE) == ()
    assert of.stands(f"principalSet://{CI}/group/x", JOB) is None
    assert of.stands("group:x@y", APP) is None
    assert of.stands("group:x@y", JOB) is False


def test_what_belongs_to_another_provider_is_nobody() -> None:
    role = replace(identity("arn:aws:iam::111111111111:role/app"), provider="aws")
    inventory = build([Records(identities=[role], bindings=[owner("allUsers"), owner(role.id)])])
    of = Members(inventory)
    assert of.principals(role.id) == of.possible(role.id) == ()
    assert of.stands("allUsers", role.id) is False


def test_groups_contain_what_the_groups_in_them_contain() -> None:
    of = members(
        "group:outer@x.com",
        groups=[
            group("group:Outer@x.com", "group:inner@X.com"),
            group("group:inner@x.com", "user:Ann@example.com", APP),
        ],
    )
    assert [of.stands("group:outer@x.com", id_) for id_ in (ANN, APP, BOB)] == [True, True, False]
    assert {"group:Outer@x.com", "group:outer@x.com", "group:inner@x.com"} <= set(of.principals(ANN))


def test_a_group_that_was_listed_in_part_means_those_who_were() -> None:
    of = members("group:g@x.com", groups=[group("group:g@x.com", APP, complete=False)])
    assert [of.stands("group:g@x.com", id_) for id_ in (APP, ANN, JOB)] == [True, None, False]
    assert "group:g@x.com" not in of.possible(APP)


def test_a_ring_of_groups_ends() -> None:
    ring = [
        group(f"group:{i}@x.com", f"group:{(i + 1) % 500}@x.com", *((ANN,) if i == 250 else ())) for i in range(500)
    ]
    of = members("group:0@x.com", groups=ring)
    assert of.stands("group:0@x.com", ANN) is True
    assert of.stands("group:0@x.com", BOB) is False


def test_a_huge_group() -> None:
    many = tuple(f"user:u{i}@x.com" for i in range(20_000))
    of = members("group:g@x.com", groups=[group("group:g@x.com", *many, ANN)])
    assert of.stands("group:g@x.com", ANN) is True
    assert of.stands("group:g@x.com", BOB) is False


@pytest.mark.parametrize(
    ("bindings", "of_ann", "of_app"),
    [
        ([owner(ANN)], True, False),
        ([owner("group:g@x.com")], True, False),
        ([owner("group:unlisted@x.com")], None, None),
        ([owner(ANN, condition="resource.name == 'x'")], None, False),
        ([owner(ANN, place="organizations/1")], None, False),
        ([owner(ANN, role="roles/editor")], False, False),
        ([owner(ANN, place="projects/lab")], False, False),
        ([owner("projectOwner:app"), owner(APP)], False, True),
        ([owner(ANN, place="organizations/1"), owner(ANN)], True, False),
    ],
)
def test_who_is_an_owner_of_a_project(bindings: list[Binding], of_ann: Truth, of_app: Truth) -> None:
    of = members("projectOwner:app", bindings=bindings, groups=[group("group:g@x.com", ANN)])
    assert of.stands("projectOwner:app", ANN) is of_ann
    assert of.stands("projectOwner:app", APP) is of_app
    assert ("projectOwner:app" in of.possible(ANN)) is (of_ann is None)


def test_answers_are_sorted_and_name_nothing_twice() -> None:
    of = members("user:ANN@example.com", "domain:example.com", "group:b@x.com", "group:a@x.com", "allUsers")
    for found in (of.principals(ANN), of.possible(ANN)):
        assert list(found) == sorted(set(found))
    assert not set(of.principals(ANN)) & set(of.possible(ANN))
