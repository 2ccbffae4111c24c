"""Facts and proof about what is assigned on Azure: roles, permissions, access policies; what takes each away."""

import shlex
from dataclasses import replace
from typing import Any

import pytest

from nhi_scan.facts.evidence import BUILDERS
from nhi_scan.facts.tables import FactTables
from nhi_scan.facts.unassign import unassignment
from nhi_scan.model import entra
from nhi_scan.model.access import Privilege, StatementRef
from nhi_scan.model.identity import NEVER_USED, Credential, Group, Resource
from nhi_scan.model.policy import Binding, Condition, Effect, Policy, Statement
from nhi_scan.model.scope import Scope

TENANT = "/tenants/t"
SUBSCRIPTION = "/subscriptions/s"
ROLES = "/providers/microsoft.authorization/roledefinitions/"
OWNER = f"{ROLES}8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = f"{ROLES}b24988ac-6180-42a0-ab88-20f7382dd24c"
GLOBAL = "directory/roledefinitions/g"
GROUPS = f"approles/{entra.GRAPH}/1"
MAIL = f"approles/{entra.GRAPH}/2"
SIGN_IN = f"approles/{entra.GRAPH}/00000000-0000-0000-0000-000000000000"
CONSENT = f"delegated/{entra.GRAPH}/Mail.Read"
VAULT = f"{SUBSCRIPTION}/resourcegroups/g/providers/microsoft.keyvault/vaults/shop-secrets"
EVERYTHING = f"{VAULT}#accesspolicy/deploy"
OWNERSHIP = "directory/owners/application"
GROUP = Scope(
    id=f"{SUBSCRIPTION}/resourcegroups/g", provider="azure", kind="resource_group", name="g", parent_id=SUBSCRIPTION
)
READ = (
    "arg-role-assignments",
    "graph-directory-role-assignments",
    "graph-app-role-assignments",
    "graph-oauth2-permission-grants",
)


def role(id_: str, name: str, *actions: str, plane: str = "control", **fields: Any) -> Policy:
    statement = Statement(effect=Effect.ALLOW, actions=actions, plane=plane)
    told = {"managed_by_provider": True, "statements": (statement,) if actions else (), **fields}
    return Policy(id=id_, provider="azure", kind="role", name=name, **{"scope_id": TENANT, **told})


POLICIES = [
    role(OWNER, "Owner", "*"),
    role(CONTRIBUTOR, "Contributor", "Microsoft.Compute/*"),
    role(GLOBAL, "Global Administrator", "microsoft.directory/allEntities/allProperties/allTasks", plane="directory"),
    role(GROUPS, "Group.ReadWrite.All", "Microsoft.Graph/Group.ReadWrite.All", plane="app_role"),
    role(MAIL, "Mail.Read", "Microsoft.Graph/Mail.Read", plane="app_role"),
    role(SIGN_IN, "default access"),
    role(CONSENT, "Mail.Read", "Microsoft.Graph/delegated/Mail.Read", plane="delegated"),
    role(
        EVERYTHING,
        "Access policy of shop-secrets",
        "Microsoft.KeyVault/vaults/*",
        plane="data",
        managed_by_provider=False,
        scope_id=VAULT,
    ),
    role(OWNERSHIP, "Owner (applications)", "microsoft.directory/applications/delete", plane="directory"),
]


def bound(policy: str, place: str = SUBSCRIPTION, who: str = "deploy", id_: str = "", **fields: Any) -> Binding:
    return Binding(id=id_ or f"{place}/a/{who}", principal_id=who, policy_id=policy, scope_id=place, **fields)


HELD = [
    bound(CONTRIBUTOR),
    bound(CONTRIBUTOR, GROUP.id),
    bound(OWNER, who="inner"),
    bound(GLOBAL, TENANT, id_="directory#d-1"),
    bound(GROUPS, TENANT, id_="approle#r-1"),
    bound(MAIL, TENANT, id_="approle#r-2"),
    bound(SIGN_IN, TENANT, id_="approle#r-3"),
    bound(CONSENT, TENANT, id_="delegated#g-1/Mail.Read", condition=Condition("Delegated", "AllPrincipals", ("",))),
    bound(EVERYTHING, VAULT, id_=EVERYTHING),
    bound(OWNERSHIP, "app", id_="app#owner/deploy"),
]


