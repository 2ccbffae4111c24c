import pytest

from nhi_scan.access.azure import Places
from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.errors import UserError
from nhi_scan.model.identity import Group, Identity, Nature, Resource
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope, ScopeKind

TENANT_ID = "11111111-1111-1111-1111-111111111111"
OTHER = "/tenants/22222222-2222-2222-2222-222222222222"
TENANT = f"/tenants/{TENANT_ID}"
TOP, LOW = (f"/providers/microsoft.management/managementgroups/{name}" for name in ("top", "low"))
SUB = "/subscriptions/33333333-3333-3333-3333-333333333333"
LOOSE = "/subscriptions/44444444-4444-4444-4444-444444444444"
GROUP = f"{SUB}/resourcegroups/web"
VAULT = f"{GROUP}/providers/microsoft.keyvault/vaults/v"
APP = "55555555-5555-5555-5555-555555555555"
ROBOT = "66666666-6666-6666-6666-666666666666"
ANN = "77777777-7777-7777-7777-777777777777"
UNIT = "/administrativeunits/88888888-8888-8888-8888-888888888888"


def scope(id_: str, kind: ScopeKind, parent: str | None) -> Scope:
    return Scope(id=id_, provider="azure", kind=kind, name=id_, parent_id=parent)


def identity(id_: str, home: str) -> Identity:
    return Identity(
        id=id_,
        provider="azure",
        kind="managed_identity",
        nature=Nature.NON_HUMAN,
        nature_reason="",
        name=id_,
        scope_id=home,
    )


def inventory(*more: Scope) -> Inventory:
    return build(
        [
            Records(
                scopes=[
                    scope(TENANT, "tenant", ""),
                    scope(TOP, "management_group", TENANT),
                    scope(LOW, "management_group", TOP),
                    scope(SUB, "subscription", LOW),
                    scope(LOOSE, "subscription", None),
                    scope(GROUP, "resource_group", SUB),
                    *more,
                ],
                identities=[identity(ROBOT, SUB), identity(ANN, TENANT)],
                resources=[
                    Resource(id=APP, provider="azure", kind="application", name="app", scope_id=TENANT),
                    Resource(id=VAULT, provider="azure", kind="key_vault", name="v", scope_id=SUB),
                ],
                groups=[
                    Group(
                        id=UNIT,
                        provider="azure",
                        kind="administrative_unit",
                        name="u",
                        scope_id=TENANT,
                        member_ids=(ANN,),
                    )
                ],
            )
        ]
    )


PLACES = Places(inventory())


@pytest.mark.parametrize(
    ("place", "chain"),
    [
        (TENANT, (TENANT,)),
        (LOW, (TENANT, TOP, LOW)),
        (SUB, (TENANT, TOP, LOW, SUB)),
        (f"{VAULT}/secrets/s", (TENANT, TOP, LOW, SUB, GROUP, VAULT, f"{VAULT}/secrets/s")),
        (LOOSE, (TENANT, LOOSE)),
        ("/providers/microsoft.billing/accounts/a", (TENANT, "/providers/microsoft.billing/accounts/a")),
        (APP, (TENANT, APP)),
        (ROBOT, (TENANT, ROBOT)),
        (ANN, (TENANT, UNIT, ANN)),
        (UNIT, (TENANT, UNIT)),
        ("99999999-9999-9999-9999-999999999999", (TENANT, "99999999-9999-9999-9999-999999999999")),
    ],
)
def test_what_is_above_a_place(place: str, chain: tuple[str, ...]) -> None:
    assert PLACES.chain(place) == chain


def test_with_two_tenants_nobody_guesses_which_it_is() -> None:
    places = Places(inventory(scope(OTHER, "tenant", "")))
    assert places.chain(LOOSE) == (LOOSE,)
    assert places.chain(SUB)[0] == TENANT
    assert places.above_perhaps(LOOSE) == {TENANT, OTHER, TOP, LOW}
    assert places.canonical("/") == "/"


@pytest.mark.parametrize(
    ("place", "complete"),
    [(TENANT, True), (SUB, True), (VAULT, True), (LOW, True), (LOOSE, False), (APP, True), ("/subscriptions/x", False)],
)
def test_whether_everything_above_is_known(place: str, *, complete: bool) -> None:
    assert PLACES.complete(place) is complete
    assert bool(PLACES.above_perhaps(place)) is not complete


def test_what_may_be_above_is_not_what_is_below() -> None:
    places = Places(inventory(scope("/providers/microsoft.management/managementgroups/odd", "management_group", None)))
    odd = "/providers/microsoft.management/managementgroups/odd"
    assert places.above_perhaps(LOOSE) == {TOP, LOW, odd}
    assert places.above_perhaps(odd) == {TOP, LOW}
    assert places.above_perhaps(SUB) == frozenset()


