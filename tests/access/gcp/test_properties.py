"""Two engines: the summary never misses what the definition allows, and never claims what it does not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, note, settings
from hypothesis import strategies as st

from nhi_scan.access.gcp.summarise import Access, summarise
from nhi_scan.inventory.build import build
from nhi_scan.model.access import Verdict
from nhi_scan.model.coverage import Coverage, CoverageStatus
from nhi_scan.model.identity import Group, Identity, Nature, Resource
from nhi_scan.model.policy import Binding, Condition, Effect, Guardrail, Policy, PrincipalPattern, Statement
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORG, FOLDER, APP, DATA = "organizations/1", "folders/2", "projects/app", "projects/data"
A, B = "serviceAccount:a@app.iam.gserviceaccount.com", "serviceAccount:b@data.iam.gserviceaccount.com"
USER = "user:eve@example.com"
SUBJECT = "principal://iam.googleapis.com/projects/11/locations/global/workloadIdentityPools/ci/subject/s"
BUCKET = "//storage.googleapis.com/logs"
PLACES = (ORG, FOLDER, APP, DATA, A, BUCKET)
PERMISSIONS = (
    "iam.serviceAccounts.actAs",
    "resourcemanager.projects.setIamPolicy",
    "secretmanager.versions.access",
    "storage.objects.get",
    "storage.objects.list",
)
ROLES = {
    "roles/owner": PERMISSIONS,
    "roles/reader": PERMISSIONS[3:],
    "roles/getter": (PERMISSIONS[3],),
    "roles/actor": (PERMISSIONS[0], PERMISSIONS[2]),
    "projects/app/roles/unread": (),
    "projects/app/roles/off": (),
}
GROUPS = ("group:one@example.com", "group:two@example.com", "group:far@example.com")
MEMBERS = (
    A, B, USER, SUBJECT, *GROUPS, "allUsers", "allAuthenticatedUsers", "domain:example.com", "projectEditor:app",
    "principalSet://cloudresourcemanager.googleapis.com/projects/11", "deleted:" + A + "?uid=1",
)  # fmt: skip
CONDITIONS = (
    "",
    "",
    "",
    'request.time < timestamp("2026-01-01T00:00:00Z")',
    'request.time < timestamp("2027-01-01T00:00:00Z")',
    'resource.name.startsWith("projects/_/buckets/logs")',
    'resource.type == "storage.googleapis.com/Bucket"',
    'resource.matchTag("1/env", "prod")',
    "this is no expression (",
)
CONTEXTS = (
    {"request.time": "2025-12-31T00:00:00Z"},
    {"request.time": "2028-01-01T00:00:00Z"},
    {"resource.tags": "1/env=prod"},
    {"resource.type": "storage.googleapis.com/Bucket"},
)
V2 = (
    "iam.googleapis.com/serviceAccounts.actAs",
    "storage.googleapis.com/objects.*",
    "storage.googleapis.com/*.get",
    "secretmanager.googleapis.com/versions.access",
    "cloudresourcemanager.googleapis.com/projects.setIamPolicy",
)
DENIED = (
    "principalSet://goog/public:all",
    "principal://goog/subject/eve@example.com",
    "principalSet://goog/group/one@example.com",
    "principalSet://goog/group/far@example.com",
    "principal://iam.googleapis.com/projects/-/serviceAccounts/a@app.iam.gserviceaccount.com",
    "principalSet://cloudresourcemanager.googleapis.com/projects/app",
)
_DONE, _REFUSED = CoverageStatus.COMPLETE, CoverageStatus.DENIED
COVERED = (
    ((ORG, "asset-iam-policies", _DONE),),
    ((ORG, "asset-iam-policies", _DONE),),
    ((ORG, "asset-iam-policies", _DONE), (FOLDER, "asset-iam-policies", _REFUSED)),
    ((ORG, "crm-iam-policies", _DONE), (DATA, "storage-bucket-policies", _DONE)),
    ((APP, "asset-iam-policies", _DONE), (DATA, "crm-iam-policies", _DONE)),
    (),
)


def _condition(text: str) -> Condition | None:
    return Condition("CEL", "", (text,)) if text else None


conditions = st.sampled_from(CONDITIONS).map(_condition)
bindings = st.tuples(
    st.sampled_from(MEMBERS),
    st.sampled_from(list(ROLES)),
    st.sampled_from(PLACES),
    conditions,
)


@st.composite
def denials(draw: st.DrawFn) -> tuple[str, Statement, bool]:
    condition = draw(conditions)
    statement = Statement(
        effect=Effect.DENY,
        actions=tuple(draw(st.lists(st.sampled_from(V2), min_size=1, max_size=2))),
        not_actions=tuple(draw(st.lists(st.sampled_from(V2), max_size=1))),
        principals=tuple(
            PrincipalPattern("member", one) for one in draw(st.lists(st.sampled_from(DENIED), min_size=1, max_size=2))
        ),
        not_principals=tuple(
            PrincipalPattern("member", one) for one in draw(st.lists(st.sampled_from(DENIED), max_size=1))
        ),
        conditions=() if condition is None else (condition,),
        malformed=draw(st.sampled_from(["", "", "", "", "", "it cannot be read"])),
    )
    return draw(st.sampled_from([ORG, FOLDER, APP, DATA])), statement, draw(st.integers(0, 7)) > 0


@st.composite
def boundaries(draw: st.DrawFn) -> tuple[str, tuple[str, ...], str, Condition | None, bool]:
    return (
        draw(st.sampled_from([ORG, FOLDER, APP, DATA])),
        tuple(draw(st.lists(st.sampled_from([ORG, FOLDER, APP, DATA]), max_size=2))),
        draw(st.sampled_from(["1", "3", "latest", "17", ""])),
        draw(
            st.sampled_from(
                [None, None, Condition("CEL", "", ('principal.type == "iam.googleapis.com/ServiceAccount"',))]
            )
        ),
        draw(st.integers(0, 7)) > 0,
    )


@st.composite
def estates(draw: st.DrawFn) -> Access:
    """Two projects, one in a folder; two service accounts, a person, somebody from a pool; whatever binds them."""
    records = Records()
    root = draw(st.sampled_from(["", "", None]))
    records.scopes = [
        Scope(id=ORG, provider="gcp", kind="organization", name="example.com", parent_id=root),
        Scope(id=FOLDER, provider="gcp", kind="folder", name="f", parent_id=ORG),
        Scope(id=APP, provider="gcp", kind="project", name="app", parent_id=FOLDER, number="11", policy_tags=()),
        Scope(
            id=DATA,
            provider="gcp",
            kind="project",
            name="d",
            parent_id=draw(st.sampled_from([ORG, ORG, None])),
            number="12",
        ),
    ]
    homes: Any = (
        (A, "service_account", APP),
        (B, "service_account", DATA),
        (USER, "user", ""),
        (SUBJECT, "federated_principal", APP),
    )
    covered = draw(st.sampled_from(COVERED))
    records.scopes = [replace(scope, collected=True) for scope in records.scopes]
    records.coverage = [
        Coverage(provider="gcp", scope_id=id_, record_kind=kind, status=status) for id_, kind, status in covered
    ]
    records.identities = [
        Identity(
            id=id_,
            provider="gcp",
            kind=kind,
            nature=Nature.UNKNOWN,
            nature_reason="",
            name=id_,
            scope_id=home,
            status=draw(st.sampled_from(["active", "active", "active", "disabled", "deleted"])),
        )
        for id_, kind, home in homes
    ]
    tags = draw(st.sampled_from([(), None, (("1/env", "prod"),)]))
    records.resources = [
        Resource(id=BUCKET, provider="gcp", kind="bucket", name="logs", scope_id=DATA, policy_tags=tags)
    ]
    inside = st.lists(st.sampled_from([A, B, USER, *GROUPS]), max_size=3)
    records.groups = [
        Group(
            id=id_,
            provider="gcp",
            kind="google_group",
            name=id_,
            scope_id=ORG,
            member_ids=tuple(draw(inside)),
            complete=id_ != GROUPS[2],
        )
        for id_ in GROUPS
    ]
    records.policies = [
        Policy(
            id=id_,
            provider="gcp",
            kind="role",
            name=id_,
            scope_id="",
            statements=(Statement(effect=Effect.ALLOW, actions=actions),) if actions else (),
            complete="unread" not in id_,
        )
        for id_, actions in ROLES.items()
    ]
    for number, (member, role, place, condition) in enumerate(draw(st.lists(bindings, min_size=1, max_size=5))):
        records.bindings.append(
            Binding(id=str(number), principal_id=member, policy_id=role, scope_id=place, condition=condition)
        )
    for number, (place, statement, complete) in enumerate(draw(st.lists(denials(), max_size=2))):
        name = f"deny-{number}"
        records.policies.append(
            Policy(
                id=name,
                provider="gcp",
                kind="guardrail",
                name=name,
                scope_id=place,
                statements=(statement,),
                complete=complete,
            )
        )
        records.guardrails.append(Guardrail(policy_id=name, scope_id=place, kind="deny_policy"))
    for number, (bound, within, version, condition, complete) in enumerate(draw(st.lists(boundaries(), max_size=2))):
        name = f"bound-{number}"
        rule = Statement(effect=Effect.ALLOW, resources=within)
        records.policies.append(
            Policy(
                id=name,
                provider="gcp",
                kind="boundary",
                name=name,
                scope_id=ORG,
                statements=(rule,),
                version=version,
                complete=complete,
            )
        )
        records.guardrails.append(
            Guardrail(policy_id=name, scope_id=bound, kind="principal_access_boundary", condition=condition)
        )
    note(
        "\n".join(map(str, (*records.bindings, *records.guardrails, *records.policies[len(ROLES) :], *records.groups)))
    )
    return summarise(build([records]), NOW)


def _verdicts(access: Access, identity_id: str, permission: str) -> dict[str, Verdict]:
    return {place: access.decide(identity_id, permission, place).verdict for place in PLACES}


@given(estates())
def test_the_summary_never_misses_what_is_allowed_and_never_claims_what_is_not(access: Access) -> None:
    for identity_id in access.inventory.identities:
        summary = access.summary(identity_id)
        for permission in PERMISSIONS:
            verdicts = _verdicts(access, identity_id, permission)
            found = set(verdicts.values())
            if found & {Verdict.ALLOWED, Verdict.CONDITIONAL}:
                assert summary.allows(permission)
            if found != {Verdict.DENIED} and not any(map(access.seen.gap, PLACES)):
                assert summary.verdict(permission) is not Verdict.DENIED
            bit = access.catalogue.bit(permission)
            if summary.certain & bit:
                assert Verdict.ALLOWED in found
                assert summary.verdict(permission) is Verdict.ALLOWED
            if summary.everywhere & bit:
                assert _whole(access, verdicts, access.inventory.identities[identity_id].scope_id)


def _whole(access: Access, verdicts: dict[str, Verdict], home: str) -> bool:
    """Whether a permission is had on all of somebody's project; for who has none, on all of any scope."""
    tops = (home,) if home else (ORG, FOLDER, APP, DATA)
    return any(
        all(verdict is Verdict.ALLOWED for place, verdict in verdicts.items() if top in access.places.chain(place))
        for top in tops
    )


