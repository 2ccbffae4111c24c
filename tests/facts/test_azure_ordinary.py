"""Facts that tell what every tenant has from what is wrong in one."""

from typing import Any

import pytest

from nhi_scan.facts.tables import FactTables
from nhi_scan.model import entra
from nhi_scan.model.access import Privilege, StatementRef, Step
from nhi_scan.model.identity import Group, Nature, Resource, Workload
from nhi_scan.model.policy import Binding, Condition, Effect, Policy, Statement, Trust
from nhi_scan.model.scope import Scope

TENANT = "/tenants/t"
SUBSCRIPTION = "/subscriptions/s"
ABOVE = "/providers/microsoft.management/managementgroups/m"
NODES = f"{SUBSCRIPTION}/resourcegroups/mc_shop"
OURS = f"{SUBSCRIPTION}/resourcegroups/shop"
CLUSTER = f"{OURS}/providers/microsoft.containerservice/managedclusters/shop"
ROLES = "/providers/microsoft.authorization/roledefinitions/"
OWNER = f"{ROLES}8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = f"{ROLES}b24988ac-6180-42a0-ab88-20f7382dd24c"
READ = (
    "arg-role-assignments",
    "graph-app-role-assignments",
    "graph-directory-role-assignments",
    "graph-service-principals",
)


def told(tables: FactTables, subject: Any, name: str, id_: str) -> Any:
    cells = tables[subject][name]
    return None if cells.isna().loc[id_] else cells.loc[id_]


def group(id_: str, **attributes: str) -> Scope:
    name = id_.rpartition("/")[2]
    return Scope(
        id=id_,
        provider="azure",
        kind="resource_group",
        name=name,
        parent_id=SUBSCRIPTION,
        attributes=tuple(attributes.items()),
    )


def role(id_: str, name: str, *actions: str, plane: str = "control", **fields: Any) -> Policy:
    statement = Statement(effect=Effect.ALLOW, actions=actions, plane=plane)
    more = {"managed_by_provider": True, **fields}
    return Policy(
        id=id_,
        provider="azure",
        kind="role",
        name=name,
        scope_id=TENANT,
        statements=(statement,) if actions else (),
        **more,
    )


def bound(who: str, policy: str, place: str = SUBSCRIPTION, **fields: Any) -> Binding:
    return Binding(id=f"{place}/{policy}/{who}", principal_id=who, policy_id=policy, scope_id=place, **fields)


def workload(place: str, name: str, kind: Any = "virtual_machine_scale_set", who: str = "kubelet") -> Workload:
    id_ = f"{place}/providers/x/y/{name}"
    return Workload(id=id_, provider="azure", kind=kind, name=name, scope_id=SUBSCRIPTION, runs_as=(who,))


def test_machines_of_a_cluster_are_one_with_it_and_so_is_what_it_made(facts: Any, make: Any) -> None:
    def managed(name: str, place: str) -> Any:
        resource = f"{place}/providers/microsoft.managedidentity/userassignedidentities/{name}"
        return make.service_principal(name, kind="managed_identity", attributes=(("resource_id", resource),))

    def storage(name: str, place: str, **tags: str) -> Resource:
        return Resource(
            id=f"{place}/providers/microsoft.storage/storageaccounts/{name}",
            provider="azure",
            kind="storage_account",
            name=name,
            scope_id=SUBSCRIPTION,
            tags=tuple((key.replace("_", "-"), value) for key, value in tags.items()),
        )

    cluster = Workload(
        id=CLUSTER, provider="azure", kind="aks_cluster", name="shop", scope_id=SUBSCRIPTION, runs_as=("kubelet",)
    )
    resources = [storage("a", OURS), storage("b", NODES), storage("c", OURS, ms_resource_usage="Azure-Cloud-Shell")]
    tables = facts(
        scopes=[*make.azure_scopes(), group(NODES, managed_by=CLUSTER), group(OURS)],
        identities=[managed("kubelet", NODES), managed("app", OURS), managed("idle", OURS)],
        workloads=[cluster, *(workload(NODES, f"pool-{one}") for one in range(7)), workload(OURS, "a", who="app")],
        resources=resources,
        coverage=make.read("arg-resources", scope=SUBSCRIPTION),
    )
    names = ("of_service", "workload_count", "sharer_count")
    assert [told(tables, "identity", name, "kubelet") for name in names] == [True, 8, 1]
    assert [told(tables, "identity", name, "app") for name in names] == [False, 1, 1]
    assert [told(tables, "identity", name, "idle") for name in names] == [False, 0, 0]
    assert [told(tables, "resource", "of_service", one.id) for one in resources] == [False, True, True]


