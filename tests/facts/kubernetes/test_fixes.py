"""Facts that say what to type."""

from typing import Any

from nhi_scan.model.access import Privilege, StatementRef
from tests.facts.kubernetes.estate import APP, account, gives, role, user


def test_what_the_api_server_calls_it(cell: Any) -> None:
    assert cell("identity.cluster_user", identities=[account()]) == "system:serviceaccount:shop:app"
    assert cell("identity.cluster_user", identities=[user("ann")]) == "ann"


def test_what_to_edit_names_the_binding_and_the_role(cell: Any) -> None:
    own, theirs = role("r", "* *"), role("cluster-admin", "* *", managed_by_provider=True)
    bindings = [gives(own, APP, "first"), gives(theirs, APP, "second", "shop")]
    refs = tuple(StatementRef(policy_id=one.policy_id, index=0, binding_id=one.id) for one in bindings)
    found = Privilege(identity_id=APP, level="administrator", reason="r", statements=refs)
    lists = {"identities": [account()], "policies": [own, theirs], "bindings": bindings}
    first = "kubectl edit clusterrolebinding first --context prod"
    second = "kubectl edit rolebinding second --namespace shop --context prod"
    # The control plane puts its own roles back as they were.
    assert cell("identity.grip_fix", privileges={APP: found}, **lists).splitlines() == [
        first,
        second,
        "kubectl edit clusterrole r --context prod",
    ]
    assert cell("identity.grip_fix", **lists) == ""
    assert cell("identity.bound_fix", **lists).splitlines() == [first, second]
    assert cell("identity.bound_fix", identities=[account()]) == ""


def test_of_many_bindings_the_first_are_shown_and_what_is_odd_is_quoted(cell: Any) -> None:
    policy = role("r", "get pods")
    bindings = [gives(policy, APP, f"b{number}; rm") for number in range(7)]
    lines = cell("identity.bound_fix", identities=[account()], policies=[policy], bindings=bindings).splitlines()
    assert lines[0] == "kubectl edit clusterrolebinding 'b0; rm' --context prod"
    assert lines[5:] == ["Bindings and roles besides these: 2."]
