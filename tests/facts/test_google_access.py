"""Who can become whom on Google Cloud, how far permissions reach, and the proof of it."""

from typing import Any

from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.model.access import Privilege, StatementRef, Step
from nhi_scan.model.finding import Evidence
from nhi_scan.model.identity import Group, Owner, Resource
from nhi_scan.model.policy import Condition, Policy, Trust

POLICIES = ("asset-iam-policies",)
RUN = "//run.googleapis.com/projects/shop/locations/europe-west1/services/web"
BUCKET = "//storage.googleapis.com/www"


def trust(account: str, subject: str, **fields: Any) -> Trust:
    role = "roles/iam.serviceAccountTokenCreator"
    return Trust(
        **{
            "id": f"{account}#{role}#{subject}",
            "identity_id": account,
            "subject": subject,
            "subject_kind": "identity",
            "mechanism": "impersonate",
            "policy_id": role,
            **fields,
        }
    )


def test_impersonation_from_other_projects(facts: Any, make: Any) -> None:
    app, ci = make.service_account("app", "shop"), make.service_account("ci", "tools")
    vendor = make.service_account("sync", "vendor", status="unknown")
    agent = make.service_account("a@gcp-sa-pubsub.iam.gserviceaccount.com", scope_id="", managed_by_provider=True)
    subjects = [app.id, ci.id, vendor.id, agent.id, "user:ann@shop.example"]
    tables = facts(
        identities=[app, ci, vendor, agent],
        trusts=[trust(app.id, subject) for subject in subjects],
        scopes=make.projects("shop", "tools"),
        coverage=make.swept("asset-cloudresourcemanager-project"),
    )
    rows = {name: list(tables["trust"].index).index(trust(app.id, name).id) for name in subjects}

    def told(subject: str) -> list[Any]:
        names = ["account", "cross_account", "account_in_snapshot", "account_known", "subject_managed"]
        return [make.cell(tables, f"trust.{name}", rows[subject]) for name in names]

    assert told(app.id) == ["projects/shop", False, True, True, False]
    assert told(ci.id) == ["projects/tools", True, True, True, False]
    assert told(vendor.id) == ["projects/vendor", True, False, False, False]
    assert told(agent.id) == [None, False, False, False, True]
    assert told("user:ann@shop.example") == [None, False, False, False, False]


def test_a_member_of_a_pool_is_no_issuer_of_its_own(facts: Any, make: Any) -> None:
    app = make.service_account("app")
    member = "principalSet://iam.googleapis.com/projects/100/locations/global/workloadIdentityPools/ci/*"
    tables = facts(
        identities=[app],
        trusts=[
            trust(app.id, member, subject_kind="federated", mechanism="federate"),
            trust(app.id, "serviceAccount:shop.svc.id.goog[a/b]", subject_kind="federated", mechanism="federate"),
        ],
        scopes=make.projects(),
    )
    for row in (0, 1):
        assert make.cell(tables, "trust.oidc", row) is False
        assert make.cell(tables, "trust.issuer", row) == ""
        assert make.cell(tables, "trust.subject_claim", row) == "exact"


def test_a_trust_ends_with_its_binding(facts: Any, make: Any) -> None:
    app, ci = make.service_account("app"), make.service_account("ci")
    role = "roles/iam.serviceAccountTokenCreator"
    rows = {"identities": [app, ci], "trusts": [trust(app.id, ci.id)], "scopes": make.projects()}
    for days, lapsed in ((1, True), (-1, False)):
        ends = make.bound(ci.id, role, app.id, expires_at=make.ago(days))
        assert make.cell(facts(**rows, bindings=[ends]), "trust.lapsed") is lapsed
    assert make.cell(facts(**rows, bindings=[make.bound(ci.id, role, app.id)]), "trust.lapsed") is False


