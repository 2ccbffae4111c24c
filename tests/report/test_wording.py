"""Bindings, rules and conditions in words; what one permission keeps from being read; places by their kinds."""

import json
from dataclasses import replace

import pytest

from nhi_scan.findings.assessment import Assessment
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model import kube_ids
from nhi_scan.model.access import Decision, Residual, StatementRef, Verdict
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Identity, Nature
from nhi_scan.model.policy import Condition, Policy
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope
from nhi_scan.report import answer, figures, markdown, terminal, wording
from tests.e2e.google import google, records
from tests.e2e.google_people import BINDINGS, CHECKOUT, DENY, GONE, PARTNERS, UNTIL, account


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    return build([records()])


@pytest.mark.parametrize(
    ("ref", "text"),
    [
        (
            StatementRef("roles/editor", 0, layer="allow", binding_id=BINDINGS[1].id),
            "roles/editor on products (folders/22) for group:platform-admins@example.com (allow policy)",
        ),
        (
            StatementRef("roles/iam.serviceAccountTokenCreator", 0, layer="allow", binding_id=BINDINGS[3].id),
            (
                "roles/iam.serviceAccountTokenCreator on projects/shop-prod for "
                "serviceAccount:deploy@shop-prod.iam.gserviceaccount.com, "
                'if request.time < timestamp("2026-06-30T00:00:00Z") (allow policy)'
            ),
        ),
        (
            StatementRef("roles/editor", 0, layer="allow", binding_id=BINDINGS[-1].id),
            f"roles/editor on projects/shop-dev for {PARTNERS}, whose members could not all be listed (allow policy)",
        ),
        (StatementRef("r", 0, layer="allow", binding_id="p#r#m"), "p#r#m (allow policy)"),
        (StatementRef(DENY.id, 0, layer="deny"), f"rule 1 of {DENY.id} (deny policy)"),
        (StatementRef("pab", 2, layer="principal_access_boundary"), "rule 3 of pab (principal access boundary)"),
        (StatementRef("p", 1, "Deploy"), "statement Deploy of p (identity)"),
        (StatementRef("p", 1, layer="scp"), "statement 2 of p (service control policy)"),
    ],
)
def test_what_decides_is_named_so_that_it_can_be_found(inventory: Inventory, ref: StatementRef, text: str) -> None:
    assert wording.statement_text(inventory, ref) == text


def test_an_open_condition_is_said_once(inventory: Inventory) -> None:
    ref = StatementRef("roles/iam.serviceAccountTokenCreator", 0, layer="allow", binding_id=BINDINGS[3].id)

    assert wording.residual_text(inventory, Residual(ref, UNTIL, must=True)) == (
        'if request.time < timestamp("2026-06-30T00:00:00Z") (of roles/iam.serviceAccountTokenCreator on '
        "projects/shop-prod for serviceAccount:deploy@shop-prod.iam.gserviceaccount.com)"
    )
    aws = Residual(StatementRef("p", 0), Condition("StringEquals", "aws:x", ("a", "b")), must=False)
    assert wording.residual_text(inventory, aws) == (
        "unless StringEquals aws:x = [a, b] (of statement 1 of p (identity))"
    )


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (Condition("ABAC", "2.0", ("@Resource[x] StringEquals 'y'",)), "@Resource[x] StringEquals 'y'"),
        (Condition("CEL", "", ("a || b",)), "a || b"),
        (Condition("Delegated", "Principal", ("ann",)), "ann is signed in"),
        (Condition("Delegated", "AllPrincipals", ("",)), "somebody is signed in"),
        (Condition("KeyVault", "", ("app",)), "somebody is signed in through application app"),
        (Condition("StringEquals", "aws:x", ("a", "b")), "StringEquals aws:x = [a, b]"),
    ],
)
def test_a_condition_is_written_in_the_terms_of_its_cloud(condition: Condition, text: str) -> None:
    assert wording.condition_text(condition) == text