@pytest.fixture
def tables(facts: Any, make: Any) -> FactTables:
    names = {"inner": ("member",), "outer": ("inner",)}
    groups = [
        Group(id=id_, provider="azure", kind="entra_group", name=id_.capitalize(), scope_id=TENANT, member_ids=of)
        for id_, of in names.items()
    ]
    return facts(  # type: ignore[no-any-return]
        identities=[
            make.service_principal(owner_ids=("ann", "gone")),
            make.service_principal("member"),
            make.service_principal("off", status="disabled"),
            make.service_principal("eligible"),
            make.person("ann"),
            make.person("gone", status="deleted"),
        ],
        groups=groups,
        policies=POLICIES,
        bindings=[
            *HELD,
            bound(CONTRIBUTOR, TENANT, who="outer"),
            bound(CONTRIBUTOR, who="off", condition=Condition("ABAC", "2.0", ("@Resource[x] StringEquals 'y'",))),
            bound(OWNER, who="eligible", eligible=True),
            bound(OWNER, TENANT, who="lapsed", id_="lapsed", expires_at=make.ago(1)),
        ],
        resources=[Resource(id=VAULT, provider="azure", kind="key_vault", name="shop-secrets", scope_id=SUBSCRIPTION)],
        scopes=[*make.azure_scopes(), GROUP],
        coverage=make.read(*READ),
    )


def told(tables: FactTables, subject: Any, name: str, id_: str) -> Any:
    cells = tables[subject][name]
    return None if cells.isna().loc[id_] else cells.loc[id_]


def test_broad_roles_that_stand_are_told_with_where_and_through_whom(tables: FactTables) -> None:
    assert [told(tables, "identity", "standing_role", one) for one in ("deploy", "member", "off", "eligible")] == [
        "contributor",
        "owner",
        "contributor",
        "none",  # it would have to activate it
    ]
    assert told(tables, "identity", "standing_roles", "deploy") == "Contributor on subscription Production"
    assert told(tables, "identity", "standing_roles", "member") == (
        "Contributor on tenant Northwind through group Outer, Owner on subscription Production through group Inner"
    )
    assert told(tables, "identity", "owner_or_editor", "member")


def test_permissions_of_apis_are_told_by_name(tables: FactTables) -> None:
    assert told(tables, "identity", "tier_zero_permissions", "deploy") == "Microsoft.Graph/Group.ReadWrite.All"
    assert told(tables, "identity", "content_permissions", "deploy") == "Microsoft.Graph/Mail.Read"
    assert told(tables, "identity", "content_permissions", "member") == ""


def test_what_is_assigned_by_name_is_counted_without_ownership_and_the_right_to_sign_in(tables: FactTables) -> None:
    assert told(tables, "identity", "binding_count", "deploy") == 7
    assert told(tables, "identity", "granted", "off") == "Contributor on subscription Production under a condition"
    assert told(tables, "identity", "granted", "eligible") == "Owner on subscription Production once it is activated"
    assert told(tables, "identity", "binding_count", "member") == 0


def test_nothing_assigned_is_said_only_where_all_was_read(facts: Any, make: Any) -> None:
    unread = facts(identities=[make.service_principal()], scopes=make.azure_scopes(), coverage=make.read(*READ[:2]))
    columns = ("binding_count", "granted", "standing_role", "standing_roles", "tier_zero_permissions")
    assert [told(unread, "identity", name, "deploy") for name in columns] == [None] * len(columns)