def test_how_many_share_an_identity_is_unknown_where_not_all_was_read(facts: Any, make: Any) -> None:
    idle = make.service_principal("idle", kind="managed_identity")
    assert told(facts(identities=[idle], scopes=make.azure_scopes()), "identity", "sharer_count", "idle") is None


def test_a_vendor_is_named_by_its_verified_publisher(facts: Any, make: Any) -> None:
    verified = (("owner_tenant", "other"), ("publisher", "Backup Inc"))
    tables = facts(
        identities=[
            make.service_principal("verified", attributes=verified),
            make.service_principal("unverified", attributes=verified[:1]),
            make.service_principal("untold"),
            make.service_principal("blueprint", attributes=(("agent_blueprint", "true"),)),
        ],
        scopes=make.azure_scopes(),
    )
    names = ("verified", "unverified", "untold")
    vendors = ["Backup Inc (tenant other)", "tenant other", None]
    assert [told(tables, "identity", "vendor", one) for one in names] == vendors
    assert [told(tables, "identity", "of_vendor", one) for one in names] == [True, True, False]
    assert [told(tables, "identity", "agent_blueprint", one) for one in ("untold", "blueprint")] == [False, True]


def test_what_works_without_anybody_and_what_is_more_than_to_sign_in(facts: Any, make: Any) -> None:
    scopes = {name: f"delegated/{entra.GRAPH}/{name}" for name in ("openid", "User.Read", "Mail.Read")}
    policies = [role(id_, name, f"Microsoft.Graph/delegated/{name}", plane="delegated") for name, id_ in scopes.items()]
    consent = Condition("Delegated", "AllPrincipals", ("",))
    rows = [
        *(bound(who, scopes[name], TENANT, condition=consent) for who in ("signs", "reads") for name in scopes),
        bound("works", CONTRIBUTOR),
    ]
    kept = [row for row in rows if row.principal_id != "signs" or row.policy_id != scopes["Mail.Read"]]
    tables = facts(
        identities=[make.service_principal(one) for one in ("signs", "reads", "works", "none")],
        policies=[*policies, role(CONTRIBUTOR, "Contributor", "*")],
        bindings=kept,
        scopes=make.azure_scopes(),
        coverage=make.read(*READ, "graph-oauth2-permission-grants"),
    )
    names = ("binding_count", "unattended_count", "beyond_sign_in_count")
    assert {
        one: [told(tables, "identity", name, one) for name in names] for one in ("signs", "reads", "works", "none")
    } == {
        "signs": [2, 0, 0],
        "reads": [3, 0, 1],
        "works": [1, 1, 1],
        "none": [0, 0, 0],
    }
    of_nobody = {"identities": [make.service_principal("none")], "scopes": make.azure_scopes()}
    unread = facts(**of_nobody)
    assert [told(unread, "identity", name, "none") for name in names] == [None] * 3
    no_consent = facts(**of_nobody, coverage=make.read(*READ))
    assert [told(no_consent, "identity", name, "none") for name in names] == [None, 0, None]