@given(estates())
def test_truth_and_holdings_agree_with_the_definition(access: Access) -> None:
    values = {Verdict.ALLOWED: True, Verdict.DENIED: False}
    for identity_id in access.inventory.identities:
        complete = access.summary(identity_id).complete
        for permission in PERMISSIONS:
            verdicts = _verdicts(access, identity_id, permission)
            assert {place: access.truth(identity_id, permission, place) for place in PLACES} == {
                place: values.get(verdict) for place, verdict in verdicts.items()
            }
            held = {one.place_id: one for one in access.holdings(identity_id, permission)}
            assert list(held) == sorted(held)
            for place, verdict in verdicts.items():
                over = [held[above].state for above in access.places.chain(place) if above in held]
                if True in over:
                    assert verdict is Verdict.ALLOWED
                if not over:
                    unseen = not complete or access.seen.gap(place)
                    assert verdict is Verdict.DENIED or (verdict is Verdict.UNKNOWN and unseen)


@given(estates())
def test_what_was_not_collected_takes_nothing_that_was_found_and_denies_nothing(access: Access) -> None:
    inventory = access.inventory
    rows = [Coverage(provider="gcp", scope_id=ORG, record_kind="asset-iam-policies", status=_DONE)]
    scopes = [
        replace(scope, parent_id=scope.parent_id or ("" if scope.id == ORG else ORG))
        for scope in inventory.scopes.values()
    ]
    whole = summarise(
        build(
            [
                Records(
                    scopes=scopes,
                    identities=list(inventory.identities.values()),
                    groups=list(inventory.groups.values()),
                    resources=list(inventory.resources.values()),
                    policies=list(inventory.policies.values()),
                    bindings=list(inventory.bindings.values()),
                    guardrails=list(inventory.guardrails),
                    coverage=rows,
                )
            ]
        ),
        NOW,
    )
    rooted = all(map(access.places.complete, PLACES))
    for identity_id in inventory.identities:
        for permission in PERMISSIONS:
            for place in PLACES:
                seen = access.decide(identity_id, permission, place)
                known = whole.decide(identity_id, permission, place)
                assert access.as_found(identity_id, permission, place) is not True or seen.verdict is Verdict.ALLOWED
                if access.seen.gap(place):
                    assert seen.verdict is not Verdict.DENIED or seen.explicit or "deleted" in seen.reason
                if rooted:
                    assert seen == known or (known.verdict is Verdict.DENIED and seen.baseless)


@settings(max_examples=50)
@given(
    estates(),
    st.sampled_from(PERMISSIONS),
    st.none() | st.sampled_from(PLACES),
    st.none() | st.sampled_from(CONTEXTS),
    st.booleans(),
)
def test_asking_backwards_is_asking_everybody(
    access: Access,
    permission: str,
    place: str | None,
    context: dict[str, str] | None,
    strict: bool,
) -> None:
    asked = {id_: access.decide(id_, permission, place, context, strict=strict) for id_ in access.inventory.identities}
    expected = [(id_, decision) for id_, decision in asked.items() if decision.verdict is not Verdict.DENIED]
    assert access.who_can(permission, place, context, strict=strict) == expected


@given(estates())
def test_without_a_resource_the_best_place_answers(access: Access) -> None:
    order = (Verdict.ALLOWED, Verdict.CONDITIONAL, Verdict.UNKNOWN, Verdict.DENIED)
    for identity_id in access.inventory.identities:
        for permission in PERMISSIONS:
            verdicts = _verdicts(access, identity_id, permission)
            best = min((verdicts[place] for place in (ORG, FOLDER, APP, DATA)), key=order.index)
            assert order.index(access.decide(identity_id, permission).verdict) <= order.index(best)
