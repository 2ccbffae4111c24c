"""What the collector writes is read whole: no record of an unexpected shape, none of a kind that nobody reads."""

from typing import Any

import pytest

from nhi_scan.inventory.build import Inventory, build
from nhi_scan.model.identity import Nature
from nhi_scan.providers.azure.normalise import normalise

ADMINS, NESTED = (f"00000000-0000-4000-8000-0000000003{number:02d}" for number in (1, 2))
APP, APP_SP, IDENTITY, ALICE, BOB, GONE, BLUEPRINT_SP, AGENT = (
    f"00000000-0000-4000-8000-000000000{number:03d}" for number in (1, 2, 8, 101, 102, 104, 502, 503)
)


@pytest.fixture(scope="module")
def inventory(whole: Any) -> Inventory:
    return build([normalise(whole.snapshot)])


def test_nothing_is_lost(whole: Any) -> None:
    before = set(whole.snapshot.manifest.coverage)
    added = {row.record_kind for row in normalise(whole.snapshot).coverage if row not in before}
    assert added <= {"graph-authorization-policy"}  # the stand-in's says nothing


def test_who_is_there(inventory: Inventory) -> None:
    kinds = {id_: inventory.identities[id_].kind for id_ in (APP_SP, IDENTITY, ALICE, AGENT)}
    assert list(kinds.values()) == ["service_principal", "managed_identity", "user", "agent_identity"]
    assert inventory.identities[APP_SP].owner_ids == (APP_SP, ALICE)
    assert inventory.identities[IDENTITY].scope_id.startswith("/subscriptions/")
    assert dict(inventory.identities[BLUEPRINT_SP].attributes)["agent_blueprint"] == "true"
    assert inventory.identities[BOB].status == "disabled"
    gone = inventory.identities[GONE]
    assert (gone.status, gone.nature) == ("deleted", Nature.UNKNOWN)


def test_who_is_in_groups(inventory: Inventory) -> None:
    assert inventory.groups[ADMINS].member_ids == (ALICE, NESTED)
    assert inventory.groups[ADMINS].eligible_member_ids == (BOB,)
    assert dict(inventory.groups[NESTED].attributes)["role_assignable"] == "false"
    assert all(one.complete for one in inventory.groups.values())


def test_who_has_what(inventory: Inventory) -> None:
    given = {one.id: (one.principal_id, one.scope_id, one.eligible) for one in inventory.bindings.values()}
    tenant = next(one.id for one in inventory.scopes.values() if one.kind == "tenant")
    assert given["directory#r1"] == (ADMINS, tenant, False)
    assert given["directory#r3"][1].startswith("/administrativeunits/")
    assert given["directory-eligible#e1"][2]
    assert given[f"{APP}#owner/{ALICE}"] == (ALICE, APP, False)
    assert inventory.bindings["directory#r1"].expires_at is not None
    assert {one.provider for one in inventory.policies.values()} == {"azure"}
    assert all(one.complete for one in inventory.policies.values())


def test_where_things_are(inventory: Inventory) -> None:
    subscription = inventory.identities[IDENTITY].scope_id
    chain = [one.kind for one in inventory.scope_chain(subscription)]
    assert chain == ["tenant", "management_group", "management_group", "subscription"]
    assert all(one.collected for one in inventory.scopes.values())
