import pytest

from nhi_scan.inventory.build import Inventory, build
from nhi_scan.inventory.naming import called, named
from nhi_scan.model.identity import Group, Identity, Nature, Resource
from nhi_scan.model.policy import Policy
from nhi_scan.model.records import Records
from nhi_scan.model.scope import Scope

APP = "5f0c1d2e-0000-4000-8000-000000000001"
GROUP = "5f0c1d2e-0000-4000-8000-000000000002"
ROLE = "/providers/microsoft.authorization/roledefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
OWNERS = "directory/owners/application"
ARN = "arn:aws:iam::123456789012:role/build"


@pytest.fixture(scope="module")
def inventory() -> Inventory:
    reason = {"nature": Nature.NON_HUMAN, "nature_reason": "made up"}
    return build(
        [
            Records(
                scopes=[Scope(id="123456789012", provider="aws", kind="account", name="prod")],
                identities=[
                    Identity(id=APP, provider="azure", kind="service_principal", name="ci", scope_id="t", **reason),
                    Identity(id=ARN, provider="aws", kind="iam_role", name="Build", scope_id="123456789012", **reason),
                ],
                groups=[Group(id=GROUP, provider="azure", kind="entra_group", name=GROUP, scope_id="t")],
                policies=[
                    Policy(id=ROLE, provider="azure", kind="role", name="Owner", scope_id="t"),
                    Policy(id=OWNERS, provider="azure", kind="role", name="Owner (applications)", scope_id="t"),
                ],
                resources=[Resource(id="//x/1", provider="gcp", kind="bucket", name="", scope_id="projects/p")],
            )
        ]
    )


@pytest.mark.parametrize(
    ("id_", "expected"),
    [
        (APP, f"ci ({APP})"),
        (ROLE, f"Owner ({ROLE})"),
        ("123456789012", "prod (123456789012)"),
        (ARN, ARN),  # says who it is by itself
        (OWNERS, "Owner (applications)"),
        ("directory/owners/odd", "directory/owners/odd"),
        (GROUP, GROUP),  # nobody named it
        ("//x/1", "//x/1"),
        ("5f0c1d2e-0000-4000-8000-000000000009", "5f0c1d2e-0000-4000-8000-000000000009"),
    ],
)
def test_a_number_is_told_with_its_name(inventory: Inventory, id_: str, expected: str) -> None:
    assert named(inventory, id_) == expected


@pytest.mark.parametrize(
    ("id_", "expected"),
    [
        (f"{APP}#federated/main", f"it ({APP}#federated/main)"),
        (f"{APP}#password/{GROUP}", f"it ({APP}#password/{GROUP})"),
        ("arn:aws:iam::123456789012:role/build#inline/x", "arn:aws:iam::123456789012:role/build#inline/x"),
        (f"prefix-{APP}#federated/main", f"prefix-{APP}#federated/main"),
    ],
)
def test_what_hangs_on_a_number_is_told_with_its_name(id_: str, expected: str) -> None:
    assert called("it", id_) == expected