def test_how_far_permissions_reach(facts: Any, make: Any) -> None:
    admin, actor, none = make.service_account("a"), make.service_account("b"), make.service_account("c")
    tables = facts(
        identities=[admin, actor, none],
        policies=[
            make.gcp_role("iam.serviceAccountKeys.create", "storage.objects.get", id_="roles/keys"),
            make.gcp_role("iam.serviceAccounts.actAs", id_="roles/act"),
        ],
        bindings=[make.bound(admin.id, "roles/keys"), make.bound(actor.id, "roles/act", none.id)],
        scopes=make.projects(),
        coverage=make.swept(*POLICIES),
    )
    assert [make.cell(tables, "identity.iam_write", row) for row in range(3)] == ["everywhere", "no", "no"]
    assert make.cell(tables, "identity.iam_write_actions") == "iam.serviceAccountKeys.create"
    assert [make.cell(tables, "identity.pass_role", row) for row in range(3)] == ["no", "somewhere", "no"]
    assert [make.cell(tables, "identity.full_services", row) for row in range(3)] == ["", "", ""]


def test_becoming_an_account_is_an_assumption_and_no_fault_of_its_own(facts: Any, make: Any) -> None:
    ci, root = make.service_account("ci"), make.service_account("root")
    step = Step(technique="gcp-iam-service-accounts-get-access-token", source_id=ci.id, target_id=root.id)
    own = Step(technique="gcp-iam-service-account-keys-create", source_id=ci.id, target_id=root.id)
    for first, weakest, crowd in ((step, False, 1), (own, True, 0)):
        tables = facts(
            {
                ci.id: Privilege(identity_id=ci.id, level="can_become_administrator", path=(first,)),
                root.id: Privilege(identity_id=root.id, level="administrator"),
            },
            identities=[ci, root],
            scopes=make.projects(),
        )
        assert make.cell(tables, "identity.weakest_link") is weakest
        assert make.cell(tables, "identity.gateway_crowd") == crowd
        assert make.cell(tables, "identity.gateway_for", 1) == crowd


def texts(pieces: Any) -> list[str]:
    found: list[Evidence] = list(pieces)
    return [piece.text for piece in found]


def test_evidence_names_roles_with_whom_and_where(facts: Any, make: Any) -> None:
    one = make.service_account()
    role = "roles/iam.serviceAccountTokenCreator"
    direct = make.bound(one.id, "roles/editor", condition=Condition("CEL", "", ("resource.name == 'x'",)))
    outer = make.bound("group:outer", "roles/viewer", "organizations/1")
    deny = Policy(id="policies/d", provider="gcp", kind="guardrail", name="no keys", scope_id="projects/shop")
    refs = (
        StatementRef("roles/editor", 0, layer="allow", binding_id=direct.id),
        StatementRef("policies/d", 1, layer="deny"),
        StatementRef("policies/p", 0, layer="principal_access_boundary"),
    )
    tables = facts(
        {one.id: Privilege(identity_id=one.id, level="administrator", statements=refs)},
        identities=[one],
        groups=[
            Group(id="group:inner", provider="gcp", kind="google_group", name="i", scope_id="", member_ids=(one.id,)),
            Group(
                id="group:outer",
                provider="gcp",
                kind="google_group",
                name="o",
                scope_id="",
                member_ids=("group:inner", "group:outer"),
            ),
        ],
        policies=[deny],
        bindings=[
            direct,
            outer,
            make.bound("allUsers", "roles/viewer", BUCKET),
            make.bound("user:ann@shop.example", role),
        ],
        resources=[Resource(id=BUCKET, provider="gcp", kind="storage_bucket", name="www", scope_id="projects/shop")],
        trusts=[trust(one.id, "user:ann@shop.example", conditions=(Condition("CEL", "", ("a == b",)),))],
        scopes=make.projects(),
    )
    estate = tables.estate
    assert estate is not None
    assert texts(BUILDERS["grants"](estate, "identity", one.id)) == [
        f"{one.id} has roles/editor on projects/shop if resource.name == 'x'",
        "group:outer has roles/viewer on organizations/1",
    ]
    assert texts(BUILDERS["privilege"](estate, "identity", one.id)) == [
        f"{one.id} has roles/editor on projects/shop if resource.name == 'x'",
        "rule number 2 of deny policy no keys",
        "rule number 1 of principal access boundary policies/p",
    ]
    assert texts(BUILDERS["public_bindings"](estate, "resource", BUCKET)) == [f"allUsers has roles/viewer on {BUCKET}"]
    assert texts(BUILDERS["impersonators"](estate, "scope", "projects/shop")) == [
        f"user:ann@shop.example has {role} on projects/shop"
    ]
    assert texts(BUILDERS["trusts"](estate, "identity", one.id)) == [
        f"user:ann@shop.example has {role} on it: CEL a == b"
    ]