LOOKS = role(f"{ROLES}reader", "Reader", "*/read")
WRITES = role(f"{ROLES}writer", "Writer", "Microsoft.Web/sites/write")
DATA = role(
    f"{ROLES}data", "Data", "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read", plane="data"
)
UNREAD = role(f"{ROLES}unread", "Unread", complete=False)
OWNS = role(
    "directory/owners/application", "Owner", "microsoft.directory/applications/credentials/update", plane="directory"
)
PULL = (("iss", ("https://i",)), ("sub", ("repo:northwind/shop:pull_request",)))


@pytest.mark.parametrize(
    ("held", "read", "answer"),
    [
        ([LOOKS], True, True),
        ([], True, True),
        ([LOOKS], False, None),
        ([LOOKS, UNREAD], True, None),
        ([LOOKS, WRITES], False, False),
        ([DATA], True, False),
        ([OWNS], True, False),
    ],
)
def test_what_pull_requests_become_only_looks(
    facts: Any, make: Any, held: Any, read: bool, answer: bool | None
) -> None:
    trust = Trust(
        id="app#federated/pr",
        identity_id="deploy",
        subject="https://i",
        subject_kind="federated",
        mechanism="federate",
        claim_patterns=PULL,
    )
    tables = facts(
        identities=[make.service_principal()],
        trusts=[trust],
        policies=held,
        bindings=[bound("deploy", one.id) for one in held],
        scopes=make.azure_scopes(),
        coverage=make.read(*READ) if read else [],
    )
    assert told(tables, "trust", "pull_requests_look", trust.id) == answer


def test_owners_are_told_where_they_become_too_many_and_the_dead_do_not_count(facts: Any, make: Any) -> None:
    tenant, subscription = make.azure_scopes()
    middle = Scope(id=ABOVE, provider="azure", kind="management_group", name="m", parent_id=TENANT)
    gone = Group(
        id="g", provider="azure", kind="entra_group", name="g", scope_id=TENANT, attributes=(("status", "deleted"),)
    )
    tables = facts(
        scopes=[tenant, middle, Scope(**{**fields(subscription), "parent_id": ABOVE})],
        identities=[
            *(make.person(one) for one in ("a", "b", "c")),
            make.person("dead", status="deleted"),
        ],
        groups=[gone],
        policies=[role(OWNER, "Owner", "*")],
        bindings=[
            bound("a", OWNER, TENANT),
            bound("b", OWNER, ABOVE),
            *(bound(who, OWNER) for who in ("c", "dead", "g")),
        ],
        coverage=make.read(*READ),
    )
    places = (TENANT, ABOVE, SUBSCRIPTION)
    assert [told(tables, "scope", "owner_count", one) for one in places] == [1, 2, 3]
    assert [told(tables, "scope", "owners_above", one) for one in places] == [0, 1, 2]
    assert [told(tables, "scope", "place", one) for one in places] == ["/", ABOVE, SUBSCRIPTION]


def fields(scope: Scope) -> dict[str, Any]:
    return {name: getattr(scope, name) for name in ("id", "provider", "kind", "name")}


def test_a_group_that_is_gone_is_told_from_one_that_nobody_could_look_up(facts: Any, make: Any) -> None:
    groups = [
        Group(id=id_, provider="azure", kind="entra_group", name=name, scope_id=TENANT, attributes=attributes)
        for id_, name, attributes in (("g", "g", (("status", "deleted"),)), ("h", "h", ()), ("i", "Infra", ()))
    ]
    tables = facts(
        groups=groups,
        policies=[role(CONTRIBUTOR, "Contributor", "*")],
        bindings=[bound("g", CONTRIBUTOR)],
        scopes=make.azure_scopes(),
        coverage=make.read(*READ),
    )
    assert [told(tables, "resource", "deleted", one) for one in "ghi"] == [True, None, False]
    assert told(tables, "resource", "granted_roles", "g") == "Contributor on subscription Production"
    assert (
        told(tables, "resource", "roles_fix", "g") == f"az role assignment delete --ids {SUBSCRIPTION}/{CONTRIBUTOR}/g"
    )
    assert [told(tables, "resource", name, "i") for name in ("granted_roles", "roles_fix")] == ["", ""]