def test_a_ring_of_management_groups_ends() -> None:
    one, two = (f"/providers/microsoft.management/managementgroups/{name}" for name in ("one", "two"))
    places = Places(inventory(scope(one, "management_group", two), scope(two, "management_group", one)))
    assert places.chain(one) == (TENANT, one)
    assert places.chain(two) == (TENANT, one, two)
    assert not places.complete(one)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("/", TENANT),
        (TENANT_ID.upper(), TENANT),
        (f"/Tenants/{TENANT_ID}", TENANT),
        (f"{VAULT.upper()}/", VAULT),
        (SUB[1:], SUB),
        (f" {APP.upper()} ", APP),
        ("/administrativeUnits/88888888-8888-8888-8888-888888888888", UNIT),
        (f"{SUB}/resourceGroups/Never", f"{SUB}/resourcegroups/never"),
        (f"{GROUP}/providers/Microsoft.Web/sites/S", f"{GROUP}/providers/microsoft.web/sites/s"),
        ("/providers/Microsoft.Billing/accounts/A", "/providers/microsoft.billing/accounts/a"),
    ],
)
def test_a_place_may_be_spelled_in_many_ways(text: str, place: str) -> None:
    assert PLACES.resolve(text) == place


@pytest.mark.parametrize(
    "text", ["", " ", "web", "99999999-9999-9999-9999-999999999999", "/tenants/x", "/subscriptions"]
)
def test_what_is_no_place_is_an_error_of_the_user(text: str) -> None:
    with pytest.raises(UserError, match="is no place of Azure") as raised:
        PLACES.resolve(text)
    assert f"`{text}`" in str(raised.value)


@pytest.mark.parametrize(
    ("plane", "place", "governed"),
    [
        ("control", TENANT, True),
        ("directory", TENANT, True),
        ("data", VAULT, True),
        ("directory", VAULT, False),
        ("app_role", SUB, False),
        ("control", APP, False),
        ("directory", APP, True),
        ("delegated", UNIT, True),
        ("data", UNIT, False),
    ],
)
def test_which_planes_are_about_a_place(plane: str, place: str, *, governed: bool) -> None:
    assert PLACES.governed(plane, place) is governed


def test_the_subscription_of_a_place() -> None:
    assert PLACES.subscription_of(VAULT) == SUB
    assert PLACES.subscription_of(APP) == PLACES.subscription_of(TOP) == ""


def test_objects_that_lie_in_each_other_are_of_the_one_tenant() -> None:
    one, two = identity(ROBOT, ANN), identity(ANN, ROBOT)
    places = Places(build([Records(scopes=[scope(TENANT, "tenant", "")], identities=[one, two])]))
    assert places.chain(ROBOT) == (TENANT, ROBOT)


def test_a_ring_of_management_groups_is_cut_at_one_place() -> None:
    a, b, c = (f"/providers/microsoft.management/managementgroups/{name}" for name in "abc")
    ring = [scope(one, "management_group", other) for one, other in ((a, b), (b, c), (c, a))]
    places = Places(build([Records(scopes=[scope(TENANT, "tenant", ""), *ring, scope(SUB, "subscription", c)])]))
    assert places.chain(a) == (TENANT, a)
    assert places.chain(b) == (TENANT, a, c, b)
    assert places.chain(SUB) == (TENANT, a, c, SUB)
    assert not places.complete(SUB)
    assert places.above_perhaps(SUB) == frozenset()


def test_a_tenant_that_nobody_knows_lies_in_none() -> None:
    places = Places(inventory())
    assert places.chain(OTHER) == (OTHER,)
    assert places.governed("app_role", OTHER)
    assert places.governed("control", OTHER)


def test_an_odd_id_of_a_crafted_import_names_its_place() -> None:
    places = Places(build([Records(scopes=[scope("x", "tenant", "")])]))
    assert places.resolve("/") == places.resolve("x") == "x"


def test_what_a_crafted_import_says_twice_stands_in_a_chain_once() -> None:
    part = f"{SUB}/resourcegroups/x"
    unit = Group(
        id=UNIT, provider="azure", kind="administrative_unit", name="u", scope_id="", member_ids=(UNIT, ROBOT, ROBOT)
    )
    records = Records(
        scopes=[scope(SUB, "tenant", part), scope(part, "resource_group", SUB)],
        identities=[identity(ROBOT, SUB)],
        groups=[unit],
    )
    places = Places(build([records]))
    assert places.chain(f"{part}/providers/a.b/c/d") == (SUB, part, f"{part}/providers/a.b/c/d")
    assert places.chain(UNIT) == (SUB, UNIT)
    assert places.chain(ROBOT) == (SUB, UNIT, ROBOT)