def test_who_is_left_is_meant_where_a_namesake_was_deleted() -> None:
    made = records()
    made.identities = [*made.identities, account("old-ci", "projects/shop-prod")]

    assert answer.resolve(build([made]), GONE.name).id == f"serviceAccount:{GONE.name}"
    assert answer.resolve(build([records()]), GONE.name).id == GONE.id
    assert answer.resolve(build([records()]), CHECKOUT.name.upper()).id == CHECKOUT.id


def test_before_the_at_is_enough_where_one_alone_has_it() -> None:
    made = records()
    made.identities = [*made.identities, account("twin", "projects/shop-prod"), account("twin", "projects/shop-dev")]
    known = build([made])

    assert answer.resolve(known, CHECKOUT.name.partition("@")[0]).id == CHECKOUT.id
    with pytest.raises(UserError, match=r"2 identities are called `twin`: give an id, such as `serviceAccount:twin@"):
        answer.resolve(known, "twin")
    with pytest.raises(UserError, match="no identity `twi`"):
        answer.resolve(known, "twi")


def test_azures_ids_are_the_same_in_any_case_and_a_managed_identity_has_that_of_its_resource() -> None:
    guid, app, other = (f"5f0c1d2e-0000-4000-8000-00000000000{i}" for i in (1, 2, 3))
    place = "/subscriptions/x/resourcegroups/rg/providers/microsoft.managedidentity/userassignedidentities/ci"
    reason = {"nature": Nature.NON_HUMAN, "nature_reason": "made up", "provider": "azure", "scope_id": "t"}
    made = Records(
        identities=[
            Identity(
                id=guid,
                kind="managed_identity",
                name="CI",
                unique_id=app,
                attributes=(("resource_id", place),),
                **reason,
            ),
            Identity(id=other, kind="user", name="Ann.Lee@northwind.example", **reason),
        ]
    )
    known = build([made])

    for name in (guid, guid.upper(), app.upper(), place, place.title() + "/", "CI"):
        assert answer.resolve(known, name).id == guid
    assert answer.resolve(known, "ann.lee@Northwind.example").id == other
    for name in ("ci", "ann.lee", place.removesuffix("/ci"), f"{guid}0", "5F0C1D2E"):
        with pytest.raises(UserError, match="no identity"):
            answer.resolve(known, name)


def test_who_is_in_several_clouds_is_meant_in_the_one_that_is_asked_about() -> None:
    reason = {"nature": Nature.HUMAN, "nature_reason": "made up", "scope_id": "t", "kind": "user"}
    name, number = "ann@northwind.example", "5f0c1d2e-0000-4000-8000-000000000001"
    known = build(
        [
            Records(
                identities=[
                    Identity(id=number, provider="azure", name=name, **reason),
                    Identity(id=f"user:{name}", provider="gcp", name=name, **reason),
                    Identity(id="arn:ben", provider="aws", name="ben", **reason),
                ]
            )
        ]
    )

    assert answer.resolve(known, name, clouds=["azure"]).id == number
    assert answer.resolve(known, name, clouds=["gcp"]).id == f"user:{name}"
    assert answer.resolve(known, "ben", clouds=["azure"]).id == "arn:ben"  # and whoever asks says that it is another's
    with pytest.raises(UserError, match="2 identities are called"):
        answer.resolve(known, name)


def test_of_whom_it_is_not_known_is_not_counted_among_those_who_may(inventory: Inventory) -> None:
    maybe = Decision(verdict=Verdict.UNKNOWN, statements=(StatementRef("roles/editor", 0, layer="allow"),))
    answers = [(CHECKOUT.id, Decision(verdict=Verdict.ALLOWED)), (GONE.id, maybe)]
    every = len([one for one in inventory.identities.values() if one.provider == "gcp"])

    first, *rest = answer.who(inventory, "a.b.get", None, answers, "text").decode().splitlines()

    assert first == f"1 of {every} identities may do a.b.get on something; of 1 more it is not known"
    assert len(rest) == len(answers)