def test_a_partners_group_is_told_as_one(facts: Any, make: Any) -> None:
    partner = Group(
        id="p", provider="azure", kind="entra_group", name="p", scope_id="", attributes=(("foreign", "true"),)
    )
    mine = role(f"{ROLES}mine", "Mine", "*", managed_by_provider=False)
    tables = facts(groups=[partner], policies=[mine], bindings=[bound("p", mine.id)], scopes=make.azure_scopes())
    assert told(tables, "policy", "holders", mine.id) == "group p of another organization"


def test_whom_nobody_could_look_up_is_a_principal_and_no_service_principal(facts: Any, make: Any) -> None:
    tables = facts(
        identities=[make.service_principal("x", name="x", nature=Nature.UNKNOWN, status="unknown")],
        scopes=make.azure_scopes(),
    )
    assert told(tables, "identity", "label", "x") == "Principal x"


@pytest.mark.parametrize(
    ("place", "others", "answer"),
    [
        (OURS, [], True),
        (OURS, [bound("deploy", OWNER, NODES)], False),
    ],
)
def test_what_a_contributor_of_a_group_could_do_is_nothing_special(
    facts: Any, make: Any, place: str, others: Any, answer: bool
) -> None:
    mine = bound("deploy", CONTRIBUTOR, place)
    ref = StatementRef(policy_id=CONTRIBUTOR, index=0, layer="allow", binding_id=mine.id)
    step = Step(technique="t", source_id="deploy", target_id="", statements=(ref,), detail="Do it.")
    latent = Privilege(identity_id="deploy", level="latent", path=(step,), reason="once this finds a target: do it")
    tables = facts(
        privileges={"deploy": latent},
        identities=[make.service_principal()],
        policies=[
            role(CONTRIBUTOR, "Contributor", "Microsoft.Compute/*"),
            role(OWNER, "Owner", "*"),
        ],
        bindings=[mine, *others],
        scopes=[*make.azure_scopes(), group(NODES), group(OURS)],
        coverage=make.read(*READ),
    )
    assert told(tables, "identity", "local_contributor", "deploy") == answer


def test_what_entra_makes_for_devices_is_its_own_until_something_is_granted_to_it(facts: Any, make: Any) -> None:
    devices = (("device_trust", "true"),)
    tables = facts(
        identities=[
            make.service_principal("plain"),
            make.service_principal("devices", attributes=devices),
            make.service_principal("granted", attributes=devices),
        ],
        policies=[role(CONTRIBUTOR, "Contributor", "*")],
        bindings=[bound("granted", CONTRIBUTOR)],
        scopes=make.azure_scopes(),
    )
    answers = [told(tables, "identity", "of_entra", one) for one in ("plain", "devices", "granted")]
    assert answers == [False, True, False]


def test_who_changes_passwords_everywhere_loses_the_role_that_lets_them(facts: Any, make: Any) -> None:
    desk = role("directory/roledefinitions/d", "Desk", "microsoft.directory/users/password/update", plane="directory")
    reader = role(f"{ROLES}reader", "Reader", "*/read")
    tables = facts(
        identities=[make.service_principal("writes"), make.service_principal("reads")],
        policies=[desk, reader],
        bindings=[
            Binding(id="directory#d-1", principal_id="writes", policy_id=desk.id, scope_id=TENANT),
            *(bound(who, reader.id) for who in ("writes", "reads")),
        ],
        scopes=make.azure_scopes(),
        coverage=make.read(*READ),
    )
    url = "https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments/d-1"
    assert [told(tables, "identity", "writes_iam", one) for one in ("writes", "reads")] == [True, False]
    fixes = [told(tables, "identity", "iam_write_fix", one) for one in ("writes", "reads")]
    assert fixes == [f"az rest --method DELETE --url {url}", ""]