def test_owners_of_a_subscription_are_those_above_it_as_well(tables: FactTables) -> None:
    assert told(tables, "scope", "owner_count", SUBSCRIPTION) == 1
    assert told(tables, "scope", "owner_count", TENANT) == 0
    pieces = BUILDERS["subscription_owners"](tables.estate, "scope", SUBSCRIPTION)  # type: ignore[arg-type]
    assert [one.text for one in pieces] == ["group Inner has Owner on subscription Production"]


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ({"actions": ("*",)}, True),
        ({"actions": ("Microsoft.Authorization/*",)}, True),
        ({"actions": ("*",), "not_actions": ("Microsoft.Authorization/*/Write",)}, False),
        ({"actions": ("Microsoft.Compute/*",)}, False),
        ({"actions": ("*",), "plane": "data"}, False),
        ({"actions": ("*",), "conditions": (Condition("ABAC", "2.0", ("x",)),)}, False),
        ({"malformed": "no list"}, None),
    ],
)
def test_a_custom_role_that_gives_out_roles(facts: Any, make: Any, statement: Any, answer: bool | None) -> None:
    one = Statement(**{"effect": Effect.ALLOW, "plane": "control", **statement})
    ours = make.azure_role("Ours", statements=(one,), managed_by_provider=False)
    tables = facts(policies=[ours], scopes=make.azure_scopes())
    assert told(tables, "policy", "gives_roles", ours.id) == answer
    assert told(tables, "policy", "custom_role", ours.id)


def test_an_access_policy_to_everything_is_told_and_is_no_custom_role(tables: FactTables) -> None:
    assert told(tables, "policy", "opens_vault", EVERYTHING)
    assert not told(tables, "policy", "custom_role", EVERYTHING)
    assert told(tables, "policy", "vault_name", EVERYTHING) == "shop-secrets"
    assert told(tables, "policy", "holders", EVERYTHING) == "Deploy"
    fix = "az keyvault delete-policy --name shop-secrets --object-id deploy --subscription s"
    assert told(tables, "policy", "assignments_fix", EVERYTHING) == fix
    assert tables.about("policy", EVERYTHING).scope_id == SUBSCRIPTION  # and not the vault, which is no scope


def test_a_custom_role_nobody_has_is_deleted_by_its_name(facts: Any, make: Any) -> None:
    ours = make.azure_role("Ours", managed_by_provider=False)
    desk = role("directory/roledefinitions/desk", "Desk", managed_by_provider=False)
    everything = facts(policies=[ours, desk], scopes=make.azure_scopes(), coverage=make.read(*READ))
    assert [told(everything, "policy", "binding_count", one.id) for one in (ours, desk)] == [0, 0]
    assert told(everything, "policy", "role_fix", ours.id) == "az role definition delete --name ours"
    local = facts(policies=[replace(ours, scope_id=SUBSCRIPTION)], scopes=make.azure_scopes())
    assert (
        told(local, "policy", "role_fix", ours.id) == "az role definition delete --name ours --scope /subscriptions/s"
    )
    url = "https://graph.microsoft.com/v1.0/roleManagement/directory/roleDefinitions/desk"
    assert told(everything, "policy", "role_fix", desk.id) == f"az rest --method DELETE --url {url}"
    assert told(facts(policies=[ours], scopes=make.azure_scopes()), "policy", "binding_count", ours.id) is None


COMMANDS = [
    (0, f"az role assignment delete --ids {SUBSCRIPTION}/a/deploy"),
    (3, "az rest --method DELETE --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments/d-1"),
    (
        4,
        "az rest --method DELETE --url https://graph.microsoft.com/v1.0/servicePrincipals/deploy/appRoleAssignments/r-1",
    ),
    (7, "az rest --method DELETE --url https://graph.microsoft.com/v1.0/oauth2PermissionGrants/g-1"),
    (8, "az keyvault delete-policy --name shop-secrets --object-id deploy --subscription s"),
    (9, "az ad app owner remove --id app --owner-object-id deploy"),
]


@pytest.mark.parametrize(("row", "command"), COMMANDS)
def test_what_gives_a_role_decides_which_command_takes_it_away(tables: FactTables, row: int, command: str) -> None:
    assert tables.estate is not None
    assert unassignment(tables.estate, HELD[row]) == command


def test_a_permission_is_taken_from_who_has_it_and_an_entry_from_who_comes_through_an_application(
    tables: FactTables,
) -> None:
    assert tables.estate is not None
    graph = "az rest --method DELETE --url https://graph.microsoft.com/v1.0"
    for who, noun in (
        ("outer", "groups"),
        ("ann", "users"),
        ("member", "servicePrincipals"),
        ("nobody", "servicePrincipals"),
    ):
        command = unassignment(tables.estate, bound(GROUPS, TENANT, who=who, id_="approle#r-1"))
        assert command == f"{graph}/{noun}/{who}/appRoleAssignments/r-1"
    through = unassignment(tables.estate, bound(f"{EVERYTHING}#app-1", VAULT))
    assert through == (
        "az keyvault delete-policy --name shop-secrets --object-id deploy --application-id app-1 --subscription s"
    )


