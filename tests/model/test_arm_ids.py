import pytest

from nhi_scan.model.arm_ids import (
    canonical,
    is_management_group,
    lineage,
    management_group,
    name_of,
    resource_group_of,
    subscription_of,
    tenant,
    type_of,
)

SUBSCRIPTION = "/subscriptions/1"
GROUP = "/subscriptions/1/resourcegroups/rg"
VAULT = f"{GROUP}/providers/microsoft.keyvault/vaults/kv"
SECRET = f"{VAULT}/secrets/s"


def test_an_id_has_one_spelling() -> None:
    assert canonical("/Subscriptions/1/resourceGroups/RG/") == GROUP
    assert canonical("subscriptions/1") == SUBSCRIPTION
    assert canonical("/") == "/"


@pytest.mark.parametrize(
    ("arm_id", "expected"),
    [
        (SUBSCRIPTION, (SUBSCRIPTION,)),
        (GROUP, (SUBSCRIPTION, GROUP)),
        (VAULT, (SUBSCRIPTION, GROUP, VAULT)),
        (SECRET, (SUBSCRIPTION, GROUP, VAULT, SECRET)),
        (f"{VAULT}/providers/microsoft.x/y/z", (SUBSCRIPTION, GROUP, VAULT, f"{VAULT}/providers/microsoft.x/y/z")),
        ("/subscriptions/1/providers/microsoft.x/y/z", (SUBSCRIPTION, "/subscriptions/1/providers/microsoft.x/y/z")),
        (management_group("Root"), (management_group("root"),)),
        (tenant("T"), ("/tenants/t",)),
        ("/", ("/",)),
        ("nonsense", ("nonsense",)),
    ],
)
def test_what_an_id_lies_in(arm_id: str, expected: tuple[str, ...]) -> None:
    assert lineage(arm_id) == expected


def test_parts_of_an_id() -> None:
    assert (subscription_of(SECRET), resource_group_of(SECRET), type_of(SECRET), name_of(SECRET)) == (
        SUBSCRIPTION,
        GROUP,
        "microsoft.keyvault/vaults/secrets",
        "s",
    )
    assert (subscription_of(management_group("m")), resource_group_of(SUBSCRIPTION), type_of(GROUP)) == ("", "", "")
    assert type_of(f"{VAULT}/providers/microsoft.x/y/z") == "microsoft.x/y"
    assert subscription_of("/subscriptions/") == ""


def test_a_management_group_is_told_from_what_hangs_on_it() -> None:
    assert is_management_group(management_group("m"))
    assert not is_management_group(f"{management_group('m')}/providers/microsoft.authorization/roledefinitions/1")
    assert not is_management_group(SUBSCRIPTION)
