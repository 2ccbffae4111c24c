"""Facts about what somebody has only because everybody has it."""

from typing import Any

import pytest

from nhi_scan.model.access import Privilege, StatementRef
from nhi_scan.model.identity import Resource
from nhi_scan.model.policy import Binding, Policy
from tests.facts.kubernetes.estate import (
    APP,
    CLUSTER,
    account,
    gives,
    group,
    role,
)


@pytest.mark.parametrize(
    ("names", "everybodys"),
    [
        (("system:serviceaccounts",), True),
        (("system:serviceaccounts", "system:authenticated"), True),
        (("system:serviceaccounts:shop",), False),
        (("ops",), False),
        ((), False),
    ],
)
def test_what_it_has_as_everybody_has(cell: Any, names: tuple[str, ...], everybodys: bool) -> None:
    policy, groups = role("cluster-admin", "* *", "* *.*"), [group(name) for name in names]
    bindings = [gives(policy, one.id, one.name) for one in groups]
    lists = {"identities": [account()], "policies": [policy], "groups": groups}

    def of(*rows: Binding) -> Any:
        refs = tuple(StatementRef(policy_id=policy.id, index=0, binding_id=row.id) for row in rows)
        found = Privilege(identity_id=APP, level="administrator", reason="r", statements=refs)
        return cell("identity.level_of_everybody", privileges={APP: found}, bindings=list(rows), **lists)

    assert of(*bindings) is everybodys
    assert of(*bindings, gives(policy, APP, "own")) is False
    assert cell("identity.level_of_everybody", bindings=bindings, **lists) is False
    assert cell("identity.secrets_of_everybody", bindings=bindings, **lists) is everybodys
    assert cell("identity.secrets_of_everybody", bindings=[*bindings, gives(policy, APP, "own")], **lists) is False


def test_whether_everybody_is_an_administrator(cell: Any) -> None:
    everything, view = role("cluster-admin", "* *", "* *.*"), role("view", "get pods")

    def of(name: str, policy: Policy, space: str = "") -> Any:
        one = group(name)
        row = Resource(id=one.id, provider="kubernetes", kind="kubernetes_group", name=name, scope_id=CLUSTER)
        return cell(
            "resource.administers_as_everybody",
            groups=[one],
            resources=[row],
            policies=[policy],
            bindings=[gives(policy, one.id, space=space)],
        )

    assert of("system:serviceaccounts", everything) is True
    assert of("system:serviceaccounts", everything, "shop") is False
    assert of("system:serviceaccounts", view) is False
    assert of("system:masters", everything) is False
    assert of("system:serviceaccounts", role("unread", complete=False)) is None