def test_what_is_only_eligible_is_taken_away_by_hand(tables: FactTables) -> None:
    assert tables.estate is not None
    sentence = unassignment(tables.estate, bound(OWNER, eligible=True))
    assert sentence.startswith("Remove the eligibility in Privileged Identity Management: ")


def test_a_name_that_somebody_chose_is_one_word(tables: FactTables) -> None:
    assert tables.estate is not None
    hostile = "x'; $(reboot) `id` \n rm -rf / #"
    for row in (
        bound(CONTRIBUTOR, id_=hostile),
        bound(EVERYTHING, f"/vaults/{hostile}", hostile),
        bound(GROUPS, who=hostile),
    ):
        words = shlex.split(unassignment(tables.estate, row), comments=False)
        assert words[0] == "az"
        assert not {"reboot", "rm", "$(reboot)"} & set(words)


def test_who_is_off_loses_all_who_gets_it_through_a_group_leaves_that(facts: Any, tables: FactTables) -> None:
    assert told(tables, "identity", "roles_fix", "off") == f"az role assignment delete --ids {SUBSCRIPTION}/a/off"
    assert told(tables, "identity", "roles_fix", "deploy") == ""
    assert (
        told(tables, "identity", "standing_fix", "member")
        == "az ad group member remove --group inner --member-id member"
    )
    assert told(tables, "identity", "permissions_fix", "deploy").count("appRoleAssignments") == 2


def test_a_way_to_administrator_is_broken_at_its_assignment(facts: Any, make: Any) -> None:
    ref = StatementRef(OWNER, 0, layer="allow", binding_id="a-1")
    tables = facts(
        {"deploy": Privilege(identity_id="deploy", level="administrator", statements=(ref,))},
        identities=[make.service_principal()],
        policies=POLICIES,
        bindings=[bound(OWNER, id_="a-1")],
        scopes=make.azure_scopes(),
    )
    assert told(tables, "identity", "privilege_fix", "deploy") == "az role assignment delete --ids a-1"
    pieces = BUILDERS["privilege"](tables.estate, "identity", "deploy")
    assert [one.text for one in pieces] == ["Deploy has Owner on subscription Production"]


def test_proof_is_told_by_names(tables: FactTables) -> None:
    assert tables.estate is not None
    grants = [one.text for one in BUILDERS["grants"](tables.estate, "identity", "off")]
    condition = "under a condition if @Resource[x] StringEquals 'y'"
    assert grants == [f"Off has Contributor on subscription Production {condition}"]
    owners = [one.text for one in BUILDERS["owners"](tables.estate, "identity", "deploy")]
    assert owners == ["owned by ann@northwind.example", "owned by gone@northwind.example (deleted)"]
    holders = [one.text for one in BUILDERS["holders"](tables.estate, "policy", EVERYTHING)]
    assert holders == ["Deploy has an access policy on key vault shop-secrets"]


def credential(kind: Any = "client_secret", key: str = "k-1", **fields: Any) -> Credential:
    said = {"holder": "application", "holder_id": "app", "key_id": key, **fields.pop("said", {})}
    return Credential(
        **{
            "id": f"{said['holder_id']}#{'password' if kind == 'client_secret' else 'key'}/{key}",
            "provider": "azure",
            "identity_id": "deploy",
            "scope_id": TENANT,
            "kind": kind,
            "status": "active",
            "attributes": tuple(sorted(said.items())),
            **fields,
        }
    )