def test_who_may_and_is_switched_off_is_told_so() -> None:
    off = replace(CHECKOUT, status="disabled")
    answers = [(off.id, Decision(verdict=Verdict.ALLOWED))]

    _, line = answer.who(build([Records(identities=[off])]), "a.b.get", None, answers, "text").decode().splitlines()

    assert line == f"  allowed {off.id}, which is disabled"


def test_whom_nothing_speaks_for_is_counted_by_what_was_not_collected(inventory: Inventory) -> None:
    seen, above, there = Decision(verdict=Verdict.ALLOWED), "what is above was not collected", "what is there was not"
    unknown = [Decision(verdict=Verdict.UNKNOWN, reason=reason) for reason in (above, there, above)]
    some = [one for one in inventory.identities if one != CHECKOUT.id]
    answers = [(CHECKOUT.id, seen), *zip(some, unknown, strict=False)]

    of_above = sorted([some[0], some[2]])

    first, *rest = answer.who(inventory, "a.b.get", None, answers, "text").decode().splitlines()
    written = json.loads(answer.who(inventory, "a.b.get", None, answers, "json"))

    assert first.endswith("identities may do a.b.get on something")
    assert rest == [
        f"  allowed {CHECKOUT.id}",
        f"  2 identities cannot be judged: {above}: {of_above[0]}, {of_above[1]}",
        f"  1 identity cannot be judged: {there}: {some[1]}",
    ]
    assert [one["identity"] for one in written["identities"]] == [CHECKOUT.id]
    assert written["not_judged"] == [
        {"count": 2, "reason": above, "identities": of_above},
        {"count": 1, "reason": there, "identities": [some[1]]},
    ]


def test_of_many_whom_nothing_speaks_for_five_are_named() -> None:
    answers = [(f"id-{number}", Decision(verdict=Verdict.UNKNOWN, reason="not collected")) for number in range(7)]

    known = build([Records(identities=[replace(CHECKOUT, id=id_, name=id_) for id_, _ in answers])])

    *_, line = answer.who(known, "a.b.get", None, answers, "text").decode().splitlines()
    written = json.loads(answer.who(known, "a.b.get", None, answers, "json"))

    assert line.endswith("not collected: id-0, id-1, id-2, id-3, id-4 and 2 more")
    assert len(written["not_judged"][0]["identities"]) == len(answers)


def test_a_binding_of_a_whole_cluster_is_called_so() -> None:
    role = Policy(
        id="k8s:c/clusterroles/admin", provider="kubernetes", kind="role", name="admin", scope_id="k8s:c", statements=()
    )
    known = build([Records(policies=[role])])
    for binding, word in (
        ("k8s:c/clusterrolebindings/a#subjects[0]", "cluster role binding"),
        ("k8s:c/namespaces/n/rolebindings/a#subjects[0]", "role binding"),
    ):
        ref = StatementRef(role.id, 0, layer="allow", binding_id=binding)
        assert wording.layer_text(known, ref) == word


def scope(kind: str, number: int) -> Scope:
    return Scope(id=f"{kind}/{number}", provider="gcp", kind=kind, name="n", collected=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scopes", "text"),
    [
        ([], "0 accounts"),
        ([("account", 1)], "1 account"),
        ([("account", 3), ("project", 1200)], "3 accounts and 1,200 projects"),
        ([("organizational_unit", 2)], "2 organizational units"),
    ],
)
def test_places_are_counted_by_what_they_are(scopes: list[tuple[str, int]], text: str) -> None:
    assert figures.kinds_of([scope(kind, number) for kind, count in scopes for number in range(count)]) == text