def test_who_has_nobody_to_answer_for_it(facts: Any, make: Any) -> None:
    rows = [make.service_account(name, unique_id=name) for name in ("a", "b")]
    # Cloud Build's own account of before 2024 is in no list.
    rows += [make.service_account("100@cloudbuild.gserviceaccount.com", scope_id="projects/shop")]
    rows += [
        make.service_account("agent", managed_by_provider=True),
        make.service_account("gone", unique_id="g", status="deleted"),
    ]
    tables = facts(
        identities=[*rows, make.service_account("c", "other", owner=Owner(name="web", source="scope:owner"))],
        scopes=make.projects("shop", "other"),
        coverage=make.swept("asset-iam-service-account"),
    )
    assert [make.cell(tables, "scope.ownerless_count", row) for row in range(3)] == [0, 0, 2]
    assert [piece.text for piece in BUILDERS["ownerless"](tables.estate, "scope", "projects/shop")] == [
        f"{row.name} is in it" for row in rows[:2]
    ]
    assert make.cell(facts(identities=rows[2:], scopes=make.projects()), "scope.ownerless_count", 1) is None


def test_where_a_key_lies_and_what_finds_its_calls(facts: Any, make: Any) -> None:
    name = "//cloudkms.googleapis.com/projects/shop/locations/europe/keyRings/r/cryptoKeys/k"
    key = make.key(id="projects/shop/serviceAccounts/a@b/keys/1", provider="gcp", kind="service_account_key")
    tables = facts(
        resources=[
            Resource(id=name, provider="gcp", kind="kms_key", name="k", scope_id="projects/shop"),
            Resource(id=BUCKET, provider="gcp", kind="storage_bucket", name="www", scope_id="projects/shop"),
        ],
        credentials=[key],
        scopes=make.projects(),
    )
    told = [
        (make.cell(tables, "resource.location", row), make.cell(tables, "resource.key_ring", row)) for row in (0, 1)
    ]
    assert told == [("europe", "r"), ("", "")]
    assert make.cell(tables, "credential.log_filter") == (
        'protoPayload.authenticationInfo.serviceAccountKeyName="//iam.googleapis.com/projects/shop/serviceAccounts/a@b/keys/1"'
    )


def test_the_api_keys_of_a_project(facts: Any, make: Any) -> None:
    keys = [
        make.key(id=f"projects/shop/locations/global/keys/{name}", identity_id="", kind="api_key", **fields)
        for name, fields in (
            ("a", {"scope_id": "projects/shop", "name": "Maps"}),
            ("b", {"scope_id": "projects/shop", "status": "inactive"}),
        )
    ]
    rows = {"credentials": keys, "scopes": make.projects("shop", "other")}
    tables = facts(**rows, coverage=make.swept("asset-apikeys-key"))
    # In the order of the table: the organization, other, shop.
    assert [make.cell(tables, "scope.api_key_count", row) for row in range(3)] == [0, 0, 1]
    assert [piece.text for piece in BUILDERS["api_keys"](tables.estate, "scope", "projects/shop")] == ["API key Maps"]
    assert [make.cell(facts(**rows), "scope.api_key_count", row) for row in range(3)] == [None, None, 1]