def test_credentials_of_applications(facts: Any, make: Any) -> None:
    saml = make.service_principal("saml", attributes=(("saml", "true"),))
    rows = [
        credential(created_at=make.ago(10), expires_at=make.ago(-20), last_used=NEVER_USED),
        credential("certificate", "k-2", created_at=make.ago(10), expires_at=make.ago(-355)),
        credential(
            "certificate", "k-3", said={"holder": "service_principal", "holder_id": "deploy"}, expires_at=make.ago(3)
        ),
        credential(
            "certificate",
            "k-4",
            identity_id="saml",
            said={"holder": "service_principal", "holder_id": "saml", "usage": "Sign"},
        ),
    ]
    tables = facts(
        identities=[make.service_principal(), saml],
        credentials=rows,
        scopes=make.azure_scopes(),
        coverage=make.read("graph-applications", "graph-service-principals"),
    )
    columns = ("handle", "holder", "lifetime_days", "signs", "outlived", "expired_days", "known_unused")
    assert [tuple(told(tables, "credential", name, row.id) for name in columns) for row in rows] == [
        ("k-1", "application", 30, False, True, 0, True),
        ("k-2", "application", 365, False, False, 0, False),
        ("k-3", "service_principal", None, False, True, 3, False),
        ("k-4", "service_principal", None, True, False, None, False),
    ]
    assert [told(tables, "credential", "renewal_fix", row.id) for row in rows] == [
        "az ad app credential reset --id app --append --end-date DATE",
        "az ad app credential reset --id app --append --cert @CERTIFICATE.pem",
        "az ad sp credential reset --id deploy --append --cert @CERTIFICATE.pem",
        (
            "az rest --method POST --url https://graph.microsoft.com/v1.0/servicePrincipals/saml/addTokenSigningCertificate"
            """ --body '{"displayName": "CN=NAME", "endDateTime": "DATE"}'"""
        ),
    ]
    assert [told(tables, "credential", "removal_fix", row.id) for row in rows[:3]] == [
        "az ad app credential delete --id app --key-id k-1",
        "az ad app credential delete --id app --key-id k-2 --cert",
        "az ad sp credential delete --id deploy --key-id k-3 --cert",
    ]
    assert [told(tables, "identity", "client_secrets", one) for one in ("deploy", "saml")] == [1, 0]


def test_resources_whose_settings_were_not_collected_are_unknown(facts: Any, make: Any) -> None:
    settings = {"on": "true", "off": "false", "unread": None}
    accounts = [
        Resource(
            id=name,
            provider="azure",
            kind="storage_account",
            name=name,
            scope_id=SUBSCRIPTION,
            attributes=() if word is None else (("shared_key", word), ("public_blob", word)),
        )
        for name, word in settings.items()
    ]
    tables = facts(resources=accounts, scopes=make.azure_scopes())
    assert [told(tables, "resource", "shared_key", one) for one in settings] == [True, False, None]
    assert [told(tables, "resource", "public", one) for one in settings] == [None, False, False]


def test_keys_of_a_storage_account_are_as_old_as_the_older(facts: Any, make: Any) -> None:
    dates = {"old": make.ago(400).isoformat(), "young": make.ago(0).isoformat(), "unread": ""}
    accounts = [
        Resource(
            id=name,
            provider="azure",
            kind="storage_account",
            name=name,
            scope_id=SUBSCRIPTION,
            attributes=(("oldest_key_at", date),) if date else (),
        )
        for name, date in dates.items()
    ]
    tables = facts(resources=accounts, scopes=make.azure_scopes())
    assert [told(tables, "resource", "oldest_key_days", one) for one in dates] == [400, 0, None]


@pytest.mark.parametrize(
    ("policy", "layer", "text"),
    [
        (OWNER, "allow", "`permissions[0].actions` of role Owner"),
        ("/d/1", "deny", "`permissions[0].actions` of deny assignment Managed by a stack"),
    ],
)
def test_statements_without_an_assignment_are_told_by_their_role(
    facts: Any, make: Any, policy: str, layer: Any, text: str
) -> None:
    stack = Policy(id="/d/1", provider="azure", kind="guardrail", name="Managed by a stack", scope_id=SUBSCRIPTION)
    ref = StatementRef(policy, 0, "permissions[0].actions", layer)
    tables = facts(
        {"deploy": Privilege(identity_id="deploy", level="administrator", statements=(ref,))},
        identities=[make.service_principal()],
        policies=[*POLICIES, stack],
        scopes=make.azure_scopes(),
    )
    assert [one.text for one in BUILDERS["privilege"](tables.estate, "identity", "deploy")] == [text]