@pytest.mark.parametrize(
    ("providers", "text"),
    [
        ([], "0 accounts"),
        (["aws"], "0 accounts"),
        (["github"], "0 repositories"),
        (["kubernetes", "github"], "0 repositories and 0 clusters"),
    ],
)
def test_none_are_counted_in_their_providers_words(assessment: Assessment, providers: list[str], text: str) -> None:
    rows = [
        Coverage(provider=one, scope_id="x", record_kind="y", status=CoverageStatus.FAILED)  # type: ignore[arg-type]
        for one in providers
    ]
    empty = replace(assessment, inventory=build([Records()]), coverage=tuple(rows))
    assert figures.places(empty) == text


def gap(kind: str, permission: str = "", detail: str = "", status: CoverageStatus = CoverageStatus.DENIED) -> Coverage:
    return Coverage(
        provider="gcp",
        scope_id="organizations/1",
        record_kind=kind,
        status=status,
        detail=detail,
        permission=permission,
    )


def test_what_one_permission_would_show_is_one_cause_and_the_widest_comes_first() -> None:
    found = figures.gaps(
        [
            gap("a", "x.y.list"),
            gap("b", "assets.list"),
            gap("c", "assets.list"),
            gap("d"),
            gap("e"),
            gap("f", "assets.list", status=CoverageStatus.FAILED),
        ]
    )

    causes = figures.causes(found)
    assert [(one.record_kinds, one.permission) for one in causes] == [
        (("b", "c"), "assets.list"),
        (("a",), "x.y.list"),
        (("d",), ""),
        (("e",), ""),
        (("f",), ""),  # a permission would not have helped
    ]
    assert figures.helpers(found) == ("gcp",)
    assert figures.helpers(figures.gaps([gap("d")])) == ()


def test_the_role_of_a_project_helps_where_nothing_above_projects_was_asked() -> None:
    of_project = replace(gap("a", "x.y.list"), scope_id="projects/p")

    assert figures.helpers(figures.gaps([of_project])) == ("gcp --project",)
    assert figures.helpers(figures.gaps([of_project, gap("b", "assets.list")])) == ("gcp",)


@pytest.mark.parametrize("render", [terminal.render, markdown.render])
def test_the_short_reports_name_places_the_permission_and_the_command(render: object) -> None:
    text = render(google()).decode()  # type: ignore[operator]

    assert "in 3 projects" in text
    assert "and 3 more" in text or "and 1 more" in text
    assert "cloudasset.assets.listResource" in text
    assert "nhi-scan permissions gcp" in text
    assert " account" not in text.replace("service account", "").replace("its account", "")


def test_a_place_is_found_by_a_name_that_only_one_has() -> None:
    scopes = [
        Scope(id=f"/subscriptions/{number}", provider="azure", kind="subscription", name=name, parent_id="")
        for number, name in (("1", "shop"), ("2", "twice"), ("3", "twice"))
    ]
    known = build([Records(scopes=scopes, identities=[replace(CHECKOUT, name="2")])])

    assert answer.place_called(known, "shop") == answer.place_called(known, "1") == "/subscriptions/1"
    assert answer.place_called(known, "2") == "2"  # which is the name of an identity
    assert answer.place_called(known, "nothing") == "nothing"
    with pytest.raises(UserError, match="2 places are called `twice`: give an id, such as `/subscriptions/2`, "):
        answer.place_called(known, "twice")


def test_a_service_account_of_a_cluster_is_named_as_in_its_cluster() -> None:
    made = Records()
    for space in ("shop", "bank"):
        id_ = kube_ids.service_account("k8s:prod", space, "web")
        made.identities.append(
            replace(CHECKOUT, id=id_, name="web", provider="kubernetes", kind="service_account", unique_id=None)
        )
    known = build([made])
    assert answer.resolve(known, "shop/web").id == "k8s:prod/namespaces/shop/serviceaccounts/web"
    assert answer.resolve(known, "system:serviceaccount:bank:web").id == "k8s:prod/namespaces/bank/serviceaccounts/web"
    with pytest.raises(UserError, match="2 identities are called `web`"):
        answer.resolve(known, "web")
    with pytest.raises(UserError, match="has no identity `shop/gone`"):
        answer.resolve(known, "shop/gone")