def test_places_and_people_in_reasons_have_names(facts: Any, make: Any) -> None:
    reason = f"it may assign any role on `{SUBSCRIPTION}` and on `/subscriptions/unseen`."
    tables = facts(
        {"deploy": Privilege(identity_id="deploy", level="administrator", reason=reason)},
        identities=[make.service_principal()],
        scopes=make.azure_scopes(),
    )
    told_of = told(tables, "identity", "privilege_reason", "deploy")
    assert told_of == "it may assign any role on subscription Production and on `/subscriptions/unseen`"


def test_a_consent_is_told_with_for_whom(facts: Any, make: Any) -> None:
    consents = [
        bound(CONSENT, TENANT, id_=f"delegated#{user}/x", condition=Condition("Delegated", "Principal", (user,)))
        for user in ("", "ann")
    ]
    tables = facts(
        identities=[make.service_principal(), make.person("ann")],
        policies=POLICIES,
        bindings=consents,
        scopes=make.azure_scopes(),
    )
    mail = "Microsoft.Graph/delegated/Mail.Read"
    assert told(tables, "identity", "granted", "deploy") == f"{mail} for ann@northwind.example, {mail} for everybody"


@pytest.mark.parametrize(
    ("fields", "command"),
    [
        ({"attributes": (("application_id", "a"),)}, "az ad app owner add --id app-deploy --owner-object-id OWNER_ID"),
        ({"kind": "app"}, "az ad app owner add --id app-deploy --owner-object-id OWNER_ID"),
        (
            {"kind": "managed_identity", "attributes": (("resource_id", "/r"),)},
            "az tag update --resource-id /r --operation merge --tags owner=TEAM",
        ),
    ],
)
def test_an_owner_is_named_where_the_thing_is(facts: Any, make: Any, fields: Any, command: str) -> None:
    tables = facts(identities=[make.service_principal(**fields)], scopes=make.azure_scopes())
    assert told(tables, "identity", "owner_fix", "deploy") == command


def test_an_owner_of_anothers_application_is_named_on_its_service_principal(facts: Any, make: Any) -> None:
    tables = facts(identities=[make.service_principal()], scopes=make.azure_scopes())
    words = shlex.split(told(tables, "identity", "owner_fix", "deploy"))
    assert words[4:7] == ["--url", "https://graph.microsoft.com/v1.0/servicePrincipals/deploy/owners/$ref", "--body"]


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        (
            {"unique_id": "app-1", "attributes": (("application_id", "a"),)},
            ["az ad app credential list --id app-1", "az ad app credential reset --id app-1 --append"],
        ),
        ({}, ["az ad sp credential list --id deploy", "az ad sp credential reset --id deploy --append"]),
        ({"kind": "managed_identity"}, ["az role assignment delete --ids a"]),
    ],
    ids=["application", "of another tenant", "managed identity"],
)
def test_what_an_owner_who_left_may_have_kept(facts: Any, make: Any, fields: Any, lines: list[str]) -> None:
    given = Binding(id="a", principal_id="deploy", policy_id=OWNER, scope_id=SUBSCRIPTION)
    tables = facts(
        identities=[make.service_principal(**fields)], policies=POLICIES, bindings=[given], scopes=make.azure_scopes()
    )
    assert told(tables, "identity", "old_owner_fix", "deploy").splitlines()[1:] == lines


@pytest.mark.parametrize(("kind", "noun", "other"), [("agent_identity", "sp", "user"), ("agent_user", "user", "sp")])
def test_an_agent_is_switched_off_as_what_it_is(facts: Any, make: Any, kind: str, noun: str, other: str) -> None:
    tables = facts(identities=[make.service_principal(kind=kind)], scopes=make.azure_scopes())
    fix = told(tables, "identity", "retirement_fix", "deploy")
    assert f"az ad {noun} update --id deploy" in fix
    assert f"az ad {noun} delete --id deploy" in fix
    assert f"az ad {other}" not in fix


def test_what_has_ended_is_told_as_azure_calls_it(facts: Any, make: Any) -> None:
    ended = bound(OWNER, id_="ended", expires_at=make.ago(1))
    tables = facts(
        identities=[make.service_principal()], policies=POLICIES, bindings=[ended], scopes=make.azure_scopes()
    )
    grants = [one.text for one in BUILDERS["grants"](tables.estate, "identity", "deploy")]
    assert grants == ["Deploy has Owner on subscription Production"]
